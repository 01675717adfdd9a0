//! What a fault costs: one table.

use crate::verdict::{Assessment, Rule, Verdict};

/// Points of 100 that a fault of this rule costs a repetition (*proposed*: what hurts costs most); a warning costs a
/// third.
#[must_use]
pub const fn weight(rule: Rule) -> f64 {
    match rule {
        Rule::TrunkLean | Rule::KneeSeparation | Rule::Depth => 25.0,
        Rule::HeelLift => 20.0,
        Rule::KneeProjectionAngle | Rule::SideDifference => 15.0,
        Rule::TrunkSideways | Rule::HipShift | Rule::BackRounding | Rule::DescentTempo => 10.0,
        _ => 0.0,
    }
}

/// 100 minus what the faults cost, never below 0; `None` when nothing was assessed.
pub(super) fn score(verdicts: &[Verdict]) -> Option<f64> {
    let assessed = |verdict: &&Verdict| !matches!(verdict.assessment, Assessment::NotAssessed(_));
    let cost = |verdict: &Verdict| match verdict.assessment {
        Assessment::Bad => weight(verdict.rule),
        Assessment::Warning => weight(verdict.rule) / 3.0,
        _ => 0.0,
    };
    verdicts.iter().find(assessed)?;
    Some((100.0 - verdicts.iter().map(cost).sum::<f64>()).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Reason, Source, Unit};

    fn verdict(rule: Rule, assessment: Assessment) -> Verdict {
        Verdict::new(rule, assessment, Unit::Ratio, Source::Camera)
    }

    #[test]
    fn nothing_assessed_has_no_score() {
        assert_eq!(score(&[]), None);
        assert_eq!(
            score(&[verdict(Rule::Depth, Assessment::NotAssessed(Reason::View))]),
            None
        );
    }

    #[test]
    fn faults_cost_their_weight_and_warnings_a_third() {
        assert_eq!(
            score(&[verdict(Rule::Depth, Assessment::Good)]),
            Some(100.0)
        );
        assert_eq!(score(&[verdict(Rule::Depth, Assessment::Bad)]), Some(75.0));
        assert_eq!(
            score(&[verdict(Rule::DescentTempo, Assessment::Warning)]),
            Some(100.0 - 10.0 / 3.0)
        );
    }
}
