//! What a coach knows, without changing it.

use super::Coach;
use crate::{
    Stage, UnixMillis,
    coach::{
        Data, Event, StageSource, Workout,
        score::{Seen, form},
    },
    feedback::{AiFeedback, AiStatus, CombinedFeedback, FsrFeedback},
    fsr::{CentreOfPressure, Insole, Judgement, Sample, Side},
    squat::NotCounting,
    verdict::Language,
};

impl Coach {
    /// The newest sample of a foot, unless older than 10 s.
    #[must_use]
    pub fn latest(&self, side: Side, now: UnixMillis) -> Option<&Sample> {
        self.insole
            .foot(side)
            .latest(&self.config.fsr, self.own_now(now))
    }

    /// The insole's judgement of the last 10 s.
    #[must_use]
    pub fn feedback(&self, language: Language, now: UnixMillis) -> FsrFeedback {
        FsrFeedback::new(self.judgement(self.own_now(now)).as_ref(), language)
    }

    /// AI and insole together.
    #[must_use]
    pub fn combined(&self, language: Language, now: UnixMillis) -> CombinedFeedback {
        let ai = AiFeedback::new(self.ai(now), language);
        CombinedFeedback::new(ai, self.feedback(language, now), language)
    }

    /// AI status that still counts (10 s).
    #[must_use]
    pub fn ai(&self, now: UnixMillis) -> AiStatus {
        self.live_ai(self.own_now(now))
            .map(|ai| ai.status)
            .unwrap_or_default()
    }

    /// Whether a foot reported, a frame or an AI status came within 10 s.
    #[must_use]
    pub fn has_data(&self, now: UnixMillis) -> bool {
        let now = self.own_now(now);
        let stale_ms = self.config.timing.stale_ms;
        let reported = |side| {
            let arrived = self.insole.foot(side).arrived();
            arrived.is_some_and(|at| now.since(at) <= i64::from(stale_ms))
        };
        Side::BOTH.into_iter().any(reported)
            || self.camera.is_live(now, stale_ms)
            || self.live_ai(now).is_some()
    }

    /// The stage and where it comes from: the camera, else the force on both feet, else the rules; `None` without
    /// data.
    #[must_use]
    pub fn stage(&self, now: UnixMillis) -> Option<(Stage, StageSource)> {
        let now = self.own_now(now);
        let rule = || self.insole.judge(&self.config.fsr, Stage::Unknown, now);
        self.live_stage(now)
            .or_else(|| rule().map(|judgement| (judgement.stage, StageSource::Rule)))
    }

    /// The insoles, for what the outputs do not tell: counts, sensors, the baseline, the present centre of pressure.
    #[must_use]
    pub const fn insole(&self) -> &Insole {
        &self.insole
    }

    /// What the workout has come to so far: since the session began, or the app's last `start`.
    #[must_use]
    pub fn workout(&self) -> Workout {
        self.tally.workout(self.config.timing.rest_ms)
    }

    /// The caller's time in the coach's, and never before the last input.
    fn own_now(&self, now: UnixMillis) -> UnixMillis {
        self.clock.own(now).max(self.now)
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let outputs = self.outputs.capacity() * size_of::<Event>();
        let pending = self.pending.as_deref().map_or(0, size_of_val);
        let parts = self.insole.heap_bytes() + self.tally.heap_bytes() + self.camera.heap_bytes();
        parts + outputs + pending
    }

    /// Why nothing counts: as the camera shows it, else whether the force can be followed.
    fn not_counting(&self) -> Option<NotCounting> {
        let fresh_ms = self.config.timing.pose_fresh_ms;
        if self.camera.is_live(self.now, fresh_ms) {
            return self.camera.not_counting(self.now, fresh_ms);
        }
        let felt = Side::BOTH
            .into_iter()
            .any(|side| self.latest(side, self.now).is_some());
        let followed = self.insole.motion().stage(self.now).is_some();
        (felt && !followed).then_some(NotCounting::NoForce)
    }

    pub(super) fn data(&self, judgement: Option<&Judgement>) -> Data {
        let stage = self.stage(self.now);
        let depth = match stage {
            Some((_, StageSource::Pose)) => self.camera.depth,
            Some((_, StageSource::Load)) => self
                .insole
                .motion()
                .depth(&self.config.fsr.motion, self.now),
            _ => None,
        };
        let centre = self.insole.centre(&self.config.fsr, self.now);
        let outer = self
            .live_ai(self.now)
            .filter(|ai| ai.outer)
            .map(|ai| ai.status);
        let insole = judgement.map(|judgement| &*judgement.sheet);
        let seen = Seen {
            camera: self.camera.score(self.now),
            insole,
            outer,
        };
        Data {
            value: form(seen, &self.config.weights),
            at: self.now,
            ai: self.ai(self.now),
            stage: stage.map_or(Stage::Unknown, |(stage, _)| stage),
            stage_source: stage.map(|(_, source)| source),
            reps: self.tally.reps(),
            depth,
            cop: centre.map(|CentreOfPressure { along, across }| [along, across]),
            left_load: judgement.and_then(|judgement| judgement.summary.left_load),
            score: self.last_score,
            not_counting: self.not_counting(),
        }
    }
}
