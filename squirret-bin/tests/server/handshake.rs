//! Who is upgraded, and what everybody else is told.

use crate::support::*;
use serde_json::Value;

fn assert_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        (reply.status, reply.body["code"].as_str()),
        (status, Some(code)),
        "{reply:?}"
    );
    for field in ["timestamp", "error", "message", "path"] {
        assert!(reply.body[field].is_string(), "{field} in {reply:?}");
    }
}

async fn refusal(server: &Server, path: &str) -> Reply {
    match Ws::try_open(server.control, path, &[]).await {
        Ok(_) => panic!("{path} was upgraded"),
        Err(reply) => reply,
    }
}

#[tokio::test]
async fn a_token_that_does_not_count_is_refused_before_the_upgrade() {
    let server = Server::start().await;
    let (session, good) = server.guest().await;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let inference = token(&claims(&session, "inference-ws", 600));
    let expired = token(&claims(&session, "stomp-ws", -60));
    let unsigned = format!("{head}.");
    let foreign = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for token in ["x", &inference, &expired, &unsigned, &foreign] {
        let reply = refusal(&server, &format!("/ws?token={token}")).await;
        assert_refused(&reply, 401, "UNAUTHORIZED");
        assert!(
            !reply.body["message"].as_str().unwrap().contains(token),
            "a token never stands in an error"
        );
    }
    // Without an upgrade there is no CONNECT frame to wait for.
    assert_refused(&get(server.control, "/ws").await, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn the_token_may_come_as_a_bearer_or_in_the_connect_frame() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let bearer = format!("Bearer {token}");
    let socket = Ws::try_open(server.control, "/ws", &[("authorization", &bearer)])
        .await
        .unwrap();
    let mut stomp = Stomp(socket);
    stomp.send("CONNECT\naccept-version:1.2\n\n\0").await;
    assert_eq!(stomp.frame().await.header("session"), session);

    for header in [
        format!("passcode:{token}"),
        format!("Authorization:Bearer {token}"),
    ] {
        let mut stomp = Stomp(Ws::open(server.control, "/ws").await);
        stomp
            .send(&format!(
                "CONNECT\naccept-version:1.2\nlogin:me\n{header}\n\n\0"
            ))
            .await;
        assert_eq!(stomp.frame().await.header("session"), session);
    }
}

#[tokio::test]
async fn after_the_upgrade_a_missing_or_wrong_token_is_an_error_frame_and_1008() {
    let server = Server::start().await;
    for header in ["", "passcode:wrong\n", "Authorization:Bearer wrong\n"] {
        let mut stomp = Stomp(Ws::open(server.control, "/ws").await);
        stomp
            .send(&format!("CONNECT\naccept-version:1.2\n{header}\n\0"))
            .await;
        let error = stomp.frame().await;
        assert_eq!(error.command, "ERROR");
        assert!(error.header("message").contains("token"), "{error:?}");
        assert_eq!(stomp.0.closed().await.0, 1008);
    }
}

#[tokio::test]
async fn a_finished_session_is_not_let_in() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let report = serde_json::json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 0 });
    assert_eq!(
        post(
            server.control,
            &format!("/api/session/{session}/finish"),
            &report
        )
        .await
        .status,
        200
    );
    assert_refused(
        &refusal(&server, &format!("/ws?token={token}")).await,
        410,
        "SESSION_FINISHED",
    );
}

#[tokio::test]
async fn a_subprotocol_is_echoed_only_if_it_is_offered() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let head = |extra: &str| {
        format!(
            "GET /ws?token={token} HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n",
            server.control
        )
    };
    let answer = |extra: &'static str| {
        let request = head(extra);
        async move { upgraded(server.control, &request).await }
    };
    let offered = answer("sec-websocket-protocol: v10.stomp, v11.stomp, v12.stomp\r\n").await;
    assert!(
        offered.contains("sec-websocket-protocol: v12.stomp\r\n"),
        "{offered}"
    );
    assert!(
        offered.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        "{offered}"
    );
    assert!(!answer("").await.contains("sec-websocket-protocol"));
    assert!(
        !answer("sec-websocket-protocol: graphql-ws\r\n")
            .await
            .contains("sec-websocket-protocol")
    );
    let compressed = answer("sec-websocket-extensions: permessage-deflate\r\n").await;
    assert!(
        !compressed.contains("sec-websocket-extensions"),
        "{compressed}"
    );
}

/// The head of the answer to an upgrade.
async fn upgraded(address: std::net::SocketAddr, request: &str) -> String {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let (mut reader, mut head) = (BufReader::new(socket), String::new());
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).await.unwrap();
    }
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    head.to_ascii_lowercase().replace(
        "s3pplmbitxaq9kygzzhzrbk+xoo=",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    )
}

#[tokio::test]
async fn a_handshake_that_is_none_gets_the_envelope() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let path = format!("/ws?token={token}");
    assert_refused(&get(server.control, &path).await, 400, "VALIDATION_ERROR");
    let old = [("sec-websocket-version", "8")];
    let Err(reply) = Ws::try_open(server.control, &path, &old).await else {
        panic!("version 8 was upgraded")
    };
    assert_refused(&reply, 400, "VALIDATION_ERROR");
    let reply = post(server.control, &path, &Value::Null).await;
    assert_refused(&reply, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(reply.headers["allow"], "GET");
}

#[tokio::test]
async fn frames_without_a_model_are_refused_before_the_upgrade() {
    let server = Server::start().await;
    let reply = post(
        server.control,
        "/api/session",
        &serde_json::json!({ "userId": "user123" }),
    )
    .await;
    let (id, token) = (text(&reply.body, "sessionId"), text(&reply.body, "wsToken"));
    let open = async |path: String| match Ws::try_open(server.inference, &path, &[]).await {
        Ok(_) => panic!("{path} was upgraded"),
        Err(reply) => reply,
    };
    let none = open(format!("/ws/{id}?token={token}")).await;
    assert_refused(&none, 503, "MODEL_UNAVAILABLE");
    assert!(
        none.body["message"]
            .as_str()
            .unwrap()
            .contains("squirret models install"),
        "{none:?}"
    );
    assert!(none.headers.contains_key("retry-after"));
    assert_refused(&open(format!("/ws/{id}")).await, 401, "UNAUTHORIZED");
    assert_refused(
        &open(format!("/ws/{}?token={token}", uuid::Uuid::new_v4())).await,
        401,
        "UNAUTHORIZED",
    );
    let (guest, stomp_token) = server.guest().await;
    assert_refused(
        &open(format!("/ws/{guest}?token={stomp_token}")).await,
        401,
        "UNAUTHORIZED",
    );
}
