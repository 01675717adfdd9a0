//! How a person stands, as the picture shows it: what depth is measured against.

use crate::{
    pose::Landmark::{LeftAnkle, LeftKnee, RightAnkle, RightKnee},
    squat::{Body, body::distance},
};

/// How far the knees of a standing person lie below the hips, in torso lengths: the median of people seen from the
/// front. Stands in until the person was seen standing.
pub(super) const TYPICAL_THIGH: f64 = 0.82;

/// A knee straighter than this stands, degrees.
const STRAIGHT_KNEE: f64 = 160.0;

/// A trunk that leans by more than this, or that looks this many times less long than the shoulders are wide, is none of a body
/// that stands: whoever supports themselves on their hands has straight knees, too.
const UPRIGHT_DEGREES: f64 = 45.0;
const WIDEST_SHOULDERS: f64 = 1.3;

/// Shrinking is believed with this time constant, s, and at most by a tenth a frame.
const SHRINKING_SECONDS: f64 = 2.0;

/// A standing person of another size is believed with this time constant, s.
const RESIZED_SECONDS: f64 = 0.2;

/// Shank and torso that have changed by more than this share are of another size.
const RESIZED: f64 = 0.1;

/// A body of another size stands when its thighs are at least this share as long, against shank and torso, as they were.
const SAME_PROPORTIONS: f64 = 0.87;

/// Lengths of the standing person, picture heights.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Reference {
    /// How far the knees lie below the hips.
    pub(super) below: f64,
    shank: f64,
    /// Length of the trunk.
    pub(super) torso: f64,
    /// The body has become smaller, and is followed until it fits again.
    resizing: bool,
}

impl Reference {
    /// Of a body that stands; `None` when this one does not.
    pub(super) fn of(body: &Body) -> Option<Self> {
        let below = body.thigh? * body.torso;
        let upright = body.angles.trunk.is_none_or(|lean| lean <= UPRIGHT_DEGREES)
            && body.shoulders <= WIDEST_SHOULDERS;
        let straight = upright && body.angles.knee().is_some_and(|knee| knee > STRAIGHT_KNEE);
        let shanks = [(LeftKnee, LeftAnkle), (RightKnee, RightAnkle)]
            .into_iter()
            .filter_map(|(knee, ankle)| body.pair(knee, ankle))
            .map(|(knee, ankle)| distance(knee, ankle));
        (straight && below > 0.5 * body.torso).then_some(Self {
            below,
            shank: shanks.reduce(f64::max)?,
            torso: body.torso,
            resizing: false,
        })
    }

    /// Follows a body that may stand. Whoever stands taller than known stands better than known; shrinking is believed
    /// slowly, unless the whole body has become smaller: then the person has moved away from the camera.
    pub(super) fn follow(&mut self, body: &Body, dt: f64) {
        let Some(now) = Self::of(body) else { return };
        self.resizing = self.has_proportions(&now)
            && (self.resizing && now.shank < self.shank * (1.0 - RESIZED / 5.0)
                || now.shank < self.shank * (1.0 - RESIZED)
                    && now.torso < self.torso * (1.0 - RESIZED));
        let share = if now.below > self.below {
            0.5
        } else if self.resizing {
            dt / (RESIZED_SECONDS + dt)
        } else {
            (dt / SHRINKING_SECONDS).min(0.1)
        };
        self.below += share * (now.below - self.below);
        self.shank += share * (now.shank - self.shank);
        self.torso += share * (now.torso - self.torso);
    }

    fn has_proportions(&self, now: &Self) -> bool {
        now.below / now.shank > SAME_PROPORTIONS * self.below / self.shank
            && now.below / now.torso > SAME_PROPORTIONS * self.below / self.torso
    }
}
