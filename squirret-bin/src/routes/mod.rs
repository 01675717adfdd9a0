//! Every path of both planes: which handler answers it, and what all answers have in common.

mod ai;
mod auth;
mod fsr;
mod link;
mod ops;
mod page;
mod report;
mod route;
mod sessions;
mod usage;
mod user;
mod workouts;

use std::{
    convert::Infallible,
    future::Future,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::Full;
use hyper::{
    Method, Request, Response,
    body::{Body as _, Incoming},
    header::ORIGIN,
    service::Service,
};
use tower::{Layer, ServiceExt, service_fn};
use tracing::Instrument;

use crate::{
    access::{self, too_many},
    app::App,
    http::{self, Body, Code, IdleTracker, Problem, RequestId},
    limits::{self, ConnectionPermit, ConnectionPermits, HandshakeLimit, jitter},
    metrics::Limit,
    plane::Plane,
    proxy::Target,
};

use route::{Action, Route};

/// Clients that connect at once, and too many of them, return spread over this.
const RETURN_SPREAD: Duration = Duration::from_secs(3);

/// A handler's answer.
type Answer = Result<Response<Body>, Problem>;

/// One request on its way to its handler.
#[derive(Debug)]
pub(crate) struct Call {
    /// Everything.
    pub(crate) app: Arc<App>,
    /// Where it came in.
    pub(crate) plane: Plane,
    /// Who is at the other end of the connection.
    pub(crate) peer: SocketAddr,
    /// Who asks: the peer, or the client of a trusted proxy.
    pub(crate) client: IpAddr,
    /// Its connection's place among all.
    pub(crate) place: Arc<ConnectionPermit>,
    /// When its head was there.
    pub(crate) received: Instant,
    /// The request; its body is not read yet.
    pub(crate) request: Request<Incoming>,
}

impl Call {
    /// Where the client sent this request: to a trusted proxy, if one says so.
    fn target(&self) -> Target {
        let headers = self.request.headers();
        if limits::is_trusted(self.peer.ip(), &self.app.config.server.trusted_proxies) {
            Target::of_proxy(headers)
        } else {
            Target::direct(headers)
        }
    }

    /// The whole body, when it is JSON, within the configured limits.
    async fn json(&mut self) -> Result<Bytes, Problem> {
        let limits = &self.app.config.limits;
        let (max, patience) = (limits.max_body_bytes, limits.body_timeout);
        http::read_json_body(&mut self.request, max, patience).await
    }
}

/// What serves one connection.
pub(crate) fn service(
    app: Arc<App>,
    plane: Plane,
    peer: SocketAddr,
    place: Arc<ConnectionPermit>,
    idle: Arc<IdleTracker>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> {
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let idle = Arc::clone(&idle);
        idle.begin();
        let has_body = !request.body().is_end_stream();
        let trusted = &app.config.server.trusted_proxies;
        // On the heap, as it is handed on many times.
        let call = Box::new(Call {
            app: Arc::clone(&app),
            plane,
            peer,
            client: limits::client(peer.ip(), request.headers(), trusted),
            place: Arc::clone(&place),
            received: Instant::now(),
            request,
        });
        serve(call).map(move |response| {
            let status = response.status();
            if has_body && (status.is_client_error() || status.is_server_error()) {
                idle.leave_unread();
            }
            idle.end();
            Ok(response)
        })
    })
}

/// Browsers of other origins are let in by the rules for them; nobody else says `Origin`.
async fn serve(call: Box<Call>) -> Response<Body> {
    if call.request.headers().contains_key(ORIGIN) {
        // On the heap: the future of every call has room for the largest, and is moved about.
        Box::pin(serve_other_origin(call)).await
    } else {
        answer(call).await
    }
}

async fn serve_other_origin(call: Box<Call>) -> Response<Body> {
    let Call {
        app,
        plane,
        peer,
        client,
        place,
        received,
        request,
    } = *call;
    let cors = app.doors.cors();
    let handle = service_fn(move |request| {
        let call = Box::new(Call {
            app: Arc::clone(&app),
            plane,
            peer,
            client,
            place: Arc::clone(&place),
            received,
            request,
        });
        answer(call).map(Ok::<_, Infallible>)
    });
    match cors.layer(handle).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Answers one request whatever happens: panics become 500, HEAD loses its body, every answer carries its id.
async fn answer(call: Box<Call>) -> Response<Body> {
    let id = RequestId::of(call.request.headers());
    let (app, received) = (Arc::clone(&call.app), call.received);
    let method = call.request.method().clone();
    // Its text is shared, not copied.
    let uri = call.request.uri().clone();
    let path = uri.path();
    let route = Route::of(call.plane, path);
    let span = tracing::debug_span!("request", id = id.as_str(), method = method.as_str(), path);
    let handled = AssertUnwindSafe(dispatch(call, route, path))
        .catch_unwind()
        .instrument(span.clone())
        .await;
    let mut response = span.in_scope(|| respond(handled, path));
    if method == Method::HEAD {
        *response.body_mut() = Full::default();
    }
    let method = known_method(&method);
    app.metrics.answered(
        route.spec.path,
        method,
        response.status(),
        received.elapsed(),
    );
    response
        .headers_mut()
        .insert(http::REQUEST_ID, id.into_value());
    response
}

/// The response to what a handler came to.
fn respond(handled: std::thread::Result<Answer>, path: &str) -> Response<Body> {
    match handled {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => {
            let (code, message) = (problem.code().as_str(), problem.message());
            tracing::debug!(code, message, "refused");
            problem.into_response(path)
        }
        Err(_) => {
            tracing::error!("a handler panicked");
            Problem::internal().into_response(path)
        }
    }
}

/// A metrics label that strangers cannot multiply.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

async fn dispatch(call: Box<Call>, route: Route<'_>, path: &str) -> Answer {
    check_browser(&call, route)?;
    if route.spec.is_limited() {
        let waited = call.app.limiter.request(call.client, call.received);
        waited.map_err(|wait| too_many(&call.app, Limit::Requests, wait))?;
    }
    if let Some(Ok(id)) = route.session().map(str::parse) {
        access::limit_session(&call.app, id, call.received)?;
    }
    match route.spec.action(call.request.method()) {
        Some(Action::Upload) => fsr::upload(call).await,
        Some(Action::Handler(handler)) => handler(*call, route.param.to_owned()).await,
        Some(Action::Socket(upgrade)) => {
            let (app, request) = socket(*call)?;
            upgrade(&app, request, route.param)
        }
        None => match route.spec.allow() {
            none if none.is_empty() => Err(Problem::no_route(path)),
            allow => Err(Problem::method_not_allowed(allow)),
        },
    }
}

/// What a page of another site makes a browser send ends here, before it costs anybody's budget.
fn check_browser(call: &Call, route: Route<'_>) -> Result<(), Problem> {
    let (doors, request) = (&call.app.doors, &call.request);
    let proxies = &call.app.config.server.trusted_proxies;
    doors.check_host(request, limits::is_trusted(call.peer.ip(), proxies))?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    if (reads && !route.spec.is_socket()) || !headers.contains_key(ORIGIN) {
        return Ok(()); // a browser shows the answer to nobody who may not read it
    }
    doors.check_origin(headers, call.target().authority())
}

/// A request that becomes a socket takes its connection's place along. When too many come at once, they are sent away
/// here, before a token is checked or anything else is paid for.
fn socket(call: Call) -> Result<(Arc<App>, Request<Incoming>), Problem> {
    let Call {
        app,
        place,
        client,
        received,
        mut request,
        ..
    } = call;
    match app.limiter.handshake(client, received) {
        Ok(()) => {}
        Err(HandshakeLimit::Address(wait)) => {
            return Err(too_many(
                &app,
                Limit::Handshakes,
                wait + jitter(RETURN_SPREAD),
            ));
        }
        Err(HandshakeLimit::All(wait)) => {
            app.metrics.limit_hit(Limit::AllHandshakes);
            let message = "too many clients connect at once, try again a little later";
            let wait = wait + jitter(RETURN_SPREAD);
            return Err(Problem::new(Code::Overloaded, message).retry_after(wait));
        }
    }
    let own = place.of_client(client);
    let own = own.map_err(|_| too_many(&app, Limit::ConnectionsPerAddress, RETURN_SPREAD))?;
    let places = Arc::new(ConnectionPermits::new(place, own));
    request.extensions_mut().insert(places);
    Ok((app, request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_without_its_words() {
        let handled = AssertUnwindSafe(async { panic!("a secret of the inside") });
        let response = respond(handled.catch_unwind().await, "/api/fsr_data");
        assert_eq!(response.status(), 500);
        let body = http_body_util::BodyExt::collect(response.into_body()).await;
        let body = body.unwrap().to_bytes();
        let envelope: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(envelope["code"], "INTERNAL");
        assert_eq!(envelope["path"], "/api/fsr_data");
        assert!(!envelope.to_string().contains("secret"), "{envelope}");
    }
}
