//! `squirret replay` as a user runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod export;
mod files;
mod models;
mod video;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use squirret::{
    Language, UnixMillis,
    coach::{
        Coach, CoachConfig, Input, Output as Said,
        record::{Head, Record},
    },
    fsr::Side,
    sim::{Angle, Fault, Plan, Squatter},
};

const FPS: f64 = 30.0;

fn replay(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["replay", "--language", "en"])
        .args(arguments)
        .arg(file)
        .env_remove("SQUIRRET_MODEL_DIR")
        .env("SQUIRRET_DATA_DIR", file.parent().unwrap())
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", error(output));
    let text = str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn squatter(reps: u32, faults: Vec<Fault>) -> Squatter {
    let mut plan = Plan::default();
    (plan.reps, plan.faults) = (Some(reps), faults);
    Squatter::new(plan, 3)
}

/// A clip of somebody seen from the front, as the data sets write it.
fn clip(name: &str, reps: u32, faults: Vec<Fault>, seconds: f64) -> String {
    let squatter = squatter(reps, faults);
    let frames: Vec<Vec<[f32; 4]>> = (0..(seconds * FPS) as u32)
        .map(|frame| {
            let pose = squatter.pose(Angle::Front, 0.5625, 0.001, f64::from(frame) / FPS);
            pose.keypoints
                .iter()
                .map(|point| [point.x, point.y, point.z, point.visibility])
                .collect()
        })
        .collect();
    json!({"clip": name, "label": "valid", "frames": frames}).to_string()
}

fn file(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_clip_of_a_file_is_judged_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let text = [
        clip("good", 3, vec![], 22.0),
        clip("shallow", 2, vec![Fault::Shallow], 18.0),
        clip("still", 0, vec![], 4.0),
    ]
    .join("\n");
    let clips = lines(&replay(
        &["--json"],
        &file(&folder, "clips.jsonl.gz", &packed(&text)),
    ));
    let told: Vec<_> = clips
        .iter()
        .map(|clip| {
            let reps = clip["reps"].as_array().unwrap().len();
            (
                clip["clip"].as_str().unwrap(),
                clip["status"].as_str().unwrap(),
                reps,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("good", "GOOD", 3),
            ("shallow", "BAD", 2),
            ("still", "NO_DATA", 0)
        ]
    );
    assert!(
        clips[0]["summary"].as_str().unwrap().contains("3 squats"),
        "{}",
        clips[0]["summary"]
    );
    let depth = |clip: &Value| {
        let verdicts = clip["verdicts"].as_array().unwrap().clone();
        verdicts
            .into_iter()
            .find(|verdict| verdict["rule"] == "depth")
            .unwrap()["assessment"]
            .clone()
    };
    assert_eq!(depth(&clips[0]), "good");
    assert_eq!(depth(&clips[1]), "bad");
}

#[test]
fn frames_have_their_time_stage_angle_and_depth() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "clip.jsonl",
        clip("one", 1, vec![], 11.0).as_bytes(),
    );
    let frames = lines(&replay(&["--frames", "--fps", "30"], &path));
    assert_eq!(frames.len(), 330);
    assert_eq!(frames[30]["t"], 1.0);
    let stages: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame["stage"].as_str())
        .collect();
    for stage in ["STANDING", "DESCENT", "BOTTOM", "ASCENT"] {
        assert!(stages.contains(&stage), "{stage}");
    }
    assert!(frames.iter().all(|frame| {
        frame["depth"]
            .as_f64()
            .is_none_or(|d| (0.0..=1.0).contains(&d))
    }));
    assert!(
        frames
            .iter()
            .any(|frame| frame["stageSource"] == "pose" && frame["kneeAngle"].is_number())
    );
}

#[test]
fn a_table_of_samples_is_a_session_of_insoles() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "insoles.csv", table(2, 16.0).as_bytes());
    let clip = &lines(&replay(&["--json"], &path))[0];
    assert_eq!(clip["reps"].as_array().unwrap().len(), 2, "{clip}");
    assert_eq!(clip["reps"][0]["source"], "load");
}

/// A table of the voltages of both feet, 25 times a second.
fn table(reps: u32, seconds: f64) -> String {
    let squatter = squatter(reps, vec![]);
    let mut table =
        String::from("seconds,side,voltage1,voltage2,voltage3,voltage4,voltage5,voltage6\n");
    for step in 0..(seconds * 25.0) as u32 {
        let seconds = f64::from(step) / 25.0;
        for (side, name) in [(Side::Left, "left"), (Side::Right, "right")] {
            let sample = squatter.sample(side, seconds, UnixMillis(0));
            let volts: Vec<String> = sample
                .voltages
                .unwrap()
                .iter()
                .map(|volts| format!("{volts:.3}"))
                .collect();
            table += &format!("{seconds},{name},{}\n", volts.join(","));
        }
    }
    table
}

/// What a live session of somebody before a camera wrote.
fn recording() -> String {
    let start = UnixMillis(1_730_892_345_000);
    let mut coach = Coach::new(CoachConfig::default().into(), Language::En, start);
    let head = Head::new(CoachConfig::default(), Language::En, start);
    let mut text = Record::Head(Box::new(head)).to_line().unwrap();
    let squatter = squatter(2, vec![]);
    for frame in 0..450_u32 {
        let seconds = f64::from(frame) / FPS;
        let now = start.plus((seconds * 1e3) as i64);
        let pose = squatter.pose(Angle::Front, 0.5625, 0.001, seconds);
        let input = Input::Pose {
            frame: u64::from(frame),
            pose: Some(&pose),
            at: now,
        };
        coach.handle_input(input, now);
        text += &format!("\n{}", Record::input(&input, now).to_line().unwrap());
        while let Said::Event(event) = coach.poll_output() {
            if let Some(record) = Record::event(&event) {
                text += &format!("\n{}", record.to_line().unwrap());
            }
        }
    }
    text
}

#[test]
fn a_recording_says_again_what_was_said_then() {
    let folder = tempfile::tempdir().unwrap();
    let text = recording();
    let clip = &lines(&replay(
        &["--json"],
        &file(&folder, "a.jsonl.gz", &packed(&text)),
    ))[0];
    assert_eq!(
        (
            clip["status"].as_str(),
            clip["reps"].as_array().unwrap().len()
        ),
        (Some("GOOD"), 2)
    );

    let other = text.replacen("\"reps\":1", "\"reps\":7", 1);
    assert_ne!(other, text);
    let refused = replay(&["--json"], &file(&folder, "b.jsonl", other.as_bytes()));
    assert!(!refused.status.success());
    assert!(
        error(&refused).contains("replay differs"),
        "{}",
        error(&refused)
    );
}

#[test]
fn a_packed_recording_that_a_crash_cut_off_is_replayed_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let whole = packed(&recording());
    for part in [50, 75, 90, 99] {
        let cut = &whole[..whole.len() * part / 100];
        let output = replay(&["--json"], &file(&folder, "cut.jsonl.gz", cut));
        let clip = &lines(&output)[0];
        let seconds = clip["seconds"].as_f64().unwrap();
        let there = 15.0 * part as f64 / 100.0;
        assert!(
            (there * 0.6..15.0).contains(&seconds),
            "{part} %: {seconds} s"
        );
    }
}

#[test]
fn a_profile_decides_which_rules_judge() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "insoles.csv", table(2, 16.0).as_bytes());
    let rules = |profile: &str| {
        let clip = lines(&replay(&["--json", "--profile", profile], &path)).swap_remove(0);
        let verdicts = clip["verdicts"].as_array().unwrap().clone();
        let rule = |verdict: &Value| verdict["rule"].as_str().unwrap().to_owned();
        verdicts.iter().map(rule).collect::<Vec<_>>()
    };
    let (seed, own) = (rules("seed"), rules("calibrated"));
    assert!(
        seed.contains(&"heel_share".into()) && !seed.contains(&"cop_forward".into()),
        "{seed:?}"
    );
    assert!(
        own.contains(&"cop_forward".into()) && !own.contains(&"heel_share".into()),
        "{own:?}"
    );
    let refused = replay(&["--profile", "king"], &path);
    assert!(
        error(&refused).contains("--profile must be one of"),
        "{}",
        error(&refused)
    );
}

#[test]
fn a_file_of_thresholds_changes_what_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let clips = file(
        &folder,
        "clip.jsonl",
        clip("good", 2, vec![], 18.0).as_bytes(),
    );
    let thresholds = file(
        &folder,
        "coach.toml",
        b"[squat]\nfront_depth = 0.99\nfront_doubt_depth = 1.0\nfront_parallel_depth = 1.0\n",
    );
    let set = format!("coach.file={}", thresholds.display());
    let clip = lines(&replay(&["--json", "--set", &set], &clips)).swap_remove(0);
    assert_eq!(clip["status"], "BAD", "{clip}");
}

#[test]
fn what_cannot_be_replayed_is_named_with_file_line_and_rule() {
    let folder = tempfile::tempdir().unwrap();
    let refuse = |name: &str, content: &[u8]| {
        let output = replay(&["--json"], &file(&folder, name, content));
        assert!(!output.status.success(), "{name}");
        error(&output)
    };
    let good = clip("a", 0, vec![], 0.2);
    let bad = refuse(
        "points.jsonl",
        format!("{good}\n{{\"clip\":1,\"frames\":[[[0,0,0,0]]]}}").as_bytes(),
    );
    assert!(
        bad.contains("points.jsonl, line 2") && bad.contains("33 points"),
        "{bad}"
    );
    let bad = refuse(
        "a.csv",
        b"seconds,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6\n0,left,1,2,3,4,5,700\n",
    );
    assert!(bad.contains("a.csv, line 2: ratio6"), "{bad}");
    assert!(refuse("text.txt", b"hello").contains("must be a folder of pictures"));
    assert!(refuse("empty", b"").contains("must be a folder of pictures"));
    let missing = replay(&[], &folder.path().join("none.jsonl"));
    assert!(
        error(&missing).contains("none.jsonl"),
        "{}",
        error(&missing)
    );
    let empty = folder.path().join("pictures");
    std::fs::create_dir(&empty).unwrap();
    assert!(error(&replay(&[], &empty)).contains("holds no"));
}
