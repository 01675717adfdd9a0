//! What one stream asks for, and what it is advised.

use std::time::{Duration, Instant};

/// Seconds over which a rate is measured: after a change two thirds of it show after this.
const MEMORY_SECONDS: f64 = 2.0;
/// A stream is advised at most so often, and not before it has been seen for so long.
const ADVICE_INTERVAL: Duration = Duration::from_secs(2);
/// A stream that loses a smaller share of its frames is left alone: networks bunch frames.
const LOSING: f64 = 0.1;
/// Advice is lowered when the share is under this part of it,
const LOWER: f64 = 0.8;
/// and raised when it is over this part.
const HIGHER: f64 = 1.25;
/// A stream that sends less than this part of what it was advised has changed its mind.
const FOLLOWING: f64 = 0.5;
/// Frames per second are told in steps of this.
const STEP: f64 = 0.5;

/// Events a second, the older ones fading.
#[derive(Clone, Copy, Debug)]
struct Rate {
    faded: f64,
    last: Instant,
    since: Instant,
}

impl Rate {
    const fn new(now: Instant) -> Self {
        Self {
            faded: 0.0,
            last: now,
            since: now,
        }
    }

    fn count(&mut self, now: Instant) {
        self.faded = self.left(now) + 1.0;
        self.last = self.last.max(now);
    }

    fn left(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.last).as_secs_f64();
        self.faded * (-passed / MEMORY_SECONDS).exp()
    }

    /// What has been seen, over the time in which it could be seen.
    fn per_second(&self, now: Instant) -> f64 {
        let age = now.saturating_duration_since(self.since).as_secs_f64();
        let seen = MEMORY_SECONDS * (1.0 - (-age.max(0.5) / MEMORY_SECONDS).exp());
        self.left(now) / seen
    }
}

/// Advice in force.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Advice {
    fps: f64,
    /// What the stream sent before it was advised.
    wanted: f64,
}

/// One stream's demand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    opened: Instant,
    offered: Rate,
    lost: Rate,
    advice: Option<Advice>,
    told: Option<Instant>,
}

impl Demand {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            opened: now,
            offered: Rate::new(now),
            lost: Rate::new(now),
            advice: None,
            told: None,
        }
    }

    /// A frame came.
    pub(super) fn offer(&mut self, now: Instant) {
        self.offered.count(now);
    }

    /// A frame was not looked at, for want of time.
    pub(super) fn lose(&mut self, now: Instant) {
        self.lost.count(now);
    }

    /// Since when it has been there.
    pub(super) const fn opened(&self) -> Instant {
        self.opened
    }

    /// Frames a second that it would send if it could: what it sends, or what it sent before it followed advice.
    pub(super) fn wants(&self, now: Instant) -> f64 {
        let offered = self.offered.per_second(now);
        match self.advice {
            Some(advice) if offered > FOLLOWING * advice.fps => offered.max(advice.wanted),
            _ => offered,
        }
    }

    /// What to advise the stream whose fair share is `share` frames a second, if there is something new to say.
    pub(super) fn advise(&mut self, share: f64, now: Instant) -> Option<f64> {
        let last = self.told.unwrap_or(self.opened);
        if now.saturating_duration_since(last) < ADVICE_INTERVAL {
            return None;
        }
        let offered = self.offered.per_second(now);
        let loses = self.lost.per_second(now) > LOSING * offered;
        let (fps, wanted) = match self.advice {
            None if loses && share < offered => (lower_step(share), Some(offered)),
            Some(advice) if share >= advice.wanted => (upper_step(advice.wanted), None),
            Some(advice) if share > HIGHER * advice.fps || loses && share < LOWER * advice.fps => {
                (lower_step(share), Some(advice.wanted))
            }
            _ => return None,
        };
        self.advice = wanted.map(|wanted| Advice { fps, wanted });
        self.told = Some(now);
        Some(fps)
    }
}

fn lower_step(fps: f64) -> f64 {
    ((fps / STEP).floor() * STEP).max(STEP)
}

fn upper_step(fps: f64) -> f64 {
    (fps / STEP).ceil() * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that sends `fps` frames a second from `from` to `to` (seconds) and loses each `lost`th of them.
    fn send(demand: &mut Demand, start: Instant, (from, to): (f64, f64), fps: f64, lost: usize) {
        for frame in 0..((to - from) * fps) as usize {
            let now = at(start, from + frame as f64 / fps);
            demand.offer(now);
            if lost > 0 && frame % lost == 0 {
                demand.lose(now);
            }
        }
    }

    fn at(start: Instant, seconds: f64) -> Instant {
        start + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_rate_is_known_soon_and_follows_a_change() {
        let start = Instant::now();
        let mut demand = Demand::new(start);
        send(&mut demand, start, (0.0, 1.0), 10.0, 0);
        let wants = |demand: &Demand, seconds| demand.wants(at(start, seconds));
        assert!(
            (wants(&demand, 1.0) - 10.0).abs() < 1.5,
            "{}",
            wants(&demand, 1.0)
        );
        send(&mut demand, start, (1.0, 10.0), 30.0, 0);
        assert!((wants(&demand, 10.0) - 30.0).abs() < 1.5);
        assert!(wants(&demand, 20.0) < 0.3, "it stopped");
    }

    #[test]
    fn a_stream_that_loses_nothing_is_left_alone() {
        let start = Instant::now();
        let mut demand = Demand::new(start);
        send(&mut demand, start, (0.0, 5.0), 30.0, 0);
        assert_eq!(demand.advise(10.0, at(start, 5.0)), None);
        let mut young = Demand::new(start);
        send(&mut young, start, (0.0, 1.9), 30.0, 2);
        assert_eq!(young.advise(10.0, at(start, 1.9)), None, "too soon to tell");
    }

    #[test]
    fn advice_comes_down_up_and_ends_at_most_every_two_seconds() {
        let start = Instant::now();
        let mut demand = Demand::new(start);
        send(&mut demand, start, (0.0, 4.0), 30.0, 2);
        assert_eq!(demand.advise(7.9, at(start, 4.0)), Some(7.5));
        // It follows. What it would like is not forgotten.
        send(&mut demand, start, (4.0, 12.0), 7.5, 0);
        let now = |seconds| at(start, seconds);
        assert!((demand.wants(now(12.0)) - 30.0).abs() < 1.5);
        assert_eq!(
            demand.advise(8.5, now(12.0)),
            None,
            "hardly more than it has"
        );
        assert_eq!(demand.advise(14.0, now(12.0)), Some(14.0));
        assert_eq!(
            demand.advise(f64::INFINITY, now(13.9)),
            None,
            "not so soon again"
        );
        let free = demand.advise(f64::INFINITY, now(14.0)).unwrap();
        assert!((free - 30.0).abs() < 1.5, "{free}");
        assert_eq!(
            demand.advise(f64::INFINITY, now(17.0)),
            None,
            "all was said"
        );
    }

    #[test]
    fn advice_that_is_not_followed_is_lowered_and_not_repeated() {
        let start = Instant::now();
        let mut demand = Demand::new(start);
        send(&mut demand, start, (0.0, 4.0), 30.0, 2);
        assert_eq!(demand.advise(8.0, at(start, 4.0)), Some(8.0));
        send(&mut demand, start, (4.0, 8.0), 30.0, 2);
        assert_eq!(demand.advise(8.0, at(start, 8.0)), None);
        assert_eq!(demand.advise(4.2, at(start, 8.0)), Some(4.0));
        assert_eq!(demand.advise(0.1, at(start, 8.5)), None);
        send(&mut demand, start, (8.0, 11.0), 30.0, 2);
        assert_eq!(
            demand.advise(0.1, at(start, 11.0)),
            Some(0.5),
            "never nothing"
        );
    }

    #[test]
    fn a_stream_that_stops_wants_nothing_whatever_it_was_advised() {
        let start = Instant::now();
        let mut demand = Demand::new(start);
        send(&mut demand, start, (0.0, 4.0), 30.0, 2);
        demand.advise(8.0, at(start, 4.0)).unwrap();
        assert!(demand.wants(at(start, 20.0)) < 1.0);
    }

    #[test]
    fn time_that_repeats_or_runs_backwards_is_no_rate() {
        let start = Instant::now();
        let mut demand = Demand::new(at(start, 5.0));
        for seconds in [5.0, 5.0, 4.0, 0.0] {
            demand.offer(at(start, seconds));
            assert!(demand.wants(at(start, seconds)).is_finite());
        }
        assert!(demand.wants(at(start, 6.0)) < 10.0);
    }
}
