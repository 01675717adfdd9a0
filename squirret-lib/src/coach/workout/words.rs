//! What a workout came to, in a few plain sentences.

use std::fmt::Write as _;

use super::{Trend, Workout};
use crate::{
    feedback::{Text, fault_of},
    score::Topic,
    verdict::{Assessment, Language, Verdict},
};

impl Workout {
    /// What it came to, in a few plain sentences. Nothing is praised that was not assessed.
    #[must_use]
    pub fn summary(&self, language: Language) -> String {
        match language {
            Language::Ko => self.korean(),
            Language::En => self.english(),
        }
    }

    fn korean(&self) -> String {
        let Some(score) = self.score else {
            let why = self.why(Language::Ko);
            return format!("이번에는 기록된 스쿼트가 없어요.{why} 다음에 함께 시작해봐요!");
        };
        let (reps, sets) = (self.reps, self.sets.len());
        let mut text =
            format!("스쿼트 {reps}회를 {sets}세트로 마쳤어요. 평균 점수는 {score:.0}점이에요.");
        if self.clean_reps == reps {
            text.push_str(" 고칠 점이 하나도 없었어요.");
        } else if self.clean_reps > 0 {
            let clean = self.clean_reps;
            let _ = write!(text, " 그중 {clean}회는 고칠 점이 없었어요.");
        }
        text.push_str(match self.score_trend {
            Trend::Better => " 뒤로 갈수록 자세가 좋아졌어요.",
            Trend::Worse => " 뒤로 갈수록 자세가 흐트러졌으니 쉬는 시간을 조금 늘려보세요.",
            Trend::Steady => "",
        });
        if let Some(advice) = self.advice() {
            let advice = advice.say(Language::Ko);
            let _ = write!(text, " 다음에는 이것부터 연습해 보세요: {advice}.");
        }
        let unseen = self.unseen(Language::Ko);
        if !unseen.is_empty() {
            let _ = write!(text, " 이번에 확인하지 못한 것: {}.", unseen.join(", "));
        }
        text
    }

    fn english(&self) -> String {
        let Some(score) = self.score else {
            let why = self.why(Language::En);
            return format!(
                "No squats were recorded this time.{why} Let's begin together next time!"
            );
        };
        let plural = |count: usize, word: &str| {
            format!("{count} {word}{}", if count == 1 { "" } else { "s" })
        };
        let (reps, sets) = (
            plural(self.reps as usize, "squat"),
            plural(self.sets.len(), "set"),
        );
        let mut text = format!("You did {reps} in {sets}, with a mean score of {score:.0}.");
        if self.clean_reps == self.reps {
            text.push_str(" There was nothing to correct.");
        } else if self.clean_reps > 0 {
            let _ = write!(text, " {} of them had nothing to correct.", self.clean_reps);
        }
        text.push_str(match self.score_trend {
            Trend::Better => " Your form improved as you went on.",
            Trend::Worse => " Your form faded towards the end: rest a little longer.",
            Trend::Steady => "",
        });
        if let Some(advice) = self.advice() {
            let advice = advice.say(Language::En);
            let _ = write!(text, " Next time, work on this first: {advice}.");
        }
        let unseen = self.unseen(Language::En);
        if !unseen.is_empty() {
            let _ = write!(text, " Not checked this time: {}.", unseen.join(", "));
        }
        text
    }

    /// Why nothing counted, as a sentence behind a blank; empty where that is not known.
    fn why(&self, language: Language) -> String {
        self.not_counting.map_or_else(String::new, |reason| {
            format!(" {}.", reason.explain(language))
        })
    }

    /// What is said about the most frequent fault, if it stood in at least two repetitions.
    fn advice(&self) -> Option<Text> {
        let worst = self.faults.first().filter(|count| count.faults >= 2)?;
        let evidence = worst.worst?;
        let verdict = Verdict::new(worst.rule, Assessment::Bad, evidence.unit, evidence.source)
            .with_evidence(evidence.value, evidence.threshold, evidence.confidence);
        Some(fault_of(&verdict).say[0])
    }

    /// The topics of which no rule was ever assessed.
    fn unseen(&self, language: Language) -> Vec<&'static str> {
        let seen = |topic: Topic| self.faults.iter().any(|count| count.rule.topic() == topic);
        Topic::ALL
            .into_iter()
            .filter(|topic| !seen(*topic))
            .map(|topic| topic.name(language))
            .collect()
    }
}
