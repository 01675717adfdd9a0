//! What a session or a recorded clip came to, in one word and with its evidence.

use super::{Event, RepRecord};
use crate::{
    Stage,
    feedback::Status,
    squat::NotCounting,
    verdict::{Assessment, Rule, Verdict},
};

/// Keeps what the judgement of a whole clip needs, from the events of its coach. Unlike a coach it grows with the
/// repetitions: it is for replays and reports.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    reps: Vec<RepRecord>,
    /// How often each reason was told why nothing counts, in the order of their first time.
    reasons: Vec<(NotCounting, u32)>,
    /// The last frame's verdicts of a squat that did not become a repetition.
    unfinished: Vec<Verdict>,
}

impl Outcome {
    /// Takes an event of the coach.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Rep(rep) => self.reps.push(rep.clone()),
            Event::Analysis(analysis) => {
                if is_moving(analysis.stage) {
                    self.unfinished.clone_from(&analysis.verdicts);
                }
                self.note(analysis.not_counting);
            }
            Event::Data(data) => self.note(data.not_counting),
            _ => {}
        }
    }

    fn note(&mut self, reason: Option<NotCounting>) {
        let Some(reason) = reason else { return };
        match self.reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, times)) => *times = times.saturating_add(1),
            None => self.reasons.push((reason, 1)),
        }
    }

    /// Why there is no repetition; `None` when there is one. Movements that did not count come before how the person
    /// stood, the most frequent first.
    #[must_use]
    pub fn not_counting(&self) -> Option<NotCounting> {
        if !self.reps.is_empty() {
            return None;
        }
        let told = self.reasons.iter().rev();
        let most = told.max_by_key(|(reason, times)| (reason.is_movement(), *times));
        Some(most.map_or(NotCounting::NoSquat, |(reason, _)| *reason))
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
