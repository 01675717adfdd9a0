//! `squirret report`: what a live session's report says, of a recording.

use std::process::{Command, Output};

use serde_json::Value;

use crate::{
    store::{bearer, finish, report, squat},
    support::{Server, request},
};

fn squirret(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squirret"));
    command
        .args(arguments)
        .env_remove("SQUIRRET_MODEL_DIR")
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_recording_gives_the_report_of_its_session_and_goes_with_its_person() {
    let folder = tempfile::tempdir().unwrap();
    let mut server =
        Server::with(&[("SQUIRRET_RECORD_DIR", folder.path().to_str().unwrap())]).await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    assert_eq!(finish(&server, &session, 1).await.status, 200);
    let live = report(&server, &session, &token).await;
    server.restart(true).await;
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(&session))
        .collect();
    let [file] = files.as_slice() else {
        panic!("one recording: {files:?}")
    };
    let made = squirret(&[
        "report",
        "--format",
        "json",
        "--language",
        "en",
        file.to_str().unwrap(),
    ]);
    assert!(made.status.success(), "{made:?}");
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    for part in ["reps", "faults", "notAssessed", "practise", "balance"] {
        assert_eq!(made[part], live.body[part], "{part}");
    }
    assert!(made["totals"]["reps"].as_u64().unwrap() >= 3);

    let page = folder.path().join("report.html");
    let written = squirret(&[
        "report",
        "--language",
        "ko",
        "--out",
        page.to_str().unwrap(),
        file.to_str().unwrap(),
    ]);
    assert!(
        written.status.success() && written.stdout.is_empty(),
        "{written:?}"
    );
    assert!(
        std::fs::read_to_string(&page)
            .unwrap()
            .contains("<html lang=\"ko\">")
    );
    let table = squirret(&["report", "--format", "csv", file.to_str().unwrap()]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert_eq!(
        table.lines().count(),
        1 + made["reps"].as_array().unwrap().len()
    );

    let deleted = request(
        &server,
        "DELETE",
        &format!("/api/user/{session}"),
        &bearer(&token),
        "",
    )
    .await;
    assert_eq!(deleted.status, 200, "{deleted:?}");
    assert!(!file.exists(), "the recording is gone with the rest");
}

#[test]
fn what_has_no_report_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "dear reader").unwrap();
    for arguments in [
        ["report", letter.to_str().unwrap()],
        ["report", "no-such-file"],
    ] {
        let refused = squirret(&arguments);
        assert!(!refused.status.success());
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains(arguments[1]),
            "{refused:?}"
        );
    }
}
