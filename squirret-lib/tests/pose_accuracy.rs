//! BlazePose on tract against MediaPipe's own pipeline, on real frames.

#![cfg(feature = "tract")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use squirret::UnixMillis;
use squirret::pose::Landmark::{
    self, LeftAnkle, LeftHip, LeftKnee, Nose, RightAnkle, RightHip, RightKnee,
};
use squirret::pose::{
    BlazePose, CustomPose, Keypoint, Picture, PictureLimits, Pose, PoseEstimator, Track,
    check_estimator,
};
use std::path::Path;

const CLIPS: [&str; 2] = ["olympic_good", "no_depth"];

/// MediaPipe's points of each frame, `None` where it saw nobody.
fn reference(data: &Path, clip: &str) -> Vec<Option<[Keypoint; 33]>> {
    let path = data.join(format!("data/squat-video/{clip}.mediapipe.json"));
    let text = std::fs::read_to_string(path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let frames = json["frames"].as_array().unwrap();
    frames
        .iter()
        .map(|frame| {
            frame["landmarks"]
                .as_array()
                .map(|points| keypoints(points))
        })
        .collect()
}

fn keypoints(points: &[serde_json::Value]) -> [Keypoint; 33] {
    std::array::from_fn(|i| {
        let at = |k: usize| points[i][k].as_f64().unwrap() as f32;
        Keypoint {
            x: at(0),
            y: at(1),
            z: at(2),
            visibility: at(3),
        }
    })
}

/// Our points of each frame. The reference was made as if frames came 30 times a second.
fn estimates(estimator: &dyn PoseEstimator, data: &Path, clip: &str) -> Vec<Option<Pose>> {
    let mut track = Track::default();
    let mut picture = Picture::default();
    let frames = support::frames(data, clip);
    let at = |i: usize| UnixMillis((i as f64 * 1000.0 / 30.0).round() as i64);
    frames
        .iter()
        .enumerate()
        .map(|(i, jpeg)| {
            let image = picture.decode(jpeg, PictureLimits::default()).unwrap();
            estimator.estimate(image, &mut track, at(i)).unwrap()
        })
        .collect()
}

fn median(mut values: Vec<f32>) -> f32 {
    assert!(!values.is_empty(), "there is something to compare");
    values.sort_by(f32::total_cmp);
    values[values.len() / 2]
}

/// Distance of two points in units of the picture's height.
fn distance(a: Keypoint, b: Keypoint, aspect: f32) -> f32 {
    ((a.x - b.x) * aspect).hypot(a.y - b.y)
}

const LEGS: [[Landmark; 3]; 2] = [
    [LeftHip, LeftKnee, LeftAnkle],
    [RightHip, RightKnee, RightAnkle],
];

struct Difference {
    /// Share of the body's height, of all points of all frames.
    points: Vec<f32>,
    /// Degrees, of both knees of all frames.
    knees: Vec<f32>,
    /// Frames where only one of the two saw a person.
    disagree: usize,
    frames: usize,
}

fn compare(ours: &[Option<Pose>], theirs: &[Option<[Keypoint; 33]>]) -> Difference {
    let mut result = Difference {
        points: vec![],
        knees: vec![],
        disagree: 0,
        frames: ours.len(),
    };
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            result.disagree += usize::from(ours.is_some() != theirs.is_some());
            continue;
        };
        let theirs = Pose::new(*theirs, ours.aspect);
        let feet = [LeftAnkle, RightAnkle].map(|ankle| theirs.get(ankle).y);
        let height = feet[0].max(feet[1]) - theirs.get(Nose).y;
        for landmark in Landmark::ALL {
            let off = distance(ours.get(landmark), theirs.get(landmark), ours.aspect);
            result.points.push(off / height);
        }
        for [hip, knee, ankle] in LEGS {
            let [a, b] = [ours, &theirs].map(|pose| pose.angle(hip, knee, ankle).unwrap());
            result.knees.push((a - b).abs());
        }
    }
    result
}

fn blazepose(data: &Path, name: &str) -> BlazePose {
    let detector = support::model(data, "blazepose-detector.onnx");
    BlazePose::from_onnx(
        name,
        &detector,
        &support::model(data, &format!("{name}.onnx")),
    )
    .unwrap()
}

#[test]
fn the_full_model_finds_the_points_that_mediapipe_finds() {
    let Some(data) = support::test_data() else {
        return;
    };
    let estimator = blazepose(&data, "blazepose-full");
    for clip in CLIPS {
        let difference = compare(&estimates(&estimator, &data, clip), &reference(&data, clip));
        let (points, knees) = (median(difference.points), median(difference.knees));
        eprintln!(
            "{clip}: points {:.2} % of body height, knee {knees:.2} degrees (medians), {} of {} frames disagree on whether there is a person",
            points * 100.0,
            difference.disagree,
            difference.frames
        );
        assert!(points <= 0.03, "{clip}: {points}");
        assert!(knees <= 2.5, "{clip}: {knees}");
        assert!(difference.disagree <= 2, "{clip}: {}", difference.disagree);
    }
}

#[test]
fn the_lite_model_stays_near() {
    let Some(data) = support::test_data() else {
        return;
    };
    let estimator = blazepose(&data, "blazepose-lite");
    for clip in CLIPS {
        let difference = compare(&estimates(&estimator, &data, clip), &reference(&data, clip));
        let (points, knees) = (median(difference.points), median(difference.knees));
        eprintln!(
            "{clip}: points {:.2} %, knee {knees:.2} degrees (medians)",
            points * 100.0
        );
        assert!(points <= 0.04, "{clip}: {points}");
        assert!(knees <= 9.0, "{clip}: {knees}");
    }
}

/// Hips, knees and ankles: what MoveNet has of the points that squats are judged by.
#[test]
fn movenet_finds_the_joints_that_it_knows() {
    let Some(data) = support::test_data() else {
        return;
    };
    let estimator = movenet(&data);
    for clip in CLIPS {
        let mut off = Vec::new();
        for (ours, theirs) in estimates(&estimator, &data, clip)
            .iter()
            .zip(reference(&data, clip))
        {
            let (Some(ours), Some(theirs)) = (ours, theirs) else {
                continue;
            };
            let theirs = Pose::new(theirs, ours.aspect);
            let height = theirs.get(LeftAnkle).y.max(theirs.get(RightAnkle).y) - theirs.get(Nose).y;
            for joint in LEGS.as_flattened() {
                off.push(distance(ours.get(*joint), theirs.get(*joint), ours.aspect) / height);
            }
        }
        let points = median(off);
        eprintln!("{clip}: {:.2} % of body height (median)", points * 100.0);
        assert!(points <= 0.05, "{clip}: {points}");
    }
}

fn movenet(data: &Path) -> CustomPose {
    CustomPose::movenet(
        "movenet-lightning",
        &support::model(data, "movenet-lightning.onnx"),
    )
    .unwrap()
}

#[test]
fn all_estimators_keep_the_rules() {
    let Some(data) = support::test_data() else {
        return;
    };
    let frames = support::frames(&data, "olympic_good");
    let mut picture = Picture::default();
    let image = picture
        .decode(&frames[20], PictureLimits::default())
        .unwrap();
    check_estimator(&blazepose(&data, "blazepose-full"), Some(image));
    check_estimator(&movenet(&data), Some(image));
}

/// The second difference of the knee angle while nothing moves, degrees.
#[test]
fn a_standing_knee_does_not_shake() {
    let Some(data) = support::test_data() else {
        return;
    };
    let estimator = blazepose(&data, "blazepose-full");
    let frames = support::frames(&data, "olympic_good");
    let mut picture = Picture::default();
    let mut track = Track::default();
    let (mut flat, mut space) = (Vec::new(), Vec::new());
    // A standing person, with the noise of compression that differs from frame to frame.
    for (i, jpeg) in frames.iter().skip(4).take(4).cycle().take(60).enumerate() {
        let image = picture.decode(jpeg, PictureLimits::default()).unwrap();
        let pose = estimator
            .estimate(image, &mut track, UnixMillis(i as i64 * 33))
            .unwrap()
            .unwrap();
        flat.push(pose.angle(LeftHip, LeftKnee, LeftAnkle).unwrap());
        space.push(pose.world_angle(LeftHip, LeftKnee, LeftAnkle).unwrap());
    }
    let shake = |angles: &[f32]| {
        let second = angles[20..]
            .windows(3)
            .map(|w| (w[2] - 2.0 * w[1] + w[0]).abs());
        median(second.collect())
    };
    let [flat, space] = [shake(&flat), shake(&space)];
    eprintln!("median second difference {flat:.3} degrees in the picture, {space:.3} in space");
    assert!(flat <= 0.3, "{flat}");
}
