//! Exported files, as the tools that people open them with read them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use squirret::{
    Language, UnixMillis,
    coach::{
        Coach, CoachConfig, Input,
        record::{Head, Record},
    },
    formats::{table, trc},
    fsr::Side,
    pose::Landmark,
    sim::Angle,
};

use super::{FPS, clip, error, file, lines, replay, squatter};

/// A recording of a camera at 30 Hz and insoles at 60 Hz whose first frame lacks the last marker, and whose frame 40 shows
/// nobody.
fn recording(seconds: f64) -> String {
    let start = UnixMillis(1_730_892_345_000);
    let mut coach = Coach::new(CoachConfig::default().into(), Language::En, start);
    let head = Head::new(CoachConfig::default(), Language::En, start);
    let mut text = Record::Head(Box::new(head)).to_line().unwrap();
    let squatter = squatter(1, vec![]);
    let mut take = |input: Input<'_>, now: UnixMillis| {
        coach.handle_input(input, now);
        while let squirret::coach::Output::Event(_) = coach.poll_output() {}
        text += &format!("\n{}", Record::input(&input, now).to_line().unwrap());
    };
    for frame in 0..(seconds * FPS) as u32 {
        let time = f64::from(frame) / FPS;
        let now = start.plus((time * 1e3).round() as i64);
        let mut pose = squatter.pose(Angle::Front, 0.5625, 0.0, time);
        if frame == 0 {
            pose.keypoints[Landmark::RightFootIndex as usize].visibility = 0.0;
        }
        let pose = Some(&pose).filter(|_| frame != 40);
        take(
            Input::Pose {
                frame: u64::from(frame),
                pose,
                at: now,
            },
            now,
        );
        for half in 0..2 {
            let time = time + f64::from(half) / 60.0;
            let now = start.plus((time * 1e3).round() as i64);
            for side in Side::BOTH {
                take(Input::Sample(squatter.sample(side, time, now)), now);
            }
        }
    }
    text
}

fn exported(seconds: f64) -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "squat.jsonl", recording(seconds).as_bytes());
    let out = folder.path().join("out");
    let output = replay(
        &[
            "--export",
            "trc,mot,sto,csv,c3d",
            out.to_str().unwrap(),
            "--height",
            "1.8",
        ],
        &path,
    );
    let said = error(&output);
    assert!(output.status.success(), "{said}");
    (folder, out, said)
}

#[test]
fn a_recording_is_exported_in_each_format_and_the_files_are_named() {
    let (_folder, out, said) = exported(4.0);
    for name in [
        "squat.trc",
        "squat_angles.mot",
        "squat_load.mot",
        "squat_angles.sto",
        "squat_load.sto",
        "squat_frames.csv",
        "squat_insoles.csv",
        "squat.c3d",
    ] {
        assert!(
            out.join(name).is_file() && said.contains(name),
            "{name}: {said}"
        );
    }
    assert!(said.contains("rows are left out"), "{said}");
    let markers = trc::read(&std::fs::read_to_string(out.join("squat.trc")).unwrap()).unwrap();
    assert_eq!((markers.rate, markers.frames.len()), (FPS, 120));
    assert!(markers.frames[40].iter().all(Option::is_none));
    let samples = std::fs::File::open(out.join("squat_insoles.csv")).unwrap();
    let samples = table::read(samples, &table::TableMap::default()).unwrap();
    assert_eq!(samples.parts[0].len(), 480);
}

#[test]
fn a_format_or_a_folder_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "clip.jsonl",
        clip("one", 0, vec![], 1.0).as_bytes(),
    );
    let refused = replay(&["--export", "xls", "out"], &path);
    assert!(
        error(&refused).contains("must be one of trc, mot"),
        "{}",
        error(&refused)
    );
    let refused = replay(&["--export", "trc", path.to_str().unwrap()], &path);
    assert!(!refused.status.success());
    let refused = replay(&["--video", "out.mp4"], &path);
    assert!(
        error(&refused).contains("is no video"),
        "{}",
        error(&refused)
    );
}

#[test]
fn what_was_exported_replays_to_the_same_repetitions() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "clip.jsonl",
        clip("two", 2, vec![], 18.0).as_bytes(),
    );
    let out = folder.path().join("out");
    let first = lines(&replay(
        &["--json", "--export", "trc", out.to_str().unwrap()],
        &path,
    ));
    let again = lines(&replay(&["--json"], &out.join("two.trc")));
    let reps = |clips: &[Value]| clips[0]["reps"].as_array().unwrap().len();
    assert_eq!((reps(&first), reps(&again)), (2, 2));
}

fn tools() -> Option<PathBuf> {
    let tools = std::env::var_os("SQUIRRET_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-tools"),
        PathBuf::from,
    );
    let python = tools.join("biomechanics/bin/python");
    if !python.is_file() {
        eprintln!(
            "skipped: {} is missing; .ci/tools installs it",
            python.display()
        );
        return None;
    }
    Some(python)
}

#[test]
fn opensim_ezc3d_c3d_and_kineticstoolkit_read_what_is_exported() {
    let Some(python) = tools() else { return };
    let (_folder, out, _) = exported(4.0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/formats.py");
    let output = Command::new(python)
        .arg(script)
        .arg(&out)
        .arg("squat")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", error(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let read: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();

    let markers = trc::read(&std::fs::read_to_string(out.join("squat.trc")).unwrap()).unwrap();
    let rounded = |point: [f64; 3]| json!(point.map(|value| (value * 1e4).round() / 1e4));
    let hip = rounded(markers.frames[0][Landmark::LeftHip as usize].unwrap());
    let toe = rounded(markers.frames[1][Landmark::RightFootIndex as usize].unwrap());
    let nothing = json!([null, null, null]);
    assert_eq!(read["trc"]["leftHip"], hip, "{read:#}");
    assert_eq!(read["trc"]["lastMarker"], json!([nothing, toe]));
    assert_eq!(
        (
            &read["trc"]["rows"],
            &read["trc"]["rate"],
            &read["trc"]["units"]
        ),
        (&json!(120), &json!(30.0), &json!("meters"))
    );
    assert_eq!(read["trc"]["times"], json!([0.0, 0.0333, 0.0667]));

    let csv = std::fs::read_to_string(out.join("squat_frames.csv")).unwrap();
    let knee: f64 = csv
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .nth(3)
        .unwrap()
        .parse()
        .unwrap();
    for kind in ["mot", "sto"] {
        let table = &read[kind];
        assert_eq!(table["rows"], table["storageRows"], "{read:#}");
        assert_eq!(
            (&table["rows"], &table["degrees"]),
            (&json!(119), &json!(true))
        );
        let first = table["first"][0].as_f64().unwrap();
        assert!((first - (180.0 - knee)).abs() < 2e-3, "{first} {knee}");
    }
    assert_eq!(
        (&read["load"]["rows"], &read["load"]["degrees"]),
        (&json!(240), &json!(false)),
        "{read:#}"
    );
    assert_eq!(read["load"]["rows"], read["load"]["storageRows"]);
    assert!((30.0..70.0).contains(&read["load"]["share"].as_f64().unwrap()));

    let ezc3d = &read["ezc3d"];
    assert_eq!(
        (&ezc3d["leftHip"], &ezc3d["frames"], &ezc3d["rate"]),
        (&hip, &json!(120), &json!(30.0)),
        "{read:#}"
    );
    assert_eq!(
        (&ezc3d["units"], &ezc3d["analogUnits"]),
        (&json!(["m"]), &json!(["V"]))
    );
    assert_eq!(
        (&ezc3d["lastMarker"], &ezc3d["analogSamples"]),
        (&json!([nothing, toe]), &json!(240))
    );
    let c3d = &read["c3d"];
    assert_eq!(
        (&c3d["frames"], &c3d["leftHip"], &c3d["residual"]),
        (&json!(120), &hip, &json!(-1.0)),
        "{read:#}"
    );
    assert_eq!(c3d["analog"], ezc3d["analog"]);
    let ktk = &read["kineticstoolkit"];
    assert_eq!(
        (&ktk["frames"], &ktk["leftHip"], &ktk["lastMarker"]),
        (&json!(120), &hip, &nothing),
        "{read:#}"
    );
    assert_eq!(ktk["interval"], json!(0.0333));
}
