//! A manifest: how a pose network of the user's own is fed and read, in TOML.

mod check;
mod names;
mod raw;

pub(super) use names::Slot;

use super::{Crop, Landmark};
use serde::Deserialize;

/// How a network is fed and what its outputs mean; read from TOML and checked. `docs/models.md` explains each key.
///
/// ```
/// use squirret::pose::Manifest;
/// let manifest = Manifest::parse(r#"
///     [input]
///     size = [192, 256]
///     layout = "nchw"
///     mean = [123.675, 116.28, 103.53]
///     std = [58.395, 57.12, 57.375]
///
///     [output]
///     kind = "simcc"
///     x = "simcc_x"
///     y = "simcc_y"
///
///     [keypoints]
///     names = "coco17"
/// "#)?;
/// assert_eq!(manifest.input_shape(), [1, 3, 256, 192]);
///
/// let error = Manifest::parse("input = { size = [192, -1] }").unwrap_err();
/// assert!(error.to_string().contains("missing field"));
/// # Ok::<(), squirret::pose::ManifestError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Manifest {
    pub(super) crop: Crop,
    pub(super) planar: bool,
    pub(super) policy: Policy,
    /// Half a side of the region over the farthest seen point from the hips' midpoint.
    pub(super) margin: f32,
    pub(super) head: HeadFormat,
    /// Where the score of the person stands; without it, it is the mean of shoulders and hips.
    pub(super) person: Option<(OutputRef, Scores)>,
    /// Where points in metres stand.
    pub(super) world: Option<OutputRef>,
    pub(super) slots: Vec<Slot>,
    pub(super) min_score: f32,
}

/// Where a network looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Policy {
    /// At the whole picture, always.
    Whole,
    /// At the whole picture until it finds somebody, then at a square around them.
    #[default]
    Follow,
    /// Where BlazePose's detector finds somebody, then at a square around them.
    Detector,
}

/// An output of a network: by its name, or by its place, from 0.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OutputRef {
    Index(usize),
    Name(String),
}

impl std::fmt::Display for OutputRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index(index) => write!(f, "number {index}"),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// What a number of a point is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    X,
    Y,
    Z,
    Score,
    /// How likely the point lies in the picture.
    Presence,
    Unused,
}

/// How a network tells where its points are.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum HeadFormat {
    /// As numbers, point by point.
    Points {
        output: OutputRef,
        order: Vec<Part>,
        /// Px of the input instead of fractions of its sides.
        in_pixels: bool,
        scores: Scores,
    },
    /// As a map of each point, brightest where it is.
    Heatmaps {
        output: OutputRef,
        /// Points come behind rows and columns.
        points_last: bool,
        scores: Scores,
    },
    /// As a row of classes for x and one for y of each point (Li et al. 2022).
    SimCc {
        x: OutputRef,
        y: OutputRef,
        scores: Scores,
    },
    /// As a list of people, each with a box, a score and points in px of the input (YOLO-pose).
    Yolo { output: OutputRef, scores: Scores },
}

/// Whether a score is a probability already, or becomes one by the logistic function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scores {
    Probability,
    Logit,
}

impl Scores {
    /// 0 to 1.
    pub(super) fn probability(self, raw: f32) -> f32 {
        match self {
            Self::Probability => raw.clamp(0.0, 1.0),
            Self::Logit => 1.0 / (1.0 + (-raw).exp()),
        }
    }
}

/// Why a manifest cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not TOML, or with a key that is unknown, missing or of another type.
    #[error("{detail}")]
    Syntax {
        /// Where and why.
        detail: String,
    },
    /// A key breaks a rule.
    #[error("{field} {rule}")]
    Field {
        /// Which, e.g. `input.size`.
        field: String,
        /// What must hold.
        rule: String,
    },
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`ManifestError`], which names the key and its rule.
    pub fn parse(toml: &str) -> Result<Self, ManifestError> {
        let raw = toml::from_str(toml).map_err(|error| ManifestError::Syntax {
            detail: error.to_string().trim_end().to_owned(),
        })?;
        check::check(raw)
    }

    /// The one of MoveNet Lightning or Thunder (single pose), for an input of `side` px.
    #[must_use]
    pub(super) fn movenet(side: usize) -> Self {
        Self {
            crop: Crop::new(side, 0.0, 255.0, super::Border::Black),
            planar: false,
            policy: Policy::Follow,
            margin: check::MARGIN,
            head: HeadFormat::Points {
                output: OutputRef::Index(0),
                order: vec![Part::Y, Part::X, Part::Score],
                in_pixels: false,
                scores: Scores::Probability,
            },
            person: None,
            world: None,
            slots: names::set("coco17").unwrap_or_default(),
            min_score: check::MIN_SCORE,
        }
    }

    /// Where the network looks.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// Compares with the sizes that a network declares for its input, `None` for those that it leaves open.
    pub(super) fn check_input(&self, declared: &[Option<usize>]) -> Result<(), String> {
        let wanted = self.input_shape();
        let contradicts = |shape: [usize; 4]| {
            declared.len() == shape.len()
                && declared
                    .iter()
                    .zip(shape)
                    .any(|(size, wanted)| size.is_some_and(|size| size != wanted))
        };
        if !contradicts(wanted) {
            return Ok(());
        }
        let text: Vec<String> = declared
            .iter()
            .map(|size| size.map_or("?".to_owned(), |size| size.to_string()))
            .collect();
        let text = text.join(", ");
        let [width, height] = self.crop.size();
        let other = if self.planar {
            [1, height, width, 3]
        } else {
            [1, 3, height, width]
        };
        if !contradicts(other) {
            let [said, has] = if self.planar {
                ["nchw", "nhwc"]
            } else {
                ["nhwc", "nchw"]
            };
            return Err(format!(
                "input.layout of its manifest is {said:?}, but the network takes [{text}], which is {has:?}"
            ));
        }
        let own = match (declared, self.planar) {
            ([_, _, Some(height), Some(width)], true)
            | ([_, Some(height), Some(width), _], false) => {
                format!("[{width}, {height}], as the network takes [{text}]")
            }
            _ => format!("as the network has it, which takes [{text}]"),
        };
        Err(format!(
            "input.size of its manifest is [{width}, {height}], but must be {own}"
        ))
    }

    /// Sizes of the network's input.
    #[must_use]
    pub const fn input_shape(&self) -> [usize; 4] {
        let [width, height] = self.crop.size();
        if self.planar {
            [1, 3, height, width]
        } else {
            [1, height, width, 3]
        }
    }

    /// Points of the skeleton that the network knows.
    pub fn landmarks(&self) -> impl Iterator<Item = Landmark> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Landmark(landmark) => Some(*landmark),
            _ => None,
        })
    }
}
