//! The rules themselves. A rule that the view cannot support says so.

use super::{
    Finding, Limit, Sight, View,
    measure::{self, Foot, Measure, Side},
};
use crate::{
    math,
    pose::Landmark::{
        LeftAnkle, LeftHip, LeftKnee, LeftShoulder, RightAnkle, RightHip, RightKnee, RightShoulder,
    },
    squat::{
        Baseline, Body,
        body::{Point, from_vertical_signed},
    },
    verdict::Reason,
};

/// Thighs that look shorter than this share of the standing ones point at the camera: the angle that they make in the
/// picture is that of the noise.
const FORESHORTENED: f64 = 0.45;
/// Knees are judged by their distance once the thighs look this much shorter than in standing: with straight legs it is
/// only as wide as the person stands.
const BENT: f64 = 0.8;
/// Knees that are as close as this to each other while standing, in ankle distances, are no wide stance any more.
const NARROWEST_STANCE: f64 = 0.7;
/// How much an ankle rises with its heel, at least: walkers' ankles rise by 0.55 ± 0.05 of it.
const ANKLE_PER_HEEL: f64 = 0.55;
/// A foot whose length changes by more than this share is not the foot that stood there.
const FOOT_CHANGE: f64 = 0.25;
/// From this difference of depth on one leg is the nearer one, torso lengths.
const NEAR_LEG: f64 = 0.1;
/// How far the shoulders of a squatter are ahead of the hips at least, standing torso lengths (the sine of 30°): a camera on
/// the floor sees a trunk that leans towards it at its full length.
const LEAST_LEAN: f64 = 0.5;
/// How far the hips of a squatter are behind the ankles at least, standing torso lengths: a camera on the floor sees thighs that
/// point to it as long ones.
const LEAST_HIPS_BACK: f64 = 0.35;
/// How far the knees of a squatter are ahead of the ankles, shanks.
const KNEES_AHEAD: f64 = 0.5;

/// Returns early with a reason, as `?` does with `None`.
macro_rules! known {
    ($value:expr, $reason:ident) => {
        match $value {
            Some(value) => value,
            None => return Finding::Unknown(Reason::$reason),
        }
    };
}

macro_rules! only_from {
    ($sight:expr, $view:ident) => {
        if $sight.view != View::$view {
            return Finding::Unknown(Reason::View);
        }
    };
}

/// A value that is bad above its threshold, which is also the difference that is looked for.
const fn high(value: f64, threshold: f64, error: f64) -> Finding {
    let limit = Limit {
        threshold,
        error,
        looked_for: threshold,
        low_is_bad: false,
        only_hint: false,
    };
    Finding::Measured { value, limit }
}

/// The error of a steady value from independent parts: what equal squats differ by, what the frames of the own standing
/// differ by (a median of a dozen frames takes out half of it, as their noise is correlated), and what the camera's place
/// may explain.
fn error(equal_squats: f64, standing_spread: f64, explained: f64) -> f64 {
    math::hypot(math::hypot(equal_squats, 0.5 * standing_spread), explained)
}

/// From the side: the trunk leans further forward than the shank. The camera's roll turns both alike.
pub(super) fn trunk_lean(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Side);
    let near = sight.baseline.and_then(near_side);
    let joint = |left, right| match near {
        Some(Side::Left) => sight.body.point(left),
        Some(Side::Right) => sight.body.point(right),
        None => sight.body.middle(left, right),
    };
    let shoulder = known!(joint(LeftShoulder, RightShoulder), NotVisible);
    let hip = known!(joint(LeftHip, RightHip), NotVisible);
    let knee = known!(joint(LeftKnee, RightKnee), NotVisible);
    let ankle = known!(joint(LeftAnkle, RightAnkle), NotVisible);
    let beyond = forward_lean(shoulder, hip, knee, ankle);
    high(
        beyond,
        sight.config.trunk_lean_fault_degrees,
        sight.config.trunk_lean_error_degrees,
    )
}

/// How much further forward the trunk leans than the shank, degrees. Knees are ahead of the hips of whoever squats.
fn forward_lean(shoulder: Point, hip: Point, knee: Point, ankle: Point) -> f64 {
    let forward = (knee[0] - hip[0]).signum();
    forward * (from_vertical_signed(hip, shoulder) - from_vertical_signed(ankle, knee))
}

/// From the front: the shoulders move beside the hips.
pub(super) fn trunk_sideways(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.get(Measure::TrunkOffset), NoBaseline);
    let offset = known!(measure::trunk_offset(sight.body), NotVisible);
    let ahead = measure::lean_seen_from_front(sight.body, own.torso()).max(LEAST_LEAN);
    let error = error(
        sight.config.trunk_sideways_error,
        standing.spread,
        turned_camera(sight, own, ahead),
    );
    high(
        (offset - standing.value).abs(),
        sight.config.trunk_sideways_ratio,
        error,
    )
}

/// From the front: the hips move beside the ankles.
pub(super) fn hip_shift(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.get(Measure::HipOffset), NoBaseline);
    let offset = known!(measure::hip_offset(sight.body), NotVisible);
    let behind = known!(
        measure::hips_back_seen_from_front(sight.body, own.torso()),
        NotVisible
    );
    let error = error(
        sight.config.hip_shift_error,
        standing.spread,
        turned_camera(sight, own, behind.max(LEAST_HIPS_BACK)),
    );
    high(
        (offset - standing.value).abs(),
        sight.config.hip_shift_ratio,
        error,
    )
}

/// How far a way towards the camera (in standing torso lengths) can look like a way aside, in shoulder widths: nobody
/// puts a phone exactly in front.
fn turned_camera(sight: &Sight<'_>, own: &Baseline, way: f64) -> f64 {
    let shoulders = sight.body.shoulders * sight.body.torso / own.torso();
    let (sin, _) = math::sin_cos(sight.camera_yaw().to_radians());
    sin * way / shoulders.max(0.1)
}

/// From the side: shoulder to hip shortens. There are no points on the spine, so this is a hint and never a fault.
pub(super) fn back_rounding(sight: &Sight<'_>) -> Finding {
    if sight.view != View::Side {
        return Finding::Unknown(Reason::Skeleton);
    }
    let own = known!(sight.baseline, NoBaseline);
    let limit = Limit {
        threshold: sight.config.back_rounding_ratio,
        error: 0.0,
        looked_for: sight.config.back_rounding_ratio,
        low_is_bad: false,
        only_hint: true,
    };
    Finding::Measured {
        value: 1.0 - sight.body.torso / own.torso(),
        limit,
    }
}

/// From the front: the knees are closer together than the ankles, and closer than in the own standing.
pub(super) fn knee_separation(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = |measure| sight.baseline.and_then(|own| own.get(measure));
    let height = known!(measure::thigh_height(sight.body), NotVisible);
    let upright = own(Measure::Thigh).map_or(measure::thigh(sight.body.torso), |own| own.value);
    if height > BENT * upright {
        return Finding::Unknown(Reason::Stage);
    }
    let value = known!(measure::knee_separation(sight.body), NotVisible);
    // Who stands with feet wider than the hips has knees closer than the ankles. Unknown people may.
    let (stance, spread) =
        own(Measure::KneeSeparation).map_or((NARROWEST_STANCE, 0.0), |own| (own.value, own.spread));
    let limit = Limit {
        threshold: sight
            .config
            .knee_separation_fault
            .min(stance.max(NARROWEST_STANCE)),
        error: error(sight.config.knee_separation_error, spread, 0.0),
        looked_for: 1.0 - sight.config.knee_separation_fault,
        low_is_bad: true,
        only_hint: false,
    };
    Finding::Measured { value, limit }
}

/// From the front: a knee bends inwards off the line hip–ankle.
pub(super) fn knee_projection(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let left = known!(own.get(Measure::LeftProjection), NoBaseline);
    let right = known!(own.get(Measure::RightProjection), NoBaseline);
    let upright = known!(own.value(Measure::Thigh), NoBaseline);
    let now = known!(measure::knee_projection(sight.body), NotVisible);
    let height = known!(measure::thigh_height(sight.body), NotVisible);
    if height < FORESHORTENED * upright {
        return Finding::Unknown(Reason::Stage);
    }
    let inwards = [now[0] - left.value, now[1] - right.value];
    let (worse, other) = (inwards[0].max(inwards[1]), inwards[0].min(inwards[1]));
    // A camera that stands a little aside sees one knee go in and the other one out.
    let (sin, _) = math::sin_cos(sight.camera_yaw().to_radians());
    let aside = (2.0 * KNEES_AHEAD * sin).to_degrees();
    let explained = ((worse - other) / 2.0).min(aside);
    let spread = left.spread.max(right.spread);
    high(
        worse,
        sight.config.knee_projection_degrees,
        error(
            sight.config.knee_projection_error_degrees,
            spread,
            explained,
        ),
    )
}

/// From the side: the nearer heel rises off the ground, against the own standing.
pub(super) fn heel_lift(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Side);
    // Where the points of a foot lie on the shoe changes between two short moments.
    let whole = sight.baseline.filter(|own| !own.is_early());
    let own = known!(whole, NoBaseline);
    let rise = |side| HeelRise::of(sight.body, own, side);
    let seen = match near_side(own) {
        Some(side) => rise(side),
        // Which foot is nearer is not known: the one that rises less tells what both do at least.
        None => match (rise(Side::Left), rise(Side::Right)) {
            (Some(left), Some(right)) if left.value > right.value => Some(right),
            (one, other) => one.or(other),
        },
    };
    let rise = known!(seen, NotVisible);
    if rise.is_other_foot {
        return Finding::Unknown(Reason::Noise);
    }
    high(
        rise.value,
        sight.config.heel_lift_ratio,
        error(sight.config.heel_lift_error, rise.spread, rise.unseen),
    )
}

/// How far a heel rose against the own standing, in standing shanks.
struct HeelRise {
    value: f64,
    /// How much the heel moves in standing.
    spread: f64,
    /// How much of the rise is the toes' sinking rather than the ankle's rising: where the camera stands still the ankle
    /// of a heel that lifts goes up in the picture.
    unseen: f64,
    /// Whether heel and toes are not as far apart as in standing: a foot that rotates keeps its length, points that jump
    /// do not.
    is_other_foot: bool,
}

impl HeelRise {
    /// A heel takes its ankle with it: a heel's point that rises alone is one that the network sees elsewhere on the shoe.
    fn of(body: &Body, own: &Baseline, side: Side) -> Option<Self> {
        let [heel, ankle, shank, length, place] = side.foot_measures();
        let (heel, ankle) = (own.get(heel)?, own.get(ankle)?);
        let (foot, shank) = (Foot::of(body, side)?, own.value(shank)?);
        let ankle_rose = foot.ankle / shank - ankle.value;
        let value = (foot.heel / shank - heel.value).min(ankle_rose / ANKLE_PER_HEEL);
        let ankle_went_up = (own.value(place)? - foot.ankle_place) / shank;
        let change = (foot.length / own.value(length)? - 1.0).abs();
        Some(Self {
            value,
            spread: heel.spread,
            unseen: 0.5 * (value - ankle_went_up / ANKLE_PER_HEEL).max(0.0),
            is_other_foot: change > FOOT_CHANGE,
        })
    }
}

/// The leg that is nearer to the camera; `None` where depth does not tell.
fn near_side(own: &Baseline) -> Option<Side> {
    let depth = own.value(Measure::LegDepth)?;
    (depth.abs() >= NEAR_LEG).then_some(if depth < 0.0 { Side::Left } else { Side::Right })
}

/// From the front: hip and knee of one side are lower than those of the other.
pub(super) fn side_difference(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.get(Measure::SideDifference), NoBaseline);
    let now = known!(measure::side_difference(sight.body), NotVisible);
    let lower = now * sight.body.torso / own.torso() - standing.value;
    high(
        lower.abs() / measure::thigh(1.0),
        sight.config.side_difference_ratio,
        error(
            sight.config.side_difference_error,
            standing.spread / measure::thigh(1.0),
            0.0,
        ),
    )
}
