//! Over REST: reading, uploading, refreshing, finishing and signing in where another session is meant.

use super::{MODES, Scene, USER, call, inference, raw, scene, sign_in};
use crate::support::*;
use serde_json::{Value, json};

/// Every REST call that names a session, aimed at this one.
fn calls(session: &str) -> Vec<(&'static str, String, Value)> {
    let mut named = sample("left", ratios(62.0));
    named["sessionId"] = session.into();
    let burst = json!([named.clone(), named.clone()]);
    let report = json!({ "framesIn": 1, "framesOut": 1, "durationSeconds": 1 });
    let upgrade = json!({ "userId": USER, "sessionId": session, "email": "a@example.org" });
    let device = json!({ "deviceId": "pair" });
    let read = |path: &str| format!("/api/fsr_data/{path}?sessionId={session}");
    vec![
        ("GET", read("latest"), Value::Null),
        ("GET", read("feedback"), Value::Null),
        ("GET", read("feedback/combined"), Value::Null),
        ("POST", "/api/fsr_data".into(), named),
        ("POST", "/api/fsr_data".into(), burst),
        (
            "POST",
            format!("/api/session/{session}/refresh"),
            Value::Null,
        ),
        (
            "POST",
            format!("/api/session/{session}/devices"),
            device.clone(),
        ),
        ("DELETE", format!("/api/session/{session}/devices"), device),
        ("POST", "/api/session".into(), json!({ "userId": session })),
        ("POST", "/auth/upgrade".into(), upgrade),
        ("POST", format!("/api/session/{session}/finish"), report),
    ]
}

#[tokio::test]
async fn no_call_on_another_session_is_obeyed() {
    let scene = scene("bearer").await;
    for (method, path, body) in calls(&scene.victim) {
        let path_alone = path.split('?').next().unwrap();
        let other = call(
            &scene.server,
            method,
            &path,
            Some(&scene.attackers_token),
            &body,
        )
        .await;
        assert_refused(&other, 403, "FORBIDDEN", path_alone);
        for none in [None, Some("x"), Some("")] {
            let reply = call(&scene.server, method, &path, none, &body).await;
            assert_refused(&reply, 401, "UNAUTHORIZED", path_alone);
            assert!(reply.headers.contains_key("www-authenticate"), "{reply:?}");
        }
    }
    // Nothing of it happened, and the owner may do all of it.
    let latest = format!("/api/fsr_data/latest?sessionId={}", scene.victim);
    let own = Some(scene.victims_token.as_str());
    let seen = call(&scene.server, "GET", &latest, own, &Value::Null).await;
    assert_eq!(seen.body, json!({ "left": null, "right": null }));
    for (method, path, body) in calls(&scene.victim) {
        // The call before the last signs the user in: the guest's token ends there.
        let token = if path.ends_with("/finish") {
            sign_in(&scene.server, &scene.victim, &scene.victims_token).await
        } else {
            scene.victims_token.clone()
        };
        let reply = call(&scene.server, method, &path, Some(&token), &body).await;
        assert!(
            matches!(reply.status, 200 | 202),
            "{method} {path}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn the_header_that_names_a_session_proves_nothing() {
    let Scene {
        server,
        victim,
        attackers_token,
        ..
    } = scene("bearer").await;
    let body = sample("left", ratios(62.0)).to_string();
    for proof in [
        String::new(),
        format!("authorization: Bearer {attackers_token}\r\n"),
    ] {
        let headers =
            format!("x-session-id: {victim}\r\n{proof}content-type: application/json\r\n");
        let reply = request(&server, "POST", "/api/fsr_data", &headers, &body).await;
        assert!(matches!(reply.status, 401 | 403), "{reply:?}");
    }
}

#[tokio::test]
async fn an_upload_with_one_foreign_sample_is_refused_whole() {
    let Scene {
        server,
        victim,
        attacker,
        attackers_token,
        ..
    } = scene("bearer").await;
    let of = |session: &str| {
        let mut sample = sample("left", ratios(62.0));
        sample["sessionId"] = session.into();
        sample
    };
    let burst = json!([of(&attacker), of(&victim)]);
    let own = Some(attackers_token.as_str());
    let reply = call(&server, "POST", "/api/fsr_data", own, &burst).await;
    assert_refused(&reply, 403, "FORBIDDEN", "/api/fsr_data");
    let latest = format!("/api/fsr_data/latest?sessionId={attacker}");
    let seen = call(&server, "GET", &latest, own, &Value::Null).await;
    assert_eq!(seen.body["left"], Value::Null, "nothing of it was kept");
}

#[tokio::test]
async fn a_token_reads_its_own_session_whatever_else_the_call_says() {
    for mode in MODES {
        let Scene {
            server,
            victim,
            victims_token,
            attackers_token,
            ..
        } = scene(mode).await;
        let mut upload = sample("left", ratios(62.0));
        upload["sessionId"] = victim.clone().into();
        let kept = call(
            &server,
            "POST",
            "/api/fsr_data",
            Some(&victims_token),
            &upload,
        )
        .await;
        assert_eq!(kept.status, 202);
        for path in [
            "/api/fsr_data/latest".to_owned(),
            format!("/api/fsr_data/latest?sessionid={victim}"),
            format!("/api/fsr_data/latest?%73essionId={victim}"),
            format!("/api/fsr_data/latest?session={victim}"),
            format!("/api/fsr_data/latest?x=1;sessionId={victim}"),
        ] {
            let headers = format!(
                "authorization: Bearer {attackers_token}\r\nx-session-id: {victim}\r\ncookie: sessionId={victim}\r\n"
            );
            let reply = request(&server, "GET", &path, &headers, "").await;
            assert_eq!(
                reply.body,
                json!({ "left": null, "right": null }),
                "{path} in {mode}"
            );
        }
    }
}

#[tokio::test]
async fn an_open_server_still_keeps_sessions_whose_id_is_not_known() {
    let Scene {
        server,
        victim,
        victims_token,
        ..
    } = scene("open").await;
    let mut upload = sample("left", ratios(62.0));
    upload["sessionId"] = victim.clone().into();
    call(&server, "POST", "/api/fsr_data", None, &upload).await;
    let anybody = get(server.control, "/api/fsr_data/latest").await;
    assert_eq!(anybody.body, json!({ "left": null, "right": null }));
    let guess = format!("/api/fsr_data/latest?sessionId={}", uuid::Uuid::new_v4());
    assert_refused(
        &get(server.control, &guess).await,
        404,
        "SESSION_NOT_FOUND",
        "/api/fsr_data/latest",
    );
    // What answers tell, logs and figures included, holds neither ids nor tokens.
    for path in [
        "/metrics",
        "/readyz",
        "/openapi.json",
        "/.well-known/jwks.json",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let told = raw(server.control, &request).await;
        assert!(
            !told.contains(&victim) && !told.contains(&victims_token),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_ai_status_is_not_for_those_who_guess_its_key() {
    for mode in MODES {
        let settings = [
            ("SQUIRRET_AUTH_INTERNAL_KEY", "an internal key"),
            ("SQUIRRET_AUTH_MODE", mode),
        ];
        let server = Server::with(&settings).await;
        let (session, token) = server.guest().await;
        let status = json!({ "knee": "bad", "sessionId": session }).to_string();
        let send = async |headers: &str| {
            let headers = format!("{headers}content-type: application/json\r\n");
            request(&server, "POST", "/internal/ai/status", &headers, &status).await
        };
        for guess in [
            "",
            "an internal ke",
            "an internal key!",
            "AN INTERNAL KEY",
            "null",
            "*",
        ] {
            let reply = send(&format!("x-internal-key: {guess}\r\n")).await;
            assert_refused(&reply, 403, "FORBIDDEN", "/internal/ai/status");
        }
        // A proxy on this machine speaks for somebody else; a session's token is no key.
        for proxied in [
            "x-forwarded-for: 127.0.0.1",
            "forwarded: for=127.0.0.1",
            "x-real-ip: ::1",
        ] {
            let headers = format!("{proxied}\r\nauthorization: Bearer {token}\r\n");
            assert_refused(
                &send(&headers).await,
                403,
                "FORBIDDEN",
                "/internal/ai/status",
            );
        }
        assert_eq!(
            send("x-internal-key: an internal key\r\n").await.status,
            200
        );
    }
}

#[tokio::test]
async fn a_session_is_signed_in_once_and_stays_its_users() {
    for mode in MODES {
        let Scene {
            server,
            victim,
            victims_token,
            attackers_token,
            ..
        } = scene(mode).await;
        sign_in(&server, &victim, &victims_token).await;
        // The same user again gets a fresh token, even with the guest's: the first answer may have been lost.
        let user = sign_in(&server, &victim, &victims_token).await;
        let other = "e0e1c6af-0000-4000-8000-00000000000f";
        let body = json!({ "userId": other, "sessionId": victim, "email": "b@example.org" });
        for token in [&attackers_token, &victims_token, &user] {
            let reply = call(&server, "POST", "/auth/upgrade", Some(token), &body).await;
            assert!(matches!(reply.status, 403 | 409), "{mode}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn nobody_starts_inference_in_somebody_elses_name() {
    let Scene {
        server,
        victim,
        victims_token,
        attackers_token,
        ..
    } = scene("bearer").await;
    let user = sign_in(&server, &victim, &victims_token).await;
    let (_, own_inference) = inference(&server, "anything", None).await;
    let later = "11111111-2222-4333-8444-555555555555";
    let urn = format!("urn:uuid:{USER}");
    let braced = format!("{{{USER}}}");
    let plain = USER.replace('-', "");
    let upper = USER.to_uppercase();
    for name in [USER, &victim, later, &urn, &braced, &plain, &upper] {
        let body = json!({ "userId": name });
        for (token, status) in [
            (None, 401),
            (Some(&attackers_token), 403),
            (Some(&own_inference), 403),
        ] {
            let token = token.map(String::as_str);
            let reply = call(&server, "POST", "/api/session", token, &body).await;
            assert_eq!(reply.status, status, "{name}: {reply:?}");
        }
    }
    // The user may, in either name; with the guest's token no more.
    inference(&server, USER, Some(&user)).await;
    inference(&server, &victim, Some(&user)).await;
    let body = json!({ "userId": victim });
    let stale = call(&server, "POST", "/api/session", Some(&victims_token), &body).await;
    assert_refused(&stale, 403, "FORBIDDEN", "/api/session");
}
