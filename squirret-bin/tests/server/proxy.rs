//! Behind a proxy: whose address counts.

use crate::{raw::*, support::*};
use tokio::{io::AsyncWriteExt, net::TcpStream};

const PROXY: (&str, &str) = ("SQUIRRET_SERVER_TRUSTED_PROXIES", "127.0.0.0/8");
const FEW_REQUESTS: [(&str, &str); 2] = [
    ("SQUIRRET_LIMITS_REQUESTS_PER_SECOND", "0.1"),
    ("SQUIRRET_LIMITS_REQUEST_BURST", "2"),
];

async fn latest(server: &Server, forwarded: &str) -> u16 {
    let headers = format!("x-forwarded-for: {forwarded}\r\n");
    let reply = request(server, "GET", "/api/fsr_data/latest", &headers, "").await;
    reply.status
}

#[tokio::test]
async fn each_client_of_a_trusted_proxy_has_a_rate_of_its_own() {
    let server = Server::with(&[PROXY, FEW_REQUESTS[0], FEW_REQUESTS[1]]).await;
    for client in ["198.51.100.1", "198.51.100.2", "2001:db8:1::1"] {
        assert_eq!(latest(&server, client).await, 200);
        assert_eq!(latest(&server, client).await, 200);
        assert_eq!(latest(&server, client).await, 429, "{client}");
    }
    // A network of IPv6 is one client, and what a client claims of itself is nothing.
    assert_eq!(latest(&server, "2001:db8:1::ffff").await, 429);
    assert_eq!(latest(&server, "203.0.113.77, 198.51.100.1").await, 429);
    assert_eq!(latest(&server, "2001:db8:2::1").await, 200);
}

#[tokio::test]
async fn a_stranger_does_not_choose_its_address() {
    let server = Server::with(&FEW_REQUESTS).await;
    assert_eq!(latest(&server, "198.51.100.1").await, 200);
    assert_eq!(latest(&server, "198.51.100.2").await, 200);
    assert_eq!(latest(&server, "198.51.100.3").await, 429);
}

#[tokio::test]
async fn requests_about_a_session_are_limited_whoever_asks() {
    let settings = [
        PROXY,
        ("SQUIRRET_LIMITS_SESSION_REQUESTS_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_SESSION_REQUEST_BURST", "3"),
    ];
    let server = Server::with(&settings).await;
    let session = server.guest().await;
    let other = server.guest().await;
    let ask = async |(session, token): &(String, String), client: usize| {
        let headers =
            format!("x-forwarded-for: 198.51.100.{client}\r\nauthorization: Bearer {token}\r\n");
        let read = format!("/api/fsr_data/latest?sessionId={session}");
        let refresh = format!("/api/session/{session}/refresh");
        let (method, path) = if client.is_multiple_of(2) {
            ("GET", read)
        } else {
            ("POST", refresh)
        };
        request(&server, method, &path, &headers, "").await.status
    };
    for client in 0..3 {
        assert_eq!(ask(&session, client).await, 200);
    }
    assert_eq!(ask(&session, 3).await, 429);
    assert_eq!(ask(&session, 4).await, 429);
    assert_eq!(ask(&other, 3).await, 200);
    assert_eq!(hits(&server, "session_requests").await, 2.0);
}

#[tokio::test]
async fn websockets_behind_a_proxy_count_for_their_clients() {
    let settings = [PROXY, ("SQUIRRET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS", "2")];
    let server = Server::with(&settings).await;
    let open = async |client: &str| {
        let headers = [("x-forwarded-for", client)];
        Ws::try_open(server.control, "/ws/fsr-data", &headers).await
    };
    let held = [open("198.51.100.1").await, open("198.51.100.1").await];
    assert!(held.iter().all(Result::is_ok));
    let Err(refused) = open("198.51.100.1").await else {
        panic!("a third one was let in")
    };
    assert_refused(&refused, 429, "RATE_LIMITED", "/ws/fsr-data");
    assert!(open("198.51.100.2").await.is_ok());
    // The proxy's own connections are as many as it needs.
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(TcpStream::connect(server.control).await.unwrap());
    }
    for socket in &mut idle {
        let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        socket.write_all(request).await.unwrap();
        assert!(rest(socket).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn who_comes_through_a_proxy_is_not_this_machine() {
    let server = Server::with(&[PROXY]).await;
    let body = r#"{"lumbar":"good","knee":"bad","ankle":"null"}"#;
    let json = "content-type: application/json\r\n";
    let path = "/internal/ai/status";
    let direct = request(&server, "POST", path, json, body).await;
    assert_eq!(direct.status, 200);
    let headers = format!("{json}x-forwarded-for: 127.0.0.1\r\n");
    let proxied = request(&server, "POST", path, &headers, body).await;
    assert_refused(&proxied, 403, "FORBIDDEN", path);
}

#[tokio::test]
async fn with_an_internal_key_the_inside_needs_it_too() {
    let server = Server::with(&[
        ("SQUIRRET_AUTH_INTERNAL_KEY", "an internal key"),
        ("SQUIRRET_AUTH_MODE", "bearer"),
    ])
    .await;
    let json = "content-type: application/json\r\n";
    for (method, path, body) in [
        ("GET", "/internal/usage", ""),
        ("POST", "/internal/ai/status", r#"{"knee":"bad"}"#),
    ] {
        let call = async |key: &str| {
            let headers = format!("{json}{key}");
            request(&server, method, path, &headers, body).await
        };
        assert_refused(&call("").await, 403, "FORBIDDEN", path);
        let wrong = call("x-internal-key: another\r\n").await;
        assert_refused(&wrong, 403, "FORBIDDEN", path);
        let right = call("x-internal-key: an internal key\r\n").await;
        assert_eq!(right.status, 200, "{right:?}");
    }
}

#[tokio::test]
async fn what_a_proxy_on_this_machine_carries_is_not_from_this_machine() {
    let server = Server::start().await;
    let path = "/internal/usage";
    let call = async |head: &str| {
        let request = format!("GET {path} {head}\r\nconnection: close\r\n\r\n");
        send(server.control, &request).await
    };
    for direct in ["HTTP/1.1\r\nhost: localhost:1", "HTTP/1.1\r\nhost: [::1]"] {
        assert_eq!(call(direct).await.status, 200, "{direct}");
    }
    for carried in [
        "HTTP/1.0\r\nhost: 127.0.0.1", // nginx's plain `proxy_pass`
        "HTTP/1.1\r\nhost: coach.example.org",
        "HTTP/1.1\r\nhost: localhost\r\nvia: 1.1 cache",
        "HTTP/1.1\r\nhost: localhost\r\nforwarded: for=127.0.0.1",
        "HTTP/1.1\r\nhost: localhost\r\nx-forwarded-proto: https",
        "HTTP/1.1\r\nhost: localhost\r\nx-real-ip: 127.0.0.1",
    ] {
        assert_refused(&call(carried).await, 403, "FORBIDDEN", path);
    }
}

#[tokio::test]
async fn a_trusted_proxys_client_is_sent_where_it_came_from() {
    let url = async |server: &Server, headers: &str| {
        let headers = format!("content-type: application/json\r\n{headers}");
        let body = r#"{"userId":"somebody"}"#;
        let reply = request(server, "POST", "/api/session", &headers, body).await;
        let url = text(&reply.body, "wsUrl");
        let (base, id) = url.rsplit_once("/ws/").unwrap();
        assert_eq!(id, text(&reply.body, "sessionId"));
        base.to_owned()
    };
    let server = Server::with(&[PROXY]).await;
    let own = format!("ws://localhost:{}", server.inference.port());
    for (headers, base) in [
        ("", own.as_str()),
        ("x-forwarded-proto: https\r\n", "wss://localhost"),
        (
            "x-forwarded-proto: https\r\nx-forwarded-host: coach.example.org:8443\r\n",
            "wss://coach.example.org:8443",
        ),
        (
            "x-forwarded-proto: http\r\nx-forwarded-host: coach.example.org\r\n",
            "ws://coach.example.org",
        ),
        (
            "forwarded: for=192.0.2.1;host=\"coach.example.org:8443\";proto=https\r\n",
            "wss://coach.example.org:8443",
        ),
    ] {
        assert_eq!(url(&server, headers).await, base, "{headers}");
    }
    let stranger = Server::start().await;
    let own = format!("ws://localhost:{}", stranger.inference.port());
    let headers = "x-forwarded-proto: https\r\nx-forwarded-host: evil.example.org\r\n";
    assert_eq!(url(&stranger, headers).await, own);
}

#[tokio::test]
async fn the_page_behind_a_trusted_proxy_may_open_its_sockets() {
    let server = Server::with(&[PROXY]).await;
    let headers = "x-forwarded-proto: https\r\nx-forwarded-host: coach.example.org\r\n";
    let page = request(&server, "GET", "/", headers, "").await;
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("wss://coach.example.org"), "{policy}");
}
