//! A person's workouts: listed, opened one by one, deleted; by the session's token or by a link.

use serde_json::json;

use crate::{
    store::{bearer, squat},
    support::{Server, get, post, request, text},
};

#[tokio::test]
async fn workouts_are_listed_with_their_reports_and_deleted() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let path = format!("/api/session/{session}/workouts");
    assert_eq!(get(server.control, &path).await.status, 401);
    squat(&server, &session).await;
    let listed = request(
        &server,
        "GET",
        &format!("{path}?lang=en"),
        &bearer(&token),
        "",
    )
    .await;
    assert_eq!(listed.status, 200, "{listed:?}");
    let workouts = listed.body["workouts"].as_array().unwrap();
    assert_eq!(workouts.len(), 1);
    assert!(workouts[0]["reps"].as_u64().unwrap() >= 3);
    assert_eq!(workouts[0]["sessionId"], session.as_str());

    let report = get(server.control, &text(&workouts[0], "reportUrl")).await;
    assert_eq!(report.body["totals"]["reps"], workouts[0]["reps"]);
    assert_eq!(report.body["totals"]["workouts"], 1);

    let link = text(&listed.body, "url");
    let by_link = get(server.control, &format!("{link}&lang=en")).await;
    assert_eq!(by_link.body["workouts"][0]["start"], workouts[0]["start"]);
    assert_eq!(by_link.body.get("url"), None, "a link makes no new one");
    let forged = link.replace("seal=", "seal=x");
    assert_eq!(get(server.control, &forged).await.status, 401);
    let report_link = format!("/api/session/{session}/report/link");
    let seal = request(&server, "POST", &report_link, &bearer(&token), "").await;
    let other = text(&seal.body, "url").replace("/api/report/", "/api/workouts/");
    assert_eq!(
        get(server.control, &other).await.status,
        401,
        "another seal"
    );

    let (_, strangers) = server.guest().await;
    let refused = request(&server, "DELETE", &path, &bearer(&strangers), "").await;
    assert_eq!(refused.status, 403);
    let deleted = request(&server, "DELETE", &link, "", "").await;
    assert_eq!(
        (deleted.status, &deleted.body["status"]),
        (200, &json!("deleted"))
    );
    let gone = get(server.control, &link).await;
    assert_eq!(gone.status, 401, "the link went too: {gone:?}");
}

#[tokio::test]
async fn a_report_is_about_one_workout_when_asked() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    let report = async |which: &str| {
        let path = format!("/api/session/{session}/report?format=json{which}");
        request(&server, "GET", &path, &bearer(&token), "").await
    };
    let all = report("").await.body["totals"]["reps"].clone();
    assert_eq!(report("&workout=last").await.body["totals"]["reps"], all);
    for wrong in ["&workout=1", "&workout=first", "&workout="] {
        let refused = report(wrong).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("VALIDATION_ERROR"))
        );
    }
}

#[tokio::test]
async fn a_bound_pair_says_whether_it_sends() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    let path = format!("/api/session/{session}/devices");
    assert_eq!(get(server.control, &path).await.body["devices"], json!([]));
    let bound = post(server.control, &path, &json!({"deviceId": "pair-1"})).await;
    assert_eq!(bound.status, 200);
    let devices = get(server.control, &path).await.body["devices"].clone();
    assert_eq!(
        devices,
        json!([{"deviceId": "pair-1"}]),
        "no sample has come"
    );
    let mut sample = crate::support::sample("left", crate::support::ratios(50.0));
    sample["deviceId"] = "pair-1".into();
    assert_eq!(
        post(server.control, "/api/fsr_data", &sample).await.status,
        202
    );
    let devices = get(server.control, &path).await.body["devices"].clone();
    assert!(devices[0]["ageMs"].as_i64().unwrap() >= 0, "{devices}");
}
