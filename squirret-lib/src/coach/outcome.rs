//! What a session or a recorded clip came to, in one word and with its evidence.

use super::{Data, Event, RepRecord};
use crate::{
    Stage,
    feedback::Status,
    squat::NotCounting,
    verdict::{Assessment, Rule, Verdict},
};

/// Counts how often each reason why nothing counts was reported, in memory that does not grow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reasons {
    times: [u32; NotCounting::ALL.len()],
    /// How often a squat would have counted.
    ready: u32,
    /// Whether a sample or a frame arrived at all.
    input: bool,
}

impl Reasons {
    /// Takes an event of the coach.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Analysis(analysis) => self.note(analysis.not_counting),
            Event::Device { .. } => self.input = true,
            Event::Data(data) if has_input(data) => self.note(data.not_counting),
            Event::Uncounted(_) => self.note(Some(NotCounting::MissingSamples)),
            _ => {}
        }
    }

    fn note(&mut self, reason: Option<NotCounting>) {
        let times = match reason {
            Some(reason) => &mut self.times[reason as usize],
            None => &mut self.ready,
        };
        *times = times.saturating_add(1);
    }

    /// The reason that explains a workout without a repetition.
    ///
    /// Movements that did not count come before all else. A state of the person or of the input explains it when it held for
    /// at least as long as a squat would have counted; otherwise nobody squatted. Of several the most frequent is returned.
    pub(super) fn foremost(&self) -> NotCounting {
        let noted = NotCounting::ALL.into_iter().zip(self.times).rev();
        let most = noted
            .filter(|(_, times)| *times > 0)
            .max_by_key(|(reason, times)| (reason.is_movement(), *times));
        match most {
            Some((reason, times)) if reason.is_movement() || times >= self.ready => reason,
            None if self.ready == 0 && !self.input => NotCounting::NoInput,
            _ => NotCounting::NoSquat,
        }
    }
}

/// Whether camera or insoles were there.
const fn has_input(data: &Data) -> bool {
    data.not_counting.is_some() || data.stage_source.is_some()
}

/// Keeps what the judgement of a whole clip needs, from the events of its coach. Unlike a coach it grows with the
/// repetitions: it is for replays and reports.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    reps: Vec<RepRecord>,
    reasons: Reasons,
    /// The last frame's verdicts of a squat that did not become a repetition.
    unfinished: Vec<Verdict>,
}

impl Outcome {
    /// Takes an event of the coach.
    pub fn take(&mut self, event: &Event) {
        self.reasons.take(event);
        match event {
            Event::Rep(rep) => self.reps.push(rep.clone()),
            Event::Analysis(analysis) if is_moving(analysis.stage) => {
                self.unfinished.clone_from(&analysis.verdicts);
            }
            _ => {}
        }
    }

    /// Why there is no repetition; `None` when there is one.
    #[must_use]
    pub fn not_counting(&self) -> Option<NotCounting> {
        self.reps.is_empty().then(|| self.reasons.foremost())
    }

    /// The repetitions.
    #[must_use]
    pub fn reps(&self) -> &[RepRecord] {
        &self.reps
    }

    /// GOOD when there are repetitions and none was too shallow or at fault in back, knees, ankles or load; BAD when one
    /// was; NO_DATA when nothing was assessed, or no movement was a squat: [`Outcome::not_counting`] has the reason. The
    /// tempo is told, but is no fault of form.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut verdicts = self.reps.iter().flat_map(|rep| &rep.verdicts);
        if verdicts.any(|verdict| verdict.is_fault() && verdict.rule != Rule::DescentTempo) {
            return Status::Bad;
        }
        let assessed = |rep: &RepRecord| rep.verdicts.iter().any(Verdict::is_assessed);
        if self.reps.iter().any(assessed) {
            Status::Good
        } else {
            Status::NoData
        }
    }

    /// One verdict a rule, the worst of all repetitions; of the last frame of a squat that never became one.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        let mut worst: Vec<Verdict> = Vec::new();
        let of_reps = self.reps.iter().flat_map(|rep| &rep.verdicts);
        let unfinished = self.unfinished.iter().filter(|_| self.reps.is_empty());
        for verdict in of_reps.chain(unfinished) {
            match worst.iter_mut().find(|other| other.rule == verdict.rule) {
                Some(other) if severity(verdict) > severity(other) => *other = *verdict,
                Some(_) => {}
                None => worst.push(*verdict),
            }
        }
        worst
    }
}

const fn is_moving(stage: Stage) -> bool {
    matches!(stage, Stage::Descent | Stage::Bottom | Stage::Ascent)
}

const fn severity(verdict: &Verdict) -> u8 {
    match verdict.assessment {
        Assessment::NotAssessed(_) => 0,
        Assessment::Good => 1,
        Assessment::Warning => 2,
        Assessment::Bad => 3,
    }
}
