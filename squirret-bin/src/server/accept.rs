//! One plane's accept loop.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::{server::conn::http1, service::Service};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use super::{Tls, refuse::Refuser};
use crate::{
    app::App,
    http::{IdleTracker, WriteTimeout},
    limits::{ConnectionPermit, Connections, Refusal, is_trusted},
    plane::Plane,
    routes,
};

/// Bytes of a request's head at most; hyper answers 431 above.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// After an accept fails (no more file handles, say) the loop rests this long instead of spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections that the kernel takes before we do: thousands of clients may return in the same second.
const BACKLOG: u32 = 4096;

/// A TLS handshake takes this long at most.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Listens on an address. The kernel holds at most `send_buffer` bytes for each connection whose peer does not read;
/// by itself it would hold some megabytes.
///
/// # Errors
/// What the system says when the address cannot be had.
pub(crate) fn listen(address: SocketAddr, send_buffer: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // As the standard library's listener does: a restart need not wait for old connections.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it. The kernel doubles the number for its own book-keeping.
    socket.set_send_buffer_size(send_buffer / 2)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
    let refuser = Refuser::new(Arc::clone(&app), tls.is_some());
    loop {
        let accepted = tokio::select! {
            () = app.shutdown.begun() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "accept");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let _ = socket.set_nodelay(true);
        match admit(&app, &connections, address.ip()) {
            Ok(place) => {
                let (app, tls) = (Arc::clone(&app), tls.clone());
                let place = Arc::new(place);
                let peer = Peer { address, place };
                app.shutdown
                    .clone()
                    .spawn(connection(app, plane, socket, peer, tls));
            }
            Err(refusal) => refuser.refuse(socket, refusal),
        }
    }
}

/// A place for a new connection. A trusted proxy speaks for many: only the total counts for it.
fn admit(app: &App, connections: &Connections, peer: IpAddr) -> Result<ConnectionPermit, Refusal> {
    if is_trusted(peer, &app.config.server.trusted_proxies) {
        return connections.enter(None);
    }
    app.limiter
        .connect(peer, Instant::now())
        .map_err(|_| Refusal::Rate)?;
    connections.enter(Some(peer))
}

/// Who is at the other end, and its place among all connections.
#[derive(Debug)]
struct Peer {
    address: SocketAddr,
    place: Arc<ConnectionPermit>,
}

async fn connection(app: Arc<App>, plane: Plane, socket: TcpStream, peer: Peer, tls: Option<Tls>) {
    let Some(tls) = tls else {
        return http(app, plane, socket, peer).await;
    };
    match timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(socket)).await {
        Ok(Ok(socket)) => http(app, plane, socket, peer).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
        Err(_) => tracing::debug!("TLS handshake timed out"),
    }
}

async fn http<S>(app: Arc<App>, plane: Plane, socket: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let idle = Arc::new(IdleTracker::new());
    let limits = &app.config.limits;
    // A WebSocket has a deadline of its own, which comes first and tells its peer why.
    let patience = limits.send_timeout + Duration::from_secs(1);
    let socket = WriteTimeout::new(socket, patience, Arc::clone(&idle));
    let service = routes::service(
        Arc::clone(&app),
        plane,
        peer.address,
        peer.place,
        Arc::clone(&idle),
    );
    let connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        // Answers are small: copied into one buffer they cost the kernel less than in two pieces.
        .writev(false)
        .serve_connection(TokioIo::new(socket), hyper_service(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let mut silence = std::pin::pin!(sleep(limits.header_timeout));
    let mut stop = std::pin::pin!(app.shutdown.begun());
    let mut stopping = false;
    let served = loop {
        tokio::select! {
            biased;
            served = connection.as_mut() => break served,
            () = silence.as_mut() => match idle.left(limits.header_timeout) {
                Some(left) => silence.as_mut().reset(tokio::time::Instant::now() + left),
                None => {
                    tracing::debug!("no request came in time");
                    return;
                }
            },
            () = stop.as_mut(), if !stopping => {
                connection.as_mut().graceful_shutdown();
                stopping = true;
            }
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "connection");
    }
}

/// Hyper asks for its own trait; this only names the bound.
const fn hyper_service<S>(service: S) -> S
where
    S: Service<hyper::Request<hyper::body::Incoming>>,
{
    service
}
