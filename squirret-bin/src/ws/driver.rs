//! The loop of a WebSocket connection: shutdown, deadlines, reading, writing and the close are the same for every
//! endpoint; what messages mean is the endpoint's.

use std::{future::Future, pin::pin};

use tokio::time::{Instant, sleep_until};

use super::{
    close::{drain_reason, sent_away},
    deadlines::{Deadlines, Due, set},
    frame::Kind,
    socket::{Incoming, ReadError, Socket},
};
use crate::{close_code::CloseCode, metrics::EndpointMetrics, shutdown::Shutdown};

/// Why a connection ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The peer closed.
    Closed,
    /// The peer is gone.
    Gone,
    /// The peer broke a rule of WebSocket; what it still sends is not read.
    Failed(u16, &'static str),
    /// The server closes.
    Close(u16, String),
}

impl End {
    /// Closes for this reason.
    pub(crate) fn close(code: CloseCode, reason: impl Into<String>) -> Self {
        Self::Close(code.number(), reason.into())
    }

    /// Returns the code of the server's close frame, if there is one.
    const fn code(&self) -> Option<u16> {
        match self {
            Self::Failed(code, _) | Self::Close(code, _) => Some(*code),
            Self::Closed | Self::Gone => None,
        }
    }
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> Self {
        error
            .close_code()
            .map_or(Self::Gone, |code| Self::Failed(code, error.reason()))
    }
}

/// A socket of the connection's own, or one that it shares with a fan-out.
pub(crate) trait Transport: Send {
    /// Runs `work` on the socket; returns `None` once it was taken back.
    fn with<R>(&mut self, work: impl FnOnce(&mut Socket) -> R) -> Option<R>;

    /// Returns what [`Socket::next`] returns. May be dropped and called again.
    fn next(
        &mut self,
        reads: bool,
    ) -> impl Future<Output = Result<Option<Incoming>, ReadError>> + Send;
}

impl Transport for Socket {
    fn with<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        Some(work(self))
    }

    fn next(
        &mut self,
        reads: bool,
    ) -> impl Future<Output = Result<Option<Incoming>, ReadError>> + Send {
        Self::next(self, reads)
    }
}

/// The socket of a connection and its deadlines.
#[derive(Debug)]
pub(crate) struct Link<T> {
    pub(crate) socket: T,
    pub(crate) deadlines: Deadlines,
}

/// The protocol of one connection. Each method that returns an [`End`] ends the connection with it.
pub(crate) trait Endpoint: Send {
    /// The transport that it speaks over.
    type Transport: Transport;
    /// What [`Self::event`] waits for.
    type Event: Send;

    /// Hands everything that is ready to the socket; called before each wait.
    fn on_outputs(&mut self, _link: &mut Link<Self::Transport>) -> Option<End> {
        None
    }

    /// Waits for an event of the endpoint's own. May be dropped and called again. `can_send`: nothing waits to be
    /// written.
    fn event(&mut self, can_send: bool) -> impl Future<Output = Self::Event> + Send;

    /// Handles an event.
    fn on_event(&mut self, link: &mut Link<Self::Transport>, event: Self::Event) -> Option<End>;

    /// Returns whether the next message may be read.
    fn reads(&self) -> bool {
        true
    }

    /// Handles a message; a close frame is handled already.
    fn on_message(&mut self, link: &mut Link<Self::Transport>, incoming: Incoming) -> Option<End>;

    /// Returns the earliest deadline of the endpoint's own.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Handles deadlines of the endpoint's own; called whenever one, or one of the connection's, is due.
    fn on_tick(&mut self, _link: &mut Link<Self::Transport>) -> Option<End> {
        None
    }

    /// Ends the connection from our side; a protocol with a farewell of its own says it here.
    fn close(&mut self, _link: &mut Link<Self::Transport>, code: CloseCode, reason: &str) -> End {
        End::close(code, reason)
    }

    /// Ends the connection because the server stops.
    fn on_shutdown(
        &mut self,
        link: &mut Link<Self::Transport>,
    ) -> impl Future<Output = End> + Send {
        std::future::ready(self.close(link, CloseCode::GoingAway, &drain_reason()))
    }
}

/// Serves a connection to its end.
pub(crate) async fn drive<E: Endpoint>(
    endpoint: &mut E,
    link: &mut Link<E::Transport>,
    shutdown: &Shutdown,
) -> End {
    let mut stop = pin!(shutdown.begun());
    let mut alarm = pin!(sleep_until(Instant::now()));
    loop {
        if let Some(end) = endpoint.on_outputs(link) {
            return end;
        }
        let Link { socket, deadlines } = &mut *link;
        let looked = socket.with(|socket| (deadlines.next(socket), !socket.is_pending()));
        let Some((next, can_send)) = looked else {
            return End::Gone;
        };
        set(
            alarm.as_mut(),
            endpoint.deadline().map_or(next, |own| own.min(next)),
        );
        let reads = endpoint.reads();
        let end = tokio::select! {
            biased;
            () = stop.as_mut() => Some(endpoint.on_shutdown(link).await),
            event = endpoint.event(can_send) => endpoint.on_event(link, event),
            incoming = link.socket.next(reads) => match incoming {
                Ok(Some(Incoming::Closed)) => Some(End::Closed),
                Ok(Some(incoming)) => endpoint.on_message(link, incoming),
                Ok(None) => None,
                Err(error) => Some(error.into()),
            },
            () = alarm.as_mut() => endpoint.on_tick(link).or_else(|| on_deadline(endpoint, link)),
        };
        if let Some(end) = end {
            return end;
        }
    }
}

/// Handles the deadlines of the connection.
fn on_deadline<E: Endpoint>(endpoint: &mut E, link: &mut Link<E::Transport>) -> Option<End> {
    let Link { socket, deadlines } = &mut *link;
    let due = socket.with(|socket| {
        let due = deadlines.due(socket);
        if due == Due::Ping {
            socket.queue(Kind::Ping, b"");
        }
        due
    });
    let (code, reason) = match due {
        Some(Due::Nothing | Due::Ping) => return None,
        Some(Due::Dead) | None => return Some(End::Gone),
        Some(Due::Slow) => (
            CloseCode::SlowConsumer,
            sent_away(CloseCode::SlowConsumer.text()),
        ),
        Some(Due::Expired) => (CloseCode::Expired, CloseCode::Expired.text().to_owned()),
    };
    Some(endpoint.close(link, code, &reason))
}

/// Counts the end of a connection, and closes its socket.
pub(crate) async fn farewell(mut socket: Socket, end: End, metrics: &EndpointMetrics) {
    metrics.traffic(socket.take_traffic());
    if let Some(code) = end.code() {
        metrics.closed(code);
    }
    match end {
        End::Closed => socket.finish().await,
        End::Gone => {}
        End::Failed(code, reason) => socket.fail(code, reason).await,
        End::Close(code, reason) => socket.close(code, &reason).await,
    }
}
