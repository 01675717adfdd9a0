//! Sockets for requests that no well-behaved client sends.

use crate::support::{PATIENCE, Reply, Server, parse};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Sends parts as they are and reads to the end of the connection.
pub async fn exchange(server: &Server, parts: &[&[u8]]) -> String {
    let mut socket = TcpStream::connect(server.control).await.unwrap();
    for part in parts {
        // A server that has refused may close while we still write.
        if socket.write_all(part).await.is_err() {
            break;
        }
    }
    rest(&mut socket).await
}

/// What comes up to the end of the connection.
pub async fn rest(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer))
        .await
        .expect("an answer and an end");
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a server says to a connection that asks nothing.
pub async fn greeting(server: &Server) -> Reply {
    let mut socket = TcpStream::connect(server.control).await.unwrap();
    parse(&rest(&mut socket).await)
}

/// The text of a handshake.
pub fn handshake(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// The answer to a handshake that must not succeed.
pub async fn refused(server: &Server, path: &str, headers: &str) -> Reply {
    let close = handshake(path, headers).replacen("Upgrade", "Upgrade, close", 1);
    parse(&exchange(server, &[close.as_bytes()]).await)
}

/// A connection whose receive buffer is small, so that it is soon full.
pub async fn narrow(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(server.control).await.unwrap()
}

/// A masked text frame, as clients send them.
pub fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | 126];
    frame.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// An upgraded socket that nobody reads from.
pub async fn stalled(server: &Server, path: &str) -> TcpStream {
    let mut socket = narrow(server).await;
    socket
        .write_all(handshake(path, "").as_bytes())
        .await
        .unwrap();
    socket
}

/// A figure of `/metrics`: the line that begins so.
pub async fn metric(server: &Server, line: &str) -> f64 {
    let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let text = exchange(server, &[request]).await;
    let value = text.lines().find_map(|known| known.strip_prefix(line));
    value.map_or(0.0, |value| value.trim().parse().unwrap())
}

/// How often a limit was hit.
pub async fn hits(server: &Server, limit: &str) -> f64 {
    metric(
        server,
        &format!("squirret_limits_hit_total{{limit=\"{limit}\"}}"),
    )
    .await
}
