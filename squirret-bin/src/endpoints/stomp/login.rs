//! Whose connection it is.

use crate::{
    access::{self, Lost},
    app::App,
    close_code::CloseCode,
    http::{Code, Problem},
    scope::ScopesFull,
};
use squirret::{
    UnixMillis,
    auth::{Audience, Claims, VerifyError},
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
    /// It counts no more.
    #[error(transparent)]
    Lost(#[from] Lost),
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
            LoginError::Lost(lost) => lost.into(),
            LoginError::Session(error) => error.into(),
            LoginError::Full(error) => error.into(),
        }
    }
}

impl LoginError {
    /// The WebSocket close code after the upgrade: policy violation, or try again later.
    pub(super) const fn close_code(&self) -> CloseCode {
        match self {
            Self::Token(_) | Self::Subject | Self::Lost(_) | Self::Session(_) => CloseCode::Refused,
            Self::Full(_) => CloseCode::NoRoom,
        }
    }
}

/// A verified token's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) session: SessionId,
    pub(super) claims: Claims,
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
        access::standing(app, &claims)?;
        match app.sessions.get(session) {
            Ok(_) | Err(SessionError::NotFound { .. }) => {}
            Err(error) => return Err(LoginError::Session(error)),
        }
        let user = claims.user.as_ref().unwrap_or(&claims.subject);
        Ok(Self {
            session,
            user: user.clone(),
            expires: claims.expires_at,
            claims,
        })
    }

    /// The same for the token of a CONNECT frame.
    pub(super) fn from_connect(app: &App, connect: &Connect) -> Result<Self, LoginError> {
        Self::verify(app, token_of(connect))
    }
}

/// The token of a CONNECT frame, whose headers keep the blanks that people write after the colon as in HTTP.
fn token_of(connect: &Connect) -> &str {
    let authorization = connect.authorization.as_deref().map(str::trim);
    let token = authorization.map(|value| match value.split_once([' ', '\t']) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => value,
    });
    token
        .or(connect.passcode.as_deref().map(str::trim))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_the_token_of_connect_do_not_count() {
        let connect = |authorization: Option<&str>, passcode: Option<&str>| {
            let mut connect = Connect::default();
            connect.authorization = authorization.map(str::to_owned);
            connect.passcode = passcode.map(str::to_owned);
            token_of(&connect).to_owned()
        };
        for value in [
            "Bearer x.y.z",
            " Bearer x.y.z",
            "bearer   x.y.z ",
            " x.y.z",
            "x.y.z",
        ] {
            assert_eq!(connect(Some(value), Some("other")), "x.y.z", "{value:?}");
        }
        assert_eq!(connect(None, Some(" x.y.z")), "x.y.z");
        assert_eq!(connect(None, None), "");
    }

    #[test]
    fn no_scope_is_left_for_a_session() {
        let full = || LoginError::from(ScopesFull { max: 1 });
        assert_eq!(full().close_code().number(), 1013);
        let response = Problem::from(full()).into_response("/ws");
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
    }
}
