//! Whose data a call is about, and whether the caller may touch it.

use std::{net::IpAddr, sync::Arc, time::Instant};

use hyper::{HeaderMap, Request};
use squirret::{
    auth::{Audience, Claims, VerifyError},
    session::{Owner, SessionError, SessionId, SessionRecord},
};

use uuid::Uuid;

use super::too_many;
use crate::{
    app::{App, is_secret},
    config::AuthMode,
    http::{self, Code, Problem, QueryPairs},
    metrics::Limit,
    proxy::is_proxied,
    scope::Scope,
};

/// Seconds after its end that a token still refreshes its session.
const REFRESH_GRACE_SECONDS: u32 = 300;

/// Reads a session's id from a path or a header.
///
/// # Errors
/// 404 `SESSION_NOT_FOUND` for what is no UUID: no such session can exist.
pub(crate) fn session_id(text: &str) -> Result<SessionId, Problem> {
    text.parse()
        .map_err(|_| Problem::new(Code::SessionNotFound, "sessionId does not name a session"))
}

/// Takes one request from what a session may ask, whoever asks.
///
/// # Errors
/// 429 when nothing is left.
pub(super) fn limit_session(app: &App, id: SessionId, now: Instant) -> Result<(), Problem> {
    let taken = app.limiter.session_request(id, now);
    taken.map_err(|wait| too_many(app, Limit::SessionRequests, wait))
}

/// Checks a token of either plane.
///
/// # Errors
/// 401 when it counts for neither.
pub(crate) fn verify(app: &App, token: &str, grace_seconds: u32) -> Result<Claims, Problem> {
    let now = app.clock.now();
    match app
        .tokens
        .verify_expired(token, Audience::StompWs, now, grace_seconds)
    {
        Err(VerifyError::Audience { .. }) => {
            Ok(app
                .tokens
                .verify_expired(token, Audience::InferenceWs, now, grace_seconds)?)
        }
        verified => Ok(verified?),
    }
}

/// Under `bearer`, the caller must hold this session's token.
///
/// # Errors
/// 401 without a token that counts, 403 with another session's, or with one from before its user signed in.
pub(super) fn prove(app: &App, headers: &HeaderMap, id: SessionId) -> Result<(), Problem> {
    prove_with(app, headers, id, 0)
}

/// The same for signing in, where the guest's token counts: its first answer may have been lost on the way.
///
/// # Errors
/// 401 without a token that counts, 403 with another session's.
pub(super) fn prove_for_upgrade(
    app: &App,
    headers: &HeaderMap,
    id: SessionId,
) -> Result<(), Problem> {
    match app.config.auth.mode {
        AuthMode::Open => Ok(()),
        AuthMode::Bearer => own_token(app, headers, id, 0).map(drop),
    }
}

/// Under `bearer`, who starts an inference session for a person must be that person: hold the token of the guest's
/// session of this id, or one that names this user. Names that cannot be an id mean nobody, now and later.
///
/// # Errors
/// 401 without a token that counts, 403 with somebody else's.
pub(super) fn prove_person(app: &App, headers: &HeaderMap, user_id: &str) -> Result<(), Problem> {
    let Ok(person) = Uuid::try_parse(user_id) else {
        return Ok(());
    };
    if app.config.auth.mode == AuthMode::Open {
        return Ok(());
    }
    let claims = verify(app, shown_token(headers)?, 0)?;
    let is_person = |text: &str| Uuid::try_parse(text).is_ok_and(|id| id == person);
    // An inference token's user is what its caller once said, so only the app's own token counts.
    let own = claims.audience == Audience::StompWs
        && (is_person(&claims.subject) || claims.user.as_deref().is_some_and(is_person));
    if !own {
        return Err(Problem::new(
            Code::Forbidden,
            "the token belongs to somebody else than userId",
        ));
    }
    match app.sessions.get(session_id(&claims.subject)?) {
        Ok(session) => still_counts(app, &session, &claims),
        // Made before a restart: its token is good.
        Err(SessionError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The same for a refresh, whose token may have ended a little ago.
///
/// # Errors
/// As [`prove`].
pub(super) fn prove_for_refresh(
    app: &App,
    headers: &HeaderMap,
    id: SessionId,
) -> Result<(), Problem> {
    prove_with(app, headers, id, REFRESH_GRACE_SECONDS)
}

fn prove_with(
    app: &App,
    headers: &HeaderMap,
    id: SessionId,
    grace_seconds: u32,
) -> Result<(), Problem> {
    if app.config.auth.mode == AuthMode::Open {
        return Ok(());
    }
    let claims = own_token(app, headers, id, grace_seconds)?;
    match app.sessions.find(id) {
        Ok(session) => still_counts(app, &session, &claims),
        // Whoever asks next says that there is none.
        Err(SessionError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What the token of this session says.
fn own_token(
    app: &App,
    headers: &HeaderMap,
    id: SessionId,
    grace_seconds: u32,
) -> Result<Claims, Problem> {
    let claims = verify(app, shown_token(headers)?, grace_seconds)?;
    if claims.subject == id.to_string() {
        Ok(claims)
    } else {
        Err(Problem::new(
            Code::Forbidden,
            "the token belongs to another session",
        ))
    }
}

fn shown_token(headers: &HeaderMap) -> Result<&str, Problem> {
    http::bearer(headers).ok_or_else(|| {
        Problem::new(
            Code::Unauthorized,
            "authorization must be Bearer and the session's token",
        )
    })
}

/// Under `bearer`, a guest's token ends when a user signs in: whoever started the session does not come along.
///
/// # Errors
/// 403 for a token that does not name the session's user.
pub(crate) fn still_counts(
    app: &App,
    session: &SessionRecord,
    claims: &Claims,
) -> Result<(), Problem> {
    let user = match &session.owner {
        Owner::User { user_id, .. } => user_id.to_string(),
        _ => return Ok(()),
    };
    if app.config.auth.mode == AuthMode::Open || claims.user.as_deref() == Some(&user) {
        return Ok(());
    }
    Err(Problem::new(
        Code::Forbidden,
        "the token is from before the session's user signed in",
    ))
}

/// The session whose scope holds the data of this one: an inference session's belong to the person it works for.
pub(crate) fn scope_session(app: &App, session: &SessionRecord) -> Result<SessionId, Problem> {
    match &session.owner {
        Owner::Inference { user_id } => Ok(app.sessions.scope_of(user_id)?.unwrap_or(session.id)),
        _ => Ok(session.id),
    }
}

/// The scope that a reading call sees: `?sessionId=`, else the bearer token's session, else `default`. `insole`: it
/// reads insole data only.
///
/// # Errors
/// 404 for an unknown session, 401 and 403 as [`prove`].
pub(super) fn scope_to_read(
    app: &App,
    headers: &HeaderMap,
    query: QueryPairs<'_>,
    insole: bool,
    now: Instant,
) -> Result<Arc<Scope>, Problem> {
    let id = match (query.get("sessionId"), http::bearer(headers)) {
        (Some(id), _) => {
            let id = session_id(&id)?;
            prove(app, headers, id)?;
            id
        }
        (None, Some(token)) => {
            let claims = verify(app, token, 0)?;
            let session = app.sessions.find(session_id(&claims.subject)?)?;
            still_counts(app, &session, &claims)?;
            session.id
        }
        (None, None) => return default_scope(app),
    };
    limit_session(app, id, now)?;
    let session = app.sessions.find(id)?;
    Ok(app.scopes.seen_by(scope_session(app, &session)?, insole))
}

fn default_scope(app: &App) -> Result<Arc<Scope>, Problem> {
    if app.config.auth.mode == AuthMode::Bearer && !app.scopes.shares_default() {
        return Err(Problem::new(
            Code::Unauthorized,
            "sessionId or a session's token is required",
        ));
    }
    Ok(app.scopes.default_scope())
}

/// The scope that data of a named session, or of a device, go to; `None` in both is `default`.
///
/// # Errors
/// 404 and 410 for sessions that are not there or over, 401 and 403 as [`prove`], `DEVICE_NOT_BOUND` for a device of
/// no session while `default` is not shared.
pub(super) fn scope_to_write(
    app: &App,
    headers: &HeaderMap,
    session: Option<SessionId>,
    device: Option<&str>,
) -> Result<Arc<Scope>, Problem> {
    let id = match (session, device) {
        (Some(id), _) => {
            prove(app, headers, id)?;
            Some(id)
        }
        (None, Some(device)) => app.scopes.of_device(device),
        (None, None) => None,
    };
    if let Some(id) = id {
        let session = app.sessions.get(id)?;
        return Ok(app.scopes.of(scope_session(app, &session)?)?);
    }
    if app.scopes.shares_default() {
        return Ok(app.scopes.default_scope());
    }
    let message = match device {
        Some(_) => "deviceId is bound to no session",
        None => "sessionId or a bound deviceId is required",
    };
    Err(Problem::new(Code::DeviceNotBound, message))
}

/// Admits internal callers. Where `auth.internal_key` is set, they send it, from wherever they call. Without a key they
/// call from this machine, directly: what a proxy carried over loopback comes from somebody else.
///
/// # Errors
/// 403 for all others.
pub(super) fn prove_internal<B>(
    app: &App,
    request: &Request<B>,
    peer: IpAddr,
    what: &str,
) -> Result<(), Problem> {
    let given = http::header(request.headers(), http::INTERNAL_KEY);
    let refusal = match (&app.config.auth.internal_key, given) {
        (Some(key), Some(given)) if is_secret(given, key) => return Ok(()),
        (Some(_), _) => format!("X-Internal-Key must be the internal key to {what}"),
        (None, Some(_)) => "X-Internal-Key was sent, and auth.internal_key is not set".to_owned(),
        (None, None) if !peer.to_canonical().is_loopback() => {
            format!("only this machine may {what} while auth.internal_key is not set")
        }
        (None, None) if is_proxied(request.version(), request.headers()) => format!(
            "this request came through a proxy or names another host: set auth.internal_key and send \
             X-Internal-Key to {what}"
        ),
        (None, None) => return Ok(()),
    };
    Err(Problem::new(Code::Forbidden, refusal))
}
