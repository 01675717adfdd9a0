//! Everything that somebody with a good token of their own would try to read or steer another session.

use crate::support::*;
use serde_json::json;

/// Someone who squats, and someone who should not know.
struct Scene {
    server: Server,
    victim: String,
    victims_ear: Stomp,
    attackers_token: String,
}

async fn scene() -> Scene {
    let server = Server::with(&[("SQUIRRET_FSR_SHARED_DEFAULT", "false")]).await;
    let (victim, token) = server.guest().await;
    let (_, attackers_token) = server.guest().await;
    let mut victims_ear = Stomp::connect(&server, &token).await;
    victims_ear.subscribe("s", QUEUE).await;
    victims_ear.sync().await;
    Scene {
        server,
        victim,
        victims_ear,
        attackers_token,
    }
}

#[tokio::test]
async fn other_destinations_are_refused() {
    let Scene {
        server,
        victim,
        attackers_token,
        ..
    } = scene().await;
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
    } = scene().await;
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
    } = scene().await;
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
    } = scene().await;
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
async fn a_device_of_a_session_is_not_unbound_by_another() {
    let Scene {
        server,
        victim,
        mut victims_ear,
        ..
    } = scene().await;
    let (attacker, _) = server.guest().await;
    let bind = format!("/api/session/{victim}/devices");
    assert_eq!(
        post(server.control, &bind, &json!({ "deviceId": "pair" }))
            .await
            .status,
        200
    );
    let body = json!({ "deviceId": "pair" }).to_string();
    let request = format!(
        "DELETE /api/session/{attacker}/devices HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    send(server.control, &request).await;
    let mut upload = sample("left", ratios(62.0));
    upload["deviceId"] = "pair".into();
    assert_eq!(
        post(server.control, "/api/fsr_data", &upload).await.status,
        202
    );
    let live = victims_ear.message("DEVICE").await.json();
    assert_eq!(live["payload"], json!({ "side": "left", "state": "live" }));
}

#[tokio::test]
async fn a_token_opens_only_what_it_was_made_for() {
    let Scene {
        server,
        victim,
        attackers_token,
        ..
    } = scene().await;
    let reply = post(
        server.control,
        "/api/session",
        &json!({ "userId": "somebody" }),
    )
    .await;
    let (id, inference) = (text(&reply.body, "sessionId"), text(&reply.body, "wsToken"));
    for (address, path) in [
        (server.control, format!("/ws?token={inference}")),
        (server.control, format!("/ws/fsr-data?token={inference}")),
        (
            server.control,
            format!("/ws/fsr-data?sessionId={victim}&token={attackers_token}"),
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
        (
            server.inference,
            format!("/ws/{}?token={inference}", id.to_uppercase()),
        ),
    ] {
        let Err(reply) = Ws::try_open(address, &path, &[]).await else {
            panic!("{path} was upgraded")
        };
        assert!(matches!(reply.status, 401 | 403 | 404), "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn a_used_up_token_does_not_come_back_by_renewal() {
    let Scene { server, .. } = scene().await;
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
    } = scene().await;
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
