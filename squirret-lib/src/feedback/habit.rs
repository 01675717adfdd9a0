//! Which faults persist: in how many of the last repetitions, and since when right now.

use super::{
    CuePolicy, Fault, FaultKind, Text, Topic,
    faults::{fault_of, fault_of_mark},
};
use crate::{
    UnixMillis,
    verdict::{Assessment, Mark, Rule, Verdict},
};

/// A fault that is not seen again for this long is over, in ms.
const GAP_MS: i64 = 1_500;

/// Repetitions that are looked back on.
const LAST_REPS: u32 = 10;

/// Repetitions for which it is news that a fault is gone.
const NEWS_REPS: u8 = 3;

/// Rules, and the three marks of an outer AI, which come without a rule.
const HABITS: usize = Rule::ALL.len() + 3;

/// Handle of one fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FaultId(usize);

#[derive(Clone, Copy, Debug)]
struct TrackedFault {
    row: Fault,
    /// At fault without interruption from, to.
    bad: Option<(UnixMillis, UnixMillis)>,
    /// At fault, and assessed, in each of the last repetitions; the latest is the lowest bit.
    bad_reps: u16,
    assessed_reps: u16,
    /// What it was spoken of as, and when.
    spoken: Option<(FaultKind, UnixMillis)>,
    /// Whether it was spoken of and is not yet praised or forgotten.
    cued: bool,
    turns: u8,
}

/// The faults of one session.
#[derive(Clone, Debug)]
pub struct FaultTracker {
    entries: [Option<TrackedFault>; HABITS],
    last_rep: Option<UnixMillis>,
    /// Whether there was a fault in each of the last repetitions; the latest is the lowest bit.
    faulty_reps: u16,
    /// When a fault was last seen.
    last_bad: Option<UnixMillis>,
}

impl Default for FaultTracker {
    fn default() -> Self {
        Self {
            entries: [None; HABITS],
            last_rep: None,
            faulty_reps: 0,
            last_bad: None,
        }
    }
}

impl FaultTracker {
    /// What is seen right now. What is not mentioned, or not assessed, stays as it is and ends after a gap.
    pub fn observe(&mut self, verdicts: &[Verdict], now: UnixMillis) {
        for verdict in verdicts.iter().filter(|verdict| !verdict.overruled) {
            let fault = fault_of(verdict);
            self.note(verdict.rule as usize, verdict.assessment, fault, now);
        }
    }

    /// The same for an outer AI's marks: lumbar, knee, ankle.
    pub fn observe_marks(&mut self, marks: [Mark; 3], now: UnixMillis) {
        for (index, mark) in marks.into_iter().enumerate() {
            let assessment = match mark {
                Mark::Bad => Assessment::Bad,
                Mark::Good => Assessment::Good,
                Mark::Null => continue,
            };
            let fault = fault_of_mark(index);
            self.note(Rule::ALL.len() + index, assessment, fault, now);
        }
    }

    fn note(&mut self, index: usize, assessment: Assessment, row: Fault, now: UnixMillis) {
        let slot = &mut self.entries[index];
        match assessment {
            Assessment::Bad => {
                self.last_bad = Some(now);
                let entry = slot.get_or_insert_with(|| TrackedFault::new(row));
                entry.turn_to(row);
                let from = entry
                    .bad
                    .filter(|(_, to)| now.since(*to) <= GAP_MS)
                    .map_or(now, |(from, _)| from);
                entry.bad = Some((from, now));
            }
            Assessment::Good | Assessment::Warning => {
                if let Some(entry) = slot {
                    entry.bad = None;
                }
            }
            Assessment::NotAssessed(_) => {}
        }
    }

    /// A repetition ended with these verdicts.
    pub fn rep_ended(&mut self, verdicts: &[Verdict], now: UnixMillis) {
        self.last_rep = Some(now);
        for entry in self.entries.iter_mut().flatten() {
            entry.bad_reps <<= 1;
            entry.assessed_reps <<= 1;
        }
        let faulty = verdicts.iter().any(Verdict::is_fault);
        self.faulty_reps = self.faulty_reps << 1 | u16::from(faulty);
        if faulty {
            self.last_bad = Some(now);
        }
        for verdict in verdicts.iter().filter(|verdict| !verdict.overruled) {
            let slot = &mut self.entries[verdict.rule as usize];
            if verdict.assessment == Assessment::Bad {
                let fault = fault_of(verdict);
                let entry = slot.get_or_insert_with(|| TrackedFault::new(fault));
                entry.turn_to(fault);
                entry.bad_reps |= 1;
            }
            if let Some(entry) = slot.as_mut().filter(|_| verdict.is_assessed()) {
                entry.assessed_reps |= 1;
            }
        }
    }

    /// Whether a fault stands in enough of the last repetitions.
    #[must_use]
    pub fn is_habitual(&self, rule: Rule, policy: &CuePolicy) -> bool {
        self.entries[rule as usize].is_some_and(|entry| entry.is_habitual(policy))
    }

    /// Whether one of the last `CuePolicy::praise_reps` repetitions had a fault, or one was seen within
    /// `CuePolicy::relevant_ms`: no time for praise.
    #[must_use]
    pub fn is_faulty(&self, policy: &CuePolicy, now: UnixMillis) -> bool {
        let lately = |at| now.since(at) <= i64::from(policy.relevant_ms);
        self.had_faulty_rep(policy) || self.last_bad.is_some_and(lately)
    }

    /// Whether one of the last `CuePolicy::praise_reps` repetitions had a fault.
    pub(super) fn had_faulty_rep(&self, policy: &CuePolicy) -> bool {
        let last = (1_u16 << policy.praise_reps.clamp(1, 10)) - 1;
        self.faulty_reps & last != 0
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The faults of `topic` that persist and may be spoken of, each with its wordings, the next in turn first.
    pub(super) fn admitted(
        &self,
        topic: Topic,
        policy: &CuePolicy,
        now: UnixMillis,
    ) -> impl Iterator<Item = (FaultId, [Text; 2])> + use<> {
        let after_rep = self
            .last_rep
            .is_some_and(|at| now.since(at) <= i64::from(policy.relevant_ms));
        let mut found = [None; HABITS];
        for (index, (slot, found)) in self.entries.iter().zip(&mut found).enumerate() {
            let Some(entry) = slot.filter(|entry| entry.row.topic == topic) else {
                continue;
            };
            let free = !self.spoken_lately(entry.row.kind, policy, now)
                && !self.has_graver_kin(&entry, policy, now);
            let persists = entry.lasts(policy, now) || (after_rep && entry.is_habitual(policy));
            let [first, second] = entry.row.say;
            let wordings = if entry.turns % 2 == 0 {
                [first, second]
            } else {
                [second, first]
            };
            *found = (free && persists).then_some((FaultId(index), wordings));
        }
        found.into_iter().flatten()
    }

    /// Whether a fault of the same kind and a more important topic stands now or in the last repetition: heels that lift
    /// come with weight on the toes, and are what should be spoken of.
    fn has_graver_kin(&self, entry: &TrackedFault, policy: &CuePolicy, now: UnixMillis) -> bool {
        let rank = |topic: Topic| policy.priority.iter().position(|other| *other == topic);
        let Some(own) = rank(entry.row.topic) else {
            return false;
        };
        let stands = |other: &TrackedFault| {
            let now_bad = other.bad.is_some_and(|(_, to)| now.since(to) <= GAP_MS);
            now_bad || other.bad_reps & 1 != 0
        };
        let mut kin = self.entries.iter().flatten();
        kin.any(|other| {
            other.row.kind == entry.row.kind
                && rank(other.row.topic).is_some_and(|other| other < own)
                && stands(other)
        })
    }

    /// Whether a fault of this kind was spoken of within the time of repetition.
    fn spoken_lately(&self, kind: FaultKind, policy: &CuePolicy, now: UnixMillis) -> bool {
        let lately = |(spoken, at): (FaultKind, UnixMillis)| {
            spoken == kind && now.since(at) < i64::from(policy.repeat_ms)
        };
        let entries = self.entries.iter().flatten();
        entries.filter_map(|entry| entry.spoken).any(lately)
    }

    /// It was spoken of.
    pub(super) fn spoken_of(&mut self, habit: FaultId, now: UnixMillis) {
        if let Some(entry) = &mut self.entries[habit.0] {
            entry.spoken = Some((entry.row.kind, now));
            entry.cued = true;
            entry.turns = entry.turns.wrapping_add(1);
        }
    }

    /// The topic of a fault that was spoken of and is gone, if there is one; it is told once. What has been gone for
    /// more than a few repetitions is old news.
    pub(super) fn take_fixed(&mut self, policy: &CuePolicy, now: UnixMillis) -> Option<Topic> {
        let relevant = self
            .last_rep
            .is_some_and(|at| now.since(at) <= i64::from(policy.relevant_ms));
        let cued = self
            .entries
            .iter_mut()
            .flatten()
            .filter(|entry| entry.cued && entry.is_fixed(policy));
        let mut fixed = None;
        for entry in cued {
            let news =
                entry.bad_reps & ((1 << (policy.fixed_reps.clamp(1, 10) + NEWS_REPS)) - 1) != 0;
            if !news {
                entry.cued = false;
            } else if fixed.is_none() && relevant {
                entry.cued = false;
                fixed = Some(entry.row.topic);
            }
        }
        fixed
    }
}

impl TrackedFault {
    const fn new(row: Fault) -> Self {
        Self {
            row,
            bad: None,
            bad_reps: 0,
            assessed_reps: 0,
            spoken: None,
            cued: false,
            turns: 0,
        }
    }

    /// The rule is at fault as this. In the other direction it is another fault, which begins anew.
    fn turn_to(&mut self, row: Fault) {
        if self.row.kind != row.kind {
            let spoken = self.spoken;
            *self = Self {
                spoken,
                assessed_reps: self.assessed_reps,
                ..Self::new(row)
            };
        }
        self.row = row;
    }

    /// Lasts right now.
    fn lasts(&self, policy: &CuePolicy, now: UnixMillis) -> bool {
        self.bad.is_some_and(|(from, to)| {
            now.since(to) <= GAP_MS && to.since(from) >= i64::from(policy.lasting_ms)
        })
    }

    /// In the last repetition, and in enough of the last ten.
    fn is_habitual(&self, policy: &CuePolicy) -> bool {
        let last = self.bad_reps & ((1 << LAST_REPS) - 1);
        last & 1 != 0 && last.count_ones() >= u32::from(policy.habitual_reps)
    }

    /// The last repetitions were assessed and without it.
    fn is_fixed(&self, policy: &CuePolicy) -> bool {
        let last = (1_u16 << policy.fixed_reps.clamp(1, 10)) - 1;
        self.assessed_reps & last == last && self.bad_reps & last == 0
    }
}
