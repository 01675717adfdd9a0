//! What every path of the control plane has: probes, documents, origins, request ids, limits.

use serde_json::{Value, json};

use crate::support::{Server, assert_refused, get, post, request, send, text, until};

#[tokio::test]
async fn operators_and_browsers_find_what_they_ask_for() {
    let server = Server::start().await;
    assert_eq!(
        get(server.control, "/healthz").await.body,
        json!({"status": "ok"})
    );
    // The store is opened beside the start.
    until("ready", async || {
        get(server.control, "/readyz").await.status == 200
    })
    .await;
    assert_eq!(
        get(server.inference, "/readyz").await.status,
        503,
        "no model is installed"
    );
    for (path, start) in [("/openapi.json", "3.1"), ("/asyncapi.json", "3.")] {
        let document = get(server.control, path).await.body;
        let version = document["openapi"]
            .as_str()
            .or(document["asyncapi"].as_str())
            .unwrap();
        assert!(version.starts_with(start), "{path}: {version}");
    }
    for path in ["/", "/docs", "/metrics", "/main.js"] {
        assert_eq!(get(server.control, path).await.status, 200, "{path}");
    }
    let page = get(server.control, "/").await;
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));
    let head = request(&server, "HEAD", "/healthz", "", "").await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn a_sane_request_id_comes_back_and_another_is_replaced() {
    let server = Server::start().await;
    let own = request(&server, "GET", "/healthz", "x-request-id: app-42\r\n", "").await;
    assert_eq!(own.headers["x-request-id"], "app-42");
    let bad = request(&server, "GET", "/healthz", "x-request-id: a b\r\n", "").await;
    assert_ne!(bad.headers["x-request-id"], "a b");
}

#[tokio::test]
async fn browsers_may_call_from_listed_origins_only() {
    let server = Server::with(&[("SQUIRRET_SERVER_CORS_ORIGINS", "https://app.example.org")]).await;
    for (origin, allowed) in [
        ("https://app.example.org", true),
        ("http://localhost:3000", true),
        ("https://evil.example.org", false),
    ] {
        let reply = request(
            &server,
            "GET",
            "/healthz",
            &format!("origin: {origin}\r\n"),
            "",
        )
        .await;
        let header = reply
            .headers
            .get("access-control-allow-origin")
            .map(String::as_str);
        assert_eq!(header, allowed.then_some(origin));
    }
}

#[tokio::test]
async fn too_many_requests_of_an_address_wait() {
    let server = Server::with(&[
        ("SQUIRRET_LIMITS_REQUESTS_PER_SECOND", "1"),
        ("SQUIRRET_LIMITS_REQUEST_BURST", "3"),
    ])
    .await;
    let mut last = get(server.control, "/api/fsr_data/latest").await;
    for _ in 0..10 {
        last = get(server.control, "/api/fsr_data/latest").await;
    }
    assert_refused(&last, 429, "RATE_LIMITED", "/api/fsr_data/latest");
    assert!(last.headers["retry-after"].parse::<u32>().unwrap() >= 1);
    assert_eq!(
        get(server.control, "/healthz").await.status,
        200,
        "probes are not limited"
    );
}

#[tokio::test]
async fn too_many_sessions_of_an_address_wait() {
    let server = Server::with(&[
        ("SQUIRRET_LIMITS_SESSIONS_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_SESSION_BURST", "2"),
    ])
    .await;
    for _ in 0..2 {
        server.guest().await;
    }
    let refused = post(server.control, "/internal/session", &Value::Null).await;
    assert_refused(&refused, 429, "RATE_LIMITED", "/internal/session");
}

#[tokio::test]
async fn without_a_model_the_inference_plane_says_what_to_run() {
    let server = Server::start().await;
    let session = post(
        server.control,
        "/api/session",
        &json!({"userId": "user123"}),
    )
    .await
    .body;
    let (id, token) = (text(&session, "sessionId"), text(&session, "wsToken"));
    let path = format!("/ws/{id}");
    let head = format!(
        "GET {path}?token={token} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let refused = send(server.inference, &head).await;
    assert_refused(&refused, 503, "MODEL_UNAVAILABLE", &path);
    assert!(
        text(&refused.body, "message").contains("squirret models install"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_model_that_comes_later_is_found_without_a_restart() {
    let Some(data) = std::env::var_os("SQUIRRET_TEST_DATA").map(std::path::PathBuf::from) else {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return;
    };
    let server = Server::start().await;
    let ready = async || get(server.control, "/readyz").await.body;
    until("the model is missed", async || {
        ready().await["inference"] == "no model"
    })
    .await;
    let folder = server.data_dir().join("models");
    let missing = ready().await;
    assert_eq!(missing["modelFolder"], folder.to_str().unwrap());
    let command = missing["modelCommand"].as_str().unwrap();
    assert!(command.starts_with("squirret models install"), "{command}");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["blazepose-detector.onnx", "blazepose-full.onnx"] {
        std::fs::copy(data.join("models").join(file), folder.join(file)).unwrap();
    }
    until("the model is found", async || {
        ready().await["inference"] == "ready"
    })
    .await;
}
