//! How many messages a session may send, over all its connections.

use crate::limits::Rate;
use parking_lot::Mutex;
use squirret::session::SessionId;
use std::{collections::HashMap, sync::Arc, time::Instant};

/// What is left of a rate; clones take from the same.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    rate: Option<Rate>,
    full_at: Arc<Mutex<Instant>>,
}

impl Allowance {
    /// One of its own. `None`: no limit.
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        let full_at = Arc::new(Mutex::new(Instant::now()));
        Self { rate, full_at }
    }

    /// Takes so many; `false` when less is left.
    pub(crate) fn take(&self, count: u32, now: Instant) -> bool {
        let Some(rate) = self.rate else { return true };
        let mut full_at = self.full_at.lock();
        let taken = rate.take(*full_at, count, now);
        *full_at = taken.unwrap_or(*full_at);
        taken.is_ok()
    }
}

/// The allowances of sessions; one that is not full outlives its connections, so that nobody begins anew by returning.
#[derive(Debug)]
pub(crate) struct Allowances {
    rate: Option<Rate>,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    full_at: HashMap<SessionId, Arc<Mutex<Instant>>>,
    /// Those that are full and without a connection are looked for when there are so many.
    sweep_at: usize,
}

/// Fewer sessions than this are never swept.
const MIN_SWEEP: usize = 1024;

impl Allowances {
    /// `None`: no limit.
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        Self {
            rate,
            sessions: Mutex::default(),
        }
    }

    /// What all connections of a session take from.
    pub(crate) fn of(&self, id: SessionId) -> Allowance {
        let mut sessions = self.sessions.lock();
        if sessions.full_at.len() >= sessions.sweep_at.max(MIN_SWEEP) {
            let now = Instant::now();
            let counts = |full_at: &mut Arc<Mutex<Instant>>| {
                Arc::strong_count(full_at) > 1 || *full_at.lock() > now
            };
            sessions.full_at.retain(|_, full_at| counts(full_at));
            sessions.sweep_at = sessions.full_at.len() * 2;
        }
        let new = || Arc::new(Mutex::new(Instant::now()));
        let full_at = Arc::clone(sessions.full_at.entry(id).or_insert_with(new));
        let rate = self.rate;
        Allowance { rate, full_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use uuid::Uuid;

    #[test]
    fn gives_the_burst_and_then_the_rate() {
        let start = Instant::now();
        let allowance = Allowance::new(Some(Rate::new(10.0, 3.0)));
        let taken = |millis| allowance.take(1, start + Duration::from_millis(millis));
        assert!((0..3).all(|_| taken(1)));
        assert!(!taken(1));
        assert!(!taken(99));
        assert!(taken(102));
        assert!((0..3).all(|_| taken(60_000)), "never more than the burst");
        assert!(!taken(60_000));
    }

    #[test]
    fn no_rate_is_no_limit() {
        let allowance = Allowance::new(None);
        assert!((0..1000).all(|_| allowance.take(100, Instant::now())));
    }

    #[test]
    fn connections_of_a_session_share_and_others_do_not() {
        let book = Allowances::new(Some(Rate::new(1.0, 3.0)));
        let [own, other] = [1, 2].map(|number| SessionId(Uuid::from_u128(number)));
        let now = Instant::now() + Duration::from_millis(1);
        let (first, second) = (book.of(own), book.of(own));
        assert!(first.take(2, now) && second.take(1, now));
        assert!(!first.take(1, now) && !second.take(1, now));
        assert!(book.of(other).take(3, now));
    }

    #[test]
    fn sessions_that_left_are_forgotten() {
        let book = Allowances::new(Some(Rate::new(1.0, 3.0)));
        let stays = book.of(SessionId(Uuid::from_u128(0)));
        for number in 1..10_000 {
            drop(book.of(SessionId(Uuid::from_u128(number))));
        }
        assert!(book.sessions.lock().full_at.len() <= MIN_SWEEP);
        let now = Instant::now() + Duration::from_millis(1);
        assert!(stays.take(3, now));
        drop(stays);
        for number in 1..10_000 {
            drop(book.of(SessionId(Uuid::from_u128(number))));
        }
        let again = book.of(SessionId(Uuid::from_u128(0)));
        assert!(!again.take(1, now), "who returns does not begin anew");
    }
}
