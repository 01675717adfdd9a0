//! The report: its forms, who may open it, its links.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    store::{bearer, finish, squat},
    support::{Server, assert_refused, claims, get, post, request, text, token},
};

/// A finished session with a workout, and its token.
async fn finished(server: &Server) -> (String, String) {
    let (session, token) = server.guest().await;
    squat(server, &session).await;
    assert_eq!(finish(server, &session, 3).await.status, 200);
    (session, token)
}

fn path(session: &str) -> String {
    format!("/api/session/{session}/report")
}

#[tokio::test]
async fn the_report_comes_as_a_page_as_json_and_as_a_table() {
    let server = Server::start().await;
    let (session, token) = finished(&server).await;
    let bearer = bearer(&token);
    let asked = async |query: &str, headers: &str| {
        let path = format!("{}{query}", path(&session));
        request(&server, "GET", &path, &format!("{bearer}{headers}"), "").await
    };
    let json = asked("?format=json&lang=en", "").await;
    let reps = json.body["reps"].as_array().unwrap().len();
    assert!(reps >= 3, "{json:?}");
    assert_eq!(json.body["totals"]["reps"], reps);
    assert_eq!(json.body["name"], session.as_str());
    assert!(
        text(&json.body, "summary").starts_with("You did"),
        "{json:?}"
    );
    assert_eq!(
        asked("", "accept: application/json\r\naccept-language: en\r\n")
            .await
            .body,
        json.body
    );
    assert_eq!(
        asked("?lang=en", "").await.body,
        json.body,
        "JSON when nothing is asked for"
    );
    let korean = asked("?lang=ko", "").await;
    assert!(
        text(&korean.body, "summary").contains("스쿼트"),
        "{korean:?}"
    );

    let page = asked(
        "",
        "accept: text/html,*/*;q=0.8\r\naccept-language: en-GB\r\n",
    )
    .await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let policy = &page.headers["content-security-policy"];
    assert!(
        policy.contains("default-src 'none'") && policy.contains("style-src 'sha256-"),
        "{policy}"
    );
    assert!(page.text.contains("<html lang=\"en\">"), "{}", page.text);
    let (_, rows) = page.text.split_once("<h2>Each repetition</h2>").unwrap();
    assert_eq!(rows.matches("<td class=\"text\">").count(), reps);
    assert!(
        asked("?format=html&lang=ko", "")
            .await
            .text
            .contains("<html lang=\"ko\">")
    );
    assert!(
        asked("?format=html&lang=en&tz=%2B09:00", "")
            .await
            .text
            .contains("UTC+9:00")
    );

    let table = asked("?format=csv", "").await;
    assert!(table.headers["content-type"].starts_with("text/csv"));
    assert!(table.headers["content-disposition"].contains(&session));
    assert_eq!(table.text.lines().count(), reps + 1);
    let score = table
        .text
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .nth(4)
        .unwrap();
    assert_eq!(
        score.parse::<f64>().unwrap(),
        json.body["reps"][0]["score"].as_f64().unwrap()
    );
    for (query, told) in [
        ("?format=pdf", "html, json or csv"),
        ("?tz=Seoul", "offset such as +09:00"),
    ] {
        let refused = asked(query, "").await;
        assert_refused(&refused, 400, "VALIDATION_ERROR", &path(&session));
        assert!(text(&refused.body, "message").contains(told), "{refused:?}");
    }
}

#[tokio::test]
async fn the_hash_of_the_policy_is_that_of_the_style_sheet() {
    use sha2::{Digest, Sha256};
    let server = Server::start().await;
    let (session, token) = finished(&server).await;
    let page = request(
        &server,
        "GET",
        &format!("{}?format=html", path(&session)),
        &bearer(&token),
        "",
    )
    .await;
    let style = page
        .text
        .split("<style>")
        .nth(1)
        .unwrap()
        .split("</style>")
        .next()
        .unwrap();
    let hash = base64_simd::STANDARD.encode_to_string(Sha256::digest(style));
    assert!(page.headers["content-security-policy"].contains(&format!("'sha256-{hash}'")));
}

#[tokio::test]
async fn nobody_but_the_owner_opens_a_report() {
    for mode in ["open", "bearer"] {
        let server = Server::with(&[("SQUIRRET_AUTH_MODE", mode)]).await;
        let (session, own) = server.guest().await;
        let (_, other) = server.guest().await;
        let expired = token(&claims(&session, "stomp-ws", -60));
        for headers in [String::new(), bearer("nonsense"), bearer(&expired)] {
            let refused = request(&server, "GET", &path(&session), &headers, "").await;
            assert_refused(&refused, 401, "UNAUTHORIZED", &path(&session));
        }
        for session in [session.clone(), Uuid::new_v4().to_string()] {
            let refused = request(&server, "GET", &path(&session), &bearer(&other), "").await;
            assert_refused(&refused, 403, "FORBIDDEN", &path(&session));
        }
        let link = format!("{}/link", path(&session));
        let refused = request(&server, "POST", &link, &bearer(&other), "").await;
        assert_refused(&refused, 403, "FORBIDDEN", &link);
        let empty = request(&server, "GET", &path(&session), &bearer(&own), "").await;
        assert_eq!(
            (empty.status, &empty.body["totals"]["reps"]),
            (200, &json!(0))
        );
        let gone = Uuid::new_v4().to_string();
        let unknown = token(&claims(&gone, "stomp-ws", 60));
        let refused = request(&server, "GET", &path(&gone), &bearer(&unknown), "").await;
        assert_refused(&refused, 404, "SESSION_NOT_FOUND", &path(&gone));
    }
}

#[tokio::test]
async fn a_token_from_before_a_user_signed_in_opens_nothing_of_theirs() {
    let server = Server::with(&[("SQUIRRET_AUTH_MODE", "bearer")]).await;
    let (session, guest) = server.guest().await;
    let upgrade = json!({"userId": Uuid::new_v4(), "sessionId": session, "email": "a@b.c"});
    let json = format!("{}content-type: application/json\r\n", bearer(&guest));
    let upgraded = request(
        &server,
        "POST",
        "/auth/upgrade",
        &json,
        &upgrade.to_string(),
    )
    .await;
    let user = text(&upgraded.body, "wsToken");
    let opened = request(&server, "GET", &path(&session), &bearer(&user), "").await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let refused = request(&server, "GET", &path(&session), &bearer(&guest), "").await;
    assert_refused(&refused, 403, "FORBIDDEN", &path(&session));
}

#[tokio::test]
async fn a_user_opens_the_reports_of_all_of_their_sessions() {
    let server = Server::start().await;
    let user = Uuid::new_v4();
    let mut sessions: Vec<(String, String)> = Vec::new();
    for _ in 0..2 {
        let (session, _) = server.guest().await;
        let upgrade = json!({"userId": user, "sessionId": session, "email": "a@b.c"});
        let upgraded = post(server.control, "/auth/upgrade", &upgrade).await;
        squat(&server, &session).await;
        assert_eq!(finish(&server, &session, 1).await.status, 200);
        sessions.push((session, text(&upgraded.body, "wsToken")));
    }
    let (first, second) = (&sessions[0], &sessions[1]);
    let older = request(&server, "GET", &path(&first.0), &bearer(&second.1), "").await;
    assert_eq!(older.status, 200, "{older:?}");
    assert_eq!(older.body["comparison"], Value::Null);
    let newer = request(&server, "GET", &path(&second.0), &bearer(&first.1), "").await;
    let comparison = &newer.body["comparison"];
    assert_eq!(
        comparison["earlier"][0]["reps"], older.body["totals"]["reps"],
        "{newer:?}"
    );
    assert!(comparison["scoreChange"].is_number());
}

#[tokio::test]
async fn a_link_opens_its_report_only_and_for_its_time_only() {
    let mut server = Server::start().await;
    let (session, token) = finished(&server).await;
    let (other, _) = finished(&server).await;
    let made = request(
        &server,
        "POST",
        &format!("{}/link", path(&session)),
        &bearer(&token),
        "",
    )
    .await;
    assert_eq!(made.status, 200, "{made:?}");
    let url = text(&made.body, "url");
    assert!(text(&made.body, "expiresAt").ends_with('Z'));
    assert!(!url.contains(&session), "{url}");
    let opened = get(server.control, &format!("{url}&format=json")).await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let name = text(&opened.body, "name");
    for form in ["json", "html", "csv"] {
        let opened = get(server.control, &format!("{url}&format={form}")).await;
        let told = format!("{:?}{}", opened.headers, opened.text);
        assert!(!told.contains(&session), "{form} tells the session");
    }
    server.restart(false).await;
    assert_eq!(
        get(server.control, &url).await.status,
        200,
        "it outlives the process"
    );
    for forged in [
        url.replace(&name, &other),
        url.replace(&name, "x"),
        url.replace("seal=", "seal=x"),
        url.split('?').next().unwrap().to_owned(),
    ] {
        let refused = get(server.control, &forged).await;
        let path = forged.split('?').next().unwrap();
        assert_refused(&refused, 401, "UNAUTHORIZED", path);
    }
    let id_alone = get(server.control, &path(&session)).await;
    assert_refused(&id_alone, 401, "UNAUTHORIZED", &path(&session));
}

#[tokio::test]
async fn a_link_ends_when_a_user_signs_in_and_when_they_are_deleted() {
    for mode in ["open", "bearer"] {
        let server = Server::with(&[("SQUIRRET_AUTH_MODE", mode)]).await;
        let (session, guest) = server.guest().await;
        let make = format!("{}/link", path(&session));
        let link = async |token: &str| {
            let made = request(&server, "POST", &make, &bearer(token), "").await;
            text(&made.body, "url")
        };
        let early = link(&guest).await;
        assert_eq!(get(server.control, &early).await.status, 200);
        let user = Uuid::new_v4();
        let upgrade = json!({"userId": user, "sessionId": session, "email": "a@b.c"});
        let json = format!("{}content-type: application/json\r\n", bearer(&guest));
        let body = upgrade.to_string();
        let upgraded = request(&server, "POST", "/auth/upgrade", &json, &body).await;
        let token = text(&upgraded.body, "wsToken");
        let refused = get(server.control, &early).await;
        assert_eq!(refused.status, 403, "{mode}: {refused:?}");
        let late = link(&token).await;
        assert_eq!(get(server.control, &late).await.status, 200);
        let deleted = format!("/api/user/{user}");
        let deleted = request(&server, "DELETE", &deleted, &bearer(&token), "").await;
        assert_eq!(deleted.status, 200, "{deleted:?}");
        assert_eq!(get(server.control, &late).await.status, 401, "{mode}");
    }
}
