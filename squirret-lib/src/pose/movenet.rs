//! MoveNet Lightning (single pose): one small network, 17 points without feet. It looks at the whole picture first
//! and then at a square around the person.

use super::Landmark::{
    self, LeftAnkle, LeftEar, LeftElbow, LeftEye, LeftHip, LeftKnee, LeftShoulder, LeftWrist, Nose,
    RightAnkle, RightEar, RightElbow, RightEye, RightHip, RightKnee, RightShoulder, RightWrist,
};
use super::{
    Border, Crop, EstimateError, Keypoint, ModelError, Pose, PoseEstimator, RgbImage, Roi, Track,
    runner::Network, track,
};
use crate::UnixMillis;

/// COCO's 17 points in the order of the output.
const POINTS: [Landmark; 17] = [
    Nose,
    LeftEye,
    RightEye,
    LeftEar,
    RightEar,
    LeftShoulder,
    RightShoulder,
    LeftElbow,
    RightElbow,
    LeftWrist,
    RightWrist,
    LeftHip,
    RightHip,
    LeftKnee,
    RightKnee,
    LeftAnkle,
    RightAnkle,
];
/// Shoulders and hips: without them there is no person.
const TORSO: [usize; 4] = [5, 6, 11, 12];
const HIPS: [usize; 2] = [11, 12];
/// Least mean score of the torso, and least score of a point that counts for the square (as the model's makers do).
const MIN_SCORE: f32 = 0.2;
/// Half a side of the square over the farthest torso point and over the farthest point from the hips' midpoint.
const TORSO_REACH: f32 = 1.9;
const BODY_REACH: f32 = 1.2;

/// MoveNet on tract.
#[derive(Debug)]
pub struct MoveNet {
    network: Network,
    crop: Crop,
}

/// A point in px of the picture, and its score.
type Found = [(f32, f32, f32); 17];

impl MoveNet {
    /// Loads the network from ONNX bytes; `name` is what the wire tells, e.g. `movenet-lightning`.
    ///
    /// # Errors
    /// [`ModelError::Load`] when it cannot be read or has other inputs and outputs than MoveNet has.
    pub fn from_onnx(name: &str, onnx: &[u8]) -> Result<Self, ModelError> {
        let network = Network::load(name, onnx)?;
        let refuse = |detail| {
            Err(ModelError::Load {
                name: name.to_owned(),
                detail,
            })
        };
        let &[1, height, width, 3] = network.input() else {
            return refuse(format!(
                "its input is {:?} instead of [1, side, side, 3]",
                network.input()
            ));
        };
        let numbers: Vec<usize> = network
            .outputs()
            .iter()
            .map(|shape| shape.iter().product())
            .collect();
        if height != width || numbers != [POINTS.len() * 3] {
            return refuse(format!(
                "its output is {:?} instead of 17 points",
                network.outputs()
            ));
        }
        Ok(Self {
            crop: Crop::new(width, 0.0, 255.0, Border::Black),
            network,
        })
    }

    /// The points in `roi`, `None` when it shows nobody.
    fn locate(&self, image: RgbImage<'_>, roi: &Roi) -> Result<Option<Found>, EstimateError> {
        let found = self.network.run(
            |input| self.crop.sample(image, roi, input),
            |outputs| decode(outputs.first().copied().unwrap_or_default(), roi),
        )?;
        Ok(found.filter(|found| torso_score(found) >= MIN_SCORE))
    }
}

fn decode(output: &[f32], roi: &Roi) -> Option<Found> {
    let mut found = [(0.0, 0.0, 0.0); 17];
    for (found, raw) in found.iter_mut().zip(output.chunks_exact(3)) {
        let [y, x, score] = *raw.first_chunk()?;
        if !(y.is_finite() && x.is_finite() && score.is_finite()) {
            return None;
        }
        let [x, y] = roi.to_picture(x, y);
        *found = (x, y, score.clamp(0.0, 1.0));
    }
    Some(found)
}

fn torso_score(found: &Found) -> f32 {
    TORSO.iter().map(|i| found[*i].2).sum::<f32>() / TORSO.len() as f32
}

/// The hips' midpoint and a point as far above it as the square around the person reaches.
fn alignment(found: &Found) -> [[f32; 2]; 2] {
    let [left, right] = HIPS.map(|i| found[i]);
    let hips = [(left.0 + right.0) / 2.0, (left.1 + right.1) / 2.0];
    let reach = |(x, y, score): (f32, f32, f32)| {
        let distance = (x - hips[0]).abs().max((y - hips[1]).abs());
        if score >= MIN_SCORE { distance } else { 0.0 }
    };
    let torso = TORSO.iter().map(|i| reach(found[*i])).fold(0.0, f32::max);
    let body = found.iter().copied().map(reach).fold(0.0, f32::max);
    let half = (torso * TORSO_REACH).max(body * BODY_REACH);
    [hips, [hips[0], hips[1] - half]]
}

/// An upright square of the picture around the person.
fn square([hips, extent]: [[f32; 2]; 2]) -> Option<Roi> {
    let size = 2.0 * (hips[1] - extent[1]);
    (size.is_finite() && size >= 1.0).then_some(Roi {
        x: hips[0],
        y: hips[1],
        size,
        rotation: 0.0,
    })
}

impl PoseEstimator for MoveNet {
    fn estimate(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        track.begin(image.whole(), at);
        let whole = Roi::letterbox(image);
        let mut found = match track.region() {
            Some(roi) => self.locate(image, &roi)?,
            None => None,
        };
        if found.is_none() {
            found = self.locate(image, &whole)?;
        }
        let Some(found) = found else {
            track.lose();
            return Ok(None);
        };
        let mut points = [Keypoint::default(); 33];
        for (landmark, (x, y, score)) in POINTS.into_iter().zip(found) {
            points[landmark as usize] = Keypoint {
                x,
                y,
                z: 0.0,
                visibility: score,
            };
        }
        let mut alignment = alignment(&found);
        track.smooth(&mut points, None, &mut alignment);
        track.follow(square(alignment));
        Ok(Some(track::pose(points, None, torso_score(&found), image)))
    }

    fn model(&self) -> &str {
        self.network.model()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Found {
        let mut found = [(50.0, 50.0, 0.9); 17];
        found[5] = (45.0, 30.0, 0.9);
        found[0] = (50.0, 20.0, 0.9);
        found[15] = (48.0, 95.0, 0.9);
        found
    }

    #[test]
    fn the_square_reaches_beyond_the_farthest_point() {
        let roi = square(alignment(&standing())).unwrap();
        assert_eq!(
            (roi.x, roi.y, roi.size),
            (50.0, 50.0, 2.0 * 45.0 * BODY_REACH)
        );
    }

    #[test]
    fn points_that_are_not_seen_do_not_stretch_the_square() {
        let mut found = standing();
        found[15] = (48.0, 500.0, 0.1);
        let roi = square(alignment(&found)).unwrap();
        assert_eq!(roi.size, 2.0 * 20.0 * TORSO_REACH);
    }

    #[test]
    fn outputs_are_row_column_score() {
        let mut output = [0.5; 51];
        output[..3].copy_from_slice(&[0.25, 0.75, 2.0]);
        let roi = Roi {
            x: 50.0,
            y: 50.0,
            size: 100.0,
            rotation: 0.0,
        };
        let found = decode(&output, &roi).unwrap();
        assert_eq!(found[0], (75.0, 25.0, 1.0));
        output[4] = f32::NAN;
        assert_eq!(decode(&output, &roi), None);
    }
}
