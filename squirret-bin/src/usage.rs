//! What the server counts of a session's frames, until it is stored.
//!
//! A socket comes and goes (a phone changes its network); its counts are kept here, and stored when the session is
//! finished, or when no socket of it has been there for a while.

use parking_lot::Mutex;
use squirret::session::{SessionId, Usage};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Counts of a session that has been gone for this long are stored.
const GONE_FOR: Duration = Duration::from_secs(120);

#[derive(Debug)]
struct Account {
    usage: Usage,
    sockets: usize,
    /// When the last socket left.
    left: Instant,
}

/// The open accounts; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsageTracker(Arc<Mutex<HashMap<SessionId, Account>>>);

impl UsageTracker {
    /// An account for a socket of `id`, open until the meter is dropped.
    pub(crate) fn open(&self, id: SessionId) -> UsageGuard {
        let now = Instant::now();
        let mut accounts = self.0.lock();
        let account = accounts.entry(id).or_insert(Account {
            usage: Usage::default(),
            sockets: 0,
            left: now,
        });
        account.sockets += 1;
        UsageGuard {
            book: self.clone(),
            id,
            since: now,
        }
    }

    /// Takes what was counted of a session (at its finish).
    pub(crate) fn settle(&self, id: SessionId) -> Option<Usage> {
        let mut accounts = self.0.lock();
        let account = accounts.get_mut(&id)?;
        let usage = std::mem::take(&mut account.usage);
        if account.sockets == 0 {
            accounts.remove(&id);
        }
        Some(usage)
    }

    /// Takes what was counted so far of all sessions; their accounts stay open.
    pub(crate) fn settle_open(&self) -> Vec<(SessionId, Usage)> {
        let mut accounts = self.0.lock();
        let counted = accounts
            .iter_mut()
            .filter(|(_, account)| account.usage != Usage::default());
        counted
            .map(|(id, account)| (*id, std::mem::take(&mut account.usage)))
            .collect()
    }

    /// What was counted of a session and not settled yet.
    pub(crate) fn peek(&self, id: SessionId) -> Option<Usage> {
        self.0.lock().get(&id).map(|account| account.usage)
    }

    /// Takes the accounts of sessions that have been gone for long.
    pub(crate) fn settle_gone(&self, now: Instant) -> Vec<(SessionId, Usage)> {
        self.settle_where(|account| {
            account.sockets == 0 && now.saturating_duration_since(account.left) >= GONE_FOR
        })
    }

    /// Takes all accounts (at the end of the process).
    pub(crate) fn settle_all(&self) -> Vec<(SessionId, Usage)> {
        self.settle_where(|_| true)
    }

    fn settle_where(&self, settled: impl Fn(&Account) -> bool) -> Vec<(SessionId, Usage)> {
        self.0
            .lock()
            .extract_if(|_, account| settled(account))
            .map(|(id, account)| (id, account.usage))
            .collect()
    }

    fn add(&self, id: SessionId, usage: Usage, left: Option<Instant>) {
        let mut accounts = self.0.lock();
        let now = left.unwrap_or_else(Instant::now);
        let account = accounts.entry(id).or_insert(Account {
            usage: Usage::default(),
            sockets: 1,
            left: now,
        });
        account.usage = account.usage.plus(usage);
        if let Some(left) = left {
            account.sockets = account.sockets.saturating_sub(1);
            account.left = left;
        }
    }
}

/// Counts for one socket, straight into the book, so that a finish finds all of it.
#[derive(Debug)]
pub(crate) struct UsageGuard {
    book: UsageTracker,
    id: SessionId,
    since: Instant,
}

impl UsageGuard {
    /// Adds to the counts; the time since the last call is added by itself.
    pub(crate) fn count(&mut self, usage: Usage) {
        let usage = self.timed(usage);
        self.book.add(self.id, usage, None);
    }

    fn timed(&mut self, usage: Usage) -> Usage {
        let now = Instant::now();
        let duration_seconds = now.saturating_duration_since(self.since).as_secs_f64();
        self.since = now;
        Usage {
            duration_seconds,
            ..usage
        }
    }
}

impl Drop for UsageGuard {
    fn drop(&mut self) {
        let rest = self.timed(Usage::default());
        self.book.add(self.id, rest, Some(self.since));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ID: SessionId = SessionId(Uuid::from_u128(1));

    #[tokio::test(start_paused = true)]
    async fn a_session_that_is_gone_for_two_minutes_is_settled_with_all_its_sockets() {
        let book = UsageTracker::default();
        for _ in 0..2 {
            let mut meter = book.open(ID);
            meter.count(Usage {
                frames_in: 3,
                ..Usage::default()
            });
            tokio::time::advance(Duration::from_secs(5)).await;
        }
        tokio::time::advance(GONE_FOR - Duration::from_millis(1)).await;
        assert_eq!(book.settle_gone(Instant::now()), []);
        tokio::time::advance(Duration::from_millis(1)).await;
        let usage = Usage {
            frames_in: 6,
            duration_seconds: 10.0,
            ..Usage::default()
        };
        assert_eq!(book.settle_gone(Instant::now()), [(ID, usage)]);
        assert_eq!(book.settle(ID), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connected_session_is_not_gone_and_can_be_settled() {
        let book = UsageTracker::default();
        let mut meter = book.open(ID);
        meter.count(Usage {
            frames_out: 7,
            ..Usage::default()
        });
        tokio::time::advance(GONE_FOR * 2).await;
        assert_eq!(book.settle_gone(Instant::now()), []);
        assert_eq!(book.settle(ID).unwrap().frames_out, 7);
        meter.count(Usage {
            frames_out: 2,
            ..Usage::default()
        });
        drop(meter);
        assert_eq!(
            book.settle(ID).unwrap().frames_out,
            2,
            "what came after the finish is not lost"
        );
        assert_eq!(book.settle(ID), None);
    }
}
