//! Rules → verdicts → texts and cues.
//!
//! [`FsrFeedback`], [`AiFeedback`] and [`CombinedFeedback`] are what the app reads; [`Chooser`] decides what is said
//! aloud, by a [`CuePolicy`], from the [`Habits`] of a session.

mod texts;
pub use texts::{MAX_VOICE_EN, MAX_VOICE_KO, Text, Wording, count};

mod translate;
pub use translate::translations;

mod faults;
pub use crate::score::Topic;
pub use faults::{Fault, Kind, fault_of};

mod status;
pub use status::{AiFeedback, AiStatus, CombinedFeedback, FsrFeedback, Status};

mod habit;
pub use habit::{Habit, Habits};

mod cue;
pub use cue::{Chooser, Cue, CueKind, CuePolicy, Moment};
