//! The original's rules for going down and coming up, and the choice between them.

use serde::{Deserialize, Serialize};

use super::{Metrics, Verdicts};
use crate::Stage;
use crate::verdict::{Assessment, Reason, Rule, Source, Unit, Verdict};

/// Thresholds of the original's rules, all in per cent. Source of every default: the original service.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SeedRules {
    /// Going down, the forefoot carries at most this; default 40.
    pub descent_max_front: f64,
    /// Going down, the heel carries at least this; default 55.
    pub descent_min_heel: f64,
    /// Going down, the rearfoot carries at least this; default 55.
    pub descent_min_rear: f64,
    /// Going down, the rearfoot carries at most this; default 70.
    pub descent_max_rear: f64,
    /// Coming up, a heel that carries less lifts; default 40.
    pub ascent_lifting_heel: f64,
    /// Coming up, the heel carries at least this; default 45.
    pub ascent_min_heel: f64,
    /// Coming up, front and rear each carry at least this; default 45.
    pub ascent_min_half: f64,
    /// Coming up, front and rear each carry at most this; default 55.
    pub ascent_max_half: f64,
    /// The medial sensors carry at most this; default 60.
    pub max_inner: f64,
    /// The lateral sensors carry at most this; default 60.
    pub max_outer: f64,
    /// Largest difference between the medial and lateral shares; default 10.
    pub max_inner_outer_diff: f64,
    /// Largest difference between the feet; default 15.
    pub max_left_right_diff: f64,
}

impl Default for SeedRules {
    fn default() -> Self {
        Self {
            descent_max_front: 40.0,
            descent_min_heel: 55.0,
            descent_min_rear: 55.0,
            descent_max_rear: 70.0,
            ascent_lifting_heel: 40.0,
            ascent_min_heel: 45.0,
            ascent_min_half: 45.0,
            ascent_max_half: 55.0,
            max_inner: 60.0,
            max_outer: 60.0,
            max_inner_outer_diff: 10.0,
            max_left_right_diff: 15.0,
        }
    }
}

impl SeedRules {
    /// All seven rules for going down, in the original's order: the first fault is the worst.
    #[must_use]
    pub fn descent(&self, metrics: &Metrics) -> Verdicts {
        Verdicts::of(&[
            at_most(Rule::FrontShare, metrics.front, self.descent_max_front),
            at_most(Rule::InnerShare, metrics.inner, self.max_inner),
            at_most(Rule::OuterShare, metrics.outer, self.max_outer),
            at_least(Rule::HeelShare, metrics.heel, self.descent_min_heel),
            within(
                Rule::RearShare,
                metrics.rear,
                self.descent_min_rear,
                self.descent_max_rear,
            ),
            at_most(
                Rule::InnerOuterDiff,
                metrics.inner_outer_diff,
                self.max_inner_outer_diff,
            ),
            self.left_right(metrics),
        ])
    }

    /// All seven rules for coming up, in the original's order. The fourth, "rear or front outside", is told by the
    /// half that is further out.
    #[must_use]
    pub fn ascent(&self, metrics: &Metrics) -> Verdicts {
        Verdicts::of(&[
            at_least(Rule::HeelLift, metrics.heel, self.ascent_lifting_heel),
            at_most(Rule::OuterShare, metrics.outer, self.max_outer),
            at_most(Rule::InnerShare, metrics.inner, self.max_inner),
            self.halves(metrics),
            at_most(
                Rule::InnerOuterDiff,
                metrics.inner_outer_diff,
                self.max_inner_outer_diff,
            ),
            at_least(Rule::HeelShare, metrics.heel, self.ascent_min_heel),
            self.left_right(metrics),
        ])
    }

    /// The stage that explains the metrics better: the rule set without a fault, else the one with fewer; going
    /// down when they are equal.
    #[must_use]
    pub fn choose(&self, metrics: &Metrics) -> (Stage, Verdicts) {
        let (descent, ascent) = (self.descent(metrics), self.ascent(metrics));
        if ascent.faults().count() < descent.faults().count() {
            (Stage::Ascent, ascent)
        } else {
            (Stage::Descent, descent)
        }
    }

    fn halves(&self, metrics: &Metrics) -> Verdict {
        let check = |rule, value| within(rule, value, self.ascent_min_half, self.ascent_max_half);
        let (rear, front) = (
            check(Rule::RearShare, metrics.rear),
            check(Rule::FrontShare, metrics.front),
        );
        let by = |verdict: &Verdict| match (verdict.assessment, verdict.value, verdict.threshold) {
            (Assessment::Bad, Some(value), Some(threshold)) => (value - threshold).abs(),
            _ => -1.0,
        };
        if by(&front) > by(&rear) { front } else { rear }
    }

    fn left_right(&self, metrics: &Metrics) -> Verdict {
        match metrics.left_right_diff {
            Some(value) => at_most(Rule::LeftRightDiff, value, self.max_left_right_diff),
            None => not_assessed(Rule::LeftRightDiff, Reason::NoData),
        }
    }
}

pub(super) fn at_most(rule: Rule, value: f64, limit: f64) -> Verdict {
    judged(rule, value <= limit, value, limit)
}

pub(super) fn at_least(rule: Rule, value: f64, limit: f64) -> Verdict {
    judged(rule, value >= limit, value, limit)
}

pub(super) fn not_assessed(rule: Rule, reason: Reason) -> Verdict {
    Verdict::new(
        rule,
        Assessment::NotAssessed(reason),
        Unit::Percent,
        Source::Insole,
    )
}

/// The threshold told is the one that was passed, or the nearer one.
fn within(rule: Rule, value: f64, min: f64, max: f64) -> Verdict {
    let threshold = if value - min < max - value { min } else { max };
    judged(rule, min <= value && value <= max, value, threshold)
}

fn judged(rule: Rule, good: bool, value: f64, threshold: f64) -> Verdict {
    let assessment = if good {
        Assessment::Good
    } else {
        Assessment::Bad
    };
    Verdict::new(rule, assessment, Unit::Percent, Source::Insole)
        .with_evidence(value, threshold, 1.0)
}

#[cfg(test)]
mod tests;
