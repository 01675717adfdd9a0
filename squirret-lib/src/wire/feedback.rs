//! What the insoles and the AI say: snapshot, feedback, both together.

use crate::{
    Stage, UnixMillis,
    feedback::{AiStatus, CombinedFeedback, FsrFeedback, Status},
    fsr::{Divider, LeftRightBasis, Sample, Side},
    squat::NotCounting,
    verdict::{Language, Verdict},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// `GET /api/fsr_data/latest`, and each message of the insole stream: both feet, complete in itself.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    left: Option<FootView>,
    right: Option<FootView>,
}

impl Snapshot {
    /// Of the newest sample of each foot; a foot without one is null.
    #[must_use]
    pub fn new(left: Option<&Sample>, right: Option<&Sample>, now: UnixMillis) -> Self {
        let view = |sample: Option<&Sample>| sample.map(|sample| FootView::new(sample, now));
        Self {
            left: view(left),
            right: view(right),
        }
    }
}

/// One foot of a snapshot.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct FootView {
    side: Side,
    ratio1: f64,
    ratio2: f64,
    ratio3: f64,
    ratio4: f64,
    ratio5: f64,
    ratio6: f64,
    /// Relative force of the whole foot, known when the sample has voltages: to be compared with the other foot's, or
    /// with another moment's, and not calibrated.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<f64>,
    /// Epoch seconds.
    ts: f64,
    #[serde(rename = "ageMs")]
    age_ms: i64,
}

impl FootView {
    /// Of this sample.
    #[must_use]
    pub fn new(sample: &Sample, now: UnixMillis) -> Self {
        let [ratio1, ratio2, ratio3, ratio4, ratio5, ratio6] = sample.ratios;
        Self {
            side: sample.side,
            ratio1,
            ratio2,
            ratio3,
            ratio4,
            ratio5,
            ratio6,
            load: sample.voltages.map(|volts| {
                let force: f64 = Divider::default().forces(&volts).iter().sum();
                rounded(force, LOAD_PER_UNIT)
            }),
            ts: seconds(sample.at),
            // A sample of a clock that runs ahead is new, not of negative age.
            age_ms: now.since(sample.at).max(0),
        }
    }
}

/// A sensor's noise is larger than a thousandth.
const LOAD_PER_UNIT: f64 = 1e3;

/// Epoch seconds with milliseconds.
pub(super) fn seconds(at: UnixMillis) -> f64 {
    at.0 as f64 / 1e3
}

/// The members of a struct of numbers that are known and finite, each rounded to `1 / per_unit`: clients decode them
/// as a dictionary of doubles that takes no null.
pub(super) fn known(numbers: &impl Serialize, per_unit: f64) -> Map<String, Value> {
    let Ok(Value::Object(members)) = serde_json::to_value(numbers) else {
        return Map::new();
    };
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name, Value::from(rounded(value.as_f64()?, per_unit)))))
        .collect()
}

/// To the nearest `1 / per_unit`; what cannot be rounded stays.
pub(super) fn rounded(value: f64, per_unit: f64) -> f64 {
    let rounded = (value * per_unit).round() / per_unit;
    // `+ 0.0` turns −0 into 0.
    if rounded.is_finite() {
        rounded + 0.0
    } else {
        value
    }
}

/// Metrics keep the ten-thousandths that the rules judge.
const METRICS_PER_UNIT: f64 = 1e4;

/// `GET /api/fsr_data/feedback`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FeedbackView<'a> {
    stage: Stage,
    status: Status,
    feedback: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_right_basis: Option<LeftRightBasis>,
    #[serde(skip_serializing_if = "<[Verdict]>::is_empty")]
    verdicts: &'a [Verdict],
    #[serde(skip_serializing_if = "Option::is_none")]
    not_counting: Option<NotCounting>,
    /// `not_counting` as a sentence, in the language of `feedback`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl<'a> FeedbackView<'a> {
    /// Of this feedback, which is in `language`.
    #[must_use]
    pub fn new(feedback: &'a FsrFeedback, language: Language) -> Self {
        Self {
            not_counting: feedback.not_counting,
            reason: feedback.not_counting.map(|reason| reason.explain(language)),
            stage: feedback.stage,
            status: feedback.status,
            feedback: &feedback.feedback,
            metrics: feedback
                .metrics
                .as_ref()
                .map(|metrics| known(metrics, METRICS_PER_UNIT)),
            left_right_basis: feedback.left_right_basis,
            verdicts: &feedback.verdicts,
        }
    }
}

/// `GET /api/fsr_data/feedback/combined`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CombinedView<'a> {
    ai: AiView<'a>,
    fsr: FeedbackView<'a>,
    overall_messages: &'a [String],
}

#[derive(Debug, Serialize)]
struct AiView<'a> {
    status: Status,
    raw: AiStatus,
    messages: &'a [String],
}

impl<'a> CombinedView<'a> {
    /// Of this feedback, which is in `language`.
    #[must_use]
    pub fn new(combined: &'a CombinedFeedback, language: Language) -> Self {
        Self {
            ai: AiView {
                status: combined.ai.status,
                raw: combined.ai.raw,
                messages: &combined.ai.messages,
            },
            fsr: FeedbackView::new(&combined.fsr, language),
            overall_messages: &combined.overall_messages,
        }
    }
}
