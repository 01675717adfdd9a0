//! `/ws` of the control plane: STOMP over a WebSocket.

mod connection;
mod login;

use crate::{
    app::App,
    http::{Body, Problem, QueryPairs, language},
    ws::{
        handshake::{self, Handshake},
        socket::SocketLimits,
    },
};
use connection::Connection;
use hyper::{Request, Response, body::Incoming, header::ACCEPT_LANGUAGE};
use login::Login;
use std::sync::Arc;

/// What is echoed of the subprotocols that a client offers, best first.
const PROTOCOLS: [&str; 3] = ["v12.stomp", "v11.stomp", "v10.stomp"];
/// A connection mostly listens: what it sends is short.
const READ_BUFFER: usize = 1024;

/// Answers the upgrade to STOMP, or says why not.
///
/// A token in the request is checked here. Without one the connection has until its CONNECT frame to show it; a
/// request that is no handshake at all is told about the token first.
pub(crate) fn upgrade(
    app: &Arc<App>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let token = handshake::token(&request);
    let handshake = match (Handshake::new(&mut request, &PROTOCOLS), &token) {
        (Err(_), None) => return Err(squirret::auth::VerifyError::Missing.into()),
        (handshake, _) => handshake,
    };
    let login = token.map(|token| Login::verify(app, &token)).transpose()?;
    let handshake = handshake?;
    let query = QueryPairs::new(request.uri().query());
    let asks = query.get("lang").is_some() || request.headers().contains_key(ACCEPT_LANGUAGE);
    let language =
        asks.then(|| language(query, request.headers(), app.config.server.language.into()));
    // One message may hold several frames, or the end of one and the next.
    let max_message_bytes = app.config.stomp.max_frame_bytes.saturating_mul(2);
    let limits = SocketLimits {
        read_buffer: READ_BUFFER,
        max_message_bytes,
    };
    let own = Arc::clone(app);
    Ok(
        handshake.start(&app.shutdown, limits, move |socket| async move {
            Connection::run(own, socket, login, language).await;
        }),
    )
}
