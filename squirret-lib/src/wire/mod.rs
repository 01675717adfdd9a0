//! JSON shapes of the contract ↔ domain types.
//!
//! In: bodies and messages of strangers, read into domain types or refused with the field and the rule
//! ([`BodyError`]). Out: borrowed views that serialise to what clients decode: `metrics` holds finite numbers only,
//! marks are always strings, what is not known is left out. [`ErrorCode`] is the one place where codes and HTTP
//! statuses meet.
//!
//! ```
//! use squirret::{UnixMillis, fsr::Side, wire};
//!
//! let now = UnixMillis(1_730_892_345_000);
//! let body = br#"{"side":"Left","ratio1":12.3,"ratio2":8.4,"ratio3":5.1,"ratio4":20,"ratio5":32.5,"ratio6":21.7}"#;
//! let uploads = wire::parse_upload(body, now)?;
//! assert_eq!(uploads.as_slice()[0].sample.side, Side::Left);
//!
//! let error = wire::parse_upload(br#"[{"side":"left","ratio1":101}]"#, now).unwrap_err();
//! assert_eq!(error.to_string(), "[0].ratio2 is required");
//! assert_eq!(error.code().status(), 400);
//! # Ok::<(), wire::BodyError>(())
//! ```
#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

mod fields;

mod body_error;
pub use body_error::{BodyError, FieldRule};

mod error_code;
pub use error_code::{Envelope, ErrorCode};

mod upload;
mod upload_fast;
pub use upload::{MAX_SAMPLES, Upload, Uploads, parse_upload};

mod token_text;
pub use token_text::TokenText;

mod status;
pub use status::{StatusBody, parse_status};

mod session;
pub use session::{
    Accepted, CreateBody, DeviceBody, DeviceReply, Finished, InferenceCreated, PairingReply,
    SessionReply, StatusAccepted, UpgradeBody, parse_create, parse_device, parse_finish,
    parse_upgrade,
};

mod feedback;
pub use feedback::{CombinedView, FeedbackView, FootView, Snapshot};

mod frame;
pub use frame::{FrameError, FrameMessage, ImageText, NotBase64, parse_frame};

#[doc(hidden)]
pub mod fuzzing;

mod analysis;
pub use analysis::{AnalysisView, DropReason, FrameReply};

mod client;
pub use client::{ClientMessage, MAX_TOKEN_CHARS};

mod push;
pub use push::{DeviceChange, Push};

/// The JSON text of a view. Views are structs of numbers, strings and lists, which cannot fail to serialise.
#[must_use]
pub fn to_json(view: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(view).unwrap_or_default()
}
