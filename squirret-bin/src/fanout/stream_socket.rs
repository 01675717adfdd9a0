//! A socket that receives the newest frame of a stream.
//!
//! The fan-out writes a frame straight into the socket, so that a thousand tasks need not be woken for a few hundred
//! bytes each. The reader's own task writes only what the kernel did not take at once.

use super::{ScopeId, StreamFrame};
use crate::{
    metrics::{Deliveries, DeliveryStats},
    ws::socket::{Incoming, ReadError, Socket},
};
use parking_lot::Mutex;
use std::{
    future::poll_fn,
    task::{Poll, Waker},
};

/// A socket that its own task and the fan-out share.
#[derive(Debug)]
pub(crate) struct StreamSocket(Mutex<State>);

#[derive(Debug)]
struct State {
    /// `None` once its task has taken it back to end it.
    socket: Option<Socket>,
    /// Whether frames may go out yet.
    open: bool,
    /// The newest frame that came while the peer had not read what it was sent before.
    waiting: Option<StreamFrame>,
    /// The scope and the number of the last frame that was sent.
    seen: Option<(ScopeId, u64)>,
    /// Wakes the task, to write what the kernel did not take.
    waker: Option<Waker>,
}

impl StreamSocket {
    /// Wraps a socket; frames go out once it is [open](Self::open).
    pub(crate) const fn new(socket: Socket) -> Self {
        Self(Mutex::new(State {
            socket: Some(socket),
            open: false,
            waiting: None,
            seen: None,
            waker: None,
        }))
    }

    /// Sends the first frame, if there is one, and opens the socket for the frames of the stream. `seen` is the number
    /// of the snapshot in the first frame; frames up to it are skipped.
    pub(crate) fn open(&self, first: Option<&[u8]>, seen: (ScopeId, u64)) {
        let mut state = self.0.lock();
        if let (Some(socket), Some(first)) = (&mut state.socket, first) {
            socket.send_encoded(first);
        }
        state.seen = Some(seen);
        state.open = true;
    }

    /// Writes a frame now, or once the peer has read what was sent before; of the frames that wait, the newest replaces
    /// the others. A frame that was sent already is skipped.
    pub(crate) fn offer(&self, frame: &StreamFrame, stats: &mut DeliveryStats) {
        self.0.lock().offer(frame, stats);
    }

    /// Runs `work` on the socket; returns `None` once it was [taken](Self::take).
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Socket) -> R) -> Option<R> {
        self.0.lock().socket.as_mut().map(work)
    }

    /// Returns what [`Socket::next`] returns; a frame that waited goes out as soon as there is room, and is counted.
    pub(crate) async fn next(
        &self,
        deliveries: &Deliveries,
    ) -> Result<Option<Incoming>, ReadError> {
        poll_fn(|cx| {
            let mut state = self.0.lock();
            let next = match &mut state.socket {
                Some(socket) => socket.poll_next(cx, true),
                None => Poll::Ready(Err(ReadError::Gone)),
            };
            if next.is_pending() {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
            }
            // Behind the waker: what the kernel does not take of it brings the task back here.
            if let Some(frame) = state.waiting.take() {
                let mut stats = DeliveryStats::default();
                state.offer(&frame, &mut stats);
                deliveries.count(frame.made, &stats);
            }
            next
        })
        .await
    }

    /// Takes the socket back; no frame is written into it any more.
    pub(crate) fn take(&self) -> Option<Socket> {
        let mut state = self.0.lock();
        state.waiting = None;
        state.socket.take()
    }
}

impl State {
    fn offer(&mut self, frame: &StreamFrame, stats: &mut DeliveryStats) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let before = self.seen.filter(|(scope, _)| *scope == frame.scope);
        if before.is_some_and(|(_, seen)| frame.number <= seen) {
            return;
        }
        if !self.open || socket.is_pending() {
            self.waiting = Some(frame.clone());
            return;
        }
        socket.send_encoded(&frame.bytes);
        let (bytes_in, bytes_out) = socket.take_traffic();
        self.seen = Some((frame.scope, frame.number));
        stats.messages += 1;
        stats.replaced += before.map_or(0, |(_, seen)| frame.number - seen - 1);
        stats.traffic.0 += bytes_in;
        stats.traffic.1 += bytes_out;
        if socket.is_pending()
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}
