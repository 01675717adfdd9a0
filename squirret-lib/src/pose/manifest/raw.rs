//! The shape of a manifest as it is written. What is not known is refused by name; what may stand where is checked
//! by [`super::check`].

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawManifest {
    pub(super) input: RawInput,
    #[serde(default)]
    pub(super) region: RawRegion,
    pub(super) output: RawOutput,
    pub(super) keypoints: RawKeypoints,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInput {
    pub(super) size: [i64; 2],
    #[serde(default)]
    pub(super) layout: RawLayout,
    #[serde(default)]
    pub(super) colours: RawColours,
    pub(super) range: Option<[f32; 2]>,
    pub(super) mean: Option<[f32; 3]>,
    pub(super) std: Option<[f32; 3]>,
    #[serde(default)]
    pub(super) border: RawBorder,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawLayout {
    #[default]
    Nhwc,
    Nchw,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawColours {
    #[default]
    Rgb,
    Bgr,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawBorder {
    #[default]
    Black,
    Edge,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRegion {
    #[serde(default)]
    pub(super) policy: super::Policy,
    pub(super) margin: Option<f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutput {
    pub(super) kind: RawKind,
    pub(super) points: Option<super::OutputRef>,
    pub(super) order: Option<Vec<String>>,
    pub(super) units: Option<RawUnits>,
    pub(super) heatmaps: Option<super::OutputRef>,
    pub(super) layout: Option<RawMapLayout>,
    pub(super) x: Option<super::OutputRef>,
    pub(super) y: Option<super::OutputRef>,
    pub(super) people: Option<super::OutputRef>,
    #[serde(default)]
    pub(super) scores: RawScores,
    pub(super) person: Option<super::OutputRef>,
    #[serde(default)]
    pub(super) person_scores: RawScores,
    pub(super) world: Option<super::OutputRef>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawKind {
    Points,
    Heatmaps,
    Simcc,
    Yolo,
}

impl RawKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Heatmaps => "heatmaps",
            Self::Simcc => "simcc",
            Self::Yolo => "yolo",
        }
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawUnits {
    Fraction,
    Pixels,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawMapLayout {
    Nkhw,
    Nhwk,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawScores {
    #[default]
    Probability,
    Logit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeypoints {
    pub(super) names: RawNames,
    pub(super) min_score: Option<f32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawNames {
    Set(String),
    List(Vec<String>),
}
