//! Idle tracking of one connection: request handling updates it, the connection's single timer polls it.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// Since when a connection waits for the head of a request.
///
/// A timer of hyper's for each head would be set and torn down with each request, and wake the connection once more;
/// here a request only leaves its mark, and the connection's own timer looks at the mark when it fires.
#[derive(Debug)]
pub(crate) struct IdleTracker {
    born: Instant,
    /// A request is being answered.
    answering: AtomicBool,
    /// An answer waits for its peer to take it, who has a deadline of their own.
    blocked: AtomicBool,
    /// The peer may still be sending a body that nobody reads.
    unread: AtomicBool,
    /// When the last of both ended, ms after birth.
    quiet_since: AtomicU64,
}

impl IdleTracker {
    /// Waits from now on.
    pub(crate) fn new() -> Self {
        Self {
            born: Instant::now(),
            answering: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            quiet_since: AtomicU64::new(0),
        }
    }

    /// A request's head is there.
    pub(crate) fn begin(&self) {
        self.unread.store(false, Relaxed);
        self.answering.store(true, Relaxed);
    }

    /// Its answer is, too.
    pub(crate) fn end(&self) {
        self.answering.store(false, Relaxed);
        self.mark();
    }

    /// The last request was refused, perhaps before its body had arrived.
    pub(crate) fn leave_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    /// Whether the peer may still be sending the body of a request that was refused.
    pub(crate) fn is_unread(&self) -> bool {
        self.unread.load(Relaxed)
    }

    /// The peer takes nothing at the moment.
    pub(crate) fn block(&self) {
        self.blocked.store(true, Relaxed);
    }

    /// It takes something again.
    pub(crate) fn unblock(&self) {
        self.blocked.store(false, Relaxed);
        self.mark();
    }

    fn mark(&self) {
        let since = u64::try_from(self.born.elapsed().as_millis());
        self.quiet_since.store(since.unwrap_or(u64::MAX), Relaxed);
    }

    /// How long it may still wait if it must not for longer than `timeout`; `None` when that is over.
    pub(crate) fn left(&self, timeout: Duration) -> Option<Duration> {
        if self.answering.load(Relaxed) || self.blocked.load(Relaxed) {
            return Some(timeout);
        }
        let since = Duration::from_millis(self.quiet_since.load(Relaxed));
        let quiet = self.born.elapsed().saturating_sub(since);
        timeout.checked_sub(quiet).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waiting_for_a_head_has_an_end() {
        let idle = IdleTracker::new();
        let (none, long) = (Duration::ZERO, Duration::from_secs(3600));
        assert_eq!(idle.left(none), None);
        assert!(idle.left(long).unwrap() <= long);
        idle.begin();
        assert_eq!(idle.left(none), Some(none));
        idle.end();
        assert_eq!(idle.left(none), None);
        idle.block();
        assert_eq!(idle.left(none), Some(none));
        idle.unblock();
        assert_eq!(idle.left(none), None);
    }

    #[test]
    fn the_time_to_wait_begins_anew_after_an_answer() {
        let idle = IdleTracker::new();
        let waited = Duration::from_millis(20);
        std::thread::sleep(waited);
        let before = idle.left(Duration::from_secs(3600)).unwrap();
        idle.begin();
        idle.end();
        assert!(idle.left(Duration::from_secs(3600)).unwrap() > before);
    }
}
