//! BlazePose (Bazarevsky et al. 2020): a detector finds the person, a second network the points in the region around
//! them, and each frame's points give the next frame's region.

mod anchors;
mod detector;
mod landmarks;

pub(super) use detector::Detector;

use super::{
    Dispatch, EstimateError, ModelError, Pose, PoseEstimator, RgbImage, Track, follow,
    runner::Network, tflite,
};
use crate::UnixMillis;
use landmarks::LandmarkNetwork;
use std::sync::Arc;

/// BlazePose on tract: detector and landmarks.
#[derive(Debug)]
pub struct BlazePose {
    name: String,
    detector: Detector,
    landmarks: LandmarkNetwork,
}

impl BlazePose {
    /// From loaded networks; several models may share one detector.
    ///
    /// # Errors
    /// [`ModelError::Load`] when one of them has other inputs and outputs than BlazePose has.
    pub fn new(name: &str, detector: Arc<Network>, landmarks: Network) -> Result<Self, ModelError> {
        Ok(Self {
            name: name.to_owned(),
            detector: Detector::new(detector)?,
            landmarks: LandmarkNetwork::new(landmarks)?,
        })
    }

    /// Loads both networks from ONNX bytes; `name` is what the wire tells, e.g. `blazepose-full`. The landmarks run on
    /// 16-bit floats where the machine has instructions for them ([`Dispatch::AutoBf16`]).
    ///
    /// # Errors
    /// [`ModelError::Load`] when one of them cannot be read or has other inputs and outputs than BlazePose has.
    pub fn from_onnx(name: &str, detector: &[u8], landmarks: &[u8]) -> Result<Self, ModelError> {
        let detector = Network::load("blazepose-detector", detector)?;
        let landmarks = Network::load_with(name, landmarks, Dispatch::AutoBf16)?;
        Self::new(name, Arc::new(detector), landmarks)
    }

    /// Whether these ONNX bytes are a detector that can be run.
    ///
    /// # Errors
    /// As [`from_onnx`](Self::from_onnx).
    pub fn check_detector(onnx: &[u8]) -> Result<(), ModelError> {
        Detector::new(Network::load("blazepose-detector", onnx)?).map(drop)
    }

    /// Whether these ONNX bytes are landmarks that can be run; `name` stands in the error.
    ///
    /// # Errors
    /// As [`from_onnx`](Self::from_onnx).
    pub fn check_landmarks(name: &str, onnx: &[u8]) -> Result<(), ModelError> {
        LandmarkNetwork::new(Network::load(name, onnx)?).map(drop)
    }

    /// The same from the `.tflite` files as they are published.
    ///
    /// # Errors
    /// As [`from_onnx`](Self::from_onnx), and [`ModelError::Import`] when a file cannot be converted.
    pub fn from_tflite(name: &str, detector: &[u8], landmarks: &[u8]) -> Result<Self, ModelError> {
        Self::from_onnx(
            name,
            &tflite::to_onnx(detector)?,
            &tflite::to_onnx(landmarks)?,
        )
    }
}

impl PoseEstimator for BlazePose {
    fn estimate(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        follow::estimate(&self.detector, &self.landmarks, image, track, at)
    }

    fn warm_up(&self) -> Result<(), EstimateError> {
        self.detector.warm_up()?;
        self.landmarks.warm_up()
    }

    fn model(&self) -> &str {
        &self.name
    }
}

/// The logistic function.
fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The side of a network's input, which must be `1 × side × side × 3`.
fn square_side(network: &Network) -> Result<usize, ModelError> {
    match *network.input() {
        [1, height, width, 3] if height == width && height > 0 => Ok(width),
        ref other => Err(ModelError::Load {
            name: network.model().to_owned(),
            detail: format!("its input is {other:?} instead of [1, side, side, 3]"),
        }),
    }
}

/// The output with `len` numbers.
fn output_of_len(network: &Network, len: usize, what: &str) -> Result<usize, ModelError> {
    let found = network
        .outputs()
        .iter()
        .position(|shape| shape.iter().product::<usize>() == len);
    found.ok_or_else(|| ModelError::Load {
        name: network.model().to_owned(),
        detail: format!(
            "no output has the {len} numbers of the {what}, only {:?}",
            network.outputs()
        ),
    })
}
