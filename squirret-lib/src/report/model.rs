//! What a report says.

use serde::Serialize;

use crate::{
    UnixMillis,
    coach::{Set, StageSource, Trend},
    feedback::Status,
    squat::{NotCounting, View},
    verdict::{Language, Reason, Rule, Source, Unit},
};

/// A report. Serialises as the JSON that the server gives.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// What it is about: the session's id, or a recording's name.
    pub name: String,
    /// The language of its texts.
    pub language: Language,
    /// When the first workout began.
    pub start: UnixMillis,
    /// When the last repetition ended.
    pub end: UnixMillis,
    /// GOOD, BAD at fault, NO_DATA without a repetition or an assessment.
    pub status: Status,
    /// Why there is no repetition; `None` when there is one, and where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_counting: Option<NotCounting>,
    /// The same as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// In a few plain sentences.
    pub summary: String,
    /// In figures.
    pub totals: Totals,
    /// Repetitions without a rest between them.
    pub sets: Vec<Set>,
    /// Each repetition.
    pub reps: Vec<RepRow>,
    /// How the weight was shared; `None` without voltages of both feet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// What was assessed, the most frequent fault first.
    pub faults: Vec<FaultRow>,
    /// What was never assessed, and why.
    pub not_assessed: Vec<MissingRow>,
    /// What to practise, the most important first.
    pub practise: Vec<String>,
    /// Against the same person's workouts before; `None` when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// The whole in figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Totals {
    /// Workouts in the session: each `start` of the app begins one.
    pub workouts: usize,
    /// Repetitions.
    pub reps: u32,
    /// Repetitions in which something was assessed and nothing at fault.
    pub clean_reps: u32,
    /// Mean score, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Mean depth of the repetitions whose depth was assessed: 0 standing, 1 thighs parallel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<f64>,
    /// Mean seconds going down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descent_seconds: Option<f64>,
    /// Mean seconds coming up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ascent_seconds: Option<f64>,
    /// How the score changed from the first third to the last.
    pub score_trend: Trend,
    /// How the depth changed.
    pub depth_trend: Trend,
}

/// One repetition.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RepRow {
    /// Its workout: 1, 2, 3 …
    pub workout: usize,
    /// Its number there: 1, 2, 3 …
    pub number: u32,
    /// GOOD, BAD at fault, NO_DATA when nothing was assessed.
    pub status: Status,
    /// Start of the descent.
    pub start: UnixMillis,
    /// Back at standing.
    pub end: UnixMillis,
    /// 0 to 100.
    pub score: f64,
    /// 0 standing, 1 thighs parallel. Without a verdict on the depth ([`depth_is_assessed`](Self::depth_is_assessed))
    /// it is an estimate from the load, and not shown to people.
    pub depth: f64,
    /// Seconds going down.
    pub descent_seconds: f64,
    /// Seconds at the bottom.
    pub bottom_seconds: f64,
    /// Seconds coming up.
    pub ascent_seconds: f64,
    /// Largest knee flexion, degrees from straight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee_flexion: Option<f64>,
    /// Mean part of the left foot in the load, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_load: Option<f64>,
    /// Largest difference of the feet's loads, per cent of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_left_right: Option<f64>,
    /// Lowest share of the heels, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest_heel: Option<f64>,
    /// Path of the centre of pressure: per cent of the foot's length from the heel, of its width from the medial side.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<[f64; 2]>,
    /// From where the camera saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What told where it began and ended.
    pub source: StageSource,
    /// What was at fault; each topic among them costs points.
    pub faults: Vec<Rule>,
    /// What was nearly at fault: it costs a third of a fault's points.
    pub warnings: Vec<Rule>,
    /// What was not assessed.
    pub not_assessed: Vec<Rule>,
}

impl RepRow {
    /// Whether a camera measured the depth well enough to judge it.
    #[must_use]
    pub fn depth_is_assessed(&self) -> bool {
        !self.not_assessed.contains(&Rule::Depth)
    }
}

/// How the weight was shared over all repetitions.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Balance {
    /// Mean part of the left foot, per cent.
    pub left_load: f64,
    /// Largest difference of the feet for a moment, per cent of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_left_right: Option<f64>,
    /// Repetitions that it rests on.
    pub reps: usize,
}

/// The worst that was measured of a fault.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultEvidence {
    /// In which workout.
    pub workout: usize,
    /// In which repetition of it.
    pub rep: u32,
    /// The fault in the report's language, with its direction and unit.
    pub text: String,
    /// What was measured, in `unit`.
    pub value: f64,
    /// What it was held against, in `unit`.
    pub threshold: f64,
    /// The unit of both.
    pub unit: Unit,
    /// Whose data it rests on.
    pub source: Source,
    /// How far to trust it, 0 to 1.
    pub confidence: f64,
}

/// One rule that was assessed.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultRow {
    /// Which.
    pub rule: Rule,
    /// Its name in the report's language.
    pub title: &'static str,
    /// Repetitions in which it was at fault.
    pub faults: u32,
    /// Repetitions in which it was assessed.
    pub assessed: u32,
    /// The worst measure; `None` when it was never at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<FaultEvidence>,
}

/// One rule that was never assessed.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MissingRow {
    /// Which.
    pub rule: Rule,
    /// Its name in the report's language.
    pub title: &'static str,
    /// The reason that was given most often.
    pub reason: Reason,
    /// The reason in the report's language.
    pub why: &'static str,
}

/// Against the workouts before.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Comparison {
    /// The workouts, newest first.
    pub earlier: Vec<Earlier>,
    /// Mean score now less their mean score; `None` when either is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_change: Option<f64>,
    /// Mean depth now less theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth_change: Option<f64>,
    /// In a plain sentence.
    pub text: String,
}

/// An earlier workout.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Earlier {
    /// When it began.
    pub start: UnixMillis,
    /// Repetitions.
    pub reps: u32,
    /// Those with nothing at fault.
    pub clean_reps: u32,
    /// Mean score, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Mean depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<f64>,
}
