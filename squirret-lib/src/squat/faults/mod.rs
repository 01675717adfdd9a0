//! The faults that a camera can see: one table, a line a fault. Adding one is adding a function and a line.

pub(super) mod measure;
mod rules;

use super::{Baseline, Body, SquatConfig, View};
use crate::verdict::{Assessment, Reason, Rule, Source, Unit, Verdict};

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub(super) body: &'a Body,
    pub(super) view: View,
    /// How sure the view is, 0 to 1.
    pub(super) view_confidence: f64,
    pub(super) baseline: Option<&'a Baseline>,
    pub(super) config: &'a SquatConfig,
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
    /// `value` is at fault beyond `fault`, and a warning beyond `warning`, in the direction of `fault`.
    Measured {
        /// What was measured.
        value: f64,
        /// Where it becomes a fault; `None`: never more than a warning.
        fault: Option<f64>,
        /// Where it becomes a warning.
        warning: f64,
        /// Whether small values are the bad ones.
        low_is_bad: bool,
    },
    /// Not assessed.
    Unknown(Reason),
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
    /// Judges one frame.
    pub(super) fn judge(&self, sight: &Sight<'_>) -> Verdict {
        let mut verdict = self.verdict((self.find)(sight));
        if verdict.is_assessed() {
            verdict.confidence *= sight.view_confidence;
        }
        verdict
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

    fn verdict(&self, finding: Finding) -> Verdict {
        match finding {
            Finding::Unknown(reason) => self.not_assessed(reason),
            Finding::Measured {
                value,
                fault,
                warning,
                low_is_bad,
            } => {
                let beyond = |threshold: f64| {
                    if low_is_bad {
                        value < threshold
                    } else {
                        value > threshold
                    }
                };
                let (assessment, threshold) = match fault {
                    Some(fault) if beyond(fault) => (Assessment::Bad, fault),
                    _ if beyond(warning) => (Assessment::Warning, warning),
                    fault => (Assessment::Good, fault.unwrap_or(warning)),
                };
                Verdict::new(self.rule, assessment, self.unit, Source::Camera).with_evidence(
                    value,
                    threshold,
                    self.confidence,
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
