//! The insole: samples, windows, metrics, rules.
//!
//! Start with [`Insole`] (both feet), [`Sample`] and [`FsrConfig`]; the other types are parts of these. The flow:
//! [`Sample`] → [`Insole`] (a [`Foot`] with its [`Window`] each) → [`Summary`] of [`Metrics`] → [`SeedRules`], or
//! [`PersonalRules`] once the [`Baseline`] is known → [`Verdicts`].
//!
//! ```
//! use squirret::{Stage, UnixMillis, fsr::{FsrConfig, Insole, Sample, Side}};
//!
//! let config = FsrConfig::default();
//! let mut insole = Insole::new(&config);
//! for step in 0..20 {
//!     let now = UnixMillis(1_730_892_345_000 + step * 100);
//!     for side in Side::BOTH {
//!         let sample = Sample::from_volts(side, now, [1.0, 0.5, 0.5, 0.5, 1.0, 0.5])?;
//!         insole.push(&config, &sample, now);
//!     }
//! }
//! let assessment = insole.judge(&config, Stage::Unknown, UnixMillis(1_730_892_347_000)).unwrap();
//! assert_eq!(assessment.summary.metrics.left_right_diff, Some(0.0));
//! # Ok::<(), squirret::fsr::SampleError>(())
//! ```

mod sample;
pub use sample::{SUPPLY_VOLTS, Sample, SampleError, SensorValues, Side};

mod layout;
pub use layout::{SensorGroup, SensorLayout, SensorPlace};

mod force;
pub use force::Divider;

mod window;
pub use window::{Means, Pushed, Window, WindowConfig};

mod metrics;
pub use metrics::{LeftRightBasis, Metrics, Summary};

mod verdicts;
pub use verdicts::Verdicts;

mod rules;
pub use rules::SeedRules;

mod cop;
pub use cop::CentreOfPressure;

mod baseline;
pub use baseline::{Baseline, CalibrationConfig};

mod personal;
pub use personal::PersonalRules;

mod health;
pub use health::{HealthConfig, SensorState};

mod burst;
pub use burst::{BurstClock, UploadedSample};

mod motion;
pub use motion::{Followed, ForceRep, ForceTracker, MotionConfig, Uncounted};

mod span;
pub use span::LoadRecord;

mod config;
pub use config::FsrConfig;

mod foot;
pub use foot::{Foot, SampleCounts};

mod insole;
pub use insole::{Insole, InsoleAssessment, PushOutcome};

#[cfg(test)]
mod tests;

#[cfg(test)]
mod walk_tests;
