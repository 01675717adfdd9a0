//! Our import of the published `.tflite` files against ONNX files that another converter made.

#![cfg(feature = "tract")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use squirret::pose::{Border, Crop, Network, Picture, PictureLimits, Roi, tflite};
use std::path::Path;

const NETWORKS: [(&str, &str); 3] = [
    ("pose_detection", "blazepose-detector"),
    ("pose_landmark_full", "blazepose-full"),
    ("pose_landmark_lite", "blazepose-lite"),
];

/// Real pictures: whole frames of both clips, and parts of them around the person.
fn inputs(data: &Path, crop: Crop) -> Vec<Vec<f32>> {
    let mut picture = Picture::default();
    let mut inputs = Vec::new();
    for clip in ["olympic_good", "no_depth"] {
        for jpeg in support::frames(data, clip).iter().skip(3).step_by(6) {
            let image = picture.decode(jpeg, PictureLimits::default()).unwrap();
            let mut roi = Roi::letterbox(image);
            if inputs.len() % 2 == 1 {
                roi.rotation = 0.2;
                roi.size *= 0.8;
            }
            let mut input = vec![0.0; crop.len()];
            crop.sample(image, &roi, &mut input);
            inputs.push(input);
        }
    }
    assert!(inputs.len() >= 18);
    inputs
}

fn run(network: &Network, input: &[f32]) -> Vec<Vec<f32>> {
    network
        .run(
            |slot| slot.copy_from_slice(input),
            |outputs| outputs.iter().map(|o| o.to_vec()).collect(),
        )
        .unwrap()
}

#[test]
fn imported_networks_answer_as_the_oracle_does() {
    let Some(data) = support::test_data() else {
        return;
    };
    for (published, oracle) in NETWORKS {
        let bytes = support::model(&data, &format!("tflite/{published}.tflite"));
        let onnx = tflite::to_onnx(&bytes).unwrap();
        let ours = Network::load(oracle, &onnx).unwrap();
        let theirs =
            Network::load(oracle, &support::model(&data, &format!("{oracle}.onnx"))).unwrap();
        assert_eq!(
            (ours.input(), ours.outputs()),
            (theirs.input(), theirs.outputs())
        );
        let crop = match oracle {
            "blazepose-detector" => Crop::new(224, -1.0, 1.0, Border::Black),
            _ => Crop::new(256, 0.0, 1.0, Border::Replicate),
        };
        let mut worst: f32 = 0.0;
        for input in inputs(&data, crop) {
            for (a, b) in run(&ours, &input).iter().zip(run(&theirs, &input)) {
                worst = a
                    .iter()
                    .zip(b)
                    .map(|(a, b)| (a - b).abs())
                    .fold(worst, f32::max);
            }
        }
        eprintln!(
            "{oracle}: {} bytes, largest difference {worst:e}",
            onnx.len()
        );
        assert!(worst <= 1e-3, "{oracle}: {worst}");
    }
}

#[test]
fn the_weights_stay_sixteen_bits_wide() {
    let Some(data) = support::test_data() else {
        return;
    };
    for (published, oracle) in NETWORKS {
        let onnx = tflite::to_onnx(&support::model(
            &data,
            &format!("tflite/{published}.tflite"),
        ))
        .unwrap();
        let theirs = support::model(&data, &format!("{oracle}.onnx"));
        assert!(
            onnx.len() < theirs.len() + 65_536,
            "{oracle}: {} bytes",
            onnx.len()
        );
    }
}

#[test]
fn damaged_files_end_in_an_answer() {
    let Some(data) = support::test_data() else {
        return;
    };
    let whole = support::model(&data, "tflite/pose_landmark_lite.tflite");
    for cut in [0, 7, 8, 100, 4096, whole.len() / 2, whole.len() - 1] {
        assert!(tflite::to_onnx(&whole[..cut]).is_err(), "cut at {cut}");
    }
    // Most of a file is weights: hurt the structure, which stands at both ends and between them.
    let mut state = 1u32;
    for _ in 0..400 {
        let mut hurt = whole.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            let spot = state as usize % 65_536;
            let at = if state & 0x1000_0000 == 0 {
                spot
            } else {
                whole.len() - 1 - spot
            };
            hurt[at] = (state >> 8) as u8;
        }
        let _ = tflite::to_onnx(&hurt);
    }
}
