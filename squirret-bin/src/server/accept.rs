//! One plane's accept loop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::Service};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::Tls;
use crate::{
    app::App,
    http::{Code, Problem},
    limits::{Connections, Place, Refusal},
    routes,
};

/// Bytes of a request's head at most; hyper answers 431 above.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// After an accept fails (no more file handles, say) the loop rests this long instead of spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A TLS handshake takes this long at most.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Which plane a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// Sessions, insoles, STOMP, the page.
    Control,
    /// Frames.
    Inference,
}

/// Accepts connections until the app stops.
pub(crate) async fn serve(app: Arc<App>, plane: Plane, listener: TcpListener, tls: Option<Tls>) {
    let limits = &app.config.limits;
    let per_address = if limits.enabled {
        limits.max_connections_per_address
    } else {
        usize::MAX
    };
    let connections = Connections::new(limits.max_connections, per_address);
    app.metrics.watch_connections(plane, connections.clone());
    loop {
        let accepted = tokio::select! {
            () = app.shutdown.begun() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let _ = socket.set_nodelay(true);
        match connections.enter(peer.ip()) {
            Ok(place) => {
                let (app, tls) = (Arc::clone(&app), tls.clone());
                app.shutdown.clone().spawn(async move {
                    connection(
                        app,
                        plane,
                        socket,
                        Peer {
                            address: peer,
                            place: Arc::new(place),
                        },
                        tls,
                    )
                    .await;
                });
            }
            Err(refusal) => refuse(&app, socket, refusal),
        }
    }
}

/// Who is at the other end, and its place among all connections.
#[derive(Debug)]
struct Peer {
    address: SocketAddr,
    place: Arc<Place>,
}

async fn connection(app: Arc<App>, plane: Plane, socket: TcpStream, peer: Peer, tls: Option<Tls>) {
    let Some(tls) = tls else {
        return http(app, plane, socket, peer).await;
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(socket)).await {
        Ok(Ok(socket)) => http(app, plane, socket, peer).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
        Err(_) => tracing::debug!("TLS handshake timed out"),
    }
}

async fn http<S>(app: Arc<App>, plane: Plane, socket: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = routes::service(Arc::clone(&app), plane, peer.address, peer.place);
    let connection = builder(app.config.limits.header_timeout)
        .serve_connection(TokioIo::new(socket), hyper_service(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = app.shutdown.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "connection");
    }
}

fn builder(header_timeout: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .pipeline_flush(true);
    builder
}

/// Hyper asks for its own trait; this only names the bound.
const fn hyper_service<S>(service: S) -> S
where
    S: Service<hyper::Request<hyper::body::Incoming>>,
{
    service
}

/// Answers a connection that has no place, without waiting for what it wants.
fn refuse(app: &App, mut socket: TcpStream, refusal: Refusal) {
    let (code, message) = match refusal {
        Refusal::Total => (
            Code::Overloaded,
            "the server has as many connections as it can serve",
        ),
        Refusal::Address => (
            Code::RateLimited,
            "this address has as many connections as it may",
        ),
    };
    app.metrics.limit_hit(match refusal {
        Refusal::Total => "connections",
        Refusal::Address => "connections_per_address",
    });
    let wait = Duration::from_millis(1000 + u64::from(rand_millis()));
    let problem = Problem::new(code, message).retry_after(wait).closing();
    tokio::spawn(async move {
        let answer = raw(problem).await;
        let _ = tokio::time::timeout(Duration::from_secs(2), socket.write_all(&answer)).await;
        let _ = socket.shutdown().await;
    });
}

/// Spreads returning clients over four seconds.
fn rand_millis() -> u16 {
    (uuid::Uuid::new_v4().as_u128() % 4000) as u16
}

async fn raw(problem: Problem) -> Vec<u8> {
    use http_body_util::BodyExt;
    let response = problem.into_response("");
    let (parts, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let mut answer = format!(
        "HTTP/1.1 {}\r\ncontent-length: {}\r\n",
        parts.status,
        body.len()
    )
    .into_bytes();
    for (name, value) in &parts.headers {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}
