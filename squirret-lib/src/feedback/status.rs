//! The wire's shapes of feedback, and how they are made.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::{
    Stage,
    fsr::{InsoleAssessment, LeftRightBasis, Metrics},
    squat::NotCounting,
    verdict::{Language, Mark, Rule, Verdict},
};

/// Most sentences that the insole's feedback joins.
const MAX_SENTENCES: usize = 3;

/// GOOD, BAD or NO_DATA.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(clippy::exhaustive_enums, reason = "the wire knows these")]
pub enum Status {
    /// No fault.
    Good,
    /// A fault.
    Bad,
    /// Nothing to judge.
    NoData,
}

impl Status {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "GOOD",
            Self::Bad => "BAD",
            Self::NoData => "NO_DATA",
        }
    }
}

/// The camera's (or an outer AI's) view of three body parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "the wire's three")]
pub struct AiStatus {
    /// Lower back.
    pub lumbar: Mark,
    /// Knees.
    pub knee: Mark,
    /// Ankles.
    pub ankle: Mark,
}

impl AiStatus {
    /// The three in the order in which they are told.
    #[must_use]
    pub const fn marks(self) -> [Mark; 3] {
        [self.lumbar, self.knee, self.ankle]
    }

    /// BAD with a bad mark, else GOOD with a good one, else NO_DATA: what was not assessed is not praised.
    #[must_use]
    pub fn status(self) -> Status {
        let marks = self.marks();
        if marks.contains(&Mark::Bad) {
            Status::Bad
        } else if marks.contains(&Mark::Good) {
            Status::Good
        } else {
            Status::NoData
        }
    }
}

/// The insole's judgement of the last window.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct FsrFeedback {
    /// As the seed's endpoint shows it: DESCENT, ASCENT, UNKNOWN.
    pub stage: Stage,
    /// GOOD, BAD, NO_DATA.
    pub status: Status,
    /// Sentences in the language asked for; never empty.
    pub feedback: String,
    /// Left out without data.
    pub metrics: Option<Metrics>,
    /// What leftRightDiff rests on.
    pub left_right_basis: Option<LeftRightBasis>,
    /// Evidence.
    pub verdicts: Vec<Verdict>,
    /// Why squats are not counted by force, or why there is no data; `None` while all is well.
    pub not_counting: Option<NotCounting>,
}

impl FsrFeedback {
    /// The feedback on a judgement of the insole; `None` is no data: stage UNKNOWN and an encouraging text.
    ///
    /// The text joins the sentences of the worst three faults; two faults with the same sentence say it once.
    #[must_use]
    pub fn new(judgement: Option<&InsoleAssessment>, language: Language) -> Self {
        let Some(judgement) = judgement else {
            return Self::no_data(language);
        };
        let mut sentences: Vec<Text> = Vec::with_capacity(MAX_SENTENCES);
        for text in judgement
            .sheet
            .faults()
            .filter_map(|fault| sentence(fault, judgement.stage))
        {
            if sentences.len() < MAX_SENTENCES && !sentences.contains(&text) {
                sentences.push(text);
            }
        }
        let bad = judgement.sheet.faults().next().is_some();
        if sentences.is_empty() {
            sentences.push(if judgement.stage == Stage::Ascent {
                Text::AscentGood
            } else {
                Text::DescentGood
            });
        }
        Self {
            stage: judgement.stage,
            status: if bad { Status::Bad } else { Status::Good },
            feedback: joined(&sentences, language),
            metrics: Some(judgement.summary.metrics),
            left_right_basis: judgement.summary.left_right_basis,
            verdicts: judgement.sheet.to_vec(),
            not_counting: None,
        }
    }

    /// The feedback on samples that say nothing about the load: no data, and the reason as its text.
    #[must_use]
    pub fn unusable(reason: NotCounting, language: Language) -> Self {
        Self {
            feedback: format!("{}.", reason.explain(language)),
            not_counting: Some(reason),
            ..Self::no_data(language)
        }
    }

    fn no_data(language: Language) -> Self {
        Self {
            stage: Stage::Unknown,
            status: Status::NoData,
            feedback: Text::InsoleNoData.say(language).to_owned(),
            metrics: None,
            left_right_basis: None,
            verdicts: Vec::new(),
            not_counting: None,
        }
    }
}

/// What the insole's fault is told as.
fn sentence(fault: &Verdict, stage: Stage) -> Option<Text> {
    let above = fault
        .value
        .zip(fault.threshold)
        .is_some_and(|(value, threshold)| value > threshold);
    let up = stage == Stage::Ascent;
    Some(match (fault.rule, above, up) {
        (Rule::FrontShare, true, _) => Text::FrontTooMuch,
        (Rule::FrontShare, false, _) => Text::FrontTooLittle,
        (Rule::InnerShare, ..) => Text::InnerTooMuch,
        (Rule::OuterShare, ..) => Text::OuterTooMuch,
        (Rule::HeelShare, _, false) => Text::HeelTooLittle,
        (Rule::HeelShare, _, true) => Text::HeelTooLittleUp,
        (Rule::RearShare, true, _) => Text::RearTooMuch,
        (Rule::RearShare, false, false) => Text::RearTooLittle,
        (Rule::RearShare, false, true) => Text::RearTooLittleUp,
        (Rule::InnerOuterDiff, ..) => Text::InnerOuterUneven,
        (Rule::LeftRightDiff, ..) => Text::LeftRightUneven,
        (Rule::CopForward, ..) => Text::CopTooFarForward,
        (Rule::HeelLift, ..) => Text::HeelLifts,
        _ => return None,
    })
}

/// The AI's part of the combination.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct AiFeedback {
    /// GOOD, BAD, NO_DATA.
    pub status: Status,
    /// As received.
    pub raw: AiStatus,
    /// Sentences.
    pub messages: Vec<String>,
}

impl AiFeedback {
    /// A sentence for each bad mark; without one, a sentence for each good mark; without either, none.
    #[must_use]
    pub fn new(raw: AiStatus, language: Language) -> Self {
        const BAD: [Text; 3] = [Text::LumbarBad, Text::KneeBad, Text::AnkleBad];
        const GOOD: [Text; 3] = [Text::LumbarGood, Text::KneeGood, Text::AnkleGood];
        let status = raw.status();
        let (told, texts) = if status == Status::Bad {
            (Mark::Bad, BAD)
        } else {
            (Mark::Good, GOOD)
        };
        let marks = raw.marks().into_iter().zip(texts);
        let messages = marks
            .filter(|(mark, _)| *mark == told)
            .map(|(_, text)| text.say(language).to_owned());
        Self {
            status,
            raw,
            messages: messages.collect(),
        }
    }
}

/// Both together.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct CombinedFeedback {
    /// AI.
    pub ai: AiFeedback,
    /// Insole.
    pub fsr: FsrFeedback,
    /// AI first, then insole, no duplicates, never empty.
    pub overall_messages: Vec<String>,
}

impl CombinedFeedback {
    /// Joins both: only the side that has data speaks; without data on either side there is one encouragement.
    #[must_use]
    pub fn new(ai: AiFeedback, fsr: FsrFeedback, language: Language) -> Self {
        let mut overall: Vec<String> = Vec::with_capacity(ai.messages.len() + 1);
        let insole = (fsr.status != Status::NoData).then_some(&fsr.feedback);
        for message in ai.messages.iter().chain(insole) {
            if !overall.contains(message) {
                overall.push(message.clone());
            }
        }
        if overall.is_empty() {
            overall.push(Text::NothingYet.say(language).to_owned());
        }
        Self {
            ai,
            fsr,
            overall_messages: overall,
        }
    }
}

fn joined(texts: &[Text], language: Language) -> String {
    texts
        .iter()
        .map(|text| text.say(language))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Assessment;
    use crate::{
        UnixMillis,
        fsr::{FsrConfig, Insole, Sample, SensorValues, Side},
    };

    fn judged(ratios: SensorValues) -> FsrFeedback {
        let config = FsrConfig::default();
        let mut insole = Insole::new(&config);
        for side in Side::BOTH {
            let sample = Sample::new(side, UnixMillis(0), Some(ratios), None).unwrap();
            insole.push(&config, &sample, UnixMillis(0));
        }
        FsrFeedback::new(
            insole
                .judge(&config, Stage::Unknown, UnixMillis(0))
                .as_ref(),
            Language::Ko,
        )
    }

    #[test]
    fn the_feedback_joins_the_sentences_of_the_worst_three_faults() {
        let feedback = judged([0.0, 0.0, 10.0, 20.0, 10.0, 60.0]);
        assert_eq!(
            (feedback.stage, feedback.status),
            (Stage::Descent, Status::Bad)
        );
        insta::assert_snapshot!(feedback.feedback, @"체중이 앞쪽으로 쏠렸습니다. 뒤꿈치로 눌러주세요. 무릎이 안쪽으로 모이고 있습니다. 뒤꿈치에 실린 체중이 부족합니다. 뒤꿈치를 깊게 눌러주세요.");
    }

    #[test]
    fn a_good_window_is_told_with_its_stage() {
        let down = judged([30.0, 10.0, 5.0, 5.0, 30.0, 20.0]);
        assert_eq!((down.stage, down.status), (Stage::Descent, Status::Good));
        assert_eq!(down.feedback, Text::DescentGood.say(Language::Ko));
        let up = judged([22.5, 2.5, 10.0, 12.5, 25.0, 27.5]);
        assert_eq!((up.stage, up.status), (Stage::Ascent, Status::Good));
        assert_eq!(up.feedback, Text::AscentGood.say(Language::Ko));
    }

    #[test]
    fn no_data_is_unknown_encouraging_and_without_metrics() {
        let feedback = FsrFeedback::new(None, Language::En);
        assert_eq!(
            (feedback.stage, feedback.status),
            (Stage::Unknown, Status::NoData)
        );
        assert_eq!(feedback.feedback, Text::InsoleNoData.say(Language::En));
        assert_eq!(feedback.metrics, None);
    }

    #[test]
    fn each_bad_mark_has_its_sentence_and_good_ones_are_then_silent() {
        let raw = AiStatus {
            lumbar: Mark::Good,
            knee: Mark::Bad,
            ankle: Mark::Bad,
        };
        let feedback = AiFeedback::new(raw, Language::Ko);
        assert_eq!(feedback.status, Status::Bad);
        let expected =
            [Text::KneeBad, Text::AnkleBad].map(|text| text.say(Language::Ko).to_owned());
        assert_eq!(feedback.messages, expected);
    }

    #[test]
    fn only_what_was_assessed_is_praised() {
        let raw = AiStatus {
            knee: Mark::Good,
            ..AiStatus::default()
        };
        let feedback = AiFeedback::new(raw, Language::En);
        assert_eq!(feedback.status, Status::Good);
        assert_eq!(feedback.messages, [Text::KneeGood.say(Language::En)]);
    }

    #[test]
    fn all_null_is_no_data_and_not_praise() {
        let feedback = AiFeedback::new(AiStatus::default(), Language::Ko);
        assert_eq!(feedback.status, Status::NoData);
        assert!(feedback.messages.is_empty());
    }

    fn combined(ai: AiStatus, fsr: FsrFeedback) -> Vec<String> {
        CombinedFeedback::new(AiFeedback::new(ai, Language::Ko), fsr, Language::Ko).overall_messages
    }

    const KNEE: AiStatus = AiStatus {
        lumbar: Mark::Good,
        knee: Mark::Bad,
        ankle: Mark::Null,
    };

    #[test]
    fn the_ai_speaks_before_the_insole() {
        let fsr = judged([0.0, 0.0, 10.0, 20.0, 10.0, 60.0]);
        let insole = fsr.feedback.clone();
        assert_eq!(
            combined(KNEE, fsr),
            [Text::KneeBad.say(Language::Ko).to_owned(), insole]
        );
    }

    #[test]
    fn the_side_without_data_is_silent() {
        let none = || FsrFeedback::new(None, Language::Ko);
        assert_eq!(combined(KNEE, none()), [Text::KneeBad.say(Language::Ko)]);
        let fsr = judged([30.0, 10.0, 5.0, 5.0, 30.0, 20.0]);
        assert_eq!(combined(AiStatus::default(), fsr.clone()), [fsr.feedback]);
        assert_eq!(
            combined(AiStatus::default(), none()),
            [Text::NothingYet.say(Language::Ko)]
        );
    }

    #[test]
    fn the_same_message_is_not_said_twice() {
        let mut fsr = judged([0.0, 0.0, 10.0, 20.0, 10.0, 60.0]);
        fsr.feedback = Text::KneeBad.say(Language::Ko).to_owned();
        assert_eq!(combined(KNEE, fsr).len(), 1);
    }

    #[test]
    fn every_fault_of_both_rule_sets_has_a_sentence() {
        use Rule::*;
        for stage in [Stage::Descent, Stage::Ascent] {
            for rule in [
                FrontShare,
                InnerShare,
                OuterShare,
                HeelShare,
                RearShare,
                InnerOuterDiff,
                LeftRightDiff,
            ] {
                for (value, threshold) in [(1.0, 2.0), (2.0, 1.0)] {
                    let fault = Verdict::new(
                        rule,
                        Assessment::Bad,
                        crate::verdict::Unit::Percent,
                        crate::verdict::Source::Insole,
                    );
                    assert!(sentence(&fault.with_evidence(value, threshold, 1.0), stage).is_some());
                }
            }
        }
    }
}
