//! Each limit of a connection, and the code that it ends with.

use crate::{
    raw::{metric, stalled},
    support::*,
};
use futures_util::SinkExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn who_does_not_connect_in_time_is_sent_away() {
    let server = Server::with(&[("SQUIRRET_STOMP_LOGIN_TIMEOUT", "300ms")]).await;
    let (_, token) = server.guest().await;
    let mut socket = Ws::open(server.control, &format!("/ws?token={token}")).await;
    assert_eq!(socket.closed().await.0, 4408);
}

#[tokio::test]
async fn who_sends_too_much_is_sent_away() {
    let settings = [
        ("SQUIRRET_LIMITS_MESSAGE_BURST", "20"),
        ("SQUIRRET_LIMITS_MESSAGES_PER_SECOND", "1"),
    ];
    let server = Server::with(&settings).await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    for _ in 0..40 {
        let body = json!({ "type": "PING" }).to_string();
        let frame = format!("SEND\ndestination:{APP}\n\n{body}\0");
        if stomp.0.0.send(Message::text(frame)).await.is_err() {
            break;
        }
    }
    assert_eq!(stomp.0.closed().await.0, 4429);
}

#[tokio::test]
async fn a_frame_or_message_that_is_too_large_ends_in_1009() {
    let server = Server::with(&[("SQUIRRET_STOMP_MAX_FRAME_BYTES", "4096")]).await;
    let (_, token) = server.guest().await;
    // Within a message, but too large a frame.
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp
        .send(&format!(
            "SEND\ndestination:{APP}\n\n{}\0",
            "x".repeat(5000)
        ))
        .await;
    let error = stomp.frame().await;
    assert_eq!(error.command, "ERROR");
    assert_eq!(stomp.0.closed().await.0, 1009);
    // Too large a message: not read to its end, and still told.
    let mut stomp = Stomp::connect(&server, &token).await;
    let _ = stomp.0.0.send(Message::text("x".repeat(10 << 20))).await;
    assert_eq!(stomp.0.closed().await.0, 1009);
}

#[tokio::test]
async fn a_text_that_is_none_ends_in_1007() {
    use tokio_tungstenite::tungstenite::protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    };
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    stomp.0.0.send(Message::Frame(frame)).await.unwrap();
    assert_eq!(stomp.0.closed().await.0, 1007);
}

#[tokio::test]
async fn a_frame_that_is_none_ends_in_1002() {
    use tokio::io::AsyncWriteExt;
    let server = Server::start().await;
    for (what, frame) in [
        ("not masked", &b"\x81\x02hi"[..]),
        ("an unknown kind", b"\x83\x80\0\0\0\0"),
        ("a reserved bit", b"\xc1\x80\0\0\0\0"),
        ("a continuation of nothing", b"\x80\x80\0\0\0\0"),
        ("a ping in parts", b"\x09\x80\0\0\0\0"),
    ] {
        let mut socket = stalled(&server, "/ws/fsr-data").await;
        socket.write_all(frame).await.unwrap();
        let answer = rest_of(&mut socket).await;
        // A close frame with two bytes of code, and a reason.
        let close = answer
            .windows(4)
            .any(|part| part[0] == 0x88 && u16::from_be_bytes([part[2], part[3]]) == 1002);
        assert!(close, "{what}: {answer:?}");
    }
}

#[tokio::test]
async fn heart_beats_are_sent_and_missed_ones_end_the_connection() {
    let server = Server::with(&[("SQUIRRET_STOMP_HEART_BEAT", "200ms")]).await;
    let (_, token) = server.guest().await;
    let mut stomp = Stomp(Ws::open(server.control, &format!("/ws?token={token}")).await);
    stomp
        .send("CONNECT\naccept-version:1.2\nheart-beat:200,200\n\n\0")
        .await;
    assert_eq!(stomp.frame().await.header("heart-beat"), "200,200");
    assert_eq!(stomp.0.text().await, "\n");
    let (code, reason) = stomp.0.closed().await;
    assert_ne!(code, 1000, "{reason}");
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_let_go_and_one_that_does_stays() {
    let server = Server::with(&[("SQUIRRET_LIMITS_PING_INTERVAL", "200ms")]).await;
    // A client that reads (and so answers pings) is still there after several intervals.
    let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
    reader.json().await;
    let quiet = timeout(Duration::from_millis(1500), reader.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    // One that does not read answers nothing; its socket ends without a close frame.
    let raw = stalled(&server, "/ws/fsr-data").await;
    assert!(ends(raw).await);
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_let_go_and_costs_the_others_nothing() {
    let settings = [
        ("SQUIRRET_LIMITS_SEND_TIMEOUT", "500ms"),
        ("SQUIRRET_LIMITS", "off"),
    ];
    let server = Server::with(&settings).await;
    let (session, token) = server.guest().await;
    let mut healthy = Stomp::connect(&server, &token).await;
    healthy.subscribe("s", QUEUE).await;
    let deaf = stalled(&server, &format!("/ws/fsr-data?token={token}")).await;
    // The kernel's buffers hold some megabytes; the writes go on until they are full and the server notices.
    let burst: Vec<_> = (0..2).map(|_| sample("left", ratios(62.0))).collect();
    let mut body = serde_json::Value::from(burst);
    for sample in body.as_array_mut().unwrap() {
        sample["sessionId"] = session.clone().into();
    }
    healthy.message("DATA").await;
    let metrics = async || {
        let closed = "squirret_websocket_closes_total{endpoint=\"insole\",code=\"4413\"}";
        metric(&server, closed).await == 1.0
    };
    let upload = post_many(server.control, &body, metrics);
    timeout(Duration::from_secs(60), upload)
        .await
        .expect("the stalled reader is closed");
    healthy.message("DATA").await;
    healthy.sync().await;
    drop(deaf);
}

/// Uploads on one connection until `done`.
async fn post_many(
    address: std::net::SocketAddr,
    body: &serde_json::Value,
    done: impl AsyncFn() -> bool,
) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let body = body.to_string();
    let request = format!(
        "POST /api/fsr_data HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut answer = vec![0; 4096];
    loop {
        for _ in 0..500 {
            socket.write_all(request.as_bytes()).await.unwrap();
            assert!(socket.read(&mut answer).await.unwrap() > 0);
        }
        if done().await {
            return;
        }
    }
}

/// Whether the server ends a socket on which nothing is sent.
async fn ends(mut socket: tokio::net::TcpStream) -> bool {
    timeout(PATIENCE, rest_of(&mut socket)).await.is_ok()
}

async fn rest_of(socket: &mut tokio::net::TcpStream) -> Vec<u8> {
    use tokio::io::AsyncReadExt;
    let mut rest = Vec::new();
    let _ = socket.read_to_end(&mut rest).await;
    rest
}
