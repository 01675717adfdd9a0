//! A workout: sets split by rests, totals, the best and the worst, how it changed.
//!
//! [`Workout`] is what reports and stores read; it is plain data with serde. [`WorkoutAccumulator`] keeps its account in bounded
//! memory while the workout runs.

mod tally;
mod words;

pub use tally::{MAX_PATH, MAX_REPS, WorkoutAccumulator};

use serde::{Deserialize, Serialize};

use super::StageSource;
use crate::{
    UnixMillis,
    feedback::Status,
    squat::NotCounting,
    verdict::{Reason, Rule, Source, Unit},
};

/// A repetition in short.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RepSummary {
    /// 1, 2, 3 …
    pub number: u32,
    /// Seconds from the start of the workout to the start of the descent.
    pub start_seconds: f64,
    /// Seconds from the start of the workout to the end of the repetition.
    pub at_seconds: f64,
    /// 0 to 100.
    pub score: f64,
    /// 0 standing, 1 thigh parallel; may pass 1.
    pub depth: f64,
    /// Largest knee flexion, degrees from straight; `None` where no camera saw it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub knee_flexion: Option<f64>,
    /// Seconds going down.
    pub descent_seconds: f64,
    /// Seconds at the bottom.
    pub bottom_seconds: f64,
    /// Seconds coming up.
    pub ascent_seconds: f64,
    /// What told where it began and ended.
    pub source: StageSource,
    /// The left foot's mean part of the load, 0 to 100; `None` without voltages of both feet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_load: Option<f64>,
    /// Largest difference of the feet's loads for a moment, per cent of both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peak_left_right: Option<f64>,
    /// Lowest share of the heels for a moment, per cent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowest_heel: Option<f64>,
    /// Path of the centre of pressure between the feet, evenly in time: per cent of the foot's length from the heel,
    /// per cent of its width from the medial side. At most [`MAX_PATH`] points.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub path: Vec<[f64; 2]>,
    /// What was at fault.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub faults: Vec<Rule>,
    /// What was not yet a fault.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<Rule>,
    /// What was assessed, whatever came out.
    pub assessed: Vec<Rule>,
}

impl RepSummary {
    /// Whether something was assessed and nothing was at fault.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.faults.is_empty() && !self.assessed.is_empty()
    }
}

/// Repetitions without a rest between them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Set {
    /// 1, 2, 3 …
    pub number: u32,
    /// Its repetitions.
    pub reps: Vec<RepSummary>,
    /// Mean score, 0 to 100.
    pub score: f64,
    /// Rest before it in seconds; 0 for the first.
    pub rest_seconds: f64,
    /// From the start of its first repetition to the end of its last, seconds.
    pub seconds: f64,
}

/// The worst that was measured of a rule that was at fault.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Evidence {
    /// In which repetition.
    pub rep: u32,
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

/// How often a rule was at fault.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultCount {
    /// Which.
    pub rule: Rule,
    /// Repetitions in which it was a fault.
    pub faults: u32,
    /// Repetitions in which it was assessed.
    pub assessed: u32,
    /// The worst of the faults; `None` without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub worst: Option<Evidence>,
}

/// A rule that was never assessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotAssessed {
    /// Which.
    pub rule: Rule,
    /// Why, the last time.
    pub reason: Reason,
}

/// How a number changed over the workout.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trend {
    /// The last third is better than the first.
    Better,
    /// They are alike, or there are fewer than six repetitions.
    Steady,
    /// The last third is worse than the first.
    Worse,
}

/// What a workout came to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Workout {
    /// When it began.
    pub start: UnixMillis,
    /// When the last repetition ended, or it was stopped.
    pub end: UnixMillis,
    /// All repetitions.
    pub reps: u32,
    /// Those without a fault, of those in which something was assessed.
    pub clean_reps: u32,
    /// Mean score, 0 to 100; `None` without repetitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// Mean depth, 0 to 1; `None` without repetitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub depth: Option<f64>,
    /// Mean part of the left foot in the load, 0 to 100; `None` when it was never known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_load: Option<f64>,
    /// The repetition with the highest score, the first of equals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub best: Option<RepSummary>,
    /// The repetition with the lowest score, the last of equals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub worst: Option<RepSummary>,
    /// How the score changed; better is higher.
    pub score_trend: Trend,
    /// How the depth changed; better is deeper.
    pub depth_trend: Trend,
    /// How evenly the feet were loaded; better is evener.
    pub balance_trend: Trend,
    /// The sets, without repetitions beyond the 256th.
    pub sets: Vec<Set>,
    /// What was assessed: the most frequent faults first, then what was never at fault.
    pub faults: Vec<FaultCount>,
    /// What was never assessed, and why.
    pub not_assessed: Vec<NotAssessed>,
    /// Why there is no repetition; `None` when there is one, and where it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_counting: Option<NotCounting>,
}

impl Workout {
    /// A workout of `at` for which neither a sample nor a frame arrived.
    #[must_use]
    pub fn without_input(at: UnixMillis) -> Self {
        Self {
            not_counting: Some(NotCounting::NoInput),
            ..WorkoutAccumulator::new(at).workout(0)
        }
    }

    /// GOOD when something was assessed and nothing at fault, BAD when something was at fault, NO_DATA when there is no
    /// repetition or nothing was assessed. The tempo is reported, but is no fault of form.
    #[must_use]
    pub fn status(&self) -> Status {
        let is_fault = |count: &FaultCount| count.faults > 0 && count.rule != Rule::DescentTempo;
        if self.faults.iter().any(is_fault) {
            Status::Bad
        } else if self.faults.iter().any(|count| count.assessed > 0) {
            Status::Good
        } else {
            Status::NoData
        }
    }

    /// Every repetition that was kept, in order.
    pub fn all_reps(&self) -> impl Iterator<Item = &RepSummary> {
        self.sets.iter().flat_map(|set| &set.reps)
    }
}
