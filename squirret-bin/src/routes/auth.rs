//! Signing in: a guest's session becomes a user's.

use hyper::StatusCode;
use squirret::wire::{SessionReply, parse_upgrade};

use super::{Answer, Call, access};
use crate::http::{self, read_json_body};

/// `POST /auth/upgrade`.
pub(super) async fn upgrade(call: Call) -> Answer {
    let Call { app, request, .. } = call;
    let headers = request.headers().clone();
    let limits = &app.config.limits;
    let body = read_json_body(request, limits.max_body_bytes, limits.body_timeout).await?;
    let upgrade = parse_upgrade(&body)?;
    access::prove(&app, &headers, upgrade.session_id)?;
    let issued = app.sessions.upgrade(
        upgrade.session_id,
        upgrade.user_id,
        &upgrade.email,
        app.clock.now(),
    )?;
    tracing::info!(session = %issued.id, "session upgraded");
    Ok(http::json(
        StatusCode::OK,
        &SessionReply::new(issued.id, issued.token.as_str()),
    ))
}
