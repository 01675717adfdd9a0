//! Many people at once: nobody sees, hears or alters another one's data.

use crate::support::*;
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

const PEOPLE: usize = 200;

/// A pattern that nobody else has.
fn pattern(person: usize) -> f64 {
    10.0 + person as f64 / 4.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sessions_with_their_own_patterns_stay_apart() {
    let settings = [
        ("SQUIRRET_FSR_SHARED_DEFAULT", "false"),
        ("SQUIRRET_LIMITS", "off"),
    ];
    let server = Arc::new(Server::with(&settings).await);
    let mut people = JoinSet::new();
    for person in 0..PEOPLE {
        people.spawn(squat(Arc::clone(&server), person));
    }
    while let Some(person) = people.join_next().await {
        person.unwrap();
    }
    let default = get(server.control, "/api/fsr_data/latest").await;
    assert_eq!(
        default.body,
        json!({ "left": null, "right": null }),
        "nothing went to nobody"
    );
}

/// Uploads a pattern and reads it back from every place where it can be seen.
async fn squat(server: Arc<Server>, person: usize) {
    let (session, token) = server.guest().await;
    let language = if person.is_multiple_of(3) { "en" } else { "ko" };
    let mut stomp = Stomp::connect(&server, &format!("{token}&lang={language}")).await;
    stomp.subscribe("q", QUEUE).await;
    stomp.subscribe("t", TOPIC).await;
    stomp.sync().await;
    let mut stream = Ws::open(server.control, &format!("/ws/fsr-data?token={token}")).await;
    stream.json().await;
    let side = if person.is_multiple_of(2) {
        "left"
    } else {
        "right"
    };
    let other = if person.is_multiple_of(2) {
        "right"
    } else {
        "left"
    };
    let pair = json!({ "deviceId": format!("pair-{person}") });
    let path = format!("/api/session/{session}/devices");
    assert_eq!(post(server.control, &path, &pair).await.status, 200);
    for turn in 0..5 {
        upload(&server, side, person, (turn % 2 == 0).then_some(&session)).await;
        let seen = stream.json().await;
        assert_eq!(
            seen[side]["ratio1"],
            pattern(person) / 2.0,
            "person {person}"
        );
        assert!(seen[other].is_null(), "person {person}: {seen}");
    }
    let latest = get(
        server.control,
        &format!("/api/fsr_data/latest?sessionId={session}"),
    )
    .await
    .body;
    assert_eq!(latest[side]["ratio1"], pattern(person) / 2.0);
    assert!(latest[other].is_null());
    judged(&server, &session, person).await;
    let (mut states, mut cues) = (0, 0);
    while states < 2 || cues < 1 {
        let frame = stomp.frame().await;
        assert_eq!(frame.command, "MESSAGE");
        match (frame.header("destination"), frame.kind().as_str()) {
            (TOPIC, _) => {
                let feet = frame.json();
                assert!(feet[other].is_null(), "person {person}: {feet}");
                assert!(
                    feet[side].is_null() || feet[side]["ratio1"] == pattern(person) / 2.0,
                    "person {person}: {feet}"
                );
            }
            (_, "DATA") => {
                let ai = frame.json()["payload"]["ai"].clone();
                if ai["lumbar"] == "good" {
                    assert_eq!(ai["knee"], mark(person), "person {person}");
                    states += 1;
                }
            }
            (_, "voice") => {
                let cue = text(&frame.json(), "text");
                let korean = !cue.is_ascii();
                assert_eq!(korean, language == "ko", "person {person}: {cue}");
                cues += 1;
            }
            (_, "DEVICE") => assert_eq!(frame.json()["payload"]["side"], side, "person {person}"),
            _ => {}
        }
    }
}

/// A sample that names its session, or only the pair that is bound to it.
async fn upload(server: &Server, side: &str, person: usize, session: Option<&String>) {
    let mut sample = sample(side, ratios(pattern(person)));
    match session {
        Some(session) => sample["sessionId"] = session.as_str().into(),
        None => sample["deviceId"] = format!("pair-{person}").into(),
    }
    let reply = post(server.control, "/api/fsr_data", &sample).await;
    assert_eq!(reply.status, 202, "{reply:?}");
}

/// The insole's and the AI's judgement are of one's own data.
async fn judged(server: &Server, session: &str, person: usize) {
    let status =
        json!({ "lumbar": "good", "knee": mark(person), "ankle": "null", "sessionId": session });
    let told = post(server.control, "/internal/ai/status", &status).await;
    assert_eq!(told.status, 200);
    let feedback = format!("/api/fsr_data/feedback?sessionId={session}");
    let feedback = get(server.control, &feedback).await.body;
    assert_eq!(feedback["metrics"]["heel"], pattern(person), "{feedback}");
    let combined = format!("/api/fsr_data/feedback/combined?sessionId={session}");
    let combined = get(server.control, &combined).await.body;
    assert_eq!(combined["ai"]["raw"]["knee"], mark(person), "{combined}");
}

fn mark(person: usize) -> &'static str {
    if person.is_multiple_of(3) {
        "bad"
    } else {
        "good"
    }
}
