//! What a session may ask for, and what a client that comes back gets, where two scopes or the dearest routes are involved.

use serde_json::json;

use crate::support::*;

const FEW: [(&str, &str); 2] = [
    ("SQUIRRET_LIMITS_SESSION_REQUESTS_PER_SECOND", "0.05"),
    ("SQUIRRET_LIMITS_SESSION_REQUEST_BURST", "3"),
];

#[tokio::test]
async fn reports_their_links_and_lists_of_workouts_share_the_rate_of_their_session() {
    let server = Server::with(&FEW).await;
    for (method, call) in [
        ("GET", "report"),
        ("GET", "report?format=csv"),
        ("POST", "report/link"),
        ("GET", "workouts"),
    ] {
        let (session, token) = server.guest().await;
        let headers = format!("authorization: Bearer {token}\r\n");
        let path = format!("/api/session/{session}/{call}");
        let ask = async || request(&server, method, &path, &headers, "").await;
        for _ in 0..3 {
            assert_eq!(ask().await.status, 200, "{call}");
        }
        let refused = ask().await;
        assert_eq!(refused.status, 429, "{call}");
        assert!(refused.headers["retry-after"].parse::<u64>().unwrap() > 0);
        // The other calls about it, too.
        let refresh = format!("/api/session/{session}/refresh");
        let refused = request(&server, "POST", &refresh, &headers, "").await;
        assert_eq!(refused.status, 429, "after {call}");
    }
}

#[tokio::test]
async fn a_link_to_a_report_takes_from_the_rate_of_its_session() {
    let server = Server::with(&FEW).await;
    let (session, token) = server.guest().await;
    let headers = format!("authorization: Bearer {token}\r\n");
    let path = format!("/api/session/{session}/report/link");
    let link = request(&server, "POST", &path, &headers, "").await;
    let url = text(&link.body, "url");
    let path = &url[url.find("/api/report/").unwrap()..];
    for _ in 0..2 {
        assert_eq!(get(server.control, path).await.status, 200, "{url}");
    }
    assert_eq!(get(server.control, path).await.status, 429);
    // Who guesses links takes nothing from anybody.
    let (session, token) = server.guest().await;
    for _ in 0..5 {
        let guess = format!("/api/report/{session}?seal=x");
        assert_eq!(get(server.control, &guess).await.status, 401);
    }
    let headers = format!("authorization: Bearer {token}\r\n");
    let path = format!("/api/session/{session}/report");
    let reply = request(&server, "GET", &path, &headers, "").await;
    assert_eq!(reply.status, 200);
}

/// The feet whose state a client is told until its PONG.
async fn told(stomp: &mut Stomp) -> Vec<String> {
    stomp.tell(&json!({ "type": "PING", "payload": {} })).await;
    let mut feet = Vec::new();
    loop {
        let frame = stomp.frame().await;
        match frame.kind().as_str() {
            "DEVICE" => feet.push(text(&frame.json()["payload"], "side")),
            "PONG" => return feet,
            _ => {}
        }
    }
}

#[tokio::test]
async fn who_comes_back_after_the_own_insoles_took_over_from_the_shared_ones_hears_nothing_twice() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let mut stomp = Stomp::connect(&server, &token).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.sync().await;
    // Insoles that name no session are heard by all whose own send nothing.
    server.upload(None, "left", ratios(62.0)).await;
    let shared = stomp.message("DEVICE").await;
    stomp.tell(&json!({ "type": "PING", "payload": {} })).await;
    let pong = stomp.message("PONG").await;
    server.upload(Some(&session), "left", ratios(62.0)).await;
    let own = stomp.message("DEVICE").await;
    drop(stomp);
    server.upload(Some(&session), "right", ratios(62.0)).await;

    for (id, missed) in [
        (&shared, vec!["left", "right"]),
        (&pong, vec!["left", "right"]),
        (&own, vec!["right"]),
    ] {
        let id = id.header("message-id");
        let resume = format!("squirret-resume:{id}\n");
        let mut back = Stomp::connect_with(&server, &token, &resume).await;
        back.subscribe("s", QUEUE).await;
        assert_eq!(told(&mut back).await, missed, "after {id}");
    }
}
