//! Whether the picture lies on its side or upside down.

use super::{Body, faults::measure::roll};
use crate::pose::Landmark::{
    LeftAnkle, LeftShoulder, LeftWrist, RightAnkle, RightShoulder, RightWrist,
};

/// A straight body that leans by more than this stands in a picture that was turned, degrees.
const TURNED_DEGREES: f64 = 40.0;
/// Beyond this it is upside down, degrees.
const UPSIDE_DOWN_DEGREES: f64 = 140.0;
/// Knees and hips that are straighter than this belong to a body that stands, degrees.
const STRAIGHT_DEGREES: f64 = 150.0;
/// For how long a straight body must be seen turned, s.
const TURNED_SECONDS: f64 = 1.0;
/// For how long it must be seen upright to be believed again, s.
const UPRIGHT_SECONDS: f64 = 0.5;
/// Whoever was seen on their hands is still on them for this long, s: at the bottom of a push-up the shoulders are as low as the
/// hands.
const SUPPORTED_SECONDS: f64 = 3.0;
/// Hands that are this far below the shoulders support a body that lies in the air, torso lengths.
const SUPPORT: f64 = 0.3;
/// A body that is this near to the horizontal is level, degrees. Whoever does push-ups has the shoulders higher than the
/// feet while the arms are straight.
const LEVEL_DEGREES: f64 = 15.0;
/// Hands on the floor are at most this far below the ankles, torso lengths.
const FLOOR: f64 = 0.6;

/// Follows the picture's orientation through the frames. Only straight bodies tell it: a body that stands in a picture
/// that lies on its side is straight and horizontal, and so is one that does push-ups, but that one has its hands below its
/// shoulders.
#[derive(Debug, Default)]
pub(super) struct Orientation {
    turned_seconds: f64,
    upright_seconds: f64,
    /// How long the body has not been seen on its hands; `None` when it never was.
    since_supported: Option<f64>,
    turned: bool,
}

impl Orientation {
    /// Takes a frame, `dt` s after the one before; whether the picture is turned.
    pub(super) fn observe(&mut self, body: &Body, dt: f64) -> bool {
        let Some(lean) = roll(body).map(f64::abs).filter(|_| is_straight(body)) else {
            return self.turned;
        };
        if lean <= TURNED_DEGREES {
            self.upright_seconds += dt;
            if self.upright_seconds >= UPRIGHT_SECONDS {
                *self = Self::default();
            }
        } else if lean <= UPSIDE_DOWN_DEGREES && self.is_on_hands(body, lean, dt) {
            self.turned_seconds = 0.0;
        } else {
            self.turned_seconds += dt;
            self.upright_seconds = 0.0;
            self.turned |= self.turned_seconds >= TURNED_SECONDS;
        }
        self.turned
    }

    /// Whether the hands carry the body, or did a moment ago.
    fn is_on_hands(&mut self, body: &Body, lean: f64, dt: f64) -> bool {
        self.since_supported = if is_supported(body, lean) {
            Some(0.0)
        } else {
            self.since_supported.map(|seconds| seconds + dt)
        };
        self.since_supported
            .is_some_and(|seconds| seconds < SUPPORTED_SECONDS)
    }
}

fn is_straight(body: &Body) -> bool {
    let mean = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => Some(f64::midpoint(one, other)),
        (one, other) => one.or(other),
    };
    let hip = mean(body.angles.left_hip, body.angles.right_hip);
    let straight = |angle: Option<f64>| angle.is_some_and(|angle| angle > STRAIGHT_DEGREES);
    straight(body.angles.knee()) && straight(hip)
}

/// Whether the hands carry the body, as of somebody who does push-ups: they are below the shoulders, and as low as
/// the feet or, of a body that is not quite level, anywhere below.
fn is_supported(body: &Body, lean: f64) -> bool {
    let Some((shoulder, ankle)) = body
        .middle(LeftShoulder, RightShoulder)
        .zip(body.middle(LeftAnkle, RightAnkle))
    else {
        return false;
    };
    let is_level = (lean - 90.0).abs() < LEVEL_DEGREES;
    body.middle(LeftWrist, RightWrist).is_some_and(|hand| {
        let below = hand[1] - shoulder[1] > SUPPORT * body.torso;
        below && (!is_level || hand[1] - ankle[1] < FLOOR * body.torso)
    })
}
