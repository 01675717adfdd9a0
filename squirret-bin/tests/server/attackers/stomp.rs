//! Over STOMP, with a good token of one's own: destinations, headers, message ids, events, renewal.

use super::{Scene, scene};
use crate::support::*;
use serde_json::json;

#[tokio::test]
async fn other_destinations_are_refused() {
    let Scene {
        server,
        victim,
        attackers_token,
        ..
    } = scene("open").await;
    for destination in [
        format!("/user/{victim}/queue/session"),
        format!("/user/queue/session/{victim}"),
        format!("/queue/session-user{victim}"),
        format!("/topic/fsr-data/{victim}"),
        format!("/topic/{victim}"),
        "/user/queue/*".into(),
        "/topic/**".into(),
        "/topic/fsr-data?sessionId=x".into(),
        "/app/session.message".into(),
    ] {
        let mut stomp = Stomp::connect(&server, &attackers_token).await;
        stomp
            .send(&format!(
                "SUBSCRIBE\nid:1\ndestination:{destination}\nreceipt:r\n\n\0"
            ))
            .await;
        let error = stomp.frame().await;
        assert_eq!(error.command, "ERROR", "{destination}");
        assert!(
            error.header("message").contains("destination not allowed"),
            "{error:?}"
        );
        assert_eq!(error.header("receipt-id"), "r");
    }
    for destination in [
        QUEUE.into(),
        TOPIC.into(),
        format!("/user/{victim}/queue/session"),
        "/app/other".into(),
    ] {
        let mut stomp = Stomp::connect(&server, &attackers_token).await;
        stomp
            .send(&format!("SEND\ndestination:{destination}\n\n{{}}\0"))
            .await;
        assert_eq!(stomp.frame().await.command, "ERROR", "{destination}");
    }
}

#[tokio::test]
async fn headers_do_not_change_whose_session_it_is() {
    let Scene {
        server,
        victim,
        attackers_token,
        ..
    } = scene("open").await;
    let lies = format!(
        "login:{victim}\nuser-name:{victim}\nsession:{victim}\nsessionId:{victim}\nX-Session-Id:{victim}\nhost:{victim}\n"
    );
    let mut stomp = Stomp::connect_with(&server, &attackers_token, &lies).await;
    let subscribe =
        format!("SUBSCRIBE\nid:1\ndestination:{TOPIC}\nsession:{victim}\nsessionId:{victim}\n\n\0");
    stomp.send(&subscribe).await;
    assert_eq!(
        stomp.frame().await.json(),
        json!({ "left": null, "right": null })
    );
    server.upload(Some(&victim), "left", ratios(62.0)).await;
    stomp.subscribe("2", QUEUE).await;
    stomp.sync().await;
    stomp.subscribe("3", TOPIC).await;
    loop {
        let frame = stomp.frame().await;
        if frame.header("subscription") == "3" {
            return assert_eq!(frame.json(), json!({ "left": null, "right": null }));
        }
    }
}

#[tokio::test]
async fn another_sessions_message_ids_resume_nothing_of_it() {
    let Scene {
        server,
        victim,
        mut victims_ear,
        attackers_token,
        ..
    } = scene("open").await;
    server.upload(Some(&victim), "left", ratios(62.0)).await;
    let seen = victims_ear.message("DEVICE").await;
    let id = seen.header("message-id");
    let (epoch, _) = id.rsplit_once('-').unwrap();
    for resume in [
        id.to_owned(),
        format!("{epoch}-0"),
        "0".into(),
        "-1".into(),
        "*".into(),
        String::new(),
    ] {
        let mut stomp = Stomp::connect_with(
            &server,
            &attackers_token,
            &format!("squirret-resume:{resume}\n"),
        )
        .await;
        stomp.subscribe("s", QUEUE).await;
        stomp.tell(&json!({ "type": "PING", "payload": {} })).await;
        loop {
            let frame = stomp.frame().await;
            assert_ne!(frame.kind(), "DEVICE", "{resume}: {frame:?}");
            if frame.kind() == "PONG" {
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_event_of_one_session_is_not_another_ones() {
    let Scene {
        server,
        victim,
        mut victims_ear,
        attackers_token,
        ..
    } = scene("open").await;
    let mut stomp = Stomp::connect(&server, &attackers_token).await;
    stomp.subscribe("s", QUEUE).await;
    let payload = json!({ "name": "stop", "sessionId": victim, "session": victim });
    stomp
        .tell(&json!({ "type": "CLIENT_EVENT", "payload": payload, "sessionId": victim }))
        .await;
    stomp.message("ACK").await;
    // The victim's coach still talks, and nothing of the attacker's is heard there.
    victims_ear
        .tell(&json!({ "type": "PING", "payload": {} }))
        .await;
    loop {
        let frame = victims_ear.frame().await;
        assert_ne!(frame.kind(), "ACK");
        if frame.kind() == "PONG" {
            return;
        }
    }
}

#[tokio::test]
async fn a_used_up_token_does_not_come_back_by_renewal() {
    let Scene { server, .. } = scene("open").await;
    let (session, good) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &good).await;
    stomp.subscribe("s", QUEUE).await;
    let expired = token(&claims(&session, "stomp-ws", -60));
    let inference = token(&claims(&session, "inference-ws", 600));
    for token in [expired, inference] {
        stomp
            .tell(&json!({ "type": "TOKEN", "payload": { "token": token } }))
            .await;
        assert_eq!(
            stomp.message("ERROR").await.json()["payload"]["code"],
            "UNAUTHORIZED"
        );
    }
}

#[tokio::test]
async fn nothing_but_connect_is_taken_before_connected() {
    let Scene {
        server,
        attackers_token,
        ..
    } = scene("open").await;
    for frame in [
        format!("SUBSCRIBE\nid:1\ndestination:{QUEUE}\n\n\0"),
        format!("SEND\ndestination:{APP}\n\n{{}}\0"),
        "BEGIN\ntransaction:1\n\n\0".into(),
    ] {
        let mut stomp =
            Stomp(Ws::open(server.control, &format!("/ws?token={attackers_token}")).await);
        stomp.send(&frame).await;
        assert_eq!(stomp.frame().await.command, "ERROR");
        assert_ne!(stomp.0.closed().await.0, 1000);
    }
}
