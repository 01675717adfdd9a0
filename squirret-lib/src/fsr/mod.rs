//! The insole: samples, windows, metrics, rules.
//!
//! [`Sample`] → [`Insole`] (a [`Foot`] with its [`Window`] each) → [`Summary`] of [`Metrics`] → [`SeedRules`], or
//! [`PersonalRules`] once the [`Baseline`] is known → a [`Sheet`] of verdicts.

mod sample;
pub use sample::{SUPPLY_VOLTS, Sample, SampleError, Side, Six};

mod layout;
pub use layout::{Group, Place, SensorLayout};

mod force;
pub use force::Divider;

mod window;
pub use window::{Means, Pushed, Window, WindowConfig};

mod metrics;
pub use metrics::{LeftRightBasis, Metrics, Summary};

mod sheet;
pub use sheet::Sheet;

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
pub use motion::{Followed, Motion, MotionConfig, Squat, Uncounted};

mod span;
pub use span::LoadRecord;

mod config;
pub use config::FsrConfig;

mod foot;
pub use foot::{Counts, Foot};

mod insole;
pub use insole::{Insole, Judgement, Taken};

#[cfg(test)]
mod tests;

#[cfg(test)]
mod walk_tests;
