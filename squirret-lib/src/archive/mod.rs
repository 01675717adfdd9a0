//! What lasts of workouts: repetitions, summaries, ends, usage, events of the app, and whose they are.
//!
//! A [`WorkoutStore`] keeps them. Repetitions go in one by one, as they happen, so that little is lost with a process
//! that dies; everything that went in twice stands there once. [`MemoryWorkouts`] forgets with the process.
//!
//! ```
//! use squirret::{UnixMillis, archive::{MemoryWorkouts, SessionEnd, WorkoutStore}, session::{FinishReport, SessionId, Usage}};
//!
//! let store = MemoryWorkouts::new(1000);
//! let session = SessionId(uuid::Uuid::from_u128(1));
//! let report = FinishReport { frames_in: 150, frames_out: 150, duration_seconds: 30 };
//! let end = SessionEnd::new(UnixMillis(0), report, Usage::default());
//! store.end_session(session, end)?;
//! store.flush()?; // from here on it lasts as long as the store does
//! assert_eq!(store.session_end(session)?, Some(end));
//! # Ok::<(), squirret::session::StoreError>(())
//! ```

mod record;
pub use record::{
    ClientEvent, Opens, Person, ReportLink, SessionEnd, SessionHistory, UsageRow, UserData,
    WorkoutKey, WorkoutRecord,
};

mod store;
pub use store::{MAX_EVENTS, MAX_LINKS, MAX_REPS, WorkoutStore};

mod csv;
pub use csv::usage_csv;

mod memory;
pub use memory::MemoryWorkouts;

#[doc(hidden)]
pub mod conformance;
