//! How the force is read.

use serde::{Deserialize, Serialize};

/// The part of `min_hertz` that must arrive: what is lost is bridged.
const LEAST_RATE: f64 = 0.7;

/// How the force is read (all *proposed* but the rate).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MotionConfig {
    /// Least rate of each foot in samples per second, default 10. Three tenths of the samples may be missing.
    pub min_hertz: f64,
    /// Longest time without a sample of a foot that is bridged by a straight line, in ms; default 450: four samples at
    /// 10 Hz, and short against a squat. After a longer gap a squat begins anew.
    pub max_gap_ms: u32,
    /// Longest time for which samples that arrive out of order are waited for, in ms; default 250. There is no wait
    /// while samples arrive in order.
    pub max_hold_ms: u32,
    /// The person is still when the force varies by no more than this part of the weight, default 0.05 …
    pub still_part: f64,
    /// … for this long, in ms; default 400.
    pub still_ms: u32,
    /// Accelerations below this part of gravity are noise while standing, default 0.03.
    pub noise_part: f64,
    /// Speed from which a stage counts as a movement, in m/s; default 0.12.
    pub moving_speed: f64,
    /// Speed below which the turning point is reached, in m/s; default 0.05.
    pub turning_speed: f64,
    /// Least way of the body down for a squat, in m; default 0.24. A bend to the ground lowers it by 0.2 (two thirds of
    /// it by the upper body's centre, Winter 2009), and the force alone cannot tell the two apart.
    pub min_way: f64,
    /// Way of the body down at which depth is 1, in m; default 0.35.
    pub full_way: f64,
    /// Shortest squat in ms, default 800.
    pub min_ms: u32,
    /// Longest squat in ms, default 15 000.
    pub max_ms: u32,
    /// Least way of the body up, in m, by which a rise from rest to rest shows that a squat came before it, should the
    /// descent have been too slow to show in the force; default 0.24, as `min_way`.
    pub min_rise: f64,
    /// A descent that the force does not show takes at least about this long, in ms; default 2 500.
    pub slow_descent_ms: u32,
}

impl Default for MotionConfig {
    fn default() -> Self {
        Self {
            min_hertz: 10.0,
            max_gap_ms: 450,
            max_hold_ms: 250,
            still_part: 0.05,
            still_ms: 400,
            noise_part: 0.03,
            moving_speed: 0.12,
            turning_speed: 0.05,
            min_way: 0.24,
            full_way: 0.35,
            min_ms: 800,
            max_ms: 15_000,
            min_rise: 0.24,
            slow_descent_ms: 2_500,
        }
    }
}

impl MotionConfig {
    /// The rate of a foot in samples per second below which its force is not followed.
    #[must_use]
    pub fn least_hertz(&self) -> f64 {
        LEAST_RATE * self.min_hertz
    }
}
