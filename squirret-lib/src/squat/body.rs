//! What one frame shows of a body: lengths and angles, each only when its points are visible.

use serde::{Deserialize, Serialize};

use super::SquatConfig;
use crate::{
    math,
    pose::{Landmark, Pose},
};

/// Joint angles in degrees, `None` where the points are not visible; 180 is straight, but the trunk's is from the
/// vertical. 2D, in the picture's plane: a frontal view shows less flexion than there is (Cosoli 2026: −2.3 ± 6.4°
/// from the side, −13.9 ± 15.1° over all views).
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Angles {
    /// Left knee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_knee: Option<f64>,
    /// Right knee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_knee: Option<f64>,
    /// Left hip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_hip: Option<f64>,
    /// Right hip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_hip: Option<f64>,
    /// Trunk from the vertical, 0 to 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk: Option<f64>,
}

impl Angles {
    /// Mean of the knees that are seen.
    #[must_use]
    pub fn knee(&self) -> Option<f64> {
        match (self.left_knee, self.right_knee) {
            (Some(left), Some(right)) => Some(f64::midpoint(left, right)),
            (one, other) => one.or(other),
        }
    }
}

/// A point in units of the picture's height; x to the right, y down.
pub(super) type Point = [f64; 2];

/// What one frame shows of a body.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Body {
    /// Joint angles.
    pub angles: Angles,
    points: [Option<Point>; 33],
    /// Midpoint of the shoulders to midpoint of the hips, picture heights.
    pub torso: f64,
    /// Width of the shoulders, in torso lengths.
    pub shoulders: f64,
    /// The same as it shows across the picture.
    pub(super) across: f64,
    /// How far the knees lie below the hips, in torso lengths; `None` without knees.
    pub thigh: Option<f64>,
    /// Left shoulder and hip from the right ones, across the picture and away from the camera, in torso lengths; `None`
    /// when the skeleton has no depth.
    pub(super) turn: Option<[f64; 2]>,
    /// How far the left leg is further from the camera than the right one, in torso lengths; `None` when the skeleton has
    /// no depth.
    pub(super) leg_depth: Option<f64>,
}

impl Body {
    /// Measures a pose; `None` when shoulders or hips are not to be seen, or coincide.
    #[must_use]
    pub fn of(pose: &Pose, config: &SquatConfig) -> Option<Self> {
        let points = Landmark::ALL.map(|landmark| visible(pose, landmark, config.min_visibility));
        let point = |landmark: Landmark| points[landmark as usize];
        let shoulder_line = (
            point(Landmark::LeftShoulder),
            point(Landmark::RightShoulder),
        );
        let shoulder = middle(shoulder_line)?;
        let hip = middle((point(Landmark::LeftHip), point(Landmark::RightHip)))?;
        let torso = distance(shoulder, hip);
        if torso < 1e-3 {
            return None;
        }
        let (shoulders, across) = match shoulder_line {
            (Some(left), Some(right)) => (
                distance(left, right) / torso,
                (left[0] - right[0]).abs() / torso,
            ),
            _ => (0.0, 0.0),
        };
        let knee = middle((point(Landmark::LeftKnee), point(Landmark::RightKnee)));
        let thigh = knee.map(|knee| (knee[1] - hip[1]) / torso);
        let mut body = Self {
            angles: Angles::default(),
            points,
            torso,
            shoulders,
            across,
            thigh,
            turn: turn(pose, torso),
            leg_depth: leg_depth(pose, torso),
        };
        body.angles = body.measure_angles(shoulder, hip);
        Some(body)
    }

    fn measure_angles(&self, shoulder: Point, hip: Point) -> Angles {
        use Landmark::*;
        let angle = |from, joint, to| {
            Some(corner(
                self.point(from)?,
                self.point(joint)?,
                self.point(to)?,
            ))
        };
        Angles {
            left_knee: angle(LeftHip, LeftKnee, LeftAnkle),
            right_knee: angle(RightHip, RightKnee, RightAnkle),
            left_hip: angle(LeftShoulder, LeftHip, LeftKnee),
            right_hip: angle(RightShoulder, RightHip, RightKnee),
            trunk: Some(from_vertical(hip, shoulder)),
        }
    }

    /// The same body turned about the picture's corner, so that what leaned by `degrees` to the right is vertical. Points
    /// and lengths only: the joint angles stay, the trunk's is still that of the picture.
    pub(super) fn unrolled(&self, degrees: f64) -> Self {
        let (sin, cos) = math::sin_cos(degrees.to_radians());
        let turn = |[x, y]: Point| [cos * x + sin * y, cos * y - sin * x];
        Self {
            points: self.points.map(|point| point.map(turn)),
            ..*self
        }
    }

    /// One point, when it is visible.
    pub(super) fn point(&self, landmark: Landmark) -> Option<Point> {
        self.points[landmark as usize]
    }

    /// Both points, when both are visible.
    pub(super) fn pair(&self, left: Landmark, right: Landmark) -> Option<(Point, Point)> {
        Some((self.point(left)?, self.point(right)?))
    }

    /// The midpoint of a pair, or the one of it that is visible.
    pub(super) fn middle(&self, left: Landmark, right: Landmark) -> Option<Point> {
        middle((self.point(left), self.point(right)))
    }

    /// Whether the whole body is in view: shoulders, hips, knees and ankles, of one side at least.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        use Landmark::*;
        let sides = [
            [LeftShoulder, LeftHip, LeftKnee, LeftAnkle],
            [RightShoulder, RightHip, RightKnee, RightAnkle],
        ];
        sides
            .iter()
            .any(|side| side.iter().all(|&landmark| self.point(landmark).is_some()))
    }
}

/// Left shoulder and hip from the right ones, across and away, in lengths of `torso`. A point's depth is in the unit of x.
fn turn(pose: &Pose, torso: f64) -> Option<[f64; 2]> {
    use Landmark::{LeftHip, LeftShoulder, RightHip, RightShoulder};
    let pairs = [(LeftShoulder, RightShoulder), (LeftHip, RightHip)]
        .map(|(left, right)| (pose.get(left), pose.get(right)));
    let flat = pairs
        .iter()
        .all(|(left, right)| left.z == 0.0 && right.z == 0.0);
    let unit = f64::from(pose.aspect) / torso;
    let [across, away] = pairs
        .iter()
        .fold([0.0; 2], |[across, away], (left, right)| {
            [
                across + unit * f64::from(left.x - right.x),
                away + unit * f64::from(left.z - right.z),
            ]
        });
    (!flat && across.is_finite() && away.is_finite()).then_some([across, away])
}

/// How far the left leg is further from the camera than the right one, in lengths of `torso`. A point's depth is in the
/// unit of x.
fn leg_depth(pose: &Pose, torso: f64) -> Option<f64> {
    use Landmark::{LeftAnkle, LeftHip, LeftKnee, RightAnkle, RightHip, RightKnee};
    let pairs = [
        (LeftHip, RightHip),
        (LeftKnee, RightKnee),
        (LeftAnkle, RightAnkle),
    ];
    let ways = pairs.map(|(left, right)| f64::from(pose.get(left).z - pose.get(right).z));
    let depth = ways.iter().sum::<f64>() / 3.0 * f64::from(pose.aspect) / torso;
    (ways != [0.0; 3] && depth.is_finite()).then_some(depth)
}

fn visible(pose: &Pose, landmark: Landmark, min_visibility: f64) -> Option<Point> {
    let point = pose.get(landmark);
    let place = [
        f64::from(point.x) * f64::from(pose.aspect),
        f64::from(point.y),
    ];
    // Networks invent points outside of the picture, and call them visible.
    let seen = f64::from(point.visibility) >= min_visibility
        && point.is_inside()
        && place.iter().all(|value| value.is_finite());
    seen.then_some(place)
}

fn middle(pair: (Option<Point>, Option<Point>)) -> Option<Point> {
    match pair {
        (Some(left), Some(right)) => Some([
            f64::midpoint(left[0], right[0]),
            f64::midpoint(left[1], right[1]),
        ]),
        (one, other) => one.or(other),
    }
}

/// Length of a line. Picture heights neither overflow nor vanish when they are squared.
pub(super) fn distance(from: Point, to: Point) -> f64 {
    let [x, y] = [to[0] - from[0], to[1] - from[1]];
    (x * x + y * y).sqrt()
}

/// Angle at `joint`, degrees, 0 to 180.
pub(super) fn corner(from: Point, joint: Point, to: Point) -> f64 {
    let (a, b) = (
        [from[0] - joint[0], from[1] - joint[1]],
        [to[0] - joint[0], to[1] - joint[1]],
    );
    let (dot, cross) = (a[0] * b[0] + a[1] * b[1], a[0] * b[1] - a[1] * b[0]);
    math::atan2_degrees(cross.abs(), dot)
}

/// Angle of the line from `low` up to `high` from the vertical, degrees, 0 to 180.
pub(super) fn from_vertical(low: Point, high: Point) -> f64 {
    math::atan2_degrees((high[0] - low[0]).abs(), low[1] - high[1])
}

/// Lean of the line from `low` up to `high` to the picture's right, degrees, −180 to 180.
pub(super) fn from_vertical_signed(low: Point, high: Point) -> f64 {
    math::atan2_degrees(high[0] - low[0], low[1] - high[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::Keypoint;

    #[test]
    fn corners_are_measured_in_the_picture_s_own_proportions() {
        assert!((corner([0.0, 1.0], [0.0, 0.0], [1.0, 0.0]) - 90.0).abs() < 1e-9);
        assert!((corner([0.0, 1.0], [0.0, 0.0], [0.0, -1.0]) - 180.0).abs() < 1e-9);
        assert!((from_vertical([0.0, 1.0], [1.0, 0.0]) - 45.0).abs() < 1e-9);
    }

    #[test]
    fn nobody_is_measured_without_shoulders_and_hips() {
        let nobody = Pose::new([Keypoint::default(); 33], 1.0);
        assert_eq!(Body::of(&nobody, &SquatConfig::default()), None);
    }
}
