//! The squat as a camera sees it: view, angles, phase, repetitions, faults, score.
//!
//! [`Analyzer`] follows one person through the frames. What a view cannot show is *not assessed*, with the reason;
//! nothing is called good that was not looked at. Every threshold stands in [`SquatConfig`] with its source.

mod config;
pub use config::SquatConfig;

mod view;
pub use view::{View, Viewpoint};

mod body;
pub use body::{Angles, Body};

mod gate;

mod not_counting;
pub use not_counting::NotCounting;

mod phase;
pub use phase::is_down;

mod baseline;
pub use baseline::Baseline;

mod orientation;

mod faults;
pub(crate) use faults::unseen;

mod rep;
pub use rep::Rep;

mod analyzer;
pub use analyzer::{Analyzer, FrameJudgement};

mod clip;
pub use clip::{Clip, ClipError, parse_clip};
#[cfg(feature = "formats")]
pub(crate) use clip::{MAX_FRAMES, poses};

mod proportions;
pub use proportions::impossible_aspect;
