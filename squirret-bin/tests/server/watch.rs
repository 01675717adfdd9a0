//! What is seen without hardware, and by those who watch a camera elsewhere.

use std::time::Duration;

use serde_json::json;
use squirret::{
    UnixMillis,
    fsr::Side,
    sim::{Fault, Plan, Squatter},
};

use crate::support::{QUEUE, Server, Stomp, Ws, assert_refused, get};

const DEMO: (&str, &str) = ("SQUIRRET_SERVER_DEMO", "on");

#[tokio::test]
async fn a_demonstration_is_seen_through_the_default_scope() {
    let server = Server::with(&[DEMO]).await;
    assert_eq!(get(server.control, "/readyz").await.body["demo"], true);
    let mut bodies = Ws::open(server.control, "/ws/analysis").await;
    let body = bodies.json().await;
    assert_eq!(body["type"], "analysis");
    assert_eq!(body["model"], "demo");
    assert_eq!(body["person"], true);
    assert_eq!(body["aspect"], 0.75);
    assert_eq!(body["keypoints"].as_array().unwrap().len(), 33);
    let next = bodies.json().await;
    assert!(next["frameNumber"].as_u64() > body["frameNumber"].as_u64());
    let feet = get(server.control, "/api/fsr_data/latest").await.body;
    for side in ["left", "right"] {
        assert!(feet[side]["load"].as_f64().unwrap() > 0.0, "{feet}");
    }
}

#[tokio::test]
async fn a_session_without_data_calibrates_the_shared_scope_that_it_hears() {
    let server = Server::with(&[DEMO]).await;
    let (_, token) = server.guest().await;
    let mut app = Stomp::connect(&server, &token).await;
    app.subscribe("1", QUEUE).await;
    let data = app.message("DATA").await.json();
    assert_eq!(data["payload"]["stageSource"], "pose", "{data}");
    app.tell(&json!({"type": "CLIENT_EVENT", "payload": {"name": "calibrate"}}))
        .await;
    app.message("CALIBRATED").await;
    let data = app.message("DATA").await.json();
    assert_eq!(data["payload"]["stageSource"], "pose", "{data}");
}

#[tokio::test]
async fn what_is_said_of_a_fault_comes_in_both_languages() {
    // The original's rules need no standing baseline, so that the fault is named within seconds.
    let server = Server::with(&[("SQUIRRET_COACH_PROFILE", "seed")]).await;
    let (session, token) = server.guest().await;
    let mut app = Stomp::connect(&server, &token).await;
    app.subscribe("1", QUEUE).await;
    let mut plan = Plan::default();
    plan.lead_seconds = 0.0;
    plan.faults.push(Fault::HeelLift);
    let squatter = Squatter::new(plan, 1);
    let squat = async {
        for step in 0_u32.. {
            for (side, name) in [(Side::Left, "left"), (Side::Right, "right")] {
                let sample = squatter.sample(side, f64::from(step) / 10.0, UnixMillis(0));
                server.upload(Some(&session), name, sample.ratios).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let fault = async {
        loop {
            let cue = app.message("voice").await.json();
            if cue["kind"] == "fault" {
                return cue;
            }
        }
    };
    let cue = tokio::select! {
        cue = fault => cue,
        () = squat => unreachable!("nobody squats for ever"),
    };
    assert!(cue["id"].is_string() && cue["topic"].is_string(), "{cue}");
    assert_eq!(
        cue["texts"]["ko"], cue["text"],
        "the server's language: {cue}"
    );
    let korean = |text: &str| text.chars().any(|letter| ('가'..='힣').contains(&letter));
    assert!(korean(cue["texts"]["ko"].as_str().unwrap()), "{cue}");
    assert!(cue["texts"]["en"].as_str().unwrap().is_ascii(), "{cue}");
}

#[tokio::test]
async fn a_sessions_analyses_are_for_those_who_have_its_token() {
    let server = Server::start().await;
    let ((one, own), (_, other)) = (server.guest().await, server.guest().await);
    let path = |token: &str| format!("/ws/analysis?sessionId={one}&token={token}");
    let refused = async |path: String| Ws::try_open(server.control, &path, &[]).await.err();
    let nobody = refused(format!("/ws/analysis?sessionId={one}")).await;
    assert_refused(&nobody.unwrap(), 401, "UNAUTHORIZED", "/ws/analysis");
    let stranger = refused(path(&other)).await;
    assert_refused(&stranger.unwrap(), 403, "FORBIDDEN", "/ws/analysis");
    Ws::open(server.control, &path(&own)).await;
}
