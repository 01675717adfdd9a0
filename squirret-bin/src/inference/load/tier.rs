//! When the lite model takes over, and when it gives back.

use super::ModelTier;
use std::time::{Duration, Instant};

/// Share of what the usual model can do above which it is overloaded. A runner that is busy all the time stands at 1.
const OVERLOADED: f64 = 1.05;
/// And for how long, before lite takes over.
const OVERLOADED_FOR: Duration = Duration::from_secs(2);
/// Share below which the usual model can do it again.
const CALM: f64 = 0.8;
/// And for how long.
const CALM_FOR: Duration = Duration::from_secs(5);
/// When nobody has looked for so long there was nothing to do.
const QUIET: Duration = Duration::from_secs(1);

/// Chooses between the models, with hysteresis in load and in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct TierSelector {
    tier: ModelTier,
    /// Since when a change has been called for.
    called: Option<Instant>,
    looked: Instant,
}

impl TierSelector {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            tier: ModelTier::Usual,
            called: None,
            looked: now,
        }
    }

    /// The model that runs.
    pub(super) const fn tier(&self) -> ModelTier {
        self.tier
    }

    /// Looks at the load: what is asked for as a share of what the usual model can do. True when the tier changes.
    pub(super) fn look(&mut self, load: f64, now: Instant) -> bool {
        let was_quiet = now.saturating_duration_since(self.looked) > QUIET;
        let calm_since = if was_quiet { self.looked } else { now };
        self.looked = now;
        let (is_called, from, patience, other) = match self.tier {
            ModelTier::Usual => (load > OVERLOADED, now, OVERLOADED_FOR, ModelTier::Lite),
            ModelTier::Lite => (load < CALM, calm_since, CALM_FOR, ModelTier::Usual),
        };
        if !is_called {
            self.called = None;
            return false;
        }
        let since = *self.called.get_or_insert(from);
        let changes = now.saturating_duration_since(since) >= patience;
        if changes {
            (self.tier, self.called) = (other, None);
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks four times a second at what `load` says of each moment, in seconds; gives the moments of change.
    fn changes(
        box_: &mut TierSelector,
        start: Instant,
        seconds: u32,
        load: impl Fn(f64) -> f64,
    ) -> Vec<f64> {
        (0..seconds * 4)
            .map(|quarter| f64::from(quarter) / 4.0)
            .filter(|at| box_.look(load(*at), start + Duration::from_secs_f64(*at)))
            .collect()
    }

    #[test]
    fn lite_takes_over_after_two_seconds_of_overload_and_gives_back_after_five_of_calm() {
        let start = Instant::now();
        let mut tiers = TierSelector::new(start);
        let changed = changes(&mut tiers, start, 30, |at| {
            if (3.0..10.0).contains(&at) { 2.0 } else { 0.5 }
        });
        assert_eq!(changed, [5.0, 15.0]);
        assert_eq!(tiers.tier(), ModelTier::Usual);
    }

    #[test]
    fn short_peaks_and_a_load_between_the_thresholds_change_nothing() {
        let start = Instant::now();
        let mut tiers = TierSelector::new(start);
        let peaks = |at: f64| if at % 2.0 < 1.5 { 3.0 } else { 0.9 };
        assert_eq!(changes(&mut tiers, start, 30, peaks), [0.0; 0]);
        let busy = changes(&mut tiers, start + Duration::from_secs(30), 30, |_| 1.0);
        assert_eq!(
            busy, [0.0; 0],
            "runners that are always busy are not overloaded"
        );
        let over = start + Duration::from_secs(60);
        assert_eq!(changes(&mut tiers, over, 3, |_| 1.2), [2.0]);
        let between = changes(&mut tiers, over + Duration::from_secs(3), 60, |at| {
            if at % 4.0 < 3.0 { 0.7 } else { 0.9 }
        });
        assert_eq!(between, [0.0; 0], "calm never lasts");
    }

    #[test]
    fn silence_is_calm() {
        let start = Instant::now();
        let mut tiers = TierSelector::new(start);
        changes(&mut tiers, start, 3, |_| 2.0);
        assert_eq!(tiers.tier(), ModelTier::Lite);
        assert!(tiers.look(0.1, start + Duration::from_secs(60)));
        assert_eq!(tiers.tier(), ModelTier::Usual);
    }
}
