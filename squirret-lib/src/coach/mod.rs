//! The engine of one session: samples, poses and AI statuses in; DATA pushes, voice cues and events out.
//!
//! **Drain the outputs after every input**: call [`Coach::poll_output`] until it returns [`Output::Timeout`], and send
//! [`Input::Timeout`] at that time. Times are wall time ([`UnixMillis`](crate::UnixMillis)), so that a recording can be
//! replayed; a caller's clock that jumps is detected.
//!
//! ```
//! use squirret::{Language, UnixMillis, coach::{Coach, Command, Event, Input, Output}};
//!
//! let now = UnixMillis(1_730_892_345_000);
//! let mut coach = Coach::new(Default::default(), Language::En, now);
//! coach.handle_input(Input::Command(Command::Start), now);
//! // Nobody stands on the insoles and no camera sends poses, so only DATA without a value is due.
//! let mut due = None;
//! loop {
//!     match coach.poll_output() {
//!         Output::Event(Event::Data(data)) => assert_eq!(data.value, 0.0),
//!         Output::Event(_) => {}
//!         Output::Timeout(at) => {
//!             due = at;
//!             break;
//!         }
//!     }
//! }
//! assert!(due.is_some_and(|at| at.since(now) <= 1_000));
//! ```
//!
//! One repetition appears in several types: [`RepRecord`] is complete, [`RepSummary`] is its short form in a
//! [`Workout`], and [`Outcome`] is the overall result of a session or clip.

mod io;
pub use io::{Analysis, Command, Data, DeviceState, Event, Input, Output, StageSource};

mod config;
pub use crate::score::Weights;
pub use config::{CoachConfig, CoachConfigError, ConfigProblem, Profile, Timing};

mod reps;
pub use reps::RepRecord;

mod workout;
pub use workout::{
    Evidence, FaultCount, MAX_PATH, MAX_REPS, NotAssessed, RepSummary, Set, Trend, Workout,
    WorkoutAccumulator,
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
