//! The bare parts that a server is made of: no server made of them is faster by much.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};
use tokio_tungstenite::{
    accept_async_with_config,
    tungstenite::{Message, Utf8Bytes, protocol::WebSocketConfig},
};

/// Messages that may wait for the slowest reader.
const BACKLOG: usize = 1024;

/// Reads a body and answers a constant: no JSON, no state, no limits.
pub(crate) async fn http(listen: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer));
        tokio::spawn(connection);
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let _ = request.into_body().collect().await;
    let body = Bytes::from_static(br#"{"status":"ACCEPTED"}"#);
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::ACCEPTED;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}

/// Sends every reader `rate` messages a second, which begin with the time of their sending, ns since 1970.
pub(crate) async fn websocket(listen: SocketAddr, rate: u32, bytes: usize) -> io::Result<()> {
    let (source, _) = broadcast::channel::<Utf8Bytes>(BACKLOG);
    let publisher = source.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
        loop {
            tick.tick().await;
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            let text = format!("{:x<bytes$}", format!("{} ", now.as_nanos()));
            let _ = publisher.send(text.into());
        }
    });
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        tokio::spawn(reader(socket, source.subscribe()));
    }
}

async fn reader(socket: TcpStream, mut messages: broadcast::Receiver<Utf8Bytes>) {
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let Ok(socket) = accept_async_with_config(socket, Some(config)).await else {
        return;
    };
    let (mut sink, mut stream) = socket.split();
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Ok(text) => if sink.send(Message::Text(text)).await.is_err() { return },
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(_) => return,
            },
            incoming = stream.next() => if !matches!(incoming, Some(Ok(_))) { return },
        }
    }
}
