//! Codes, their HTTP statuses, and the envelope that carries them.

use super::BodyError;
use crate::{
    UnixMillis,
    auth::{IdTokenError, VerifyError},
    pose::PictureError,
    session::{SessionError, StoreError},
    time::Rfc3339,
};
use serde::Serialize;

/// What went wrong, for programs. One table gives each its text, its HTTP status and the status' reason phrase.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// A field breaks a rule.
    ValidationError,
    /// The body is not JSON.
    MalformedJson,
    /// An AI status that is not `good`, `bad` or `null`.
    InvalidStatus,
    /// A message type that nobody knows (in messages only).
    UnknownType,
    /// No token, or one that does not count.
    Unauthorized,
    /// Known, but not allowed.
    Forbidden,
    /// The device is bound to no session, and `default` is not shared.
    DeviceNotBound,
    /// No such path.
    NotFound,
    /// No such session.
    SessionNotFound,
    /// Not with this method.
    MethodNotAllowed,
    /// The body took too long.
    RequestTimeout,
    /// The session belongs to somebody else, or was finished otherwise.
    SessionConflict,
    /// The session is over.
    SessionFinished,
    /// The body or picture is too large.
    PayloadTooLarge,
    /// Neither JSON nor a picture that we read.
    UnsupportedMediaType,
    /// Too many requests.
    RateLimited,
    /// Something inside failed.
    Internal,
    /// No room at present.
    Overloaded,
    /// No pose model is installed.
    ModelUnavailable,
    /// The pose model is not ready yet.
    ModelLoading,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::ValidationError,
        Self::MalformedJson,
        Self::InvalidStatus,
        Self::UnknownType,
        Self::Unauthorized,
        Self::Forbidden,
        Self::DeviceNotBound,
        Self::NotFound,
        Self::SessionNotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::SessionConflict,
        Self::SessionFinished,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::Internal,
        Self::Overloaded,
        Self::ModelUnavailable,
        Self::ModelLoading,
    ];

    /// Text, HTTP status, reason phrase (RFC 9110, section 15).
    const fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::ValidationError => ("VALIDATION_ERROR", 400, "Bad Request"),
            Self::MalformedJson => ("MALFORMED_JSON", 400, "Bad Request"),
            Self::InvalidStatus => ("INVALID_STATUS", 400, "Bad Request"),
            Self::UnknownType => ("UNKNOWN_TYPE", 400, "Bad Request"),
            Self::Unauthorized => ("UNAUTHORIZED", 401, "Unauthorized"),
            Self::Forbidden => ("FORBIDDEN", 403, "Forbidden"),
            Self::DeviceNotBound => ("DEVICE_NOT_BOUND", 403, "Forbidden"),
            Self::NotFound => ("NOT_FOUND", 404, "Not Found"),
            Self::SessionNotFound => ("SESSION_NOT_FOUND", 404, "Not Found"),
            Self::MethodNotAllowed => ("METHOD_NOT_ALLOWED", 405, "Method Not Allowed"),
            Self::RequestTimeout => ("REQUEST_TIMEOUT", 408, "Request Timeout"),
            Self::SessionConflict => ("SESSION_CONFLICT", 409, "Conflict"),
            Self::SessionFinished => ("SESSION_FINISHED", 410, "Gone"),
            Self::PayloadTooLarge => ("PAYLOAD_TOO_LARGE", 413, "Payload Too Large"),
            Self::UnsupportedMediaType => ("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type"),
            Self::RateLimited => ("RATE_LIMITED", 429, "Too Many Requests"),
            Self::Internal => ("INTERNAL", 500, "Internal Server Error"),
            Self::Overloaded => ("OVERLOADED", 503, "Service Unavailable"),
            Self::ModelUnavailable => ("MODEL_UNAVAILABLE", 503, "Service Unavailable"),
            Self::ModelLoading => ("MODEL_LOADING", 503, "Service Unavailable"),
        }
    }

    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().1
    }

    /// The status' reason phrase, the envelope's `error`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().2
    }
}

impl From<&BodyError> for ErrorCode {
    fn from(error: &BodyError) -> Self {
        error.code()
    }
}

impl From<&VerifyError> for ErrorCode {
    fn from(_: &VerifyError) -> Self {
        Self::Unauthorized
    }
}

impl From<&IdTokenError> for ErrorCode {
    fn from(_: &IdTokenError) -> Self {
        Self::Unauthorized
    }
}

impl From<&StoreError> for ErrorCode {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full { .. } | StoreError::Behind { .. } | StoreError::Failed { .. } => {
                Self::Overloaded
            }
            StoreError::Exists { .. } => Self::Internal,
        }
    }
}

impl From<&SessionError> for ErrorCode {
    fn from(error: &SessionError) -> Self {
        match error {
            SessionError::NotFound { .. } => Self::SessionNotFound,
            SessionError::Finished { .. } => Self::SessionFinished,
            SessionError::Conflict { .. } => Self::SessionConflict,
            SessionError::Store(error) => error.into(),
            SessionError::Issue(_) => Self::Internal,
        }
    }
}

impl From<&PictureError> for ErrorCode {
    fn from(error: &PictureError) -> Self {
        match error {
            PictureError::UnknownFormat => Self::UnsupportedMediaType,
            PictureError::TooLarge { .. }
            | PictureError::TooManyPixels { .. }
            | PictureError::TooManyBytes { .. } => Self::PayloadTooLarge,
            PictureError::Damaged { .. } => Self::ValidationError,
        }
    }
}

/// The body of every error reply (seed, section 0).
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Envelope<'a> {
    timestamp: Rfc3339,
    status: u16,
    error: &'static str,
    code: ErrorCode,
    message: &'a str,
    path: &'a str,
}

impl<'a> Envelope<'a> {
    /// An error at `path` (without the query, which may hold a token). `message` is English and names the field and
    /// the rule.
    #[must_use]
    pub const fn new(code: ErrorCode, message: &'a str, path: &'a str, now: UnixMillis) -> Self {
        Self {
            timestamp: Rfc3339(now),
            status: code.status(),
            error: code.reason(),
            code,
            message,
            path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{session::SessionId, wire::to_json};

    #[test]
    fn the_envelope_is_the_seeds() {
        let envelope = Envelope::new(
            ErrorCode::ValidationError,
            "ratio1 must be between 0 and 100",
            "/api/fsr_data",
            UnixMillis(1_762_672_223_456),
        );
        let json = String::from_utf8(to_json(&envelope)).unwrap();
        insta::assert_snapshot!(json, @r#"{"timestamp":"2025-11-09T07:10:23Z","status":400,"error":"Bad Request","code":"VALIDATION_ERROR","message":"ratio1 must be between 0 and 100","path":"/api/fsr_data"}"#);
    }

    #[test]
    fn codes_are_written_as_they_are_named() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..=503).contains(&code.status()));
        }
    }

    #[test]
    fn refusals_have_the_statuses_of_the_contract() {
        let id = SessionId(uuid::Uuid::nil());
        let status = |error: SessionError| ErrorCode::from(&error).status();
        assert_eq!(status(SessionError::NotFound { id }), 404);
        assert_eq!(status(SessionError::Finished { id }), 410);
        assert_eq!(status(SessionError::Conflict { id, detail: "" }), 409);
        assert_eq!(status(StoreError::Full { max: 1 }.into()), 503);
        assert_eq!(ErrorCode::from(&VerifyError::Expired).status(), 401);
    }
}
