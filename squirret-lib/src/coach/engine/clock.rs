//! The coach's own time, which never runs backwards.

use crate::UnixMillis;

/// The caller's clock may lie behind by so much without having been set back, ms: inputs of several sources cross.
const CROSSING_MS: i64 = 1_000;

/// Maps the caller's clock to one that only moves forward.
///
/// A clock that is set back (a synchronisation, a person who corrects it) would otherwise stop everything that waits for
/// a time until it has caught up. The coach's time goes on from where it was, and what comes out is told in the caller's.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnClock {
    /// What is added to the caller's time.
    ahead_ms: i64,
    now: UnixMillis,
}

impl OwnClock {
    pub(super) const fn new(now: UnixMillis) -> Self {
        Self { ahead_ms: 0, now }
    }

    /// The coach's time of an input at the caller's `now`.
    pub(super) fn advance(&mut self, now: UnixMillis) -> UnixMillis {
        let own = self.own(now);
        if self.now.since(own) > CROSSING_MS {
            self.ahead_ms = self.now.since(now);
        }
        self.now = self.now.max(self.own(now));
        self.now
    }

    /// The caller's time in the coach's.
    pub(super) const fn own(&self, time: UnixMillis) -> UnixMillis {
        time.plus(self.ahead_ms)
    }

    /// The coach's time in the caller's.
    pub(super) const fn callers(&self, time: UnixMillis) -> UnixMillis {
        time.plus(self.ahead_ms.saturating_neg())
    }
}
