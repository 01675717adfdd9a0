//! Squirret coaches squats from smart insoles (six pressure sensors a foot) and a camera. This crate is its engine,
//! without I/O: bytes, samples, pictures, time and seeds come in as arguments; frames, verdicts, cues and events come out.
//! It opens no socket or file, reads no clock and starts no thread, so the same inputs always have the same outputs.
//!
//! ```
//! # #[cfg(feature = "coach")] {
//! use squirret::{Language, UnixMillis, coach::{Coach, Event, Input, Output}, fsr::Side, sim::{Plan, Squatter}};
//!
//! let start = UnixMillis(1_730_892_345_000);
//! let mut coach = Coach::new(Default::default(), Language::En, start);
//! let person = Squatter::new(Plan::default(), 7); // simulated insoles: stands for 6 s, then squats
//! let mut reps = 0;
//! for step in 0..300 {
//!     let (seconds, now) = (f64::from(step) / 10.0, start.plus(i64::from(step) * 100));
//!     for side in Side::BOTH {
//!         coach.handle_input(Input::Sample(person.sample(side, seconds, now)), now);
//!         // Drain the outputs after every input.
//!         while let Output::Event(event) = coach.poll_output() {
//!             match event {
//!                 Event::Rep(_) => reps += 1,
//!                 Event::Voice(cue) => println!("{seconds:.1} s: {}", cue.text),
//!                 _ => {}
//!             }
//!         }
//!     }
//! }
//! assert!(reps >= 3, "{reps}");
//! # }
//! ```
//!
//! # Where to start
//! | you want to | use | input | clock |
//! |---|---|---|---|
//! | judge insoles, a camera, or both, live | [`coach::Coach`] | [`fsr::Sample`], [`pose::Pose`] | [`UnixMillis`] |
//! | judge the pressure under both feet only | [`fsr::Insole`] | [`fsr::Sample`] with volts, 10 Hz or more | [`UnixMillis`] |
//! | judge poses only | [`squat::Analyzer`] | [`pose::Pose`], 10 frames/s or more | [`UnixMillis`] |
//! | find a pose in a picture | [`pose::BlazePose`], [`pose::CustomPose`] | [`pose::Picture`] | [`UnixMillis`] |
//! | use your own pose network | [`pose::PoseEstimator`] | [`pose::RgbImage`] | [`UnixMillis`] |
//! | serve STOMP over any transport | [`stomp::Session`], [`stomp::Broker`] | bytes | [`std::time::Instant`] |
//! | issue and verify tokens | [`auth::JwtService`], [`auth::verify_id_token`] | text | [`UnixMillis`] |
//! | manage guest, user and inference sessions | [`session::Sessions`] | ids | [`UnixMillis`] |
//! | write a report of workouts | [`report::Report`] | [`archive::WorkoutRecord`] | none |
//! | read and write other tools' files | [`formats`] | any [`std::io::Read`] | none |
//! | read and write the server's JSON | [`wire`] | bytes | [`UnixMillis`] |
//!
//! [`UnixMillis`] is wall time: it stands in recordings and is replayed. A [`stomp::Session`] takes a monotonic
//! [`std::time::Instant`], because its deadlines must not move when the wall clock is set.
//!
//! # What needs what
//! | judgement | needs |
//! |---|---|
//! | shares of forefoot, heel, inner and outer side | ratios or volts of one foot |
//! | left against right, repetitions from insoles | volts of both feet, at least 5 samples/s |
//! | own standing as the reference | volts, and some seconds of quiet standing |
//! | knees, depth, back | a pose in which the view shows them; see [`squat::View`] |
//!
//! What cannot be judged is reported as [`Assessment::NotAssessed`] with its [`Reason`], never as good.
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
