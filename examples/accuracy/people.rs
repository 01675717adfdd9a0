//! Recorded people: squat clips, also changed as cameras and networks change them, and labelled frames.

use std::{path::Path, sync::Arc};

use squirret::{
    Language, UnixMillis,
    coach::{Coach, CoachConfig, Input, Outcome, Output},
    feedback::Status,
    pose::{Keypoint, Landmark, Pose},
    squat::{Body, Clip, SquatConfig, is_down, parse_clip},
};

use crate::{
    Table,
    data::{Failure, Random, find, unpack},
};

/// Frames a second of the clips, and width over height of their pictures.
const FPS: f64 = 30.0;
const ASPECT: f32 = 9.0 / 16.0;

/// Frames with their times in seconds.
type Frames = Vec<(f64, Option<Pose>)>;

/// A change of a clip: its name, and how many of a hundred clips must still be judged right.
struct Change {
    name: &'static str,
    must: Option<f64>,
    apply: fn(&Clip, &mut Random) -> Frames,
}

const CHANGES: [Change; 14] = [
    Change {
        name: "as recorded",
        must: Some(95.0),
        apply: |clip, _| plain(clip),
    },
    Change {
        name: "mirrored",
        must: Some(95.0),
        apply: |clip, _| each(clip, |pose| mirrored(&pose)),
    },
    Change {
        name: "at 60 frames/s",
        must: Some(95.0),
        apply: |clip, _| resampled(clip, 60.0),
    },
    Change {
        name: "at 15 frames/s",
        must: Some(95.0),
        apply: |clip, _| resampled(clip, 15.0),
    },
    Change {
        name: "at 10 frames/s",
        must: Some(95.0),
        apply: |clip, _| resampled(clip, 10.0),
    },
    Change {
        name: "at 5 frames/s",
        must: None,
        apply: |clip, _| resampled(clip, 5.0),
    },
    Change {
        name: "a fifth of the frames dropped",
        must: Some(95.0),
        apply: dropped,
    },
    Change {
        name: "times that jitter by ±15 ms",
        must: Some(95.0),
        apply: jittered,
    },
    Change {
        name: "points that shake by 0.3 % of the height",
        must: Some(95.0),
        apply: |c, r| shaken(c, r, 0.003),
    },
    Change {
        name: "points that shake by 0.6 % of the height",
        must: None,
        apply: |c, r| shaken(c, r, 0.006),
    },
    Change {
        name: "half as large, in a corner",
        must: Some(95.0),
        apply: |clip, _| each(clip, |p| placed(p, 0.5, 0.45, 0.45)),
    },
    Change {
        name: "a quarter larger, cut off at the edges",
        must: None,
        apply: |clip, _| each(clip, |p| cut(placed(p, 1.25, -0.1, -0.2))),
    },
    Change {
        name: "turned by 5° in the picture",
        must: None,
        apply: |clip, _| each(clip, |p| turned(p, 5.0)),
    },
    Change {
        name: "nobody for 0.5 s in the middle",
        must: None,
        apply: |clip, _| hidden(clip),
    },
];

/// Measures the clips and the labelled frames.
pub(crate) fn measure(folder: &Path, table: &mut Table) -> Result<(), Failure> {
    let text = unpack(&find(folder, "squat-keypoints/clips.jsonl.gz"))?;
    let clips: Vec<Clip> = text
        .lines()
        .map(|line| parse_clip(line, ASPECT))
        .collect::<Result<_, _>>()?;
    for (place, change) in CHANGES.iter().enumerate() {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let (mut once, mut valid, mut right) = (0, 0, 0);
        for clip in &clips {
            let outcome = judge(&(change.apply)(clip, &mut random));
            let is_valid = clip.label.as_deref() == Some("valid");
            let judged_valid = outcome.status() == Status::Good && outcome.reps().len() == 1;
            valid += usize::from(is_valid);
            once += usize::from(is_valid && outcome.reps().len() == 1);
            right += usize::from(judged_valid == is_valid);
            if judged_valid != is_valid && std::env::var_os("SQUIRRET_SHOW").is_some() {
                tell(change.name, clip, &outcome);
            }
        }
        let percent = 100.0 * right as f64 / clips.len() as f64;
        let came_out = format!(
            "{once} of {valid}; {right} of {} = {percent:.1} %",
            clips.len()
        );
        let what = format!("clips {}: one rep if valid; valid or not", change.name);
        match change.must {
            Some(must) => {
                let all = place > 0 || once == valid;
                let rule = if place == 0 {
                    "all; ≥ 95 %"
                } else {
                    "≥ 95 %"
                };
                table.line(&what, &came_out, rule, percent >= must && all);
            }
            None => table.note(&what, &came_out),
        }
    }
    frames(folder, table)
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

/// A fresh coach with the default thresholds sees the frames.
fn judge(frames: &[(f64, Option<Pose>)]) -> Outcome {
    let mut coach = Coach::new(
        Arc::new(CoachConfig::default()),
        Language::En,
        UnixMillis(0),
    );
    let mut outcome = Outcome::default();
    let mut take = |coach: &mut Coach| {
        while let Output::Event(event) = coach.poll_output() {
            outcome.take(&event);
        }
    };
    for (number, (seconds, pose)) in frames.iter().enumerate() {
        let at = UnixMillis((seconds * 1e3).round() as i64);
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_ref(),
            at,
        };
        coach.handle_input(input, at);
        take(&mut coach);
    }
    outcome
}

fn plain(clip: &Clip) -> Frames {
    let frames = clip.frames.iter().enumerate();
    frames
        .map(|(number, pose)| (number as f64 / FPS, pose.clone()))
        .collect()
}

fn each(clip: &Clip, change: impl Fn(Pose) -> Pose) -> Frames {
    let frames = plain(clip).into_iter();
    frames.map(|(at, pose)| (at, pose.map(&change))).collect()
}

/// The same movement seen at other times; between two frames the points lie in between.
fn resampled(clip: &Clip, per_second: f64) -> Frames {
    let seconds = clip.frames.len().saturating_sub(1) as f64 / FPS;
    (0..=(seconds * per_second) as usize)
        .map(|step| {
            let at = step as f64 / per_second;
            let place = at * FPS;
            let (low, part) = (place.floor() as usize, (place - place.floor()) as f32);
            let high = (low + 1).min(clip.frames.len() - 1);
            let pose = match (&clip.frames[low], &clip.frames[high]) {
                (Some(low), Some(high)) => Some(between(low, high, part)),
                (one, _) => one.clone(),
            };
            (at, pose)
        })
        .collect()
}

fn between(low: &Pose, high: &Pose, part: f32) -> Pose {
    let mix = |low: f32, high: f32| low + part * (high - low);
    let point = |place: usize| {
        let (low, high) = (low.keypoints[place], high.keypoints[place]);
        Keypoint {
            x: mix(low.x, high.x),
            y: mix(low.y, high.y),
            z: mix(low.z, high.z),
            visibility: mix(low.visibility, high.visibility),
        }
    };
    Pose::new(std::array::from_fn(point), low.aspect)
}

fn dropped(clip: &Clip, random: &mut Random) -> Frames {
    plain(clip)
        .into_iter()
        .filter(|_| random.even() >= 0.2)
        .collect()
}

fn jittered(clip: &Clip, random: &mut Random) -> Frames {
    let frames = plain(clip).into_iter();
    frames
        .map(|(at, pose)| ((at + 0.015 * (2.0 * random.even() - 1.0)).max(0.0), pose))
        .collect()
}

fn shaken(clip: &Clip, random: &mut Random, by: f64) -> Frames {
    let mut shake = |mut pose: Pose| {
        for point in &mut pose.keypoints {
            point.x += (by / f64::from(ASPECT) * random.normal()) as f32;
            point.y += (by * random.normal()) as f32;
        }
        pose
    };
    let frames = plain(clip).into_iter();
    frames
        .map(|(at, pose)| (at, pose.map(&mut shake)))
        .collect()
}

fn hidden(clip: &Clip) -> Frames {
    let middle = clip.frames.len() as f64 / FPS / 2.0;
    let gap = |at: f64| (at - middle).abs() < 0.25;
    let frames = plain(clip).into_iter();
    frames
        .map(|(at, pose)| (at, pose.filter(|_| !gap(at))))
        .collect()
}

/// Left and right change places, in the picture and in the names.
fn mirrored(pose: &Pose) -> Pose {
    let point = |landmark: Landmark| {
        let name = landmark.name();
        let other = if name.contains("left") {
            name.replace("left", "right")
        } else {
            name.replace("right", "left")
        };
        let other = Landmark::ALL
            .into_iter()
            .find(|landmark| landmark.name() == other);
        let mut point = pose.keypoints[other.unwrap_or(landmark) as usize];
        point.x = 1.0 - point.x;
        point
    };
    Pose::new(Landmark::ALL.map(point), pose.aspect)
}

fn placed(mut pose: Pose, scale: f32, right: f32, down: f32) -> Pose {
    for point in &mut pose.keypoints {
        (point.x, point.y) = (right + scale * point.x, down + scale * point.y);
    }
    pose
}

/// What lies outside of the picture is guessed, and little visible.
fn cut(mut pose: Pose) -> Pose {
    for point in &mut pose.keypoints {
        let inside = |value: f32| (0.0..=1.0).contains(&value);
        if !inside(point.x) || !inside(point.y) {
            point.visibility = point.visibility.min(0.3);
        }
    }
    pose
}

fn turned(mut pose: Pose, degrees: f32) -> Pose {
    let (sin, cos) = degrees.to_radians().sin_cos();
    for point in &mut pose.keypoints {
        let (x, y) = ((point.x - 0.5) * pose.aspect, point.y - 0.5);
        point.x = 0.5 + (cos * x - sin * y) / pose.aspect;
        point.y = 0.5 + sin * x + cos * y;
    }
    pose
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
    let (mut right, mut all) = (0, 0);
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
        let body = Body::of(&Pose::new(keypoints, 16.0 / 9.0), &config);
        let down = body.and_then(|body| is_down(&body));
        all += 1;
        right += usize::from(down == Some(matches!(cells[label], "down" | "0")));
    }
    let percent = 100.0 * right as f64 / all as f64;
    let came_out = format!("{right} of {all} = {percent:.2} %");
    table.line(
        "single frames: up or down",
        &came_out,
        "≥ 99 %",
        percent >= 99.0,
    );
    Ok(())
}
