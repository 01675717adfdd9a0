//! One task for the deadlines of all coaches.
//!
//! A scope has at most one valid entry; an entry that was overtaken is recognised when its time comes and dropped.

use super::Scope;
use parking_lot::Mutex;
use squirret::{Clock, UnixMillis};
use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::Notify;

/// Scopes that are ticked before other tasks get their turn.
const BATCH: usize = 64;

#[derive(Debug)]
struct Entry {
    due: UnixMillis,
    scope: Weak<Scope>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.due.cmp(&other.due)
    }
}

/// When which scope wants to be woken.
#[derive(Debug, Default)]
pub(super) struct Timer {
    heap: Mutex<BinaryHeap<Reverse<Entry>>>,
    earlier: Notify,
}

impl Timer {
    /// Wakes `scope` at `due`.
    pub(super) fn schedule(&self, scope: Weak<Scope>, due: UnixMillis) {
        let mut heap = self.heap.lock();
        let is_first = heap.peek().is_none_or(|Reverse(first)| due < first.due);
        heap.push(Reverse(Entry { due, scope }));
        drop(heap);
        if is_first {
            self.earlier.notify_one();
        }
    }

    /// The scopes that are due, at most a batch, and the next deadline after them.
    fn due(&self, now: UnixMillis) -> (Vec<(UnixMillis, Arc<Scope>)>, Option<UnixMillis>) {
        let mut heap = self.heap.lock();
        let mut due = Vec::new();
        while due.len() < BATCH && heap.peek().is_some_and(|Reverse(first)| first.due <= now) {
            let Some(Reverse(entry)) = heap.pop() else {
                break;
            };
            due.extend(entry.scope.upgrade().map(|scope| (entry.due, scope)));
        }
        (due, heap.peek().map(|Reverse(first)| first.due))
    }

    /// Ticks scopes for ever.
    pub(super) async fn run(&self, clock: &dyn Clock) {
        loop {
            let now = clock.now();
            let (scopes, next) = self.due(now);
            for (due, scope) in &scopes {
                scope.tick(*due);
            }
            let wait =
                next.map(|next| Duration::from_millis(u64::try_from(next.since(now)).unwrap_or(0)));
            match wait {
                _ if scopes.len() == BATCH => tokio::task::yield_now().await,
                Some(wait) => {
                    // A step of the wall clock is noticed within a second.
                    let wait = wait.min(Duration::from_secs(1));
                    let _ = tokio::time::timeout(wait, self.earlier.notified()).await;
                }
                None => self.earlier.notified().await,
            }
        }
    }
}
