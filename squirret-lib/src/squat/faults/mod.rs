//! The faults that a camera can see: one table, a line a fault. Adding one is adding a function and a line.

pub(super) mod measure;
mod rules;
mod steady;
pub(super) use steady::Steady;

use super::{Baseline, Body, SquatConfig, View};
use crate::verdict::{Assessment, Reason, Rule, Source, Unit, Verdict};

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub(super) body: &'a Body,
    pub(super) view: View,
    /// How sure the view is, 0 to 1.
    pub(super) view_confidence: f64,
    /// Angle of the shoulders to the picture while standing, degrees; `None` when the skeleton has no depth.
    pub(super) yaw: Option<f64>,
    pub(super) baseline: Option<&'a Baseline>,
    pub(super) config: &'a SquatConfig,
}

impl Sight<'_> {
    /// How far off straight ahead the camera may look, degrees.
    fn camera_yaw(&self) -> f64 {
        let least = self.config.camera_yaw_degrees;
        self.yaw.map_or(least, |yaw| yaw.max(least))
    }
}

/// The body part on the wire that a fault belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Lumbar,
    Knee,
    Ankle,
}

/// What a rule measured: a value that must not pass a threshold, or why there is none.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Finding {
    /// A value and what it is held against.
    Measured {
        /// What was measured.
        value: f64,
        /// What it is held against.
        limit: Limit,
    },
    /// Not assessed.
    Unknown(Reason),
}

/// What a value is held against. It is good up to the threshold, a warning beyond it, and a fault when it is beyond by
/// more than the error of the measure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Limit {
    pub(super) threshold: f64,
    /// How far the value of an equal squat may be off: one standard deviation, in the unit of the value.
    pub(super) error: f64,
    /// The difference from the ordinary that the rule looks for. Where the error is as large nothing is assessed.
    pub(super) looked_for: f64,
    /// Whether small values are the bad ones.
    pub(super) low_is_bad: bool,
    /// Whether the measure is only a hint: beyond the threshold a warning, else not assessed.
    pub(super) only_hint: bool,
}

impl Limit {
    /// How far a value is beyond the threshold; negative on the good side.
    pub(super) fn beyond(&self, value: f64) -> f64 {
        if self.low_is_bad {
            self.threshold - value
        } else {
            value - self.threshold
        }
    }
}

/// One fault.
#[derive(Debug)]
pub(super) struct FaultRule {
    pub(super) rule: Rule,
    pub(super) part: Part,
    pub(super) unit: Unit,
    /// How far a value of this rule can be trusted, 0 to 1 (*proposed*: by the error of its measure).
    pub(super) confidence: f64,
    find: fn(&Sight<'_>) -> Finding,
}

/// Every fault that single frames show.
pub(super) static TABLE: [FaultRule; 8] = [
    FaultRule {
        rule: Rule::TrunkLean,
        part: Part::Lumbar,
        unit: Unit::Degrees,
        confidence: 0.8,
        find: rules::trunk_lean,
    },
    FaultRule {
        rule: Rule::TrunkSideways,
        part: Part::Lumbar,
        unit: Unit::Ratio,
        confidence: 0.7,
        find: rules::trunk_sideways,
    },
    FaultRule {
        rule: Rule::HipShift,
        part: Part::Lumbar,
        unit: Unit::Ratio,
        confidence: 0.7,
        find: rules::hip_shift,
    },
    FaultRule {
        rule: Rule::BackRounding,
        part: Part::Lumbar,
        unit: Unit::Ratio,
        confidence: 0.4,
        find: rules::back_rounding,
    },
    FaultRule {
        rule: Rule::KneeSeparation,
        part: Part::Knee,
        unit: Unit::Ratio,
        confidence: 0.8,
        find: rules::knee_separation,
    },
    FaultRule {
        rule: Rule::KneeProjectionAngle,
        part: Part::Knee,
        unit: Unit::Degrees,
        confidence: 0.6,
        find: rules::knee_projection,
    },
    FaultRule {
        rule: Rule::HeelLift,
        part: Part::Ankle,
        unit: Unit::Ratio,
        confidence: 0.6,
        find: rules::heel_lift,
    },
    FaultRule {
        rule: Rule::SideDifference,
        part: Part::Ankle,
        unit: Unit::Ratio,
        confidence: 0.6,
        find: rules::side_difference,
    },
];

/// What a camera would have to see, not assessed.
pub(crate) fn unseen(reason: Reason) -> Vec<Verdict> {
    let depth = Verdict::new(
        Rule::Depth,
        Assessment::NotAssessed(reason),
        Unit::Ratio,
        Source::Camera,
    );
    let rules = TABLE.iter().map(|rule| rule.not_assessed(reason));
    std::iter::once(depth).chain(rules).collect()
}

impl FaultRule {
    /// Judges one frame by the steady value of the last moments.
    pub(super) fn judge(&self, sight: &Sight<'_>, steady: &mut Steady, seconds: f64) -> Verdict {
        match (self.find)(sight) {
            Finding::Unknown(reason) => self.not_assessed(reason),
            Finding::Measured { value, limit } => {
                let window = sight.config.steady_seconds;
                let steady = steady.take(value, limit, seconds, window);
                let mut verdict = self.verdict(steady, limit);
                if verdict.is_assessed() {
                    verdict.confidence *= sight.view_confidence;
                }
                verdict
            }
        }
    }

    /// Why it is not assessed in this frame, whatever the frame shows.
    pub(super) const fn not_assessed(&self, reason: Reason) -> Verdict {
        Verdict::new(
            self.rule,
            Assessment::NotAssessed(reason),
            self.unit,
            Source::Camera,
        )
    }

    fn verdict(&self, value: f64, limit: Limit) -> Verdict {
        let beyond = limit.beyond(value);
        if limit.error >= limit.looked_for {
            return self.not_assessed(Reason::Noise);
        }
        let assessment = match beyond {
            _ if beyond <= 0.0 && limit.only_hint => return self.not_assessed(Reason::Noise),
            _ if beyond <= 0.0 => Assessment::Good,
            _ if beyond <= limit.error || limit.only_hint => Assessment::Warning,
            _ => Assessment::Bad,
        };
        // Half as sure at the threshold as two errors away from it.
        let distance = (beyond.abs() / (2.0 * limit.error).max(1e-9)).min(1.0);
        let confidence = self.confidence * (0.5 + 0.5 * distance);
        Verdict::new(self.rule, assessment, self.unit, Source::Camera).with_evidence(
            value,
            limit.threshold,
            confidence,
        )
    }
}

#[cfg(test)]
mod strangers;
#[cfg(test)]
mod tests;
