//! What kind of movement the frames of a descent and of the way back show: a squat, or something else.
//!
//! The criteria are those of the movements themselves: a squat bends both knees alike, its trunk stays above the hips, its
//! feet stay on the spot, and nothing but the legs holds it at the bottom.

use super::setup::Feet;
use crate::{
    math,
    pose::Landmark::{LeftHip, LeftKnee, LeftShoulder, RightHip, RightKnee, RightShoulder},
    squat::{
        Body, NotCounting, SquatConfig, View,
        body::{distance, from_vertical_signed},
        faults::measure,
    },
};

/// Feet that are away from their places for longer than this have left them, s: trackers err for less.
const AWAY_SECONDS: f64 = 0.2;

/// From the front, a foot that is not seen for longer than this may have stepped out of the picture, s.
const UNSEEN_SECONDS: f64 = 0.5;

/// Thighs that look shorter than this, in torso lengths, point at the camera.
const LEAST_THIGH: f64 = 0.45;

/// A movement that is less deep than this many times the least depth of a repetition is shallow.
const SHALLOW_MOVEMENT: f64 = 2.5;

/// Trackers err for one frame, which is shorter than this, s.
const TWITCH_SECONDS: f64 = 0.1;

/// A trunk turned from its standing direction by more than this turns, as the cosine of 60°.
const TURNED_COSINE: f64 = 0.5;

/// Who rests deeper than this may sit.
const RESTING_DEPTH: f64 = 0.4;

/// Seats are at least this deep, and are sat on for at least this long, s.
const SEAT_DEPTH: f64 = 0.6;
const SEAT_SECONDS: f64 = 1.0;
/// Knees closer together than this, over the ankles, fall in, which makes them look straight from the front.
const SEAT_SEPARATION: f64 = 0.95;

/// Legs and feet of a shallow movement that differ by more than this move differently: drop of the knees in torso lengths,
/// knees in degrees, feet in torso lengths.
const UNEVEN_DROP: f64 = 0.12;
const UNEVEN_DEGREES: f64 = 30.0;
const UNEVEN_STRIDE: f64 = 0.15;
/// Knees that look differently bent move differently when they lie this differently below their hips (those of good squats by
/// up to 0.26), or when the feet are this far from their places (those of good squats by up to 0.04), torso lengths.
const UNEVEN_BENT_DROP: f64 = 0.3;
const UNEVEN_BENT_STRIDE: f64 = 0.08;
/// Seen from the side, knees move differently from this share of the usual limit on.
const SIDE_KNEE_SHARE: f64 = 0.8;
/// A trunk that looks this many times as long as in standing was not measured in standing.
const LONGEST_TRUNK: f64 = 1.5;
/// A dip is a shallow movement in which knees seen from the front bend by less than this, degrees.
const DIP_DEPTH: f64 = 0.25;
const DIP_DEGREES: f64 = 20.0;

/// Thighs whose heights differ by more than this, seen from the side, move differently, torso lengths: those of good squats
/// differ by up to 0.36, as the far leg is seen higher.
const SIDE_DROP: f64 = 0.5;
/// Ankles of somebody who is seen from the side and stands with one foot before the other, torso lengths apart.
const SPLIT_STANCE: f64 = 0.8;

/// Seen from the front or at an angle, hips that bend by so many degrees more than stiff knees belong to a bow; in 3,900 squats
/// it is at most 22.
const FRONT_HINGE_DEGREES: f64 = 26.0;
/// So do, from the front, hips that bend by so many degrees more while the trunk looks shorter than this share.
const SHORT_HINGE_DEGREES: f64 = 15.0;
const SHORTER: f64 = 0.68;
/// A trunk that leans this far over knees that hardly bend is that of a bow; over such knees squatters lean by up to 17°.
const STIFF_TRUNK_DEGREES: f64 = 45.0;
/// A shallow movement in which the trunk leans this far, and the hips bend so much more than the knees, is a bow.
const SHALLOW: f64 = 0.45;
const SHALLOW_TRUNK_DEGREES: f64 = 45.0;
const SHALLOW_HINGE_DEGREES: f64 = 35.0;
/// Trunks that look so crooked from the front or at an angle are none of a squat's, degrees: in 3,900 squats they are at most 23 and
/// 52.
const FRONT_TRUNK_DEGREES: f64 = 50.0;
const OBLIQUE_TRUNK_DEGREES: f64 = 60.0;
/// How far phones lean, degrees.
const ROLL_DEGREES: f64 = 8.0;
/// How short a trunk may look, against its standing length, at a shallow and at a deep bottom. In recorded squats it is 0.66
/// at a depth of 0.48 and 0.56 from 0.7 on.
const SHORT_TRUNK: [(f64, f64); 2] = [(0.3, 0.62), (0.7, 0.52)];
/// Nobody's thighs point so far up: the tracker lost the legs.
const IMPOSSIBLE_DEPTH: f64 = 1.65;

/// A weighted mean.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: Option<f64>, weight: f64) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.sum += weight * value;
            self.weight += weight;
        }
    }

    fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// Whether there is a mean and it is at least this much.
    fn reaches(self, limit: f64) -> bool {
        self.value().is_some_and(|value| value >= limit)
    }

    fn below(self, limit: f64) -> bool {
        self.value().is_some_and(|value| value < limit)
    }
}

/// What the frames since the descent began have shown. Means weigh a frame by the fourth power of its depth, so that they
/// are about the bottom whenever that is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    feet: Option<Feet>,
    away_seconds: f64,
    /// How long a foot that was seen before is not.
    unseen_seconds: f64,
    torso: f64,
    /// Standing direction of the shoulders: across and away.
    heading: Option<[f64; 2]>,
    turned_seconds: f64,
    /// How long the body has been, and has rested, well below standing.
    low_seconds: f64,
    rest_seconds: f64,
    flexion: Mean,
    knee_difference: Mean,
    drop_difference: Mean,
    trunk: Mean,
    /// Of the trunk against its standing direction.
    bend: Mean,
    standing_trunk: Option<f64>,
    shortening: Mean,
    hinge: Mean,
    /// How far the feet are from their places, and the knees apart over the ankles.
    stride: Mean,
    separation: Mean,
}

impl Evidence {
    /// A descent begins; the feet and the trunk are those of the last standing frame.
    pub(super) fn begin(body: &Body, feet: Feet, torso: f64, heading: Option<[f64; 2]>) -> Self {
        Self {
            standing_trunk: trunk(body),
            feet: Some(feet),
            torso,
            heading,
            ..Self::default()
        }
    }

    /// A frame at this depth, `dt` s after the one before; `rests`: the body hardly moves.
    pub(super) fn add(
        &mut self,
        body: &Body,
        (depth, rests): (f64, bool),
        dt: f64,
        config: &SquatConfig,
    ) {
        if depth > RESTING_DEPTH {
            self.low_seconds += dt;
            self.rest_seconds += if rests { dt } else { 0.0 };
        }
        let weight = dt * depth.clamp(0.05, 1.0).powi(4);
        self.watch_feet(body, dt, weight, config);
        self.watch_heading(body, dt);
        let angles = &body.angles;
        // The angle of a knee whose thigh points at the camera means little.
        let long = |hip, knee| {
            let thigh = body.pair(hip, knee);
            thigh.is_some_and(|(hip, knee)| distance(hip, knee) > LEAST_THIGH * body.torso)
        };
        let seen = long(LeftHip, LeftKnee) && long(RightHip, RightKnee);
        let knees = angles.left_knee.zip(angles.right_knee).filter(|_| seen);
        self.flexion
            .add(angles.knee().map(|knee| 180.0 - knee), weight);
        self.knee_difference
            .add(knees.map(|(left, right)| (left - right).abs()), weight);
        let drop = |hip, knee| Some((body.point(knee)?[1] - body.point(hip)?[1]) / body.torso);
        let drops = drop(LeftHip, LeftKnee).zip(drop(RightHip, RightKnee));
        self.drop_difference
            .add(drops.map(|(left, right)| (left - right).abs()), weight);
        let trunk = trunk(body);
        self.trunk.add(trunk.map(f64::abs), weight);
        let bend = trunk.zip(self.standing_trunk);
        self.bend
            .add(bend.map(|(now, standing)| (now - standing).abs()), weight);
        if self.torso > 0.0 {
            self.shortening.add(Some(body.torso / self.torso), weight);
        }
        let hip = match (angles.left_hip, angles.right_hip) {
            (Some(left), Some(right)) => Some(f64::midpoint(left, right)),
            (one, other) => one.or(other),
        };
        let hinge = angles.knee().zip(hip).map(|(knee, hip)| knee - hip);
        self.hinge.add(hinge, weight);
    }

    fn watch_feet(&mut self, body: &Body, dt: f64, weight: f64, config: &SquatConfig) {
        let now = Feet::of(body);
        let stride = self.feet.and_then(|feet| feet.stride(&now));
        if stride.is_none() && self.feet.is_some_and(|feet| feet.are_both_seen()) {
            self.unseen_seconds += dt;
        }
        if stride.is_some_and(|stride| stride > config.step_ratio) {
            self.away_seconds += dt;
        }
        self.stride.add(stride, weight);
        self.separation.add(measure::knee_separation(body), weight);
    }

    fn watch_heading(&mut self, body: &Body, dt: f64) {
        let (Some([across, away]), Some([now_across, now_away])) = (self.heading, body.turn) else {
            return;
        };
        let dot = across * now_across + away * now_away;
        let lengths = math::hypot(across, away) * math::hypot(now_across, now_away);
        // Networks mix up left and right now and then: half a turn at once is none.
        if dot.abs() < TURNED_COSINE * lengths {
            self.turned_seconds += dt;
        }
    }

    /// Why a movement of this `depth` is no squat; `body` is the standing one at its end.
    pub(super) fn refuse(
        &self,
        depth: f64,
        view: View,
        body: &Body,
        config: &SquatConfig,
    ) -> Option<NotCounting> {
        let flexion = self.flexion.value().unwrap_or(90.0);
        let walked = self
            .feet
            .and_then(|feet| feet.way(&Feet::of(body)))
            .is_some_and(|way| way > 3.0 * config.step_ratio);
        let one_sided = self.is_one_sided(view, config);
        if self.bows(depth, flexion, view, config) {
            Some(NotCounting::TrunkDown)
        } else if self.away_seconds > AWAY_SECONDS || walked {
            Some(NotCounting::Stepping)
        } else if depth > IMPOSSIBLE_DEPTH || self.shortening.reaches(LONGEST_TRUNK) {
            Some(NotCounting::Lost)
        } else if view == View::Front && self.unseen_seconds > UNSEEN_SECONDS {
            Some(NotCounting::NotVisible)
        } else if one_sided {
            Some(NotCounting::OneSided)
        } else if self.turned_seconds > self.turning_limit(depth, config) {
            Some(NotCounting::Turning)
        } else if depth < config.min_rep_depth
            || (depth < DIP_DEPTH && flexion < DIP_DEGREES)
            || ((view != View::Front || self.is_uneven())
                && flexion < config.min_flexion_degrees
                && depth < SHALLOW_MOVEMENT * config.min_rep_depth)
        {
            Some(NotCounting::TooShallow)
        } else if self.sits(depth, flexion, view, config) {
            Some(NotCounting::Sitting)
        } else {
            None
        }
    }

    /// For how long the trunk may be seen turned, s. In a shallow movement no longer than trackers err for a frame.
    fn turning_limit(&self, depth: f64, config: &SquatConfig) -> f64 {
        if depth < SHALLOW_MOVEMENT * config.min_rep_depth {
            TWITCH_SECONDS
        } else {
            AWAY_SECONDS
        }
    }

    /// Whether one leg does other than the other. From the side both knees are seen to bend, and the far leg is seen higher;
    /// between front and side a good squat's knees look differently bent, and only their heights and the feet tell.
    fn is_one_sided(&self, view: View, config: &SquatConfig) -> bool {
        let share = if view == View::Side {
            SIDE_KNEE_SHARE
        } else {
            1.0
        };
        let bent = self
            .knee_difference
            .reaches(share * config.knee_difference_degrees);
        let higher = self.drop_difference.reaches(config.thigh_difference_ratio);
        if view == View::Side {
            let split = self.feet.and_then(|feet| feet.apart());
            return bent
                || self.drop_difference.reaches(SIDE_DROP)
                || split.is_some_and(|apart| apart > SPLIT_STANCE);
        }
        let uneven = self.drop_difference.reaches(UNEVEN_BENT_DROP)
            || self.stride.reaches(UNEVEN_BENT_STRIDE);
        higher || (bent && uneven)
    }

    /// Whether the trunk goes down, and not the hips.
    fn bows(&self, depth: f64, flexion: f64, view: View, config: &SquatConfig) -> bool {
        let shorter = self.shortening.below(SHORTER);
        let hinges = match view {
            View::Side => self.hinge.reaches(config.hinge_degrees),
            View::Front if shorter => self.hinge.reaches(SHORT_HINGE_DEGREES),
            _ => self.hinge.reaches(FRONT_HINGE_DEGREES),
        };
        let shallow = view != View::Front
            && depth < SHALLOW
            && self.trunk.reaches(SHALLOW_TRUNK_DEGREES)
            && self.hinge.reaches(SHALLOW_HINGE_DEGREES);
        let most = match view {
            View::Side => config.trunk_limit_degrees + ROLL_DEGREES,
            View::Oblique => OBLIQUE_TRUNK_DEGREES,
            View::Front => FRONT_TRUNK_DEGREES,
        };
        self.trunk.reaches(most)
            || self.bend.reaches(config.trunk_limit_degrees)
            || shallow
            || (flexion < config.hinge_knee_degrees
                && (hinges || self.trunk.reaches(STIFF_TRUNK_DEGREES)))
            || self.is_short(depth, view)
    }

    /// Whether the trunk looks so short that it must bend to or from the camera. In a deep squat it leans too, in a shallow
    /// one it hardly does.
    fn is_short(&self, depth: f64, view: View) -> bool {
        let [(shallow, shallow_share), (deep, deep_share)] = SHORT_TRUNK;
        let way = ((depth - shallow) / (deep - shallow)).clamp(0.0, 1.0);
        let limit = shallow_share + way * (deep_share - shallow_share);
        view != View::Side && self.shortening.below(limit)
    }

    /// Whether the legs do not quite move alike, or the feet not quite stay: in a shallow movement that is none of a squat's.
    fn is_uneven(&self) -> bool {
        self.drop_difference.reaches(UNEVEN_DROP)
            || self.knee_difference.reaches(UNEVEN_DEGREES)
            || self.stride.reaches(UNEVEN_STRIDE)
    }

    /// Whoever stays at the bottom sits: for long, or for a moment with thighs that are level and knees that hardly bend.
    /// That is how the front sees upright shins, over which nobody keeps the balance.
    fn sits(&self, depth: f64, flexion: f64, view: View, config: &SquatConfig) -> bool {
        let upright_shins = view == View::Front
            && depth >= SEAT_DEPTH
            && flexion < config.sitting_flexion_degrees
            && self
                .separation
                .value()
                .is_none_or(|apart| apart > SEAT_SEPARATION);
        self.rest_seconds > config.sitting_seconds
            || (upright_shins && self.low_seconds > SEAT_SECONDS)
    }
}

/// Angle of the trunk from the vertical, degrees, positive to the right of the picture.
fn trunk(body: &Body) -> Option<f64> {
    let hip = body.middle(LeftHip, RightHip)?;
    let shoulder = body.middle(LeftShoulder, RightShoulder)?;
    Some(from_vertical_signed(hip, shoulder))
}
