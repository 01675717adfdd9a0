//! The body as a stick figure in space: where each point is at a moment.

use super::{
    acts,
    motion::{Act, Fault, Plan},
};
use crate::{math, pose::Landmark};

/// Lengths in body heights (Winter 2009, table 4.1), rounded.
pub(super) const SHANK: f64 = 0.246;
pub(super) const THIGH: f64 = 0.245;
pub(super) const TRUNK: f64 = 0.288;
const UPPER_ARM: f64 = 0.186;
const FOREARM: f64 = 0.146;
pub(super) const FOOT: f64 = 0.152;
pub(super) const SHOULDER_HALF: f64 = 0.1;
pub(super) const HIP_HALF: f64 = 0.055;
pub(super) const FEET_HALF: f64 = 0.1;
/// How much farther apart than the feet the knees of a parallel squat are: 1.06 to 1.8 times in recorded squats, 1.57 at
/// the median.
const KNEES_OUT: f64 = 0.5;
/// Height of the points of heel and toes below the ankle.
pub(super) const SOLE: f64 = 0.03;

/// A place in space: forward, to the person's left, up; body heights from between the ankles.
pub(super) type Place = [f64; 3];

/// Where the joints of one moment are; of a pair the left one comes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skeleton {
    pub(super) shoulders: [Place; 2],
    pub(super) elbows: [Place; 2],
    pub(super) wrists: [Place; 2],
    pub(super) hips: [Place; 2],
    pub(super) knees: [Place; 2],
    pub(super) ankles: [Place; 2],
    pub(super) heels: [Place; 2],
    pub(super) toes: [Place; 2],
    pub(super) nose: Place,
    pub(super) mouth: [Place; 2],
    /// Eyes and ears.
    pub(super) face: [Place; 2],
}

impl Skeleton {
    /// What the planned body does at `seconds`.
    pub(super) fn of(plan: &Plan, seconds: f64) -> Self {
        match plan.act {
            Act::Squat | Act::HalfDip => Joints::squatting(plan, seconds).skeleton(),
            act => acts::skeleton(act, plan, seconds),
        }
    }

    /// Where a point of the pose is.
    pub(super) fn place(&self, landmark: Landmark) -> Place {
        let right = landmark.name().starts_with("right") || landmark == Landmark::MouthRight;
        let pair = self.pair(landmark);
        pair[usize::from(right)]
    }

    fn pair(&self, landmark: Landmark) -> [Place; 2] {
        use Landmark::*;
        match landmark {
            LeftAnkle | RightAnkle => self.ankles,
            LeftHeel | RightHeel => self.heels,
            LeftFootIndex | RightFootIndex => self.toes,
            LeftKnee | RightKnee => self.knees,
            LeftHip | RightHip => self.hips,
            LeftShoulder | RightShoulder => self.shoulders,
            LeftElbow | RightElbow => self.elbows,
            LeftWrist | RightWrist | LeftPinky | RightPinky | LeftIndex | RightIndex
            | LeftThumb | RightThumb => self.wrists,
            Nose => [self.nose; 2],
            MouthLeft | MouthRight => self.mouth,
            _ => self.face,
        }
    }

    /// The midpoint of the hips.
    pub(super) fn pelvis(&self) -> Place {
        let [left, right] = self.hips;
        std::array::from_fn(|axis| f64::midpoint(left[axis], right[axis]))
    }
}

/// Joints of one moment of a body whose sides do the same.
pub(super) struct Joints {
    pub(super) shank_lean: f64,
    pub(super) thigh_lean: f64,
    pub(super) trunk_lean: f64,
    pub(super) knees_half: f64,
    pub(super) heel_rise: f64,
    /// To the person's left.
    pub(super) shift: f64,
    /// Where the feet are: to the person's left, and the left and the right one up.
    pub(super) feet_aside: f64,
    pub(super) feet_up: [f64; 2],
}

impl Joints {
    pub(super) const fn standing() -> Self {
        Self {
            shank_lean: 0.0,
            thigh_lean: 0.0,
            trunk_lean: 0.0,
            knees_half: FEET_HALF,
            heel_rise: 0.0,
            shift: 0.0,
            feet_aside: 0.0,
            feet_up: [0.0; 2],
        }
    }

    /// A squat. The size of a fault holds at the planned depth and grows with the way there.
    fn squatting(plan: &Plan, seconds: f64) -> Self {
        let depth = plan.path(seconds).depth;
        let gone = depth / plan.bottom_depth().max(0.01);
        let size = &plan.fault_size;
        // Depth is how far the thigh has turned: 1 − cos.
        let thigh_lean = math::acos((1.0 - depth).clamp(-1.0, 1.0));
        let shank_lean = 32_f64.to_radians() * depth;
        let of = |fault: Fault, amount: f64| if plan.has(fault) { amount * gone } else { 0.0 };
        let knees_apart = if plan.has(Fault::KneesIn) {
            1.0 + (size.knee_separation - 1.0) * gone
        } else {
            1.0 + KNEES_OUT * depth.min(1.0)
        };
        Self {
            shank_lean,
            thigh_lean,
            trunk_lean: shank_lean + of(Fault::ForwardLean, size.lean_degrees.to_radians()),
            knees_half: FEET_HALF * knees_apart,
            heel_rise: of(Fault::HeelLift, size.heel_rise * SHANK),
            shift: -of(Fault::RightShift, size.shift * 2.0 * SHOULDER_HALF),
            ..Self::standing()
        }
    }

    /// Both sides in space.
    pub(super) fn skeleton(&self) -> Skeleton {
        let sides = [1.0, -1.0].map(|side| self.side(side));
        let pick = |place: usize| sides.map(|side| side[place]);
        let shoulders = pick(5);
        let head = |side: f64, half: f64, forward: f64, up: f64| {
            let shoulder = shoulders[0];
            [shoulder[0] + forward, half * side, shoulder[2] + up]
        };
        Skeleton {
            ankles: pick(0),
            heels: pick(1),
            toes: pick(2),
            knees: pick(3),
            hips: pick(4),
            shoulders,
            elbows: shoulders.map(|at| [at[0] + UPPER_ARM * 0.9, 1.1 * at[1], at[2] - 0.04]),
            wrists: shoulders
                .map(|at| [at[0] + UPPER_ARM * 0.9 + FOREARM, 0.6 * at[1], at[2] - 0.02]),
            nose: head(0.0, 0.0, 0.08, 0.12),
            mouth: [1.0, -1.0].map(|side| head(side, 0.015, 0.08, 0.12)),
            face: [1.0, -1.0].map(|side| head(side, 0.04, 0.04, 0.15)),
        }
    }

    /// Ankle, heel, toe, knee, hip and shoulder of a side; the person's left is 1, the right −1.
    fn side(&self, side: f64) -> [Place; 6] {
        let lift = self.feet_up[usize::from(side < 0.0)];
        let both = self.feet_up[0].min(self.feet_up[1]);
        let aside = self.feet_aside;
        let ankle = [0.0, FEET_HALF * side + aside, self.heel_rise.max(lift)];
        let heel = [-0.25 * FOOT, ankle[1], ankle[2] - SOLE];
        let toe = [0.75 * FOOT, 1.2 * FEET_HALF * side + aside, lift - SOLE];
        let (shank_sin, shank_cos) = math::sin_cos(self.shank_lean);
        let (thigh_sin, thigh_cos) = math::sin_cos(self.thigh_lean);
        let knee = [
            SHANK * shank_sin,
            self.knees_half * side + aside,
            ankle[2] + SHANK * shank_cos,
        ];
        // The leg that stands carries the hips.
        let hip_up = knee[2] - lift + both + THIGH * thigh_cos;
        let hip_aside = HIP_HALF * side + self.shift;
        // What a thigh points farther aside than standing, it points less ahead.
        let (ahead, apart) = (THIGH * thigh_sin, knee[1] - hip_aside);
        let more = (apart * apart - (FEET_HALF - HIP_HALF).powi(2)).max(0.0);
        let hip_forward = knee[0] - (ahead * ahead - more).max(0.0).sqrt();
        let hip = [hip_forward, hip_aside, hip_up];
        let (forward, up) = math::sin_cos(self.trunk_lean);
        let shoulder = [
            hip_forward + TRUNK * forward,
            SHOULDER_HALF * side + self.shift,
            hip_up + TRUNK * up,
        ];
        [ankle, heel, toe, knee, hip, shoulder]
    }
}
