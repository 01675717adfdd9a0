//! As much of a WebSocket client as a load needs: it must cost far less than the server that it presses.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf},
    net::{TcpSocket, TcpStream},
};

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// Bytes of a response's head at most.
const MAX_HEAD: usize = 8 * 1024;
/// Bytes that one read takes.
const READ: usize = 16 * 1024;

thread_local! {
    /// All connections read into the same bytes, so that these stay in the cache.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into());
}

/// `ws://host:port/path`, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Url {
    pub(crate) authority: String,
    path: String,
}

impl std::str::FromStr for Url {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("ws://").ok_or("must begin with ws://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self {
            authority: authority.to_owned(),
            path: format!("/{path}"),
        })
    }
}

impl Url {
    /// The same with a query.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self {
            authority: self.authority.clone(),
            path: format!("{}?{query}", self.path),
        }
    }
}

/// Why a connection was not opened.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The server's answer was no upgrade: its status.
    Status(u16),
    /// There was no answer.
    Io(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Status(status) => Self::other(format!("no upgrade but {status}")),
            Refused::Io(error) => error,
        }
    }
}

/// One open WebSocket.
#[derive(Debug)]
pub(crate) struct WebSocket {
    tcp: TcpStream,
    /// The beginning of a frame whose end has not come yet.
    rest: Vec<u8>,
}

/// What a message handler says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// More.
    Read,
    /// That was what it waited for.
    Stop,
}

impl WebSocket {
    /// Opens a connection. One that will never read gets the smallest receive buffer.
    pub(crate) async fn open(url: &Url, stalls: bool) -> Result<Self, Refused> {
        let mut addresses = tokio::net::lookup_host(&url.authority).await?;
        let address = addresses.next();
        let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let socket = TcpSocket::new_v4()?;
        if stalls {
            socket.set_recv_buffer_size(2048)?;
        }
        let mut tcp = socket.connect(address).await?;
        tcp.set_nodelay(true)?;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: {}\r\n\r\n",
            url.path,
            url.authority,
            base64_simd::STANDARD.encode_to_string([7; 16]),
        );
        tcp.write_all(request.as_bytes()).await?;
        let mut rest = Vec::new();
        let end = loop {
            if let Some(end) = memchr::memmem::find(&rest, b"\r\n\r\n") {
                break end + 4;
            }
            if tcp.read_buf(&mut rest).await? == 0 || rest.len() > MAX_HEAD {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        };
        let status = std::str::from_utf8(rest.get(9..12).unwrap_or_default());
        match status.ok().and_then(|status| status.parse().ok()) {
            Some(101) => {}
            status => return Err(Refused::Status(status.unwrap_or(0))),
        }
        rest.drain(..end);
        Ok(Self { tcp, rest })
    }

    /// Sends a text message, masked by zeros.
    pub(crate) async fn send(&mut self, text: &str) -> io::Result<()> {
        self.tcp.write_all(&frame(TEXT, text.as_bytes())).await
    }

    /// Reads, and gives each message to `take`, until that says stop; pings are answered. An end of the connection is
    /// an error.
    pub(crate) async fn read(&mut self, mut take: impl FnMut(&[u8]) -> Next) -> io::Result<()> {
        let mut pongs = Vec::new();
        // Those that came with the handshake, first.
        let came = std::mem::take(&mut self.rest);
        let mut next = self.take(&came, &mut take, &mut pongs)?;
        loop {
            if !pongs.is_empty() {
                self.tcp.write_all(&pongs).await?;
                pongs.clear();
            }
            if next == Next::Stop {
                return Ok(());
            }
            next = poll_fn(|cx| self.poll_take(cx, &mut take, &mut pongs)).await?;
        }
    }

    /// Reads once, and takes what came.
    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut impl FnMut(&[u8]) -> Next,
        pongs: &mut Vec<u8>,
    ) -> Poll<io::Result<Next>> {
        BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buffer))?;
            let came = buffer.filled();
            Poll::Ready(if came.is_empty() {
                Err(io::ErrorKind::UnexpectedEof.into())
            } else if self.rest.is_empty() {
                self.take(came, take, pongs)
            } else {
                let mut whole = std::mem::take(&mut self.rest);
                whole.extend_from_slice(came);
                self.take(&whole, take, pongs)
            })
        })
    }

    /// Takes whole frames out of `data`; what is left is kept.
    fn take(
        &mut self,
        mut data: &[u8],
        take: &mut impl FnMut(&[u8]) -> Next,
        pongs: &mut Vec<u8>,
    ) -> io::Result<Next> {
        let mut next = Next::Read;
        while next == Next::Read
            && let Some((opcode, start, end)) = head(data)
            && end <= data.len()
        {
            let payload = &data[start..end];
            match opcode {
                PING => pongs.extend(frame(PONG, payload)),
                CLOSE => return Err(io::ErrorKind::ConnectionAborted.into()),
                PONG => {}
                _ => next = take(payload),
            }
            data = &data[end..];
        }
        self.rest.extend_from_slice(data);
        Ok(next)
    }
}

/// A client's frame whose mask is zero, so that the payload stays as it is.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        medium @ 126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Opcode, start and end of the payload of the frame that `data` begins with.
fn head(data: &[u8]) -> Option<(u8, usize, usize)> {
    let (&[first, second], rest) = data.split_first_chunk()?;
    let (start, len) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
        127 => {
            let len = u64::from_be_bytes(*rest.first_chunk()?);
            (10, usize::try_from(len).ok()?)
        }
        short => (2, usize::from(short)),
    };
    Some((first & 0xf, start, start.checked_add(len)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url: Url = "ws://127.0.0.1:8080/ws/fsr-data".parse().unwrap();
        assert_eq!(url.authority, "127.0.0.1:8080");
        assert_eq!(url.with_query("token=x").path, "/ws/fsr-data?token=x");
        assert!("http://a".parse::<Url>().is_err());
    }

    #[test]
    fn frames_of_a_server_are_found_whatever_their_length() {
        assert_eq!(head(b"\x81"), None);
        assert_eq!(head(b"\x81\x02{}"), Some((TEXT, 2, 4)));
        assert_eq!(head(b"\x82\x7e\x01\x00"), Some((2, 4, 260)));
        assert_eq!(
            head(b"\x88\x7f\0\0\0\0\0\x01\0\0"),
            Some((CLOSE, 10, 65_546))
        );
    }
}
