//! Signing in: a guest's session becomes a user's.

use std::time::{Duration, Instant};

use hyper::StatusCode;
use squirret::{
    archive::{Person, WorkoutStore},
    session::{Owner, SessionId, StoreError},
    wire::{SessionReply, UpgradeBody, parse_upgrade},
};

use uuid::Uuid;

use super::{Answer, Call};
use crate::{
    access::{self, Action},
    app::App,
    config::AuthMode,
    http::{self, Code, Problem},
    keys::{Provider, Refusal},
};

/// `POST /auth/upgrade`.
pub(super) async fn upgrade(mut call: Call) -> Answer {
    let body = call.json().await?;
    let upgrade = parse_upgrade(&body)?;
    let app = &call.app;
    let headers = call.request.headers();
    let asks = access::prove(app, headers, upgrade.session_id, Action::SignIn)?;
    let keeps_users = app.provider.is_none() && app.config.auth.mode == AuthMode::Bearer;
    let id = upgrade.session_id;
    // Nobody else signs in between the look whether the user has an owner and the moment when they have one.
    let turn = app.grants.sign_ins.turn().await;
    let user = match &app.provider {
        Some(provider) => vouched_user(app, provider, &upgrade).await?,
        None => upgrade.user_uuid()?,
    };
    if keeps_users {
        prove_user(app, &upgrade, user).await?;
    }
    let before = app.sessions.find(id).map(|session| session.owner).ok();
    let issued = app
        .sessions
        .upgrade(id, user, &upgrade.email, app.clock.now())?;
    app.claim(id, &Person::new(user.to_string(), Some(&upgrade.email)));
    drop(turn);
    if before == Some(Owner::Guest) {
        if let Some(token) = &asks {
            app.grants.sign_ins.answered(id, token, Instant::now());
        }
        app.grants.owner_changed(&[id]);
    }
    app.store.lasting_if_possible().await;
    tracing::info!(session = %id, "session upgraded");
    let key = if keeps_users {
        user_key(app, user).await
    } else {
        None
    };
    let reply = SessionReply::new(id, issued.token.as_str()).with_user(user);
    let reply = match &key {
        Some(key) => reply.with_user_key(key),
        None => reply,
    };
    Ok(http::json(StatusCode::OK, &reply))
}

/// The user's id, as the token of the identity provider says.
///
/// # Errors
/// 401 without an ID token that counts, 403 with another user's, 503 while the provider's keys are not there.
async fn vouched_user(
    app: &App,
    provider: &Provider,
    upgrade: &UpgradeBody<'_>,
) -> Result<Uuid, Problem> {
    let unauthorized = |message: String| Problem::new(Code::Unauthorized, message);
    let token = upgrade
        .id_token
        .as_ref()
        .ok_or_else(|| unauthorized("idToken is required".into()))?;
    let told = provider
        .verify(token.as_str(), app.clock.stamp_now())
        .await
        .map_err(|refusal| match refusal {
            Refusal::NoKeys => Problem::new(Code::Overloaded, refusal.to_string())
                .retry_after(Duration::from_secs(30)),
            Refusal::Token(error) => unauthorized(format!("idToken: {error}")),
        })?;
    if told.vouches_for(&upgrade.user_id, &upgrade.email) {
        return Ok(provider.user_of(&told.subject));
    }
    Err(Problem::new(
        Code::Forbidden,
        "idToken does not vouch for this userId and email",
    ))
}

/// Without a provider, a user's id belongs to whoever signed in with it first: who comes later shows what the first
/// sign-in was answered, or a code of a phone that is signed in.
///
/// # Errors
/// 403 without such a proof, 503 while it cannot be looked up.
async fn prove_user(app: &App, upgrade: &UpgradeBody<'_>, user: Uuid) -> Result<(), Problem> {
    let is_users = |owner: &Owner| matches!(owner, Owner::User { user_id, .. } if *user_id == user);
    // Whoever holds the session's token is that user already.
    if app
        .sessions
        .find(upgrade.session_id)
        .is_ok_and(|session| is_users(&session.owner))
    {
        return Ok(());
    }
    let is_session = app.sessions.find(SessionId(user)).is_ok();
    let is_live = app.sessions.scope_of(&user.to_string())?.is_some();
    let known = app
        .store
        .with_workouts(move |store| known(store, SessionId(user)))
        .await?;
    if !is_session && !is_live && known == Known::Nobody {
        return Ok(());
    }
    if !is_session
        && let Some(code) = &upgrade.pairing_code
        && app
            .grants
            .pairings
            .redeem(user, code.as_str(), Instant::now())
    {
        return Ok(());
    }
    if let (Known::User { since }, Some(key)) = (known, &upgrade.user_key)
        && app
            .tokens
            .is_signed(&key_text(&user.to_string(), since), key.as_str())
    {
        return Ok(());
    }
    Err(Problem::new(
        Code::Forbidden,
        "userId belongs to somebody: userKey of their first sign-in, or pairingCode of a phone that is signed in, is \
         required",
    ))
}

/// Whose an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nobody,
    /// A user's, since then.
    User {
        since: i64,
    },
    /// A session's: nobody may take its name.
    Session,
}

fn known(store: &dyn WorkoutStore, id: SessionId) -> Result<Known, StoreError> {
    if let Some(since) = store.known_since(&id.to_string())? {
        return Ok(Known::User { since: since.0 });
    }
    let is_session = store.scope_of(id)? != id
        || store.owner_of(id)?.is_some()
        || store.session_end(id)?.is_some()
        || !store.workouts(id)?.is_empty();
    Ok(if is_session {
        Known::Session
    } else {
        Known::Nobody
    })
}

/// What proves the user when they sign in again; `None` while the store does not work.
async fn user_key(app: &App, user: Uuid) -> Option<String> {
    let user = user.to_string();
    let name = user.clone();
    let since = app
        .store
        .with_workouts(move |store| store.known_since(&name));
    let since = since.await.ok().flatten()?;
    app.tokens.sign_text(&key_text(&user, since.0)).ok()
}

/// What a user's key is the seal of. A user who was deleted and came back has another beginning.
fn key_text(user: &str, since: i64) -> String {
    format!("user key\n{user}\n{since}")
}
