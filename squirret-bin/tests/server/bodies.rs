//! Request bodies that are too long, packed, or not announced.

use crate::{raw::*, support::*};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use tokio::{io::AsyncWriteExt, net::TcpStream};

const PATH: &str = "/api/fsr_data";

fn head(headers: &str) -> String {
    format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

/// Sends all of a request before it reads, as many clients do.
async fn send_all(server: &Server, head: &str, body: &[u8]) -> Reply {
    let mut socket = TcpStream::connect(server.control).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    for part in body.chunks(64 * 1024) {
        let sent = socket.write_all(part).await;
        sent.expect("the server reads on until the client can see the answer");
    }
    parse(&rest(&mut socket).await)
}

#[tokio::test]
async fn a_client_that_sends_too_much_gets_to_read_why() {
    let server = Server::start().await;
    let json = "content-type: application/json\r\n";
    let body = vec![b' '; 16 << 20];
    let announced = head(&format!("{json}content-length: {}\r\n", body.len()));
    let reply = send_all(&server, &announced, &body).await;
    assert_refused(&reply, 413, "PAYLOAD_TOO_LARGE", PATH);

    let mut chunks = Vec::new();
    for part in body.chunks(1 << 20) {
        chunks.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        chunks.extend_from_slice(part);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let chunked = head(&format!("{json}transfer-encoding: chunked\r\n"));
    let reply = send_all(&server, &chunked, &chunks).await;
    assert_refused(&reply, 413, "PAYLOAD_TOO_LARGE", PATH);

    let picture = head(&format!(
        "content-type: image/jpeg\r\ncontent-length: {}\r\n",
        body.len()
    ));
    let reply = send_all(&server, &picture, &body).await;
    assert_refused(&reply, 415, "UNSUPPORTED_MEDIA_TYPE", PATH);
    assert_eq!(get(server.control, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_body_without_a_length_is_told_what_it_lacks() {
    let server = Server::start().await;
    let sample = sample("left", ratios(60.0)).to_string();
    let request = format!("{}{sample}", head("content-type: application/json\r\n"));
    let reply = parse(&exchange(&server, &[request.as_bytes()]).await);
    assert_refused(&reply, 400, "MALFORMED_JSON", PATH);
    let message = text(&reply.body, "message");
    assert!(message.contains("Content-Length"), "{message}");
}

#[tokio::test]
async fn a_number_that_json_does_not_have_is_named_with_its_field() {
    let server = Server::start().await;
    let sample = sample("left", ratios(60.0)).to_string();
    for number in ["nan", "-Infinity", "1e999"] {
        let body = format!("{},\"voltage4\":{number}}}", sample.trim_end_matches('}'));
        let reply = request(
            &server,
            "POST",
            PATH,
            "content-type: application/json\r\n",
            &body,
        )
        .await;
        assert_refused(&reply, 400, "MALFORMED_JSON", PATH);
        let message = text(&reply.body, "message");
        assert!(
            message.starts_with("voltage4 must be a finite number"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_device_id_follows_one_rule_wherever_it_is_said() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    let devices = format!("/api/session/{session}/devices");
    for wrong in ["깔창", "a pair", &"d".repeat(65)] {
        let mut body = sample("left", ratios(60.0));
        body["deviceId"] = wrong.into();
        let bound = serde_json::json!({ "deviceId": wrong });
        for (path, body) in [(PATH, &body), (devices.as_str(), &bound)] {
            let reply = post(server.control, path, body).await;
            assert_refused(&reply, 400, "VALIDATION_ERROR", path);
            let message = text(&reply.body, "message");
            assert_eq!(
                message,
                "deviceId must have 1 to 64 visible ASCII characters"
            );
        }
        let headers = format!("content-type: application/json\r\nx-device-id: {wrong}\r\n");
        let body = sample("left", ratios(60.0)).to_string();
        let reply = request(&server, "POST", PATH, &headers, &body).await;
        assert_refused(&reply, 400, "VALIDATION_ERROR", PATH);
    }
    let right = serde_json::json!({ "deviceId": "d".repeat(64) });
    assert_eq!(post(server.control, &devices, &right).await.status, 200);
}

#[tokio::test]
async fn a_packed_body_is_read_up_to_the_same_limit() {
    let server = Server::start().await;
    let pack = |content: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(content).unwrap();
        packer.finish().unwrap()
    };
    let upload = async |coding: &str, body: &[u8]| {
        let head = head(&format!(
            "content-type: application/json\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        ));
        send_all(&server, &head, body).await
    };
    let sample = sample("left", ratios(60.0)).to_string();
    let reply = upload("gzip", &pack(sample.as_bytes())).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let bomb = upload("gzip", &pack(&vec![b' '; 8 << 20])).await;
    assert_refused(&bomb, 413, "PAYLOAD_TOO_LARGE", PATH);
    let plain = upload("gzip", sample.as_bytes()).await;
    assert_refused(&plain, 400, "MALFORMED_JSON", PATH);
    let other = upload("br", sample.as_bytes()).await;
    assert_refused(&other, 415, "UNSUPPORTED_MEDIA_TYPE", PATH);
    assert!(text(&other.body, "message").contains("content-encoding"));
}
