//! Repetitions: from the camera, or from the load where the camera does not see them.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{StageSource, Weights};
use crate::{
    UnixMillis,
    feedback::{Topic, fault_of},
    fsr::{LoadRecord, Squat},
    squat::Rep,
    verdict::{Assessment, Reason, Rule, Source, Unit, Verdict},
};

/// A repetition with everything that is known of it. Reads as its [`Rep`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RepRecord {
    /// When, how deep, how fast, how well; the verdicts of both sources.
    #[serde(flatten)]
    pub rep: Rep,
    /// What told where it began and ended.
    pub source: StageSource,
    /// How the weight was carried; `None` without insoles.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub load: Option<LoadRecord>,
}

impl Deref for RepRecord {
    type Target = Rep;

    fn deref(&self) -> &Rep {
        &self.rep
    }
}

impl RepRecord {
    /// Whether something was assessed and nothing was at fault.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.rep.verdicts.iter().any(Verdict::is_assessed)
            && !self.rep.verdicts.iter().any(Verdict::is_fault)
    }
}

/// Sees to it that a squat that camera and load both follow counts once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Once {
    last_end: Option<UnixMillis>,
}

impl Once {
    /// Whether a repetition from `start` to `end` is another than the last; then it becomes the last.
    pub(super) fn admit(&mut self, start: UnixMillis, end: UnixMillis) -> bool {
        let middle = start.plus(end.since(start) / 2);
        let new = self.last_end.is_none_or(|last| middle > last);
        if new {
            self.last_end = Some(end);
        }
        new
    }
}

/// A squat that only the load showed. What a camera would have to see is not assessed.
pub(super) fn from_load(squat: &Squat) -> Rep {
    let seconds = |from: UnixMillis, to: UnixMillis| to.since(from) as f64 / 1e3;
    let unseen = [Rule::Depth, Rule::KneeSeparation, Rule::TrunkLean];
    let unseen = unseen.map(|rule| {
        Verdict::new(
            rule,
            Assessment::NotAssessed(Reason::NoData),
            Unit::Ratio,
            Source::Camera,
        )
    });
    Rep {
        number: 0,
        start: squat.start,
        end: squat.end,
        depth: squat.depth,
        descent_seconds: seconds(squat.start, squat.bottom),
        bottom_seconds: seconds(squat.bottom, squat.leave),
        ascent_seconds: seconds(squat.leave, squat.end),
        tempo_ratio: seconds(squat.start, squat.bottom) / seconds(squat.leave, squat.end).max(0.05),
        knee_flexion: None,
        view: None,
        score: 100.0,
        verdicts: unseen.to_vec(),
    }
}

/// What the faults of the insole cost, each topic once and none that the camera has charged already.
pub(super) fn insole_cost(seen: &[Verdict], felt: &[Verdict], weights: &Weights) -> f64 {
    let mut charged = [false; Topic::ALL.len()];
    for fault in seen.iter().filter(|verdict| verdict.is_fault()) {
        charged[fault_of(fault).topic as usize] = true;
    }
    let mut cost = 0.0;
    for fault in felt.iter().filter(|verdict| verdict.is_fault()) {
        let topic = fault_of(fault).topic;
        if !std::mem::replace(&mut charged[topic as usize], true) {
            cost += weights.of(topic);
        }
    }
    cost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis(seconds * 1_000)
    }

    #[test]
    fn a_squat_that_both_sources_follow_counts_once() {
        let mut once = Once::default();
        assert!(once.admit(at(10), at(13)));
        assert!(!once.admit(at(10), at(14)));
        assert!(!once.admit(at(9), at(13)));
        assert!(once.admit(at(13), at(16)));
    }

    #[test]
    fn a_topic_is_charged_once_over_both_sources() {
        let fault = |rule, source| Verdict::new(rule, Assessment::Bad, Unit::Percent, source);
        let weights = Weights::default();
        let felt = [
            fault(Rule::HeelLift, Source::Insole),
            fault(Rule::FrontShare, Source::Insole),
            fault(Rule::LeftRightDiff, Source::Insole),
        ];
        assert_eq!(
            insole_cost(&[], &felt, &weights),
            weights.ankle + weights.balance
        );
        let seen = [fault(Rule::HeelLift, Source::Camera)];
        assert_eq!(insole_cost(&seen, &felt, &weights), weights.balance);
    }
}
