//! What lasts: over restarts, over the end of the process at any moment, over disks that fail.

use futures_util::future::join_all;
use serde_json::{Value, json};
use squirret::{
    fsr::Side,
    sim::{Plan, Squatter},
};
use std::time::Duration;
use uuid::Uuid;

use crate::support::{Reply, Server, assert_refused, get, post, request, send, text, unix_millis};

/// Seconds of a simulated workout: some repetitions, and the standing after them.
const SECONDS: u32 = 40;

/// A workout of the last seconds, uploaded at once, as a phone does that had no network.
pub async fn squat(server: &Server, session: &str) {
    let squatter = Squatter::new(Plan::default(), 7);
    let start = unix_millis() - i64::from(SECONDS) * 1000 - 2_000;
    let samples: Vec<Value> = (0..SECONDS * 10)
        .flat_map(|tenth| Side::BOTH.map(|side| (f64::from(tenth) / 10.0, side)))
        .map(|(seconds, side)| {
            let at = start + (seconds * 1e3) as i64;
            let name = if side == Side::Left { "left" } else { "right" };
            let mut sample = json!({"side": name, "ts": at, "sessionId": session});
            for (sensor, volts) in (1..).zip(squatter.voltages(side, seconds)) {
                sample[format!("voltage{sensor}")] = ((volts * 1e4).round() / 1e4).into();
            }
            sample
        })
        .collect();
    for burst in samples.chunks(200) {
        let reply = post(server.control, "/api/fsr_data", &Value::from(burst)).await;
        assert_eq!(reply.status, 202, "{reply:?}");
    }
}

pub async fn finish(server: &Server, session: &str, frames: u64) -> Reply {
    let body = json!({"framesIn": frames, "framesOut": frames, "durationSeconds": 30});
    let path = format!("/api/session/{session}/finish");
    post(server.control, &path, &body).await
}

/// The report as JSON, with a token.
pub async fn report(server: &Server, session: &str, token: &str) -> Reply {
    let path = format!("/api/session/{session}/report?format=json&lang=en");
    request(server, "GET", &path, &bearer(token), "").await
}

pub fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

pub fn reps(report: &Reply) -> u64 {
    assert_eq!(report.status, 200, "{report:?}");
    report.body["totals"]["reps"].as_u64().unwrap()
}

#[tokio::test]
async fn sessions_bindings_workouts_and_tokens_survive_a_restart() {
    let mut server = Server::start().await;
    let (session, token) = server.guest().await;
    let device = json!({"deviceId": "pair-1"});
    let devices = format!("/api/session/{session}/devices");
    assert_eq!(post(server.control, &devices, &device).await.status, 200);
    squat(&server, &session).await;
    let squats = reps(&report(&server, &session, &token).await);
    assert!(squats >= 3, "{squats}");
    let refresh = format!("/api/session/{session}/refresh");
    let latest = format!("/api/fsr_data/latest?sessionId={session}");
    let mut sample = crate::support::sample("left", crate::support::ratios(50.0));
    sample["deviceId"] = "pair-1".into();
    for graceful in [true, false] {
        server.restart(graceful).await;
        let refreshed = request(&server, "POST", &refresh, &bearer(&token), "").await;
        assert_eq!(refreshed.status, 200);
        assert_eq!(reps(&report(&server, &session, &token).await), squats);
        let uploaded = post(server.control, "/api/fsr_data", &sample).await;
        assert_eq!(uploaded.status, 202);
        let feet = get(server.control, &latest).await;
        assert!(feet.body["left"].is_object(), "the binding stands");
    }
}

#[tokio::test]
async fn a_finish_is_answered_alike_after_a_restart() {
    let mut server = Server::start().await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    assert_eq!(finish(&server, &session, 7).await.status, 200);
    let before = report(&server, &session, &token).await;
    server.restart(false).await;
    assert_eq!(finish(&server, &session, 7).await.status, 200);
    let path = format!("/api/session/{session}/finish");
    assert_refused(
        &finish(&server, &session, 8).await,
        409,
        "SESSION_CONFLICT",
        &path,
    );
    let after = report(&server, &session, &token).await;
    assert_eq!(after.body, before.body);
}

#[tokio::test]
async fn the_finish_of_either_session_stores_the_workout_once() {
    let server = Server::start().await;
    let (guest, token) = server.guest().await;
    let created = post(server.control, "/api/session", &json!({"userId": guest})).await;
    let (inference, own) = (
        text(&created.body, "sessionId"),
        text(&created.body, "wsToken"),
    );
    squat(&server, &guest).await;
    assert_eq!(finish(&server, &inference, 5).await.status, 200);
    let by_inference = report(&server, &inference, &own).await;
    assert_eq!(finish(&server, &guest, 0).await.status, 200);
    let by_guest = report(&server, &guest, &token).await;
    assert_eq!(by_inference.body["reps"], by_guest.body["reps"]);
    assert_eq!(by_guest.body["totals"]["workouts"], 1);
    let kept = request(
        &server,
        "GET",
        &format!("/api/user/{guest}"),
        &bearer(&token),
        "",
    )
    .await;
    let sessions = kept.body["sessions"].as_array().unwrap();
    let workouts: usize = sessions
        .iter()
        .map(|session| session["workouts"].as_array().unwrap().len())
        .sum();
    assert_eq!((sessions.len(), workouts), (2, 1), "{:?}", kept.body);
}

#[tokio::test]
async fn a_start_begins_another_workout_and_the_one_before_is_kept() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    let first = reps(&report(&server, &session, &token).await);
    let mut stomp = crate::support::Stomp::connect(&server, &token).await;
    stomp.subscribe("1", crate::support::QUEUE).await;
    let event = json!({"type": "CLIENT_EVENT", "payload": {"name": "start"}});
    stomp.tell(&event).await;
    stomp.sync().await;
    let told = report(&server, &session, &token).await;
    assert_eq!(reps(&told), first);
    let kept = request(
        &server,
        "GET",
        &format!("/api/user/{session}"),
        &bearer(&token),
        "",
    )
    .await;
    let history = &kept.body["sessions"][0];
    assert_eq!(history["events"][0]["name"], "start");
    assert_eq!(history["workouts"][0]["summary"]["reps"], first);
}

/// A small generator of numbers, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A session whose finish was answered.
struct Accepted {
    session: String,
    token: String,
    frames: u64,
}

/// Finishes sessions until the server is gone; gives those that were answered with 200.
async fn finish_until_killed(
    control: std::net::SocketAddr,
    sessions: Vec<(String, String)>,
) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    for (frames, (session, token)) in (1..).zip(sessions) {
        let body =
            json!({"framesIn": frames, "framesOut": frames, "durationSeconds": 30}).to_string();
        let head = format!(
            "POST /api/session/{session}/finish HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        );
        let head = format!(
            "{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        match crate::support::try_send(control, &format!("{head}{body}")).await {
            Some(reply) if reply.status == 200 => accepted.push(Accepted {
                session,
                token,
                frames,
            }),
            _ => break,
        }
    }
    accepted
}

/// How often the server is killed: 25 times, or as `SQUIRRET_KILLS` says.
fn kills() -> u64 {
    let wanted = std::env::var("SQUIRRET_KILLS").ok();
    wanted.and_then(|kills| kills.parse().ok()).unwrap_or(25)
}

#[tokio::test]
async fn what_was_accepted_survives_the_end_of_the_process_at_any_moment_once() {
    const CLIENTS: usize = 4;
    let mut server = Server::with(&[("SQUIRRET_LIMITS", "off")]).await;
    let mut dice = Dice(0x5eed);
    let (mut lost, mut double, mut checked) = (0, 0, 0);
    for kill in 0..kills() {
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let sessions = join_all((0..12).map(|_| server.guest())).await;
            if client == 0 {
                squat(&server, &sessions[0].0).await;
            }
            clients.push(tokio::spawn(finish_until_killed(server.control, sessions)));
        }
        let moment = Duration::from_micros(dice.roll(30_000));
        tokio::time::sleep(moment).await;
        server.restart(false).await;
        for client in clients {
            for Accepted {
                session,
                token,
                frames,
            } in client.await.unwrap()
            {
                checked += 1;
                let again = finish(&server, &session, frames).await.status;
                let other = finish(&server, &session, frames + 1).await.status;
                lost += u64::from((again, other) != (200, 409));
                let kept = request(
                    &server,
                    "GET",
                    &format!("/api/user/{session}"),
                    &bearer(&token),
                    "",
                )
                .await;
                let history = &kept.body["sessions"][0];
                let workouts = history["workouts"].as_array().map_or(0, Vec::len);
                double += u64::from(workouts > 1 || history["end"]["report"]["framesIn"] != frames);
            }
        }
        assert_eq!(
            (lost, double),
            (0, 0),
            "kill {kill} after {moment:?}, of {checked} accepted"
        );
    }
    assert!(checked > kills(), "{checked} finishes were accepted");
    println!(
        "{checked} accepted finishes over {} kills: {lost} lost, {double} double",
        kills()
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_costs_nobody_their_coach() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::write(&data, "a file where the folder should be").unwrap();
    let server = Server::with(&[("SQUIRRET_DATA_DIR", data.to_str().unwrap())]).await;
    let ready = get(server.control, "/readyz").await;
    assert_eq!(
        (ready.status, &ready.body["store"]),
        (503, &json!("failed"))
    );
    let (session, token) = server.guest().await;
    let mut stomp = crate::support::Stomp::connect(&server, &token).await;
    stomp.subscribe("1", crate::support::QUEUE).await;
    squat(&server, &session).await;
    let told = stomp.message("DATA").await;
    assert!(told.json()["payload"]["value"].is_number());
    let path = format!("/api/session/{session}/finish");
    let refused = finish(&server, &session, 7).await;
    assert_refused(&refused, 503, "OVERLOADED", &path);
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    let unread = report(&server, &session, &token).await;
    assert_eq!(unread.status, 503, "{unread:?}");
    // The operator mends it: nothing that waited is lost.
    std::fs::remove_file(&data).unwrap();
    assert_eq!(finish(&server, &session, 7).await.status, 200);
    assert_refused(
        &finish(&server, &session, 8).await,
        409,
        "SESSION_CONFLICT",
        &path,
    );
    assert!(reps(&report(&server, &session, &token).await) >= 3);
    assert_eq!(get(server.control, "/readyz").await.status, 200);
}

#[tokio::test]
async fn a_damaged_store_is_left_as_it_is_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("squirret.db");
    std::fs::write(&store, "no database").unwrap();
    let server = Server::with(&[("SQUIRRET_DATA_DIR", folder.path().to_str().unwrap())]).await;
    let (session, _) = server.guest().await;
    assert_eq!(finish(&server, &session, 1).await.status, 503);
    assert_eq!(get(server.control, "/readyz").await.body["store"], "failed");
    assert_eq!(std::fs::read_to_string(&store).unwrap(), "no database");
}

#[tokio::test]
async fn a_full_store_refuses_what_it_cannot_keep_and_loses_nothing() {
    let server = Server::with(&[
        ("SQUIRRET_STORE_MAX_BYTES", "250000"),
        ("SQUIRRET_LIMITS", "off"),
    ])
    .await;
    let (session, _) = server.guest().await;
    assert_eq!(finish(&server, &session, 1).await.status, 200);
    let mut refused = None;
    for _ in 0..2_000 {
        let (other, _) = server.guest().await;
        let reply = finish(&server, &other, 1).await;
        if reply.status != 200 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("it becomes full");
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &json!("OVERLOADED"))
    );
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    assert_eq!(get(server.control, "/readyz").await.status, 503);
    let (live, _) = server.guest().await;
    squat(&server, &live).await;
    assert_eq!(
        get(server.control, "/api/fsr_data/feedback").await.status,
        200
    );
}

#[tokio::test]
async fn a_store_in_memory_needs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let server = Server::with(&[
        ("SQUIRRET_DATA_DIR", data),
        ("SQUIRRET_STORE_KIND", "memory"),
    ])
    .await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    assert_eq!(finish(&server, &session, 1).await.status, 200);
    assert!(reps(&report(&server, &session, &token).await) >= 3);
    let files = std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().contains(".db")),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_backup_taken_while_serving_is_restored_by_putting_it_in_place() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    assert_eq!(finish(&server, &session, 3).await.status, 200);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("squirret.db");
    let backup = || server.command("backup").arg(&copy).output().unwrap();
    let taken = backup();
    assert!(taken.status.success(), "{taken:?}");
    let again = backup();
    assert!(!again.status.success());
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(told.contains("exists already"), "{told}");
    let before = report(&server, &session, &token).await;
    let restored = Server::with(&[("SQUIRRET_DATA_DIR", folder.path().to_str().unwrap())]).await;
    assert_eq!(report(&restored, &session, &token).await.body, before.body);
    assert_eq!(finish(&restored, &session, 4).await.status, 409);
}

#[tokio::test]
async fn a_user_reads_and_deletes_everything_of_their_own_and_nobody_elses() {
    let mut server = Server::start().await;
    let (session, guest_token) = server.guest().await;
    let user = Uuid::new_v4();
    let upgrade = json!({"userId": user, "sessionId": session, "email": "alice@example.com"});
    let upgraded = post(server.control, "/auth/upgrade", &upgrade).await;
    let token = text(&upgraded.body, "wsToken");
    squat(&server, &session).await;
    assert_eq!(finish(&server, &session, 7).await.status, 200);
    let (other, other_token) = server.guest().await;
    squat(&server, &other).await;
    let inference = post(server.control, "/api/session", &json!({"userId": user})).await;
    let path = format!("/api/user/{user}");
    for method in ["GET", "DELETE"] {
        for (headers, status, code) in [
            (String::new(), 401, "UNAUTHORIZED"),
            (bearer("nonsense"), 401, "UNAUTHORIZED"),
            (bearer(&other_token), 403, "FORBIDDEN"),
            (bearer(&guest_token), 403, "FORBIDDEN"),
            (bearer(&text(&inference.body, "wsToken")), 403, "FORBIDDEN"),
        ] {
            let refused = request(&server, method, &path, &headers, "").await;
            assert_refused(&refused, status, code, &path);
        }
    }
    let all = request(&server, "GET", &path, &bearer(&token), "").await;
    assert_eq!(
        (all.status, &all.body["email"]),
        (200, &json!("alice@example.com"))
    );
    let own = all.body["sessions"].as_array().unwrap();
    let own = own
        .iter()
        .find(|kept| kept["session"] == session.as_str())
        .unwrap();
    assert_eq!(own["end"]["report"]["framesIn"], 7);
    assert!(own["workouts"][0]["reps"].as_array().unwrap().len() >= 3);
    let deleted = request(&server, "DELETE", &path, &bearer(&token), "").await;
    assert_eq!(
        (deleted.status, &deleted.body["status"]),
        (200, &json!("deleted"))
    );
    for graceful in [false, true] {
        let ended = request(&server, "GET", &path, &bearer(&token), "").await;
        assert_refused(&ended, 401, "UNAUTHORIZED", &path);
        assert_eq!(finish(&server, &session, 7).await.status, 404);
        assert!(
            reps(&report(&server, &other, &other_token).await) >= 3,
            "others keep theirs"
        );
        server.restart(graceful).await;
    }
}

#[tokio::test]
async fn usage_is_told_by_user_and_day_to_internal_callers() {
    let server = Server::start().await;
    let rows = get(server.control, "/internal/usage").await;
    assert_eq!((rows.status, &rows.body["rows"]), (200, &json!([])));
    for (query, told) in [
        ("?from=2025-02-30", "from must be a day such as 2025-11-09"),
        (
            "?from=2025-03-02&to=2025-03-01",
            "from must not be after to",
        ),
        ("?from=1990-03-02&to=2025-03-01", "at most 3660 days"),
        ("?format=xml", "format must be json or csv"),
    ] {
        let path = format!("/internal/usage{query}");
        let refused = get(server.control, &path).await;
        assert_refused(&refused, 400, "VALIDATION_ERROR", "/internal/usage");
        assert!(text(&refused.body, "message").contains(told), "{refused:?}");
    }
    let foreign = request(
        &server,
        "GET",
        "/internal/usage",
        "x-internal-key: guess\r\n",
        "",
    )
    .await;
    assert_refused(&foreign, 403, "FORBIDDEN", "/internal/usage");
    let table = send(
        server.control,
        "GET /internal/usage?format=csv HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    assert!(table.await.headers["content-type"].starts_with("text/csv"));
}
