//! The life of a STOMP connection.

use crate::support::*;
use serde_json::json;

#[tokio::test]
async fn an_app_hears_the_state_of_its_own_feet_each_second() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("sub-0", QUEUE).await;
    stomp.sync().await;
    server.upload(Some(&session), "left", ratios(62.0)).await;
    server.upload(Some(&session), "right", ratios(62.0)).await;
    let data = loop {
        let data = stomp.message("DATA").await;
        if data.json()["payload"]["value"].as_f64().unwrap() > 0.0 {
            break data;
        }
    };
    assert_eq!(data.header("destination"), QUEUE);
    assert_eq!(data.header("subscription"), "sub-0");
    assert_eq!(data.header("content-type"), "application/json");
    assert_eq!(data.header("content-length"), data.body.len().to_string());
    assert!(!data.header("message-id").is_empty());
    let payload = &data.json()["payload"];
    assert_eq!(
        payload["ai"],
        json!({ "lumbar": "null", "knee": "null", "ankle": "null" })
    );
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert!(
        payload["ts"].as_u64().unwrap().abs_diff(now) < 5,
        "epoch seconds: {payload}"
    );
}

#[tokio::test]
async fn an_ai_status_is_heard_with_the_next_state() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.sync().await;
    let status = json!({ "lumbar": "good", "knee": "BAD", "ankle": null, "sessionId": session });
    assert_eq!(
        post(server.control, "/internal/ai/status", &status)
            .await
            .status,
        200
    );
    loop {
        let ai = stomp.message("DATA").await.json()["payload"]["ai"].clone();
        if ai["knee"] == "bad" {
            assert_eq!(
                ai,
                json!({ "lumbar": "good", "knee": "bad", "ankle": "null" })
            );
            return;
        }
    }
}

#[tokio::test]
async fn encouragement_is_said_without_data() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect_with(&server, &token, "accept-language:en\n").await;
    stomp.subscribe("s", QUEUE).await;
    let voice = stomp.message("voice").await.json();
    assert!(!voice["text"].as_str().unwrap().is_empty());
    assert!(
        voice["text"].as_str().unwrap().is_ascii(),
        "in the language that was asked for: {voice}"
    );
    assert!(voice.get("payload").is_none());
}

#[tokio::test]
async fn messages_of_the_app_are_answered() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    stomp
        .tell(&json!({ "type": "PING", "payload": { "ts": 1_730_892_345.25 } }))
        .await;
    let pong = stomp.message("PONG").await.json();
    assert_eq!(pong["payload"]["ts"], 1_730_892_345.25);
    assert!(pong["payload"]["serverTs"].as_f64().unwrap() > 1e9);

    for name in ["start", "calibrate", "stop", "something of the app's own"] {
        stomp
            .tell(&json!({ "type": "CLIENT_EVENT", "payload": { "name": name, "ts": 7 } }))
            .await;
        let ack = stomp.message("ACK").await.json();
        assert_eq!(ack["payload"], json!({ "name": name, "ts": 7 }));
    }

    for (body, code) in [
        (json!({ "type": "DANCE" }), "UNKNOWN_TYPE"),
        (json!({ "type": "CLIENT_EVENT" }), "VALIDATION_ERROR"),
        (json!([1]), "VALIDATION_ERROR"),
    ] {
        stomp.tell(&body).await;
        let error = stomp.message("ERROR").await.json();
        assert_eq!(error["payload"]["code"], code, "{error}");
        assert!(error["payload"]["message"].is_string());
    }
    stomp.sync().await;
}

#[tokio::test]
async fn receipts_come_for_what_asks_for_them_and_a_disconnect_ends_in_1000() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp
        .send(&format!(
            "SUBSCRIBE\nid:1\ndestination:{QUEUE}\nreceipt:r1\n\n\0"
        ))
        .await;
    loop {
        let frame = stomp.frame().await;
        if frame.command == "RECEIPT" {
            assert_eq!(frame.header("receipt-id"), "r1");
            break;
        }
    }
    stomp.send("DISCONNECT\nreceipt:bye\n\n\0").await;
    loop {
        let frame = stomp.frame().await;
        if frame.command == "RECEIPT" {
            assert_eq!(frame.header("receipt-id"), "bye");
            break;
        }
    }
    assert_eq!(stomp.0.closed().await.0, 1000);
}

#[tokio::test]
async fn the_original_app_leaves_without_a_receipt_and_meets_no_error() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp
        .send(&format!(
            "SUBSCRIBE\nid:{QUEUE}\nack:auto\ndestination:{QUEUE}\n\n\0"
        ))
        .await;
    stomp.sync().await;
    stomp.send("DISCONNECT\nDISCONNECT:1730892345\n\n\0").await;
    loop {
        match stomp.0.next().await {
            Received::Text(text) => assert!(!text.starts_with("ERROR"), "{text}"),
            Received::Closed(code, _) => return assert_eq!(code, 1000),
        }
    }
}

#[tokio::test]
async fn a_fresh_token_keeps_the_connection_and_another_sessions_does_not() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    let (_, other) = server.guest().await;
    let short = token(&claims(&session, "stomp-ws", 30));
    let mut stomp = Stomp::connect(&server, &short).await;
    stomp.subscribe("s", QUEUE).await;
    let expiring = stomp.message("TOKEN_EXPIRING").await.json();
    assert!(
        (25..=30).contains(&expiring["payload"]["expiresIn"].as_u64().unwrap()),
        "{expiring}"
    );

    for (token, code) in [(other.as_str(), "FORBIDDEN"), ("nonsense", "UNAUTHORIZED")] {
        stomp
            .tell(&json!({ "type": "TOKEN", "payload": { "token": token } }))
            .await;
        assert_eq!(stomp.message("ERROR").await.json()["payload"]["code"], code);
    }
    let fresh = token(&claims(&session, "stomp-ws", 61));
    stomp
        .tell(&json!({ "type": "TOKEN", "payload": { "token": fresh } }))
        .await;
    assert_eq!(
        stomp.message("ACK").await.json()["payload"]["name"],
        "TOKEN"
    );
    let expiring = stomp.message("TOKEN_EXPIRING").await.json();
    assert_eq!(
        expiring["payload"]["expiresIn"], 60,
        "told again, a minute ahead"
    );
}

#[tokio::test]
async fn a_connection_ends_with_its_token_even_if_it_only_listens() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    // Its leeway of 30 s ends two seconds from now.
    let mut short = claims(&session, "stomp-ws", -28);
    short["iat"] = (short["exp"].as_i64().unwrap() - 900).into();
    short["nbf"] = short["iat"].clone();
    let short = token(&short);
    let mut listening = Stomp::connect(&server, &short).await;
    listening.subscribe("s", QUEUE).await;
    let mut silent = Ws::open(server.control, &format!("/ws?token={short}")).await;
    let mut stream = Ws::open(server.control, &format!("/ws/fsr-data?token={short}")).await;
    assert_eq!(listening.0.closed().await.0, 4401);
    assert_eq!(silent.closed().await.0, 4401, "before it connected");
    assert_eq!(stream.closed().await.0, 4401);
    let Err(refused) = Ws::try_open(server.control, &format!("/ws?token={short}"), &[]).await
    else {
        panic!("the door lets in what the timer has just sent away")
    };
    assert_refused(&refused, 401, "UNAUTHORIZED", "/ws");
}

#[tokio::test]
async fn any_message_id_that_was_ever_sent_marks_what_was_sent_before_it() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    // Its end is told at once.
    let token = token(&claims(&session, "stomp-ws", 50));
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.subscribe("feet", TOPIC).await;
    let expiring = stomp.message("TOKEN_EXPIRING").await;
    server.upload(Some(&session), "left", ratios(62.0)).await;
    stomp.message("DEVICE").await;
    stomp.tell(&json!({ "type": "PING", "payload": {} })).await;
    let pong = stomp.message("PONG").await;
    stomp
        .tell(&json!({ "type": "CLIENT_EVENT", "payload": { "name": "hello" } }))
        .await;
    let ack = stomp.message("ACK").await;
    stomp.tell(&json!({ "type": "NONSENSE" })).await;
    let error = stomp.message("ERROR").await;
    drop(stomp);

    for (reply, again) in [
        (&expiring, true),
        (&pong, false),
        (&ack, false),
        (&error, false),
    ] {
        let resume = format!("squirret-resume:{}\n", reply.header("message-id"));
        let mut back = Stomp::connect_with(&server, &token, &resume).await;
        back.subscribe("s", QUEUE).await;
        let mut devices = 0;
        back.tell(&json!({ "type": "PING", "payload": {} })).await;
        loop {
            let frame = back.frame().await;
            match frame.kind().as_str() {
                "DEVICE" => devices += 1,
                "PONG" => break,
                _ => {}
            }
        }
        assert_eq!(devices > 0, again, "{reply:?}");
    }
}

#[tokio::test]
async fn a_subscription_id_with_a_raw_colon_comes_back_as_it_was_sent() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp
        .send("SUBSCRIBE\nid:app:7:queue\ndestination:/user/queue/session\nreceipt:r:1\n\n\0")
        .await;
    stomp.tell(&json!({ "type": "PING", "payload": {} })).await;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let frame = stomp.frame().await;
        match frame.command.as_str() {
            "RECEIPT" => seen.push(frame.header("receipt-id").to_owned()),
            _ if frame.kind() == "PONG" => seen.push(frame.header("subscription").to_owned()),
            _ => {}
        }
    }
    assert_eq!(seen, ["r:1", "app:7:queue"]);
}

#[tokio::test]
async fn a_client_that_beats_without_a_pause_is_slowed_down_and_not_closed() {
    let server = Server::with(&[("SQUIRRET_STOMP_HEART_BEAT", "0s")]).await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    for _ in 0..4000 {
        stomp.send("\n").await;
    }
    stomp.sync().await;
}

#[tokio::test]
async fn connect_may_carry_its_token_as_http_writes_it() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    for header in [
        "Authorization: Bearer ",
        "authorization:Bearer  ",
        "passcode: ",
    ] {
        let mut stomp = Stomp(Ws::open(server.control, "/ws").await);
        stomp
            .send(&format!(
                "CONNECT\naccept-version:1.2\n{header}{token}\n\n\0"
            ))
            .await;
        assert_eq!(stomp.frame().await.command, "CONNECTED", "{header}");
    }
}

#[tokio::test]
async fn who_returns_sees_the_last_state_at_once_and_what_was_missed() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.sync().await;
    server.upload(Some(&session), "left", ratios(62.0)).await;
    let live = stomp.message("DEVICE").await;
    assert_eq!(
        live.json()["payload"],
        json!({ "side": "left", "state": "live" })
    );
    drop(stomp);

    server.upload(Some(&session), "right", ratios(62.0)).await;
    let resume = format!("squirret-resume:{}\n", live.header("message-id"));
    let mut back = Stomp::connect_with(&server, &token, &resume).await;
    back.subscribe("s2", QUEUE).await;
    let missed = loop {
        let told = back.message("DEVICE").await;
        if told.json()["payload"]["side"] == "right" {
            break told;
        }
    };
    assert_eq!(missed.json()["payload"]["state"], "live");
    assert_eq!(missed.header("subscription"), "s2");
    back.message("DATA").await;

    let mut fresh = Stomp::connect(&server, &token).await;
    fresh.subscribe("s3", QUEUE).await;
    assert_eq!(
        fresh.frame().await.kind(),
        "DATA",
        "the last state, at once and first"
    );
}

#[tokio::test]
async fn the_feet_come_on_the_topic_too() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("feet", TOPIC).await;
    let first = stomp.frame().await;
    assert_eq!(
        (first.header("destination"), first.header("subscription")),
        (TOPIC, "feet")
    );
    assert_eq!(first.json(), json!({ "left": null, "right": null }));
    server.upload(Some(&session), "left", ratios(62.0)).await;
    let second = stomp.frame().await.json();
    assert_eq!(second["left"]["ratio1"], 31.0);
    assert!(second["right"].is_null());
}

#[tokio::test]
async fn a_device_that_another_session_takes_is_told() {
    let server = Server::start().await;
    let (old, token) = server.guest().await;
    let (new, _) = server.guest().await;
    let bind = async |session: &str| {
        let path = format!("/api/session/{session}/devices");
        assert_eq!(
            post(server.control, &path, &json!({ "deviceId": "pair-1" }))
                .await
                .status,
            200
        );
    };
    bind(&old).await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.sync().await;
    bind(&new).await;
    let notice = stomp.message("DEVICE").await.json();
    assert_eq!(
        notice["payload"],
        json!({ "side": "both", "state": "taken", "deviceId": "pair-1" })
    );
}

#[tokio::test]
async fn frames_may_be_split_and_joined_anywhere() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp(Ws::open(server.control, &format!("/ws?token={token}")).await);
    let whole = format!(
        "CONNECT\naccept-version:1.2\n\n\0\nSUBSCRIBE\nid:1\ndestination:{QUEUE}\nreceipt:r\n\n\0"
    );
    for piece in whole.as_bytes().chunks(7) {
        stomp.0.send_binary(piece.to_vec()).await;
    }
    assert_eq!(stomp.frame().await.command, "CONNECTED");
    loop {
        let frame = stomp.frame().await;
        if frame.command == "RECEIPT" {
            return;
        }
        assert_eq!(frame.command, "MESSAGE");
    }
}

#[tokio::test]
async fn at_a_stop_clients_are_told_when_to_return() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    let mut stream = Ws::open(server.control, "/ws/fsr-data").await;
    server.terminate();
    for socket in [&mut stomp.0, &mut stream] {
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 1001);
        let wait = reason
            .strip_prefix("retry-after-ms=")
            .and_then(|wait| wait.parse::<u64>().ok());
        assert!(
            wait.is_some_and(|wait| (500..5500).contains(&wait)),
            "{reason}"
        );
    }
}
