//! A movement from standing to standing, looked at once it is over.
//!
//! Parts differ, so the summed force errs when the weight moves to other sensors: by several per cent when the heels
//! lift, as much as a squat of two seconds shows. The error is as large as the distribution differs from standing, times
//! a factor that is not known. But the body is at rest before and after, so the speed that is left over tells the factor.

use super::{GRAVITY, MotionConfig};
use crate::UnixMillis;

/// Factors that are followed: force errors, as part of the weight, over the part of the load that moved elsewhere.
const FACTORS: [f64; 9] = [-0.28, -0.21, -0.14, -0.07, 0.0, 0.07, 0.14, 0.21, 0.28];

/// The distribution of somebody who stands differs by less than this part of the load from their own (*proposed*).
const STANDING_SHIFT: f64 = 0.06;

/// Distribution that must have been elsewhere for the factor to be told, in seconds of the whole load.
const LEAST_SHIFT_SECONDS: f64 = 0.15;

/// How far from its start a body may seem to be when it stands again, in m (*proposed*).
const LEFT_OVER_WAY: f64 = 0.12;

/// Speed that may be left over when no factor explains it, in m/s (*proposed*).
const LEFT_OVER_SPEED: f64 = 0.3;

/// The movement as it would be with one factor.
#[derive(Clone, Copy, Debug, Default)]
struct ForcePath {
    /// Upwards, m/s.
    speed: f64,
    /// Downwards since the start, m, and the most of it.
    way: f64,
    deepest: f64,
    bottom: UnixMillis,
}

/// What a movement came to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Excursion {
    /// First and last moment at which the force was not that of standing.
    pub(super) start: UnixMillis,
    pub(super) end: UnixMillis,
    pub(super) bottom: UnixMillis,
    /// How far down it went, in m.
    pub(super) deepest: f64,
    /// The factor, when it could be told.
    pub(super) factor: Option<f64>,
}

/// Follows the force from one standing to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExcursionFollower {
    paths: [ForcePath; FACTORS.len()],
    shift_seconds: f64,
    start: Option<UnixMillis>,
    end: UnixMillis,
    quiet_ms: i64,
}

impl ExcursionFollower {
    /// Takes the force, as part of the weight above it, and the part of the load that is elsewhere than in standing;
    /// returns the movement when the person stands again after it.
    pub(super) fn follow(
        &mut self,
        config: &MotionConfig,
        (pull, shift): (f64, f64),
        step: i64,
        at: UnixMillis,
    ) -> Option<Excursion> {
        let dt = step as f64 / 1e3;
        let standing = pull.abs() <= config.noise_part && shift <= STANDING_SHIFT;
        if !standing {
            self.start = self.start.or(Some(at));
            self.end = at;
        }
        self.quiet_ms = if standing { self.quiet_ms + step } else { 0 };
        let start = self.start?;
        self.shift_seconds += shift * dt;
        for (path, factor) in self.paths.iter_mut().zip(FACTORS) {
            path.speed += (pull - factor * shift) * GRAVITY * dt;
            path.way -= path.speed * dt;
            if path.way > path.deepest {
                path.deepest = path.way;
                path.bottom = at;
            }
        }
        if at.since(start) > i64::from(config.max_ms) {
            *self = Self::default();
            return None;
        }
        if self.quiet_ms < i64::from(config.still_ms) {
            return None;
        }
        let ended = std::mem::take(self);
        ended.result(start)
    }

    fn result(&self, start: UnixMillis) -> Option<Excursion> {
        let plain = self.paths[FACTORS.len() / 2];
        let (path, factor) = if self.shift_seconds >= LEAST_SHIFT_SECONDS {
            let (path, factor) = self.at_rest()?;
            (path, Some(factor))
        } else {
            (plain, None)
        };
        let holds = path.way.abs() <= LEFT_OVER_WAY && path.speed.abs() <= LEFT_OVER_SPEED;
        holds.then_some(Excursion {
            start,
            end: self.end,
            bottom: path.bottom,
            deepest: path.deepest,
            factor,
        })
    }

    /// The path with the factor at which no speed is left over, between those that were followed.
    fn at_rest(&self) -> Option<(ForcePath, f64)> {
        let pairs = self.paths.windows(2).zip(FACTORS.windows(2));
        let mut crossing =
            pairs.filter(|(paths, _)| (paths[0].speed >= 0.0) && (paths[1].speed <= 0.0));
        let (paths, factors) = crossing.next()?;
        let (before, after) = (paths[0], paths[1]);
        let part = before.speed / (before.speed - after.speed).max(1e-9);
        let between = |from: f64, to: f64| from + part * (to - from);
        let nearer = if part < 0.5 { before } else { after };
        let path = ForcePath {
            speed: 0.0,
            way: between(before.way, after.way),
            deepest: between(before.deepest, after.deepest),
            bottom: nearer.bottom,
        };
        Some((path, between(factors[0], factors[1])))
    }
}
