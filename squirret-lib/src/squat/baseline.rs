//! How a person stands when standing still: what faults are measured against.

use super::{Body, faults::measure};

/// One person's own standing, averaged over the first still second.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Baseline {
    /// Shoulder–hip length, picture heights.
    pub torso: f64,
    /// Frontal plane projection angle of the left and right knee, degrees, positive inwards.
    pub knee_projection: Option<[f64; 2]>,
    /// Shoulders beside the hips, shoulder widths.
    pub trunk_offset: Option<f64>,
    /// Hips beside the ankles, shoulder widths.
    pub hip_offset: Option<f64>,
    /// How much lower the right hip and the right knee are than the left ones, picture heights.
    pub side_differences: Option<[f64; 2]>,
}

/// Collects a baseline.
#[derive(Debug, Default)]
pub(super) struct Collector {
    seconds: f64,
    mean: Baseline,
    frames: f64,
    pub(super) done: Option<Baseline>,
}

impl Collector {
    /// A frame of a person who stands still; `dt` since the frame before, s.
    pub(super) fn still(&mut self, body: &Body, dt: f64, needed: f64) {
        if self.done.is_some() {
            return;
        }
        self.frames += 1.0;
        self.seconds += dt;
        let share = 1.0 / self.frames;
        let blend = |mean: Option<f64>, value: Option<f64>| match (mean, value) {
            (Some(mean), Some(value)) => Some(mean + share * (value - mean)),
            (mean, value) => mean.or(value),
        };
        let both = |mean: Option<[f64; 2]>, now: Option<[f64; 2]>| match (mean, now) {
            (Some(mean), Some(now)) => Some([0, 1].map(|i| mean[i] + share * (now[i] - mean[i]))),
            (mean, now) => mean.or(now),
        };
        let mean = self.mean;
        self.mean = Baseline {
            torso: mean.torso + share * (body.torso - mean.torso),
            knee_projection: both(mean.knee_projection, measure::knee_projection(body)),
            trunk_offset: blend(mean.trunk_offset, measure::trunk_offset(body)),
            hip_offset: blend(mean.hip_offset, measure::hip_offset(body)),
            side_differences: both(mean.side_differences, measure::side_differences(body)),
        };
        if self.seconds >= needed {
            self.done = Some(self.mean);
        }
    }

    /// The stand was not still: begin anew.
    pub(super) fn disturbed(&mut self) {
        if self.done.is_none() {
            *self = Self::default();
        }
    }
}
