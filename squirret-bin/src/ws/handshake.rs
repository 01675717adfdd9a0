//! From an HTTP request to a WebSocket (RFC 6455 section 4.2).

use super::socket::{Socket, SocketLimits};
use crate::{
    http::{Body, Code, Problem, QueryPairs, bearer, header},
    limits::ConnectionPermits,
    shutdown::Shutdown,
};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{
        CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
    upgrade::OnUpgrade,
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A peer must take the answer to its handshake within this.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// Characters of a key: 16 bytes in base64.
const KEY_CHARS: usize = 24;

/// A handshake that is in order: answer with `response`, then wait for the socket.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) response: Response<Body>,
    upgrade: OnUpgrade,
    places: Option<Arc<ConnectionPermits>>,
}

impl Handshake {
    /// Checks a request. Of the subprotocols that it offers the first in `protocols` is echoed; none, if it offers
    /// none of them.
    pub(crate) fn new(
        request: &mut Request<Incoming>,
        protocols: &[&'static str],
    ) -> Result<Self, Problem> {
        let key = check(request.method(), request.headers())?;
        let mut response = Response::new(Body::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        let accept = derive_accept_key(key.as_bytes());
        headers.insert(
            SEC_WEBSOCKET_ACCEPT,
            HeaderValue::try_from(accept).map_err(|_| Problem::internal())?,
        );
        if let Some(protocol) = choose(request.headers(), protocols) {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
        }
        let places = request
            .extensions()
            .get::<Arc<ConnectionPermits>>()
            .cloned();
        Ok(Self {
            response,
            upgrade: hyper::upgrade::on(request),
            places,
        })
    }

    /// Starts `task` with the socket once the answer has gone out, and gives the answer. The connection keeps its
    /// place among the connections until `task` ends.
    pub(crate) fn start<F>(
        self,
        shutdown: &Shutdown,
        limits: SocketLimits,
        task: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response<Body>
    where
        F: Future<Output = ()> + Send,
    {
        let Self {
            response,
            upgrade,
            places,
        } = self;
        shutdown.spawn(async move {
            let _places = places;
            match timeout(UPGRADE_TIMEOUT, upgrade).await {
                Ok(Ok(upgraded)) => task(Socket::new(upgraded, limits)).await,
                Ok(Err(error)) => tracing::debug!(%error, "upgrade"),
                Err(_) => tracing::debug!("upgrade timed out"),
            }
        });
        response
    }
}

/// The key of a request that asks for a WebSocket in the right way.
fn check<'a>(method: &Method, headers: &'a HeaderMap) -> Result<&'a str, Problem> {
    let refuse = |message: &str| Err(Problem::new(Code::ValidationError, message));
    if method != Method::GET {
        return Err(Problem::method_not_allowed("GET"));
    }
    if !has_token(headers, "upgrade", "websocket") || !has_token(headers, "connection", "upgrade") {
        return refuse(
            "this path is a WebSocket: Upgrade must be websocket and Connection must be Upgrade",
        );
    }
    if header(headers, SEC_WEBSOCKET_VERSION.as_str()) != Some("13") {
        return refuse("Sec-WebSocket-Version must be 13");
    }
    match header(headers, "sec-websocket-key") {
        Some(key)
            if key.len() == KEY_CHARS && base64_simd::STANDARD.check(key.as_bytes()).is_ok() =>
        {
            Ok(key)
        }
        _ => refuse("Sec-WebSocket-Key must be 16 bytes in base64"),
    }
}

/// Whether a header that is a list has this element.
fn has_token(headers: &HeaderMap, name: &str, token: &str) -> bool {
    tokens(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

fn choose(headers: &HeaderMap, protocols: &[&'static str]) -> Option<&'static str> {
    protocols.iter().copied().find(|known| {
        tokens(headers, SEC_WEBSOCKET_PROTOCOL.as_str()).any(|offered| offered == *known)
    })
}

fn tokens<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let values = headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// The token of a request: `?token=`, else `Authorization: Bearer`.
pub(crate) fn token(request: &Request<Incoming>) -> Option<String> {
    let query = QueryPairs::new(request.uri().query()).get("token");
    query
        .or_else(|| bearer(request.headers()).map(str::to_owned))
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    const GOOD: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn a_handshake_needs_each_of_its_parts() {
        assert_eq!(
            check(&Method::GET, &headers(&GOOD)).unwrap(),
            "dGhlIHNhbXBsZSBub25jZQ=="
        );
        assert_eq!(
            check(&Method::POST, &headers(&GOOD)).unwrap_err().code(),
            Code::MethodNotAllowed
        );
        for missing in 0..GOOD.len() {
            let mut pairs = GOOD.to_vec();
            pairs.remove(missing);
            assert_eq!(
                check(&Method::GET, &headers(&pairs)).unwrap_err().code(),
                Code::ValidationError
            );
        }
        for (name, value) in [
            ("sec-websocket-key", "short"),
            ("sec-websocket-version", "8"),
            ("upgrade", "h2c"),
        ] {
            let pairs = GOOD.map(|pair| if pair.0 == name { (name, value) } else { pair });
            assert!(
                check(&Method::GET, &headers(&pairs)).is_err(),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn a_subprotocol_is_chosen_only_from_what_is_offered() {
        let known = ["v12.stomp", "v11.stomp", "v10.stomp"];
        let chosen =
            |offer: &'static str| choose(&headers(&[("sec-websocket-protocol", offer)]), &known);
        assert_eq!(chosen("v10.stomp, v11.stomp, v12.stomp"), Some("v12.stomp"));
        assert_eq!(chosen("v11.stomp,other"), Some("v11.stomp"));
        assert_eq!(chosen("other"), None);
        assert_eq!(choose(&HeaderMap::new(), &known), None);
    }
}
