//! Who calls: what a token says, and whether it still counts.

use squirret::{
    auth::{Audience, Claims, VerifyError},
    session::SessionId,
};

use crate::{
    app::App,
    config::AuthMode,
    http::{Code, Problem},
};

/// Why a token that was good counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// Its session, or its user, was deleted.
    #[error("the token's session was deleted")]
    Deleted,
    /// A user has signed in since it was issued.
    #[error("the token is from before the session's user signed in")]
    SignedIn,
}

impl From<Lost> for Problem {
    fn from(lost: Lost) -> Self {
        let code = match lost {
            Lost::Deleted => Code::Unauthorized,
            Lost::SignedIn => Code::Forbidden,
        };
        Self::new(code, lost.to_string())
    }
}

/// Checks a token of either plane.
///
/// # Errors
/// 401 when it counts for neither or its session was deleted, 403 when its session's user signed in since.
pub(crate) fn verify(app: &App, token: &str, grace_seconds: u32) -> Result<Claims, Problem> {
    let claims = signed(app, token, grace_seconds)?;
    standing(app, &claims)?;
    Ok(claims)
}

/// Checks a token of one plane.
///
/// # Errors
/// As [`verify`].
pub(crate) fn verify_for(app: &App, token: &str, audience: Audience) -> Result<Claims, Problem> {
    let claims = app.tokens.verify(token, audience, app.clock.now())?;
    standing(app, &claims)?;
    Ok(claims)
}

/// What a token of either plane says, whether or not it still counts.
///
/// # Errors
/// 401 when it was never good, or has ended.
pub(super) fn signed(app: &App, token: &str, grace_seconds: u32) -> Result<Claims, VerifyError> {
    let now = app.clock.now();
    let of = |audience| {
        app.tokens
            .verify_expired(token, audience, now, grace_seconds)
    };
    match of(Audience::StompWs) {
        Err(VerifyError::Audience { .. }) => of(Audience::InferenceWs),
        verified => verified,
    }
}

/// Whether what a good token says still holds. A session that this process does not know was made before a restart, or
/// by the control plane of another process.
///
/// # Errors
/// [`Lost`].
pub(crate) fn standing(app: &App, claims: &Claims) -> Result<(), Lost> {
    let Ok(id) = claims.subject.parse::<SessionId>() else {
        return Ok(());
    };
    if app.grants.deleted.ends(id, claims) {
        return Err(Lost::Deleted);
    }
    if app.config.auth.mode == AuthMode::Open {
        return Ok(());
    }
    let user = claims.user.as_deref();
    match app.sessions.find(id) {
        Ok(session) if !app.sessions.is_current(&session, user) => Err(Lost::SignedIn),
        _ => {
            if claims.audience == Audience::StompWs && user.is_some() {
                app.grants.sign_ins.arrived(id);
            }
            Ok(())
        }
    }
}
