//! What is kept of a clip for its report.

use squirret::{
    Assessment, Rule, Verdict,
    coach::{Event, RepRecord},
    feedback::Status,
    fsr::Stage,
};

/// What happened in one clip.
#[derive(Debug)]
pub(crate) struct Notes {
    /// Its name.
    pub(crate) name: String,
    /// What people said of it.
    pub(crate) label: Option<String>,
    /// The repetitions.
    pub(crate) reps: Vec<RepRecord>,
    /// Whether a squat was begun.
    begun: bool,
    /// The last frame's verdicts of a squat that did not become a repetition.
    unfinished: Vec<Verdict>,
}

impl Notes {
    /// Nothing has happened yet.
    pub(crate) fn new(name: &str, label: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            label: label.map(str::to_owned),
            reps: Vec::new(),
            begun: false,
            unfinished: Vec::new(),
        }
    }

    /// Keeps what the report needs.
    pub(crate) fn take(&mut self, event: &Event) {
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

    /// GOOD when there are repetitions and none was too shallow or at fault in back, knees, ankles or load; BAD when one
    /// was, or a squat was begun and never finished; NO_DATA when nobody squatted. The tempo is told, but is no fault
    /// of form.
    pub(crate) fn status(&self) -> Status {
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
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
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
