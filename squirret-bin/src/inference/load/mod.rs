//! What the machine can do, what is asked of it, and what follows: which model runs, who is advised to send less,
//! who is refused.
//!
//! Pure: times and measured costs are arguments.

mod cost;
mod demand;
mod tier;

pub(crate) use cost::ModelTier;

use super::queue::StreamId;
use cost::Costs;
use demand::Demand;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tier::TierSelector;

/// The load is looked at so often.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// Share of the machine that is given away by advice; the rest absorbs what comes in bunches.
const GIVEN_AWAY: f64 = 0.9;
/// A stream that is younger has not shown yet what it asks for: it is reckoned with at the least useful rate.
const YOUNG: Duration = Duration::from_secs(5);

/// What is asked for is measured against these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadLimits {
    /// Frames that can be looked at at the same time.
    pub(crate) runners: usize,
    /// Frames a second that each stream should get: below, the lite model takes over.
    pub(crate) target_stream_fps: f64,
    /// Frames a second that each stream must get, else a new one is refused; 0: none is.
    pub(crate) min_stream_fps: f64,
    /// Frames a second that no stream gets more of.
    pub(crate) max_stream_fps: f64,
}

/// The load of the plane.
#[derive(Debug)]
pub(super) struct Load {
    limits: LoadLimits,
    /// Unknown until there is a model.
    costs: Option<Costs>,
    demands: HashMap<StreamId, Demand>,
    tiers: TierSelector,
    /// Frames a second that every stream may have; those that want less get all they want.
    share: f64,
    looked: Instant,
    changes: u64,
}

impl Load {
    pub(super) fn new(limits: LoadLimits, now: Instant) -> Self {
        Self {
            limits,
            costs: None,
            demands: HashMap::new(),
            tiers: TierSelector::new(now),
            share: f64::INFINITY,
            looked: now,
            changes: 0,
        }
    }

    /// There are models now, and this is what a frame cost at their warm-up.
    pub(super) fn install(&mut self, usual: Duration, lite: Option<Duration>, now: Instant) {
        self.costs = Some(Costs::new(usual, lite));
        self.tiers = TierSelector::new(now);
    }

    pub(super) fn open(&mut self, stream: StreamId, now: Instant) {
        self.demands.insert(stream, Demand::new(now));
    }

    pub(super) fn close(&mut self, stream: StreamId) {
        self.demands.remove(&stream);
    }

    /// A frame came.
    pub(super) fn offer(&mut self, stream: StreamId, now: Instant) {
        if let Some(demand) = self.demands.get_mut(&stream) {
            demand.offer(now);
        }
    }

    /// A frame was not looked at, for want of time.
    pub(super) fn lose(&mut self, stream: StreamId, now: Instant) {
        if let Some(demand) = self.demands.get_mut(&stream) {
            demand.lose(now);
        }
    }

    /// A frame was looked at.
    pub(super) fn measure(&mut self, tier: ModelTier, took: Duration) {
        if let Some(costs) = &mut self.costs {
            costs.measured(tier, took);
        }
    }

    /// The model that looks at the next frame.
    pub(super) const fn tier(&self) -> ModelTier {
        self.tiers.tier()
    }

    /// How often the model was changed.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// Frames a second that can be looked at; `None` until there is a model.
    pub(super) fn capacity(&self, tier: ModelTier) -> Option<f64> {
        let costs = self.costs.as_ref()?;
        Some(self.limits.runners as f64 / costs.seconds(tier))
    }

    /// Seconds of a runner for one frame.
    pub(super) fn cost(&self) -> Option<f64> {
        Some(self.costs.as_ref()?.seconds(self.tier()))
    }

    /// Looks at the load, if it is time to. True when another model runs from now on.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        if now.saturating_duration_since(self.looked) < LOOK_INTERVAL {
            return false;
        }
        self.looked = now;
        let (Some(costs), Some(usual)) = (self.costs, self.capacity(ModelTier::Usual)) else {
            return false;
        };
        let mut wants: Vec<f64> = self
            .demands
            .values()
            .map(|demand| demand.wants(now))
            .collect();
        let target = self.limits.target_stream_fps;
        let needed: f64 = wants.iter().map(|wanted| wanted.min(target)).sum();
        let changes = costs.has_lite() && self.tiers.look(needed / usual, now);
        if changes {
            self.changes += 1;
            if let (ModelTier::Lite, Some(costs)) = (self.tier(), &mut self.costs) {
                costs.begin_lite();
            }
        }
        let capacity = self.capacity(self.tier()).unwrap_or(f64::INFINITY);
        self.share = fair_share(&mut wants, GIVEN_AWAY * capacity);
        changes
    }

    /// How many frames a second this stream should send, if there is something new to say.
    pub(super) fn advise(&mut self, stream: StreamId, now: Instant) -> Option<f64> {
        let share = self.share.min(self.limits.max_stream_fps);
        self.demands.get_mut(&stream)?.advise(share, now)
    }

    /// Whether one more stream can be served at a useful rate, and all others with it. There is always room for as
    /// many as there are runners.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let least = self.limits.min_stream_fps;
        let fastest = self.costs.map_or(ModelTier::Usual, |costs| costs.fastest());
        let Some(capacity) = self.capacity(fastest) else {
            return true;
        };
        let needed = |demand: &Demand| {
            let is_young = now.saturating_duration_since(demand.opened()) < YOUNG;
            if is_young {
                least
            } else {
                demand.wants(now).min(least)
            }
        };
        let taken: f64 = self.demands.values().map(needed).sum();
        self.demands.len() < self.limits.runners || taken + least <= capacity
    }
}

/// The most that each may have so that all together have no more than `capacity`: those that want less leave the rest
/// to the others. Infinite when all can have what they want.
fn fair_share(wants: &mut [f64], capacity: f64) -> f64 {
    wants.sort_by(f64::total_cmp);
    let mut rest = capacity;
    for (served, wanted) in wants.iter().enumerate() {
        let share = rest / (wants.len() - served) as f64;
        if *wanted > share {
            return share;
        }
        rest -= wanted;
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_little_gets_it_and_the_others_share_the_rest() {
        assert_eq!(fair_share(&mut [30.0, 2.0, 30.0], 42.0), 20.0);
        assert_eq!(fair_share(&mut [10.0; 4], 20.0), 5.0);
        assert_eq!(fair_share(&mut [10.0; 4], 40.0), f64::INFINITY);
        assert_eq!(fair_share(&mut [], 0.0), f64::INFINITY);
        assert_eq!(fair_share(&mut [0.0, 1.0], 0.0), 0.0);
    }
}
