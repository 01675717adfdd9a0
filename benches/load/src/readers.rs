//! Many connections that read, and what they count together.

use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    time::Duration,
};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::{JoinHandle, spawn_local};

use crate::{
    tally::{Clock, Tally},
    websocket::{Next, Url, WebSocket},
};

/// Connections that are opened at the same time.
const OPENING: usize = 64;

/// What all readers of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) clock: Clock,
    pub(crate) tally: RefCell<Tally>,
    /// Whether deliveries count yet.
    counts: Cell<bool>,
    lost: Cell<usize>,
}

impl Run {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            clock: Clock::new(),
            tally: RefCell::default(),
            counts: Cell::new(false),
            lost: Cell::new(0),
        })
    }

    /// Counts for this long.
    pub(crate) async fn count_for(&self, time: Duration) -> Tally {
        self.counts.set(true);
        tokio::time::sleep(time).await;
        self.counts.set(false);
        self.tally.take()
    }

    /// Connections that ended.
    pub(crate) const fn lost(&self) -> usize {
        self.lost.get()
    }

    fn take(&self, message: &[u8]) -> Next {
        if self.counts.get()
            && let Some(delay) = self.clock.delay(message)
        {
            self.tally.borrow_mut().add(message.len(), Some(delay));
        }
        Next::Read
    }

    /// Reads to the end of the connection, or of the task.
    pub(crate) fn listen(self: &Rc<Self>, mut socket: WebSocket) -> JoinHandle<()> {
        let run = Rc::clone(self);
        spawn_local(async move {
            let _ = socket.read(|message| run.take(message)).await;
            run.lost.set(run.lost.get() + 1);
        })
    }
}

/// How a STOMP client enters.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Header lines of CONNECT besides the version.
    pub(crate) headers: String,
    /// What it subscribes to.
    pub(crate) destination: String,
}

impl Entry {
    /// Connects and subscribes; returns when the server has said that the subscription stands.
    pub(crate) async fn enter(&self, socket: &mut WebSocket) -> io::Result<()> {
        self.connect(socket).await?;
        let destination = &self.destination;
        socket
            .send(&format!(
                "SUBSCRIBE\nid:sub-0\ndestination:{destination}\nreceipt:r\n\n\0"
            ))
            .await?;
        until(socket, b"RECEIPT").await
    }

    /// Connects only.
    pub(crate) async fn connect(&self, socket: &mut WebSocket) -> io::Result<()> {
        let headers = &self.headers;
        socket
            .send(&format!(
                "CONNECT\naccept-version:1.2\nheart-beat:0,0\nhost:/\n{headers}\n\0"
            ))
            .await?;
        until(socket, b"CONNECTED").await
    }
}

/// Reads up to a frame with this command.
async fn until(socket: &mut WebSocket, command: &[u8]) -> io::Result<()> {
    let mut refused = None;
    socket
        .read(|frame| {
            if frame.starts_with(b"ERROR") {
                refused = Some(String::from_utf8_lossy(frame).into_owned());
            }
            if refused.is_some() || frame.starts_with(command) {
                Next::Stop
            } else {
                Next::Read
            }
        })
        .await?;
    refused.map_or(Ok(()), |error| Err(io::Error::other(error)))
}

/// Opens a connection for each URL, some at a time; STOMP clients enter by their `Entry`.
pub(crate) async fn open(
    urls: impl IntoIterator<Item = Url>,
    entry: Option<&Entry>,
    stalls: bool,
) -> io::Result<Vec<WebSocket>> {
    stream::iter(urls)
        .map(|url| async move {
            let mut socket = WebSocket::open(&url, stalls).await?;
            if let Some(entry) = entry {
                entry.enter(&mut socket).await?;
            }
            io::Result::Ok(socket)
        })
        .buffer_unordered(OPENING)
        .try_collect()
        .await
}
