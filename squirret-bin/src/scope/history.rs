//! The pushes of the last minute, for a client that comes back.

use super::push::Push;
use squirret::UnixMillis;
use std::{collections::VecDeque, sync::Arc};

/// How long a push is kept, ms.
pub(super) const KEPT_MILLIS: i64 = 60_000;

/// Bounds of one history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HistoryLimits {
    /// Pushes.
    pub(crate) max_messages: usize,
    /// Bytes of their bodies.
    pub(crate) max_bytes: usize,
}

/// How far a client has read before it comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// Nothing of what is kept.
    Nothing,
    /// The push with this number, and all before it.
    Push(u64),
    /// The push of another scope with this rank, and everything that was pushed before it.
    Rank(u64),
}

/// A push that is kept.
#[derive(Debug)]
struct KeptPush {
    at: UnixMillis,
    /// Its rank among the pushes of all scopes: two may be made in one millisecond.
    rank: u64,
    push: Arc<Push>,
}

/// The newest pushes of one scope, oldest first.
#[derive(Debug)]
pub(super) struct History {
    pushes: VecDeque<KeptPush>,
    bytes: usize,
    limits: HistoryLimits,
}

impl History {
    pub(super) const fn new(limits: HistoryLimits) -> Self {
        Self {
            pushes: VecDeque::new(),
            bytes: 0,
            limits,
        }
    }

    /// Keeps a push; what is over a limit or too old goes, the oldest first. `rank` grows from push to push over all scopes.
    pub(super) fn push(&mut self, push: Arc<Push>, rank: u64, now: UnixMillis) {
        self.bytes += push.size;
        self.pushes.push_back(KeptPush {
            at: now,
            rank,
            push,
        });
        self.expire(now);
    }

    /// What was pushed after what the client has seen, oldest first, as far as it is kept.
    pub(super) fn since(&mut self, seen: Seen, now: UnixMillis) -> Vec<Arc<Push>> {
        self.expire(now);
        let missed = |kept: &&KeptPush| match seen {
            Seen::Nothing => true,
            Seen::Push(number) => kept.push.number > number,
            Seen::Rank(rank) => kept.rank > rank,
        };
        let missed = self.pushes.iter().filter(missed);
        missed.map(|kept| Arc::clone(&kept.push)).collect()
    }

    /// Returns the rank of the newest kept push up to this number.
    pub(super) fn rank_of(&self, number: u64) -> Option<u64> {
        let mut newest_first = self.pushes.iter().rev();
        Some(newest_first.find(|kept| kept.push.number <= number)?.rank)
    }

    fn expire(&mut self, now: UnixMillis) {
        while let Some(KeptPush { at, push, .. }) = self.pushes.front() {
            let HistoryLimits {
                max_messages,
                max_bytes,
            } = self.limits;
            let over = self.pushes.len() > max_messages || self.bytes > max_bytes;
            if !over && now.since(*at) <= KEPT_MILLIS {
                return;
            }
            self.bytes -= push.size;
            self.pushes.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HistoryLimits = HistoryLimits {
        max_messages: 4,
        max_bytes: 100,
    };

    fn history(pushes: &[(i64, u64, usize)]) -> History {
        let mut history = History::new(LIMITS);
        for (at, number, size) in pushes {
            history.push(
                Arc::new(Push::test(*number, *size)),
                10 * number,
                UnixMillis(*at),
            );
        }
        history
    }

    fn numbers(history: &mut History, after: Option<u64>, now: i64) -> Vec<u64> {
        let seen = after.map_or(Seen::Nothing, Seen::Push);
        history
            .since(seen, UnixMillis(now))
            .iter()
            .map(|push| push.number)
            .collect()
    }

    #[test]
    fn gives_what_came_after_the_last_seen() {
        let mut history = history(&[(0, 1, 1), (1, 2, 1), (2, 5, 1)]);
        assert_eq!(numbers(&mut history, Some(1), 3), [2, 5]);
        assert_eq!(numbers(&mut history, Some(5), 3), [0; 0]);
        assert_eq!(numbers(&mut history, None, 3), [1, 2, 5]);
        assert_eq!(numbers(&mut history, Some(u64::MAX), 3), [0; 0]);
    }

    #[test]
    fn a_push_of_another_scope_stands_for_what_came_before_it_even_in_the_same_millisecond() {
        let mut history = history(&[(10, 1, 1), (10, 2, 1), (10, 5, 1)]);
        let numbers = |seen, history: &mut History| -> Vec<u64> {
            let missed = history.since(seen, UnixMillis(40));
            missed.iter().map(|push| push.number).collect()
        };
        assert_eq!(numbers(Seen::Rank(21), &mut history), [5]);
        assert_eq!(numbers(Seen::Rank(9), &mut history), [1, 2, 5]);
        assert_eq!(history.rank_of(4), Some(20));
        assert_eq!(history.rank_of(0), None);
    }

    #[test]
    fn a_push_is_kept_for_a_minute() {
        let mut history = history(&[(0, 1, 1), (1, 2, 1)]);
        assert_eq!(numbers(&mut history, None, 60_000), [1, 2]);
        assert_eq!(numbers(&mut history, None, 60_001), [2]);
    }

    #[test]
    fn keeps_the_newest_within_number_and_bytes() {
        let mut many = history(&[(0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1), (0, 5, 1)]);
        assert_eq!(numbers(&mut many, None, 0), [2, 3, 4, 5]);
        let mut large = history(&[(0, 1, 50), (0, 2, 50), (0, 3, 1)]);
        assert_eq!(numbers(&mut large, None, 0), [2, 3]);
        let mut huge = history(&[(0, 1, 50), (0, 2, 101)]);
        assert_eq!(numbers(&mut huge, None, 0), [0; 0]);
    }
}
