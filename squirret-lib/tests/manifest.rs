//! Networks that a manifest describes: the documentation's examples, and real networks against our own loaders.

#![cfg(feature = "tract")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use squirret::UnixMillis;
use squirret::pose::{
    BlazePose, CustomPose, Landmark, Manifest, Network, Picture, PictureLimits, Pose,
    PoseEstimator, Track,
};
use std::{path::Path, sync::Arc};

/// The manifests of `docs/models.md` with the title above each.
fn documented() -> Vec<(&'static str, &'static str)> {
    let text = include_str!("../../docs/models.md");
    let mut manifests = Vec::new();
    for section in text.split("\n### ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let toml = section
            .split_once("```toml\n")
            .and_then(|(_, rest)| rest.split_once("```"));
        manifests.extend(toml.map(|(toml, _)| (title, toml)));
    }
    manifests
}

/// The manifest whose title holds `word`.
fn example(word: &str) -> Manifest {
    let (_, toml) = documented()
        .into_iter()
        .find(|(title, _)| title.contains(word))
        .unwrap();
    Manifest::parse(toml).unwrap()
}

fn poses(estimator: &dyn PoseEstimator, data: &Path) -> Vec<Option<Pose>> {
    let (mut picture, mut track) = (Picture::default(), Track::default());
    let frames = support::frames(data, "olympic_good");
    let look = |(i, jpeg): (usize, &Vec<u8>)| {
        let image = picture.decode(jpeg, PictureLimits::default()).unwrap();
        let at = UnixMillis(i as i64 * 80);
        estimator.estimate(image, &mut track, at).unwrap()
    };
    frames.iter().enumerate().step_by(2).map(look).collect()
}

#[test]
fn the_documentation_s_examples_are_right() {
    let manifests = documented();
    assert_eq!(manifests.len(), 5);
    for (title, toml) in manifests {
        let manifest = Manifest::parse(toml).unwrap_or_else(|error| panic!("{title}: {error}"));
        assert!(manifest.landmarks().count() >= 17, "{title}");
    }
}

#[test]
fn movenet_runs_by_its_manifest_as_without() {
    let Some(data) = support::test_data() else {
        return;
    };
    let onnx = support::model(&data, "movenet-lightning.onnx");
    let described = CustomPose::from_onnx("mine", example("MoveNet"), &onnx, None).unwrap();
    let known = CustomPose::movenet("movenet-lightning", &onnx).unwrap();
    let found = poses(&described, &data);
    assert!(found.iter().flatten().count() > 20);
    assert_eq!(found, poses(&known, &data));
}

#[test]
fn blazepose_runs_by_its_manifest_as_without() {
    let Some(data) = support::test_data() else {
        return;
    };
    let onnx =
        squirret::pose::tflite::to_onnx(&support::model(&data, "tflite/pose_landmark_full.tflite"))
            .unwrap();
    let detector = support::model(&data, "blazepose-detector.onnx");
    let described =
        CustomPose::from_onnx("mine", example("BlazePose"), &onnx, Some(&detector)).unwrap();
    // In 32-bit floats, as networks with a manifest run.
    let [finder, landmarks] =
        [&detector, &onnx].map(|onnx| Network::load("blazepose-full", onnx).unwrap());
    let known = BlazePose::new("blazepose-full", Arc::new(finder), landmarks).unwrap();
    let pairs = poses(&described, &data)
        .into_iter()
        .zip(poses(&known, &data));
    let mut compared = 0;
    for (ours, theirs) in pairs {
        assert_eq!(ours.is_some(), theirs.is_some());
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            continue;
        };
        compared += 1;
        assert!((ours.score - theirs.score).abs() < 1e-4);
        for landmark in Landmark::ALL {
            let [a, b] = [&ours, &theirs].map(|pose| pose.get(landmark));
            let off = (a.x - b.x).hypot(a.y - b.y).max((a.z - b.z).abs());
            assert!(off < 1e-4, "{landmark:?} {off}");
            assert!((a.visibility - b.visibility).abs() < 1e-4);
            let [a, b] = [&ours, &theirs].map(|pose| pose.world.unwrap()[landmark as usize]);
            assert!(
                (a.x - b.x)
                    .abs()
                    .max((a.y - b.y).abs())
                    .max((a.z - b.z).abs())
                    < 1e-4
            );
        }
    }
    assert!(compared > 20, "{compared}");
}
