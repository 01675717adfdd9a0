//! Whether a person has settled before the camera, and stays on the spot.
//!
//! Whoever walks in, turns to the phone or walks out moves their feet; whoever squats does not.

use crate::{
    pose::Landmark::{LeftAnkle, RightAnkle},
    squat::{
        Body, SquatConfig,
        body::{Point, distance},
    },
};

/// Where the feet stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feet {
    places: [Option<Point>; 2],
    torso: f64,
}

impl Feet {
    pub(super) fn of(body: &Body) -> Self {
        Self {
            places: [LeftAnkle, RightAnkle].map(|ankle| body.point(ankle)),
            torso: body.torso,
        }
    }

    /// Whether every foot that is seen stands further than `limit` torso lengths from where it stood.
    pub(super) fn have_moved(&self, body: &Body, limit: f64) -> bool {
        let now = [LeftAnkle, RightAnkle].map(|ankle| body.point(ankle));
        let moves = self
            .places
            .into_iter()
            .zip(now)
            .filter_map(|(before, now)| {
                before
                    .zip(now)
                    .map(|(before, now)| distance(before, now) / self.torso)
            });
        moves.reduce(f64::min).is_some_and(|least| least > limit)
    }
}

/// Waits until the person stands still. Whoever is seen standing from the first frame on and does not step has settled
/// before: a recording may begin right before the squat.
#[derive(Debug, Default)]
pub(super) struct Setup {
    feet: Option<Feet>,
    still_seconds: f64,
    stepped: bool,
    settled: bool,
}

impl Setup {
    /// A frame of a standing person, `dt` s after the one before.
    pub(super) fn stand(&mut self, body: &Body, is_still: bool, dt: f64, config: &SquatConfig) {
        if self.settled {
            return;
        }
        let feet = self.feet.get_or_insert(Feet::of(body));
        let steps = feet.have_moved(body, config.step_ratio / 2.0);
        if steps {
            *feet = Feet::of(body);
            self.stepped = true;
        }
        self.still_seconds = if steps || !is_still {
            0.0
        } else {
            self.still_seconds + dt
        };
        self.settled = self.still_seconds >= config.setup_seconds;
    }

    /// Whether a descent that begins now may be a repetition.
    pub(super) const fn admits(&self) -> bool {
        self.settled || !self.stepped
    }
}
