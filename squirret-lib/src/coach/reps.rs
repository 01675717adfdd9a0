//! Repetitions: from the camera, or from the load where the camera does not see them.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{CoachConfig, StageSource};
use crate::{
    UnixMillis,
    certainty::certainty,
    fsr::{ForceRep, LoadRecord},
    squat::{self, Rep},
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
    /// Whether the repetition is clean, as [`Rep::is_clean`] has it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.rep.is_clean()
    }
}

/// Sees to it that a squat that camera and load both follow counts once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RepDedup {
    last_end: Option<UnixMillis>,
}

impl RepDedup {
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

/// How far the times of a squat that the force tells are off, s: one deviation.
const FORCE_SECONDS: f64 = 0.15;

/// A squat that only the load showed. What a camera would have to see is not assessed.
pub(super) fn from_load(squat: &ForceRep, config: &CoachConfig) -> Rep {
    let seconds = |from: UnixMillis, to: UnixMillis| to.since(from) as f64 / 1e3;
    let descent_seconds = seconds(squat.start, squat.bottom);
    let ascent_seconds = seconds(squat.leave, squat.end);
    let mut verdicts = squat::unseen(Reason::NoData);
    verdicts.push(tempo(
        squat,
        descent_seconds,
        config.squat.min_descent_seconds,
    ));
    Rep {
        number: 0,
        start: squat.start,
        end: squat.end,
        depth: squat.depth,
        descent_seconds,
        bottom_seconds: seconds(squat.bottom, squat.leave),
        ascent_seconds,
        tempo_ratio: descent_seconds / ascent_seconds.max(0.05),
        knee_flexion: None,
        view: None,
        score: 0.0,
        verdicts,
    }
}

fn tempo(squat: &ForceRep, seconds: f64, least: f64) -> Verdict {
    let verdict = |assessment| {
        Verdict::new(
            Rule::DescentTempo,
            assessment,
            Unit::Seconds,
            Source::Insole,
        )
    };
    if !squat.descent_seen {
        // It was too slow to be seen: not too fast, but how slow nobody knows.
        return verdict(Assessment::NotAssessed(Reason::NoData));
    }
    let assessment = if seconds < least {
        Assessment::Warning
    } else {
        Assessment::Good
    };
    let sure = certainty(seconds, least, FORCE_SECONDS);
    verdict(assessment).with_evidence(seconds, least, sure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis(seconds * 1_000)
    }

    #[test]
    fn a_squat_that_both_sources_follow_counts_once() {
        let mut once = RepDedup::default();
        assert!(once.admit(at(10), at(13)));
        assert!(!once.admit(at(10), at(14)));
        assert!(!once.admit(at(9), at(13)));
        assert!(once.admit(at(13), at(16)));
    }

    #[test]
    fn a_repetition_of_which_nothing_was_judged_is_not_clean() {
        let squat = ForceRep {
            start: at(10),
            bottom: at(11),
            leave: at(12),
            end: at(13),
            depth: 0.9,
            descent_seen: true,
        };
        let mut rep = from_load(&squat, &CoachConfig::default());
        assert!(rep.is_clean(), "{:?}", rep.verdicts);
        let good = rep
            .verdicts
            .iter()
            .find(|verdict| verdict.is_assessed())
            .cloned();
        rep.verdicts.retain(|verdict| !verdict.is_assessed());
        assert!(!rep.is_clean());
        let mut bad = good.expect("something was judged");
        bad.assessment = Assessment::Bad;
        for (overruled, clean) in [(false, false), (true, true)] {
            bad.overruled = overruled;
            rep.verdicts = vec![bad];
            assert_eq!(rep.is_clean(), clean);
        }
    }

    #[test]
    fn a_descent_that_the_force_did_not_show_is_not_judged_by_its_time() {
        let squat = |descent_seen| ForceRep {
            start: at(10),
            bottom: at(10).plus(300),
            leave: at(11),
            end: at(12),
            depth: 0.9,
            descent_seen,
        };
        let tempo = |seen| {
            let rep = from_load(&squat(seen), &CoachConfig::default());
            let is = |verdict: &&Verdict| verdict.rule == Rule::DescentTempo;
            rep.verdicts.iter().find(is).unwrap().assessment
        };
        assert_eq!(tempo(true), Assessment::Warning);
        assert_eq!(tempo(false), Assessment::NotAssessed(Reason::NoData));
    }
}
