//! Pictures through the pose network.

use std::path::Path;

use squirret::{
    UnixMillis,
    pose::{BlazePose, Picture, PictureLimits, PoseEstimator, Track},
    sim::TimedPose,
};

use crate::data::Failure;

/// The full network from the data folder's `models`.
pub(crate) fn estimator(folder: &Path) -> Result<BlazePose, Failure> {
    let read = |name: &str| {
        let path = folder.join("models").join(name);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let detector = read("blazepose-detector.onnx")?;
    let landmarks = read("blazepose-full.onnx")?;
    Ok(BlazePose::from_onnx(
        "blazepose-full",
        &detector,
        &landmarks,
    )?)
}

/// The poses of a folder of pictures, seen as one stream.
pub(crate) fn estimate(
    estimator: &BlazePose,
    folder: &Path,
    per_second: f64,
) -> Result<Vec<TimedPose>, Failure> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    paths.sort();
    let (mut picture, mut track) = (Picture::default(), Track::default());
    let mut frames = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let seconds = number as f64 / per_second;
        let image = std::fs::read(path)?;
        let image = picture.decode(&image, PictureLimits::default())?;
        let at = UnixMillis((seconds * 1e3).round() as i64);
        frames.push((seconds, estimator.estimate(image, &mut track, at)?));
    }
    Ok(frames)
}
