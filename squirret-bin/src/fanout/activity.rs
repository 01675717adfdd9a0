//! When a scope last had data.

use std::sync::atomic::{AtomicI64, Ordering};

use squirret::UnixMillis;

use super::StreamKind;

/// Data count as fresh for this long, ms.
const FRESH_MILLIS: i64 = 10_000;

/// The times of the last data of a scope.
#[derive(Debug)]
pub(crate) struct Activity {
    any: AtomicI64,
    insole: AtomicI64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            any: AtomicI64::new(i64::MIN),
            insole: AtomicI64::new(i64::MIN),
        }
    }
}

impl Activity {
    /// Records that data for a stream arrived; insole data count for both streams.
    pub(crate) fn note(&self, stream: StreamKind, now: UnixMillis) {
        self.any.fetch_max(now.0, Ordering::Relaxed);
        if stream == StreamKind::Insole {
            self.insole.fetch_max(now.0, Ordering::Relaxed);
        }
    }

    /// Returns whether data of any kind arrived at or after `since`.
    pub(crate) fn has_come_since(&self, since: UnixMillis) -> bool {
        self.any.load(Ordering::Relaxed) >= since.0
    }

    /// Returns whether data for a stream arrived within 10 s.
    pub(crate) fn is_fresh(&self, stream: StreamKind, now: UnixMillis) -> bool {
        let last = match stream {
            StreamKind::Analysis => &self.any,
            StreamKind::Insole => &self.insole,
        };
        now.since(UnixMillis(last.load(Ordering::Relaxed))) <= FRESH_MILLIS
    }
}
