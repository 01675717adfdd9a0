//! Measures of one frame that both the standing baseline and the rules use.

use super::Body;
use crate::{
    math,
    pose::Landmark::{
        LeftAnkle, LeftHip, LeftKnee, LeftShoulder, RightAnkle, RightHip, RightKnee, RightShoulder,
    },
    squat::body::{Point, distance},
};

/// Distance of the knees over distance of the ankles.
pub(in crate::squat) fn knee_separation(body: &Body) -> Option<f64> {
    let (left, right) = body.pair(LeftKnee, RightKnee)?;
    let (left_ankle, right_ankle) = body.pair(LeftAnkle, RightAnkle)?;
    let ankles = (right_ankle[0] - left_ankle[0]).abs();
    // Feet that touch tell nothing.
    (ankles > 0.15 * body.torso).then(|| (right[0] - left[0]).abs() / ankles)
}

/// Frontal plane projection angle of each knee: how far it bends inwards off the line hip–ankle, degrees; left, right.
pub(in crate::squat) fn knee_projection(body: &Body) -> Option<[f64; 2]> {
    let (left_hip, right_hip) = body.pair(LeftHip, RightHip)?;
    let (left_knee, right_knee) = body.pair(LeftKnee, RightKnee)?;
    let (left_ankle, right_ankle) = body.pair(LeftAnkle, RightAnkle)?;
    let inwards = (right_hip[0] - left_hip[0]).signum();
    Some([
        bend(left_hip, left_knee, left_ankle) * inwards,
        bend(right_hip, right_knee, right_ankle) * -inwards,
    ])
}

/// How far a knee lies to the right of the line from hip to ankle, as the angle between thigh and shank, degrees.
fn bend(hip: Point, knee: Point, ankle: Point) -> f64 {
    let (thigh, shank) = (
        [knee[0] - hip[0], knee[1] - hip[1]],
        [ankle[0] - knee[0], ankle[1] - knee[1]],
    );
    let cross = thigh[0] * shank[1] - thigh[1] * shank[0];
    let dot = thigh[0] * shank[0] + thigh[1] * shank[1];
    math::atan2_degrees(cross, dot)
}

/// Shoulders' midpoint to the right of the hips', in shoulder widths.
pub(in crate::squat) fn trunk_offset(body: &Body) -> Option<f64> {
    let (left, right) = body.pair(LeftShoulder, RightShoulder)?;
    let (left_hip, right_hip) = body.pair(LeftHip, RightHip)?;
    offset(left, right, left_hip, right_hip, distance(left, right))
}

/// Hips' midpoint to the right of the ankles', in shoulder widths.
pub(in crate::squat) fn hip_offset(body: &Body) -> Option<f64> {
    let (left, right) = body.pair(LeftHip, RightHip)?;
    let (left_ankle, right_ankle) = body.pair(LeftAnkle, RightAnkle)?;
    let (left_shoulder, right_shoulder) = body.pair(LeftShoulder, RightShoulder)?;
    offset(
        left,
        right,
        left_ankle,
        right_ankle,
        distance(left_shoulder, right_shoulder),
    )
}

fn offset(
    upper_left: Point,
    upper_right: Point,
    lower_left: Point,
    lower_right: Point,
    width: f64,
) -> Option<f64> {
    let middle = |left: Point, right: Point| f64::midpoint(left[0], right[0]);
    (width > 1e-3)
        .then(|| (middle(upper_left, upper_right) - middle(lower_left, lower_right)) / width)
}

/// How much lower the right hip and the right knee are than the left ones, picture heights.
pub(in crate::squat) fn side_differences(body: &Body) -> Option<[f64; 2]> {
    let (left_hip, right_hip) = body.pair(LeftHip, RightHip)?;
    let (left_knee, right_knee) = body.pair(LeftKnee, RightKnee)?;
    Some([right_hip[1] - left_hip[1], right_knee[1] - left_knee[1]])
}

/// Length of a thigh of somebody whose torso is this long (0.245 of 0.288 body heights, Winter 2009, less the way from
/// the joint up to the hip's point).
pub(in crate::squat) const fn thigh(torso: f64) -> f64 {
    0.82 * torso
}

/// How far the shoulders are ahead of the hips, in standing torso lengths: what is missing of the torso's height.
pub(in crate::squat) fn lean_seen_from_front(body: &Body, standing_torso: f64) -> f64 {
    away(body.torso / standing_torso)
}

/// How far the hips are behind the ankles, in standing torso lengths: the thigh's way back, of which the shank's way
/// forward takes off half (*proposed*: ankles bend by 30° where thighs turn by 90°).
pub(in crate::squat) fn hips_back_seen_from_front(body: &Body, standing_torso: f64) -> Option<f64> {
    let upright = body.thigh? * body.torso / thigh(standing_torso);
    Some(0.5 * thigh(1.0) * away(upright))
}

/// What points away from the camera of a length 1 that is seen as `seen`.
fn away(seen: f64) -> f64 {
    let seen = seen.clamp(0.0, 1.0);
    (1.0 - seen * seen).sqrt()
}
