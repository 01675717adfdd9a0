//! Rules → verdicts → texts and cues.
//!
//! [`FsrFeedback`], [`AiFeedback`] and [`CombinedFeedback`] are what the app reads. [`CueScheduler`] selects what is
//! spoken, by a [`CuePolicy`], from the faults that a [`FaultTracker`] has recorded in a session.
//!
//! ```
//! use squirret::{Assessment, Rule, Source, Unit, Verdict, feedback::{FaultKind, fault_of}};
//!
//! let lifted = Verdict::new(Rule::HeelLift, Assessment::Bad, Unit::Percent, Source::Insole);
//! assert_eq!(fault_of(&lifted).kind, FaultKind::Forward);
//! ```

mod texts;
pub use texts::{MAX_VOICE_EN, MAX_VOICE_KO, Text, Wording, count};

mod translate;
pub use translate::translations;

mod faults;
pub use crate::score::Topic;
pub use faults::{Fault, FaultKind, fault_of};

mod status;
pub use status::{AiFeedback, AiStatus, CombinedFeedback, FsrFeedback, Status};

mod habit;
pub use habit::{FaultId, FaultTracker};

mod cue;
pub use cue::{Cue, CueContext, CueKind, CuePolicy, CueScheduler};
