//! BlazePose (Bazarevsky et al. 2020): a detector finds the person, a second network the points in the region around
//! them, and each frame's points give the next frame's region.

mod anchors;
mod detector;
mod landmarks;

use super::{
    EstimateError, ModelError, Pose, PoseEstimator, RgbImage, Roi, Track, runner::Network, tflite,
};
use crate::UnixMillis;
use detector::Detector;
use landmarks::{LandmarkNetwork, Landmarks};

/// Below this the network says that there is nobody in the region.
const MIN_SCORE: f32 = 0.5;

/// BlazePose on tract: detector and landmarks.
#[derive(Debug)]
pub struct BlazePose {
    name: String,
    detector: Detector,
    landmarks: LandmarkNetwork,
}

impl BlazePose {
    /// Loads both networks from ONNX bytes; `name` is what the wire tells, e.g. `blazepose-full`.
    ///
    /// # Errors
    /// [`ModelError::Load`] when one of them cannot be read or has other inputs and outputs than BlazePose has.
    pub fn from_onnx(name: &str, detector: &[u8], landmarks: &[u8]) -> Result<Self, ModelError> {
        Ok(Self {
            name: name.to_owned(),
            detector: Detector::new(Network::load("blazepose-detector", detector)?)?,
            landmarks: LandmarkNetwork::new(Network::load(name, landmarks)?)?,
        })
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

    /// The region to look at in this frame, and whether the detector has just given it.
    fn region(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<(Roi, bool)>, EstimateError> {
        let Some(tracked) = track.region() else {
            return Ok(self.search(image, track, at, None)?.map(|roi| (roi, true)));
        };
        if !track.is_look_due(at) {
            return Ok(Some((tracked, false)));
        }
        let found = self.detector.detect(image)?;
        let regions: Vec<Roi> = found.iter().map(|detection| detection.roi).collect();
        Ok(Some(match track.looked(&regions, at) {
            Some(other) => (other, true),
            None => (tracked, false),
        }))
    }

    /// Asks the detector: the person nearest to `near`, else the surest.
    fn search(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
        near: Option<Roi>,
    ) -> Result<Option<Roi>, EstimateError> {
        let found = self.detector.detect(image)?;
        let regions: Vec<Roi> = found.iter().map(|detection| detection.roi).collect();
        track.searched(at);
        Ok(near
            .and_then(|near| nearest(&regions, &near))
            .or_else(|| regions.first().copied()))
    }

    /// Landmarks of this frame that can be trusted, from the tracked region or, when that fails, a fresh one.
    fn follow(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Landmarks>, EstimateError> {
        let Some((roi, fresh)) = self.region(image, track, at)? else {
            return Ok(None);
        };
        let found = self
            .landmarks
            .locate(image, &roi)?
            .filter(|found| found.score >= MIN_SCORE);
        if let Some(found) = found
            .filter(|found| fresh || track.is_plausible(&roi, next_region(found), found.inside))
        {
            return Ok(Some(found));
        }
        if fresh {
            return Ok(None);
        }
        let Some(roi) = self.search(image, track, at, Some(roi))? else {
            return Ok(None);
        };
        Ok(self
            .landmarks
            .locate(image, &roi)?
            .filter(|found| found.score >= MIN_SCORE))
    }
}

impl PoseEstimator for BlazePose {
    fn estimate(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        track.begin(image.whole(), at);
        let found = self.follow(image, track, at)?;
        let Some(Landmarks {
            mut points,
            mut world,
            mut alignment,
            score,
            ..
        }) = found
        else {
            track.lose();
            return Ok(None);
        };
        track.smooth(&mut points, Some(&mut world), &mut alignment);
        track.follow(Roi::from_alignment(alignment[0], alignment[1]));
        Ok(Some(super::track::pose(points, Some(world), score, image)))
    }

    fn model(&self) -> &str {
        &self.name
    }
}

/// The region that these landmarks give for the next frame.
fn next_region(found: &Landmarks) -> Option<Roi> {
    Roi::from_alignment(found.alignment[0], found.alignment[1])
}

/// The region that overlaps `near` most, if any does.
fn nearest(regions: &[Roi], near: &Roi) -> Option<Roi> {
    let best = regions
        .iter()
        .max_by(|a, b| a.overlap(near).total_cmp(&b.overlap(near)))?;
    (best.overlap(near) > 0.0).then_some(*best)
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
