//! Measures of one frame that both the standing baseline and the rules use. Lengths are in picture heights or in the
//! body's own lengths, as each says.

use super::Body;
use crate::{
    math,
    pose::Landmark::{
        LeftAnkle, LeftFootIndex, LeftHeel, LeftHip, LeftKnee, LeftShoulder, RightAnkle,
        RightFootIndex, RightHeel, RightHip, RightKnee, RightShoulder,
    },
    squat::body::{Point, distance, from_vertical_signed},
};

/// How many measures a standing has.
pub(in crate::squat) const MEASURES: usize = Measure::ALL.len();

/// What is measured of a standing person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::squat) enum Measure {
    /// Shoulders to hips, picture heights.
    Torso,
    /// How far the knees lie below the hips, picture heights.
    Thigh,
    /// Distance of the knees over distance of the ankles.
    KneeSeparation,
    /// Frontal plane projection angle of the left knee, degrees, positive inwards.
    LeftProjection,
    /// The same of the right knee.
    RightProjection,
    /// Shoulders to the right of the hips, shoulder widths.
    TrunkOffset,
    /// Hips to the right of the ankles, shoulder widths.
    HipOffset,
    /// How much lower the right hip and knee are than the left ones, torso lengths.
    SideDifference,
    /// Left heel above its toes, shanks.
    LeftHeel,
    /// Right heel above its toes, shanks.
    RightHeel,
    /// Left ankle above its toes, shanks.
    LeftAnkle,
    /// Right ankle above its toes, shanks.
    RightAnkle,
    /// Left shank, picture heights.
    LeftShank,
    /// Right shank, picture heights.
    RightShank,
    /// Left heel to toes, picture heights.
    LeftFoot,
    /// Right heel to toes, picture heights.
    RightFoot,
    /// Left ankle below the picture's top, picture heights.
    LeftAnklePlace,
    /// Right ankle below the picture's top, picture heights.
    RightAnklePlace,
    /// How far the left leg is further from the camera than the right one, torso lengths.
    LegDepth,
    /// Lean of the line from ankles to shoulders to the picture's right, degrees.
    Roll,
}

impl Measure {
    /// Every measure; `as usize` is the index.
    pub(in crate::squat) const ALL: [Self; 20] = [
        Self::Torso,
        Self::Thigh,
        Self::KneeSeparation,
        Self::LeftProjection,
        Self::RightProjection,
        Self::TrunkOffset,
        Self::HipOffset,
        Self::SideDifference,
        Self::LeftHeel,
        Self::RightHeel,
        Self::LeftAnkle,
        Self::RightAnkle,
        Self::LeftShank,
        Self::RightShank,
        Self::LeftFoot,
        Self::RightFoot,
        Self::LeftAnklePlace,
        Self::RightAnklePlace,
        Self::LegDepth,
        Self::Roll,
    ];

    /// The measure of one frame; `None` when its points are not visible.
    pub(in crate::squat) fn of(self, body: &Body) -> Option<f64> {
        let foot = |side: Side| Foot::of(body, side);
        match self {
            Self::Torso => Some(body.torso),
            Self::Thigh => thigh_height(body),
            Self::KneeSeparation => knee_separation(body),
            Self::LeftProjection => knee_projection(body).map(|[left, _]| left),
            Self::RightProjection => knee_projection(body).map(|[_, right]| right),
            Self::TrunkOffset => trunk_offset(body),
            Self::HipOffset => hip_offset(body),
            Self::SideDifference => side_difference(body),
            Self::LeftHeel => foot(Side::Left).map(|foot| foot.heel / foot.shank),
            Self::RightHeel => foot(Side::Right).map(|foot| foot.heel / foot.shank),
            Self::LeftAnkle => foot(Side::Left).map(|foot| foot.ankle / foot.shank),
            Self::RightAnkle => foot(Side::Right).map(|foot| foot.ankle / foot.shank),
            Self::LeftShank => foot(Side::Left).map(|foot| foot.shank),
            Self::RightShank => foot(Side::Right).map(|foot| foot.shank),
            Self::LeftFoot => foot(Side::Left).map(|foot| foot.length),
            Self::RightFoot => foot(Side::Right).map(|foot| foot.length),
            Self::LeftAnklePlace => foot(Side::Left).map(|foot| foot.ankle_place),
            Self::RightAnklePlace => foot(Side::Right).map(|foot| foot.ankle_place),
            Self::LegDepth => body.leg_depth,
            Self::Roll => roll(body),
        }
    }
}

/// A side of the body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::squat) enum Side {
    Left,
    Right,
}

impl Side {
    /// The side's measures of a foot: heel, ankle, shank, length, the ankle's place.
    pub(super) const fn foot_measures(self) -> [Measure; 5] {
        match self {
            Self::Left => [
                Measure::LeftHeel,
                Measure::LeftAnkle,
                Measure::LeftShank,
                Measure::LeftFoot,
                Measure::LeftAnklePlace,
            ],
            Self::Right => [
                Measure::RightHeel,
                Measure::RightAnkle,
                Measure::RightShank,
                Measure::RightFoot,
                Measure::RightAnklePlace,
            ],
        }
    }
}

/// A foot and its shank, picture heights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foot {
    /// Heel above the toes.
    pub(super) heel: f64,
    /// Ankle above the toes.
    pub(super) ankle: f64,
    /// Heel to toes.
    pub(super) length: f64,
    /// Ankle below the picture's top.
    pub(super) ankle_place: f64,
    /// Knee to ankle.
    shank: f64,
}

impl Foot {
    pub(super) fn of(body: &Body, side: Side) -> Option<Self> {
        let (heel, toe, knee, ankle) = match side {
            Side::Left => (LeftHeel, LeftFootIndex, LeftKnee, LeftAnkle),
            Side::Right => (RightHeel, RightFootIndex, RightKnee, RightAnkle),
        };
        let (heel, toe) = body.pair(heel, toe)?;
        let (knee, ankle) = body.pair(knee, ankle)?;
        let shank = distance(knee, ankle);
        (shank > 1e-3).then(|| Self {
            heel: toe[1] - heel[1],
            ankle: toe[1] - ankle[1],
            length: distance(heel, toe),
            ankle_place: ankle[1],
            shank,
        })
    }
}

/// How far the knees lie below the hips, picture heights.
pub(super) fn thigh_height(body: &Body) -> Option<f64> {
    let hip = body.middle(LeftHip, RightHip)?;
    let knee = body.middle(LeftKnee, RightKnee)?;
    Some(knee[1] - hip[1])
}

/// Lean of the line from ankles to shoulders to the picture's right, degrees.
pub(in crate::squat) fn roll(body: &Body) -> Option<f64> {
    let ankle = body.middle(LeftAnkle, RightAnkle)?;
    let shoulder = body.middle(LeftShoulder, RightShoulder)?;
    Some(from_vertical_signed(ankle, shoulder))
}

/// Distance of the knees over distance of the ankles.
pub(in crate::squat) fn knee_separation(body: &Body) -> Option<f64> {
    let (left, right) = body.pair(LeftKnee, RightKnee)?;
    let (left_ankle, right_ankle) = body.pair(LeftAnkle, RightAnkle)?;
    let ankles = (right_ankle[0] - left_ankle[0]).abs();
    // Feet that touch tell nothing.
    (ankles > 0.15 * body.torso).then(|| (right[0] - left[0]).abs() / ankles)
}

/// Frontal plane projection angle of each knee: how far it bends inwards off the line hip–ankle, degrees; left, right.
pub(super) fn knee_projection(body: &Body) -> Option<[f64; 2]> {
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
pub(super) fn trunk_offset(body: &Body) -> Option<f64> {
    let (left, right) = body.pair(LeftShoulder, RightShoulder)?;
    let (left_hip, right_hip) = body.pair(LeftHip, RightHip)?;
    offset(left, right, left_hip, right_hip, distance(left, right))
}

/// Hips' midpoint to the right of the ankles', in shoulder widths.
pub(super) fn hip_offset(body: &Body) -> Option<f64> {
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

/// How much lower the right hip and knee are than the left ones: the mean of both, torso lengths. A knee alone is lower,
/// too, when it comes nearer to a camera that stands a little off.
pub(super) fn side_difference(body: &Body) -> Option<f64> {
    let (left_hip, right_hip) = body.pair(LeftHip, RightHip)?;
    let (left_knee, right_knee) = body.pair(LeftKnee, RightKnee)?;
    let lower = f64::midpoint(right_hip[1] - left_hip[1], right_knee[1] - left_knee[1]);
    Some(lower / body.torso)
}

/// Length of a thigh of somebody whose torso is this long (0.245 of 0.288 body heights, Winter 2009, less the way from
/// the joint up to the hip's point).
pub(in crate::squat) const fn thigh(torso: f64) -> f64 {
    0.82 * torso
}

/// How far the shoulders are ahead of the hips, in standing torso lengths: what is missing of the torso's height.
pub(super) fn lean_seen_from_front(body: &Body, standing_torso: f64) -> f64 {
    away(body.torso / standing_torso)
}

/// How far the hips are behind the ankles, in standing torso lengths: the thigh's way back, of which the shank's way
/// forward takes off half (*proposed*: ankles bend by 30° where thighs turn by 90°).
pub(super) fn hips_back_seen_from_front(body: &Body, standing_torso: f64) -> Option<f64> {
    let upright = thigh_height(body)? / thigh(standing_torso);
    Some(0.5 * thigh(1.0) * away(upright))
}

/// What points away from the camera of a length 1 that is seen as `seen`.
fn away(seen: f64) -> f64 {
    let seen = seen.clamp(0.0, 1.0);
    (1.0 - seen * seen).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_stands_at_its_own_index() {
        for (index, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure as usize, index);
        }
    }
}
