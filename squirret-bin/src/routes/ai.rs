//! What another AI says of three body parts.

use hyper::StatusCode;
use squirret::{
    coach::Input,
    wire::{StatusAccepted, parse_status},
};

use super::{Answer, Call};
use crate::{access, http};

/// `POST /internal/ai/status`: from this machine, or with the internal key.
pub(super) async fn status(mut call: Call) -> Answer {
    let peer = call.peer.ip();
    access::prove_internal(&call.app, &call.request, peer, "set the AI status")?;
    let body = call.json().await?;
    let app = &call.app;
    let status = parse_status(&body)?;
    let scope = match status.session {
        Some(id) => {
            let session = app.sessions.get(id)?;
            app.scopes.of(access::scope_session(app, &session)?)?
        }
        None => app.scopes.default_scope(),
    };
    scope.input(Input::AiStatus(status.status));
    Ok(http::json(StatusCode::OK, &StatusAccepted::new()))
}
