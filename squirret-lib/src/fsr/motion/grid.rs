//! Forces of two feet, which arrive at their own times and in any order, on one even time base.

use super::{MotionConfig, Side};
use crate::UnixMillis;

/// Step of the time base, ms: fine against a squat, which takes a second or more.
const STEP_MS: i64 = 20;

/// Samples of a foot that are closer together than this are averaged, ms. It bounds the memory at any rate.
const MERGE_MS: i64 = 16;

/// A foot whose newest sample is older than that of the other by this much is waited for, ms: each foot may be a device of
/// its own that sends three seconds at a time.
const MAX_WAIT_MS: i64 = 3_500;

/// Points of a foot that are kept: the longest wait at the finest spacing.
const MAX_POINTS: usize = (MAX_WAIT_MS / MERGE_MS) as usize + 1;

/// Points for which room is made at once.
const GROWTH: usize = 16;

/// Part by which the hold shrinks with each step: it halves in 14 s when samples arrive in order again.
const HOLD_DECAY: f64 = 0.999;

/// The force on one foot at one time.
#[derive(Clone, Copy, Debug, Default)]
struct ForcePoint {
    at: i64,
    force: f32,
    shift: f32,
}

/// The latest forces of one foot, the oldest first. Few, unless the other foot is waited for.
#[derive(Clone, Debug, Default)]
struct ForceTrace {
    points: Vec<ForcePoint>,
}

impl ForceTrace {
    fn points(&self) -> &[ForcePoint] {
        &self.points
    }

    fn newest(&self) -> Option<i64> {
        self.points.last().map(|point| point.at)
    }

    fn insert(&mut self, at: i64, force: f64, shift: f64) {
        let (force, shift) = (force as f32, shift as f32);
        let place = self.points().partition_point(|point| point.at <= at);
        if let Some(near) = place.checked_sub(1).map(|place| &mut self.points[place])
            && at - near.at < MERGE_MS
        {
            near.force = f32::midpoint(near.force, force);
            near.shift = f32::midpoint(near.shift, shift);
            return;
        }
        let full = self.points.len() == MAX_POINTS;
        if full && place == 0 {
            return;
        }
        if full {
            self.points.remove(0);
        } else if self.points.len() == self.points.capacity() {
            // By what a step needs, not by doubling: sessions are many.
            self.points.reserve_exact(GROWTH);
        }
        let place = place - usize::from(full);
        self.points.insert(place, ForcePoint { at, force, shift });
    }

    /// Forgets what is older than the last point at or before `at`.
    fn forget_before(&mut self, at: i64) {
        let after = self.points().partition_point(|point| point.at <= at);
        self.drop_first(after.saturating_sub(1));
    }

    /// Forgets everything up to `at`.
    fn forget_until(&mut self, at: i64) {
        self.drop_first(self.points().partition_point(|point| point.at <= at));
    }

    fn drop_first(&mut self, gone: usize) {
        self.points.drain(..gone);
    }

    /// The force at `at`, on the line between the points around it; `None` where these are too far apart.
    fn at(&self, at: i64, max_gap: i64) -> Option<(f64, f64)> {
        let after = self.points().partition_point(|point| point.at <= at);
        let before = self.points().get(after.checked_sub(1)?)?;
        if before.at == at {
            return Some((f64::from(before.force), f64::from(before.shift)));
        }
        let next = self.points().get(after)?;
        let gap = next.at - before.at;
        let part = (at - before.at) as f64 / gap as f64;
        let between =
            |from: f32, to: f32| f64::from(from) + part * (f64::from(to) - f64::from(from));
        (gap <= max_gap).then(|| {
            (
                between(before.force, next.force),
                between(before.shift, next.shift),
            )
        })
    }
}

/// A step of the time base.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum GridStep {
    /// The force on both feet.
    Force {
        /// Sum of the relative forces.
        force: f64,
        /// The part of the load that is elsewhere than in standing, as the mean of both feet.
        shift: f64,
        /// When.
        at: UnixMillis,
        /// Since the step before, in ms.
        step: i64,
    },
    /// A foot sent nothing for too long; the next step begins anew.
    Gap {
        /// The last time at which the force was known.
        from: UnixMillis,
    },
}

/// Interpolates the forces of both feet at even steps.
///
/// Samples in order pass without delay. Each sample that arrives after a younger one of its foot makes the grid wait
/// for as long as that sample was late (up to `MotionConfig::max_hold_ms`), so that those that follow are sorted in. A foot
/// that is behind the other is waited for: a step needs both.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    tracks: [ForceTrace; 2],
    /// The last step.
    last: Option<i64>,
    hold: f64,
}

impl Grid {
    /// Takes the force of a foot. Drain [`next`](Self::next) afterwards.
    pub(super) fn push(
        &mut self,
        config: &MotionConfig,
        side: Side,
        (force, shift): (f64, f64),
        at: UnixMillis,
    ) {
        let newest = self.tracks.iter().filter_map(ForceTrace::newest).max();
        if let Some(newest) = self.tracks[side.index()].newest() {
            let late = newest.saturating_sub(at.0);
            if late > 0 {
                let hold = (late + STEP_MS).min(i64::from(config.max_hold_ms));
                self.hold = self.hold.max(hold as f64);
            }
        }
        let settled = self.last.is_some_and(|last| at.0 <= last);
        let far = newest.is_some_and(|newest| newest.saturating_sub(at.0) > 60_000);
        if !settled && !far {
            self.tracks[side.index()].insert(at.0, force, shift);
        }
    }

    /// The next step whose force is known.
    pub(super) fn next(&mut self, config: &MotionConfig) -> Option<GridStep> {
        let max_gap = i64::from(config.max_gap_ms);
        let [Some(left), Some(right)] = [0, 1].map(|foot: usize| self.tracks[foot].newest()) else {
            return None;
        };
        let (lagging, leading) = (left.min(right), left.max(right));
        let Some(last) = self.last else {
            return self.begin(max_gap);
        };
        let at = last.saturating_add(STEP_MS);
        let waited = leading.saturating_sub(at) as f64 >= self.hold;
        if lagging >= at && waited {
            let [left, right] = [0, 1].map(|foot: usize| self.tracks[foot].at(at, max_gap));
            let (Some(left), Some(right)) = (left, right) else {
                return Some(self.gap(last));
            };
            self.last = Some(at);
            self.hold *= HOLD_DECAY;
            self.tracks
                .iter_mut()
                .for_each(|track| track.forget_before(at));
            return Some(GridStep::Force {
                force: left.0 + right.0,
                shift: f64::midpoint(left.1, right.1),
                at: UnixMillis(at),
                step: STEP_MS,
            });
        }
        let silent = leading.saturating_sub(lagging) > max_gap.max(MAX_WAIT_MS);
        silent.then(|| self.gap(last))
    }

    /// The first step: the first time at which both feet are known.
    fn begin(&mut self, max_gap: i64) -> Option<GridStep> {
        loop {
            let [left, right] = &self.tracks;
            let first = left.points().first()?.at.max(right.points().first()?.at);
            let known = [left.at(first, max_gap), right.at(first, max_gap)];
            if let [Some(left), Some(right)] = known {
                self.last = Some(first);
                return Some(GridStep::Force {
                    force: left.0 + right.0,
                    shift: f64::midpoint(left.1, right.1),
                    at: UnixMillis(first),
                    step: 0,
                });
            }
            let unknown = self.tracks.iter_mut().zip(known);
            for (track, _) in unknown.filter(|(_, known)| known.is_none()) {
                let waits = |newest: i64| newest < first && first - newest <= max_gap;
                if track.newest().is_some_and(waits) {
                    return None;
                }
                track.forget_until(first);
            }
        }
    }

    /// Forgets what lies before the gap.
    fn gap(&mut self, last: i64) -> GridStep {
        self.tracks
            .iter_mut()
            .for_each(|track| track.forget_until(last));
        self.last = None;
        GridStep::Gap {
            from: UnixMillis(last),
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let points: usize = self
            .tracks
            .iter()
            .map(|track| track.points.capacity())
            .sum();
        points * size_of::<ForcePoint>()
    }

    /// How long the grid waits for samples that are late, in ms.
    pub(super) const fn hold_ms(&self) -> i64 {
        self.hold as i64
    }

    /// Forgets everything but how late samples are.
    pub(super) fn clear(&mut self) {
        *self = Self {
            hold: self.hold,
            ..Self::default()
        };
    }
}
