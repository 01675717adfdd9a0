//! The words that every part of the engine judges with: rules, marks, verdicts with their evidence.

use serde::{Deserialize, Serialize};

/// The language of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Language {
    /// Korean, the default.
    #[default]
    Ko,
    /// English.
    En,
}

/// A body part's state as the wire knows it: `good`, `bad`, or `null` for "not assessed".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "the wire knows these three and no more"
)]
pub enum Mark {
    /// Assessed, and in order.
    Good,
    /// Assessed, and at fault.
    Bad,
    /// Not assessed.
    #[default]
    Null,
}

/// What a verdict judges. The names are the wire's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// Insole: share of the forefoot.
    FrontShare,
    /// Insole: share of the medial sensors.
    InnerShare,
    /// Insole: share of the lateral sensors.
    OuterShare,
    /// Insole: share of the heel.
    HeelShare,
    /// Insole: share of the rearfoot (the seed's `rear`).
    RearShare,
    /// Insole: difference between the medial and lateral shares.
    InnerOuterDiff,
    /// Insole: difference between the feet.
    LeftRightDiff,
    /// Insole: centre of pressure too far forward.
    CopForward,
    /// Insole or camera: the heel lifts.
    HeelLift,
    /// Camera: depth at the bottom.
    Depth,
    /// Camera: the knees fall in (separation of knees over ankles).
    KneeSeparation,
    /// Camera: frontal plane projection angle of the knee.
    KneeProjectionAngle,
    /// Camera: the trunk leans further than the shank.
    TrunkLean,
    /// Camera: the trunk leans sideways.
    TrunkSideways,
    /// Camera: the hips shift sideways.
    HipShift,
    /// Camera: the back rounds (shoulder–hip shortening).
    BackRounding,
    /// Camera: the descent is too fast.
    DescentTempo,
    /// Camera: left and right sides differ in height.
    SideDifference,
}

impl Rule {
    /// Every rule, in the order of declaration; `as usize` is the index.
    pub const ALL: [Self; 18] = [
        Self::FrontShare,
        Self::InnerShare,
        Self::OuterShare,
        Self::HeelShare,
        Self::RearShare,
        Self::InnerOuterDiff,
        Self::LeftRightDiff,
        Self::CopForward,
        Self::HeelLift,
        Self::Depth,
        Self::KneeSeparation,
        Self::KneeProjectionAngle,
        Self::TrunkLean,
        Self::TrunkSideways,
        Self::HipShift,
        Self::BackRounding,
        Self::DescentTempo,
        Self::SideDifference,
    ];
}

/// Why something was not assessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No data of that source in the window.
    NoData,
    /// The camera's view does not show it.
    View,
    /// The points it needs are not visible enough.
    NotVisible,
    /// It needs a standing baseline that is not there yet.
    NoBaseline,
    /// It is judged only in another stage of the squat.
    Stage,
    /// The sensors it needs are dead or unloaded.
    Sensor,
    /// The skeleton has no points for it.
    Skeleton,
    /// The points shake by as much as the difference that is looked for, or the measure is too coarse for it.
    Noise,
    /// The picture lies on its side or upside down: the phone must be turned.
    PhoneTurned,
}

/// How a rule came out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "assessment", content = "reason")]
#[expect(clippy::exhaustive_enums, reason = "callers must handle each of these")]
pub enum Assessment {
    /// In order.
    Good,
    /// Not yet a fault.
    Warning,
    /// A fault.
    Bad,
    /// Not judged, and why.
    NotAssessed(Reason),
}

/// The unit of a verdict's value and threshold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Per cent.
    Percent,
    /// Degrees.
    Degrees,
    /// Seconds.
    Seconds,
    /// A ratio without unit.
    Ratio,
}

/// Whose data a verdict rests on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// The insoles.
    Insole,
    /// The camera.
    Camera,
    /// Both.
    Both,
}

/// One judgement with its evidence.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Verdict {
    /// What was judged.
    pub rule: Rule,
    /// How it came out.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// What was measured, in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What it was held against, in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The unit of both.
    pub unit: Unit,
    /// Whose data it rests on.
    pub source: Source,
    /// How far to trust it, 0 to 1.
    pub confidence: f64,
    /// Another source judged the same otherwise and is believed instead: this one is told, but does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overruled: bool,
}

impl Verdict {
    /// A judgement of `rule`.
    #[must_use]
    pub const fn new(rule: Rule, assessment: Assessment, unit: Unit, source: Source) -> Self {
        Self {
            rule,
            assessment,
            value: None,
            threshold: None,
            unit,
            source,
            confidence: 1.0,
            overruled: false,
        }
    }

    /// The same with what was measured and what it was held against.
    #[must_use]
    pub const fn with_evidence(mut self, value: f64, threshold: f64, confidence: f64) -> Self {
        self.value = Some(value);
        self.threshold = Some(threshold);
        self.confidence = confidence;
        self
    }

    /// Whether it is a fault that counts.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(self.assessment, Assessment::Bad) && !self.overruled
    }

    /// Whether something was measured and held against a threshold.
    #[must_use]
    pub const fn is_assessed(&self) -> bool {
        !matches!(self.assessment, Assessment::NotAssessed(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_stands_at_its_own_index() {
        for (index, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, index);
        }
    }
}
