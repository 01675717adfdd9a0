//! Follows one person through the frames.

use super::{
    Angles, Baseline, Body, NotCounting, Rep, SquatConfig, View, Viewpoint,
    baseline::Collector,
    faults::{Part, Sight, Steady, TABLE},
    gate::{Admission, Gate},
    orientation::Orientation,
    phase::{Change, Phase},
    rep::Record,
    view::ViewTracker,
};
use crate::{
    Stage, UnixMillis,
    pose::Pose,
    score::Weights,
    verdict::{Assessment, Mark, Reason, Verdict},
};

/// What one frame showed.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct FrameJudgement {
    /// Lower back and trunk.
    pub lumbar: Mark,
    /// Knees.
    pub knee: Mark,
    /// Ankles and heels.
    pub ankle: Mark,
    /// 0 to 100: the present repetition's so far, else the last one's; 0 before anything was assessed.
    pub score: f64,
    /// Stage.
    pub stage: Stage,
    /// Angles.
    pub angles: Angles,
    /// From where the camera looks; `None` without a person.
    pub view: Option<View>,
    /// Depth now, 0 standing, 1 thigh parallel.
    pub depth: Option<f64>,
    /// Evidence, one verdict a rule.
    pub verdicts: Vec<Verdict>,
    /// The repetition that ended with this frame.
    pub rep: Option<Rep>,
    /// Repetitions so far.
    pub reps: u32,
    /// Why a squat would not count now, or why the last movement did not; `None` while all is well.
    pub not_counting: Option<NotCounting>,
}

/// Follows one person through the frames.
///
/// ```
/// use squirret::{UnixMillis, Stage, squat::{Analyzer, SquatConfig}, verdict::Mark};
///
/// let mut analyzer = Analyzer::new(SquatConfig::default());
/// let nobody = analyzer.observe(None, UnixMillis(0));
/// assert_eq!((nobody.stage, nobody.knee, nobody.reps), (Stage::Unknown, Mark::Null, 0));
/// ```
#[derive(Debug)]
pub struct Analyzer {
    config: SquatConfig,
    weights: Weights,
    gate: Gate,
    phase: Phase,
    view: ViewTracker,
    orientation: Orientation,
    baseline: Collector,
    steady: [Steady; TABLE.len()],
    record: Record,
    in_rep: bool,
    reps: u32,
    last_score: Option<f64>,
    last: Option<UnixMillis>,
}

impl Analyzer {
    /// A fresh one.
    #[must_use]
    pub fn new(config: SquatConfig) -> Self {
        Self {
            config,
            weights: Weights::default(),
            gate: Gate::default(),
            phase: Phase::default(),
            view: ViewTracker::default(),
            orientation: Orientation::default(),
            baseline: Collector::default(),
            steady: Default::default(),
            record: Record::default(),
            in_rep: false,
            reps: 0,
            last_score: None,
            last: None,
        }
    }

    /// The same with what faults cost.
    #[must_use]
    pub const fn with_weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Judges one frame; `None` is "nobody in view". Frames come in the order of `at`; what is not newer than the
    /// frame before it changes nothing.
    pub fn observe(&mut self, pose: Option<&Pose>, at: UnixMillis) -> FrameJudgement {
        let dt = self.last.map_or(0.0, |last| at.since(last) as f64 / 1e3);
        if dt < 0.0 || (dt == 0.0 && self.last.is_some()) {
            return self.judgement(None, Vec::new(), None);
        }
        self.last = Some(at);
        let Some(pose) = pose else {
            return self.missed(at, None, NotCounting::NoPerson);
        };
        let Some(mut body) = Body::of(pose, &self.config) else {
            return self.missed(at, None, NotCounting::NotVisible);
        };
        if let Some(righted) = self.gate.unswapped(pose, &body, at) {
            body = Body::of(&righted, &self.config).unwrap_or(body);
        }
        match self.gate.admit(&body, at, self.config.max_gap_seconds) {
            Admission::Continues => {}
            Admission::Replaces => self.forget_person(),
            Admission::Held => return self.missed(at, None, NotCounting::NotVisible),
        }
        let viewpoint = self.viewpoint(&body, dt);
        let view = viewpoint.view;
        if self.orientation.observe(&body, dt) {
            self.phase = Phase::default();
            self.leave_rep();
            let verdicts = not_assessed(Reason::PhoneTurned);
            let mut judgement = self.judgement(Some((&body, view)), verdicts, None);
            judgement.not_counting = Some(NotCounting::PhoneTurned);
            return judgement;
        }
        let change = if body.is_whole() {
            let direction = (view, self.view.heading());
            self.phase.observe(&body, direction, at, &self.config)
        } else {
            None
        };
        let Some(change) = change else {
            return self.missed(at, Some((&body, view)), NotCounting::NotVisible);
        };
        self.stand(&body, view, dt);
        let rep = self.follow(change, &body, view, dt);
        let verdicts = self.verdicts(&body, viewpoint, at, dt);
        self.judgement(Some((&body, view)), verdicts, rep)
    }

    /// A frame that tells no depth, and why.
    fn missed(
        &mut self,
        at: UnixMillis,
        seen: Option<(&Body, View)>,
        reason: NotCounting,
    ) -> FrameJudgement {
        self.phase.miss(at, &self.config);
        if self.phase.stage == Stage::Unknown {
            self.leave_rep();
        }
        let verdicts = match seen {
            Some(_) => not_assessed(Reason::NotVisible),
            None => Vec::new(),
        };
        let mut judgement = self.judgement(seen, verdicts, None);
        // A frame that is missing within a squat changes nothing.
        if self.phase.stage == Stage::Unknown {
            judgement.not_counting = Some(reason);
        }
        judgement
    }

    /// Somebody else, or the same person elsewhere: what was measured does not hold any more.
    fn forget_person(&mut self) {
        self.phase = Phase::default();
        self.view = ViewTracker::default();
        self.recalibrate();
        self.leave_rep();
    }

    /// Forgets the standing baseline and takes a new one.
    pub fn recalibrate(&mut self) {
        self.baseline = Collector::default();
    }

    /// The person's own standing, once it is known.
    #[must_use]
    pub const fn baseline(&self) -> Option<&Baseline> {
        self.baseline.done.as_ref()
    }

    /// Memory on the heap, bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let steady: usize = self.steady.iter().map(Steady::heap_bytes).sum();
        self.baseline.heap_bytes() + steady
    }

    fn viewpoint(&mut self, body: &Body, dt: f64) -> Viewpoint {
        let upright = matches!(self.phase.stage, Stage::Standing | Stage::Unknown);
        self.view.observe(body, upright, dt, &self.config)
    }

    fn stand(&mut self, body: &Body, view: View, dt: f64) {
        let still = self.phase.is_still(&self.config);
        if self.phase.stage == Stage::Standing && still {
            self.baseline.still(body, view, dt, &self.config);
        }
    }

    fn follow(&mut self, change: Change, body: &Body, view: View, dt: f64) -> Option<Rep> {
        match change {
            Change::None => None,
            Change::Began => {
                self.record = Record::default();
                self.steady.iter_mut().for_each(Steady::clear);
                self.in_rep = true;
                self.record.take(&[], view, &body.angles, dt);
                None
            }
            Change::Abandoned(_) => {
                self.leave_rep();
                None
            }
            Change::Ended(timing) => {
                self.leave_rep();
                self.reps += 1;
                let rep = self
                    .record
                    .finish(self.reps, timing, &self.config, &self.weights);
                self.last_score = Some(rep.score);
                Some(rep)
            }
        }
    }

    const fn leave_rep(&mut self) {
        self.in_rep = false;
    }

    /// One verdict a rule. A fault is told once it has lasted.
    fn verdicts(
        &mut self,
        body: &Body,
        viewpoint: Viewpoint,
        at: UnixMillis,
        dt: f64,
    ) -> Vec<Verdict> {
        if !matches!(
            self.phase.stage,
            Stage::Descent | Stage::Bottom | Stage::Ascent
        ) {
            return not_assessed(Reason::Stage);
        }
        let baseline = self.baseline.best();
        let upright = match (viewpoint.view, baseline) {
            (View::Front, Some(own)) => body.unrolled(own.roll_degrees()),
            _ => *body,
        };
        let sight = Sight {
            body: &upright,
            view: viewpoint.view,
            view_confidence: viewpoint.confidence,
            yaw: viewpoint.yaw,
            baseline,
            config: &self.config,
        };
        let seconds = at.0 as f64 / 1e3;
        let mut verdicts: Vec<Verdict> = TABLE
            .iter()
            .zip(&mut self.steady)
            .map(|(rule, steady)| rule.judge(&sight, steady, seconds))
            .collect();
        self.record
            .take(&verdicts, viewpoint.view, &body.angles, dt);
        for (place, verdict) in verdicts.iter_mut().enumerate() {
            let lasted = self.record.bad_seconds(place) >= self.config.min_fault_seconds;
            if verdict.assessment == Assessment::Bad && !lasted {
                verdict.assessment = Assessment::Warning;
            }
        }
        verdicts
    }

    fn judgement(
        &self,
        seen: Option<(&Body, View)>,
        verdicts: Vec<Verdict>,
        rep: Option<Rep>,
    ) -> FrameJudgement {
        let running = if self.in_rep {
            self.weights.score(&verdicts)
        } else {
            None
        };
        FrameJudgement {
            lumbar: mark(&verdicts, Part::Lumbar),
            knee: mark(&verdicts, Part::Knee),
            ankle: mark(&verdicts, Part::Ankle),
            score: running.or(self.last_score).unwrap_or_default(),
            stage: self.phase.stage,
            angles: seen.map(|(body, _)| body.angles).unwrap_or_default(),
            view: seen.map(|(_, view)| view),
            depth: seen.and_then(|_| {
                (self.phase.stage != Stage::Unknown).then(|| self.phase.depth.max(0.0))
            }),
            verdicts,
            rep,
            reps: self.reps,
            not_counting: self
                .last
                .and_then(|at| self.phase.not_counting(at, &self.config)),
        }
    }
}

fn not_assessed(reason: Reason) -> Vec<Verdict> {
    TABLE.iter().map(|rule| rule.not_assessed(reason)).collect()
}

/// `bad` when a rule of this part is at fault, `good` when at least one was assessed and none is, else `null`.
fn mark(verdicts: &[Verdict], part: Part) -> Mark {
    let own = TABLE
        .iter()
        .zip(verdicts)
        .filter(|(rule, _)| rule.part == part)
        .map(|(_, verdict)| verdict.assessment);
    own.fold(Mark::Null, |mark, assessment| match (mark, assessment) {
        (Mark::Bad, _) | (_, Assessment::Bad) => Mark::Bad,
        (mark, Assessment::NotAssessed(_)) => mark,
        (_, Assessment::Good | Assessment::Warning) => Mark::Good,
    })
}
