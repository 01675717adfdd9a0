//! How the body moves: repeated squats, each phase with minimum jerk (Flash & Hogan 1985).

use crate::{Stage, fsr::Side};

/// Something wrong with a squat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The heels come off the ground on the way down.
    HeelLift,
    /// The knees fall in.
    KneesIn,
    /// The trunk leans far forward and the weight with it.
    ForwardLean,
    /// Half the way only.
    Shallow,
    /// Drops: down in three tenths of a second.
    TooFast,
    /// Hips and shoulders go to the right, and 62 % of the weight on the right foot with them.
    RightShift,
}

/// What a person does again and again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Act {
    /// Squats.
    #[default]
    Squat,
    /// Soft knees: down to depth 0.13, which is 34° of flexion, and up again.
    HalfDip,
    /// Steps on the spot from foot to foot.
    Shuffle,
    /// Bends down to the phone and back with nearly straight knees.
    Bend,
    /// Walks in from the side, stands, and walks back out.
    Walk,
    /// Rises onto the toes and sinks back.
    CalfRaise,
    /// Jumps without bending the knees much.
    Hop,
    /// Steps ahead with the left foot, sinks until both knees are bent, and steps back.
    Lunge,
    /// The same with feet that stay one before the other.
    SplitSquat,
    /// Steps aside with the left foot and sinks over it; the right leg stays straight.
    SideLunge,
    /// Hands to the ground, feet back, a push-up, and up again.
    Burpee,
    /// A hip hinge: the trunk 70° forward, the knees bent by 55°.
    Deadlift,
    /// Push-ups; never upright.
    PushUp,
    /// Half a turn on the spot and back.
    TurnRound,
    /// Sits down on a chair, stays for six seconds at least, and stands up.
    SitDown,
    /// Turns, walks out of the picture at the side, and comes back.
    WalkThrough,
    /// Hips from side to side, knees that bounce by less than 40°, feet that tap.
    Dance,
    /// Runs on the spot, the knees to the hips.
    HighKnees,
    /// Feet apart and arms up, and back.
    JumpingJack,
}

impl Act {
    /// Everything that is no squat.
    pub const NON_SQUATS: [Self; 18] = [
        Self::HalfDip,
        Self::Shuffle,
        Self::Bend,
        Self::Walk,
        Self::CalfRaise,
        Self::Hop,
        Self::Lunge,
        Self::SplitSquat,
        Self::SideLunge,
        Self::Burpee,
        Self::Deadlift,
        Self::PushUp,
        Self::TurnRound,
        Self::SitDown,
        Self::WalkThrough,
        Self::Dance,
        Self::HighKnees,
        Self::JumpingJack,
    ];
}

/// How large each fault is at the bottom.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct FaultSize {
    /// Heels above the toes, in shank lengths; default 0.12.
    pub heel_rise: f64,
    /// Distance of the knees over that of the ankles; default 0.45.
    pub knee_separation: f64,
    /// Trunk from parallel with the shank, degrees; default 28.
    pub lean_degrees: f64,
    /// Depth of a shallow squat over the planned one; default 0.5.
    pub shallow: f64,
    /// Hips and shoulders to the right, in shoulder widths; default 0.2, 4 % of the body's height.
    pub shift: f64,
    /// A descent that is too fast, s; default 0.3, a drop.
    pub descent_seconds: f64,
}

impl Default for FaultSize {
    fn default() -> Self {
        Self {
            heel_rise: 0.12,
            knee_separation: 0.45,
            lean_degrees: 28.0,
            shallow: 0.5,
            shift: 0.2,
            descent_seconds: 0.3,
        }
    }
}

/// What a person is going to do.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// What is done each time; default a squat.
    pub act: Act,
    /// Standing before the first squat, s; default 6: time for a standing calibration.
    pub lead_seconds: f64,
    /// Repetitions; default without end.
    pub reps: Option<u32>,
    /// Down, s; default 2 (2:1 down:up is taught, Myer 2014).
    pub descent_seconds: f64,
    /// At the bottom, s; default 0.3.
    pub bottom_seconds: f64,
    /// Up, s; default 1.
    pub ascent_seconds: f64,
    /// Standing between two squats, s; default 1.2.
    pub rest_seconds: f64,
    /// Deepest point, 1 is the thigh parallel; default 0.95.
    pub depth: f64,
    /// Body weight, N; default 700.
    pub weight_newtons: f64,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// How large the faults are.
    pub fault_size: FaultSize,
    /// A sensor (1 to 6) of a foot that gives nothing.
    pub dead: Option<(Side, u8)>,
    /// Spread of the parts' conductance, share; default 0.1 (parts differ by 15–25 %, Interlink's guide).
    pub part_spread: f64,
    /// Noise of a sensor, share of its value; default 0.01.
    pub sensor_noise: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            act: Act::Squat,
            lead_seconds: 6.0,
            reps: None,
            descent_seconds: 2.0,
            bottom_seconds: 0.3,
            ascent_seconds: 1.0,
            rest_seconds: 1.2,
            depth: 0.95,
            weight_newtons: 700.0,
            faults: Vec::new(),
            fault_size: FaultSize::default(),
            dead: None,
            part_spread: 0.1,
            sensor_noise: 0.01,
        }
    }
}

/// What the body does at one moment.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct State {
    /// Depth, 0 standing, 1 thigh parallel.
    pub depth: f64,
    /// Its second derivative, per second squared.
    pub acceleration: f64,
    /// Stage.
    pub stage: Stage,
    /// Repetitions that ended.
    pub reps: u32,
}

impl Plan {
    /// Whether it has this fault.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn descent(&self) -> f64 {
        if self.has(Fault::TooFast) {
            self.fault_size.descent_seconds
        } else {
            self.descent_seconds
        }
    }

    fn bottom(&self) -> f64 {
        if self.act == Act::SitDown {
            self.bottom_seconds.max(6.0)
        } else {
            self.bottom_seconds
        }
    }

    pub(super) fn bottom_depth(&self) -> f64 {
        if self.act == Act::HalfDip {
            0.13
        } else if self.has(Fault::Shallow) {
            self.depth * self.fault_size.shallow
        } else {
            self.depth
        }
    }

    /// Seconds from one squat's start to the next one's.
    #[must_use]
    pub fn period_seconds(&self) -> f64 {
        self.descent() + self.bottom() + self.ascent_seconds + self.rest_seconds
    }

    /// What a camera or a scale would tell at best: stage and repetitions of squats, and standing for all else.
    pub(super) fn state(&self, seconds: f64) -> State {
        let path = self.path(seconds);
        match self.act {
            Act::Squat => path,
            _ => State {
                stage: Stage::Standing,
                reps: 0,
                ..path
            },
        }
    }

    /// How far the act has gone and how it accelerates, 0 to 1 as `depth` of a squat would.
    pub(super) fn path(&self, seconds: f64) -> State {
        let standing = |reps| State {
            depth: 0.0,
            acceleration: 0.0,
            stage: Stage::Standing,
            reps,
        };
        let since = seconds - self.lead_seconds;
        if since < 0.0 {
            return standing(0);
        }
        let rep = (since / self.period_seconds()).floor();
        let (rep, within) = (rep as u32, since - rep * self.period_seconds());
        if let Some(reps) = self.reps.filter(|reps| rep >= *reps) {
            return standing(reps);
        }
        let depth = self.bottom_depth();
        let (descent, bottom) = (self.descent(), self.bottom());
        let up_at = descent + bottom;
        if within < descent {
            let (place, bend) = minimum_jerk(within / descent);
            let acceleration = depth * bend / (descent * descent);
            State {
                depth: depth * place,
                acceleration,
                stage: Stage::Descent,
                reps: rep,
            }
        } else if within < up_at {
            State {
                depth,
                acceleration: 0.0,
                stage: Stage::Bottom,
                reps: rep,
            }
        } else if within < up_at + self.ascent_seconds {
            let (place, bend) = minimum_jerk((within - up_at) / self.ascent_seconds);
            let acceleration = -depth * bend / (self.ascent_seconds * self.ascent_seconds);
            State {
                depth: depth * (1.0 - place),
                acceleration,
                stage: Stage::Ascent,
                reps: rep,
            }
        } else {
            standing(rep + 1)
        }
    }
}

/// Place and second derivative of the minimum-jerk path from 0 to 1 at `share` of its time.
fn minimum_jerk(share: f64) -> (f64, f64) {
    let s = share.clamp(0.0, 1.0);
    let place = s * s * s * (10.0 + s * (-15.0 + 6.0 * s));
    let bend = s * (60.0 + s * (-180.0 + 120.0 * s));
    (place, bend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squats_follow_their_plan() {
        let plan = Plan {
            reps: Some(2),
            ..Plan::default()
        };
        assert_eq!(plan.state(0.0).stage, Stage::Standing);
        assert_eq!(plan.state(7.0).stage, Stage::Descent);
        let bottom = plan.state(8.1);
        assert_eq!((bottom.stage, bottom.depth), (Stage::Bottom, 0.95));
        assert_eq!(plan.state(8.8).stage, Stage::Ascent);
        assert_eq!(plan.state(9.5).reps, 1);
        assert_eq!(
            (plan.state(100.0).reps, plan.state(100.0).stage),
            (2, Stage::Standing)
        );
    }

    #[test]
    fn depth_has_no_jumps() {
        let plan = Plan::default();
        let depths: Vec<f64> = (0..4000)
            .map(|step| plan.state(f64::from(step) * 0.005).depth)
            .collect();
        assert!(
            depths
                .windows(2)
                .all(|pair| (pair[1] - pair[0]).abs() < 0.02)
        );
    }
}
