//! Token buckets by key, as the generic cell rate algorithm: one time stamp a key.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// So many a second on average, so many at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    interval: Duration,
    tolerance: Duration,
}

impl Rate {
    /// `per_second` and `burst` are above 0; a burst below 1 is 1.
    pub(crate) fn new(per_second: f64, burst: f64) -> Self {
        let interval =
            Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::from_secs(3600));
        Self {
            interval,
            tolerance: interval.saturating_mul(burst.clamp(1.0, f64::from(u32::MAX)) as u32),
        }
    }

    /// Takes `count` at `now` from a bucket that is full at `full_at`: when it will be full again, or how long to wait.
    pub(crate) fn take(
        self,
        full_at: Instant,
        count: u32,
        now: Instant,
    ) -> Result<Instant, Duration> {
        let next = full_at.max(now) + self.interval.saturating_mul(count);
        let over = next
            .saturating_duration_since(now)
            .saturating_sub(self.tolerance);
        if over.is_zero() { Ok(next) } else { Err(over) }
    }
}

/// A bucket for each key. What is full again is forgotten; when too many are not, the whole table starts anew, which
/// errs on the side of letting people in.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    max_keys: usize,
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    pub(crate) fn new(rate: Rate, max_keys: usize) -> Self {
        Self {
            rate,
            max_keys,
            full_at: Mutex::default(),
        }
    }

    /// Takes `count` from the bucket of `key`.
    ///
    /// # Errors
    /// How long to wait until it would work.
    pub(crate) fn take(&self, key: K, count: u32, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock();
        if full_at.len() >= self.max_keys && !full_at.contains_key(&key) {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= self.max_keys {
                full_at.clear();
            }
        }
        let bucket = full_at.entry(key).or_insert(now);
        *bucket = self.rate.take(*bucket, count, now)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_passes_and_one_more_waits_for_its_turn() {
        let now = Instant::now();
        let buckets = Buckets::new(Rate::new(10.0, 5.0), 8);
        for _ in 0..5 {
            buckets.take('a', 1, now).unwrap();
        }
        assert_eq!(buckets.take('a', 1, now), Err(Duration::from_millis(100)));
        buckets.take('b', 5, now).unwrap();
        buckets
            .take('a', 1, now + Duration::from_millis(100))
            .unwrap();
        buckets.take('a', 5, now + Duration::from_secs(10)).unwrap();
    }

    #[test]
    fn a_refusal_costs_nothing() {
        let now = Instant::now();
        let buckets = Buckets::new(Rate::new(1.0, 2.0), 8);
        for _ in 0..100 {
            assert!(buckets.take('a', 3, now).is_err());
        }
        buckets.take('a', 2, now).unwrap();
    }

    #[test]
    fn no_more_keys_are_kept_than_allowed() {
        let now = Instant::now();
        let buckets = Buckets::new(Rate::new(1.0, 1.0), 4);
        for key in 0..100 {
            buckets.take(key, 1, now).unwrap();
            assert!(buckets.full_at.lock().len() <= 4);
        }
    }
}
