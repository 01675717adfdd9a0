//! What is said, and when.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Text, Topic, count, habit::FaultTracker};
use crate::{UnixMillis, verdict::Language};

/// How many of the last texts are remembered.
const REMEMBERED: usize = 8;

/// When to say what. Defaults: ENGINE section on cues; an embedding service replaces any of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CuePolicy {
    /// Least time between two voice cues in ms, default 10 000.
    pub interval_ms: u32,
    /// Least time until the same text, or another fault of the same kind, is said again in ms, default 30 000.
    /// At most eight intervals.
    pub repeat_ms: u32,
    /// Which fault is said first: lumbar, knee, ankle, balance, depth, tempo (safety before depth before tempo).
    /// A topic that is left out is not spoken of.
    pub priority: Vec<Topic>,
    /// A fault that lasts this long is said in the same repetition, in ms, default 1 000.
    pub lasting_ms: u32,
    /// A fault that stood in at least this many of the last ten repetitions is said after one, default 2.
    pub habitual_reps: u8,
    /// A fault counts as gone after this many repetitions that were assessed and without it, default 2.
    pub fixed_reps: u8,
    /// How long after a repetition its faults and praise may still be said, in ms, default 12 000 (*proposed*: one
    /// interval and a little).
    pub relevant_ms: u32,
    /// Whether a fault that was spoken of and is gone is praised, default true.
    pub praise: bool,
    /// Nothing is praised unless this many of the last repetitions were without any fault, default 3.
    pub praise_reps: u8,
    /// Whether each clean repetition is counted aloud as it ends, default false. Counts are the one cue that does not
    /// wait for the interval, and that others do not wait for: a count that is left out now and then only confuses.
    pub count: bool,
    /// Whether there is encouragement while there is no data, default true.
    pub encourage: bool,
    /// Least time between two remarks that all is well in ms, default 30 000 (*proposed*).
    pub steady_ms: u32,
    /// How long a person must stand in a way that no squat would count before the reason is said, in ms, default 3 000
    /// (*proposed*). A movement that did not count is spoken of at once; nothing twice within `repeat_ms`.
    pub uncounted_ms: u32,
}

impl Default for CuePolicy {
    fn default() -> Self {
        Self {
            interval_ms: 10_000,
            repeat_ms: 30_000,
            priority: Topic::ALL.to_vec(),
            lasting_ms: 1_000,
            habitual_reps: 2,
            fixed_reps: 2,
            relevant_ms: 12_000,
            praise: true,
            praise_reps: 3,
            count: false,
            encourage: true,
            steady_ms: 30_000,
            uncounted_ms: 3_000,
        }
    }
}

/// Why a cue is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CueKind {
    /// What to do now: stand still, begin.
    Instruction,
    /// A fault.
    Fault,
    /// A fault is gone.
    Praise,
    /// A clean repetition.
    Count,
    /// All that is assessed is well.
    Steady,
    /// There is no data.
    Encouragement,
}

/// What is said aloud.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cue {
    /// When.
    pub at: UnixMillis,
    /// In which language.
    pub language: Language,
    /// What, by a name that stays the same in every language and version: that of the text in snake case, or `count`.
    #[serde(default)]
    pub id: Cow<'static, str>,
    /// What, in words.
    pub text: String,
    /// Why.
    pub kind: CueKind,
    /// What it is about, for faults and praise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub topic: Option<Topic>,
}

/// The moment for which a cue is chosen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CueContext {
    /// The time.
    pub now: UnixMillis,
    /// The language.
    pub language: Language,
    /// Whether there is data of any source.
    pub data: bool,
    /// Whether something was assessed over the whole window and found in order.
    pub steady: bool,
    /// The number of the repetition that ended just now without a fault.
    pub clean_rep: Option<u32>,
}

impl CueContext {
    /// A moment without data.
    #[must_use]
    pub const fn new(now: UnixMillis, language: Language) -> Self {
        Self {
            now,
            language,
            data: false,
            steady: false,
            clean_rep: None,
        }
    }
}

/// Chooses the cues of one session.
#[derive(Clone, Debug)]
pub struct CueScheduler {
    started: UnixMillis,
    said: [Option<(Text, UnixMillis)>; REMEMBERED],
    last: usize,
    instruction: Option<(Text, UnixMillis)>,
    steady: u32,
    steady_at: Option<UnixMillis>,
    cheers: u32,
}

impl CueScheduler {
    /// One that has said nothing yet.
    #[must_use]
    pub const fn new(now: UnixMillis) -> Self {
        Self {
            started: now,
            said: [None; REMEMBERED],
            last: 0,
            instruction: None,
            steady: 0,
            steady_at: None,
            cheers: 0,
        }
    }

    /// Asks for an instruction; it goes before everything else, but not into the interval, and is dropped when it
    /// could not be said within five seconds.
    pub const fn instruct(&mut self, text: Text, now: UnixMillis) {
        self.instruction = Some((text, now));
    }

    /// Whether something may be said now, as far as the interval is concerned.
    #[must_use]
    pub fn is_free(&self, policy: &CuePolicy, now: UnixMillis) -> bool {
        let waits = |ms| ms < i64::from(policy.interval_ms);
        !self.since_last(now).is_some_and(waits)
    }

    /// Takes back an instruction that has not been said.
    pub fn withdraw(&mut self, text: Text) {
        self.instruction.take_if(|(waiting, _)| *waiting == text);
    }

    /// Chooses what to say at this moment, if anything, and takes it as said.
    pub fn choose(
        &mut self,
        policy: &CuePolicy,
        habits: &mut FaultTracker,
        moment: CueContext,
    ) -> Option<Cue> {
        if !self.is_free(policy, moment.now) {
            return Self::count(policy, moment);
        }
        let Some((text, kind, topic)) = self
            .instruction(moment.now)
            .or_else(|| self.fault(policy, habits, moment.now))
            .or_else(|| self.praise(policy, habits, moment.now))
            .or_else(|| self.steady(policy, habits, moment))
            .or_else(|| self.encouragement(policy, moment))
        else {
            return Self::count(policy, moment);
        };
        self.last = (self.last + 1) % REMEMBERED;
        self.said[self.last] = Some((text, moment.now));
        Some(Cue {
            at: moment.now,
            language: moment.language,
            id: text.id().into(),
            text: text.say(moment.language).to_owned(),
            kind,
            topic,
        })
    }

    fn instruction(&mut self, now: UnixMillis) -> Option<(Text, CueKind, Option<Topic>)> {
        let (text, at) = self.instruction.take()?;
        (now.since(at) <= 5_000).then_some((text, CueKind::Instruction, None))
    }

    /// The admitted fault of the most important topic whose text may be said.
    fn fault(
        &self,
        policy: &CuePolicy,
        habits: &mut FaultTracker,
        now: UnixMillis,
    ) -> Option<(Text, CueKind, Option<Topic>)> {
        for topic in &policy.priority {
            for (habit, wordings) in habits.admitted(*topic, policy, now) {
                let free = |text: &Text| self.may_say(*text, policy, now);
                if let Some(text) = wordings.into_iter().find(free) {
                    habits.spoken_of(habit, now);
                    return Some((text, CueKind::Fault, Some(*topic)));
                }
            }
        }
        None
    }

    fn praise(
        &self,
        policy: &CuePolicy,
        habits: &mut FaultTracker,
        now: UnixMillis,
    ) -> Option<(Text, CueKind, Option<Topic>)> {
        let may = |topic: Topic| self.may_say(topic.praise(), policy, now);
        if habits.had_faulty_rep(policy) {
            return None;
        }
        let topic = habits
            .take_fixed(policy, now)
            .filter(|topic| policy.praise && may(*topic))?;
        Some((topic.praise(), CueKind::Praise, Some(topic)))
    }

    fn count(policy: &CuePolicy, moment: CueContext) -> Option<Cue> {
        let reps = moment.clean_rep.filter(|_| policy.count)?;
        Some(Cue {
            at: moment.now,
            language: moment.language,
            id: "count".into(),
            text: count(reps, moment.language),
            kind: CueKind::Count,
            topic: None,
        })
    }

    fn steady(
        &mut self,
        policy: &CuePolicy,
        habits: &FaultTracker,
        moment: CueContext,
    ) -> Option<(Text, CueKind, Option<Topic>)> {
        const TEXTS: [Text; 3] = [Text::SteadyOne, Text::SteadyTwo, Text::SteadyThree];
        let early = |at| moment.now.since(at) < i64::from(policy.steady_ms);
        let begun = moment.now.since(self.started) >= i64::from(policy.interval_ms);
        let faulty = habits.is_faulty(policy, moment.now);
        if !moment.steady || faulty || !begun || self.steady_at.is_some_and(early) {
            return None;
        }
        let words = self.rotated(&TEXTS, self.steady, policy, moment.now)?;
        self.steady = self.steady.wrapping_add(1);
        self.steady_at = Some(moment.now);
        Some((words, CueKind::Steady, None))
    }

    fn encouragement(
        &mut self,
        policy: &CuePolicy,
        moment: CueContext,
    ) -> Option<(Text, CueKind, Option<Topic>)> {
        const TEXTS: [Text; 5] = [
            Text::CheerOne,
            Text::CheerTwo,
            Text::CheerThree,
            Text::CheerFour,
            Text::CheerFive,
        ];
        let begun = moment.now.since(self.started) >= i64::from(policy.interval_ms);
        if moment.data || !policy.encourage || !begun {
            return None;
        }
        let words = self.rotated(&TEXTS, self.cheers, policy, moment.now)?;
        self.cheers = self.cheers.wrapping_add(1);
        Some((words, CueKind::Encouragement, None))
    }

    /// The first of the texts, from the `turn`th on, that may be said.
    fn rotated(
        &self,
        texts: &[Text],
        turn: u32,
        policy: &CuePolicy,
        now: UnixMillis,
    ) -> Option<Text> {
        let mut turns = (0..texts.len()).map(|step| texts[(turn as usize + step) % texts.len()]);
        turns.find(|words| self.may_say(*words, policy, now))
    }

    /// Not the last text, and not within the time of repetition.
    fn may_say(&self, words: Text, policy: &CuePolicy, now: UnixMillis) -> bool {
        let last = self.said[self.last].is_some_and(|(said, _)| said == words);
        let recent = |(said, at): &(Text, UnixMillis)| {
            *said == words && now.since(*at) < i64::from(policy.repeat_ms)
        };
        !last && !self.said.iter().flatten().any(recent)
    }

    fn since_last(&self, now: UnixMillis) -> Option<i64> {
        self.said[self.last].map(|(_, at)| now.since(at))
    }
}

#[cfg(test)]
mod tests;
