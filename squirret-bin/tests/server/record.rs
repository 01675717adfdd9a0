//! What `serve --record` leaves is what happened.

use std::{io::Read, path::PathBuf, process::Command, time::Duration};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{Server, get, post};

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
