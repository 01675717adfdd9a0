//! The rules: which proof a call needs, and whose data it is about.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::{HeaderMap, Request};
use squirret::{
    auth::{Audience, Claims, Role},
    session::{Owner, SessionError, SessionId, SessionRecord},
};
use uuid::Uuid;

use super::actor::{signed, standing, verify};
use crate::{
    app::App,
    config::AuthMode,
    fanout::StreamKind,
    http::{self, Code, Problem, QueryPairs},
    metrics::Limit,
    proxy::is_proxied,
    scope::Scope,
};

/// Seconds after its end that a token still refreshes its session.
const REFRESH_GRACE_SECONDS: u32 = 300;

/// How old the noted time of a session's last use may be, ms.
const USE_GRAIN: i64 = 60_000;

/// What somebody wants to do with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Read, write, bind, finish.
    Use,
    /// Get a fresh token.
    Refresh,
    /// Make it a user's.
    SignIn,
}

/// The refusal of a rate limit, counted.
pub(crate) fn too_many(app: &App, limit: Limit, wait: Duration) -> Problem {
    app.metrics.limit_hit(limit);
    let what = limit.label().replace('_', " ");
    let message = format!("too many {what}, try again in {:.1} s", wait.as_secs_f64());
    Problem::new(Code::RateLimited, message).retry_after(wait)
}

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
pub(crate) fn limit_session(app: &App, id: SessionId, now: Instant) -> Result<(), Problem> {
    let taken = app.limiter.session_request(id, now);
    taken.map_err(|wait| too_many(app, Limit::SessionRequests, wait))
}

/// The caller must hold this session's token, where the mode asks for it: under `bearer` for everything, under `open`
/// for a refresh. What the token said is returned, if one was asked for.
///
/// # Errors
/// 401 without a token that counts, 403 with another session's, or with one from before its user signed in.
pub(crate) fn prove(
    app: &App,
    headers: &HeaderMap,
    id: SessionId,
    action: Action,
) -> Result<Option<Claims>, Problem> {
    let is_open = app.config.auth.mode == AuthMode::Open;
    let grace_seconds = match action {
        Action::Refresh if is_open && is_anybodys(app, id) => return Ok(None),
        Action::Refresh => REFRESH_GRACE_SECONDS,
        Action::Use | Action::SignIn if is_open => return Ok(None),
        Action::Use | Action::SignIn => 0,
    };
    let claims = signed(app, shown_token(headers)?, grace_seconds)?;
    if claims.subject != id.to_string() {
        return Err(Problem::new(
            Code::Forbidden,
            "the token belongs to another session",
        ));
    }
    match standing(app, &claims) {
        Err(_) if action == Action::SignIn && may_ask_again(app, id, &claims) => {}
        standing => standing?,
    }
    Ok(Some(claims))
}

/// The original refreshes an inference session without any token: that goes on while nobody signed in for it. One that
/// is not there is told so.
fn is_anybodys(app: &App, id: SessionId) -> bool {
    app.sessions.find(id).map_or(true, |session| {
        matches!(session.owner, Owner::Inference { .. }) && !app.sessions.works_for_user(&session)
    })
}

/// The answer to a sign-in may have been lost. With an identity provider it is the ID token that vouches for the user.
fn may_ask_again(app: &App, id: SessionId, claims: &Claims) -> bool {
    let vouched = app.provider.is_some() && app.sessions.find(id).is_ok();
    vouched
        || app
            .grants
            .sign_ins
            .may_ask_again(id, claims, Instant::now())
}

/// Under `bearer`, who starts an inference session for a person must be that person: hold the token of the guest's
/// session of this id, or one that names this user. Names that cannot be an id mean nobody, now and later.
///
/// # Errors
/// 401 without a token that counts, 403 with somebody else's.
pub(crate) fn prove_person(app: &App, headers: &HeaderMap, user_id: &str) -> Result<(), Problem> {
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
        // One that is not there was made before a restart: its token is good.
        Ok(_) | Err(SessionError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The person that a path names, if it is who calls: a signed-in user by their id, a guest by their session's.
///
/// # Errors
/// 401 without a token that counts, 403 with another's.
pub(crate) fn own_person(app: &App, headers: &HeaderMap, id: &str) -> Result<String, Problem> {
    let token = http::bearer(headers).ok_or_else(|| {
        Problem::new(
            Code::Unauthorized,
            "authorization must be Bearer and a token of this user",
        )
    })?;
    let claims = verify(app, token, 0)?;
    let own = match claims.role {
        Role::User => claims.user,
        // A guest's until a user signs in, whatever the mode.
        Role::Guest if !is_signed_in(app, &claims.subject) => Some(claims.subject),
        // Anybody may start an inference session in somebody's name.
        _ => None,
    };
    own.filter(|own| own.eq_ignore_ascii_case(id))
        .ok_or_else(|| Problem::new(Code::Forbidden, "the token belongs to another user"))
}

fn is_signed_in(app: &App, session: &str) -> bool {
    let session = session
        .parse()
        .ok()
        .and_then(|id| app.sessions.find(id).ok());
    session.is_some_and(|session| matches!(session.owner, Owner::User { .. }))
}

fn shown_token(headers: &HeaderMap) -> Result<&str, Problem> {
    http::bearer(headers).ok_or_else(|| {
        Problem::new(
            Code::Unauthorized,
            "authorization must be Bearer and the session's token",
        )
    })
}

/// The session whose scope holds the data of this one: an inference session's belong to the person it works for.
pub(crate) fn scope_session(app: &App, session: &SessionRecord) -> Result<SessionId, Problem> {
    match &session.owner {
        Owner::Inference { user_id } => Ok(app.sessions.scope_of(user_id)?.unwrap_or(session.id)),
        _ => Ok(session.id),
    }
}

/// The scope that a reading call sees: `?sessionId=`, else the bearer token's session, else `default`.
/// `stream`: the data that it reads.
///
/// # Errors
/// 404 for an unknown session, 401 and 403 as [`prove`].
pub(crate) fn scope_to_read(
    app: &App,
    headers: &HeaderMap,
    query: QueryPairs<'_>,
    stream: StreamKind,
    now: Instant,
) -> Result<Arc<Scope>, Problem> {
    let id = match (query.get("sessionId"), http::bearer(headers)) {
        (Some(id), _) => {
            let id = session_id(&id)?;
            prove(app, headers, id, Action::Use)?;
            id
        }
        (None, Some(token)) => {
            let claims = verify(app, token, 0)?;
            app.sessions.find(session_id(&claims.subject)?)?.id
        }
        (None, None) => return default_scope(app),
    };
    limit_session(app, id, now)?;
    let session = app.sessions.find(id)?;
    note_use(app, &session);
    Ok(app.scopes.seen_by(scope_session(app, &session)?, stream))
}

/// Records that a session is in use, at most each minute.
fn note_use(app: &App, session: &SessionRecord) {
    let now = app.clock.now();
    if !session.used || now.since(session.last_seen) >= USE_GRAIN {
        // One that is finished may be read, but is used no more.
        let _ = app.sessions.touch(session.id, now);
    }
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
pub(crate) fn scope_to_write(
    app: &App,
    headers: &HeaderMap,
    session: Option<SessionId>,
    device: Option<&str>,
) -> Result<Arc<Scope>, Problem> {
    let id = match (session, device) {
        (Some(id), _) => {
            prove(app, headers, id, Action::Use)?;
            Some(id)
        }
        (None, Some(device)) => app.scopes.of_device(device),
        (None, None) => None,
    };
    if let Some(id) = id {
        let session = app.sessions.get(id)?;
        note_use(app, &session);
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
pub(crate) fn prove_internal<B>(
    app: &App,
    request: &Request<B>,
    peer: IpAddr,
    what: &str,
) -> Result<(), Problem> {
    let given = http::header(request.headers(), http::INTERNAL_KEY);
    let refusal = match (&app.config.auth.internal_key, given) {
        (Some(key), Some(given)) if key.matches(given) => return Ok(()),
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
