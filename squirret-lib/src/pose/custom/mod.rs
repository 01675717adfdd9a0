//! A pose network that a manifest describes.

mod head;

use super::blazepose::Detector;
use super::follow::{self, Located, Locator, PersonDetector};
use super::manifest::{Manifest, OutputRef, Policy, Scores, Slot};
use super::track::People;
use super::{
    EstimateError, Keypoint, Landmark, ModelError, Pose, PoseEstimator, RgbImage, Roi, Track,
    WorldPoint, runner::Network,
};
use crate::UnixMillis;
use head::HeadReader;

/// Shoulders and hips: without them there is no person.
const TORSO: [Landmark; 4] = [
    Landmark::LeftShoulder,
    Landmark::RightShoulder,
    Landmark::LeftHip,
    Landmark::RightHip,
];
/// Half a side of the square over the farthest torso point from the hips' midpoint (as MoveNet's makers have it).
const TORSO_REACH: f32 = 1.9;
/// Distance of the extent from the hips over half a side of the square; see [`Roi::from_alignment`].
const EXTENT_PER_HALF: f32 = 0.8;

/// A network on tract, fed and read as its [`Manifest`] says.
///
/// ```no_run
/// use squirret::pose::{CustomPose, Manifest, PoseEstimator};
/// let manifest = Manifest::parse(&std::fs::read_to_string("rtmpose.toml")?)?;
/// let pose = CustomPose::from_onnx("rtmpose", manifest, &std::fs::read("rtmpose.onnx")?, None)?;
/// assert_eq!(pose.model(), "rtmpose");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CustomPose {
    network: Network,
    manifest: Manifest,
    reader: HeadReader,
    /// Outputs with the score of the person and the points in metres.
    person: Option<(usize, Scores)>,
    world: Option<usize>,
    start: Start,
}

/// Where a network that follows begins.
#[derive(Debug)]
enum Start {
    Whole,
    Detector(Box<Detector>),
}

impl PersonDetector for Start {
    fn find(&self, image: RgbImage<'_>) -> Result<People, EstimateError> {
        match self {
            Self::Whole => Ok(std::iter::once(Roi::letterbox(image)).collect()),
            Self::Detector(detector) => detector.find(image),
        }
    }

    fn sees_people(&self) -> bool {
        matches!(self, Self::Detector(_))
    }
}

impl CustomPose {
    /// Loads the network from ONNX bytes; `name` is what the wire tells. Policy [`Policy::Detector`] needs BlazePose's
    /// detector besides, as ONNX bytes.
    ///
    /// # Errors
    /// [`ModelError::Load`] when it cannot be read, or its input and outputs are not as the manifest says.
    pub fn from_onnx(
        name: &str,
        manifest: Manifest,
        onnx: &[u8],
        detector: Option<&[u8]>,
    ) -> Result<Self, ModelError> {
        let declared = Network::declared_input(onnx);
        manifest
            .check_input(&declared)
            .map_err(|detail| ModelError::Load {
                name: name.to_owned(),
                detail,
            })?;
        let network = Network::load_sized(name, onnx, &manifest.input_shape())?;
        let detector = detector
            .map(|onnx| Detector::new(Network::load("blazepose-detector", onnx)?))
            .transpose()?;
        Self::new(network, manifest, detector)
    }

    /// MoveNet (single pose, Lightning or Thunder) from ONNX bytes, whose manifest is known: one small network, 17
    /// points without feet. It looks at the whole picture first and then at a square around the person.
    ///
    /// # Errors
    /// [`ModelError::Load`] when it cannot be read or has other inputs and outputs than MoveNet has.
    pub fn movenet(name: &str, onnx: &[u8]) -> Result<Self, ModelError> {
        let network = Network::load(name, onnx)?;
        let &[1, height, width, 3] = network.input() else {
            return Err(refuse(
                &network,
                "its input is no picture [1, side, side, 3]",
            ));
        };
        let manifest = Manifest::movenet(width);
        if height != width {
            return Err(refuse(&network, "its input is not a square"));
        }
        Self::new(network, manifest, None)
    }

    fn new(
        network: Network,
        manifest: Manifest,
        detector: Option<Detector>,
    ) -> Result<Self, ModelError> {
        let failed = |detail: String| refuse(&network, &detail);
        if network.input() != manifest.input_shape() {
            return Err(failed(format!(
                "its input is {:?}, but input.size and input.layout of its manifest say {:?}",
                network.input(),
                manifest.input_shape()
            )));
        }
        let reader = HeadReader::new(&manifest, &network).map_err(failed)?;
        let output = |field: &str, output: &OutputRef, numbers: usize| {
            head::output(&network, field, output, Some(numbers)).map_err(failed)
        };
        let person = match &manifest.person {
            Some((place, scores)) => Some((output("output.person", place, 1)?, *scores)),
            None => None,
        };
        let world = match &manifest.world {
            Some(place) => Some(output("output.world", place, manifest.slots.len() * 3)?),
            None => None,
        };
        let start = match (manifest.policy, detector) {
            (Policy::Detector, Some(detector)) => Start::Detector(Box::new(detector)),
            (Policy::Detector, None) => {
                return Err(failed(
                    "region.policy \"detector\" of its manifest needs blazepose-detector".into(),
                ));
            }
            _ => Start::Whole,
        };
        Ok(Self {
            network,
            manifest,
            reader,
            person,
            world,
            start,
        })
    }

    /// Returns its network, without detector.
    #[must_use]
    pub fn into_network(self) -> Network {
        self.network
    }

    /// Its network, without detector.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    fn read(&self, outputs: &[&[f32]], roi: &Roi) -> Option<Located> {
        let crop = &self.manifest.crop;
        let side = crop.side() as f32;
        let mut found = Located {
            points: [Keypoint::default(); 33],
            world: None,
            alignment: [[0.0; 2]; 2],
            inside: 0.0,
            score: 0.0,
        };
        let (person, certainty) = self.reader.person(outputs)?;
        let [mut seen, mut inside] = [0usize; 2];
        let (mut centre, mut extent) = (None, None);
        for (index, slot) in self.manifest.slots.iter().enumerate() {
            let point = self.reader.point(outputs, person, index)?;
            if ![point.x, point.y, point.z, point.score]
                .iter()
                .all(|value| value.is_finite())
            {
                return None;
            }
            let [u, v] = crop.to_region(point.x, point.y);
            let [x, y] = roi.to_picture(u, v);
            match slot {
                Slot::BodyCentre => centre = Some([x, y]),
                Slot::BodyExtent => extent = Some([x, y]),
                Slot::Unused => {}
                Slot::Landmark(landmark) => {
                    if point.score >= self.manifest.min_score {
                        seen += 1;
                        inside += usize::from([u, v].iter().all(|at| (0.0..=1.0).contains(at)));
                    }
                    found.points[*landmark as usize] = Keypoint {
                        x,
                        y,
                        z: point.z / side * roi.size,
                        visibility: point.score,
                    };
                }
            }
        }
        found.inside = inside as f32 / seen.max(1) as f32;
        found.score = match certainty {
            Some(certainty) if self.person.is_none() => certainty,
            _ => self.score(outputs, &found.points)?,
        };
        found.alignment = match (centre, extent) {
            (Some(centre), Some(extent)) => [centre, extent],
            _ => alignment(&found.points, &self.manifest),
        };
        found.world = self.metres(outputs, roi.rotation);
        Some(found)
    }

    fn score(&self, outputs: &[&[f32]], points: &[Keypoint; 33]) -> Option<f32> {
        let score = match self.person {
            Some((output, scores)) => scores.probability(*outputs.get(output)?.first()?),
            None => {
                let torso = TORSO.map(|landmark| points[landmark as usize].visibility);
                torso.iter().sum::<f32>() / torso.len() as f32
            }
        };
        score.is_finite().then_some(score)
    }

    /// Points in metres, turned back from the region's rotation.
    fn metres(&self, outputs: &[&[f32]], rotation: f32) -> Option<[WorldPoint; 33]> {
        let raw = outputs.get(self.world?)?.as_chunks::<3>().0;
        if raw.as_flattened().iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mut world = [WorldPoint::default(); 33];
        for (slot, point) in self.manifest.slots.iter().zip(raw) {
            if let Slot::Landmark(landmark) = slot {
                world[*landmark as usize] = WorldPoint::turned(*point, rotation);
            }
        }
        Some(world)
    }

    /// Whether the network wants the person upright.
    fn turns(&self) -> bool {
        self.manifest.slots.contains(&Slot::BodyExtent)
    }
}

impl Locator for CustomPose {
    fn locate(&self, image: RgbImage<'_>, roi: &Roi) -> Result<Option<Located>, EstimateError> {
        let mut roi = *roi;
        if !self.turns() {
            roi.rotation = 0.0;
        }
        let located = self.network.run(
            |input| self.manifest.crop.sample(image, &roi, input),
            |outputs| self.read(outputs, &roi),
        )?;
        Ok(located.filter(|located| located.score >= self.manifest.min_score))
    }
}

fn refuse(network: &Network, detail: &str) -> ModelError {
    ModelError::Load {
        name: network.model().to_owned(),
        detail: detail.to_owned(),
    }
}

/// The hips' midpoint and a point as far above it as the square around the seen points reaches.
fn alignment(points: &[Keypoint; 33], manifest: &Manifest) -> [[f32; 2]; 2] {
    let at = |landmark: Landmark| points[landmark as usize];
    let [left, right] = [Landmark::LeftHip, Landmark::RightHip].map(at);
    let hips = [(left.x + right.x) / 2.0, (left.y + right.y) / 2.0];
    let reach = |point: Keypoint| {
        let distance = (point.x - hips[0]).abs().max((point.y - hips[1]).abs());
        if point.visibility >= manifest.min_score {
            distance
        } else {
            0.0
        }
    };
    let torso = TORSO.map(at).map(reach).into_iter().fold(0.0, f32::max);
    let body = manifest.landmarks().map(at).map(reach).fold(0.0, f32::max);
    let half = (torso * TORSO_REACH).max(body * manifest.margin);
    [hips, [hips[0], half.mul_add(-EXTENT_PER_HALF, hips[1])]]
}

impl PoseEstimator for CustomPose {
    fn estimate(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        if self.manifest.policy != Policy::Whole {
            return follow::estimate(&self.start, self, image, track, at);
        }
        track.begin(image.whole(), at);
        let Some(located) = self.locate(image, &Roi::letterbox(image))? else {
            track.lose(at);
            return Ok(None);
        };
        Ok(Some(located.finish(image, track, false)))
    }

    fn warm_up(&self) -> Result<(), EstimateError> {
        if let Start::Detector(detector) = &self.start {
            detector.warm_up()?;
        }
        self.network.run(|input| input.fill(0.5), |_| ())
    }

    fn model(&self) -> &str {
        self.network.model()
    }
}

#[cfg(test)]
mod tests;
