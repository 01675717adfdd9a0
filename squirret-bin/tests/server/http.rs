//! HTTP as attackers write it.

use crate::{raw::*, support::*};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const POST: &str =
    "POST /api/fsr_data HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn two_lengths_that_differ_are_refused() {
    let server = Server::start().await;
    let request = format!("{POST}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}x");
    let answer = exchange(&server, &[request.as_bytes()]).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(answers(&answer), 1, "{answer}");
}

#[tokio::test]
async fn nothing_hides_behind_a_body_of_two_lengths() {
    let server = Server::start().await;
    let hidden = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for (first, second) in [
        ("content-length: 4", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "content-length: 4"),
    ] {
        let request = format!("{POST}{first}\r\n{second}\r\n\r\n0\r\n\r\n{hidden}");
        let answer = exchange(&server, &[request.as_bytes()]).await;
        assert_eq!(answers(&answer), 1, "{first}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

#[tokio::test]
async fn encodings_that_only_look_like_chunked_are_refused() {
    let server = Server::start().await;
    for encoding in [
        "xchunked",
        "chunked, identity",
        "gzip",
        "\x0bchunked",
        "chunked\r\n ,x",
    ] {
        let request = format!("{POST}transfer-encoding: {encoding}\r\n\r\n0\r\n\r\n");
        let answer = exchange(&server, &[request.as_bytes()]).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{encoding:?}: {answer}");
        assert_eq!(answers(&answer), 1, "{encoding:?}: {answer}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_end_the_connection() {
    let server = Server::start().await;
    for garbage in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "ffffffffffffffffff\r\n{}",
    ] {
        let request = format!("{POST}transfer-encoding: chunked\r\n\r\n{garbage}");
        let answer = exchange(&server, &[request.as_bytes()]).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{garbage:?}: {answer}");
        assert_eq!(answers(&answer), 1, "{garbage:?}: {answer}");
    }
}

#[tokio::test]
async fn names_of_headers_have_no_blanks() {
    let server = Server::start().await;
    for line in [
        "content-length : 2",
        " content-length: 2",
        "content length: 2",
    ] {
        let request = format!("{POST}{line}\r\n\r\n{{}}");
        let answer = exchange(&server, &[request.as_bytes()]).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{line:?}: {answer}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let server = Server::start().await;
    let body = sample("left", ratios(40.0)).to_string();
    let upload = format!("{POST}content-length: {}\r\n\r\n{body}", body.len());
    let mut requests = upload.repeat(5);
    requests.push_str("GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let answer = exchange(&server, &[requests.as_bytes()]).await;
    let statuses: Vec<_> = answer
        .split("HTTP/1.1 ")
        .filter_map(|part| part.get(..3))
        .collect();
    assert_eq!(
        statuses,
        ["202", "202", "202", "202", "202", "404"],
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::start().await;
    let path = "x".repeat(1 << 20);
    let long = format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let fat = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {path}\r\n\r\n");
    for head in [long, fat] {
        let answer = exchange(&server, &[head.as_bytes()]).await;
        // What is still on its way when the connection ends may take the answer with it.
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{answer}"
        );
    }
    // A long one that fits is only not found, and not repeated.
    let path = format!("/{}", "y".repeat(20_000));
    let reply = get(server.control, &path).await;
    assert_refused(&reply, 404, "NOT_FOUND", &path[..512]);
    assert!(text(&reply.body, "message").len() < 1000);
}

#[tokio::test]
async fn an_upgrade_of_what_is_no_websocket_stays_http() {
    let server = Server::start().await;
    for path in ["/healthz", "/api/fsr_data/latest", "/"] {
        let reply = refused(&server, path, "").await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
    }
    let reply = refused(&server, "/ws/nowhere", "").await;
    assert_refused(&reply, 404, "NOT_FOUND", "/ws/nowhere");
    // And what is one wants to be asked for it.
    for path in ["/ws", "/ws/fsr-data"] {
        let reply = request(&server, "POST", path, "", "").await;
        assert_refused(&reply, 405, "METHOD_NOT_ALLOWED", path);
    }
}

#[tokio::test]
async fn slow_heads_do_not_keep_others_out() {
    let server = Server::with(&[("SQUIRRET_LIMITS_HEADER_TIMEOUT", "500ms")]).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut socket = TcpStream::connect(server.control).await.unwrap();
        socket
            .write_all(b"GET /healthz HTTP/1.1\r\nx-")
            .await
            .unwrap();
        slow.push(socket);
    }
    assert_eq!(get(server.control, "/healthz").await.status, 200);
    for socket in &mut slow {
        assert_eq!(rest(socket).await, "");
    }
}

#[tokio::test]
async fn a_head_that_trickles_in_is_given_up_all_the_same() {
    let server = Server::with(&[("SQUIRRET_LIMITS_HEADER_TIMEOUT", "300ms")]).await;
    let mut socket = TcpStream::connect(server.control).await.unwrap();
    let trickle = async {
        while socket.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, trickle).await.expect("an end");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::with(&[("SQUIRRET_LIMITS_HEADER_TIMEOUT", "200ms")]).await;
    let mut socket = TcpStream::connect(server.control).await.unwrap();
    socket
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn who_asks_and_does_not_read_is_let_go() {
    let settings = [
        ("SQUIRRET_LIMITS_SEND_TIMEOUT", "300ms"),
        ("SQUIRRET_LIMITS_SEND_BUFFER_BYTES", "8192"),
        ("SQUIRRET_LIMITS", "off"),
    ];
    let server = Server::with(&settings).await;
    let mut socket = narrow(&server).await;
    let requests = "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
    let ask = async { while socket.write_all(requests.as_bytes()).await.is_ok() {} };
    timeout(PATIENCE, ask).await.expect("an end");
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_body_may_come_in_many_parts() {
    let server = Server::start().await;
    let body = sample("left", ratios(40.0)).to_string();
    let chunks: String = body
        .as_bytes()
        .chunks(7)
        .map(|chunk| {
            format!(
                "{:x}\r\n{}\r\n",
                chunk.len(),
                String::from_utf8_lossy(chunk)
            )
        })
        .collect();
    let head = format!("{POST}connection: close\r\ntransfer-encoding: chunked\r\n\r\n");
    let request = format!("{head}{chunks}0\r\nx-trailer: y\r\n\r\n");
    let answer = exchange(&server, &[request.as_bytes()]).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    // One byte too many, and the last part says so.
    let large = format!("{:x}\r\n{}\r\n", 0x8000, "x".repeat(0x8000));
    let parts = [&*head, &*large, &*large, "1\r\nx\r\n", "0\r\n\r\n"].map(str::as_bytes);
    let answer = exchange(&server, &parts).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn who_expects_to_be_told_to_continue_is_told() {
    let server = Server::start().await;
    let body = sample("left", ratios(40.0)).to_string();
    let head = format!(
        "{POST}expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut socket = TcpStream::connect(server.control).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 25];
    timeout(PATIENCE, socket.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(body.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    timeout(PATIENCE, socket.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 202");
}
