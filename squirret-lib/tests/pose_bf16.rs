//! 16-bit floats against 32-bit floats, on real frames and real networks.

#![cfg(feature = "tract")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use squirret::UnixMillis;
use squirret::pose::Landmark::{
    self, LeftAnkle, LeftHip, LeftKnee, RightAnkle, RightHip, RightKnee,
};
use squirret::pose::{
    BlazePose, Dispatch, Network, Picture, PictureLimits, Pose, PoseEstimator, Track,
};
use std::path::Path;
use std::sync::Arc;

/// Clips, and how many frames lie from one that is looked at to the next.
const CLIPS: [(&str, usize); 6] = [
    ("olympic_good", 1),
    ("no_depth", 1),
    ("../squat-footage/front_garden", 3),
    ("../squat-footage/front_lobby", 3),
    ("../squat-footage/oblique_band", 3),
    ("../squat-footage/side_home", 3),
];

const LEGS: [[Landmark; 3]; 2] = [
    [LeftHip, LeftKnee, LeftAnkle],
    [RightHip, RightKnee, RightAnkle],
];

fn estimator(data: &Path, name: &str, dispatch: Dispatch) -> Option<BlazePose> {
    let detector = support::model(data, "blazepose-detector.onnx");
    let detector = Network::load("blazepose-detector", &detector).unwrap();
    let landmarks = support::model(data, &format!("{name}.onnx"));
    let landmarks = Network::load_with(name, &landmarks, dispatch).ok()?;
    Some(BlazePose::new(name, Arc::new(detector), landmarks).unwrap())
}

/// Differences of the knees that can be seen, degrees: every frame by itself, found by the same detector.
fn knees(data: &Path, of: [&BlazePose; 2], step: usize) -> (usize, Vec<f32>) {
    let mut picture = Picture::default();
    let (mut frames, mut differences) = (0, Vec::new());
    for (clip, every) in CLIPS {
        for jpeg in support::frames(data, clip).iter().step_by(every * step) {
            let image = picture.decode(jpeg, PictureLimits::default()).unwrap();
            let [a, b]: [Option<Pose>; 2] = of.map(|estimator| {
                let mut track = Track::default();
                estimator
                    .estimate(image, &mut track, UnixMillis(0))
                    .unwrap()
            });
            assert_eq!(a.is_some(), b.is_some(), "{clip}: a person or none");
            let (Some(a), Some(b)) = (a, b) else { continue };
            frames += 1;
            for leg in LEGS {
                if leg.iter().all(|joint| a.get(*joint).visibility >= 0.5) {
                    let [a, b] = [&a, &b].map(|pose| pose.angle(leg[0], leg[1], leg[2]).unwrap());
                    differences.push((a - b).abs());
                }
            }
        }
    }
    differences.sort_by(f32::total_cmp);
    (frames, differences)
}

#[test]
fn sixteen_bits_move_a_knee_by_less_than_can_be_seen() {
    let Some(data) = support::test_data() else {
        return;
    };
    for name in ["blazepose-full", "blazepose-lite"] {
        let exact = estimator(&data, name, Dispatch::Auto).unwrap();
        let (what, rounded, step) = match estimator(&data, name, Dispatch::Avx512Bf16) {
            Some(rounded) => ("instructions", rounded, 1),
            None => (
                "plain code (this machine has no AVX-512 BF16)",
                estimator(&data, name, Dispatch::PortableBf16).unwrap(),
                16,
            ),
        };
        let (frames, differences) = knees(&data, [&exact, &rounded], step);
        let of = |share: f64| differences[(differences.len() as f64 * share) as usize];
        eprintln!(
            "{name}, {what}: {} knees of {frames} frames, {:.2} degrees (median), {:.2} (95 %), {:.2} (99 %)",
            differences.len(),
            of(0.5),
            of(0.95),
            of(0.99)
        );
        assert!(frames >= 200 / step, "{frames} frames");
        assert!(of(0.5) <= 0.3, "{}", of(0.5));
        assert!(of(0.95) <= 1.0, "{}", of(0.95));
    }
}
