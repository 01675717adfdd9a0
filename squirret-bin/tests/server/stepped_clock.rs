//! The machine's clock is stepped while people squat.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use squirret::{
    fsr::Side,
    sim::{Plan, Squatter},
};
use tokio::time::{interval, sleep_until, timeout};

use crate::support::*;

/// What makes a process believe in another time; Debian's package `faketime` brings it.
fn library() -> Option<PathBuf> {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
    ];
    let mut files = folders.map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    files.sort();
    files.into_iter().find(|file| file.exists())
}

/// Seconds that the clock is off, one after the other: each change is a step.
const OFFSETS: [i64; 10] = [6, 0, -6, 0, 3_600, 0, -3_600, 86_400, 0, -86_400];
/// How long the clock goes on after a step.
const PAUSE: Duration = Duration::from_secs(4);
/// The person stands for a while before the first step.
const BEFORE: Duration = Duration::from_secs(8);
/// Nobody hears nothing for longer: DATA come each second.
const SILENCE: Duration = Duration::from_secs(3);

/// Uploads both feet, ten times a second, until the end; `stamped`: with the phone's own time.
async fn squat(server: &Server, session: &str, token: &str, stamped: bool, until: Instant) {
    let squatter = Squatter::new(Plan::default(), 7);
    let start = Instant::now();
    let mut tenths = interval(Duration::from_millis(100));
    while Instant::now() < until {
        tenths.tick().await;
        let seconds = start.elapsed().as_secs_f64();
        let feet = Side::BOTH.map(|side| {
            let mut sample = json!({ "side": side, "sessionId": session });
            if stamped {
                sample["ts"] = unix_millis().into();
            }
            for (sensor, volts) in (1..).zip(squatter.voltages(side, seconds)) {
                sample[format!("voltage{sensor}")] = ((volts * 1e4).round() / 1e4).into();
            }
            sample
        });
        let body = Value::from(feet.to_vec()).to_string();
        let headers =
            format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        let reply = request(server, "POST", "/api/fsr_data", &headers, &body).await;
        assert_eq!(reply.status, 202, "{reply:?}");
    }
}

/// Listens until the end; the numbers of the repetitions.
async fn listen(ear: &mut Stomp, until: Instant) -> Vec<i64> {
    let mut reps = Vec::new();
    while Instant::now() < until {
        let frame = timeout(SILENCE, ear.frame()).await.expect("no silence");
        if frame.command == "MESSAGE" && frame.kind() == "REP" {
            reps.push(frame.json()["payload"]["number"].as_i64().unwrap());
        }
    }
    reps
}

#[tokio::test]
async fn a_stepped_clock_mutes_nobody_and_loses_no_repetition() {
    let Some(library) = library() else {
        println!("skipped: libfaketime is not installed (package faketime)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let offset = folder.path().join("offset");
    let step = |seconds: i64| {
        let new = folder.path().join("new");
        std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(new, &offset).unwrap();
    };
    step(0);
    let settings = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", offset.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
        ("SQUIRRET_AUTH_MODE", "bearer"),
        ("SQUIRRET_STORE_KIND", "memory"),
    ];
    let server = Server::with(&settings).await;
    let even = Server::with(&settings[5..]).await;
    let begin = Instant::now() + BEFORE;
    let until = begin + PAUSE * (OFFSETS.len() as u32);
    let mut people = Vec::new();
    for (server, stamped) in [(&server, false), (&server, true), (&even, false)] {
        let (session, token) = server.guest().await;
        let mut ear = Stomp::connect(server, &token).await;
        ear.subscribe("s", QUEUE).await;
        people.push(async move {
            let (reps, ()) = tokio::join!(
                listen(&mut ear, until),
                squat(server, &session, &token, stamped, until)
            );
            reps
        });
    }
    let (_, token) = server.guest().await;
    let steps = async {
        for (number, seconds) in (0..).zip(OFFSETS) {
            sleep_until((begin + PAUSE * number).into()).await;
            step(seconds);
            let headers = format!("authorization: Bearer {token}\r\n");
            let latest = request(&server, "GET", "/api/fsr_data/latest", &headers, "").await;
            assert_eq!(
                latest.status, 200,
                "the clock is off by {seconds} s: {latest:?}"
            );
            // New tokens count beside the old ones.
            let (_, fresh) = server.guest().await;
            Stomp::connect(&server, &fresh).await;
        }
    };
    let (reps, ()) = tokio::join!(futures_util::future::join_all(people), steps);
    assert!(reps[2].len() >= 4, "{reps:?}");
    // They began a moment one after the other, so at the end one may be a repetition ahead.
    for (stamps, own) in [("server", &reps[0]), ("phone", &reps[1])] {
        let both = own.len().min(reps[2].len());
        assert!(
            own.len().abs_diff(reps[2].len()) <= 1,
            "by the {stamps}: {reps:?}"
        );
        assert_eq!(
            own[..both],
            reps[2][..both],
            "by the stamps of the {stamps}"
        );
    }
}
