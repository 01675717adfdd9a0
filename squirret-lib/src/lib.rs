//! Squirret: the engine behind an app that coaches squats from smart insoles and a camera.
//!
//! The flow goes one way: bytes → codec → session → coach → outputs. This crate knows no socket, file, clock or
//! thread: bytes, samples, pictures, the time and seeds come in as arguments; frames, verdicts, cues and events
//! come out.

pub mod time;
pub use time::{Clock, Day, UnixMillis};

mod stamp_clock;
pub use stamp_clock::{Placed, StampBasis, StampClock};

pub mod verdict;
pub use verdict::{Assessment, Language, Mark, Reason, Rule, Source, Unit, Verdict};

pub mod score;

mod math;

pub mod fsr;

pub mod pose;

pub mod squat;

pub mod feedback;

pub mod coach;

pub mod stomp;

pub mod auth;

pub mod session;

pub mod archive;

pub mod report;

pub mod wire;

#[cfg(feature = "formats")]
pub mod formats;

pub mod sim;
