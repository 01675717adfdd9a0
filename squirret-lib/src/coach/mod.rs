//! One session's engine: samples, poses and AI states in; DATA, voice and events out.
//!
//! **Drain the outputs after every input**: call `poll_output` until it gives `Output::Timeout`.

mod io;
pub use io::{Analysis, Command, Data, DeviceState, Event, Input, Output, StageSource};

mod config;
pub use crate::score::Weights;
pub use config::{CoachConfig, ConfigError, Problem, Profile, Timing};

mod reps;
pub use reps::RepRecord;

mod workout;
pub use workout::{
    Evidence, FaultCount, MAX_PATH, MAX_REPS, NotAssessed, RepSummary, Set, Tally, Trend, Workout,
};

mod outcome;
pub use outcome::Outcome;

pub mod record;

mod camera;
mod device;
mod fusion;
mod score;

mod engine;
pub use engine::Coach;

#[cfg(test)]
mod tests;
