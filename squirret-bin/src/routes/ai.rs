//! What another AI says of three body parts.

use hyper::{HeaderMap, StatusCode};
use squirret::{
    coach::Input,
    wire::{StatusAccepted, parse_status},
};

use super::{Answer, Call, access};
use crate::{
    app::{App, is_secret},
    http::{self, Code, Problem, read_json_body},
};

/// `POST /internal/ai/status`: from this machine, or with the internal key.
pub(super) async fn status(call: Call) -> Answer {
    let Call {
        app, request, peer, ..
    } = call;
    if !is_internal(&app, request.headers(), peer.ip()) {
        let message = "only this machine or a caller with X-Internal-Key may set the AI status";
        return Err(Problem::new(Code::Forbidden, message));
    }
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

/// A key, when one is configured and sent, counts from anywhere; else the peer must be this machine, and not a proxy
/// that speaks for another.
fn is_internal(app: &App, headers: &HeaderMap, peer: std::net::IpAddr) -> bool {
    match (
        http::header(headers, "x-internal-key"),
        &app.config.auth.internal_key,
    ) {
        (Some(given), Some(key)) => is_secret(given, key),
        (Some(_), None) => false,
        (None, _) => {
            let proxied = ["forwarded", "x-forwarded-for", "x-real-ip"]
                .iter()
                .any(|name| headers.contains_key(*name));
            peer.to_canonical().is_loopback() && !proxied
        }
    }
}
