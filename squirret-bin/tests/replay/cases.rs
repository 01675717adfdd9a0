//! Small recordings as they really come: each file of the folder of cases, and the same kinds from generators.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use squirret::{
    UnixMillis,
    fsr::Side,
    sim::{Act, Angle, Plan, Squatter},
};

use super::{FPS, clip, file, lines, packed, replay, squatter};

/// What is right for a file.
#[derive(Clone, Copy)]
enum Right {
    /// Squats by force, and what is remarked of the file.
    Squats(usize, &'static [&'static str]),
    /// One repetition a clip, without a fault.
    OneGoodAClip(usize),
    /// Nothing was assessed, and why.
    NoData(&'static str, &'static [&'static str]),
    /// A model that `models import` refuses; its own test has the details.
    RefusedModel,
}

const RIGHT: [(&str, Right); 20] = [
    (
        "left_foot_saturated.csv.gz",
        Right::NoData("saturated", &["the left foot is saturated"]),
    ),
    (
        "left_foot_saturated_squats.csv.gz",
        Right::NoData("saturated", &["the left foot is saturated"]),
    ),
    (
        "one_frame_left_right_swapped.jsonl.gz",
        Right::OneGoodAClip(3),
    ),
    ("one_frame_elsewhere.jsonl.gz", Right::OneGoodAClip(3)),
    ("one_lost_pair_10hz.csv.gz", Right::Squats(4, &[])),
    ("gap_200ms_50hz.csv.gz", Right::Squats(4, &[])),
    (
        "whole_second_stamps.csv.gz",
        Right::Squats(4, &["in steps of 1.000 s"]),
    ),
    ("squats_at_5hz.csv.gz", Right::NoData("few_samples", &[])),
    ("standing_only.csv.gz", Right::NoData("no_squat", &[])),
    (
        "reboot_clock_back.csv.gz",
        Right::Squats(4, &["part 2 of the recording begins"]),
    ),
    (
        "reboot_header_again.csv.gz",
        Right::Squats(
            4,
            &["the header comes again", "part 2 of the recording begins"],
        ),
    ),
    (
        "cut_last_line.csv.gz",
        Right::Squats(4, &["line 461: left out"]),
    ),
    (
        "empty_cells.csv.gz",
        Right::Squats(4, &["line 64: left out: voltage3 is blank"]),
    ),
    ("r_write_csv.csv.gz", Right::Squats(4, &[])),
    (
        "excel_semicolon_decimal_comma.csv.gz",
        Right::Squats(4, &[]),
    ),
    ("comment_line_first.csv.gz", Right::Squats(4, &[])),
    ("bom.jsonl.gz", Right::OneGoodAClip(2)),
    ("null_frame.jsonl.gz", Right::OneGoodAClip(1)),
    ("fixed_input.onnx", Right::RefusedModel),
    ("fixed_input.toml", Right::RefusedModel),
];

fn report(path: &Path, form: &str, language: &str) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["report", "--format", form, "--language", language])
        .arg(path)
        .env_remove("SQUIRRET_MODEL_DIR")
        .env("SQUIRRET_DATA_DIR", std::env::temp_dir())
        .output()
        .unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn clips(path: &Path) -> Vec<Value> {
    lines(&replay(&["--json", "--fps", "30"], path))
}

fn reps(clip: &Value) -> usize {
    clip["reps"].as_array().unwrap().len()
}

fn remarks(clips: &[Value]) -> String {
    let all = clips.iter().filter_map(|clip| clip["remarks"].as_array());
    let all: Vec<&str> = all.flatten().filter_map(Value::as_str).collect();
    all.join("\n")
}

fn check(name: &str, path: &Path, right: Right) {
    let remarked = |clips: &[Value], words: &[&str]| {
        let said = remarks(clips);
        assert_eq!(said.is_empty(), words.is_empty(), "{name}: {said}");
        for words in words {
            assert!(said.contains(words), "{name}: {said}");
        }
    };
    match right {
        Right::Squats(count, words) => {
            let clips = clips(path);
            assert_eq!(clips.iter().map(reps).sum::<usize>(), count, "{name}");
            remarked(&clips, words);
        }
        Right::OneGoodAClip(count) => {
            let clips = clips(path);
            assert_eq!(clips.len(), count, "{name}");
            for clip in &clips {
                assert_eq!(reps(clip), 1, "{name}: {clip}");
                assert_eq!(clip["status"], "GOOD", "{name}: {clip}");
            }
        }
        Right::NoData(reason, words) => {
            let clips = clips(path);
            let [clip] = clips.as_slice() else {
                panic!("{name}: {clips:?}")
            };
            assert_eq!((reps(clip), &clip["status"]), (0, &"NO_DATA".into()));
            assert_eq!(clip["notCounting"], reason, "{name}: {clip}");
            assert_eq!(clip["verdicts"], Value::Array(vec![]), "{name}");
            remarked(&clips, words);
            check_reports(name, path, reason);
        }
        Right::RefusedModel => {}
    }
}

/// All forms of the report in both languages agree with the replay.
fn check_reports(name: &str, path: &Path, reason: &str) {
    for (language, begin) in [("ko", "이번에는"), ("en", "No squats were recorded")] {
        let json: Value = serde_json::from_str(&report(path, "json", language)).unwrap();
        assert_eq!(json["status"], "NO_DATA", "{name}: {json}");
        assert_eq!(json["notCounting"], reason, "{name}: {json}");
        let sentence = json["reason"].as_str().unwrap();
        let summary = json["summary"].as_str().unwrap();
        assert!(
            summary.starts_with(begin) && summary.contains(sentence),
            "{name}: {summary}"
        );
        assert!(json["faults"].as_array().unwrap().is_empty(), "{name}");
        let html = report(path, "html", language);
        assert!(html.contains(sentence) && html.contains("data-status=\"NO_DATA\""));
        let csv = report(path, "csv", language);
        let last = csv.lines().last().unwrap();
        assert!(
            last.ends_with(&format!("NO_DATA,{reason},\"{sentence}\"")),
            "{name}: {csv}"
        );
        let cells = |line: &str| line.split(',').count();
        let commas = sentence.matches(',').count();
        assert_eq!(cells(last) - commas, cells(csv.lines().next().unwrap()));
    }
}

/// A folder of small inputs beside the test data; `None` where there is none.
fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from);
    let folder = root.map(|root| root.join("cases"));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("skipped: SQUIRRET_TEST_DATA has no folder `cases`");
    }
    folder
}

#[test]
fn every_case_comes_out_as_it_should() {
    let Some(folder) = folder() else { return };
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_known = RIGHT.iter().any(|(known, _)| *known == name);
        assert!(is_known || name == "README.md", "{name} has no expectation");
    }
    for (name, right) in RIGHT {
        check(name, &folder.join(name), right);
    }
}

/// A table of somebody who squats before the insoles, as a logger writes it.
struct Logger {
    hertz: u32,
    seconds: f64,
    reps: u32,
    /// The cells of a sample: time, and what the sensors say.
    volts: fn(Side, f64, [f64; 6]) -> [f64; 6],
    time: fn(f64) -> f64,
    keep: fn(u32) -> bool,
}

const LOGGER: Logger = Logger {
    hertz: 10,
    seconds: 30.0,
    reps: 4,
    volts: |_, _, volts| volts,
    time: |seconds| seconds,
    keep: |_| true,
};

impl Logger {
    fn rows(&self) -> Vec<String> {
        let squatter = squatter(self.reps, vec![]);
        let steps = (0..(self.seconds * f64::from(self.hertz)) as u32).filter(|s| (self.keep)(*s));
        let mut rows = Vec::new();
        for step in steps {
            let seconds = f64::from(step) / f64::from(self.hertz);
            for (side, name) in [(Side::Left, "left"), (Side::Right, "right")] {
                let volts = squatter.sample(side, seconds, UnixMillis(0)).voltages;
                let volts = (self.volts)(side, seconds, volts.unwrap());
                let cells = volts.map(|volts| format!("{volts:.3}")).join(",");
                rows.push(format!("{},{name},{cells}", (self.time)(seconds)));
            }
        }
        rows
    }

    fn table(&self) -> String {
        format!("{HEADER}\n{}\n", self.rows().join("\n"))
    }
}

const HEADER: &str = "seconds,side,voltage1,voltage2,voltage3,voltage4,voltage5,voltage6";

fn full_left(side: Side, _: f64, volts: [f64; 6]) -> [f64; 6] {
    if side == Side::Left { [3.3; 6] } else { volts }
}

/// The kinds of the folder of cases that are tables, from a simulated person.
fn tables() -> Vec<(&'static str, String, Right)> {
    const FOUR: Right = Right::Squats(4, &[]);
    let plain = LOGGER.table();
    let rows = LOGGER.rows();
    let half = rows.len() / 2;
    let again = Logger {
        seconds: 17.0,
        reps: 2,
        ..LOGGER
    };
    let again = again.rows().join("\n");
    let saturated = Right::NoData("saturated", &["the left foot is saturated"]);
    let cut = plain.trim_end();
    vec![
        (
            "saturated.csv",
            Logger {
                volts: full_left,
                ..LOGGER
            }
            .table(),
            saturated,
        ),
        (
            "one_lost_pair.csv",
            Logger {
                keep: |step| step != 70,
                ..LOGGER
            }
            .table(),
            FOUR,
        ),
        (
            "gap_200ms.csv",
            Logger {
                hertz: 50,
                keep: |step| !(350..360).contains(&step),
                ..LOGGER
            }
            .table(),
            FOUR,
        ),
        (
            "whole_seconds.csv",
            Logger {
                time: f64::floor,
                ..LOGGER
            }
            .table(),
            Right::Squats(4, &["in steps of 1.000 s"]),
        ),
        (
            "five_hertz.csv",
            Logger { hertz: 5, ..LOGGER }.table(),
            Right::NoData("few_samples", &[]),
        ),
        (
            "standing.csv",
            Logger { reps: 0, ..LOGGER }.table(),
            Right::NoData("no_squat", &[]),
        ),
        (
            "rebooted.csv",
            format!("{HEADER}\n{again}\n{again}\n"),
            Right::Squats(4, &["part 2 of the recording begins"]),
        ),
        (
            "rebooted_with_header.csv",
            format!("{HEADER}\n{again}\n{HEADER}\n{again}\n"),
            Right::Squats(
                4,
                &["the header comes again", "part 2 of the recording begins"],
            ),
        ),
        (
            "cut.csv",
            cut[..cut.len() - 12].to_owned(),
            Right::Squats(4, &["left out: the line ends before"]),
        ),
        (
            "blank_cells.csv",
            plain.replacen(&rows[half], &blank(&rows[half]), 1),
            Right::Squats(4, &["left out: voltage3 is blank"]),
        ),
        (
            "semicolons.csv",
            plain.replace(',', ";").replace('.', ","),
            FOUR,
        ),
        ("comment.csv", format!("# fw 1.2\n{plain}"), FOUR),
        ("quoted.csv", quoted(&plain), FOUR),
        (
            "neighbours_swapped.csv",
            format!("{HEADER}\n{}\n", swapped(rows).join("\n")),
            Right::Squats(4, &["lines were out of order and were sorted"]),
        ),
        (
            "frozen.csv",
            Logger {
                volts: |side, _, volts| {
                    if side == Side::Left {
                        [1.1, 0.7, 0.6, 0.9, 1.0, 0.8]
                    } else {
                        volts
                    }
                },
                ..LOGGER
            }
            .table(),
            saturated,
        ),
        (
            "one_foot.csv",
            plain
                .lines()
                .filter(|line| !line.contains("left"))
                .collect::<Vec<_>>()
                .join("\n"),
            Right::NoData("one_foot", &[]),
        ),
    ]
}

fn blank(row: &str) -> String {
    let mut cells: Vec<&str> = row.split(',').collect();
    cells[4] = "";
    cells.join(",")
}

fn quoted(table: &str) -> String {
    let line = |(number, line): (usize, &str)| {
        let number = if number == 0 {
            String::new()
        } else {
            number.to_string()
        };
        let cells: Vec<String> = line.split(',').map(|cell| format!("\"{cell}\"")).collect();
        format!("\"{number}\",{}\n", cells.join(","))
    };
    table.lines().enumerate().map(line).collect()
}

fn swapped(mut rows: Vec<String>) -> Vec<String> {
    for first in (2..rows.len() - 4).step_by(8) {
        rows.swap(first, first + 2);
        rows.swap(first + 1, first + 3);
    }
    rows
}

#[test]
fn the_same_kinds_of_tables_from_a_simulated_person_come_out_alike() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, right) in tables() {
        check(name, &file(&folder, name, text.as_bytes()), right);
        let gz = format!("{name}.gz");
        check(&gz, &file(&folder, &gz, &packed(&text)), right);
    }
}

#[test]
fn who_sends_ratios_only_is_not_counted_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let squatter = squatter(4, vec![]);
    let mut text = String::from("seconds,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6\n");
    for step in 0..280_u32 {
        let seconds = f64::from(step) / 10.0;
        for (side, name) in [(Side::Left, "left"), (Side::Right, "right")] {
            let ratios = squatter.sample(side, seconds, UnixMillis(0)).ratios;
            let ratios = ratios.map(|ratio| format!("{ratio:.3}")).join(",");
            text += &format!("{seconds},{name},{ratios}\n");
        }
    }
    let path = file(&folder, "ratios.csv", text.as_bytes());
    check("ratios.csv", &path, Right::NoData("no_voltages", &[]));
}

#[test]
fn who_sits_before_the_camera_or_stands_is_not_counted_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "standing.jsonl",
        clip("still", 0, vec![], 8.0).as_bytes(),
    );
    check("standing.jsonl", &path, Right::NoData("no_squat", &[]));
    let mut plan = Plan::default();
    (plan.act, plan.reps) = (Act::SitDown, Some(1));
    let squatter = Squatter::new(plan, 3);
    let frames: Vec<Vec<[f32; 4]>> = (0..(14.0 * FPS) as u32)
        .map(|frame| {
            let pose = squatter.pose(Angle::Front, 0.5625, 0.001, f64::from(frame) / FPS);
            let points = pose.keypoints.iter();
            points.map(|p| [p.x, p.y, p.z, p.visibility]).collect()
        })
        .collect();
    let text = serde_json::json!({"clip": "sits", "frames": frames}).to_string();
    let told = clips(&file(&folder, "sits.jsonl", text.as_bytes()));
    assert_eq!(told[0]["status"], "NO_DATA", "{}", told[0]);
    assert!(told[0]["reason"].is_string(), "{}", told[0]);
}

#[test]
fn samples_stamped_1970_are_a_recording_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let iso = |row: &String| {
        let (seconds, rest) = row.split_once(',').unwrap();
        let seconds: f64 = seconds.parse().unwrap();
        format!("1970-01-01T00:00:{seconds:06.3}Z,{rest}\n")
    };
    let rows: String = LOGGER.rows().iter().map(iso).collect();
    let text = format!("{}\n{rows}", HEADER.replace("seconds", "time"));
    let path = file(&folder, "epoch.csv", text.as_bytes());
    check("epoch.csv", &path, Right::Squats(4, &[]));
}

/// Clips of one good squat in which a single frame shows what cannot be.
#[test]
fn a_single_wrong_frame_costs_no_repetition() {
    let folder = tempfile::tempdir().unwrap();
    let good: Value = serde_json::from_str(&clip("good", 1, vec![], 11.0)).unwrap();
    let change = |at: usize, change: fn(&mut Vec<Value>)| {
        let mut clip = good.clone();
        change(clip["frames"][at].as_array_mut().unwrap());
        clip.to_string()
    };
    // The body of the front goes down from the seventh second on: 6 s of standing come first.
    for at in [100, 215, 245, 262, 290] {
        let swapped = change(at, |points| {
            for pair in [11, 13, 15, 23, 25, 27, 29, 31] {
                points.swap(pair, pair + 1);
            }
        });
        let elsewhere = change(at, |points| {
            for point in points {
                point[0] = (point[0].as_f64().unwrap() * 0.4).into();
                point[1] = (point[1].as_f64().unwrap() * 0.4 + 0.5).into();
            }
        });
        let text = format!("\u{feff}{swapped}\n{elsewhere}\n");
        let path = file(&folder, "wrong.jsonl", text.as_bytes());
        check(&format!("frame {at}"), &path, Right::OneGoodAClip(2));
    }
    let nobody = {
        let mut clip = good.clone();
        clip["frames"][240] = Value::Null;
        clip.to_string()
    };
    let path = file(&folder, "null.jsonl", nobody.as_bytes());
    check("a frame of nobody", &path, Right::OneGoodAClip(1));
}
