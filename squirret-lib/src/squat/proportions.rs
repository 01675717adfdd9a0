//! Whether the proportions of a body fit the shape of the picture that its points are said to come from.

use crate::{
    math,
    pose::{
        Keypoint,
        Landmark::{
            LeftAnkle, LeftFootIndex, LeftHeel, LeftHip, LeftKnee, LeftShoulder, RightAnkle,
            RightFootIndex, RightHeel, RightHip, RightKnee, RightShoulder,
        },
        Pose,
    },
};

/// Width over height of the pictures that phones and webcams take.
const SHAPES: [f32; 5] = [9.0 / 16.0, 3.0 / 4.0, 1.0, 4.0 / 3.0, 16.0 / 9.0];
/// Shoulders over torso of people seen from the front: 0.60 to 0.79 in 9 clips.
const SHOULDERS: f64 = 0.66;
/// Foot over shank of people seen from the side: 0.46 to 0.65 in 14 clips.
const FOOT: f64 = 0.54;
/// By the depth of the shoulders, up to this angle a person is seen from the front, degrees.
const FRONT_DEGREES: f64 = 40.0;
/// From this angle on a person is seen from the side, degrees.
const SIDE_DEGREES: f64 = 65.0;
/// Proportions that are off by less than this factor are possible.
const POSSIBLE: f64 = 1.45;
/// A shape must fit the proportions within this factor to be told.
const FITS: f64 = 1.35;
/// Least number of frames of a standing person.
const LEAST_FRAMES: usize = 5;

/// The shape (width over height) of the pictures that the poses come from, when the one that they state is impossible for a
/// human body; `None` when it is possible, when too little is seen, and when the skeleton has no depth.
///
/// The depth of the shoulders tells front from side whatever the shape is: x and z are in the same unit. From the front the
/// shoulders' width over the torso's length, from the side the foot over the shank are then known.
///
/// ```
/// use squirret::{sim::{Angle, Plan, Squatter}, squat::impossible_aspect};
/// let squatter = Squatter::new(Plan::default(), 3);
/// let frames: Vec<_> = (0..30)
///     .map(|frame| squatter.pose(Angle::Front, 16.0 / 9.0, 0.001, f64::from(frame) / 15.0))
///     .map(|mut pose| { pose.aspect = 9.0 / 16.0; Some(pose) })
///     .collect();
/// assert_eq!(impossible_aspect(&frames), Some(16.0 / 9.0));
/// ```
#[must_use]
pub fn impossible_aspect(frames: &[Option<Pose>]) -> Option<f32> {
    let stated = frames.iter().flatten().next()?.aspect;
    let (mut yaws, mut shoulders, mut feet) = (Vec::new(), Vec::new(), Vec::new());
    for pose in frames.iter().flatten() {
        let Some((yaw, width, foot)) = measure(pose) else {
            continue;
        };
        yaws.push(yaw);
        shoulders.push(width);
        feet.push(foot);
    }
    if yaws.len() < LEAST_FRAMES {
        return None;
    }
    let yaw = median(&mut yaws);
    let seen = if yaw <= FRONT_DEGREES {
        median(&mut shoulders) / SHOULDERS
    } else if yaw >= SIDE_DEGREES {
        median(&mut feet) / FOOT
    } else {
        return None;
    };
    if seen.is_nan() || seen <= 0.0 || (1.0 / POSSIBLE..=POSSIBLE).contains(&seen) {
        return None;
    }
    let implied = f64::from(stated) / seen;
    let off = |shape: &f32| {
        let ratio = f64::from(*shape) / implied;
        ratio.max(1.0 / ratio)
    };
    SHAPES
        .into_iter()
        .min_by(|one, other| off(one).total_cmp(&off(other)))
        .filter(|shape| off(shape) <= FITS)
}

/// Angle of the shoulders by their depth, shoulders over torso, foot over shank, of a person who stands.
fn measure(pose: &Pose) -> Option<(f64, f64, f64)> {
    let aspect = f64::from(pose.aspect);
    let [left, right, left_hip, right_hip] =
        [LeftShoulder, RightShoulder, LeftHip, RightHip].map(|landmark| pose.get(landmark));
    let across = f64::from(left.x - right.x + left_hip.x - right_hip.x);
    let away = f64::from(left.z - right.z + left_hip.z - right_hip.z);
    if away == 0.0 {
        return None;
    }
    let middle = |one: Keypoint, other: Keypoint| {
        [
            aspect * f64::from(one.x + other.x) / 2.0,
            f64::from(one.y + other.y) / 2.0,
        ]
    };
    let (shoulder, hip) = (middle(left, right), middle(left_hip, right_hip));
    let knee = middle(pose.get(LeftKnee), pose.get(RightKnee));
    let torso = math::hypot(shoulder[0] - hip[0], shoulder[1] - hip[1]);
    let stands = knee[1] - hip[1] > 0.55 * torso && (shoulder[0] - hip[0]).abs() < 0.35 * torso;
    if torso <= 0.0 || !stands {
        return None;
    }
    let foot = |heel, toe, knee, ankle| {
        let [heel, toe, knee, ankle] = [heel, toe, knee, ankle].map(|point| pose.get(point));
        let shank = math::hypot(
            aspect * f64::from(knee.x - ankle.x),
            f64::from(knee.y - ankle.y),
        );
        aspect * f64::from((heel.x - toe.x).abs()) / shank.max(1e-6)
    };
    let feet = foot(LeftHeel, LeftFootIndex, LeftKnee, LeftAnkle).max(foot(
        RightHeel,
        RightFootIndex,
        RightKnee,
        RightAnkle,
    ));
    let width = aspect * f64::from((left.x - right.x).abs()) / torso;
    let yaw = math::atan2_degrees(away.abs(), across.abs());
    Some((yaw, width, feet))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Angle, Plan, Squatter};

    fn frames(angle: Angle, truth: f32, stated: f32) -> Vec<Option<Pose>> {
        let squatter = Squatter::new(Plan::default(), 3);
        let pose = |frame| {
            let mut pose = squatter.pose(angle, truth, 0.001, f64::from(frame) / 15.0);
            pose.aspect = stated;
            Some(pose)
        };
        (0..60).map(pose).collect()
    }

    #[test]
    fn the_body_tells_landscape_from_portrait() {
        let (portrait, landscape) = (9.0 / 16.0, 16.0 / 9.0);
        for angle in [Angle::Front, Angle::Side] {
            for (truth, stated) in [(portrait, landscape), (landscape, portrait)] {
                let right = frames(angle, truth, truth);
                assert_eq!(impossible_aspect(&right), None, "{angle:?} {truth}");
                let wrong = frames(angle, truth, stated);
                assert_eq!(impossible_aspect(&wrong), Some(truth), "{angle:?} {truth}");
            }
        }
    }

    #[test]
    fn without_depth_and_without_anybody_nothing_is_told() {
        let mut flat = frames(Angle::Front, 16.0 / 9.0, 9.0 / 16.0);
        for pose in flat.iter_mut().flatten() {
            pose.keypoints.iter_mut().for_each(|point| point.z = 0.0);
        }
        assert_eq!(impossible_aspect(&flat), None);
        assert_eq!(impossible_aspect(&[None, None]), None);
    }
}
