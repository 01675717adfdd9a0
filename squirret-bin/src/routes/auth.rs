//! Signing in: a guest's session becomes a user's.

use std::time::Duration;

use hyper::StatusCode;
use squirret::{
    archive::Person,
    wire::{SessionReply, UpgradeBody, parse_upgrade},
};

use uuid::Uuid;

use super::{Answer, Call, access};
use crate::{
    app::App,
    http::{self, Code, Problem},
    keys::Refusal,
};

/// `POST /auth/upgrade`.
pub(super) async fn upgrade(mut call: Call) -> Answer {
    let body = call.json().await?;
    let upgrade = parse_upgrade(&body)?;
    let app = &call.app;
    access::prove_for_upgrade(app, call.request.headers(), upgrade.session_id)?;
    let user_id = vouched_user(app, &upgrade).await?;
    let issued =
        app.sessions
            .upgrade(upgrade.session_id, user_id, &upgrade.email, app.clock.now())?;
    let person = Person::new(user_id.to_string(), Some(&upgrade.email));
    app.claim(issued.id, &person);
    app.store.lasting_if_possible().await;
    tracing::info!(session = %issued.id, "session upgraded");
    Ok(http::json(
        StatusCode::OK,
        &SessionReply::new(issued.id, issued.token.as_str()).with_user(user_id),
    ))
}

/// The user's id. With an identity provider, its token must say who the user is.
///
/// # Errors
/// 400 without a provider for an id that is no UUID, 401 without an ID token that counts, 403 with another user's, 503 while the provider's keys are not there.
async fn vouched_user(app: &App, upgrade: &UpgradeBody<'_>) -> Result<Uuid, Problem> {
    let Some(provider) = &app.provider else {
        return Ok(upgrade.user_uuid()?);
    };
    let unauthorized = |message: String| Problem::new(Code::Unauthorized, message);
    let token = upgrade
        .id_token
        .as_ref()
        .ok_or_else(|| unauthorized("idToken is required".into()))?;
    let told = provider
        .verify(token.as_str(), app.clock.now())
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
