//! The one sleep of a connection: the earliest of what may become due.

use super::{
    keepalive::{Beat, Keepalive},
    socket::Socket,
};
use squirret::{UnixMillis, auth::LEEWAY_MILLIS};
use std::{pin::Pin, time::Duration};
use tokio::time::{Instant, Sleep};

/// What became due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    /// Nothing yet.
    Nothing,
    /// The peer should be asked whether it is there.
    Ping,
    /// The peer is gone.
    Dead,
    /// The peer does not read.
    Slow,
    /// The token has ended.
    Expired,
}

/// Silence, slow reading, and the token's end of one connection.
#[derive(Debug)]
pub(crate) struct Deadlines {
    keepalive: Keepalive,
    send_timeout: Duration,
    expires: Option<Instant>,
}

impl Deadlines {
    pub(crate) const fn new(ping_interval: Duration, send_timeout: Duration) -> Self {
        Self {
            keepalive: Keepalive::new(ping_interval),
            send_timeout,
            expires: None,
        }
    }

    /// The connection of a token that expires at `at`, by the wall clock that reads `now`, ends when the handshake would
    /// refuse the token: a client that reconnects is not let in and thrown out again.
    pub(crate) fn expire_at(&mut self, at: UnixMillis, now: UnixMillis) {
        self.expires = Some(Instant::now() + until(at.plus(LEEWAY_MILLIS), now));
    }

    /// When to look again.
    pub(crate) fn next(&self, socket: &Socket) -> Instant {
        let slow = socket.blocked().map(|since| since + self.send_timeout);
        let silent = self.keepalive.deadline(socket.heard());
        [slow, self.expires]
            .into_iter()
            .flatten()
            .fold(silent, Instant::min)
    }

    /// What is due.
    pub(crate) fn due(&mut self, socket: &Socket) -> Due {
        let now = Instant::now();
        if self.expires.is_some_and(|expires| now >= expires) {
            return Due::Expired;
        }
        if socket
            .blocked()
            .is_some_and(|since| now >= since + self.send_timeout)
        {
            return Due::Slow;
        }
        match self.keepalive.beat(socket.heard(), now) {
            Beat::Wait => Due::Nothing,
            Beat::Ping => Due::Ping,
            Beat::Dead => Due::Dead,
        }
    }
}

/// Moves an alarm, if it is set to another time.
pub(crate) fn set(alarm: Pin<&mut Sleep>, at: Instant) {
    if alarm.deadline() != at {
        alarm.reset(at);
    }
}

/// From `now` to `at`; zero when that is past.
pub(crate) fn until(at: UnixMillis, now: UnixMillis) -> Duration {
    Duration::from_millis(u64::try_from(at.since(now)).unwrap_or(0))
}
