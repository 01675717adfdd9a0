//! Files as loggers, spreadsheets, phones and other tools write them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use squirret::{UnixMillis, fsr::Side, sim::Angle};

use super::{FPS, clip, error, file, lines, packed, replay, squatter, table};

/// The clips of a file that must be replayed.
fn clips(arguments: &[&str], path: &Path) -> Vec<Value> {
    lines(&replay(&[&["--json"], arguments].concat(), path))
}

fn reps(clips: &[Value]) -> usize {
    clips
        .iter()
        .map(|clip| clip["reps"].as_array().unwrap().len())
        .sum()
}

fn remarks(clip: &Value) -> String {
    clip["remarks"].as_array().map_or_else(String::new, |all| {
        all.iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

/// A folder of small inputs beside the test data; `None` where there is none.
fn case(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SQUIRRET_TEST_DATA") else {
        eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    let path = PathBuf::from(root).join("cases").join(name);
    if !path.exists() {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// Four squats of both feet, a line a sample.
fn squats() -> String {
    table(4, 30.0)
}

#[test]
fn tables_are_read_however_their_cells_are_separated() {
    let folder = tempfile::tempdir().unwrap();
    let plain = squats();
    let expected = reps(&clips(&[], &file(&folder, "plain.csv", plain.as_bytes())));
    assert_eq!(expected, 4);
    let quoted: String = plain
        .lines()
        .enumerate()
        .map(|(number, line)| {
            let cells: Vec<String> = line.split(',').map(|cell| format!("\"{cell}\"")).collect();
            format!("\"{number}\",{}\n", cells.join(","))
        })
        .collect();
    for (name, text) in [
        ("excel.csv", plain.replace(',', ";").replace('.', ",")),
        ("tabs.txt", plain.replace(',', "\t")),
        (
            "mark.csv",
            format!("\u{feff}{}", plain.replace('\n', "\r\n")),
        ),
        ("comment.csv", format!("# fw=v3.1.0\n{plain}")),
        ("quoted.csv", quoted.replacen("\"0\"", "\"\"", 1)),
    ] {
        let told = clips(&[], &file(&folder, name, text.as_bytes()));
        assert_eq!(reps(&told), expected, "{name}");
        assert_eq!(remarks(&told[0]), "", "{name}");
    }
}

#[test]
fn a_foot_after_the_other_is_one_session() {
    let folder = tempfile::tempdir().unwrap();
    let text = squats();
    let (header, rows) = text.split_once('\n').unwrap();
    let foot = |side: &str| {
        rows.lines()
            .filter(|line| line.contains(side))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let told = clips(
        &[],
        &file(
            &folder,
            "a.csv",
            format!("{header}\n{}{}", foot("left"), foot("right")).as_bytes(),
        ),
    );
    assert_eq!((told.len(), reps(&told)), (1, 4));
}

#[test]
fn a_clock_that_starts_again_makes_two_parts_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = table(2, 16.0);
    let again = format!("{text}{text}");
    let told = clips(&[], &file(&folder, "again.csv", again.as_bytes()));
    assert_eq!(told.len(), 1);
    assert!(told[0]["seconds"].as_f64().unwrap() > 31.0, "{told:?}");
    assert_eq!(reps(&told), 4);
    assert!(remarks(&told[0]).contains("starts again"), "{told:?}");
}

#[test]
fn a_table_with_other_names_and_raw_counts_is_read_by_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let squatter = squatter(2, vec![]);
    let mut text = "t_ms,l1,l2,l3,l4,l5,l6,r1,r2,r3,r4,r5,r6\n".to_owned();
    for step in 0..400_u32 {
        let seconds = f64::from(step) / 25.0;
        let counts = Side::BOTH.map(|side| {
            let volts = squatter
                .sample(side, seconds, UnixMillis(0))
                .voltages
                .unwrap();
            volts
                .map(|volts| format!("{:.0}", volts / 3.3 * 4095.0))
                .join(",")
        });
        text += &format!("{},{}\n", step * 40, counts.join(","));
    }
    let path = file(&folder, "raw.csv", text.as_bytes());
    let refused = replay(&["--json"], &path);
    assert!(
        error(&refused).contains("a column side"),
        "{}",
        error(&refused)
    );
    let map = file(
        &folder,
        "map.toml",
        b"left = [\"l1\", \"l2\", \"l3\", \"l4\", \"l5\", \"l6\"]\nright = [\"r1\", \"r2\", \"r3\", \"r4\", \"r5\", \"r6\"]\nunit = \"counts\"\nfull_scale = 4095\n",
    );
    let told = clips(&["--map", map.to_str().unwrap()], &path);
    assert_eq!(reps(&told), 2);
    let bad = file(&folder, "bad.toml", b"unit = \"counts\"\n");
    let refused = replay(&["--map", bad.to_str().unwrap()], &path);
    assert!(error(&refused).contains("bad.toml"), "{}", error(&refused));
}

#[test]
fn keypoints_may_be_a_document_have_a_mark_and_frames_of_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let one: Value = serde_json::from_str(&clip("one", 2, vec![], 18.0)).unwrap();
    let mut gap = one.clone();
    gap["frames"][3] = Value::Null;
    let pretty = serde_json::to_string_pretty(&json!([one, gap])).unwrap();
    for (name, text, count) in [
        ("mark.jsonl", format!("\u{feff}{one}\n{gap}\n"), 4),
        ("array.json", format!("[{one},{gap}]"), 4),
        ("pretty.json", format!("\u{feff}{pretty}"), 4),
        (
            "object.json",
            serde_json::to_string_pretty(&gap).unwrap(),
            2,
        ),
        ("frames.json", one["frames"].to_string(), 2),
    ] {
        let told = clips(&[], &file(&folder, name, text.as_bytes()));
        assert_eq!(reps(&told), count, "{name}");
    }
}

#[test]
fn seventeen_points_are_judged_without_feet() {
    let folder = tempfile::tempdir().unwrap();
    let squatter = squatter(2, vec![]);
    let frames: Vec<Vec<[f32; 3]>> = (0..(18.0 * FPS) as u32)
        .map(|frame| {
            let pose = squatter.pose(Angle::Front, 0.5625, 0.001, f64::from(frame) / FPS);
            squirret::pose::Landmark::COCO17
                .iter()
                .map(|landmark| {
                    let point = pose.get(*landmark);
                    [point.x * 1080.0, point.y * 1920.0, point.visibility]
                })
                .collect()
        })
        .collect();
    let text = json!({"clip": "coco", "fps": FPS, "width": 1080, "height": 1920, "frames": frames})
        .to_string();
    let told = clips(
        &["--fps", "7"],
        &file(&folder, "coco.jsonl", text.as_bytes()),
    );
    assert_eq!(
        (reps(&told), told[0]["seconds"].as_f64().unwrap().round()),
        (2, 18.0)
    );
    let heels = |verdict: &&Value| verdict["rule"] == "heel_lift";
    assert!(
        told[0]["verdicts"]
            .as_array()
            .unwrap()
            .iter()
            .find(heels)
            .is_none_or(|verdict| verdict["assessment"] == "not_assessed"),
        "{}",
        told[0]
    );
}

#[test]
fn the_aspect_of_the_command_line_overrides_what_a_clip_states() {
    let folder = tempfile::tempdir().unwrap();
    let squatter = squatter(2, vec![]);
    let frames: Vec<Vec<[f32; 4]>> = (0..600)
        .map(|frame| {
            let pose = squatter.pose(Angle::Front, 0.5625, 0.001, f64::from(frame) / FPS);
            let points = squirret::pose::Landmark::ALL.iter();
            let points = points.map(|landmark| pose.get(*landmark));
            points.map(|p| [p.x, p.y, p.z, p.visibility]).collect()
        })
        .collect();
    let judged = |aspect: f64, arguments: &[&str]| {
        let text = json!({"clip": "c", "fps": FPS, "aspect": aspect, "frames": frames});
        let path = file(&folder, "c.jsonl", text.to_string().as_bytes());
        clips(arguments, &path).remove(0)
    };
    let right = judged(0.5625, &[]);
    assert_eq!(judged(2.0, &["--aspect", "0.5625"]), right);
    assert_ne!(judged(2.0, &[]), right);
}

#[test]
fn a_folder_of_openpose_frames_is_a_clip() {
    let folder = tempfile::tempdir().unwrap();
    let squatter = squatter(1, vec![]);
    use squirret::pose::Landmark::*;
    let order = [
        Nose,
        Nose,
        RightShoulder,
        RightElbow,
        RightWrist,
        LeftShoulder,
        LeftElbow,
        LeftWrist,
        LeftHip,
        RightHip,
        RightKnee,
        RightAnkle,
        LeftHip,
        LeftKnee,
        LeftAnkle,
        RightEye,
        LeftEye,
        RightEar,
        LeftEar,
        LeftFootIndex,
        LeftFootIndex,
        LeftHeel,
        RightFootIndex,
        RightFootIndex,
        RightHeel,
    ];
    for frame in 0..330_u32 {
        let pose = squatter.pose(Angle::Front, 0.5625, 0.001, f64::from(frame) / FPS);
        let numbers: Vec<f32> = order
            .iter()
            .flat_map(|landmark| {
                let point = pose.get(*landmark);
                [point.x * 1080.0, point.y * 1920.0, point.visibility]
            })
            .collect();
        let text =
            json!({"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": numbers}]})
                .to_string();
        // Without leading zeros, so that their order is not that of the letters.
        file(
            &folder,
            &format!("squat_{frame}_keypoints.json"),
            text.as_bytes(),
        );
    }
    let told = clips(&["--size", "1080x1920"], folder.path());
    assert_eq!((told.len(), reps(&told)), (1, 1), "{told:?}");
}

#[test]
fn files_of_another_kind_are_told_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> = "\u{feff}seconds,side\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, content, words) in [
        ("a.zip", b"PK\x03\x04\x14\0\0\0".to_vec(), "a ZIP archive"),
        ("a.csv", utf16, "text in UTF-16"),
        (
            "b.csv",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".to_vec(),
            "git lfs pull",
        ),
        ("a.jpg", b"\xff\xd8\xff\xe0".to_vec(), "a JPEG picture"),
        ("a.csv.gz", packed("hello"), "text"),
        ("a.bin", vec![0, 1, 2, 3], "binary data"),
        ("a.pdf", b"%PDF-1.7".to_vec(), "a PDF document"),
    ] {
        let output = replay(&["--json"], &file(&folder, name, &content));
        assert!(!output.status.success(), "{name}");
        let said = error(&output);
        assert!(
            said.contains(words) && said.contains("must be a folder of pictures"),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_bad_file_does_not_end_those_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let bad = file(&folder, "bad.csv", b"hello");
    let good = file(&folder, "good.csv", table(2, 16.0).as_bytes());
    let output = replay(&["--json", bad.to_str().unwrap()], &good);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("good.csv"));
    let said = error(&output);
    assert!(
        said.contains("bad.csv: is text") && said.contains("1 of 2 files"),
        "{said}"
    );
}

#[test]
fn four_squats_are_counted_in_each_of_the_tables_that_loggers_leave() {
    for (name, words) in [
        (
            "cut_last_line",
            "line 461: left out: the line ends before voltage4",
        ),
        ("empty_cells", "is blank"),
        ("r_write_csv", ""),
        ("excel_semicolon_decimal_comma", ""),
        ("comment_line_first", ""),
        ("reboot_clock_back", "starts again"),
        ("reboot_header_again", "the header comes again"),
        ("whole_second_stamps", "in steps of 1.000 s"),
    ] {
        let Some(path) = case(&format!("{name}.csv.gz")) else {
            return;
        };
        let told = clips(&[], &path);
        assert_eq!(reps(&told), 4, "{name}: {told:?}");
        assert_eq!(told.len(), 1, "{name}");
        let said: String = told.iter().map(remarks).collect();
        assert!(
            said.contains(words) && said.is_empty() == words.is_empty(),
            "{name}: {said}"
        );
    }
}

#[test]
fn keypoints_with_a_mark_or_a_frame_of_nobody_are_judged_clip_by_clip() {
    for (name, count) in [("bom", 2), ("null_frame", 1)] {
        let Some(path) = case(&format!("{name}.jsonl.gz")) else {
            return;
        };
        let told = clips(&["--fps", "30"], &path);
        assert_eq!(
            (told.len(), reps(&told)),
            (count, count),
            "{name}: {told:?}"
        );
    }
}
