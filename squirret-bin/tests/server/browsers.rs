//! Pages of other sites, in a browser that is near the server.

use crate::{attackers::raw, support::*};
use serde_json::{Value, json};

const FOREIGN: &str = "https://evil.example";

/// A request for another name than the server's.
async fn by_name(server: &Server, method: &str, path: &str, host: &str) -> Reply {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    send(server.control, &request).await
}

#[tokio::test]
async fn a_socket_opens_for_the_own_origin_a_listed_one_and_for_programs() {
    let settings = [("SQUIRRET_SERVER_CORS_ORIGINS", "https://app.example.org")];
    let server = Server::with(&settings).await;
    let (_, token) = server.guest().await;
    let own = format!("http://{}", server.control);
    let paths = [
        "/ws/fsr-data".to_owned(),
        "/ws/analysis".to_owned(),
        format!("/ws?token={token}"),
    ];
    for path in paths {
        for origin in [FOREIGN, "null", "http://localhost.evil.example"] {
            let Err(reply) = Ws::try_open(server.control, &path, &[("origin", origin)]).await
            else {
                panic!("{path} was opened from {origin}");
            };
            let (shown, _) = path.split_once('?').unwrap_or((&path, ""));
            assert_refused(&reply, 403, "FORBIDDEN", shown);
        }
        for origin in [
            own.as_str(),
            "http://localhost:3000",
            "https://app.example.org",
        ] {
            let opened = Ws::try_open(server.control, &path, &[("origin", origin)]).await;
            assert!(opened.is_ok(), "{path} from {origin}");
        }
        Ws::open(server.control, &path).await;
    }
}

#[tokio::test]
async fn a_name_that_somebody_pointed_at_the_server_opens_nothing() {
    let server = Server::with(&[("SQUIRRET_SERVER_HOSTS", "coach.example.org")]).await;
    for path in [
        "/",
        "/api/fsr_data/latest",
        "/internal/usage",
        "/metrics",
        "/readyz",
        "/openapi.json",
    ] {
        let reply = by_name(&server, "GET", path, "evil.example").await;
        assert_refused(&reply, 403, "FORBIDDEN", path);
        for host in [
            "coach.example.org",
            "192.0.2.1:8080",
            "localhost",
            "[::1]:80",
        ] {
            let reply = by_name(&server, "GET", path, host).await;
            // Under another name than this machine's own a call is never internal.
            let message = reply.body["message"].as_str().unwrap_or_default();
            assert!(!message.starts_with("Host"), "{path} at {host}: {reply:?}");
        }
    }
    let reply = by_name(&server, "POST", "/internal/session", "evil.example").await;
    assert_refused(&reply, 403, "FORBIDDEN", "/internal/session");
    let opened = Ws::try_open(server.control, "/ws/fsr-data", &[("host", "evil.example")]).await;
    assert_eq!(opened.err().map(|reply| reply.status), Some(403));
}

#[tokio::test]
async fn what_a_foreign_page_writes_is_refused_and_costs_nobody_anything() {
    let settings = [
        ("SQUIRRET_LIMITS_SESSION_BURST", "1"),
        ("SQUIRRET_LIMITS_SESSIONS_PER_SECOND", "0.001"),
    ];
    let server = Server::with(&settings).await;
    let headers = format!("origin: {FOREIGN}\r\ncontent-type: application/json\r\n");
    let status = json!({ "lumbar": "bad", "knee": "bad", "ankle": "bad" }).to_string();
    for _ in 0..5 {
        for (method, path, body) in [
            ("POST", "/internal/session", ""),
            ("POST", "/internal/ai/status", status.as_str()),
            ("POST", "/api/fsr_data", "{}"),
            (
                "DELETE",
                "/api/user/7d444840-9dc0-11d1-b245-5ffdce74fad2",
                "",
            ),
        ] {
            let reply = request(&server, method, path, &headers, body).await;
            assert_refused(&reply, 403, "FORBIDDEN", path);
        }
    }
    let own = post(server.control, "/internal/session", &Value::Null).await;
    assert_eq!(own.status, 200, "{own:?}");
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = Server::start().await;
    for head in [
        "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    ] {
        let answer = raw(server.control, head).await;
        assert_refused(&parse(&answer), 400, "VALIDATION_ERROR", "/healthz");
    }
    let answer = raw(server.control, "GET /healthz HTTP/1.0\r\n\r\n").await;
    assert_eq!(parse(&answer).status, 200, "{answer}");
}
