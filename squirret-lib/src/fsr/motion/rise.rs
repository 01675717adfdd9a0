//! A rise of the body from rest to rest.
//!
//! A slow descent hardly shows in the force: in three seconds a body needs 2 % of its weight to start and to stop, as
//! much as the sensors err when the centre of pressure moves. The rise that follows needs a fifth of the weight. Taken
//! by itself, from the push to the rest after it, it is short, and both ends of it are at rest, so the error of the force
//! is known from the speed that is left over at its end.

use super::{GRAVITY, MotionConfig};
use crate::UnixMillis;

/// Push from which a rise begins, part of the weight (*proposed*: twice the noise).
const PUSH: f64 = 0.06;

/// A force outside of this, as part of the weight, is a jump or a seat that is left (*proposed*).
const MOST: f64 = 0.7;

/// Part of the greatest speed that may be left over at rest (*proposed*): more is no rise from rest.
const LEFT_OVER: f64 = 0.25;

/// Shortest and longest rise, s (*proposed*).
const LASTS: std::ops::RangeInclusive<f64> = 0.35..=3.0;

/// A rise that ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Risen {
    /// When the push began.
    pub(super) from: UnixMillis,
    /// How far, in m.
    pub(super) way: f64,
}

/// Follows one rise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rise {
    /// Since when there is a push.
    from: Option<UnixMillis>,
    seconds: f64,
    speed: f64,
    way: f64,
    fastest: f64,
    slowed: bool,
    refused: bool,
}

impl Rise {
    /// Takes the force, as part of the weight above it, `step` ms after the one before; gives the rise that ended.
    pub(super) fn follow(
        &mut self,
        config: &MotionConfig,
        pull: f64,
        step: i64,
        at: UnixMillis,
    ) -> Option<Risen> {
        let Some(from) = self.from else {
            if pull > PUSH {
                *self = Self {
                    from: Some(at),
                    ..Self::default()
                };
            }
            return None;
        };
        let dt = step as f64 / 1e3;
        self.seconds += dt;
        self.speed += pull * GRAVITY * dt;
        self.way += self.speed * dt;
        self.fastest = self.fastest.max(self.speed);
        self.refused |= pull.abs() > MOST;
        self.slowed |= pull < -PUSH;
        let over = self.slowed && pull > -config.noise_part / 2.0;
        let stalls = !self.slowed && pull < config.noise_part && self.speed < config.moving_speed;
        if !over && !stalls && self.seconds <= *LASTS.end() {
            return None;
        }
        // What is left of the speed at rest is the error of the force; it grew evenly.
        let way = self.way - self.speed * self.seconds / 2.0;
        let rests = self.speed.abs() <= LEFT_OVER * self.fastest;
        let holds = over && rests && !self.refused && LASTS.contains(&self.seconds);
        *self = Self::default();
        (holds && way >= config.min_rise).then_some(Risen { from, way })
    }
}
