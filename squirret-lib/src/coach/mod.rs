//! One session's engine: samples, poses and AI states in; DATA, voice and events out.
//!
//! **Drain the outputs after every input**: call `poll_output` until it gives `Output::Timeout`.

mod io;
pub use io::{Analysis, Command, Data, DeviceState, Event, Input, Output, StageSource};

mod config;
pub use config::{CoachConfig, ConfigError, Problem, Profile, Timing, Weights};

mod reps;
pub use reps::RepRecord;

mod workout;
pub use workout::{FaultCount, RepSummary, Set, Tally, Trend, Workout};

pub mod record;

mod camera;
mod device;
mod fusion;
mod score;

mod engine;
pub use engine::Coach;

#[cfg(test)]
mod tests;
