//! The same squat as a stick figure in a camera's picture.

use super::{
    motion::{Act, Fault, Plan},
    noise,
};
use crate::{
    math,
    pose::{Keypoint, Landmark, Pose},
};

/// From where the camera looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Angle {
    /// At the chest.
    Front,
    /// At the right flank; the person looks to the right of the picture.
    Side,
    /// At the chest, but from so many degrees towards the right flank.
    Turned(u8),
}

/// Lengths in body heights (Winter 2009, table 4.1), rounded.
const SHANK: f64 = 0.246;
const THIGH: f64 = 0.245;
const TRUNK: f64 = 0.288;
const UPPER_ARM: f64 = 0.186;
const FOREARM: f64 = 0.146;
const FOOT: f64 = 0.152;
const SHOULDER_HALF: f64 = 0.1;
const HIP_HALF: f64 = 0.055;
const FEET_HALF: f64 = 0.1;
/// How far the body goes to the right where it should not.
const RIGHT_SHIFT: f64 = 0.04;
/// The figure's height in picture heights.
const SCALE: f64 = 0.8;
/// Where the ankles are, picture heights from the top.
const GROUND: f64 = 0.92;
/// Steps of the noise a second.
const NOISE_RATE: f64 = 1000.0;

/// A place in space: forward, to the person's left, up; body heights from between the ankles.
type Place = [f64; 3];

/// Joints of one moment.
struct Joints {
    shank_lean: f64,
    thigh_lean: f64,
    trunk_lean: f64,
    knees_half: f64,
    heel_rise: f64,
    /// To the person's left.
    shift: f64,
    /// Where the feet are: to the person's left, and the left and the right one up.
    feet_aside: f64,
    feet_up: [f64; 2],
}

impl Joints {
    fn of(plan: &Plan, seconds: f64) -> Self {
        let gone = plan.path(seconds).depth / plan.depth.max(0.01);
        match plan.act {
            Act::Squat | Act::HalfDip => {}
            act => return Self::of_act(act, gone, seconds),
        }
        let depth = plan.path(seconds).depth;
        // Depth is how far the thigh has turned: 1 − cos.
        let thigh_lean = math::acos((1.0 - depth).clamp(-1.0, 1.0));
        let shank_lean = 32_f64.to_radians() * depth;
        let more = if plan.has(Fault::ForwardLean) {
            28_f64.to_radians() * depth
        } else {
            0.0
        };
        let knees_in = if plan.has(Fault::KneesIn) {
            0.55
        } else {
            -0.15
        };
        Self {
            shank_lean,
            thigh_lean,
            trunk_lean: shank_lean + more,
            knees_half: FEET_HALF * (1.0 - knees_in * depth.min(1.0)),
            heel_rise: if plan.has(Fault::HeelLift) {
                0.12 * SHANK * depth
            } else {
                0.0
            },
            shift: if plan.has(Fault::RightShift) {
                -RIGHT_SHIFT * depth
            } else {
                0.0
            },
            ..Self::standing()
        }
    }

    const fn standing() -> Self {
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

    /// What is no squat; `gone` is 0 at rest and 1 at its height.
    fn of_act(act: Act, gone: f64, seconds: f64) -> Self {
        // Two steps a second, the feet in turn.
        let (step, _) = math::sin_cos(std::f64::consts::TAU * seconds);
        let steps = |height: f64| [height * step.max(0.0), height * (-step).max(0.0)];
        let still = Self::standing();
        match act {
            Act::Squat | Act::HalfDip => still,
            Act::Shuffle => Self {
                feet_up: steps(0.05 * gone),
                feet_aside: 0.02 * gone * step,
                shift: 0.02 * gone * step,
                ..still
            },
            Act::Bend => Self {
                trunk_lean: 80_f64.to_radians() * gone,
                thigh_lean: 15_f64.to_radians() * gone,
                shank_lean: -5_f64.to_radians() * gone,
                ..still
            },
            Act::Walk => {
                let moves = if gone > 0.01 && gone < 0.99 { 0.1 } else { 0.0 };
                Self {
                    feet_up: steps(moves),
                    feet_aside: -0.7 * gone,
                    shift: -0.7 * gone,
                    ..still
                }
            }
            Act::CalfRaise => Self {
                heel_rise: 0.05 * gone,
                feet_up: [0.05 * gone; 2],
                ..still
            },
            Act::Hop => Self {
                feet_up: [0.12 * gone; 2],
                ..still
            },
        }
    }

    /// Where a point is; the person's left is `side` 1, the right −1.
    fn place(&self, landmark: Landmark, side: f64) -> Place {
        let lift = if side > 0.0 {
            self.feet_up[0]
        } else {
            self.feet_up[1]
        };
        let both = self.feet_up[0].min(self.feet_up[1]);
        let ankle = [
            0.0,
            FEET_HALF * side + self.feet_aside,
            self.heel_rise.max(lift),
        ];
        let (shank_sin, shank_cos) = math::sin_cos(self.shank_lean);
        let (thigh_sin, thigh_cos) = math::sin_cos(self.thigh_lean);
        let knee = [
            SHANK * shank_sin,
            self.knees_half * side + self.feet_aside,
            ankle[2] + SHANK * shank_cos,
        ];
        // The leg that stands carries the hips.
        let hip_up = knee[2] - lift + both + THIGH * thigh_cos;
        let hip = [
            knee[0] - THIGH * thigh_sin,
            HIP_HALF * side + self.shift,
            hip_up,
        ];
        let (forward, up) = math::sin_cos(self.trunk_lean);
        let along = |length: f64, half: f64| {
            [
                hip[0] + length * forward,
                half * side + self.shift,
                hip_up + length * up,
            ]
        };
        let shoulder = along(TRUNK, SHOULDER_HALF);
        use Landmark::*;
        match landmark {
            LeftAnkle | RightAnkle => ankle,
            LeftHeel | RightHeel => [-0.25 * FOOT, ankle[1], ankle[2] - 0.03],
            LeftFootIndex | RightFootIndex => [
                0.75 * FOOT,
                1.2 * FEET_HALF * side + self.feet_aside,
                lift - 0.03,
            ],
            LeftKnee | RightKnee => knee,
            LeftHip | RightHip => hip,
            LeftShoulder | RightShoulder => shoulder,
            LeftElbow | RightElbow => [
                shoulder[0] + UPPER_ARM * 0.9,
                1.1 * shoulder[1],
                shoulder[2] - 0.04,
            ],
            LeftWrist | RightWrist | LeftPinky | RightPinky | LeftIndex | RightIndex
            | LeftThumb | RightThumb => [
                shoulder[0] + UPPER_ARM * 0.9 + FOREARM,
                0.6 * shoulder[1],
                shoulder[2] - 0.02,
            ],
            Nose | MouthLeft | MouthRight => [shoulder[0] + 0.08, 0.015 * side, shoulder[2] + 0.12],
            _ => [shoulder[0] + 0.04, 0.04 * side, shoulder[2] + 0.15],
        }
    }
}

pub(super) fn pose(
    plan: &Plan,
    seed: u64,
    angle: Angle,
    aspect: f32,
    jitter: f64,
    seconds: f64,
) -> Pose {
    let joints = Joints::of(plan, seconds);
    let step = (seconds.max(0.0) * NOISE_RATE) as u64;
    let keypoints = Landmark::ALL.map(|landmark| {
        let side = if landmark.name().starts_with("right") || landmark == Landmark::MouthRight {
            -1.0
        } else {
            1.0
        };
        let place = joints.place(
            landmark,
            if landmark == Landmark::Nose {
                0.0
            } else {
                side
            },
        );
        let across = match angle {
            // Who faces the camera has the left side on the picture's right.
            Angle::Front => place[1],
            Angle::Side => place[0] + 0.02 * place[1],
            Angle::Turned(degrees) => {
                let (sin, cos) = math::sin_cos(f64::from(degrees).to_radians());
                cos * place[1] + sin * place[0]
            }
        };
        let wobble =
            |axis: u64| jitter * noise::normal(seed, 1000 + 2 * landmark as u64 + axis, step);
        let x = f64::from(aspect) / 2.0 + SCALE * across + wobble(0);
        let y = GROUND - SCALE * place[2] + wobble(1);
        Keypoint {
            x: (x / f64::from(aspect)) as f32,
            y: y as f32,
            z: 0.0,
            visibility: 0.99,
        }
    });
    Pose::new(keypoints, aspect)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        UnixMillis,
        sim::Squatter,
        squat::{Analyzer, FrameJudgement, SquatConfig},
        verdict::{Assessment, Mark, Rule},
    };

    fn watch(plan: Plan, angle: Angle, per_second: f64) -> Vec<FrameJudgement> {
        let squatter = Squatter::new(plan, 3);
        let mut analyzer = Analyzer::new(SquatConfig::default());
        let frames = (30.0 * per_second) as i64;
        (0..frames)
            .map(|frame| {
                let seconds = frame as f64 / per_second;
                let pose = squatter.pose(angle, 9.0 / 16.0, 0.001, seconds);
                analyzer.observe(Some(&pose), UnixMillis((seconds * 1e3) as i64))
            })
            .collect()
    }

    fn four() -> Plan {
        Plan {
            reps: Some(4),
            ..Plan::default()
        }
    }

    fn faults(frames: &[FrameJudgement]) -> Vec<Rule> {
        let reps = frames.iter().filter_map(|frame| frame.rep.as_ref());
        let bad = reps.flat_map(|rep| {
            rep.verdicts
                .iter()
                .filter(|verdict| verdict.assessment == Assessment::Bad)
        });
        let mut rules: Vec<Rule> = bad.map(|verdict| verdict.rule).collect();
        rules.sort();
        rules.dedup();
        rules
    }

    #[test]
    fn four_squats_are_four_repetitions_at_eight_frames_a_second() {
        let frames = watch(four(), Angle::Front, 8.0);
        assert_eq!(frames.last().unwrap().reps, 4);
    }

    #[test]
    fn clean_squats_have_no_fault_from_front_or_side_at_any_frame_rate() {
        for angle in [Angle::Front, Angle::Side] {
            for per_second in [10.0, 15.0, 30.0, 60.0] {
                let frames = watch(four(), angle, per_second);
                assert_eq!(frames.last().unwrap().reps, 4, "{angle:?} at {per_second}");
                assert_eq!(faults(&frames), [], "{angle:?} at {per_second}");
            }
        }
    }

    #[test]
    fn a_clean_squat_has_no_fault_before_a_phone_that_stands_a_little_off() {
        for degrees in [3, 5] {
            let frames = watch(four(), Angle::Turned(degrees), 30.0);
            assert_eq!(faults(&frames), [], "{degrees}°");
        }
    }

    #[test]
    fn each_fault_is_found_where_the_view_shows_it() {
        for (fault, angle, rule) in [
            (Fault::KneesIn, Angle::Front, Rule::KneeSeparation),
            (Fault::ForwardLean, Angle::Side, Rule::TrunkLean),
            (Fault::HeelLift, Angle::Side, Rule::HeelLift),
            (Fault::Shallow, Angle::Front, Rule::Depth),
            (Fault::Shallow, Angle::Side, Rule::Depth),
            (Fault::TooFast, Angle::Front, Rule::DescentTempo),
            (Fault::RightShift, Angle::Front, Rule::HipShift),
            (Fault::RightShift, Angle::Turned(5), Rule::HipShift),
        ] {
            let frames = watch(
                Plan {
                    faults: vec![fault],
                    ..four()
                },
                angle,
                30.0,
            );
            assert!(
                faults(&frames).contains(&rule),
                "{fault:?} from {angle:?}: {:?}",
                faults(&frames)
            );
        }
    }

    #[test]
    fn what_a_view_does_not_show_is_not_called_good() {
        let front = watch(four(), Angle::Front, 30.0);
        assert!(front.iter().all(|frame| frame.lumbar != Mark::Bad));
        let side = watch(
            Plan {
                faults: vec![Fault::KneesIn],
                ..four()
            },
            Angle::Side,
            30.0,
        );
        assert!(side.iter().all(|frame| frame.knee == Mark::Null));
    }

    #[test]
    fn a_quarter_squat_is_told_to_go_deeper_and_soft_knees_are_no_squat() {
        for (depth, reps) in [(0.14, 0), (0.3, 4)] {
            let plan = Plan { depth, ..four() };
            let frames = watch(plan, Angle::Front, 15.0);
            assert_eq!(frames.last().unwrap().reps, reps, "depth {depth}");
            assert_eq!(faults(&frames).contains(&Rule::Depth), reps > 0);
        }
    }

    #[test]
    fn standing_is_no_repetition() {
        let frames = watch(
            Plan {
                reps: Some(0),
                ..Plan::default()
            },
            Angle::Front,
            30.0,
        );
        assert!(
            frames
                .iter()
                .all(|frame| frame.reps == 0 && frame.rep.is_none())
        );
    }
}
