//! Too much of something: who is limited, what it is told, and that others go on.

use crate::{raw::*, support::*};
use futures_util::SinkExt;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_tungstenite::tungstenite::Message;

fn assert_retry_after(reply: &Reply) {
    let seconds: u32 = reply.headers["retry-after"].parse().unwrap();
    assert!((1..=60).contains(&seconds), "{reply:?}");
}

/// The code of a connection that was sent away, and that its reason tells when to return.
fn assert_sent_away((code, reason): (u16, String), expected: u16) {
    assert_eq!(code, expected, "{reason}");
    let (_, wait) = reason.split_once("retry-after-ms=").unwrap();
    assert!(
        (500..=5000).contains(&wait.parse::<u32>().unwrap()),
        "{reason}"
    );
}

#[tokio::test]
async fn a_full_server_says_so_and_when_to_return() {
    let server = Server::with(&[("SQUIRRET_LIMITS_MAX_CONNECTIONS", "1")]).await;
    let mut first = TcpStream::connect(server.control).await.unwrap();
    let refused = greeting(&server).await;
    assert_eq!(
        (refused.status, text(&refused.body, "code")),
        (503, "OVERLOADED".into())
    );
    assert_retry_after(&refused);
    // The one who has a place is served, and tells of the other.
    let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    first.write_all(request).await.unwrap();
    let metrics = rest(&mut first).await;
    let hit = "squirret_limits_hit_total{limit=\"connections\"} 1";
    assert!(metrics.contains(hit), "{metrics}");
}

#[tokio::test]
async fn an_address_has_only_so_many_connections() {
    let settings = [("SQUIRRET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS", "2")];
    let server = Server::with(&settings).await;
    let mut held = [
        TcpStream::connect(server.control).await.unwrap(),
        TcpStream::connect(server.control).await.unwrap(),
    ];
    let refused = greeting(&server).await;
    assert_eq!(
        (refused.status, text(&refused.body, "code")),
        (429, "RATE_LIMITED".into())
    );
    assert_retry_after(&refused);
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    held[0].write_all(request).await.unwrap();
    assert!(rest(&mut held[0]).await.starts_with("HTTP/1.1 200"));
    until("its place is free again", async || {
        hits(&server, "connections_per_address").await >= 1.0
    })
    .await;
}

#[tokio::test]
async fn an_address_opens_connections_only_so_fast() {
    let settings = [
        ("SQUIRRET_LIMITS_CONNECTS_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_CONNECT_BURST", "3"),
    ];
    let server = Server::with(&settings).await;
    for _ in 0..3 {
        assert_eq!(get(server.control, "/healthz").await.status, 200);
    }
    let refused = greeting(&server).await;
    assert_eq!(
        (refused.status, text(&refused.body, "code")),
        (429, "RATE_LIMITED".into())
    );
    assert_retry_after(&refused);
}

#[tokio::test]
async fn an_address_shakes_hands_only_so_fast() {
    let settings = [
        ("SQUIRRET_LIMITS_HANDSHAKES_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_HANDSHAKE_BURST", "2"),
    ];
    let server = Server::with(&settings).await;
    let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
    let _other = Ws::open(server.control, "/ws/fsr-data").await;
    let refused = refused(&server, "/ws/fsr-data", "").await;
    assert_refused(&refused, 429, "RATE_LIMITED", "/ws/fsr-data");
    assert_retry_after(&refused);
    assert_eq!(hits(&server, "handshakes").await, 1.0);
    reader.json().await;
    server.upload(None, "left", ratios(40.0)).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 20.0);
}

#[tokio::test]
async fn a_storm_of_handshakes_is_sent_away_before_it_costs_anything() {
    let settings = [
        ("SQUIRRET_LIMITS_ALL_HANDSHAKES_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_ALL_HANDSHAKE_BURST", "1"),
    ];
    let server = Server::with(&settings).await;
    let _first = Ws::open(server.control, "/ws/fsr-data").await;
    // A token that is none is not even looked at.
    let path = "/ws?token=none";
    let mut waits = Vec::new();
    for _ in 0..20 {
        let refused = refused(&server, path, "").await;
        assert_refused(&refused, 503, "OVERLOADED", "/ws");
        assert_retry_after(&refused);
        waits.push(refused.headers["retry-after"].clone());
    }
    waits.dedup();
    assert!(waits.len() > 1, "all would return together: {waits:?}");
    assert_eq!(hits(&server, "all_handshakes").await, 20.0);
}

#[tokio::test]
async fn samples_of_a_session_are_limited_whoever_sends_them() {
    let settings = [
        ("SQUIRRET_LIMITS_SAMPLES_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_SAMPLE_BURST", "4"),
    ];
    let server = Server::with(&settings).await;
    let (session, _) = server.guest().await;
    let (other, _) = server.guest().await;
    let of = |session: &str, count: usize| {
        let mut sample = sample("left", ratios(40.0));
        sample["sessionId"] = session.into();
        json!(vec![sample; count])
    };
    for _ in 0..2 {
        let accepted = post(server.control, "/api/fsr_data", &of(&session, 2)).await;
        assert_eq!(accepted.status, 202);
    }
    let refused = post(server.control, "/api/fsr_data", &of(&session, 1)).await;
    assert_refused(&refused, 429, "RATE_LIMITED", "/api/fsr_data");
    assert_retry_after(&refused);
    // Another session, and those who name none, have their own.
    let accepted = post(server.control, "/api/fsr_data", &of(&other, 4)).await;
    assert_eq!(accepted.status, 202);
    server.upload(None, "left", ratios(40.0)).await;
    assert_eq!(hits(&server, "samples").await, 1.0);
}

const FEW_MESSAGES: [(&str, &str); 2] = [
    ("SQUIRRET_LIMITS_MESSAGES_PER_SECOND", "0.1"),
    ("SQUIRRET_LIMITS_MESSAGE_BURST", "20"),
];

#[tokio::test]
async fn each_frame_of_a_message_counts() {
    let server = Server::with(&FEW_MESSAGES).await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    // Subscribing again and again would be answered with the state each time.
    let again = format!("SUBSCRIBE\nid:s\ndestination:{QUEUE}\n\n\0UNSUBSCRIBE\nid:s\n\n\0");
    stomp.send(&again.repeat(40)).await;
    assert_sent_away(stomp.0.closed().await, 4429);
    assert_eq!(hits(&server, "stomp_frames").await, 1.0);
}

#[tokio::test]
async fn connections_of_a_session_share_what_it_may_send() {
    let server = Server::with(&FEW_MESSAGES).await;
    let (_, token) = server.guest().await;
    let (_, foreign) = server.guest().await;
    let mut own = [
        Stomp::connect(&server, &token).await,
        Stomp::connect(&server, &token).await,
    ];
    let mut other = Stomp::connect(&server, &foreign).await;
    other.subscribe("s", QUEUE).await;
    for stomp in &mut own {
        stomp.subscribe("s", QUEUE).await;
    }
    let mut ended = 0;
    for turn in 0..40 {
        let frame = format!("SEND\ndestination:{APP}\n\n{{\"type\":\"PING\"}}\0");
        if own[turn % 2].0.0.send(Message::text(frame)).await.is_err() {
            ended += 1;
        }
    }
    let [first, second] = &mut own;
    let (first, second) = (first.0.closed().await, second.0.closed().await);
    assert!(
        first.0 == 4429 || second.0 == 4429,
        "{first:?} {second:?} {ended}"
    );
    other.sync().await;
}

#[tokio::test]
async fn a_reader_that_talks_is_sent_away() {
    let server = Server::with(&FEW_MESSAGES).await;
    let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
    for _ in 0..30 {
        if reader
            .0
            .send(Message::Ping(bytes::Bytes::new()))
            .await
            .is_err()
        {
            break;
        }
    }
    assert_sent_away(reader.closed().await, 4429);
    assert_eq!(hits(&server, "insole_messages").await, 1.0);
}

#[tokio::test]
async fn subscriptions_of_a_connection_are_counted() {
    let server = Server::with(&[("SQUIRRET_STOMP_MAX_SUBSCRIPTIONS", "2")]).await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    for id in ["a", "b"] {
        stomp.subscribe(id, TOPIC).await;
    }
    stomp.subscribe("c", TOPIC).await;
    let error = loop {
        let frame = stomp.frame().await;
        if frame.command == "ERROR" {
            break frame;
        }
    };
    assert!(error.header("message").contains('2'), "{error:?}");
    assert_eq!(stomp.0.closed().await.0, 1008);
}

#[tokio::test]
async fn a_subscriber_that_does_not_read_is_let_go() {
    let settings = [
        ("SQUIRRET_LIMITS_SEND_TIMEOUT", "500ms"),
        ("SQUIRRET_LIMITS_SEND_BUFFER_BYTES", "8192"),
        ("SQUIRRET_LIMITS", "off"),
    ];
    let server = Server::with(&settings).await;
    let (session, token) = server.guest().await;
    let mut healthy = Stomp::connect(&server, &token).await;
    healthy.subscribe("t", TOPIC).await;
    healthy.subscribe("q", QUEUE).await;
    healthy.sync().await;
    let mut deaf = stalled(&server, &format!("/ws?token={token}")).await;
    let frames = [
        "CONNECT\naccept-version:1.2\n\n\0".to_owned(),
        format!("SUBSCRIBE\nid:s\ndestination:{TOPIC}\n\n\0"),
    ];
    for frame in frames {
        deaf.write_all(&text_frame(&frame)).await.unwrap();
    }
    let closed = "squirret_websocket_closes_total{endpoint=\"stomp\",code=\"4413\"}";
    let mut told = 0.0;
    while metric(&server, closed).await < 1.0 {
        told += 1.0;
        server
            .upload(Some(&session), "left", ratios(told % 100.0))
            .await;
        while healthy.frame().await.header("destination") != TOPIC {}
    }
}
