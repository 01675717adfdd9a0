//! The rules themselves. A rule that the view cannot support says so.

use super::{Finding, Sight, View, measure};
use crate::{
    math,
    pose::Landmark::{
        LeftAnkle, LeftFootIndex, LeftHeel, LeftHip, LeftKnee, LeftShoulder, RightAnkle,
        RightFootIndex, RightHeel, RightHip, RightKnee, RightShoulder,
    },
    squat::{Baseline, body::from_vertical},
    verdict::Reason,
};

/// Gives up with a reason, as `?` does with `None`.
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

const fn high(value: f64, fault: f64, warning: f64) -> Finding {
    Finding::Measured {
        value,
        fault: Some(fault),
        warning,
        low_is_bad: false,
    }
}

/// From the side: the trunk leans further forward than the shank.
pub(super) fn trunk_lean(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Side);
    let body = sight.body;
    let shoulder = known!(body.middle(LeftShoulder, RightShoulder), NotVisible);
    let hip = known!(body.middle(LeftHip, RightHip), NotVisible);
    let knee = known!(body.middle(LeftKnee, RightKnee), NotVisible);
    let ankle = known!(body.middle(LeftAnkle, RightAnkle), NotVisible);
    let beyond = from_vertical(hip, shoulder) - from_vertical(ankle, knee);
    high(
        beyond,
        sight.config.trunk_lean_fault_degrees,
        sight.config.trunk_lean_warning_degrees,
    )
}

/// From the front: the shoulders move beside the hips.
pub(super) fn trunk_sideways(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.trunk_offset, NoBaseline);
    let offset = known!(measure::trunk_offset(sight.body), NotVisible);
    let limit = sight.config.trunk_sideways_ratio;
    let ahead = measure::lean_seen_from_front(sight.body, own.torso);
    let turned = turned_camera(sight, own, ahead);
    high((offset - standing).abs(), limit + turned, limit)
}

/// From the front: the hips move beside the ankles.
pub(super) fn hip_shift(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.hip_offset, NoBaseline);
    let offset = known!(measure::hip_offset(sight.body), NotVisible);
    let limit = sight.config.hip_shift_ratio;
    let behind = known!(
        measure::hips_back_seen_from_front(sight.body, own.torso),
        NotVisible
    );
    let turned = turned_camera(sight, own, behind);
    high((offset - standing).abs(), limit + turned, limit)
}

/// How far a way towards the camera (in standing torso lengths) can look like a way aside, in shoulder widths: nobody
/// puts a phone exactly in front. Up to there a shift is told as a warning, not as a fault.
fn turned_camera(sight: &Sight<'_>, own: &Baseline, way: f64) -> f64 {
    let shoulders = sight.body.shoulders * sight.body.torso / own.torso;
    let (sin, _) = math::sin_cos(sight.config.camera_yaw_degrees.to_radians());
    sin * way / shoulders.max(0.1)
}

/// From the side: shoulder to hip shortens. There are no points on the spine, so this is a hint and never a fault.
pub(super) fn back_rounding(sight: &Sight<'_>) -> Finding {
    if sight.view != View::Side {
        return Finding::Unknown(Reason::Skeleton);
    }
    let own = known!(sight.baseline, NoBaseline);
    let value = 1.0 - sight.body.torso / own.torso;
    Finding::Measured {
        value,
        fault: None,
        warning: sight.config.back_rounding_ratio,
        low_is_bad: false,
    }
}

/// From the front: the knees are closer together than the ankles.
pub(super) fn knee_separation(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let value = known!(measure::knee_separation(sight.body), NotVisible);
    let (fault, warning) = (
        sight.config.knee_separation_fault,
        sight.config.knee_separation_warning,
    );
    Finding::Measured {
        value,
        fault: Some(fault),
        warning,
        low_is_bad: true,
    }
}

/// From the front: a knee bends inwards off the line hip–ankle.
pub(super) fn knee_projection(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.knee_projection, NoBaseline);
    let now = known!(measure::knee_projection(sight.body), NotVisible);
    let worse = (now[0] - standing[0]).max(now[1] - standing[1]);
    let limit = sight.config.knee_projection_degrees;
    high(worse, limit, limit)
}

/// From the side: a heel rises above the toes' line.
pub(super) fn heel_lift(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Side);
    let body = sight.body;
    let sides = [
        (LeftHeel, LeftFootIndex, LeftKnee, LeftAnkle),
        (RightHeel, RightFootIndex, RightKnee, RightAnkle),
    ];
    let lifts = sides.into_iter().filter_map(|(heel, toe, knee, ankle)| {
        let (heel, toe) = body.pair(heel, toe)?;
        let (knee, ankle) = body.pair(knee, ankle)?;
        let shank = crate::squat::body::distance(knee, ankle);
        (shank > 1e-3).then(|| (toe[1] - heel[1]) / shank)
    });
    let value = known!(lifts.reduce(f64::max), NotVisible);
    let limit = sight.config.heel_lift_ratio;
    high(value, limit, limit)
}

/// From the front: hip and knee of one side are lower than those of the other. Their mean: a knee alone is lower, too,
/// when it comes nearer to a camera that stands a little off.
pub(super) fn side_difference(sight: &Sight<'_>) -> Finding {
    only_from!(sight, Front);
    let own = known!(sight.baseline, NoBaseline);
    let standing = known!(own.side_differences, NoBaseline);
    let now = known!(measure::side_differences(sight.body), NotVisible);
    let lower = f64::midpoint(now[0] - standing[0], now[1] - standing[1]).abs();
    let limit = sight.config.side_difference_ratio;
    high(lower / measure::thigh(own.torso), limit, limit)
}
