//! One WebSocket after its handshake.
//!
//! tungstenite reads (masks, fragments, UTF-8, control frames, close handshake); what goes out is written here, as
//! frames of a server need no more than a header. Everything that leaves, tungstenite's own pongs included, passes
//! through one buffer, so that frames never mix, and that buffer is bounded because a driver stops reading and
//! sending while it is not empty.

use super::{
    frame::{Header, Kind},
    pieces::Pieces,
};
use crate::http::WriteTimeout;
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::{
    future::poll_fn,
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_tungstenite::tungstenite::{
    self, Message, Utf8Bytes,
    error::{CapacityError, ProtocolError},
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

/// tungstenite's own outgoing frames are pongs and one close frame.
const MAX_CONTROL_BYTES: usize = 4096;
/// A drained buffer that is larger than this is given back.
const KEPT_BUFFER: usize = 1024;
/// How long a close handshake may take, and how long what a peer still sends is read and thrown away.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// Longest reason of a close frame, bytes (RFC 6455 section 5.5).
const MAX_REASON: usize = 123;

/// What carries the bytes.
#[derive(Debug)]
enum Io {
    /// A plain TCP connection, taken out of hyper's hands.
    Tcp(TcpStream),
    /// Anything else, TLS for one.
    Other(TokioIo<Upgraded>),
}

/// What a peer sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A whole text message.
    Text(Utf8Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// A ping (its pong is under way) or a pong.
    Control,
    /// So many parts of a message without any content.
    Empty(u32),
    /// The peer closed; end with [`Socket::finish`].
    Closed,
}

impl Incoming {
    /// As how many messages it counts.
    pub(crate) const fn count(&self) -> u32 {
        match self {
            Self::Empty(parts) => *parts,
            _ => 1,
        }
    }
}

/// Why nothing more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    /// A message over the limit: close with 1009.
    #[error("message is too large")]
    TooLarge,
    /// Not UTF-8: close with 1007.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// Not RFC 6455: close with 1002.
    #[error("not a WebSocket frame")]
    Protocol,
    /// The connection broke.
    #[error("connection is gone")]
    Gone,
}

impl ReadError {
    /// The close code that tells the peer; `None` when there is nobody to tell.
    pub(crate) const fn close_code(self) -> Option<u16> {
        match self {
            Self::TooLarge => Some(1009),
            Self::NotUtf8 => Some(1007),
            Self::Protocol => Some(1002),
            Self::Gone => None,
        }
    }

    /// The close frame's reason.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "message is too large",
            Self::NotUtf8 => "text is not UTF-8",
            Self::Protocol => "not a WebSocket frame",
            Self::Gone => "",
        }
    }
}

/// Sizes of one socket, bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketLimits {
    /// What is read at once, and kept for reading by an idle socket.
    pub(crate) read_buffer: usize,
    /// One message, fragments together.
    pub(crate) max_message_bytes: usize,
}

/// One WebSocket, server side.
#[derive(Debug)]
pub(crate) struct Socket {
    io: Io,
    context: WebSocketContext,
    pieces: Pieces,
    /// Whole frames that the kernel has not taken yet, from `taken` on.
    out: Vec<u8>,
    taken: usize,
    /// Since when `out` has not been empty.
    blocked: Option<Instant>,
    heard: Instant,
    bytes_in: u64,
    bytes_out: u64,
}

impl Socket {
    /// Takes over an upgraded connection.
    pub(crate) fn new(upgraded: Upgraded, limits: SocketLimits) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(limits.read_buffer)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_CONTROL_BYTES)
            .max_message_size(Some(limits.max_message_bytes))
            .max_frame_size(Some(limits.max_message_bytes));
        let (io, early) = match upgraded.downcast::<TokioIo<WriteTimeout<TcpStream>>>() {
            Ok(parts) => (Io::Tcp(parts.io.into_inner().into_inner()), parts.read_buf),
            Err(upgraded) => (Io::Other(TokioIo::new(upgraded)), Bytes::new()),
        };
        let mut pieces = Pieces::default();
        pieces.read(&early);
        let context =
            WebSocketContext::from_partially_read(early.to_vec(), Role::Server, Some(config));
        let heard = Instant::now();
        Self {
            io,
            context,
            pieces,
            out: Vec::new(),
            taken: 0,
            blocked: None,
            heard,
            bytes_in: 0,
            bytes_out: 0,
        }
    }

    /// When the last byte came in.
    pub(crate) const fn heard(&self) -> Instant {
        self.heard
    }

    /// Since when frames wait for the peer to read.
    pub(crate) const fn blocked(&self) -> Option<Instant> {
        self.blocked
    }

    /// Whether frames wait for [`Self::flush`].
    pub(crate) const fn is_pending(&self) -> bool {
        !self.out.is_empty()
    }

    /// Bytes that wait for [`Self::flush`].
    pub(crate) fn queued(&self) -> usize {
        self.out.len() - self.taken
    }

    /// Bytes received and sent since the last call.
    pub(crate) const fn take_traffic(&mut self) -> (u64, u64) {
        let traffic = (self.bytes_in, self.bytes_out);
        (self.bytes_in, self.bytes_out) = (0, 0);
        traffic
    }

    /// Puts one frame in line for [`Self::flush`].
    pub(crate) fn queue(&mut self, kind: Kind, payload: &[u8]) {
        self.out
            .extend_from_slice(Header::new(kind, payload.len()).as_slice());
        self.out.extend_from_slice(payload);
    }

    /// Sends a whole encoded frame; what the kernel does not take at once waits for [`Self::flush`].
    pub(crate) fn send_encoded(&mut self, frame: &[u8]) {
        let mut sent = 0;
        if self.out.is_empty()
            && let Io::Tcp(tcp) = &self.io
        {
            // An error shows again when the rest is flushed.
            sent = tcp.try_write(frame).unwrap_or(0);
            self.bytes_out += sent as u64;
        }
        self.out
            .extend_from_slice(frame.get(sent..).unwrap_or_default());
    }

    /// Does the next thing: writes what waits (`None` when all of it is written), else waits for a message, if
    /// `reads`. Nothing is read while something waits to be written: a peer that does not read is not served. May be
    /// dropped and called again.
    pub(crate) async fn next(&mut self, reads: bool) -> Result<Option<Incoming>, ReadError> {
        poll_fn(|cx| self.poll_next(cx, reads)).await
    }

    /// One step of [`Self::next`].
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        reads: bool,
    ) -> Poll<Result<Option<Incoming>, ReadError>> {
        if self.is_pending() {
            let flushed = ready!(self.poll_flush(cx));
            return Poll::Ready(flushed.map(|()| None).map_err(|_| ReadError::Gone));
        }
        if reads {
            self.poll_recv(cx).map_ok(Some)
        } else {
            Poll::Pending
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.taken < self.out.len() {
            if self.blocked.is_none() {
                self.blocked = Some(Instant::now());
            }
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.out[self.taken..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.taken += written;
            self.bytes_out += written as u64;
        }
        self.out.clear();
        self.out.shrink_to(KEPT_BUFFER);
        self.taken = 0;
        self.blocked = None;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, ReadError>> {
        let empty = self.pieces.take_empty();
        if empty > 0 {
            return Poll::Ready(Ok(Incoming::Empty(empty)));
        }
        let mut duplex = Duplex {
            io: &mut self.io,
            out: &mut self.out,
            pieces: &mut self.pieces,
            read: 0,
            cx,
        };
        let message = self.context.read(&mut duplex);
        if duplex.read > 0 {
            self.bytes_in += duplex.read as u64;
            self.heard = Instant::now();
        }
        Poll::Ready(match message {
            Ok(Message::Text(text)) => Ok(Incoming::Text(text)),
            Ok(Message::Binary(bytes)) => Ok(Incoming::Binary(bytes)),
            // After a close frame the next read queues the reply and says `ConnectionClosed`.
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => {
                Ok(Incoming::Control)
            }
            Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                match self.pieces.take_empty() {
                    0 => return Poll::Pending,
                    empty => Ok(Incoming::Empty(empty)),
                }
            }
            Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => {
                Ok(Incoming::Closed)
            }
            Err(error) => Err(classify(&error)),
        })
    }

    /// Ends after the peer closed: sends the reply and lets go.
    pub(crate) async fn finish(mut self) {
        let _ = timeout(CLOSE_PATIENCE, self.flush()).await;
        let _ = timeout(
            CLOSE_PATIENCE,
            poll_fn(|cx| Pin::new(&mut self.io).poll_shutdown(cx)),
        )
        .await;
    }

    /// Closes from our side: what waits goes out first, then the close frame; then the peer's answer is awaited for
    /// a moment.
    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        self.start_close(code, reason);
        let handshake = async {
            self.flush().await.ok()?;
            loop {
                match poll_fn(|cx| self.poll_recv(cx)).await {
                    Ok(Incoming::Closed) | Err(_) => return Some(()),
                    Ok(_) => {}
                }
            }
        };
        let _ = timeout(CLOSE_PATIENCE, handshake).await;
        let _ = timeout(
            CLOSE_PATIENCE,
            poll_fn(|cx| Pin::new(&mut self.io).poll_shutdown(cx)),
        )
        .await;
    }

    /// Closes after an error of the peer's: what it still sends is not understood any more, but read and thrown away
    /// for a moment. To let go at once would make the kernel reset the connection, and the close frame be lost.
    pub(crate) async fn fail(mut self, code: u16, reason: &str) {
        self.start_close(code, reason);
        let farewell = async {
            self.flush().await?;
            poll_fn(|cx| Pin::new(&mut self.io).poll_shutdown(cx)).await?;
            let mut scrap = [0; 1024];
            loop {
                let mut buffer = ReadBuf::new(&mut scrap);
                poll_fn(|cx| Pin::new(&mut self.io).poll_read(cx, &mut buffer)).await?;
                if buffer.filled().is_empty() {
                    return io::Result::Ok(());
                }
            }
        };
        let _ = timeout(CLOSE_PATIENCE, farewell).await;
    }

    fn start_close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: clipped(reason).into(),
        };
        let mut nobody = Context::from_waker(std::task::Waker::noop());
        let mut duplex = Duplex {
            io: &mut self.io,
            out: &mut self.out,
            pieces: &mut self.pieces,
            read: 0,
            cx: &mut nobody,
        };
        let _ = self.context.close(&mut duplex, Some(frame));
    }
}

/// The reason as far as a close frame has room for it.
fn clipped(reason: &str) -> &str {
    let end = (0..=MAX_REASON.min(reason.len()))
        .rev()
        .find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or(0)]
}

fn classify(error: &tungstenite::Error) -> ReadError {
    match error {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => ReadError::TooLarge,
        tungstenite::Error::Utf8(_) => ReadError::NotUtf8,
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | tungstenite::Error::Io(_) => ReadError::Gone,
        _ => ReadError::Protocol,
    }
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Other(other) => Pin::new(other).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Other(other) => Pin::new(other).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Other(other) => Pin::new(other).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Other(other) => Pin::new(other).poll_shutdown(cx),
        }
    }
}

/// The socket as tungstenite sees it during one call: reads come from the connection, writes go into our buffer.
struct Duplex<'a, 'b> {
    io: &'a mut Io,
    out: &'a mut Vec<u8>,
    pieces: &'a mut Pieces,
    read: usize,
    cx: &'a mut Context<'b>,
}

impl Read for Duplex<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut buf = ReadBuf::new(buf);
        match Pin::new(&mut *self.io).poll_read(self.cx, &mut buf) {
            Poll::Ready(result) => {
                result?;
                self.read += buf.filled().len();
                self.pieces.read(buf.filled());
                Ok(buf.filled().len())
            }
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Duplex<'_, '_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.out.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_clipped_between_two_letters() {
        assert_eq!(clipped("bye"), "bye");
        assert_eq!(clipped(&"x".repeat(124)).len(), 123);
        assert_eq!(clipped(&"가".repeat(42)).len(), 123);
        assert_eq!(clipped(&format!("x{}", "가".repeat(42))).len(), 121);
    }
}
