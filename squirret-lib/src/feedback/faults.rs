//! The table of faults: what each rule is about, how much it weighs, and what is said.
//!
//! A new fault is a new [`Rule`] and a row here.

use super::Text;
use crate::{
    score::Topic,
    verdict::{Rule, Verdict},
};

impl Topic {
    /// What is said when a fault of this topic is gone.
    pub(super) const fn praise(self) -> Text {
        match self {
            Self::Lumbar => Text::PraiseLumbar,
            Self::Knee => Text::PraiseKnee,
            Self::Ankle => Text::PraiseAnkle,
            Self::Balance => Text::PraiseBalance,
            Self::Depth => Text::PraiseDepth,
            Self::Tempo => Text::PraiseTempo,
        }
    }
}

/// What a fault comes from: faults of one kind are one mistake, and are spoken of once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// The trunk leans or the back rounds.
    Trunk,
    /// The body leans or shifts to a side.
    Sideways,
    /// The knees fall in.
    KneesIn,
    /// The weight goes to the toes, up to heels that lift.
    Forward,
    /// The weight goes to the heels.
    Backward,
    /// The weight goes to the inside of the feet.
    Inward,
    /// The weight goes to the outside of the feet.
    Outward,
    /// The feet, or the sides, differ.
    LeftRight,
    /// The ankles are unsteady, as an outer AI says.
    Ankles,
    /// Not deep enough.
    Shallow,
    /// Too fast.
    Fast,
}

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// What it is about.
    pub topic: Topic,
    /// What it comes from.
    pub kind: FaultKind,
    /// What is said, in two wordings that take turns.
    pub say: [Text; 2],
}

const fn fault(topic: Topic, kind: FaultKind, first: Text, second: Text) -> Fault {
    Fault {
        topic,
        kind,
        say: [first, second],
    }
}

/// The row of a rule that is at fault. The value of the verdict tells the direction where a rule has two.
#[must_use]
pub fn fault_of(verdict: &Verdict) -> Fault {
    use FaultKind::*;
    use Topic::*;
    let above = verdict
        .value
        .zip(verdict.threshold)
        .is_some_and(|(value, threshold)| value > threshold);
    match verdict.rule {
        Rule::TrunkLean => fault(Lumbar, Trunk, Text::SayLumbar, Text::SayLumbarAgain),
        Rule::BackRounding => fault(Lumbar, Trunk, Text::SayBackRounds, Text::SayLumbarAgain),
        Rule::TrunkSideways | Rule::HipShift => {
            fault(Lumbar, Sideways, Text::SaySideways, Text::SaySidewaysAgain)
        }
        Rule::KneeSeparation | Rule::KneeProjectionAngle => {
            fault(Knee, KneesIn, Text::SayKnee, Text::SayKneeAgain)
        }
        Rule::HeelLift => fault(Ankle, Forward, Text::SayHeel, Text::SayHeelAgain),
        Rule::SideDifference => fault(Ankle, LeftRight, Text::SayAnkle, Text::SayLeftRight),
        Rule::FrontShare if !above => {
            fault(Balance, Backward, Text::SayBackward, Text::SayBackwardAgain)
        }
        Rule::RearShare if above => {
            fault(Balance, Backward, Text::SayBackward, Text::SayBackwardAgain)
        }
        Rule::FrontShare | Rule::RearShare | Rule::HeelShare | Rule::CopForward => {
            fault(Balance, Forward, Text::SayForward, Text::SayForwardAgain)
        }
        Rule::InnerShare => fault(Balance, Inward, Text::SayInner, Text::SayInnerAgain),
        Rule::OuterShare => fault(Balance, Outward, Text::SayOuter, Text::SayInnerOuter),
        Rule::InnerOuterDiff => fault(
            Balance,
            Outward,
            Text::SayInnerOuter,
            Text::SayInnerOuterAgain,
        ),
        Rule::LeftRightDiff => fault(
            Balance,
            LeftRight,
            Text::SayLeftRight,
            Text::SayLeftRightAgain,
        ),
        Rule::Depth => fault(Depth, Shallow, Text::SayDepth, Text::SayDepthAgain),
        Rule::DescentTempo => fault(Tempo, Fast, Text::SayTempo, Text::SayTempoAgain),
    }
}

/// The row of an outer AI's mark, which comes without a rule: 0 lumbar, 1 knee, 2 ankle.
#[must_use]
pub(super) const fn fault_of_mark(index: usize) -> Fault {
    match index {
        0 => fault(
            Topic::Lumbar,
            FaultKind::Trunk,
            Text::SayLumbar,
            Text::SayLumbarAgain,
        ),
        1 => fault(
            Topic::Knee,
            FaultKind::KneesIn,
            Text::SayKnee,
            Text::SayKneeAgain,
        ),
        _ => fault(
            Topic::Ankle,
            FaultKind::Ankles,
            Text::SayAnkle,
            Text::SayHeelAgain,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Assessment, Source, Unit};

    #[test]
    fn every_rule_has_two_different_wordings_in_either_direction() {
        for rule in Rule::ALL {
            for (value, threshold) in [(1.0, 2.0), (2.0, 1.0)] {
                let verdict = Verdict::new(rule, Assessment::Bad, Unit::Percent, Source::Both);
                let [first, second] = fault_of(&verdict.with_evidence(value, threshold, 1.0)).say;
                assert_ne!(first, second, "{rule:?}");
            }
        }
    }

    #[test]
    fn what_is_said_is_about_what_the_rule_is_about() {
        for rule in Rule::ALL {
            let verdict = Verdict::new(rule, Assessment::Bad, Unit::Percent, Source::Both);
            assert_eq!(fault_of(&verdict).topic, rule.topic(), "{rule:?}");
        }
    }
}
