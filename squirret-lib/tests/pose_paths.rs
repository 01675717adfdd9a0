//! Every set of vector instructions against the engine's own operators, on real frames and real networks.

#![cfg(feature = "tract")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use squirret::pose::{Border, Crop, Dispatch, Network, Picture, PictureLimits, Roi};
use std::path::Path;

/// The networks, and how their input is scaled.
const NETWORKS: [(&str, f32, f32); 4] = [
    ("blazepose-full", 0.0, 1.0),
    ("blazepose-lite", 0.0, 1.0),
    ("blazepose-detector", -1.0, 1.0),
    ("movenet-lightning", 0.0, 255.0),
];

/// Native instructions, on all frames; plain code is slow in a build for tests and gets a few.
const PATHS: [(Dispatch, usize); 5] = [
    (Dispatch::Avx512, 1),
    (Dispatch::Avx2, 1),
    (Dispatch::Neon, 1),
    (Dispatch::Portable, 10),
    (Dispatch::PortableWide, 10),
];

/// Twenty pictures of both clips.
fn inputs(data: &Path, crop: Crop) -> Vec<Vec<f32>> {
    let mut picture = Picture::default();
    let mut inputs = Vec::new();
    for clip in ["olympic_good", "no_depth"] {
        for jpeg in support::frames(data, clip)
            .iter()
            .skip(5)
            .step_by(5)
            .take(10)
        {
            let image = picture.decode(jpeg, PictureLimits::default()).unwrap();
            let mut roi = Roi::letterbox(image);
            roi.size *= 0.9;
            let mut input = vec![0.0; crop.len()];
            crop.sample(image, &roi, &mut input);
            inputs.push(input);
        }
    }
    assert_eq!(inputs.len(), 20);
    inputs
}

fn run(network: &Network, input: &[f32]) -> Vec<f32> {
    let fill = |slot: &mut [f32]| slot.copy_from_slice(input);
    network.run(fill, |outputs| outputs.concat()).unwrap()
}

#[test]
fn every_path_answers_as_the_engines_own_operators_do() {
    let Some(data) = support::test_data() else {
        return;
    };
    for (name, low, high) in NETWORKS {
        let bytes = support::model(&data, &format!("{name}.onnx"));
        let stock = Network::load_with(name, &bytes, Dispatch::Stock).unwrap();
        let inputs = inputs(
            &data,
            Crop::new(stock.input()[1], low, high, Border::Replicate),
        );
        let expected: Vec<Vec<f32>> = inputs.iter().map(|input| run(&stock, input)).collect();
        for (dispatch, step) in PATHS {
            let Ok(network) = Network::load_with(name, &bytes, dispatch) else {
                eprintln!("skipped: this machine has no {dispatch:?}");
                continue;
            };
            assert_eq!(network.outputs(), stock.outputs());
            for (input, expected) in inputs.iter().zip(&expected).step_by(step) {
                for (got, want) in run(&network, input).iter().zip(expected) {
                    let off = (got - want).abs() / want.abs().max(1.0);
                    assert!(off <= 1e-3, "{name} {dispatch:?}: {got} instead of {want}");
                }
            }
        }
    }
}

#[test]
fn a_picture_that_is_no_number_gives_no_number() {
    let Some(data) = support::test_data() else {
        return;
    };
    let bytes = support::model(&data, "blazepose-lite.onnx");
    for (dispatch, _) in PATHS {
        let Ok(network) = Network::load_with("lite", &bytes, dispatch) else {
            continue;
        };
        let len = network.input().iter().product();
        let spoilt = run(&network, &vec![f32::NAN; len]);
        // The score's sigmoid is the engine's, which makes a number of everything.
        let numbers = spoilt.iter().filter(|v| !v.is_nan()).count();
        assert!(numbers <= 1, "{dispatch:?}: {numbers}");
        assert!(run(&network, &vec![0.5; len]).iter().all(|v| v.is_finite()));
    }
}
