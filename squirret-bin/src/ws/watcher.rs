//! A socket that is shown the newest frame of a stream.
//!
//! Whoever has a frame writes it straight into the socket, so that a thousand readers need not be woken for a few
//! hundred bytes each. Only what the kernel does not take at once is left to the reader's own task.

use super::{
    Deliveries,
    socket::{Incoming, ReadError, Socket},
};
use crate::scope::{ScopeId, Shown};
use parking_lot::Mutex;
use std::{
    future::poll_fn,
    task::{Poll, Waker},
};

/// What came of showing one frame to many watchers.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Watchers whose turn it was.
    pub(crate) messages: u64,
    /// Frames that these never saw, because a newer one took their place.
    pub(crate) replaced: u64,
    /// Bytes received and sent.
    pub(crate) traffic: (u64, u64),
}

/// One socket, shared by its task and by those who show frames.
#[derive(Debug)]
pub(crate) struct Watcher(Mutex<State>);

#[derive(Debug)]
struct State {
    /// `None` once its task has taken it back to end it.
    socket: Option<Socket>,
    /// Whether frames may go out yet.
    open: bool,
    /// The newest frame that came while the peer had not read what it was sent before.
    waiting: Option<Shown>,
    /// Whose frame was shown last, and its number.
    seen: Option<(ScopeId, u64)>,
    /// Wakes the task, to write what the kernel did not take.
    waker: Option<Waker>,
}

impl Watcher {
    /// Shows frames in `socket`, once it is [open](Self::open).
    pub(super) const fn new(socket: Socket) -> Self {
        Self(Mutex::new(State {
            socket: Some(socket),
            open: false,
            waiting: None,
            seen: None,
            waker: None,
        }))
    }

    /// Sends the first frame, if there is one. It tells what `seen` and all before it told, so of what came meanwhile
    /// only what is newer is shown.
    pub(super) fn open(&self, first: Option<&[u8]>, seen: (ScopeId, u64)) {
        let mut state = self.0.lock();
        if let (Some(socket), Some(first)) = (&mut state.socket, first) {
            socket.send_encoded(first);
        }
        state.seen = Some(seen);
        state.open = true;
    }

    /// Shows a frame now, or when the peer has read what it was sent before; of those that wait the newest wins. What
    /// was shown already is not shown again.
    pub(crate) fn show(&self, shown: &Shown, tally: &mut Tally) {
        self.0.lock().show(shown, tally);
    }

    /// Works with the socket; `None` once it was [taken](Self::take).
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Socket) -> R) -> Option<R> {
        self.0.lock().socket.as_mut().map(work)
    }

    /// Does the socket's next thing, see [`Socket::next`]; a frame that waited goes out as soon as there is room, and
    /// is counted.
    pub(super) async fn next(
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
            if let Some(shown) = state.waiting.take() {
                let mut tally = Tally::default();
                state.show(&shown, &mut tally);
                deliveries.count(shown.made, &tally);
            }
            next
        })
        .await
    }

    /// Takes the socket back; nothing is shown in it any more.
    pub(super) fn take(&self) -> Option<Socket> {
        let mut state = self.0.lock();
        state.waiting = None;
        state.socket.take()
    }
}

impl State {
    fn show(&mut self, shown: &Shown, tally: &mut Tally) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let before = self.seen.filter(|(scope, _)| *scope == shown.scope);
        if before.is_some_and(|(_, seen)| shown.number <= seen) {
            return;
        }
        if !self.open || socket.is_pending() {
            self.waiting = Some(shown.clone());
            return;
        }
        socket.send_encoded(&shown.frame);
        let (bytes_in, bytes_out) = socket.take_traffic();
        self.seen = Some((shown.scope, shown.number));
        tally.messages += 1;
        tally.replaced += before.map_or(0, |(_, seen)| shown.number - seen - 1);
        tally.traffic.0 += bytes_in;
        tally.traffic.1 += bytes_out;
        if socket.is_pending()
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}
