//! The camera's judgement on labelled recordings, with the default constants.

use std::{io::Read, path::PathBuf};

use squirret::{
    UnixMillis,
    pose::{Keypoint, Landmark, Pose},
    squat::{Analyzer, Body, Clip, Rep, SquatConfig, is_down, parse_clip},
};

fn data(path: &str) -> Option<String> {
    let Some(root) = std::env::var_os("SQUIRRET_TEST_DATA") else {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    let packed = std::fs::read(PathBuf::from(root).join("data").join(path)).expect(path);
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .expect(path);
    Some(text)
}

fn reps(clip: &Clip) -> Vec<Rep> {
    let mut analyzer = Analyzer::new(SquatConfig::default());
    let frames = clip.frames.iter().enumerate();
    frames
        .filter_map(|(number, pose)| {
            analyzer
                .observe(pose.as_ref(), UnixMillis(number as i64 * 1000 / 30))
                .rep
        })
        .collect()
}

/// 116 clips of MediaPipe's points (bsh82/squat-analysis), labelled valid or invalid; 30 frames a second are taken.
#[test]
fn each_valid_clip_is_one_good_repetition() {
    let Some(text) = data("squat-keypoints/clips.jsonl.gz") else {
        return;
    };
    let (mut one_each, mut valid, mut right, mut all) = (0, 0, 0, 0);
    for line in text.lines() {
        let clip = parse_clip(line, 9.0 / 16.0).expect("a clip");
        let reps = reps(&clip);
        let is_valid = clip.label.as_deref() == Some("valid");
        let deep = |rep: &Rep| {
            !rep.verdicts.iter().any(|v| {
                v.rule == squirret::Rule::Depth && v.assessment == squirret::Assessment::Bad
            })
        };
        let judged_valid = reps.len() == 1 && reps.iter().all(deep);
        if is_valid {
            valid += 1;
            one_each += usize::from(reps.len() == 1);
        }
        all += 1;
        right += usize::from(is_valid == judged_valid);
        if is_valid != judged_valid {
            println!(
                "{} {:?}: {} reps, depths {:?}",
                clip.name,
                clip.label,
                reps.len(),
                reps.iter()
                    .map(|r| (r.depth, r.knee_flexion))
                    .collect::<Vec<_>>()
            );
        }
    }
    println!(
        "one repetition: {one_each} of {valid} valid clips; valid or invalid: {right} of {all}"
    );
    assert_eq!(one_each, valid);
    assert!(right as f64 >= 0.98 * all as f64, "{right} of {all}");
}

/// 4,160 labelled frames (NgoQuocBao1010/Exercise-Correction, the squat model's training data).
#[test]
fn single_frames_are_up_or_down() {
    let Some(text) = data("squat-phase/train.csv.gz") else {
        return;
    };
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let place = |name: &str| {
        names
            .iter()
            .position(|known| *known == name)
            .unwrap_or_else(|| panic!("no column {name}"))
    };
    let points = [
        (Landmark::LeftShoulder, "left_shoulder"),
        (Landmark::RightShoulder, "right_shoulder"),
        (Landmark::LeftHip, "left_hip"),
        (Landmark::RightHip, "right_hip"),
        (Landmark::LeftKnee, "left_knee"),
        (Landmark::RightKnee, "right_knee"),
        (Landmark::LeftAnkle, "left_ankle"),
        (Landmark::RightAnkle, "right_ankle"),
    ];
    let mut config = SquatConfig::default();
    config.min_visibility = 0.0;
    let (mut right, mut all) = (0, 0);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |name: &str| cells[place(name)].parse::<f32>().expect(name);
        let mut keypoints = [Keypoint::default(); 33];
        for (landmark, name) in points {
            keypoints[landmark as usize] = Keypoint {
                x: number(&format!("{name}_x")),
                y: number(&format!("{name}_y")),
                z: 0.0,
                visibility: 1.0,
            };
        }
        let down =
            Body::of(&Pose::new(keypoints, 16.0 / 9.0), &config).and_then(|body| is_down(&body));
        let labelled = matches!(cells[place("label")], "down" | "0");
        all += 1;
        right += usize::from(down == Some(labelled));
    }
    println!("up or down: {right} of {all}");
    assert!(right as f64 >= 0.99 * all as f64, "{right} of {all}");
}

/// Two videos (mukundan-chariar1/Machine-Learning-for-Squat-Analysis-and-Correction) with MediaPipe's points: one squat
/// each, called good and not deep enough.
#[test]
fn a_good_squat_has_no_fault_of_form_and_a_quarter_squat_is_too_shallow() {
    let Some(root) = std::env::var_os("SQUIRRET_TEST_DATA") else {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return;
    };
    let videos = PathBuf::from(root).join("data/squat-video");
    let judged = ["olympic_good", "no_depth"].map(|name| {
        let path = videos.join(format!("{name}.mediapipe.json"));
        let text = std::fs::read_to_string(path).expect(name);
        let video: serde_json::Value = serde_json::from_str(&text).expect(name);
        let mut analyzer = Analyzer::new(SquatConfig::default());
        let mut reps = Vec::new();
        for (number, frame) in video["frames"].as_array().expect(name).iter().enumerate() {
            let points: Option<Vec<[f32; 4]>> =
                serde_json::from_value(frame["landmarks"].clone()).expect(name);
            let pose = points.map(|points| {
                let point = |[x, y, z, visibility]: [f32; 4]| Keypoint {
                    x,
                    y,
                    z,
                    visibility,
                };
                Pose::new(
                    std::array::from_fn(|place| point(points[place])),
                    240.0 / 427.0,
                )
            });
            let at = UnixMillis(number as i64 * 80);
            reps.extend(analyzer.observe(pose.as_ref(), at).rep);
        }
        let faults: Vec<_> = reps
            .iter()
            .flat_map(|rep| &rep.verdicts)
            .filter(|verdict| verdict.is_fault() && verdict.rule != squirret::Rule::DescentTempo)
            .map(|verdict| verdict.rule)
            .collect();
        (reps.len(), faults)
    });
    assert_eq!(judged, [(1, vec![]), (1, vec![squirret::Rule::Depth])]);
}
