//! What a fault costs: one table.

use serde::{Deserialize, Serialize};

use crate::verdict::{Assessment, Language, Rule, Verdict};

/// What a verdict is about. The order of declaration is the default order of priority of cues: safety before depth
/// before tempo.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// Lower back and trunk.
    Lumbar,
    /// Knees.
    Knee,
    /// Ankles and heels.
    Ankle,
    /// How the weight is shared.
    Balance,
    /// How deep.
    Depth,
    /// How fast.
    Tempo,
}

impl Topic {
    /// Every topic; `as usize` is the index.
    pub const ALL: [Self; 6] = [
        Self::Lumbar,
        Self::Knee,
        Self::Ankle,
        Self::Balance,
        Self::Depth,
        Self::Tempo,
    ];

    /// What it is called in a sentence for people.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Lumbar, Language::Ko) => "허리와 상체",
            (Self::Lumbar, Language::En) => "back and trunk",
            (Self::Knee, Language::Ko) => "무릎",
            (Self::Knee, Language::En) => "knees",
            (Self::Ankle, Language::Ko) => "발목과 뒤꿈치",
            (Self::Ankle, Language::En) => "ankles and heels",
            (Self::Balance, Language::Ko) => "체중 분배",
            (Self::Balance, Language::En) => "balance",
            (Self::Depth, Language::Ko) => "깊이",
            (Self::Depth, Language::En) => "depth",
            (Self::Tempo, Language::Ko) => "속도",
            (Self::Tempo, Language::En) => "tempo",
        }
    }
}

impl Rule {
    /// What it is about.
    #[must_use]
    pub const fn topic(self) -> Topic {
        match self {
            Self::TrunkLean | Self::BackRounding | Self::TrunkSideways | Self::HipShift => {
                Topic::Lumbar
            }
            Self::KneeSeparation | Self::KneeProjectionAngle => Topic::Knee,
            Self::HeelLift | Self::SideDifference => Topic::Ankle,
            Self::FrontShare
            | Self::InnerShare
            | Self::OuterShare
            | Self::HeelShare
            | Self::RearShare
            | Self::InnerOuterDiff
            | Self::LeftRightDiff
            | Self::CopForward => Topic::Balance,
            Self::Depth => Topic::Depth,
            Self::DescentTempo => Topic::Tempo,
        }
    }
}

/// What a fault of each topic takes from a score of 100 (*proposed*: what hurts costs most); a warning takes a third.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Weights {
    /// Lower back and trunk, default 30.
    pub lumbar: f64,
    /// Knees, default 25.
    pub knee: f64,
    /// Ankles and heels, default 20.
    pub ankle: f64,
    /// How the weight is shared, default 15.
    pub balance: f64,
    /// Depth, default 20.
    pub depth: f64,
    /// Tempo, default 10.
    pub tempo: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            lumbar: 30.0,
            knee: 25.0,
            ankle: 20.0,
            balance: 15.0,
            depth: 20.0,
            tempo: 10.0,
        }
    }
}

impl Weights {
    /// What a fault of `topic` costs.
    #[must_use]
    pub const fn of(&self, topic: Topic) -> f64 {
        match topic {
            Topic::Lumbar => self.lumbar,
            Topic::Knee => self.knee,
            Topic::Ankle => self.ankle,
            Topic::Balance => self.balance,
            Topic::Depth => self.depth,
            Topic::Tempo => self.tempo,
        }
    }

    /// 100 minus what the verdicts cost, never below 0; `None` when nothing was assessed. Each topic costs once, however
    /// many rules and sources find the same mistake; what was overruled costs nothing.
    ///
    /// ```
    /// use squirret::{Assessment, Rule, Source, Unit, Verdict, score::Weights};
    ///
    /// let knee = |rule, assessment| Verdict::new(rule, assessment, Unit::Ratio, Source::Camera);
    /// let both = [
    ///     knee(Rule::KneeSeparation, Assessment::Bad),
    ///     knee(Rule::KneeProjectionAngle, Assessment::Bad),
    /// ];
    /// assert_eq!(Weights::default().score(&both), Some(75.0));
    /// assert_eq!(Weights::default().score(&[]), None);
    /// ```
    #[must_use]
    pub fn score(&self, verdicts: &[Verdict]) -> Option<f64> {
        let mut costs = [0.0_f64; Topic::ALL.len()];
        let mut assessed = false;
        for verdict in verdicts.iter().filter(|verdict| !verdict.overruled) {
            assessed |= verdict.is_assessed();
            let topic = verdict.rule.topic();
            let cost = match verdict.assessment {
                Assessment::Bad => self.of(topic),
                Assessment::Warning => self.of(topic) / 3.0,
                Assessment::Good | Assessment::NotAssessed(_) => 0.0,
            };
            costs[topic as usize] = costs[topic as usize].max(cost);
        }
        assessed.then(|| (100.0 - costs.iter().sum::<f64>()).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Reason, Source, Unit};

    fn score(verdicts: &[(Rule, Assessment)]) -> Option<f64> {
        let verdict = |(rule, assessment): &(Rule, Assessment)| {
            Verdict::new(*rule, *assessment, Unit::Ratio, Source::Camera)
        };
        let verdicts: Vec<_> = verdicts.iter().map(verdict).collect();
        Weights::default().score(&verdicts)
    }

    #[test]
    fn nothing_assessed_has_no_score() {
        assert_eq!(score(&[]), None);
        assert_eq!(
            score(&[(Rule::Depth, Assessment::NotAssessed(Reason::View))]),
            None
        );
    }

    #[test]
    fn faults_cost_their_weight_and_warnings_a_third() {
        assert_eq!(score(&[(Rule::Depth, Assessment::Good)]), Some(100.0));
        assert_eq!(score(&[(Rule::Depth, Assessment::Bad)]), Some(80.0));
        assert_eq!(score(&[(Rule::TrunkLean, Assessment::Warning)]), Some(90.0));
    }

    #[test]
    fn a_topic_costs_once_over_all_rules_and_the_worst_of_them_counts() {
        let knees = [
            (Rule::KneeSeparation, Assessment::Warning),
            (Rule::KneeProjectionAngle, Assessment::Bad),
            (Rule::DescentTempo, Assessment::Bad),
        ];
        assert_eq!(score(&knees), Some(65.0));
    }

    #[test]
    fn what_was_overruled_costs_nothing() {
        let mut heel = Verdict::new(Rule::HeelLift, Assessment::Bad, Unit::Ratio, Source::Camera);
        heel.overruled = true;
        let felt = Verdict::new(
            Rule::HeelLift,
            Assessment::Good,
            Unit::Percent,
            Source::Insole,
        );
        assert_eq!(Weights::default().score(&[heel, felt]), Some(100.0));
    }

    #[test]
    fn the_order_of_topics_is_safety_then_depth_then_tempo() {
        use Topic::*;
        assert_eq!(Topic::ALL, [Lumbar, Knee, Ankle, Balance, Depth, Tempo]);
    }
}
