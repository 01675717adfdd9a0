//! Input that wants to hurt: the process stays healthy, its memory bounded.

use crate::{
    raw::exchange,
    support::{Received, Server, Ws, get, post, text},
};
use serde_json::json;

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused_by_its_length() {
    let server = Server::start().await;
    let head = "POST /api/fsr_data HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10485760\r\n\r\n";
    let answer = exchange(&server, &[head.as_bytes()]).await;
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("PAYLOAD_TOO_LARGE"),
        "{answer}"
    );
    let head = "POST /api/fsr_data HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let answer = exchange(
        &server,
        &[head.as_bytes(), chunk.as_bytes(), chunk.as_bytes()],
    )
    .await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{answer}"
    );
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let server = Server::with(&[("SQUIRRET_LIMITS_BODY_TIMEOUT", "100ms")]).await;
    let head = "POST /api/fsr_data HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let answer = exchange(&server, &[head.as_bytes()]).await;
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("REQUEST_TIMEOUT"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_slow_head_is_given_up() {
    let server = Server::with(&[("SQUIRRET_LIMITS_HEADER_TIMEOUT", "100ms")]).await;
    let answer = exchange(&server, &[b"GET /healthz HTTP/1.1\r\nhost"]).await;
    assert!(!answer.contains("200 OK"), "{answer}");
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let server = Server::start().await;
    let headers: String = (0..20_000)
        .map(|number| format!("x-{number}: y\r\n"))
        .collect();
    let answer = exchange(
        &server,
        &[
            b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n",
            headers.as_bytes(),
            b"\r\n",
        ],
    )
    .await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_stomp_frame_of_a_million_headers_ends_its_connection_only() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut socket = Ws::open(server.control, &format!("/ws?token={token}")).await;
    socket.send("CONNECT\naccept-version:1.2\n\n\0").await;
    assert!(socket.text().await.starts_with("CONNECTED"));
    let headers = "a:b\n".repeat(10_000);
    socket.send(format!("SEND\n{headers}")).await;
    let code = loop {
        match socket.next().await {
            Received::Text(frame) => assert!(!frame.starts_with("RECEIPT"), "{frame}"),
            Received::Closed(code, _) => break code,
        }
    };
    assert!([1002, 1008, 1009].contains(&code), "{code}");
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn nonsense_instead_of_http_hurts_nobody() {
    let server = Server::start().await;
    for nonsense in [
        &b"\0\0\0\0\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let answer = exchange(&server, &[nonsense]).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn wrong_tokens_do_not_open_the_inference_plane() {
    let server = Server::start().await;
    let session = post(
        server.control,
        "/api/session",
        &json!({"userId": "user123"}),
    )
    .await
    .body;
    let (id, token) = (text(&session, "sessionId"), text(&session, "wsToken"));
    let (guest, stomp_token) = server.guest().await;
    for path in [
        format!("/ws/{id}"),
        format!("/ws/{id}?token="),
        format!("/ws/{id}?token={}x", token),
        format!("/ws/{guest}?token={token}"),
        format!("/ws/{id}?token={stomp_token}"),
    ] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let refused = crate::support::send(server.inference, &head).await;
        assert_eq!(refused.status, 401, "{path}: {refused:?}");
        assert_eq!(refused.body["code"], "UNAUTHORIZED");
    }
}
