//! Everything about the insole that can be set.

use serde::{Deserialize, Serialize};

use super::{
    CalibrationConfig, Divider, HealthConfig, MotionConfig, PersonalRules, Sample, SeedRules,
    SensorLayout, Six, WindowConfig,
};

/// The insole's hardware, windows and thresholds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FsrConfig {
    /// Length and resolution of the window.
    pub window: WindowConfig,
    /// Where the sensors lie.
    pub layout: SensorLayout,
    /// How voltages become forces.
    pub divider: Divider,
    /// The original's thresholds.
    pub rules: SeedRules,
    /// The thresholds relative to the person's own standing.
    pub personal: PersonalRules,
    /// How standing is known.
    pub calibration: CalibrationConfig,
    /// How the force on both feet is read.
    pub motion: MotionConfig,
    /// When a sensor is not believed.
    pub health: HealthConfig,
    /// Ratios may sum to 100 plus or minus this (rounding); else they are scaled to 100. Default 5.
    pub sum_tolerance: f64,
    /// A foot whose six voltages together stay at or below this is in the air; default 0.06 V, about 12 steps of a
    /// 12 bit converter each (*proposed*).
    pub unloaded_volts: f64,
    /// Time constant of the present load in ms, default 200 (*proposed*).
    pub smoothing_ms: f64,
}

impl Default for FsrConfig {
    fn default() -> Self {
        Self {
            window: WindowConfig::default(),
            layout: SensorLayout::default(),
            divider: Divider::default(),
            rules: SeedRules::default(),
            personal: PersonalRules::default(),
            calibration: CalibrationConfig::default(),
            motion: MotionConfig::default(),
            health: HealthConfig::default(),
            sum_tolerance: 5.0,
            unloaded_volts: 0.06,
            smoothing_ms: 200.0,
        }
    }
}

impl FsrConfig {
    /// The ratios that count and whether they had to be scaled to 100; `None` for a foot in the air.
    pub(super) fn effective(&self, sample: &Sample) -> Option<(Six, bool)> {
        let volts = sample.voltages.map(|volts| volts.iter().sum::<f64>());
        let sum: f64 = sample.ratios.iter().sum();
        if sum <= 0.0 || volts.is_some_and(|volts| volts <= self.unloaded_volts) {
            return None;
        }
        if (sum - 100.0).abs() <= self.sum_tolerance {
            return Some((sample.ratios, false));
        }
        Some((super::sample::shares(&sample.ratios), true))
    }
}
