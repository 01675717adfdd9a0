//! How many messages one connection may send.

use crate::limits::Rate;
use std::time::Instant;

/// What is left of a connection's rate.
#[derive(Debug)]
pub(crate) struct Allowance {
    rate: Option<Rate>,
    full_at: Instant,
}

impl Allowance {
    /// `None`: no limit.
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        Self {
            rate,
            full_at: Instant::now(),
        }
    }

    /// Takes one; `false` when nothing is left.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let Some(rate) = self.rate else { return true };
        let taken = rate.take(self.full_at, 1, now);
        self.full_at = taken.unwrap_or(self.full_at);
        taken.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn gives_the_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut allowance = Allowance::new(Some(Rate::new(10.0, 3.0)));
        let mut taken = |millis| allowance.take(start + Duration::from_millis(millis));
        assert!((0..3).all(|_| taken(1)));
        assert!(!taken(1));
        assert!(!taken(99));
        assert!(taken(102));
        assert!((0..3).all(|_| taken(60_000)), "never more than the burst");
        assert!(!taken(60_000));
    }

    #[test]
    fn no_rate_is_no_limit() {
        let mut allowance = Allowance::new(None);
        assert!((0..1000).all(|_| allowance.take(Instant::now())));
    }
}
