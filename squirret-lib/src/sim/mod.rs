//! A virtual squatter: insole samples and stick-figure keypoints from a seed and a time.
//!
//! Everything is a pure function of the plan, the seed and the time since the start, so that tests, demonstrations and
//! load generators can ask for any moment in any order and get the same answer on every machine.
//!
//! ```
//! use squirret::{UnixMillis, Stage, fsr::Side, sim::{Plan, Squatter}};
//!
//! let squatter = Squatter::new(Plan::default(), 7);
//! assert_eq!(squatter.state(0.5).stage, Stage::Standing);
//! let sample = squatter.sample(Side::Left, 0.5, UnixMillis(1_730_892_345_500));
//! assert!((sample.ratios.iter().sum::<f64>() - 100.0).abs() < 1.0);
//! ```

mod acts;
mod distortion;
mod figure;
mod insole;
mod motion;
mod noise;
mod viewpoint;

#[cfg(test)]
mod tests;

pub use distortion::{Distortion, TimedPose};
pub use motion::{Act, Fault, FaultSize, Plan, State};
pub use viewpoint::{Angle, Viewpoint};

use crate::{
    UnixMillis,
    fsr::{Sample, SensorValues, Side},
    pose::Pose,
};

/// A person who squats as planned.
#[derive(Clone, Debug)]
pub struct Squatter {
    plan: Plan,
    seed: u64,
}

impl Squatter {
    /// Two squatters of the same plan and seed are the same person.
    #[must_use]
    pub const fn new(plan: Plan, seed: u64) -> Self {
        Self { plan, seed }
    }

    /// What the body does at `seconds` since the start.
    #[must_use]
    pub fn state(&self, seconds: f64) -> State {
        self.plan.state(seconds)
    }

    /// What the sensors of a foot give at `seconds` since the start, volts in [0, 3.3].
    #[must_use]
    pub fn voltages(&self, side: Side, seconds: f64) -> SensorValues {
        insole::voltages(&self.plan, self.seed, side, seconds)
    }

    /// A sample of a foot as the firmware sends it: volts, and each volt's share of their sum in per cent.
    #[must_use]
    pub fn sample(&self, side: Side, seconds: f64, at: UnixMillis) -> Sample {
        insole::sample(side, at, self.voltages(side, seconds))
    }

    /// The 33 points as a camera at `angle` sees them at `seconds` since the start, in a picture of `aspect` (width
    /// over height), with noise of `jitter` picture heights.
    #[must_use]
    pub fn pose(&self, angle: Angle, aspect: f32, jitter: f64, seconds: f64) -> Pose {
        viewpoint::level(&self.plan, self.seed, angle, aspect, jitter, seconds)
    }

    /// The 33 points as a phone sees them at `seconds` since the start: in perspective, with depth, and with what its
    /// place and the hand that holds it do to the picture.
    #[must_use]
    pub fn seen(&self, viewpoint: &Viewpoint, seconds: f64) -> Pose {
        viewpoint::seen(&self.plan, self.seed, viewpoint, seconds)
    }
}
