//! What the coach keeps of the camera.

use std::sync::Arc;

use super::CoachConfig;
use crate::{
    Stage, UnixMillis,
    pose::Pose,
    squat::{Analyzer, FrameJudgement, NotCounting},
    verdict::Verdict,
};

/// Seconds over which the scores of frames are averaged.
const SECONDS: usize = 11;

/// The camera's side of a session. The analyzer is made with the first frame: most of a session that has only
/// insoles would be its memory.
#[derive(Debug, Default)]
pub(super) struct Camera {
    analyzer: Option<Box<Analyzer>>,
    /// When the latest frame was taken.
    pub(super) seen: Option<UnixMillis>,
    pub(super) person: bool,
    pub(super) stage: Stage,
    pub(super) depth: Option<f64>,
    /// Since when it has followed the person without a gap.
    followed: Option<UnixMillis>,
    scores: [Second; SECONDS],
    why: Why,
}

/// Why nothing counts: the present reason, since when it holds, and when one was last said.
#[derive(Clone, Copy, Debug, Default)]
struct Why {
    reason: Option<NotCounting>,
    since: UnixMillis,
    said: Option<UnixMillis>,
}

/// The scores of one second's frames in which something was assessed.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    second: i64,
    sum: f64,
    frames: u32,
}

impl Camera {
    /// Judges a frame.
    pub(super) fn observe(
        &mut self,
        config: &Arc<CoachConfig>,
        pose: Option<&Pose>,
        at: UnixMillis,
    ) -> FrameJudgement {
        let fresh = || Box::new(Analyzer::new(config.squat.clone()).with_weights(config.weights));
        self.analyzer.get_or_insert_with(fresh).observe(pose, at)
    }

    /// Keeps what a frame showed.
    pub(super) fn keep(
        &mut self,
        person: bool,
        judgement: &FrameJudgement,
        at: UnixMillis,
        fresh_ms: u32,
    ) {
        if self.seen.is_some_and(|seen| at < seen) {
            return;
        }
        let gap = self.stage(at, fresh_ms).is_none();
        self.followed = self.followed.filter(|_| !gap).or(Some(at));
        self.seen = Some(at);
        self.person = person;
        if self.why.reason != judgement.not_counting {
            self.why.reason = judgement.not_counting;
            self.why.since = at;
        }
        self.stage = judgement.stage;
        self.depth = judgement.depth;
        let scored = judgement.reps > 0 || judgement.verdicts.iter().any(Verdict::is_assessed);
        if person && scored {
            let second = at.as_seconds();
            let slot = &mut self.scores[second.rem_euclid(SECONDS as i64) as usize];
            if slot.second != second {
                *slot = Second {
                    second,
                    sum: 0.0,
                    frames: 0,
                };
            }
            slot.sum += judgement.score;
            slot.frames += 1;
        }
    }

    /// Why nothing counts, while frames come.
    pub(super) fn not_counting(&self, now: UnixMillis, fresh_ms: u32) -> Option<NotCounting> {
        self.why.reason.filter(|_| self.is_live(now, fresh_ms))
    }

    /// A reason why nothing counts that should be said now: a movement that did not count at once, how the person stands
    /// once it has lasted for `lasting_ms`, and nothing twice within `repeat_ms`. Who is not there is not spoken to.
    pub(super) fn reason_to_say(
        &mut self,
        now: UnixMillis,
        lasting_ms: u32,
        repeat_ms: u32,
    ) -> Option<NotCounting> {
        let reason = self
            .why
            .reason
            .filter(|reason| *reason != NotCounting::NoPerson)?;
        let lasted = now.since(self.why.since) >= i64::from(lasting_ms);
        let recent = |said: UnixMillis| now.since(said) < i64::from(repeat_ms);
        if self.why.said.is_some_and(recent) || !(lasted || reason.is_movement()) {
            return None;
        }
        self.why.said = Some(now);
        Some(reason)
    }

    /// Takes a new standing baseline.
    pub(super) fn recalibrate(&mut self) {
        if let Some(analyzer) = &mut self.analyzer {
            analyzer.recalibrate();
        }
    }

    /// Whether it knows how the person stands.
    pub(super) fn has_baseline(&self) -> bool {
        self.analyzer
            .as_ref()
            .is_some_and(|analyzer| analyzer.baseline().is_some())
    }

    /// The stage, unless the latest frame is older than `fresh_ms` or showed nobody.
    pub(super) fn stage(&self, now: UnixMillis, fresh_ms: u32) -> Option<Stage> {
        let fresh = self
            .seen
            .is_some_and(|seen| now.since(seen) <= i64::from(fresh_ms));
        (fresh && self.person && self.stage != Stage::Unknown).then_some(self.stage)
    }

    /// Whether it has followed the person since `start` without a gap.
    pub(super) fn has_followed(&self, start: UnixMillis, now: UnixMillis, fresh_ms: u32) -> bool {
        self.stage(now, fresh_ms).is_some() && self.followed.is_some_and(|since| since <= start)
    }

    /// Mean score of the last ten seconds' frames in which something was assessed, 0 to 100.
    pub(super) fn score(&self, now: UnixMillis) -> Option<f64> {
        let oldest = now.as_seconds().saturating_sub(SECONDS as i64 - 1);
        let inside = |second: &&Second| (oldest..=now.as_seconds()).contains(&second.second);
        let (sum, frames) = self
            .scores
            .iter()
            .filter(inside)
            .fold((0.0, 0), |(sum, frames), second| {
                (sum + second.sum, frames + second.frames)
            });
        (frames > 0).then(|| sum / f64::from(frames))
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.analyzer.as_ref().map_or(0, |analyzer| {
            size_of_val(&**analyzer) + analyzer.heap_bytes()
        })
    }

    /// Whether a frame came within `ms`.
    pub(super) fn is_live(&self, now: UnixMillis, ms: u32) -> bool {
        self.seen
            .is_some_and(|seen| now.since(seen) <= i64::from(ms))
    }
}
