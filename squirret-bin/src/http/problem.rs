//! Everything that can go wrong with a call, and the envelope that tells it.

use std::{borrow::Cow, time::Duration};

use hyper::{
    Response, StatusCode,
    header::{ALLOW, CONNECTION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use squirret::{
    Clock,
    auth::{IssueError, VerifyError},
    session::{SessionError, StoreError},
    wire::{BodyError, Envelope, ErrorCode, to_json},
};

use super::{Body, JSON, reply};
use crate::clock::SystemClock;

/// Bytes of a path that an answer repeats; no path of ours is as long.
const MAX_SHOWN_PATH: usize = 512;

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    code: ErrorCode,
    message: String,
    retry_after: Option<Duration>,
    allow: Option<Cow<'static, str>>,
    close: bool,
}

impl Problem {
    /// A failure whose message names the field and the rule.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            allow: None,
            close: false,
        }
    }

    /// A failure of ours, without detail.
    pub(crate) fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "the server failed to answer this request",
        )
    }

    /// Nothing lives at this path.
    pub(crate) fn no_route(path: &str) -> Self {
        let shown = shown(path);
        Self::new(
            ErrorCode::NotFound,
            format!("there is no resource at {shown}"),
        )
    }

    /// The path knows other methods.
    pub(crate) fn method_not_allowed(allow: impl Into<Cow<'static, str>>) -> Self {
        let allow = allow.into();
        let message = format!("this resource allows {allow}");
        Self {
            allow: Some(allow),
            ..Self::new(ErrorCode::MethodNotAllowed, message)
        }
    }

    /// Sets `Retry-After`.
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The connection is closed after this answer: what the peer still sends will not be read.
    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// Its code.
    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    /// Its message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The answer.
    pub(crate) fn into_response(self, path: &str) -> Response<Body> {
        let status =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let envelope = Envelope::new(self.code, &self.message, shown(path), SystemClock.now());
        let mut response = reply(status, JSON, to_json(&envelope));
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(
                RETRY_AFTER,
                HeaderValue::from(wait.as_secs_f64().ceil().max(1.0) as u64),
            );
        }
        if let Some(allow) = self.allow {
            headers.insert(
                ALLOW,
                HeaderValue::try_from(&*allow).unwrap_or(HeaderValue::from_static("GET, HEAD")),
            );
        }
        if self.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.code == ErrorCode::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Of a path, as much as an answer repeats: a stranger must not make it as long as it likes.
fn shown(path: &str) -> &str {
    let end = path.floor_char_boundary(MAX_SHOWN_PATH);
    path.get(..end).unwrap_or_default()
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        let code = ErrorCode::from(&error);
        match &error {
            SessionError::Store(StoreError::Full { .. }) => {
                Self::new(code, error.to_string()).retry_after(Duration::from_secs(30))
            }
            SessionError::Store(_) => {
                tracing::error!(%error, "store");
                Self::new(
                    code,
                    "this cannot be stored at present; what was sent before is kept",
                )
                .retry_after(Duration::from_secs(5))
            }
            SessionError::Issue(_) => {
                tracing::error!(%error, "session");
                Self::internal()
            }
            _ => Self::new(code, error.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        SessionError::Store(error).into()
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        Self::new(ErrorCode::Unauthorized, error.to_string())
    }
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        tracing::error!(%error, "token");
        Self::internal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn the_envelope_has_every_field_of_the_contract() {
        let problem = Problem::new(ErrorCode::RateLimited, "too many requests")
            .retry_after(Duration::from_millis(1200));
        let response = problem.into_response("/api/fsr_data");
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(
            response.headers()["content-type"],
            "application/json; charset=utf-8"
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let envelope: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(envelope["status"], 429);
        assert_eq!(envelope["error"], "Too Many Requests");
        assert_eq!(envelope["code"], "RATE_LIMITED");
        assert_eq!(envelope["path"], "/api/fsr_data");
        assert!(envelope["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}
