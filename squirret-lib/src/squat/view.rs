//! From where the camera looks.

use serde::{Deserialize, Serialize};

use super::{Body, SquatConfig};
use crate::math;

/// From where the camera looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum View {
    /// At the chest (or the back).
    Front,
    /// At an angle: neither what the front nor what the side shows can be trusted.
    Oblique,
    /// At a flank.
    Side,
}

/// Time constant of the low-pass filter of the body's turn, s.
const TURN_SECONDS: f64 = 0.4;

/// Width of the shoulders from the front, torso lengths: 0.66 to 0.68 in five clips of four sources, 0.63 in 116 of
/// another.
const FRONT_WIDTH: f64 = 0.66;

/// How far the angle by depth may lie above the mean of both, degrees.
const DEPTH_LEAD: f64 = 5.0;

/// Until a person has been seen for this long the view is decided afresh with each frame, s.
const FIRST_SECONDS: f64 = 0.5;

/// How far the shoulders' width must pass a threshold, in torso lengths, before the view changes.
const RATIO_HYSTERESIS: f64 = 0.04;

/// Highest confidence in a view that is told by the shoulders' width: from 35 to 50° off the front the width is 0.57 to
/// 0.64 torso lengths, from the front 0.64 to 0.69.
const RATIO_CONFIDENCE: f64 = 0.6;

/// An angle this far from the nearest threshold makes a view certain, degrees.
const CERTAIN_DEGREES: f64 = 15.0;

/// A view and how sure it is.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Viewpoint {
    /// From where the camera looks.
    pub view: View,
    /// Angle between the shoulders' line and the picture's plane, degrees: 0 from the front or the back, 90 from the
    /// side. `None` when the skeleton has no depth.
    pub yaw: Option<f64>,
    /// How far to trust the view, 0 to 1.
    pub confidence: f64,
}

/// Follows the view through the frames: low-pass filtered, with hysteresis, updated only while the person is upright.
#[derive(Debug, Default)]
pub(super) struct ViewTracker {
    /// Left shoulder and hip from the right ones, across the picture and away from the camera, torso lengths.
    turn: Option<[f64; 2]>,
    /// Shoulders' width, torso lengths, as a length and across the picture.
    ratio: f64,
    width: f64,
    seconds: f64,
    view: Option<View>,
}

impl ViewTracker {
    /// Takes a frame, `dt` s after the one before, and returns the view. `upright`: neither bent nor squatting, because a
    /// trunk that leans looks short and turned.
    pub(super) fn observe(
        &mut self,
        body: &Body,
        upright: bool,
        dt: f64,
        config: &SquatConfig,
    ) -> Viewpoint {
        let first = self.view.is_none();
        if first || upright {
            // The mean of the first frames, then a filter.
            let share = if first {
                1.0
            } else {
                (dt / (TURN_SECONDS + dt)).max(dt / (self.seconds + dt))
            };
            self.seconds += dt;
            self.ratio += share * (body.shoulders - self.ratio);
            self.width += share * (body.across - self.width);
            self.turn = match (self.turn, body.turn) {
                (Some(mean), Some(now)) => {
                    Some([0, 1].map(|axis| mean[axis] + share * (now[axis] - mean[axis])))
                }
                (mean, now) => now.or(mean),
            };
            let before = self.view.filter(|_| self.seconds > FIRST_SECONDS);
            self.view = Some(self.decide(before, config));
        }
        let view = self.view.unwrap_or(View::Oblique);
        Viewpoint {
            view,
            yaw: self.yaw(),
            confidence: self.confidence(view, config),
        }
    }

    /// Where the standing person's left shoulder and hip are from the right ones, across the picture and away.
    pub(super) const fn heading(&self) -> Option<[f64; 2]> {
        self.turn
    }

    /// Angle of the shoulders' line to the picture, degrees, 0 to 90: what depth tells, but at most a little more than the
    /// mean of what depth and width tell. Networks
    /// exaggerate the depth between the shoulders (BlazePose reports 59° at 40° and 80° at 60°), the width hardly changes
    /// with small angles: each is blind where the other sees well.
    fn yaw(&self) -> Option<f64> {
        let [across, away] = self.turn?;
        let by_depth = math::atan2_degrees(away.abs(), across.abs());
        let by_width = math::acos((self.width / FRONT_WIDTH).min(1.0)).to_degrees();
        Some(by_depth.min(f64::midpoint(by_depth, by_width) + DEPTH_LEAD))
    }

    fn decide(&self, before: Option<View>, config: &SquatConfig) -> View {
        let (value, front, side, slack) = match self.yaw() {
            Some(yaw) => (
                yaw,
                config.front_yaw_degrees,
                config.side_yaw_degrees,
                config.yaw_hysteresis_degrees,
            ),
            // Wide shoulders are a small angle.
            None => (
                -self.ratio,
                -config.front_ratio,
                -config.side_ratio,
                RATIO_HYSTERESIS,
            ),
        };
        let stay = |view: View| if before == Some(view) { slack } else { 0.0 };
        if value <= front + stay(View::Front) {
            View::Front
        } else if value >= side - stay(View::Side) {
            View::Side
        } else {
            View::Oblique
        }
    }

    /// Half at a threshold, whole well inside.
    fn confidence(&self, view: View, config: &SquatConfig) -> f64 {
        let Some(yaw) = self.yaw() else {
            return RATIO_CONFIDENCE;
        };
        let inside = match view {
            View::Front => config.front_yaw_degrees - yaw,
            View::Side => yaw - config.side_yaw_degrees,
            View::Oblique => (yaw - config.front_yaw_degrees).min(config.side_yaw_degrees - yaw),
        };
        (0.5 + 0.5 * inside / CERTAIN_DEGREES).clamp(0.5, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sim::{Angle, Plan, Squatter},
        squat::Body,
    };

    fn frames(angle: Angle, without_depth: bool) -> Viewpoint {
        let squatter = Squatter::new(Plan::default(), 5);
        let config = SquatConfig::default();
        let mut tracker = ViewTracker::default();
        let mut last = None;
        for frame in 0..30 {
            let mut pose = squatter.pose(angle, 9.0 / 16.0, 0.002, f64::from(frame) / 30.0);
            if without_depth {
                pose.keypoints.iter_mut().for_each(|point| point.z = 0.0);
            }
            let body = Body::of(&pose, &config).unwrap();
            last = Some(tracker.observe(&body, true, 1.0 / 30.0, &config));
        }
        last.unwrap()
    }

    #[test]
    fn the_turn_of_the_shoulders_tells_the_view() {
        for (degrees, view) in [
            (0, View::Front),
            (10, View::Front),
            (20, View::Front),
            (35, View::Oblique),
            (50, View::Oblique),
            (65, View::Oblique),
            (85, View::Side),
            (90, View::Side),
        ] {
            let seen = frames(Angle::Turned(degrees), false);
            let yaw = seen.yaw.unwrap();
            assert_eq!(seen.view, view, "{degrees}°, measured {yaw:.0}°");
            assert!((yaw - f64::from(degrees)).abs() < 9.0, "{degrees}: {yaw}");
        }
    }

    #[test]
    fn without_depth_the_width_of_the_shoulders_tells_the_view_with_less_confidence() {
        for (angle, view) in [
            (Angle::Front, View::Front),
            (Angle::Turned(55), View::Oblique),
            (Angle::Side, View::Side),
        ] {
            let seen = frames(angle, true);
            assert_eq!((seen.view, seen.yaw), (view, None), "{angle:?}");
            assert!(seen.confidence < frames(angle, false).confidence);
        }
    }

    #[test]
    fn a_view_does_not_flip_at_its_threshold() {
        let config = SquatConfig::default();
        let squatter = Squatter::new(Plan::default(), 5);
        for (from, to) in [(15, 29), (88, 76)] {
            let mut tracker = ViewTracker::default();
            let mut views = Vec::new();
            for frame in 0..240 {
                let degrees = if frame < 60 { from } else { to };
                let seconds = f64::from(frame) / 30.0;
                let pose = squatter.pose(Angle::Turned(degrees), 9.0 / 16.0, 0.002, seconds);
                let body = Body::of(&pose, &config).unwrap();
                views.push(tracker.observe(&body, true, 1.0 / 30.0, &config).view);
            }
            views.dedup();
            assert_eq!(views.len(), 1, "from {from} to {to} degrees: {views:?}");
        }
    }
}
