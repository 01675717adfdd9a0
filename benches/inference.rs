//! The path of a frame: decoding, cropping, each network, and all together until the verdict.
//!
//! Needs models and frames: `SQUIRRET_TEST_DATA` names a folder with `models/` and `data/squat-video/`. With
//! `SQUIRRET_FRAMES` the frames of that folder go the whole way, too: JPEGs of one stream, in the order of their names.

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use squirret::{
    Language, UnixMillis,
    coach::{Coach, Input, Output},
    pose::{BlazePose, Border, Crop, Network, Picture, PictureLimits, PoseEstimator, Roi, Track},
};
use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Between two frames.
const FRAME_MS: i64 = 80;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
    }
    folder
}

fn frames(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of frames")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jpg"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("frame"))
        .collect()
}

fn inference(criterion: &mut Criterion) {
    let Some(folder) = folder() else { return };
    let model = |name: &str| fs::read(folder.join("models").join(name)).expect("model");
    // The first frames show nobody.
    let small = frames(&folder.join("data/squat-video/olympic_good")).split_off(5);
    let mut picture = Picture::default();
    let limits = PictureLimits::default();

    criterion.bench_function("decode a JPEG of 240x427", |bencher| {
        bencher.iter(|| black_box(picture.decode(&small[0], limits).expect("a frame").width()));
    });

    let mut owned = Picture::default();
    let image = owned.decode(&small[0], limits).expect("a frame");
    let crop = Crop::new(256, 0.0, 1.0, Border::Replicate);
    let mut input = vec![0.0; crop.len()];
    let mut turned = Roi::letterbox(image);
    turned.rotation = 0.1;
    criterion.bench_function("crop a turned square to 256x256", |bencher| {
        bencher.iter(|| crop.sample(black_box(image), &turned, &mut input));
    });

    for name in ["blazepose-detector", "blazepose-lite", "movenet-lightning"] {
        let network = Network::load(name, &model(&format!("{name}.onnx"))).expect("network");
        let crop = Crop::new(network.input()[1], 0.0, 1.0, Border::Replicate);
        let fill = |input: &mut [f32]| crop.sample(image, &turned, input);
        network.run(fill, |_| ()).expect("outputs");
        criterion.bench_function(&format!("network {name}"), |bencher| {
            bencher.iter(|| network.run(|_| (), |out| out[0][0]));
        });
    }

    let landmarks = model("blazepose-full.onnx");
    let network = Network::load("blazepose-full", &landmarks).expect("network");
    let fill = |input: &mut [f32]| crop.sample(image, &turned, input);
    network.run(fill, |_| ()).expect("outputs");
    let estimator = BlazePose::from_onnx(
        "blazepose-full",
        &model("blazepose-detector.onnx"),
        &landmarks,
    )
    .expect("networks");
    let mut group = criterion.benchmark_group("JPEG in, verdict out");
    group.bench_function("blazepose-full alone", |bencher| {
        bencher.iter(|| network.run(|_| (), |out| out[0][0]));
    });
    whole(&mut group, "240x427", &estimator, &small);
    if let Some(folder) = std::env::var_os("SQUIRRET_FRAMES") {
        let large = frames(Path::new(&folder));
        let image = owned.decode(&large[0], limits).expect("a frame");
        let size = format!("{}x{}", image.width(), image.height());
        whole(&mut group, &size, &estimator, &large);
    }
    group.finish();
}

/// One stream of frames, forward and back so that the person never leaps: decoding, tracking and the coach, drained.
fn whole(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    estimator: &BlazePose,
    frames: &[Vec<u8>],
) {
    let mut picture = Picture::default();
    let mut track = Track::default();
    let mut coach = Coach::new(Arc::default(), Language::En, UnixMillis(0));
    let mut order = (0..frames.len())
        .chain((1..frames.len() - 1).rev())
        .cycle()
        .zip(0u64..);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let (index, frame) = order.next().expect("without end");
            let at = UnixMillis(frame as i64 * FRAME_MS);
            let image = picture
                .decode_for(&frames[index], PictureLimits::default(), &track)
                .expect("a frame");
            let pose = estimator.estimate(image, &mut track, at).expect("outputs");
            coach.handle_input(
                Input::Pose {
                    frame,
                    pose: pose.as_ref(),
                    at,
                },
                at,
            );
            while let Output::Event(event) = coach.poll_output() {
                black_box(event);
            }
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(40);
    targets = inference
}
criterion_main!(benches);
