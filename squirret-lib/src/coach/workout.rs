//! A workout: sets split by rests, totals, the best and the worst, how it changed.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::RepRecord;
use crate::{
    UnixMillis,
    feedback::Text,
    verdict::{Language, Rule, Verdict},
};

/// Most repetitions of which a session keeps its own account; those after it still count in the totals.
const MAX_REPS: usize = 256;

/// A repetition in short.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RepSummary {
    /// 1, 2, 3 …
    pub number: u32,
    /// Seconds from the start of the workout to the end of the repetition.
    pub at_seconds: f64,
    /// 0 to 100.
    pub score: f64,
    /// 0 to 1.
    pub depth: f64,
    /// Seconds going down.
    pub descent_seconds: f64,
    /// Seconds coming up.
    pub ascent_seconds: f64,
}

/// Repetitions without a rest between them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Set {
    /// 1, 2, 3 …
    pub number: u32,
    /// Its repetitions.
    pub reps: Vec<RepSummary>,
    /// Mean score, 0 to 100.
    pub score: f64,
    /// Rest before it in seconds; 0 for the first.
    pub rest_seconds: f64,
}

/// How often a rule was at fault.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultCount {
    /// Which.
    pub rule: Rule,
    /// Repetitions in which it was a fault.
    pub faults: u32,
    /// Repetitions in which it was assessed.
    pub assessed: u32,
}

/// How a number changed over the workout.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trend {
    /// The last third is better than the first.
    Better,
    /// They are alike, or there are fewer than six repetitions.
    Steady,
    /// The last third is worse than the first.
    Worse,
}

/// What a workout came to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Workout {
    /// When it began.
    pub start: UnixMillis,
    /// When the last repetition ended, or it was stopped.
    pub end: UnixMillis,
    /// All repetitions.
    pub reps: u32,
    /// Those without a fault, of those in which something was assessed.
    pub clean_reps: u32,
    /// Mean score, 0 to 100; `None` without repetitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// Mean depth, 0 to 1; `None` without repetitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub depth: Option<f64>,
    /// The repetition with the highest score, the first of equals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub best: Option<RepSummary>,
    /// The repetition with the lowest score, the last of equals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub worst: Option<RepSummary>,
    /// How the score changed.
    pub score_trend: Trend,
    /// How the depth changed.
    pub depth_trend: Trend,
    /// The sets, without repetitions beyond the 256th.
    pub sets: Vec<Set>,
    /// What was at fault, the most frequent first, and what was assessed and never at fault.
    pub faults: Vec<FaultCount>,
    /// What was never assessed.
    pub not_assessed: Vec<Rule>,
}

/// A repetition as the session keeps it.
#[derive(Clone, Copy, Debug)]
struct Kept {
    start_ms: u32,
    end_ms: u32,
    score: f32,
    depth: f32,
    descent_ms: u16,
    ascent_ms: u16,
}

/// Keeps the account of a workout in bounded memory.
#[derive(Clone, Debug)]
pub struct Tally {
    start: UnixMillis,
    end: UnixMillis,
    kept: Vec<Kept>,
    reps: u32,
    clean: u32,
    score_sum: f64,
    depth_sum: f64,
    faults: [u32; Rule::ALL.len()],
    assessed: [u32; Rule::ALL.len()],
}

impl Tally {
    /// An empty one.
    #[must_use]
    pub const fn new(start: UnixMillis) -> Self {
        Self {
            start,
            end: start,
            kept: Vec::new(),
            reps: 0,
            clean: 0,
            score_sum: 0.0,
            depth_sum: 0.0,
            faults: [0; Rule::ALL.len()],
            assessed: [0; Rule::ALL.len()],
        }
    }

    /// Repetitions so far.
    #[must_use]
    pub const fn reps(&self) -> u32 {
        self.reps
    }

    /// Bytes on the heap.
    #[must_use]
    pub const fn heap_bytes(&self) -> usize {
        self.kept.capacity() * size_of::<Kept>()
    }

    /// Counts a repetition.
    pub fn add(&mut self, record: &RepRecord) {
        let rep = &record.rep;
        self.reps = self.reps.saturating_add(1);
        self.clean += u32::from(record.is_clean());
        self.score_sum += rep.score;
        self.depth_sum += rep.depth;
        self.end = self.end.max(rep.end);
        let mut seen = 0_u32;
        for verdict in rep
            .verdicts
            .iter()
            .filter(|verdict| verdict.is_assessed() && !verdict.overruled)
        {
            let rule = verdict.rule as usize;
            self.assessed[rule] += u32::from(seen & (1 << rule) == 0);
            seen |= 1 << rule;
        }
        let mut bad = 0_u32;
        for verdict in rep.verdicts.iter().filter(|verdict| verdict.is_fault()) {
            let rule = verdict.rule as usize;
            self.faults[rule] += u32::from(bad & (1 << rule) == 0);
            bad |= 1 << rule;
        }
        if self.kept.len() < MAX_REPS {
            let since =
                |at: UnixMillis| u32::try_from(at.since(self.start).max(0)).unwrap_or(u32::MAX);
            self.kept.push(Kept {
                start_ms: since(rep.start),
                end_ms: since(rep.end),
                score: rep.score as f32,
                depth: rep.depth as f32,
                descent_ms: (rep.descent_seconds * 1e3) as u16,
                ascent_ms: (rep.ascent_seconds * 1e3) as u16,
            });
        }
    }

    /// What it came to. Sets are split where nobody squatted for `rest_ms`.
    #[must_use]
    pub fn workout(&self, rest_ms: u32) -> Workout {
        let summaries: Vec<_> = (1..)
            .zip(&self.kept)
            .map(|(number, kept)| kept.summary(number))
            .collect();
        let mean = |sum: f64| (self.reps > 0).then(|| rounded(sum / f64::from(self.reps)));
        let better = |a: &&RepSummary, b: &&RepSummary| a.score.total_cmp(&b.score);
        let count = |rule: &Rule| FaultCount {
            rule: *rule,
            faults: self.faults[*rule as usize],
            assessed: self.assessed[*rule as usize],
        };
        let (mut faults, missing): (Vec<_>, Vec<_>) = Rule::ALL
            .iter()
            .map(count)
            .partition(|count| count.assessed > 0);
        faults.sort_by_key(|count| std::cmp::Reverse(count.faults));
        Workout {
            start: self.start,
            end: self.end,
            reps: self.reps,
            clean_reps: self.clean,
            score: mean(self.score_sum),
            depth: mean(self.depth_sum),
            best: summaries.iter().rev().max_by(better).copied(),
            worst: summaries.iter().rev().min_by(better).copied(),
            score_trend: trend(&summaries, |rep| rep.score, 5.0),
            depth_trend: trend(&summaries, |rep| rep.depth, 0.08),
            sets: self.sets(&summaries, rest_ms),
            faults,
            not_assessed: missing.into_iter().map(|count| count.rule).collect(),
        }
    }

    fn sets(&self, summaries: &[RepSummary], rest_ms: u32) -> Vec<Set> {
        let mut sets: Vec<Set> = Vec::new();
        let mut last_end = None;
        for (kept, summary) in self.kept.iter().zip(summaries) {
            let rest = last_end.map_or(0, |end| kept.start_ms.saturating_sub(end));
            if sets.is_empty() || rest >= rest_ms {
                let number = sets.len() as u32 + 1;
                let rest_seconds = rounded(f64::from(rest) / 1e3);
                sets.push(Set {
                    number,
                    reps: Vec::new(),
                    score: 0.0,
                    rest_seconds,
                });
            }
            if let Some(set) = sets.last_mut() {
                set.reps.push(*summary);
            }
            last_end = Some(kept.end_ms);
        }
        for set in &mut sets {
            set.score =
                rounded(set.reps.iter().map(|rep| rep.score).sum::<f64>() / set.reps.len() as f64);
        }
        sets
    }
}

impl Kept {
    fn summary(&self, number: u32) -> RepSummary {
        RepSummary {
            number,
            at_seconds: f64::from(self.end_ms) / 1e3,
            score: rounded(f64::from(self.score)),
            depth: rounded(f64::from(self.depth)),
            descent_seconds: f64::from(self.descent_ms) / 1e3,
            ascent_seconds: f64::from(self.ascent_ms) / 1e3,
        }
    }
}

/// The mean of the last third against that of the first; `least` is the smallest change that counts.
fn trend(reps: &[RepSummary], value: impl Fn(&RepSummary) -> f64, least: f64) -> Trend {
    let third = reps.len() / 3;
    if third < 2 {
        return Trend::Steady;
    }
    let mean = |reps: &[RepSummary]| reps.iter().map(&value).sum::<f64>() / reps.len() as f64;
    let change = mean(&reps[reps.len() - third..]) - mean(&reps[..third]);
    if change >= least {
        Trend::Better
    } else if change <= -least {
        Trend::Worse
    } else {
        Trend::Steady
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e2).round() / 1e2
}

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
            return "이번에는 기록된 스쿼트가 없습니다. 다음에 함께 시작해봐요!".to_owned();
        };
        let mut text = format!(
            "스쿼트 {}회를 {}세트로 마쳤습니다. 평균 점수는 {score:.0}점입니다.",
            self.reps,
            self.sets.len()
        );
        if self.clean_reps > 0 {
            let _ = write!(
                text,
                " 그중 {}회는 지적할 점이 없었습니다.",
                self.clean_reps
            );
        }
        match self.score_trend {
            Trend::Better => text.push_str(" 뒤로 갈수록 자세가 좋아졌습니다."),
            Trend::Worse => {
                text.push_str(" 뒤로 갈수록 자세가 흐트러졌으니 쉬는 시간을 조금 늘려보세요.")
            }
            Trend::Steady => {}
        }
        if let Some(advice) = self.advice() {
            let _ = write!(
                text,
                " 다음에는 이것부터 연습해보세요: {}.",
                advice.say(Language::Ko)
            );
        }
        text
    }

    fn english(&self) -> String {
        let Some(score) = self.score else {
            return "No squats were recorded this time. Let's begin together next time!".to_owned();
        };
        let plural = |count: usize, word: &str| {
            format!("{count} {word}{}", if count == 1 { "" } else { "s" })
        };
        let (reps, sets) = (
            plural(self.reps as usize, "squat"),
            plural(self.sets.len(), "set"),
        );
        let mut text = format!("You did {reps} in {sets}, with a mean score of {score:.0}.");
        if self.clean_reps > 0 {
            let _ = write!(text, " {} of them had nothing to correct.", self.clean_reps);
        }
        match self.score_trend {
            Trend::Better => text.push_str(" Your form improved as you went on."),
            Trend::Worse => {
                text.push_str(" Your form faded towards the end: rest a little longer.")
            }
            Trend::Steady => {}
        }
        if let Some(advice) = self.advice() {
            let _ = write!(
                text,
                " Next time, work on this first: {}.",
                advice.say(Language::En)
            );
        }
        text
    }

    /// What is said about the most frequent fault, if it stood in at least two repetitions.
    fn advice(&self) -> Option<Text> {
        let worst = self.faults.first().filter(|count| count.faults >= 2)?;
        let verdict = Verdict::new(
            worst.rule,
            crate::verdict::Assessment::Bad,
            crate::verdict::Unit::Ratio,
            crate::verdict::Source::Both,
        );
        // Rules with two directions are told as the usual one: the weight is too far forward.
        let (value, threshold) = if worst.rule == Rule::FrontShare {
            (1.0, 0.0)
        } else {
            (0.0, 1.0)
        };
        Some(crate::feedback::fault_of(&verdict.with_evidence(value, threshold, 1.0)).say[0])
    }
}
