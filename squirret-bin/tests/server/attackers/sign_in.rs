//! Whose a session is, at every moment: before and after a sign-in, and after a deletion.

use super::{Scene, USER, call, inference, refused, scene, sign_in};
use crate::support::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn upgrade(session: &str, user: &str, more: &Value) -> Value {
    let mut body = json!({ "userId": user, "sessionId": session, "email": "a@example.org" });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn what_a_guest_left_behind_is_nobodys_after_the_sign_in() {
    let Scene {
        server,
        victim,
        victims_token: guest,
        mut victims_ear,
        ..
    } = scene("bearer").await;
    let (frames, frames_token) = inference(&server, &victim, Some(&guest)).await;
    let paths = [
        format!("/ws/fsr-data?token={guest}"),
        format!("/ws/analysis?token={guest}"),
    ];
    let mut readers = [
        Ws::open(server.control, &paths[0]).await,
        Ws::open(server.control, &paths[1]).await,
    ];
    let user = sign_in(&server, &victim, &guest).await;
    for reader in &mut readers {
        assert_eq!(reader.closed().await.0, 4401);
    }
    let mut upload = sample("left", ratios(62.0));
    upload["sessionId"] = frames.clone().into();
    let read = |path: &str| format!("/api/fsr_data/{path}?sessionId={frames}");
    let report = json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 0 });
    for (method, path, body) in [
        ("GET", read("latest"), Value::Null),
        ("GET", read("feedback/combined"), Value::Null),
        ("POST", "/api/fsr_data".into(), upload),
        (
            "POST",
            format!("/api/session/{frames}/devices"),
            json!({ "deviceId": "pair" }),
        ),
        (
            "POST",
            format!("/api/session/{frames}/refresh"),
            Value::Null,
        ),
        ("POST", format!("/api/session/{frames}/finish"), report),
        ("GET", format!("/api/session/{frames}/report"), Value::Null),
    ] {
        let reply = call(&server, method, &path, Some(&frames_token), &body).await;
        assert_refused(&reply, 403, "FORBIDDEN", path.split('?').next().unwrap());
    }
    let path = format!("/ws/{frames}");
    let socket = refused(server.inference, &format!("{path}?token={frames_token}")).await;
    assert_refused(&socket, 403, "FORBIDDEN", &path);
    for person in [USER, &victim] {
        let path = format!("/api/user/{person}");
        let reply = call(&server, "DELETE", &path, Some(&guest), &Value::Null).await;
        assert_refused(&reply, 403, "FORBIDDEN", &path);
    }
    // Without the user's token the old connection ends.
    assert_eq!(victims_ear.0.closed().await.0, 4401);
    let (_, fresh) = inference(&server, &victim, Some(&user)).await;
    assert_ne!(fresh, frames_token);
}

#[tokio::test]
async fn a_users_id_belongs_to_whoever_signed_in_with_it_first() {
    let Scene {
        server,
        victim,
        victims_token,
        attacker,
        attackers_token,
        ..
    } = scene("bearer").await;
    let own = upgrade(&victim, USER, &Value::Null);
    let first = call(&server, "POST", "/auth/upgrade", Some(&victims_token), &own).await;
    assert_eq!(first.status, 200, "{first:?}");
    let (token, key) = (text(&first.body, "wsToken"), text(&first.body, "userKey"));
    // The answer may be lost on the way; once the user's token was shown it has arrived.
    let again = call(&server, "POST", "/auth/upgrade", Some(&victims_token), &own).await;
    assert_eq!(again.status, 200, "{again:?}");
    let latest = format!("/api/fsr_data/latest?sessionId={victim}");
    let seen = call(&server, "GET", &latest, Some(&token), &Value::Null).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let again = call(&server, "POST", "/auth/upgrade", Some(&victims_token), &own).await;
    assert_refused(&again, 403, "FORBIDDEN", "/auth/upgrade");
    let sign = async |session: &str, token: &str, more: Value| {
        let body = upgrade(session, USER, &more);
        call(&server, "POST", "/auth/upgrade", Some(token), &body).await
    };
    for more in [
        Value::Null,
        json!({ "userKey": "x" }),
        json!({ "pairingCode": "AAAAAAAAAA" }),
        json!({ "userKey": token }),
    ] {
        let stolen = sign(&attacker, &attackers_token, more).await;
        assert_refused(&stolen, 403, "FORBIDDEN", "/auth/upgrade");
    }
    // The id of somebody's session is no user's either.
    let body = upgrade(&attacker, &victim, &Value::Null);
    let stolen = call(
        &server,
        "POST",
        "/auth/upgrade",
        Some(&attackers_token),
        &body,
    )
    .await;
    assert_refused(&stolen, 403, "FORBIDDEN", "/auth/upgrade");
    let (second, second_token) = server.guest().await;
    let signed = sign(&second, &second_token, json!({ "userKey": key })).await;
    assert_eq!(signed.status, 200, "{signed:?}");
}

#[tokio::test]
async fn a_second_phone_signs_in_by_a_code_of_the_first() {
    let Scene {
        server,
        victim,
        victims_token,
        attacker,
        attackers_token,
        ..
    } = scene("bearer").await;
    let token = sign_in(&server, &victim, &victims_token).await;
    let pairing = format!("/api/user/{USER}/pairing");
    for (proof, status) in [(None, 401), (Some(attackers_token.as_str()), 403)] {
        let refused = call(&server, "POST", &pairing, proof, &Value::Null).await;
        assert_eq!(refused.status, status, "{refused:?}");
    }
    let paired = call(&server, "POST", &pairing, Some(&token), &Value::Null).await;
    let code = text(&paired.body, "pairingCode");
    assert_eq!(paired.body["expiresIn"], 300);
    let body = upgrade(&attacker, USER, &json!({ "pairingCode": code }));
    let second = call(
        &server,
        "POST",
        "/auth/upgrade",
        Some(&attackers_token),
        &body,
    )
    .await;
    assert_eq!(second.status, 200, "{second:?}");
    let (third, third_token) = server.guest().await;
    let body = upgrade(&third, USER, &json!({ "pairingCode": code }));
    let used = call(&server, "POST", "/auth/upgrade", Some(&third_token), &body).await;
    assert_refused(&used, 403, "FORBIDDEN", "/auth/upgrade");
}

#[tokio::test]
async fn an_open_server_refreshes_for_the_token_and_for_the_originals_inference_sessions() {
    let Scene {
        server,
        victim,
        victims_token,
        attackers_token,
        ..
    } = scene("open").await;
    let refresh = async |session: &str, token: Option<&str>| {
        let path = format!("/api/session/{session}/refresh");
        call(&server, "POST", &path, token, &Value::Null)
            .await
            .status
    };
    assert_eq!(refresh(&victim, None).await, 401);
    assert_eq!(refresh(&victim, Some(&attackers_token)).await, 403);
    assert_eq!(refresh(&victim, Some(&victims_token)).await, 200);
    let (frames, frames_token) = inference(&server, &victim, None).await;
    let (named, _) = inference(&server, "user123", None).await;
    assert_eq!(refresh(&frames, None).await, 200);
    assert_eq!(refresh(&named, None).await, 200);
    sign_in(&server, &victim, &victims_token).await;
    assert_eq!(refresh(&frames, None).await, 401);
    assert_eq!(refresh(&frames, Some(&frames_token)).await, 200);
    assert_eq!(refresh(&named, None).await, 200);
}

#[tokio::test]
async fn a_deletion_ends_tokens_and_sockets_also_over_a_restart() {
    for mode in super::MODES {
        let Scene {
            mut server,
            victim,
            victims_token,
            mut victims_ear,
            ..
        } = scene(mode).await;
        let user = sign_in(&server, &victim, &victims_token).await;
        let renew = json!({ "type": "TOKEN", "payload": { "token": user } });
        victims_ear.tell(&renew).await;
        victims_ear.message("ACK").await;
        let mut reader = Ws::open(server.control, &format!("/ws/fsr-data?token={user}")).await;
        let path = format!("/api/user/{USER}");
        let deleted = call(&server, "DELETE", &path, Some(&user), &Value::Null).await;
        assert_eq!(deleted.status, 200, "{deleted:?}");
        assert_eq!(victims_ear.0.closed().await.0, 4401, "{mode}");
        assert_eq!(reader.closed().await.0, 4401, "{mode}");
        for restarted in [false, true] {
            if restarted {
                server.restart(true).await;
            }
            for token in [&user, &victims_token] {
                for path in ["/ws", "/ws/fsr-data", "/ws/analysis"] {
                    let reply = refused(server.control, &format!("{path}?token={token}")).await;
                    assert_refused(&reply, 401, "UNAUTHORIZED", path);
                }
            }
            let again = call(&server, "DELETE", &path, Some(&user), &Value::Null).await;
            assert_refused(&again, 401, "UNAUTHORIZED", &path);
        }
        // The person may come back.
        let (session, token) = server.guest().await;
        sign_in(&server, &session, &token).await;
        assert!(Uuid::parse_str(&session).is_ok());
    }
}
