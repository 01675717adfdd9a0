//! Strangers who want all of the server's sessions, or send messages that never end.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    raw::{handshake, hits, rest},
    support::*,
};

async fn refresh(server: &Server, (session, token): &(String, String)) -> u16 {
    let path = format!("/api/session/{session}/refresh");
    let proof = format!("authorization: Bearer {token}\r\n");
    request(server, "POST", &path, &proof, "").await.status
}

#[tokio::test]
async fn an_address_has_only_its_share_of_the_sessions() {
    let settings = [
        ("SQUIRRET_SESSION_MAX_PER_ADDRESS", "2"),
        ("SQUIRRET_AUTH_MODE", "bearer"),
    ];
    let server = Server::with(&settings).await;
    let used = server.guest().await;
    let mut ear = Stomp::connect(&server, &used.1).await;
    ear.subscribe("s", QUEUE).await;
    ear.sync().await;
    let idle = server.guest().await;
    let newer = server.guest().await;
    assert_eq!(refresh(&server, &idle).await, 404, "it made room");
    assert_eq!(refresh(&server, &used).await, 200);
    let mut second = Stomp::connect(&server, &newer.1).await;
    second.subscribe("s", QUEUE).await;
    second.sync().await;
    let refused = post(server.control, "/internal/session", &Value::Null).await;
    assert_refused(&refused, 429, "RATE_LIMITED", "/internal/session");
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(hits(&server, "sessions_per_address").await, 1.0);
}

#[tokio::test]
async fn readiness_tells_whether_there_is_room_for_sessions() {
    let server = Server::with(&[("SQUIRRET_SESSION_MAX", "10")]).await;
    let room = async || text(&get(server.control, "/readyz").await.body, "sessions");
    assert_eq!(room().await, "ok");
    for _ in 0..9 {
        server.guest().await;
    }
    assert_eq!(room().await, "nearly full");
    server.guest().await;
    assert_eq!(room().await, "full");
    let refused = post(server.control, "/internal/session", &json!(null)).await;
    assert_refused(&refused, 503, "OVERLOADED", "/internal/session");
}

#[tokio::test]
async fn empty_parts_of_a_message_that_never_ends_are_counted() {
    let settings = [
        ("SQUIRRET_LIMITS_MESSAGES_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_MESSAGE_BURST", "10"),
    ];
    let server = Server::with(&settings).await;
    let mut socket = tokio::net::TcpStream::connect(server.control)
        .await
        .unwrap();
    let request = handshake("/ws/fsr-data", "");
    socket.write_all(request.as_bytes()).await.unwrap();
    let begin = [0x01, 0x81, 0, 0, 0, 0, b'{'];
    let nothing = [0x00, 0x80, 0, 0, 0, 0];
    socket.write_all(&begin).await.unwrap();
    socket.write_all(&nothing.repeat(50)).await.unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.contains("too many messages"), "{answer}");
}
