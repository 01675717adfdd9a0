//! What a coach knows, without changing it.

use super::Coach;
use crate::{
    Stage, UnixMillis,
    coach::{
        Data, Event, StageSource, Workout,
        score::{ScoreEvidence, form},
    },
    feedback::{AiFeedback, AiStatus, CombinedFeedback, FsrFeedback, Status},
    fsr::{CentreOfPressure, Foot, Insole, InsoleAssessment, Sample, Side},
    squat::NotCounting,
    verdict::Language,
};

/// A foot from which nothing arrived for this long sends no more, ms: uploads of three seconds at a time are common.
const HEARD_MS: i64 = 5_000;

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
        let judgement = self.judgement(self.own_now(now));
        let feedback = FsrFeedback::new(judgement.as_ref(), language);
        let not_counting = self.why_force_is_not_followed(self.own_now(now));
        let silent = judgement.is_none().then_some(NotCounting::NoInput);
        if not_counting == Some(NotCounting::Saturated) && feedback.status != Status::Bad {
            // The other foot alone is no reason to praise how the weight is placed.
            return FsrFeedback::unusable(NotCounting::Saturated, language);
        }
        FsrFeedback {
            not_counting: not_counting.or(silent),
            ..feedback
        }
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
        let workout = self.tally.workout(self.config.timing.rest_ms);
        let not_counting = self.why_no_repetition();
        Workout {
            not_counting,
            ..workout
        }
    }

    /// Why the workout has no repetition so far; `None` when it has one.
    #[must_use]
    pub fn why_no_repetition(&self) -> Option<NotCounting> {
        (self.tally.reps() == 0).then(|| self.reasons.foremost())
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

    /// Why what the person does now does not count; `None` while all is well, and without data.
    #[must_use]
    pub fn why_not_counting(&self, now: UnixMillis) -> Option<NotCounting> {
        let now = self.own_now(now);
        let fresh_ms = self.config.timing.pose_fresh_ms;
        if self.camera.is_live(now, fresh_ms) {
            return self.camera.not_counting(now, fresh_ms);
        }
        self.why_force_is_not_followed(now)
    }

    /// What the force lacks to be followed; `None` where it is followed, and without samples.
    fn why_force_is_not_followed(&self, now: UnixMillis) -> Option<NotCounting> {
        if self.insole.motion().stage(now).is_some() {
            return None;
        }
        let sends = |foot: &&Foot| {
            let silence = foot.arrived().map(|at| now.since(at));
            silence.is_some_and(|silence| silence <= HEARD_MS)
        };
        let feet = Side::BOTH.map(|side| self.insole.foot(side));
        let sending = || feet.into_iter().filter(sends);
        let latest = || sending().filter_map(|foot| foot.latest(&self.config.fsr, now));
        let least = self.config.fsr.motion.least_hertz();
        let is_slow = |foot: &Foot| foot.hertz().is_some_and(|hertz| hertz < least);
        Some(match sending().filter(|foot| !foot.is_unloaded()).count() {
            _ if sending().any(Foot::is_saturated) => NotCounting::Saturated,
            0 if sending().count() == 0 => {
                let felt = feet
                    .iter()
                    .any(|foot| foot.latest(&self.config.fsr, now).is_some());
                return felt.then_some(NotCounting::NoForce);
            }
            0 => NotCounting::Unloaded,
            _ if latest().any(|sample| sample.voltages.is_none()) => NotCounting::NoVoltages,
            1 => NotCounting::OneFoot,
            _ if sending().any(is_slow) => NotCounting::FewSamples,
            // Between two uploads.
            _ if self.insole.motion().has_weight() => return None,
            _ => NotCounting::NotStanding,
        })
    }

    pub(super) fn data(&self, judgement: Option<&InsoleAssessment>) -> Data {
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
        let seen = ScoreEvidence {
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
            not_counting: self.why_not_counting(self.clock.callers(self.now)),
        }
    }
}
