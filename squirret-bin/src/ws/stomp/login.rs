//! Whose connection it is.

use crate::{
    app::App,
    http::{Code, Problem},
    routes::access,
    scope::ScopesFull,
};
use squirret::{
    UnixMillis,
    auth::{Audience, VerifyError},
    session::{SessionError, SessionId},
    stomp::Connect,
};

/// Why somebody is not let in. Never carries the token.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoginError {
    /// The token is not good.
    #[error(transparent)]
    Token(#[from] VerifyError),
    /// The token names no session.
    #[error("token is not for a session")]
    Subject,
    /// The session's user signed in since.
    #[error("token is from before the session's user signed in")]
    Outdated,
    /// The session is finished, or the store failed.
    #[error(transparent)]
    Session(SessionError),
    /// There is no room for its scope.
    #[error(transparent)]
    Full(#[from] ScopesFull),
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Token(error) => error.into(),
            LoginError::Subject => Self::new(Code::Unauthorized, error.to_string()),
            LoginError::Outdated => Self::new(Code::Forbidden, error.to_string()),
            LoginError::Session(error) => error.into(),
            LoginError::Full(error) => error.into(),
        }
    }
}

impl LoginError {
    /// The WebSocket close code after the upgrade: policy violation, or try again later.
    pub(super) const fn close_code(&self) -> u16 {
        match self {
            Self::Token(_) | Self::Subject | Self::Outdated | Self::Session(_) => 1008,
            Self::Full(_) => 1013,
        }
    }
}

/// A verified token's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) session: SessionId,
    /// As CONNECTED's `user-name` tells it: the user, or the guest's session.
    pub(super) user: String,
    pub(super) expires: UnixMillis,
}

impl Login {
    /// Checks a token for STOMP. A session that this process does not know is let in, as its token is good: it was
    /// made before a restart. A finished one is not.
    pub(super) fn verify(app: &App, token: &str) -> Result<Self, LoginError> {
        let claims = app
            .tokens
            .verify(token, Audience::StompWs, app.clock.now())?;
        let session = claims
            .subject
            .parse::<SessionId>()
            .map_err(|_| LoginError::Subject)?;
        match app.sessions.get(session) {
            Ok(record) if access::still_counts(app, &record, &claims).is_err() => {
                return Err(LoginError::Outdated);
            }
            Ok(_) | Err(SessionError::NotFound { .. }) => {}
            Err(error) => return Err(LoginError::Session(error)),
        }
        let user = claims.user.unwrap_or(claims.subject);
        Ok(Self {
            session,
            user,
            expires: claims.expires_at,
        })
    }

    /// The same for the token of a CONNECT frame.
    pub(super) fn from_connect(app: &App, connect: &Connect) -> Result<Self, LoginError> {
        let authorization =
            connect
                .authorization
                .as_deref()
                .map(|value| match value.split_once(' ') {
                    Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
                    _ => value,
                });
        let token = authorization
            .or(connect.passcode.as_deref())
            .unwrap_or_default();
        Self::verify(app, token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scope_is_left_for_a_session() {
        let full = || LoginError::from(ScopesFull { max: 1 });
        assert_eq!(full().close_code(), 1013);
        let response = Problem::from(full()).into_response("/ws");
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
    }
}
