//! Whether a person stands on the spot before the camera: whoever walks in, turns to the phone or walks out moves their
//! feet; whoever squats does not.
//!
//! What all points have in common is the camera's movement. Steps are measured between the feet, and against how large the
//! body is seen.

use crate::{
    pose::Landmark::{LeftAnkle, LeftKnee, RightAnkle, RightKnee},
    squat::{
        Body, SquatConfig,
        body::{Point, distance},
    },
};

/// Time constant by which the feet of a standing person are smoothed, s.
const FEET_SECONDS: f64 = 0.1;

/// A stand in which the body grows or shrinks by more than this share is a walk to or from the camera.
const RESIZE: f64 = 0.2;

/// Feet that shift this slowly stand, time constant in s.
const ANCHOR_SECONDS: f64 = 1.0;

/// What the feet do until the person was seen for this long counts for nothing, s.
const FIRST_SECONDS: f64 = 0.45;

/// Where the feet stand. Networks mix up left and right now and then, so nothing here depends on which is which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feet {
    places: [Option<Point>; 2],
    torso: f64,
    /// Length of the longer shank.
    shank: Option<f64>,
}

impl Feet {
    pub(super) fn of(body: &Body) -> Self {
        let shanks = [(LeftKnee, LeftAnkle), (RightKnee, RightAnkle)]
            .into_iter()
            .filter_map(|(knee, ankle)| body.pair(knee, ankle))
            .map(|(knee, ankle)| distance(knee, ankle));
        Self {
            places: [LeftAnkle, RightAnkle].map(|ankle| body.point(ankle)),
            torso: body.torso,
            shank: shanks.reduce(f64::max),
        }
    }

    /// How much the way from one foot to the other has changed, in torso lengths; `None` unless both are seen.
    pub(super) fn stride(&self, now: &Self) -> Option<f64> {
        let between = |feet: &Self| {
            let [Some(left), Some(right)] = feet.places else {
                return None;
            };
            Some([left[0] - right[0], left[1] - right[1]])
        };
        let (before, now) = (between(self)?, between(now)?);
        let exchanged = [-now[0], -now[1]];
        Some(distance(before, now).min(distance(before, exchanged)) / self.torso)
    }

    /// How far the feet are from each other, in torso lengths.
    pub(super) fn apart(&self) -> Option<f64> {
        let [left, right] = self.places;
        Some(distance(left?, right?) / self.torso)
    }

    /// How far the feet that are seen stand from where they stood, in torso lengths; the camera's movement is in it.
    pub(super) fn way(&self, now: &Self) -> Option<f64> {
        Some(distance(self.middle()?, now.middle()?) / self.torso)
    }

    /// Whether both are seen.
    pub(super) fn are_both_seen(&self) -> bool {
        self.places.iter().all(Option::is_some)
    }

    /// How much larger the body has become.
    fn growth(&self, now: &Self) -> f64 {
        self.shank
            .zip(now.shank)
            .map_or(1.0, |(before, now)| now / before)
    }

    fn middle(&self) -> Option<Point> {
        match self.places {
            [Some(left), Some(right)] => {
                Some([0, 1].map(|axis| f64::midpoint(left[axis], right[axis])))
            }
            [one, other] => one.or(other),
        }
    }

    /// Both feet, in an order that fits those of `self`.
    fn ordered(&self, now: &Self) -> [Option<Point>; 2] {
        let [Some(left), Some(right)] = self.places else {
            return now.places;
        };
        let [Some(one), Some(other)] = now.places else {
            return now.places;
        };
        let told = distance(left, one) + distance(right, other);
        let exchanged = distance(left, other) + distance(right, one);
        if exchanged < told {
            [Some(other), Some(one)]
        } else {
            now.places
        }
    }

    fn follow(&mut self, now: &Self, share: f64) {
        let ordered = self.ordered(now);
        for (mean, now) in self.places.iter_mut().zip(ordered) {
            *mean = match (*mean, now) {
                (Some(mean), Some(now)) => {
                    Some([0, 1].map(|axis| mean[axis] + share * (now[axis] - mean[axis])))
                }
                (mean, now) => now.or(mean),
            };
        }
        self.torso += share * (now.torso - self.torso);
        self.shank = match (self.shank, now.shank) {
            (Some(mean), Some(now)) => Some(mean + share * (now - mean)),
            (mean, now) => now.or(mean),
        };
    }
}

/// Waits until the person has stood on the spot for as long as squatters stand between repetitions. Whoever is seen
/// standing from the first frame on and does not step has stood before: a recording may begin right before the squat.
#[derive(Debug, Default)]
pub(super) struct Setup {
    /// Where the feet stood when the stand began, and where they are now, smoothed.
    anchor: Option<Feet>,
    now: Option<Feet>,
    seconds: f64,
    /// How long the person has been seen standing, s.
    age: f64,
    stepped: bool,
}

impl Setup {
    /// A frame of a standing person, `dt` s after the one before.
    pub(super) fn stand(&mut self, body: &Body, dt: f64, config: &SquatConfig) {
        let seen = Feet::of(body);
        self.age += dt;
        let first = self.age < FIRST_SECONDS;
        let now = self.now.get_or_insert(seen);
        let share = dt / (FEET_SECONDS + dt);
        now.follow(&seen, if first { share.max(0.5) } else { share });
        let anchor = self.anchor.get_or_insert(*now);
        let growth = anchor.growth(now);
        let steps = anchor
            .stride(now)
            .is_some_and(|stride| stride > 0.6 * config.step_ratio)
            || anchor
                .way(now)
                .is_some_and(|way| way > 2.0 * config.step_ratio)
            || !(1.0 - RESIZE..=1.0 + RESIZE).contains(&growth);
        if first {
            // A tracker needs some frames to find its points.
            self.anchor = Some(*now);
        } else if steps {
            self.anchor = Some(*now);
            self.stepped = true;
            self.seconds = 0.0;
        } else {
            self.seconds += dt;
            anchor.follow(now, dt / (ANCHOR_SECONDS + dt));
        }
    }

    /// Where the feet of the person who stood last are.
    pub(super) const fn feet(&self) -> Option<Feet> {
        self.now
    }

    /// Whether a descent that begins now may be a repetition.
    pub(super) fn admits(&self, config: &SquatConfig) -> bool {
        !self.stepped || self.seconds >= config.setup_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pose::Pose,
        sim::{Angle, Plan, Squatter},
    };

    fn standing() -> Pose {
        Squatter::new(Plan::default(), 3).pose(Angle::Side, 9.0 / 16.0, 0.001, 0.5)
    }

    /// Feet that stride by this much, once a second each, for this long.
    fn stride(setup: &mut Setup, by: f64, seconds: f64) {
        let config = SquatConfig::default();
        for frame in 0..(30.0 * seconds) as u32 {
            let (sin, _) = crate::math::sin_cos(f64::from(frame) / 30.0 * std::f64::consts::TAU);
            let mut pose = standing();
            pose.keypoints[LeftAnkle as usize].x += (by * sin) as f32;
            pose.keypoints[RightAnkle as usize].x -= (by * sin) as f32;
            let body = Body::of(&pose, &config).unwrap();
            setup.stand(&body, 1.0 / 30.0, &config);
        }
    }

    #[test]
    fn who_stands_from_the_first_frame_on_may_begin_and_who_walks_may_not_until_they_stood() {
        let config = SquatConfig::default();
        let mut setup = Setup::default();
        stride(&mut setup, 0.0, 0.2);
        assert!(setup.admits(&config));
        stride(&mut setup, 0.3, 3.0);
        assert!(!setup.admits(&config));
        stride(&mut setup, 0.0, 0.9);
        assert!(setup.admits(&config));
    }
}
