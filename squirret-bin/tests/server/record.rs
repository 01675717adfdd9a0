//! What `serve --record` leaves is what happened.

use std::{io::Read, path::PathBuf, process::Command, time::Duration};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use squirret::{
    coach::{
        Event,
        record::{Record, Replay},
    },
    wire::{DeviceChange, Push},
};

use crate::{
    frames::{camera, data, frame, pictures, shutter},
    support::{QUEUE, Received, Server, Stomp, get, post, ratios},
};

/// The one recording of the folder whose name begins so.
fn recording(folder: &std::path::Path, name: &str) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        file.starts_with(name) && file.ends_with(".jsonl.gz")
    };
    let found: Vec<PathBuf> = files.filter(named).collect();
    assert!(found.len() <= 1, "{found:?}");
    found.into_iter().next()
}

fn lines(path: &std::path::Path) -> Vec<Value> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_recorded_session_replays_to_what_was_said_and_holds_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("records");
    let server = Server::with(&[("SQUIRRET_RECORD_DIR", dir.to_str().unwrap())]).await;
    let (session, _) = server.guest().await;
    let (silent, _) = server.guest().await;
    for step in 0..60_u32 {
        for side in ["left", "right"] {
            let share = f64::from(step % 10);
            let ratios = [20.0 + share, 15.0, 5.0, 25.0 - share, 20.0, 15.0];
            server.upload(Some(&session), side, ratios).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let status = json!({"lumbar": "good", "knee": "bad", "ankle": "null", "sessionId": session});
    assert_eq!(
        post(server.control, "/internal/ai/status", &status)
            .await
            .status,
        200
    );
    assert_eq!(
        get(server.control, "/api/fsr_data/latest").await.status,
        200
    );
    server.stop();

    assert_eq!(recording(&dir, &silent), None, "nothing happened in it");
    let path = recording(&dir, &session).expect("a recording");
    let records = lines(&path);
    assert!(records[0]["head"]["config"].is_object(), "{}", records[0]);
    let samples = records
        .iter()
        .filter(|line| line["input"]["input"]["sample"].is_object());
    assert_eq!(samples.count(), 120);
    let statuses = records
        .iter()
        .filter(|line| line["input"]["input"]["ai_status"].is_object());
    assert_eq!(statuses.count(), 1);
    assert!(
        records.iter().any(|line| line["event"]["data"].is_object()),
        "DATA each second"
    );

    let replay = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["replay", "--json"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        replay.status.success(),
        "{}",
        String::from_utf8_lossy(&replay.stderr)
    );
    let clip: Value = serde_json::from_slice(&replay.stdout).unwrap();
    assert!(clip["seconds"].as_f64().unwrap() > 1.0, "{clip}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["serve", "--no-model-install", "--record"])
        .arg(&file)
        .args([
            "--control-listen",
            "127.0.0.1:0",
            "--inference-listen",
            "127.0.0.1:0",
        ])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("record.dir"), "{error}");
}

/// What the app would have been sent, from the recording: the bodies in their order, byte for byte.
fn replayed(path: &std::path::Path) -> Vec<String> {
    let file = std::fs::File::open(path).unwrap();
    let mut text = Vec::new();
    // What a crash cut off ends with an error; what came before it is there.
    let _ = GzDecoder::new(file).read_to_end(&mut text);
    let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let text = str::from_utf8(&text[..whole]).unwrap();
    let mut records = text.lines().map(|line| Record::from_line(line).unwrap());
    let mut replay = Replay::begin(records.next().unwrap()).unwrap();
    let mut bodies = Vec::new();
    for record in records {
        let taken = replay.take(&record, |_, event| bodies.extend(body(event)));
        taken.expect("the replay says what was said");
    }
    bodies
}

fn body(event: &Event) -> Option<String> {
    let push = match event {
        Event::Data(data) => Push::Data(data),
        Event::Voice(cue) => Push::Cue(cue),
        Event::Rep(rep) => Push::Rep(rep),
        Event::Device { side, state } => Push::Device(DeviceChange::Foot {
            side: *side,
            state: *state,
        }),
        Event::Calibrated => Push::Calibrated,
        _ => return None,
    };
    Some(String::from_utf8(push.to_json()).unwrap())
}

/// The bodies that an app was sent until its connection ended.
async fn heard(app: &mut Stomp) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        match app.0.next().await {
            Received::Text(text) if text.starts_with("MESSAGE") => {
                let (_, body) = text.trim_end_matches('\0').split_once("\n\n").unwrap();
                bodies.push(body.to_owned());
            }
            Received::Closed(..) => return bodies,
            _ => {}
        }
    }
}

/// The recorded server's session and its app, after `seconds` of samples.
async fn recorded(dir: &std::path::Path, models: Option<PathBuf>) -> (Server, String, Stomp) {
    let mut settings = vec![("SQUIRRET_RECORD_DIR", dir.to_str().unwrap())];
    settings.extend(
        models
            .as_deref()
            .map(|path| ("SQUIRRET_MODEL_DIR", path.to_str().unwrap())),
    );
    let server = Server::with(&settings).await;
    let (session, token) = server.guest().await;
    let mut app = Stomp::connect(&server, &token).await;
    app.subscribe("s", QUEUE).await;
    app.sync().await;
    (server, session, app)
}

async fn squat_on_insoles(server: &Server, session: &str, samples: u32) {
    for step in 0..samples {
        let heel = 40.0 + f64::from(step % 20);
        server.upload(Some(session), "left", ratios(heel)).await;
        server.upload(Some(session), "right", ratios(heel)).await;
    }
}

/// That `live` stands in `replayed`, in one piece, but for what the greeting may have told before.
fn assert_heard_in(live: &[String], replayed: &[String]) {
    let begin = replayed.iter().position(|body| *body == live[0]);
    let begin = begin.unwrap_or_else(|| panic!("never replayed: {}", live[0]));
    assert_eq!(
        live,
        &replayed[begin..(begin + live.len()).min(replayed.len())]
    );
}

#[tokio::test]
async fn what_the_app_heard_is_replayed_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (server, session, mut app) = recorded(folder.path(), None).await;
    let knees = json!({"lumbar": "good", "knee": "bad", "ankle": "null", "sessionId": session});
    post(server.control, "/internal/ai/status", &knees).await;
    squat_on_insoles(&server, &session, 40).await;
    app.message("voice").await;
    let (live, ()) = tokio::join!(heard(&mut app), async {
        // DATA comes each second.
        for _ in 0..15 {
            squat_on_insoles(&server, &session, 2).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::task::spawn_blocking(move || server.stop())
            .await
            .unwrap();
    });
    let path = recording(folder.path(), &session).expect("a recording");
    assert!(!live.is_empty());
    assert_heard_in(&live, &replayed(&path));
}

#[tokio::test]
async fn a_session_with_camera_frames_is_replayed_byte_for_byte() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (server, session, mut app) = recorded(folder.path(), Some(data.join("models"))).await;
    while get(server.inference, "/readyz").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut camera = camera(&server, &session).await;
    let (live, ()) = tokio::join!(heard(&mut app), async {
        let mut shutter = shutter();
        for (number, picture) in pictures(&data, "olympic_good").iter().enumerate() {
            shutter.tick().await;
            camera.send(frame(number, picture)).await;
            camera.json().await;
            squat_on_insoles(&server, &session, 1).await;
        }
        tokio::task::spawn_blocking(move || server.stop())
            .await
            .unwrap();
    });
    let is = |kind: &str| live.iter().any(|body| body.contains(kind));
    assert!(is(r#""type":"REP""#) && is(r#""type":"DATA""#), "{live:?}");
    let path = recording(folder.path(), &session).expect("a recording");
    assert_heard_in(&live, &replayed(&path));
    let text = lines(&path)
        .iter()
        .map(Value::to_string)
        .collect::<String>();
    assert!(
        text.contains(r#""pose""#) && !text.contains("image"),
        "keypoints, no pictures"
    );
}

#[tokio::test]
async fn after_a_power_cut_what_was_written_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let (server, session, mut app) = recorded(folder.path(), None).await;
    let (live, ()) = tokio::join!(heard(&mut app), async {
        // The recording is on its way to the disk every two seconds: wait until it is there.
        let written =
            |path: Option<PathBuf>| path.is_some_and(|path| path.metadata().unwrap().len() > 2_000);
        while !written(recording(folder.path(), &session)) {
            squat_on_insoles(&server, &session, 5).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        squat_on_insoles(&server, &session, 10).await;
        tokio::task::spawn_blocking(move || server.kill())
            .await
            .unwrap();
    });
    let path = recording(folder.path(), &session).expect("a recording");
    let replayed = replayed(&path);
    let begin = replayed.iter().position(|body| *body == live[0]);
    let begin = begin.expect("the first thing that was heard is in the recording");
    let both = live.len().min(replayed.len() - begin);
    assert!(both > 0);
    assert_eq!(live[..both], replayed[begin..begin + both]);
    let replay = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["replay", "--json"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        replay.status.success(),
        "{}",
        String::from_utf8_lossy(&replay.stderr)
    );
}
