//! What a session or a recorded clip came to, in one word and with its evidence.

use super::{Event, RepRecord};
use crate::{
    feedback::Status,
    fsr::Stage,
    verdict::{Assessment, Rule, Verdict},
};

/// Keeps what the judgement of a whole clip needs, from the events of its coach. Unlike a coach it grows with the
/// repetitions: it is for replays and reports.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    reps: Vec<RepRecord>,
    /// Whether a squat was begun.
    begun: bool,
    /// The last frame's verdicts of a squat that did not become a repetition.
    unfinished: Vec<Verdict>,
}

impl Outcome {
    /// Takes an event of the coach.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Rep(rep) => self.reps.push(rep.clone()),
            Event::Analysis(analysis) if is_moving(analysis.stage) => {
                self.begun = true;
                self.unfinished.clone_from(&analysis.verdicts);
            }
            Event::Data(data) => self.begun |= is_moving(data.stage),
            _ => {}
        }
    }

    /// The repetitions.
    #[must_use]
    pub fn reps(&self) -> &[RepRecord] {
        &self.reps
    }

    /// GOOD when there are repetitions and none was too shallow or at fault in back, knees, ankles or load; BAD when one
    /// was, or a squat was begun and never finished; NO_DATA when nobody squatted. The tempo is told, but is no fault
    /// of form.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut verdicts = self.reps.iter().flat_map(|rep| &rep.verdicts);
        if verdicts.any(|verdict| verdict.is_fault() && verdict.rule != Rule::DescentTempo) {
            return Status::Bad;
        }
        let assessed = |rep: &RepRecord| rep.verdicts.iter().any(Verdict::is_assessed);
        match self.reps.first() {
            Some(_) if self.reps.iter().any(assessed) => Status::Good,
            None if self.begun => Status::Bad,
            _ => Status::NoData,
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
