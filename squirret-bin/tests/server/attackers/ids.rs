//! With ids: paths that climb, other spellings, wildcards, and bytes that are no id.

use super::{MODES, Scene, call, scene};
use crate::support::*;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_no_id_names_no_session() {
    for mode in MODES {
        let Scene {
            server,
            victim,
            attackers_token,
            attacker,
            ..
        } = scene(mode).await;
        let own = Some(attackers_token.as_str());
        let climbing = [
            "..".to_owned(),
            "%2e%2e".into(),
            "*".into(),
            "%00".into(),
            "null".into(),
            "default".into(),
            "0".into(),
            format!("{victim}%00"),
            format!("{victim}%20"),
            format!("{victim}."),
            format!("{victim};{attacker}"),
            format!("{victim},{attacker}"),
            format!("urn:uuid:{victim}"),
            format!("{{{victim}}}"),
            victim.replace('-', ""),
            victim.replace('-', "%2D"),
            format!("{attacker}%2F..%2F{victim}"),
            format!("{attacker}%5C..%5C{victim}"),
            "x".repeat(2000),
        ];
        for id in climbing {
            for call_name in ["refresh", "finish", "devices"] {
                let path = format!("/api/session/{id}/{call_name}");
                let report =
                    json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 0, "deviceId": "d" });
                let reply = call(&server, "POST", &path, own, &report).await;
                assert!(
                    matches!(reply.status, 400 | 404),
                    "{path} in {mode}: {reply:?}"
                );
            }
        }
        // A path is read as it stands: it does not climb to another session's.
        for path in [
            format!("/api/session/{attacker}/../{victim}/refresh"),
            format!("/api/session//{victim}/refresh"),
            format!("/api/session/{victim}//refresh"),
            format!("/api/session/{victim}/refresh/"),
            format!("/API/session/{victim}/refresh"),
            format!("/api/session/{victim}/REFRESH"),
            format!("/api/./session/{victim}/refresh"),
        ] {
            let reply = call(&server, "POST", &path, own, &Value::Null).await;
            assert_refused(&reply, 404, "NOT_FOUND", &path);
        }
    }
}

#[tokio::test]
async fn another_spelling_of_an_id_is_the_same_session_with_the_same_owner() {
    let Scene {
        server,
        victim,
        victims_token,
        attackers_token,
        ..
    } = scene("bearer").await;
    let upper = victim.to_uppercase();
    let refresh = format!("/api/session/{upper}/refresh");
    let other = call(
        &server,
        "POST",
        &refresh,
        Some(&attackers_token),
        &Value::Null,
    )
    .await;
    assert_refused(&other, 403, "FORBIDDEN", &refresh);
    let own = call(
        &server,
        "POST",
        &refresh,
        Some(&victims_token),
        &Value::Null,
    )
    .await;
    assert_eq!(text(&own.body, "sessionId"), victim);
    let latest = format!("/api/fsr_data/latest?sessionId={upper}");
    let other = call(
        &server,
        "GET",
        &latest,
        Some(&attackers_token),
        &Value::Null,
    )
    .await;
    assert_refused(&other, 403, "FORBIDDEN", "/api/fsr_data/latest");
    let encoded = victim.replace('-', "%2D");
    let latest = format!("/api/fsr_data/latest?sessionId={encoded}");
    let other = call(
        &server,
        "GET",
        &latest,
        Some(&attackers_token),
        &Value::Null,
    )
    .await;
    assert_refused(&other, 403, "FORBIDDEN", "/api/fsr_data/latest");
}

#[tokio::test]
async fn bodies_that_name_two_sessions_are_refused_or_mean_the_proven_one() {
    let Scene {
        server,
        victim,
        attacker,
        attackers_token,
        ..
    } = scene("bearer").await;
    let sample = sample("left", ratios(62.0)).to_string();
    let inner = sample.trim_start_matches('{').trim_end_matches('}');
    for body in [
        format!("{{\"sessionId\":\"{attacker}\",\"sessionId\":\"{victim}\",{inner}}}"),
        format!("{{\"sessionId\":\"{victim}\",\"sessionId\":\"{attacker}\",{inner}}}"),
        format!("{{\"sessionId\":\"{attacker}\",\"session\\u0049d\":\"{victim}\",{inner}}}"),
    ] {
        let headers = format!(
            "authorization: Bearer {attackers_token}\r\ncontent-type: application/json\r\n"
        );
        request(&server, "POST", "/api/fsr_data", &headers, &body).await;
    }
    let headers = format!(
        "x-session-id: {victim}\r\nauthorization: Bearer {attackers_token}\r\ncontent-type: application/json\r\n"
    );
    let body = format!("{{\"sessionId\":\"{attacker}\",{inner}}}");
    let reply = request(&server, "POST", "/api/fsr_data", &headers, &body).await;
    assert_eq!(reply.status, 202, "the body's own name counts: {reply:?}");
    // Whatever was taken, nothing of it is the victim's.
    let mut ear = scene_ear(&server, &victim).await;
    assert_eq!(ear.json().await, json!({ "left": null, "right": null }));
}

/// The feet of a session, by a token that the server's own secret signs.
async fn scene_ear(server: &Server, session: &str) -> Ws {
    let token = token(&claims(session, "stomp-ws", 60));
    Ws::open(server.control, &format!("/ws/fsr-data?token={token}")).await
}
