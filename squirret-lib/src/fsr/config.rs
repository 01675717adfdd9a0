//! Everything about the insole that can be set.

use serde::{Deserialize, Serialize};

use super::{
    CalibrationConfig, Divider, HealthConfig, MotionConfig, PersonalRules, Sample, SeedRules,
    SensorLayout, SensorValues, WindowConfig,
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
    /// A sensor at or above this is at the end of its converter, default 3.2 V. A foot on which no sensor reads anything
    /// between `unloaded_volts` / 6 and this is saturated: its readings say nothing about the load.
    pub full_scale_volts: f64,
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
            full_scale_volts: 3.2,
            smoothing_ms: 200.0,
        }
    }
}

impl FsrConfig {
    /// What a sample says about the load.
    pub(super) fn reading(&self, sample: &Sample) -> Reading {
        let sum: f64 = sample.ratios.iter().sum();
        if let Some(volts) = &sample.voltages {
            if volts.iter().sum::<f64>() <= self.unloaded_volts {
                return Reading::Unloaded;
            }
            let least = self.unloaded_volts / 6.0;
            if volts
                .iter()
                .all(|&volts| volts <= least || volts >= self.full_scale_volts)
            {
                return Reading::Saturated;
            }
        }
        if sum <= 0.0 {
            return Reading::Unloaded;
        }
        let renormalised = (sum - 100.0).abs() > self.sum_tolerance;
        let ratios = if renormalised {
            super::sample::shares(&sample.ratios)
        } else {
            sample.ratios
        };
        Reading::Load {
            ratios,
            renormalised,
        }
    }
}

/// What a sample says about the load.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Reading {
    /// The foot is in the air.
    Unloaded,
    /// Every sensor stands at an end of its range.
    Saturated,
    /// The ratios that count, in per cent.
    Load {
        ratios: SensorValues,
        /// Whether they had to be scaled to 100.
        renormalised: bool,
    },
}
