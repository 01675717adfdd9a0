//! What an app is told of its frames.

use super::{
    ErrorCode,
    feedback::{known, rounded},
};
use crate::{
    Mark, Stage, Verdict,
    coach::Analysis,
    feedback::AiStatus,
    pose::{Landmark, Pose},
    squat::NotCounting,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// A ten-thousandth of a phone's picture is a tenth of a pixel.
const POINTS_PER_UNIT: f64 = 1e4;

/// A tenth of a degree, of a millisecond, of a point of score: finer than anything that was measured.
const TENTHS: f64 = 10.0;

/// One message to the app.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum FrameReply<'a> {
    /// A judged frame.
    Analysis(Box<AnalysisView<'a>>),
    /// A frame that could not be read; the connection lives.
    #[serde(rename_all = "camelCase")]
    Error {
        /// Which, if the message told.
        #[serde(skip_serializing_if = "Option::is_none")]
        frame_number: Option<u64>,
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: &'a str,
    },
    /// A frame that was not looked at.
    #[serde(rename_all = "camelCase")]
    Dropped {
        /// Which.
        frame_number: u64,
        /// Why.
        reason: DropReason,
    },
    /// How many frames a second are worth sending.
    Rate {
        /// Frames per second.
        fps: f64,
    },
}

/// Why a frame was not looked at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DropReason {
    /// A newer one came while it waited.
    Replaced,
    /// It waited too long.
    Late,
    /// There was no room for it.
    Overload,
    /// Frames come faster than they may.
    Rate,
    /// The server stops.
    Stopping,
}

impl DropReason {
    /// As it stands on the wire, and in metrics' labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Late => "late",
            Self::Overload => "overload",
            Self::Rate => "rate",
            Self::Stopping => "stopping",
        }
    }
}

/// A judged frame. The first five fields are the seed's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AnalysisView<'a> {
    frame_number: u64,
    lumbar: Mark,
    knee: Mark,
    ankle: Mark,
    score: f64,
    person: bool,
    keypoints: Vec<PointView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aspect: Option<f64>,
    angles: Map<String, Value>,
    stage: Stage,
    reps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<f64>,
    latency_ms: f64,
    model: &'a str,
    verdicts: &'a [Verdict],
    #[serde(skip_serializing_if = "Option::is_none")]
    not_counting: Option<NotCounting>,
}

/// One point of the skeleton.
#[derive(Debug, Serialize)]
struct PointView {
    name: &'static str,
    x: f64,
    y: f64,
    confidence: f64,
}

impl<'a> AnalysisView<'a> {
    /// Of this analysis; `pose` is what it was made from, `latency_ms` the time from the frame's arrival to here.
    /// Without a person all marks are `"null"` and the score is 0.
    #[must_use]
    pub fn new(
        analysis: &'a Analysis,
        pose: Option<&Pose>,
        latency_ms: f64,
        model: &'a str,
    ) -> Self {
        let seen = analysis.person;
        let AiStatus {
            lumbar,
            knee,
            ankle,
        } = if seen {
            analysis.marks
        } else {
            AiStatus::default()
        };
        Self {
            frame_number: analysis.frame,
            lumbar,
            knee,
            ankle,
            score: if seen {
                rounded(analysis.score, TENTHS)
            } else {
                0.0
            },
            person: seen,
            keypoints: pose.filter(|_| seen).map(points).unwrap_or_default(),
            aspect: pose
                .filter(|pose| seen && pose.aspect.is_finite())
                .map(|pose| rounded(f64::from(pose.aspect), POINTS_PER_UNIT)),
            angles: known(&analysis.angles, TENTHS),
            stage: analysis.stage,
            reps: analysis.reps,
            depth: analysis.depth.map(|depth| rounded(depth, POINTS_PER_UNIT)),
            latency_ms: rounded(latency_ms, TENTHS),
            model,
            verdicts: &analysis.verdicts,
            not_counting: analysis.not_counting,
        }
    }
}

/// The points that the model's skeleton has, but for those that it guesses outside of the picture.
fn points(pose: &Pose) -> Vec<PointView> {
    Landmark::ALL
        .into_iter()
        .map(|landmark| (landmark, pose.get(landmark)))
        .filter(|(_, at)| at.visibility > 0.0 && at.is_inside())
        .map(|(landmark, at)| {
            let [x, y, confidence] =
                [at.x, at.y, at.visibility].map(|value| rounded(f64::from(value), POINTS_PER_UNIT));
            PointView {
                name: landmark.name(),
                x,
                y,
                confidence,
            }
        })
        .collect()
}
