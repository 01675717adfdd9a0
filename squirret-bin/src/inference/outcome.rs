//! What came of a frame.

use squirret::{
    UnixMillis,
    pose::{EstimateError, PictureError, Pose},
    wire::{ErrorCode, NotBase64},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::Frame;

/// What came of one frame.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As given.
    pub(crate) ticket: u64,
    /// As given.
    pub(crate) at: UnixMillis,
    /// As given.
    pub(crate) received: Instant,
    /// Where the time went.
    pub(crate) timing: Timing,
    /// The person, nobody, or why it could not be looked at.
    pub(crate) result: Result<Seen, FrameError>,
}

impl Outcome {
    /// Of a frame that nobody looked at.
    pub(super) fn unseen(frame: &Frame, waited: Duration, error: FrameError) -> Self {
        Self {
            ticket: frame.ticket,
            at: frame.at,
            received: frame.received,
            timing: Timing {
                waited,
                ..Timing::default()
            },
            result: Err(error),
        }
    }
}

/// What a model saw.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The person, or nobody.
    pub(crate) pose: Option<Pose>,
    /// The model's name.
    pub(crate) model: Arc<str>,
}

/// Where the time of a frame went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timing {
    /// In the line.
    pub(crate) waited: Duration,
    /// Undoing base64 and decoding the picture.
    pub(crate) decode: Duration,
    /// In the network.
    pub(crate) estimate: Duration,
}

/// Why a frame was not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// It waited too long.
    #[error("frame waited {} ms for a runner", .age.as_millis())]
    TooOld { age: Duration },
    /// The plane stops.
    #[error("server is stopping")]
    Stopping,
    /// The model is gone.
    #[error("no pose model is installed")]
    NoModel,
    /// The message's text is not base64.
    #[error(transparent)]
    Base64(#[from] NotBase64),
    /// The picture cannot be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The network failed.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// Something panicked.
    #[error("frame could not be analysed")]
    Panicked,
}

impl FrameError {
    /// The code on the wire.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Picture(error) => error.into(),
            Self::Base64(_) => ErrorCode::ValidationError,
            Self::NoModel => ErrorCode::ModelUnavailable,
            Self::TooOld { .. } | Self::Stopping => ErrorCode::Overloaded,
            Self::Estimate(_) | Self::Panicked => ErrorCode::Internal,
        }
    }
}
