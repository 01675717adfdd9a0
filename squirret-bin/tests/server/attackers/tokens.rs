//! With tokens: for the other plane, for another path, from before somebody signed in, after their end.

use super::{MODES, Scene, call, inference, refused, scene, sign_in};
use crate::{signed::hs256, support::*};
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_opens_only_what_it_was_made_for() {
    for mode in MODES {
        let Scene {
            server,
            victim,
            attackers_token,
            ..
        } = scene(mode).await;
        let (id, inference) = inference(&server, "somebody", None).await;
        let upper = id.to_uppercase();
        let encoded = id.replace('-', "%2D");
        for (address, path) in [
            (server.control, format!("/ws?token={inference}")),
            (server.control, format!("/ws/fsr-data?token={inference}")),
            (
                server.control,
                format!("/ws/fsr-data?sessionId={id}&token={inference}"),
            ),
            (
                server.control,
                format!("/ws/fsr-data?sessionId={victim}&token={attackers_token}"),
            ),
            (server.control, format!("/ws/fsr-data?sessionId={victim}")),
            (server.control, format!("/ws/analysis?token={inference}")),
            (server.control, format!("/ws/analysis?sessionId={victim}")),
            (
                server.control,
                format!("/ws/analysis?sessionId={victim}&token={attackers_token}"),
            ),
            (
                server.inference,
                format!("/ws/{id}?token={attackers_token}"),
            ),
            (server.inference, format!("/ws/{victim}?token={inference}")),
            (
                server.inference,
                format!("/ws/{victim}?token={attackers_token}"),
            ),
            (server.inference, format!("/ws/{id}/?token={inference}")),
            (server.inference, format!("/ws/{upper}?token={inference}")),
            (server.inference, format!("/ws/{encoded}?token={inference}")),
            (server.inference, format!("/ws/../{id}?token={inference}")),
            (
                server.inference,
                format!("/ws/{victim}%2f..%2f{id}?token={inference}"),
            ),
        ] {
            let reply = refused(address, &path).await;
            assert!(
                matches!(reply.status, 401 | 403 | 404),
                "{path} in {mode}: {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_in_the_query_wins_over_one_in_a_header_and_two_are_not_mixed() {
    let Scene {
        server,
        victim,
        attacker,
        attackers_token,
        ..
    } = scene("bearer").await;
    let bearer = format!("Bearer {attackers_token}");
    let path =
        format!("/ws/fsr-data?sessionId={victim}&token={attackers_token}&sessionId={attacker}");
    let Err(reply) = Ws::try_open(server.control, &path, &[("authorization", &bearer)]).await
    else {
        panic!("another session's feet were shown")
    };
    assert_eq!(reply.status, 403, "{reply:?}");
    // A CONNECT frame that names somebody else does not change whom the handshake's token let in.
    let mut stomp = Stomp(Ws::open(server.control, &format!("/ws?token={attackers_token}")).await);
    stomp
        .send(&format!(
            "CONNECT\naccept-version:1.2\nlogin:{victim}\npasscode:x\nsession:{victim}\n\n\0"
        ))
        .await;
    assert_eq!(stomp.frame().await.header("session"), attacker);
}

#[tokio::test]
async fn a_guests_token_ends_when_the_user_signs_in() {
    let Scene {
        server,
        victim,
        victims_token: guest,
        mut victims_ear,
        ..
    } = scene("bearer").await;
    let user = sign_in(&server, &victim, &guest).await;
    let refresh = format!("/api/session/{victim}/refresh");
    let stale = call(&server, "POST", &refresh, Some(&guest), &Value::Null).await;
    assert_refused(&stale, 403, "FORBIDDEN", &refresh);
    let latest = call(
        &server,
        "GET",
        "/api/fsr_data/latest",
        Some(&guest),
        &Value::Null,
    )
    .await;
    assert_refused(&latest, 403, "FORBIDDEN", "/api/fsr_data/latest");
    for path in ["/ws", "/ws/fsr-data", "/ws/analysis"] {
        let reply = refused(server.control, &format!("{path}?token={guest}")).await;
        assert_refused(&reply, 403, "FORBIDDEN", path);
    }
    // The connection that was open is told, and kept by the user's token only.
    let told = victims_ear.message("TOKEN_EXPIRING").await.json();
    assert_eq!(told["payload"]["expiresIn"], 10);
    let event = json!({ "type": "CLIENT_EVENT", "payload": { "name": "start" } });
    victims_ear.tell(&event).await;
    assert_eq!(
        victims_ear.message("ERROR").await.json()["payload"]["code"],
        "FORBIDDEN"
    );
    for (token, kind) in [(&guest, "ERROR"), (&user, "ACK")] {
        victims_ear
            .tell(&json!({ "type": "TOKEN", "payload": { "token": token } }))
            .await;
        victims_ear.message(kind).await;
    }
    victims_ear.message("DATA").await;
    let fresh = call(&server, "POST", &refresh, Some(&user), &Value::Null).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
    Stomp::connect(&server, &user).await;
}

#[tokio::test]
async fn an_open_server_lets_a_guests_token_live_on_as_the_original_did() {
    let Scene {
        server,
        victim,
        victims_token: guest,
        ..
    } = scene("open").await;
    sign_in(&server, &victim, &guest).await;
    Stomp::connect(&server, &guest).await;
}

#[tokio::test]
async fn an_ended_token_refreshes_for_five_minutes_and_does_nothing_else() {
    let Scene { server, victim, .. } = scene("bearer").await;
    let refresh = format!("/api/session/{victim}/refresh");
    for (ended, status) in [(-60, 200), (-290, 200), (-400, 401)] {
        let token = token(&claims(&victim, "stomp-ws", ended));
        let reply = call(&server, "POST", &refresh, Some(&token), &Value::Null).await;
        assert_eq!(reply.status, status, "{ended} s: {reply:?}");
        let finish = format!("/api/session/{victim}/finish");
        let report = json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 0 });
        for (method, path, body) in [
            ("POST", finish, report),
            (
                "GET",
                format!("/api/fsr_data/latest?sessionId={victim}"),
                Value::Null,
            ),
        ] {
            let reply = call(&server, method, &path, Some(&token), &body).await;
            assert_eq!(reply.status, 401, "{path} {ended} s: {reply:?}");
        }
        refused(server.control, &format!("/ws?token={token}")).await;
    }
}

#[tokio::test]
async fn a_refreshed_token_is_for_the_same_plane_and_nobody_refreshes_another_planes() {
    let Scene {
        server,
        victim,
        victims_token,
        ..
    } = scene("bearer").await;
    let (id, inference) = inference(&server, &victim, Some(&victims_token)).await;
    let refresh = format!("/api/session/{id}/refresh");
    let fresh = call(&server, "POST", &refresh, Some(&inference), &Value::Null).await;
    let fresh = text(&fresh.body, "wsToken");
    assert_eq!(
        refused(server.control, &format!("/ws?token={fresh}"))
            .await
            .status,
        401
    );
    let reply = call(
        &server,
        "POST",
        &refresh,
        Some(&victims_token),
        &Value::Null,
    )
    .await;
    assert_refused(&reply, 403, "FORBIDDEN", &refresh);
    let other = format!("/api/session/{victim}/refresh");
    let reply = call(&server, "POST", &other, Some(&inference), &Value::Null).await;
    assert_refused(&reply, 403, "FORBIDDEN", &other);
}

#[tokio::test]
async fn a_finished_session_is_over_for_every_token_of_it() {
    for mode in MODES {
        let Scene {
            server,
            victim,
            victims_token,
            ..
        } = scene(mode).await;
        let report = json!({ "framesIn": 1, "framesOut": 1, "durationSeconds": 1 });
        let finish = format!("/api/session/{victim}/finish");
        let own = Some(victims_token.as_str());
        assert_eq!(
            call(&server, "POST", &finish, own, &report).await.status,
            200
        );
        for path in ["/ws", "/ws/fsr-data", "/ws/analysis"] {
            let reply = refused(server.control, &format!("{path}?token={victims_token}")).await;
            assert_refused(&reply, 410, "SESSION_FINISHED", path);
        }
        let refresh = format!("/api/session/{victim}/refresh");
        let reply = call(&server, "POST", &refresh, own, &Value::Null).await;
        assert_refused(&reply, 410, "SESSION_FINISHED", &refresh);
        let other = json!({ "framesIn": 2, "framesOut": 1, "durationSeconds": 1 });
        let reply = call(&server, "POST", &finish, own, &other).await;
        assert_refused(&reply, 409, "SESSION_CONFLICT", &finish);
    }
}

#[tokio::test]
async fn a_token_with_claims_of_somebody_else_is_not_signed_by_us() {
    let Scene {
        server,
        victim,
        victims_token,
        attackers_token,
        ..
    } = scene("bearer").await;
    let (head, _) = attackers_token.split_once('.').unwrap();
    let signature = attackers_token.rsplit_once('.').unwrap().1;
    let victims_claims = victims_token.split('.').nth(1).unwrap();
    let mixed = format!("{head}.{victims_claims}.{signature}");
    let own_claims = claims(&victim, "stomp-ws", 600);
    let foreign = hs256(b"another secret of thirty-two bytes..", "1", &own_claims);
    for token in [mixed, foreign] {
        let reply = refused(server.control, &format!("/ws?token={token}")).await;
        assert_refused(&reply, 401, "UNAUTHORIZED", "/ws");
        let refresh = format!("/api/session/{victim}/refresh");
        let reply = call(&server, "POST", &refresh, Some(&token), &Value::Null).await;
        assert_refused(&reply, 401, "UNAUTHORIZED", &refresh);
    }
}
