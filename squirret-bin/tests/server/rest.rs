//! Every REST call: its success and each of its errors.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Server, assert_refused, get, post, ratios, request, sample, text};

const JSON: &str = "content-type: application/json\r\n";

#[tokio::test]
async fn a_session_is_issued_upgraded_refreshed_and_finished() {
    let server = Server::start().await;
    let (id, token) = server.guest().await;
    assert_eq!(token.split('.').count(), 3);
    let user = Uuid::new_v4();
    let upgrade = json!({"userId": user, "sessionId": id, "email": "user@example.com"});
    for _ in 0..2 {
        let upgraded = post(server.control, "/auth/upgrade", &upgrade).await;
        assert_eq!(
            (upgraded.status, text(&upgraded.body, "sessionId")),
            (200, id.clone())
        );
        assert_ne!(text(&upgraded.body, "wsToken"), token);
    }
    let other = json!({"userId": Uuid::new_v4(), "sessionId": id, "email": "other@example.com"});
    assert_refused(
        &post(server.control, "/auth/upgrade", &other).await,
        409,
        "SESSION_CONFLICT",
        "/auth/upgrade",
    );
    let refresh = format!("/api/session/{id}/refresh");
    assert_refused(
        &request(&server, "POST", &refresh, "", "").await,
        401,
        "UNAUTHORIZED",
        &refresh,
    );
    let proof = format!("authorization: Bearer {token}\r\n");
    let fresh = request(&server, "POST", &refresh, &proof, "").await;
    assert_eq!(fresh.status, 200);
    let finish = format!("/api/session/{id}/finish");
    let report = json!({"framesIn": 150, "framesOut": 149, "durationSeconds": 30});
    for _ in 0..2 {
        let finished = post(server.control, &finish, &report).await;
        assert_eq!(
            (&finished.body["status"], &finished.body["sessionId"]),
            (&json!("completed"), &json!(id))
        );
    }
    let another = json!({"framesIn": 151, "framesOut": 149, "durationSeconds": 30});
    assert_refused(
        &post(server.control, &finish, &another).await,
        409,
        "SESSION_CONFLICT",
        &finish,
    );
    assert_refused(
        &request(&server, "POST", &refresh, &proof, "").await,
        410,
        "SESSION_FINISHED",
        &refresh,
    );
}

#[tokio::test]
async fn an_inference_session_names_where_to_send_frames() {
    let server = Server::with(&[("INFERENCE_WS_BASE_URL", "wss://inference.example.org/")]).await;
    let created = post(
        server.control,
        "/api/session",
        &json!({"userId": "user123"}),
    )
    .await;
    let id = text(&created.body, "sessionId");
    assert_eq!(
        text(&created.body, "wsUrl"),
        format!("wss://inference.example.org/ws/{id}")
    );
    let own = Server::start().await;
    let created = post(own.control, "/api/session", &json!({"userId": "user123"})).await;
    let url = text(&created.body, "wsUrl");
    assert!(
        url.starts_with("ws://") && url.contains(&own.inference.port().to_string()),
        "{url}"
    );
    let refused = post(own.control, "/api/session", &json!({})).await;
    assert_refused(&refused, 400, "VALIDATION_ERROR", "/api/session");
    assert_eq!(text(&refused.body, "message"), "userId is required");
}

#[tokio::test]
async fn unknown_sessions_are_not_found() {
    let server = Server::start().await;
    let unknown = Uuid::new_v4();
    for call in ["refresh", "finish"] {
        let path = format!("/api/session/{unknown}/{call}");
        let body = json!({"framesIn": 1, "framesOut": 1, "durationSeconds": 1});
        assert_refused(
            &post(server.control, &path, &body).await,
            404,
            "SESSION_NOT_FOUND",
            &path,
        );
    }
    let upgrade =
        json!({"userId": Uuid::new_v4(), "sessionId": unknown, "email": "user@example.com"});
    assert_refused(
        &post(server.control, "/auth/upgrade", &upgrade).await,
        404,
        "SESSION_NOT_FOUND",
        "/auth/upgrade",
    );
    let upload = request(
        &server,
        "POST",
        "/api/fsr_data",
        &format!("{JSON}x-session-id: {unknown}\r\n"),
        &sample("left", ratios(60.0)).to_string(),
    )
    .await;
    assert_refused(&upload, 404, "SESSION_NOT_FOUND", "/api/fsr_data");
    let latest = get(
        server.control,
        &format!("/api/fsr_data/latest?sessionId={unknown}"),
    )
    .await;
    assert_refused(&latest, 404, "SESSION_NOT_FOUND", "/api/fsr_data/latest");
}

#[tokio::test]
async fn samples_are_accepted_and_come_back_as_the_app_decodes_them() {
    let server = Server::start().await;
    let nothing = get(server.control, "/api/fsr_data/latest").await;
    assert_eq!(nothing.body, json!({"left": null, "right": null}));
    let accepted = post(
        server.control,
        "/api/fsr_data",
        &sample("LEFT", [15.2, 7.5, 3.1, 25.4, 30.0, 18.8]),
    )
    .await;
    assert_eq!(
        (accepted.status, accepted.body),
        (202, json!({"status": "ACCEPTED"}))
    );
    let latest = get(server.control, "/api/fsr_data/latest").await.body;
    assert_eq!(latest["right"], Value::Null);
    assert_eq!(
        (&latest["left"]["side"], &latest["left"]["ratio4"]),
        (&json!("left"), &json!(25.4))
    );
    assert!(latest["left"]["ageMs"].as_i64().unwrap() < 10_000);
    let burst: Vec<Value> = (0..256).map(|_| sample("right", ratios(60.0))).collect();
    assert_eq!(
        post(server.control, "/api/fsr_data", &burst.into())
            .await
            .status,
        202
    );
    assert!(get(server.control, "/api/fsr_data/latest").await.body["right"].is_object());
}

#[tokio::test]
async fn bad_samples_are_refused_with_the_field_and_the_rule() {
    let server = Server::start().await;
    let mut over = sample("left", ratios(60.0));
    over["ratio1"] = json!(100.5);
    let mut second = over.clone();
    second["ratio1"] = json!(-1);
    for (body, message) in [
        (over.clone(), "ratio1 must be between 0 and 100"),
        (
            json!([sample("left", ratios(50.0)), second]),
            "[1].ratio1 must be between 0 and 100",
        ),
        (json!({"side": "middle"}), "side must be left or right"),
        (json!({"ratio1": 1}), "side is required"),
    ] {
        let refused = post(server.control, "/api/fsr_data", &body).await;
        assert_refused(&refused, 400, "VALIDATION_ERROR", "/api/fsr_data");
        assert_eq!(text(&refused.body, "message"), message);
    }
    for body in ["{", "", "{\"side\":\"left\",\"ratio1\":NaN}"] {
        let refused = request(&server, "POST", "/api/fsr_data", JSON, body).await;
        assert_refused(&refused, 400, "MALFORMED_JSON", "/api/fsr_data");
    }
    assert_eq!(
        get(server.control, "/api/fsr_data/latest").await.body["left"],
        Value::Null,
        "nothing was taken"
    );
}

#[tokio::test]
async fn feedback_judges_the_window_in_the_language_asked_for() {
    let server = Server::start().await;
    let empty = get(server.control, "/api/fsr_data/feedback").await.body;
    assert_eq!(
        (&empty["stage"], &empty["status"]),
        (&json!("UNKNOWN"), &json!("NO_DATA"))
    );
    assert!(!text(&empty, "feedback").is_empty() && empty.get("metrics").is_none());
    for side in ["left", "right"] {
        server
            .upload(None, side, [10.0, 10.0, 15.0, 25.0, 15.0, 25.0])
            .await;
    }
    let judged = get(server.control, "/api/fsr_data/feedback").await.body;
    assert_eq!(judged["status"], "BAD");
    let metrics = judged["metrics"].as_object().unwrap();
    assert!(metrics.values().all(Value::is_number), "{metrics:?}");
    assert_eq!(metrics["front"], 65.0);
    let english = get(server.control, "/api/fsr_data/feedback?lang=en")
        .await
        .body;
    assert!(text(&english, "feedback").is_ascii(), "{english}");
    assert!(!text(&judged, "feedback").is_ascii(), "{judged}");
}

#[tokio::test]
async fn ai_status_and_insoles_are_combined() {
    let server = Server::start().await;
    let nothing = get(server.control, "/api/fsr_data/feedback/combined")
        .await
        .body;
    assert_eq!(nothing["ai"]["status"], "NO_DATA");
    assert_eq!(
        nothing["ai"]["raw"],
        json!({"lumbar": "null", "knee": "null", "ankle": "null"})
    );
    assert!(!nothing["overallMessages"].as_array().unwrap().is_empty());
    let status = json!({"lumbar": "good", "knee": "BAD", "ankle": null});
    let accepted = post(server.control, "/internal/ai/status", &status).await;
    assert_eq!((accepted.status, accepted.body), (200, json!({"ok": true})));
    let combined = get(server.control, "/api/fsr_data/feedback/combined")
        .await
        .body;
    assert_eq!(combined["ai"]["status"], "BAD");
    assert_eq!(
        combined["ai"]["raw"],
        json!({"lumbar": "good", "knee": "bad", "ankle": "null"})
    );
    assert_eq!(
        combined["overallMessages"][0],
        "무릎이 안쪽으로 무너지고 있습니다. 정렬을 유지하세요."
    );
    let refused = post(
        server.control,
        "/internal/ai/status",
        &json!({"knee": "fine"}),
    )
    .await;
    assert_refused(&refused, 400, "INVALID_STATUS", "/internal/ai/status");
}

#[tokio::test]
async fn the_ai_status_is_internal() {
    let key = "a key for other machines";
    let server = Server::with(&[("SQUIRRET_AUTH_INTERNAL_KEY", key)]).await;
    let body = r#"{"knee":"good"}"#;
    let path = "/internal/ai/status";
    let own = request(&server, "POST", path, JSON, body).await;
    assert_refused(&own, 403, "FORBIDDEN", path);
    let proxied = request(
        &server,
        "POST",
        path,
        &format!("{JSON}x-forwarded-for: 192.0.2.1\r\n"),
        body,
    )
    .await;
    assert_refused(&proxied, 403, "FORBIDDEN", path);
    let wrong = request(
        &server,
        "POST",
        path,
        &format!("{JSON}x-internal-key: wrong\r\n"),
        body,
    )
    .await;
    assert_refused(&wrong, 403, "FORBIDDEN", path);
    let right = request(
        &server,
        "POST",
        path,
        &format!("{JSON}x-forwarded-for: 192.0.2.1\r\nx-internal-key: {key}\r\n"),
        body,
    )
    .await;
    assert_eq!(right.status, 200);
}

#[tokio::test]
async fn a_device_is_bound_to_one_session_at_a_time() {
    let server = Server::with(&[("SQUIRRET_FSR_SHARED_DEFAULT", "off")]).await;
    let upload = async || {
        let mut body = sample("left", ratios(60.0));
        body["deviceId"] = "pair-1".into();
        post(server.control, "/api/fsr_data", &body).await
    };
    assert_refused(&upload().await, 403, "DEVICE_NOT_BOUND", "/api/fsr_data");
    let ((first, _), (second, _)) = (server.guest().await, server.guest().await);
    let devices = |id: &str| format!("/api/session/{id}/devices");
    let device = json!({"deviceId": "pair-1"});
    assert_eq!(
        post(server.control, &devices(&first), &device).await.status,
        200
    );
    assert_eq!(upload().await.status, 202);
    let left = async |id: &str| {
        get(
            server.control,
            &format!("/api/fsr_data/latest?sessionId={id}"),
        )
        .await
        .body["left"]
            .clone()
    };
    assert!(left(&first).await.is_object());
    assert_eq!(left(&second).await, Value::Null);
    assert_eq!(
        post(server.control, &devices(&second), &device)
            .await
            .status,
        200
    );
    assert_eq!(upload().await.status, 202);
    assert!(left(&second).await.is_object());
    let unbound = request(
        &server,
        "DELETE",
        &devices(&second),
        JSON,
        &device.to_string(),
    )
    .await;
    assert_eq!(unbound.status, 200);
    assert_refused(&upload().await, 403, "DEVICE_NOT_BOUND", "/api/fsr_data");
}

#[tokio::test]
async fn under_bearer_a_session_must_be_proven() {
    let server = Server::with(&[("SQUIRRET_AUTH_MODE", "bearer")]).await;
    let ((id, token), (_, other)) = (server.guest().await, server.guest().await);
    let refresh = format!("/api/session/{id}/refresh");
    let with = |token: &str| format!("authorization: Bearer {token}\r\n");
    assert_refused(
        &request(&server, "POST", &refresh, "", "").await,
        401,
        "UNAUTHORIZED",
        &refresh,
    );
    assert_refused(
        &request(&server, "POST", &refresh, &with("a.b.c"), "").await,
        401,
        "UNAUTHORIZED",
        &refresh,
    );
    assert_refused(
        &request(&server, "POST", &refresh, &with(&other), "").await,
        403,
        "FORBIDDEN",
        &refresh,
    );
    assert_eq!(
        request(&server, "POST", &refresh, &with(&token), "")
            .await
            .status,
        200
    );
    let latest = format!("/api/fsr_data/latest?sessionId={id}");
    assert_refused(
        &get(server.control, &latest).await,
        401,
        "UNAUTHORIZED",
        "/api/fsr_data/latest",
    );
    assert_eq!(
        request(&server, "GET", &latest, &with(&token), "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn paths_methods_and_types_are_checked() {
    let server = Server::start().await;
    assert_refused(
        &get(server.control, "/nothing/here").await,
        404,
        "NOT_FOUND",
        "/nothing/here",
    );
    let wrong = request(&server, "PUT", "/api/fsr_data", JSON, "{}").await;
    assert_refused(&wrong, 405, "METHOD_NOT_ALLOWED", "/api/fsr_data");
    assert_eq!(wrong.headers["allow"], "POST");
    let plain = request(
        &server,
        "POST",
        "/api/fsr_data",
        "content-type: text/plain\r\n",
        "{}",
    )
    .await;
    assert_refused(&plain, 415, "UNSUPPORTED_MEDIA_TYPE", "/api/fsr_data");
    let untyped = request(&server, "POST", "/api/session", "", "{}").await;
    assert_refused(&untyped, 415, "UNSUPPORTED_MEDIA_TYPE", "/api/session");
}
