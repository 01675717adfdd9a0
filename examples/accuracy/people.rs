//! Recorded people: squat clips, also changed as cameras and networks change them, and labelled frames.

use std::path::Path;

use squirret::{
    Rule, Verdict,
    coach::{Outcome, RepRecord},
    feedback::Status,
    pose::{Keypoint, Landmark, Pose},
    sim::TimedPose,
    squat::{Body, Clip, SquatConfig, impossible_aspect, is_down, parse_clip},
};

use crate::{
    Table,
    changes::{ASPECT, CHANGES, Must},
    coached::{judge, shows},
    data::{Failure, Random, find, unpack},
};

/// Measures the clips and the labelled frames.
pub(crate) fn measure(folder: &Path, table: &mut Table) -> Result<(), Failure> {
    let text = unpack(&find(folder, "squat-keypoints/clips.jsonl.gz"))?;
    let clips: Vec<Clip> = text
        .lines()
        .map(|line| parse_clip(line, ASPECT))
        .collect::<Result<_, _>>()?;
    for (place, change) in CHANGES.iter().enumerate() {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let (mut once, mut valid, mut right, mut accused) = (0, 0, 0, 0);
        let (mut reps, mut known) = (0, 0);
        for (number, clip) in clips.iter().enumerate() {
            let outcome = judge(&shaped(change.apply(clip, number, &mut random)));
            let is_valid = clip.label.as_deref() == Some("valid");
            let judged_valid = outcome.status() == Status::Good && outcome.reps().len() == 1;
            valid += usize::from(is_valid);
            reps += outcome.reps().len();
            known += outcome
                .reps()
                .iter()
                .filter(|rep| knows_standing(rep))
                .count();
            once += usize::from(is_valid && outcome.reps().len() == 1);
            right += usize::from(judged_valid == is_valid);
            accused += usize::from(is_valid && outcome.status() == Status::Bad);
            if judged_valid != is_valid && shows() {
                tell(change.name, clip, &outcome);
            }
        }
        let all = clips.len();
        let what = format!("clips {}", change.name);
        let came_out = format!("{right} of {all}; {once} of {valid}; {accused} accused");
        let (rule, holds) = match change.must {
            // The same part of whatever clips are at hand.
            Must::Judged(of_116) => (
                format!("≥ {of_116} of 116 judged"),
                right * 116 >= of_116 * all && (place > 0 || once == valid),
            ),
            Must::NotAccused => ("0 accused".to_owned(), accused == 0),
        };
        table.line(&what, &came_out, &rule, holds);
        if place == 0 {
            let what = "the same: repetitions held against the own standing";
            table.note(what, &format!("{known} of {reps}"));
        }
    }
    frames(folder, table)
}

/// Whether hips and knees were held against the person's own standing.
fn knows_standing(rep: &RepRecord) -> bool {
    let is = |verdict: &&Verdict| verdict.rule == Rule::HipShift;
    let verdict = rep.verdicts.iter().find(is);
    verdict.is_some_and(Verdict::is_assessed)
}

/// The frames, in pictures of the shape that fits the body where the stated one is impossible, as a replay takes them.
fn shaped(mut frames: Vec<TimedPose>) -> Vec<TimedPose> {
    let poses: Vec<_> = frames.iter().map(|(_, pose)| pose.clone()).collect();
    if let Some(aspect) = impossible_aspect(&poses) {
        for pose in frames.iter_mut().filter_map(|(_, pose)| pose.as_mut()) {
            pose.aspect = aspect;
        }
    }
    frames
}

/// Tells a clip that was judged otherwise than people did.
fn tell(change: &str, clip: &Clip, outcome: &Outcome) {
    let faults: Vec<_> = outcome
        .verdicts()
        .into_iter()
        .filter(|verdict| verdict.is_fault())
        .map(|verdict| (verdict.rule, verdict.value))
        .collect();
    let reps: Vec<_> = outcome
        .reps()
        .iter()
        .map(|rep| (rep.depth, rep.knee_flexion))
        .collect();
    println!(
        "  {change}: {} {:?}: {:?} {reps:?} {faults:?}",
        clip.name,
        clip.label,
        outcome.status()
    );
}

/// Labelled single frames: up or down.
fn frames(folder: &Path, table: &mut Table) -> Result<(), Failure> {
    let text = unpack(&find(folder, "squat-phase/train.csv.gz"))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().ok_or("no head")?.split(',').collect();
    let place = |name: &str| {
        let place = names.iter().position(|known| *known == name);
        place.ok_or_else(|| format!("no column {name}"))
    };
    let points = [
        (Landmark::LeftShoulder, "left_shoulder"),
        (Landmark::RightShoulder, "right_shoulder"),
        (Landmark::LeftHip, "left_hip"),
        (Landmark::RightHip, "right_hip"),
        (Landmark::LeftKnee, "left_knee"),
        (Landmark::RightKnee, "right_knee"),
    ];
    let mut config = SquatConfig::default();
    config.min_visibility = 0.0;
    let label = place("label")?;
    let aspects = [16.0_f32 / 9.0, 1.0, 9.0 / 16.0];
    let (mut right, mut all) = ([0; 3], 0);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let mut keypoints = [Keypoint::default(); 33];
        for (landmark, name) in points {
            let cell = |axis: &str| -> Result<f32, Failure> {
                let place = place(&format!("{name}_{axis}"))?;
                Ok(cells.get(place).ok_or("a short line")?.parse()?)
            };
            keypoints[landmark as usize] = Keypoint {
                x: cell("x")?,
                y: cell("y")?,
                z: 0.0,
                visibility: 1.0,
            };
        }
        all += 1;
        for (right, aspect) in right.iter_mut().zip(aspects) {
            let body = Body::of(&Pose::new(keypoints, aspect), &config);
            let down = body.and_then(|body| is_down(&body));
            *right += usize::from(down == Some(matches!(cells[label], "down" | "0")));
        }
    }
    let names = [
        "",
        ", taken for square pictures",
        ", taken for upright ones",
    ];
    for (right, name) in right.into_iter().zip(names) {
        let percent = 100.0 * right as f64 / all as f64;
        let what = format!("single frames: up or down{name}");
        let came_out = format!("{right} of {all} = {percent:.2} %");
        table.line(&what, &came_out, "≥ 99.5 %", percent >= 99.5);
    }
    Ok(())
}
