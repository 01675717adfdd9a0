//! What another AI says of three body parts.

use hyper::StatusCode;
use squirret::{
    coach::Input,
    wire::{StatusAccepted, parse_status},
};

use super::{Answer, Call, access};
use crate::http::{self, read_json_body};

/// `POST /internal/ai/status`: from this machine, or with the internal key.
pub(super) async fn status(call: Call) -> Answer {
    let Call {
        app, request, peer, ..
    } = call;
    access::prove_internal(&app, request.headers(), peer.ip(), "set the AI status")?;
    let limits = &app.config.limits;
    let body = read_json_body(request, limits.max_body_bytes, limits.body_timeout).await?;
    let status = parse_status(&body)?;
    let scope = match status.session {
        Some(id) => {
            let session = app.sessions.get(id)?;
            app.scopes.of(access::scope_session(&app, &session)?)?
        }
        None => app.scopes.default_scope(),
    };
    scope.input(Input::AiStatus(status.status));
    Ok(http::json(StatusCode::OK, &StatusAccepted::new()))
}
