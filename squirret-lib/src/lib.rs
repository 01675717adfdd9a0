//! Squirret: the engine behind an app that coaches squats from smart insoles and a camera.
//!
//! The flow goes one way: bytes → codec → session → coach → outputs. This crate knows no socket, file, clock or
//! thread: bytes, samples, pictures, the time and seeds come in as arguments; frames, verdicts, cues and events
//! come out.
//!
//! # Features
//! All are on by default. With `default-features = false`, each can be chosen alone, and only its modules and their
//! dependencies are compiled.
//!
//! | feature | modules | it adds |
//! |---|---|---|
//! | `insole` | [`fsr`] | nothing |
//! | `coach` | [`coach`], [`squat`], [`feedback`], [`score`], [`pose`] without networks, [`sim`]; `insole` | `serde_json`, `libm` |
//! | `stomp` | [`stomp`] | `bytes`, `memchr`, `wide` |
//! | `auth` | [`auth`], [`session`] | `ring`, `serde_json`, `uuid` |
//! | `pictures` | [`pose`]'s pictures | decoders of JPEG, PNG and WebP |
//! | `tract` | [`pose`]'s networks | `tract-onnx`, `pulp`, `toml` |
//! | `tflite` | [`pose::tflite`] | nothing |
//! | `report` | [`report`], [`archive`]; `coach` | `uuid` |
//! | `formats` | [`formats`]; `coach` | `csv` |
//! | `wire` | [`wire`]; `coach`, `auth`, `pictures` | |
//! | `all-but-tract` | all of these but `tract`, which takes minutes to compile | |
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod time;
pub use time::{Clock, Day, UnixMillis};

mod stage;
pub use stage::Stage;

pub mod verdict;
pub use verdict::{Assessment, Language, Mark, Reason, Rule, Source, Unit, Verdict};

#[cfg(feature = "insole")]
mod certainty;

#[cfg(feature = "insole")]
mod stamp_clock;
#[cfg(feature = "insole")]
pub use stamp_clock::{Placed, StampBasis, StampClock};

#[cfg(feature = "insole")]
pub mod fsr;

#[cfg(any(
    feature = "coach",
    feature = "pictures",
    feature = "tract",
    feature = "tflite"
))]
pub mod pose;

#[cfg(feature = "coach")]
mod math;

#[cfg(feature = "coach")]
pub mod score;

#[cfg(feature = "coach")]
pub mod squat;

#[cfg(feature = "coach")]
pub mod feedback;

#[cfg(feature = "coach")]
pub mod coach;

#[cfg(feature = "coach")]
pub mod sim;

#[cfg(feature = "stomp")]
pub mod stomp;

#[cfg(feature = "auth")]
pub mod auth;

#[cfg(any(feature = "auth", feature = "report"))]
pub mod session;

#[cfg(feature = "report")]
pub mod archive;

#[cfg(feature = "report")]
pub mod report;

#[cfg(feature = "formats")]
pub mod formats;

#[cfg(feature = "wire")]
pub mod wire;

#[cfg(all(
    test,
    not(any(
        feature = "insole",
        feature = "stomp",
        feature = "auth",
        feature = "pictures",
        feature = "tract",
        feature = "tflite"
    ))
))]
compile_error!(
    "no feature is on, so there is next to nothing to test: add `--features all-but-tract`"
);
