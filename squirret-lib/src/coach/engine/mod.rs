//! The engine of one session.

use std::{collections::VecDeque, sync::Arc};

use super::{
    Analysis, CoachConfig, Event, Input, Output, Profile, RepRecord, StageSource,
    WorkoutAccumulator,
    camera::Camera,
    device::Device,
    fusion::{fuse, fuse_one},
    outcome::Reasons,
    reps::{RepDedup, from_load},
};
use crate::{
    Stage, UnixMillis,
    feedback::{AiStatus, CueContext, CueScheduler, FaultTracker, Text, Topic},
    fsr::{ForceRep, Insole, InsoleAssessment, LoadRecord, Sample, Side},
    squat::{FrameJudgement, Rep},
    verdict::{Assessment, Language, Mark, Reason, Rule, Verdict},
};

mod clock;
mod outputs;
mod read;
mod standing;

use clock::OwnClock;

/// Most outputs that wait to be drained; the oldest are dropped beyond it.
const MAX_OUTPUTS: usize = 64;

/// How often the present load is judged, in ms.
const PRESENT_EVERY_MS: i64 = 200;

/// How long the camera's account of a squat is waited for, in ms.
const PENDING_MS: i64 = 1_500;

/// A squat that waits for the camera's account of it.
#[derive(Clone, PartialEq, Debug)]
struct PendingRep {
    squat: ForceRep,
    felt: Option<(LoadRecord, InsoleAssessment)>,
}

/// An AI status and where it comes from: own camera and outer AI share one place, the newest wins.
#[derive(Clone, Copy, Debug)]
struct Ai {
    status: AiStatus,
    at: UnixMillis,
    outer: bool,
}

/// One session's engine.
///
/// ```
/// use std::sync::Arc;
/// use squirret::{Language, UnixMillis, coach::{Coach, Event, Input, Output}, fsr::{Sample, Side}};
///
/// let start = UnixMillis(1_730_892_345_000);
/// let mut coach = Coach::new(Arc::default(), Language::En, start);
/// let sample = Sample::new(Side::Left, start, Some([12.3, 8.4, 5.1, 20.0, 32.5, 21.7]), None)?;
/// coach.handle_input(Input::Sample(sample), start);
///
/// let mut now = start;
/// let value = loop {
///     match coach.poll_output() {
///         Output::Event(Event::Data(data)) => break data.value,
///         Output::Event(_) => {}
///         Output::Timeout(due) => {
///             now = due.unwrap_or(now);
///             coach.handle_input(Input::Timeout, now);
///         }
///     }
/// };
/// assert!(value > 0.0 && value < 1.0);
/// # Ok::<(), squirret::fsr::SampleError>(())
/// ```
#[derive(Debug)]
pub struct Coach {
    config: Arc<CoachConfig>,
    language: Language,
    clock: OwnClock,
    now: UnixMillis,
    next_data: UnixMillis,
    stopped: bool,
    insole: Insole,
    /// When the present load was last judged.
    judged: Option<UnixMillis>,
    devices: [Device; 2],
    camera: Camera,
    /// The person was asked to stand, and the camera has no new baseline yet.
    awaits_camera: bool,
    ai: Option<Ai>,
    habits: FaultTracker,
    chooser: CueScheduler,
    stage: Stage,
    /// What was last said for the sake of the standing calibration, and when.
    asked: Option<(Text, UnixMillis)>,
    once: RepDedup,
    /// A squat that the load showed while the camera followed it: the camera's account is waited for.
    pending: Option<Box<PendingRep>>,
    /// Repetitions of this set, and the end of the last.
    set: (u32, Option<UnixMillis>),
    tally: WorkoutAccumulator,
    /// Why nothing counted since the workout began.
    reasons: Reasons,
    last_score: Option<f64>,
    outputs: VecDeque<Event>,
}

impl Coach {
    /// A fresh one.
    #[must_use]
    pub fn new(config: Arc<CoachConfig>, language: Language, now: UnixMillis) -> Self {
        let mut insole = Insole::new(&config.fsr);
        if config.profile == Profile::Seed {
            insole.never_calibrate();
        }
        Self {
            language,
            clock: OwnClock::new(now),
            now,
            next_data: now.plus(i64::from(config.timing.data_interval_ms)),
            stopped: false,
            insole,
            judged: None,
            devices: [Device::default(); 2],
            camera: Camera::default(),
            awaits_camera: false,
            ai: None,
            habits: FaultTracker::default(),
            chooser: CueScheduler::new(now),
            stage: Stage::Unknown,
            asked: None,
            once: RepDedup::default(),
            pending: None,
            set: (0, None),
            tally: WorkoutAccumulator::new(now),
            reasons: Reasons::default(),
            last_score: None,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Takes one input.
    ///
    /// Time that runs backwards by up to a second counts as the latest time seen. A clock that is set back by more is
    /// anchored anew: everything goes on as if no time had passed, and outputs carry the new time. A clock that is set
    /// forward cannot be told from silence, after which everything goes on as well.
    pub fn handle_input(&mut self, input: Input<'_>, now: UnixMillis) {
        self.now = self.clock.advance(now);
        if self.now >= self.next_data {
            self.tick();
        }
        if self.pending.is_some() {
            self.settle_pending();
        }
        match input {
            Input::Sample(sample) => {
                let at = self.clock.own(sample.at);
                self.sample(&Sample { at, ..sample });
            }
            Input::Pose { frame, pose, at } => {
                let at = self.clock.own(at).min(self.now);
                let judgement = self.camera.observe(&self.config, pose, at);
                self.frame(frame, pose.is_some(), judgement, at);
            }
            Input::AiStatus(status) => {
                self.ai = Some(Ai {
                    status,
                    at: self.now,
                    outer: true,
                })
            }
            Input::Command(command) => self.command(command),
            Input::Language(language) => self.language = language,
            Input::Timeout => {}
        }
    }

    /// The next output; call until `Timeout`.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        match self.outputs.pop_front() {
            Some(event) => Output::Event(event),
            None => {
                // Sessions are many, and few inputs are answered by more than two events.
                self.outputs.shrink_to(2);
                Output::Timeout(Some(self.clock.callers(self.next_data)))
            }
        }
    }

    /// The stage as the camera or the load shows it.
    fn live_stage(&self, now: UnixMillis) -> Option<(Stage, StageSource)> {
        self.stage_of(now, now)
    }

    /// The stage that the camera shows at `now`, or the load at `felt`.
    fn stage_of(&self, now: UnixMillis, felt: UnixMillis) -> Option<(Stage, StageSource)> {
        let camera = self.camera.stage(now, self.config.timing.pose_fresh_ms);
        let load = || {
            self.insole
                .motion()
                .stage(felt)
                .map(|stage| (stage, StageSource::Load))
        };
        camera.map(|stage| (stage, StageSource::Pose)).or_else(load)
    }

    fn judgement(&self, now: UnixMillis) -> Option<InsoleAssessment> {
        let stage = self
            .live_stage(now)
            .map_or(Stage::Unknown, |(stage, _)| stage);
        self.insole.judge(&self.config.fsr, stage, now)
    }

    fn live_ai(&self, now: UnixMillis) -> Option<Ai> {
        self.ai
            .filter(|ai| now.since(ai.at) <= i64::from(self.config.timing.stale_ms))
    }

    fn sample(&mut self, sample: &Sample) {
        let taken = self.insole.push(&self.config.fsr, sample, self.now);
        if self.devices[sample.side.index()].is_silent() {
            self.tell_device(sample.side);
        }
        if let Some(left_load) = taken.uneven {
            self.emit(Event::UnevenStand { left_load });
        }
        if taken.calibrated {
            self.emit(Event::Calibrated);
            self.chooser.instruct(Text::SayCalibrated, self.now);
        }
        if taken.loaded {
            self.watch_present();
            // Samples of one upload arrive together, and were measured one after the other.
            self.follow_stage(taken.at.unwrap_or(self.now));
        }
        if let Some(uncounted) = taken.uncounted {
            self.emit(Event::Uncounted(uncounted));
        }
        if let Some(squat) = taken.squat {
            self.squat(&squat);
        }
    }

    /// Judges the present load, which tells a fault that lasts from one that the window still remembers. Only against
    /// the person's own baseline: the original's rules are about the window.
    fn watch_present(&mut self) {
        let due = self
            .judged
            .is_none_or(|at| self.now.since(at) >= PRESENT_EVERY_MS);
        if !due || self.insole.baseline().is_none() {
            return;
        }
        self.judged = Some(self.now);
        if let Some(judgement) =
            self.insole
                .judge_present(&self.config.fsr, Stage::Unknown, self.now)
        {
            self.habits.observe(&judgement.sheet, self.now);
        }
    }

    /// Begins to add up the load when a descent begins; `felt` is when the newest force was measured.
    fn follow_stage(&mut self, felt: UnixMillis) {
        let stage = self
            .stage_of(self.now, felt)
            .map_or(Stage::Unknown, |(stage, _)| stage);
        let stood = matches!(self.stage, Stage::Standing | Stage::Unknown);
        if stood && stage == Stage::Descent {
            self.chooser.withdraw(Text::SayCalibrated);
            self.insole.begin_span();
        }
        if stage != Stage::Standing && stage != Stage::Unknown {
            self.insole.disturb();
        }
        self.stage = stage;
    }

    fn tell_device(&mut self, side: Side) {
        let foot = self.insole.foot(side);
        let changed =
            self.devices[side.index()].changed(foot, self.now, self.config.timing.stale_ms);
        if let Some(state) = changed {
            self.emit(Event::Device { side, state });
        }
    }

    /// What the camera's frame showed.
    pub(super) fn frame(
        &mut self,
        frame: u64,
        person: bool,
        mut judgement: FrameJudgement,
        at: UnixMillis,
    ) {
        self.camera
            .keep(person, &judgement, at, self.config.timing.pose_fresh_ms);
        self.answer_for_the_camera();
        self.follow_stage(self.now);
        let mut marks = AiStatus {
            lumbar: judgement.lumbar,
            knee: judgement.knee,
            ankle: judgement.ankle,
        };
        if person {
            self.fuse_present(&mut judgement.verdicts, &mut marks);
        }
        self.ai = Some(Ai {
            status: marks,
            at: self.now,
            outer: false,
        });
        self.habits.observe(&judgement.verdicts, self.now);
        let analysis = Analysis {
            frame,
            person,
            marks,
            score: judgement.score,
            stage: judgement.stage,
            reps: self.tally.reps() + u32::from(judgement.rep.is_some()),
            depth: judgement.depth,
            angles: judgement.angles,
            verdicts: judgement.verdicts,
            not_counting: judgement.not_counting,
        };
        self.emit(Event::Analysis(analysis));
        self.say_why_nothing_counts();
        if let Some(rep) = judgement.rep {
            let waited = self.pending.take().and_then(|pending| pending.felt);
            let felt = waited.or_else(|| self.insole.end_span(&self.config.fsr));
            self.finish_rep(rep, StageSource::Pose, felt);
        }
    }

    /// Lets the insole have its say on what both judge, and the ankles' mark follow.
    fn fuse_present(&self, verdicts: &mut Vec<Verdict>, marks: &mut AiStatus) {
        let present = self.insole.baseline().and_then(|_| {
            self.insole
                .judge_present(&self.config.fsr, Stage::Unknown, self.now)
        });
        let Some(present) = present else { return };
        let shared =
            |verdict: &&Verdict| matches!(verdict.rule, Rule::HeelLift | Rule::LeftRightDiff);
        let mut felt = present.sheet.iter().filter(shared).copied();
        let felt = [felt.next(), felt.next()];
        felt.into_iter()
            .flatten()
            .for_each(|verdict| fuse_one(verdicts, verdict));
        let ankle =
            |verdict: &&Verdict| verdict.is_assessed() && verdict.rule.topic() == Topic::Ankle;
        if verdicts
            .iter()
            .filter(ankle)
            .any(|verdict| verdict.is_fault())
        {
            marks.ankle = Mark::Bad;
        } else if verdicts.iter().any(|verdict| verdict.overruled) && marks.ankle == Mark::Bad {
            marks.ankle = Mark::Good;
        }
    }

    /// A squat that the load showed. Where the camera followed it, its account is waited for.
    fn squat(&mut self, squat: &ForceRep) {
        let felt = self.insole.end_span(&self.config.fsr);
        if self
            .camera
            .has_followed(squat.start, self.now, self.config.timing.pose_fresh_ms)
        {
            self.pending = Some(Box::new(PendingRep {
                squat: *squat,
                felt,
            }));
        } else {
            self.finish_rep(from_load(squat, &self.config), StageSource::Load, felt);
        }
    }

    /// The camera had its time. If it followed the squat to the end and says nothing, it saw none.
    fn settle_pending(&mut self) {
        let due = |pending: &PendingRep| self.now.since(pending.squat.end) > PENDING_MS;
        if !self.pending.as_deref().is_some_and(due) {
            return;
        }
        let fresh_ms = self.config.timing.pose_fresh_ms;
        if let Some(pending) = self.pending.take()
            && !self
                .camera
                .has_followed(pending.squat.start, self.now, fresh_ms)
        {
            self.finish_rep(
                from_load(&pending.squat, &self.config),
                StageSource::Load,
                pending.felt,
            );
        }
    }

    fn finish_rep(
        &mut self,
        mut rep: Rep,
        source: StageSource,
        felt: Option<(LoadRecord, InsoleAssessment)>,
    ) {
        if !self.once.admit(rep.start, rep.end) {
            return;
        }
        rep.number = self.tally.reps().saturating_add(1);
        let load = felt.map(|(load, judgement)| {
            let sheet: Vec<Verdict> = judgement
                .sheet
                .iter()
                .map(|verdict| self.own(verdict))
                .collect();
            fuse(&mut rep.verdicts, &sheet);
            load
        });
        rep.score = self.config.weights.score(&rep.verdicts).unwrap_or_default();
        let mut record = RepRecord {
            rep: rep.rounded(),
            source,
            load,
        };
        let (start, end) = (record.start, record.end);
        record.rep.start = self.clock.callers(start);
        record.rep.end = self.clock.callers(end);
        self.tally.add(&record);
        self.last_score = Some(record.score);
        self.habits.rep_ended(&record.verdicts, self.now);
        let in_set = self.count_in_set(start, end);
        let clean_rep = record.is_clean().then_some(in_set);
        self.emit(Event::Rep(record));
        self.speak(CueContext {
            data: true,
            clean_rep,
            ..CueContext::new(self.now, self.language)
        });
    }

    /// A verdict of the insoles on a repetition. The original's thresholds fit nobody in particular: before the person's
    /// own standing is known, nothing is at fault by them but a load that is beyond doubt on one foot.
    fn own(&self, verdict: &Verdict) -> Verdict {
        const BEYOND_DOUBT: f64 = 0.9;
        let known = self.insole.baseline().is_some() || !self.calibrates();
        let uneven = verdict.rule == Rule::LeftRightDiff
            && self.insole.uneven_stand().is_some()
            && verdict.confidence >= BEYOND_DOUBT;
        if known || uneven || !verdict.is_assessed() {
            return *verdict;
        }
        let not_assessed = Assessment::NotAssessed(Reason::NoBaseline);
        Verdict::new(verdict.rule, not_assessed, verdict.unit, verdict.source)
    }

    /// The number of a repetition in its set, as a trainer counts.
    fn count_in_set(&mut self, start: UnixMillis, end: UnixMillis) -> u32 {
        let (count, last) = self.set;
        let rested =
            last.is_none_or(|last| start.since(last) >= i64::from(self.config.timing.rest_ms));
        let count = if rested { 1 } else { count.saturating_add(1) };
        self.set = (count, Some(end));
        count
    }
}
