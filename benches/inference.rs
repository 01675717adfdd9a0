//! The path of a frame: decoding, cropping, each network, and all together.
//!
//! Needs models and frames: `SQUIRRET_TEST_DATA` names a folder with `models/` and `data/squat-video/`.

use criterion::{Criterion, criterion_group, criterion_main};
use squirret::UnixMillis;
use squirret::pose::{
    BlazePose, Border, Crop, Network, Picture, PictureLimits, PoseEstimator, Roi, Track,
};
use std::{fs, hint::black_box, path::PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
    }
    folder
}

/// Frames of a person in view.
fn frames(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let clip = folder.join("data/squat-video/olympic_good");
    let mut paths: Vec<PathBuf> = fs::read_dir(clip)
        .expect("clip")
        .map(|e| e.expect("entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .skip(5)
        .map(|path| fs::read(path).expect("frame"))
        .collect()
}

fn inference(criterion: &mut Criterion) {
    let Some(folder) = folder() else { return };
    let model = |name: &str| fs::read(folder.join("models").join(name)).expect("model");
    let frames = frames(&folder);
    let mut picture = Picture::default();
    let limits = PictureLimits::default();

    criterion.bench_function("decode a JPEG of 240x427", |bencher| {
        bencher.iter(|| black_box(picture.decode(&frames[0], limits).expect("a frame").width()));
    });

    let mut owned = Picture::default();
    let image = owned.decode(&frames[0], limits).expect("a frame");
    let crop = Crop::new(256, 0.0, 1.0, Border::Replicate);
    let mut input = vec![0.0; crop.len()];
    let mut turned = Roi::letterbox(image);
    turned.rotation = 0.1;
    criterion.bench_function("crop a turned square to 256x256", |bencher| {
        bencher.iter(|| crop.sample(black_box(image), &turned, &mut input));
    });

    for name in [
        "blazepose-detector",
        "blazepose-full",
        "blazepose-lite",
        "movenet-lightning",
    ] {
        let network = Network::load(name, &model(&format!("{name}.onnx"))).expect("network");
        let side = network.input()[1];
        let crop = Crop::new(side, 0.0, 1.0, Border::Replicate);
        criterion.bench_function(&format!("network {name}"), |bencher| {
            bencher
                .iter(|| network.run(|input| crop.sample(image, &turned, input), |out| out[0][0]));
        });
    }

    let estimator = BlazePose::from_onnx(
        "blazepose-full",
        &model("blazepose-detector.onnx"),
        &model("blazepose-full.onnx"),
    )
    .expect("networks");
    let mut track = Track::default();
    let mut frame = 0usize;
    criterion.bench_function("whole frame, JPEG in, pose out", |bencher| {
        bencher.iter(|| {
            let image = picture
                .decode(&frames[frame % frames.len()], limits)
                .expect("a frame");
            let at = UnixMillis(frame as i64 * 80);
            frame += 1;
            estimator
                .estimate(image, &mut track, at)
                .expect("an answer")
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(40);
    targets = inference
}
criterion_main!(benches);
