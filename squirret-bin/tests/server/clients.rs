//! Clients that people use: @stomp/stompjs, stomp.py, PyJWT, and the iOS library's exact bytes.

use std::{path::PathBuf, process::Output};

use serde_json::{Value, json};

use crate::support::{PATIENCE, QUEUE, SECRET, Server, Ws, get, post, send, text};

/// The folder that `.ci/tools` fills.
pub fn tools() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/test-tools");
    std::env::var_os("SQUIRRET_TEST_TOOLS").map_or(own, PathBuf::from)
}

/// Runs a client's script; `None`, and a word about it, when the client is not installed.
async fn run(tool: PathBuf, needs: PathBuf, script: &str, arguments: &[&str]) -> Option<Output> {
    if !needs.exists() {
        println!("skipped: {} is missing, run .ci/tools", needs.display());
        return None;
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(script);
    let mut command = tokio::process::Command::new(tool);
    command
        .arg(script)
        .args(arguments)
        .env("SQUIRRET_TEST_TOOLS", tools())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE * 3, command.output())
        .await
        .expect("the client ends")
        .unwrap();
    let (seen, problems) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{seen}\n{problems}");
    Some(output)
}

fn seen(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("the client prints JSON")
}

async fn stompjs(version: &[&str]) -> Option<Value> {
    let server = Server::start().await;
    let base = format!("http://{}", server.control);
    let needs = tools().join("node_modules/@stomp/stompjs/package.json");
    let arguments: Vec<&str> = [base.as_str()]
        .into_iter()
        .chain(version.iter().copied())
        .collect();
    Some(seen(
        &run("node".into(), needs, "stompjs.mjs", &arguments).await?,
    ))
}

#[tokio::test]
async fn stompjs_connects_exchanges_messages_and_leaves() {
    let Some(seen) = stompjs(&[]).await else {
        return;
    };
    assert_eq!(seen["version"], "1.2");
    assert_eq!(seen["pong"]["ts"], 1.5);
    assert_eq!(seen["committed"]["ts"], 3);
    assert_eq!(seen["ack"]["name"], "stompjs 스쿼트");
    assert_eq!(
        seen["data"]["ai"],
        json!({"lumbar": "null", "knee": "null", "ankle": "null"})
    );
}

#[tokio::test]
async fn stompjs_speaks_the_older_versions_too() {
    for version in ["1.1", "1.0"] {
        let Some(seen) = stompjs(&[version]).await else {
            return;
        };
        assert_eq!(seen["version"], version);
    }
}

#[tokio::test]
async fn stomp_py_connects_exchanges_messages_and_leaves() {
    let server = Server::start().await;
    let python = tools().join("venv/bin/python");
    let base = format!("http://{}", server.control);
    let Some(output) = run(python.clone(), python, "stomp_py.py", &[&base]).await else {
        return;
    };
    let seen = seen(&output);
    assert_eq!(seen["pong"]["type"], "PONG");
    assert_eq!(seen["data"]["type"], "DATA");
}

/// A server that is a plain broker, with room for what the clients' own tests send at once.
async fn broker() -> Server {
    Server::with(&[
        ("SQUIRRET_STOMP_OPEN_BROKER", "true"),
        ("SQUIRRET_STOMP_HEART_BEAT", "1s"),
        ("SQUIRRET_STOMP_MAX_FRAME_BYTES", "2097152"),
        ("SQUIRRET_LIMITS_MAX_QUEUED_BYTES", "8388608"),
        ("SQUIRRET_LIMITS", "off"),
    ])
    .await
}

/// Each case of a client's script is fine.
fn assert_all_fine(verdicts: &Value, cases: usize) {
    let verdicts = verdicts.as_object().unwrap();
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|(_, failure)| !failure.is_null())
        .map(|(case, failure)| format!("{case}: {}", failure.as_str().unwrap_or_default()))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(verdicts.len(), cases, "every case ran");
}

#[tokio::test]
async fn the_open_broker_keeps_what_stompjs_promises() {
    let server = broker().await;
    let base = format!("http://{}", server.control);
    let needs = tools().join("node_modules/@stomp/stompjs/package.json");
    if let Some(output) = run("node".into(), needs, "stompjs_broker.mjs", &[&base]).await {
        assert_all_fine(&seen(&output), 40);
    }
}

#[tokio::test]
async fn the_open_broker_keeps_what_stomp_py_promises() {
    let server = broker().await;
    let python = tools().join("venv/bin/python");
    let base = format!("http://{}", server.control);
    if let Some(output) = run(python.clone(), python, "stomp_py_broker.py", &[&base]).await {
        assert_all_fine(&seen(&output), 11);
    }
}

#[tokio::test]
async fn a_python_service_can_check_an_inference_token() {
    let server = Server::start().await;
    let session = post(
        server.control,
        "/api/session",
        &json!({"userId": "user123"}),
    )
    .await
    .body;
    let python = tools().join("venv/bin/python");
    let (token, id) = (text(&session, "wsToken"), text(&session, "sessionId"));
    run(
        python.clone(),
        python,
        "verify_token.py",
        &[SECRET, &token, &id],
    )
    .await;
}

/// What StompClientLib for iOS writes, byte by byte: no subprotocol, headers in no certain order, the destination as
/// subscription id, a DISCONNECT with a header of its own, and it closes without waiting.
#[tokio::test]
async fn the_ios_library_is_served_byte_by_byte() {
    let server = Server::start().await;
    let orders: [[&str; 3]; 2] = [
        [
            "SUBSCRIBE\ndestination:/user/queue/session\nack:auto\nid:/user/queue/session\n\n\0",
            "SEND\ncontent-type:application/json;charset=UTF-8\ndestination:/app/session.message\ncontent-length:41\n\n{\"type\":\"PING\",\"payload\":{\"ts\":1730892345}}\0",
            "DISCONNECT\nDISCONNECT:1730892345\n\n\0",
        ],
        [
            "SUBSCRIBE\nid:/user/queue/session\ndestination:/user/queue/session\nack:auto\n\n\0",
            "SEND\ncontent-length:41\ndestination:/app/session.message\ncontent-type:application/json;charset=UTF-8\n\n{\"payload\":{\"ts\":1730892345},\"type\":\"PING\"}\0",
            "DISCONNECT\nDISCONNECT:1730892345\n\n\0",
        ],
    ];
    for [subscribe, send, disconnect] in orders {
        let body = send.split_once("\n\n").unwrap().1.trim_end_matches('\0');
        let send = send.replace(
            "content-length:41",
            &format!("content-length:{}", body.len()),
        );
        let (_, token) = server.guest().await;
        let mut socket = Ws::open(server.control, &format!("/ws?token={token}")).await;
        socket.send("CONNECT\naccept-version:1.1,1.2\n\n\0").await;
        let connected = socket.text().await;
        assert!(
            connected.starts_with("CONNECTED\n") && connected.contains("\nversion:1.2\n"),
            "{connected:?}"
        );
        socket.send(subscribe).await;
        socket.send(send).await;
        let pong = loop {
            let message = socket.text().await;
            assert_ios_can_read(&message);
            if message.contains("PONG") {
                break message;
            }
        };
        assert!(
            pong.contains("\nsubscription:/user/queue/session\n"),
            "{pong:?}"
        );
        assert!(
            pong.contains("\ndestination:/user/queue/session\n"),
            "{pong:?}"
        );
        socket.send(disconnect).await;
        assert_eq!(
            socket.closed().await.0,
            1000,
            "a normal end: the app would reconnect after any other"
        );
    }
}

/// The library splits at every line break and at every colon, and takes one WebSocket message for one frame.
fn assert_ios_can_read(message: &str) {
    assert!(!message.contains('\r'), "{message:?}");
    assert_eq!(
        message.matches('\0').count(),
        1,
        "one frame a message: {message:?}"
    );
    assert!(message.ends_with('\0'), "{message:?}");
    let (head, body) = message.split_once("\n\n").expect("a head and a body");
    assert!(!body.contains('\n'), "a body of one line: {message:?}");
    for header in head.lines().skip(1) {
        let (_, value) = header.split_once(':').expect("a header");
        assert!(
            !value.contains([':', '\\']),
            "a value that needs no escape: {header:?}"
        );
    }
}

#[tokio::test]
async fn a_subscription_without_an_id_gets_its_pushes() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut socket = Ws::open(server.control, &format!("/ws?token={token}")).await;
    socket.send("CONNECT\naccept-version:1.1,1.2\n\n\0").await;
    socket.text().await;
    socket
        .send(format!("SUBSCRIBE\ndestination:{QUEUE}\n\n\0"))
        .await;
    let pushed = socket.text().await;
    assert!(pushed.starts_with("MESSAGE\n"), "{pushed:?}");
}

#[tokio::test]
async fn a_token_in_the_connect_frame_opens_the_session() {
    let server = Server::start().await;
    let (_, token) = server.guest().await;
    let mut socket = Ws::open(server.control, "/ws").await;
    socket
        .send(format!(
            "CONNECT\naccept-version:1.2\npasscode:{token}\n\n\0"
        ))
        .await;
    assert!(socket.text().await.starts_with("CONNECTED\n"));
}

/// What the firmware's HTTP client (ESP32) writes for each sample, byte by byte, on a connection of its own: voltages
/// and the ratios that it made of them, a dead sensor's set to what its neighbours say, and no time.
#[tokio::test]
async fn the_firmware_is_served_byte_by_byte() {
    let server = Server::start().await;
    let sample = r#"{"side":"left","voltage1":0.00,"voltage2":0.28,"voltage3":0.17,"voltage4":0.66,"voltage5":1.07,"voltage6":0.72,"ratio1":12.30,"ratio2":8.40,"ratio3":5.10,"ratio4":20.00,"ratio5":32.50,"ratio6":21.70}"#;
    for side in ["left", "right"] {
        let body = sample.replace("left", side);
        let request = format!(
            "POST /api/fsr_data HTTP/1.1\r\nHost: {}\r\nUser-Agent: ESP32HTTPClient\r\nConnection: close\r\n\
             Accept-Encoding: identity;q=1,chunked;q=0.1,*;q=0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            server.control,
            body.len()
        );
        let reply = send(server.control, &request).await;
        assert_eq!(reply.status, 202, "any 2xx is success there: {reply:?}");
        assert!(
            !reply.headers.contains_key("transfer-encoding"),
            "{reply:?}"
        );
        assert_eq!(reply.body, json!({ "status": "ACCEPTED" }));
    }
    let latest = get(server.control, "/api/fsr_data/latest").await.body;
    for foot in ["left", "right"] {
        assert_eq!(latest[foot]["ratio1"], 12.3, "the ratios stay as sent");
        assert!(latest[foot]["ageMs"].as_f64().unwrap() < 10_000.0);
    }
}
