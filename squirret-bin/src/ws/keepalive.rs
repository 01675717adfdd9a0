//! Finds out whether the peer is still there: a ping into silence, and an end when even that is not answered.

use std::time::Duration;
use tokio::time::Instant;

/// What is to be done about silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Beat {
    /// Nothing yet.
    Wait,
    /// Ask whether the peer is there.
    Ping,
    /// It is not.
    Dead,
}

/// Pings after one interval of silence, gives up after a second one.
#[derive(Debug)]
pub(crate) struct Keepalive {
    interval: Duration,
    pinged: Option<Instant>,
}

impl Keepalive {
    pub(crate) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            pinged: None,
        }
    }

    /// When to call [`Self::beat`], for a peer that was last heard at `heard`.
    pub(crate) fn deadline(&self, heard: Instant) -> Instant {
        self.unanswered(heard).unwrap_or(heard) + self.interval
    }

    /// What to do now.
    pub(crate) fn beat(&mut self, heard: Instant, now: Instant) -> Beat {
        if now < self.deadline(heard) {
            return Beat::Wait;
        }
        if self.unanswered(heard).is_some() {
            return Beat::Dead;
        }
        self.pinged = Some(now);
        Beat::Ping
    }

    /// The ping that nothing came after.
    fn unanswered(&self, heard: Instant) -> Option<Instant> {
        self.pinged.filter(|pinged| heard < *pinged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_silent_for_two_intervals_is_dead() {
        let (mut keepalive, start) = (Keepalive::new(Duration::from_secs(20)), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(keepalive.beat(start, at(19)), Beat::Wait);
        assert_eq!(keepalive.beat(start, at(20)), Beat::Ping);
        assert_eq!(keepalive.deadline(start), at(40));
        assert_eq!(keepalive.beat(start, at(39)), Beat::Wait);
        assert_eq!(keepalive.beat(start, at(40)), Beat::Dead);
    }

    #[test]
    fn any_byte_after_the_ping_is_an_answer() {
        let (mut keepalive, start) = (Keepalive::new(Duration::from_secs(20)), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(keepalive.beat(start, at(20)), Beat::Ping);
        assert_eq!(keepalive.beat(at(21), at(40)), Beat::Wait);
        assert_eq!(keepalive.beat(at(21), at(41)), Beat::Ping);
        assert_eq!(keepalive.beat(at(21), at(61)), Beat::Dead);
    }

    #[test]
    fn a_ping_that_comes_late_still_leaves_a_whole_interval_to_answer() {
        let (mut keepalive, start) = (Keepalive::new(Duration::from_secs(20)), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(keepalive.beat(start, at(100)), Beat::Ping);
        assert_eq!(keepalive.beat(start, at(119)), Beat::Wait);
        assert_eq!(keepalive.beat(start, at(120)), Beat::Dead);
    }
}
