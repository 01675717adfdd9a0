//! What a frame costs, as measured.

use std::time::Duration;

/// Frames that count as much as all before them; a change of the machine shows after some seconds.
const MEMORY: u32 = 64;
/// Frames after which the lite model's cost is known well enough to compare with.
const SETTLED: u32 = 32;

/// Which model looks at frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ModelTier {
    /// The one that the server is set to.
    #[default]
    Usual,
    /// The lighter one, under overload.
    Lite,
}

/// A running mean.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Mean {
    seconds: f64,
    count: u32,
}

impl Mean {
    fn new(first: Duration) -> Self {
        Self {
            seconds: first.as_secs_f64().max(f64::MIN_POSITIVE),
            count: 1,
        }
    }

    fn add(&mut self, took: Duration) {
        self.count = self.count.saturating_add(1);
        let share = 1.0 / f64::from(self.count.min(MEMORY));
        self.seconds += share * (took.as_secs_f64() - self.seconds);
        self.seconds = self.seconds.max(f64::MIN_POSITIVE);
    }
}

/// Running estimates of a frame's time in a runner, from the picture's bytes to the pose. They begin with the runs
/// that warm the networks up, so that they are known before the first frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Costs {
    usual: Mean,
    lite: Option<Mean>,
}

impl Costs {
    /// From the warm-up.
    pub(super) fn new(usual: Duration, lite: Option<Duration>) -> Self {
        Self {
            usual: Mean::new(usual),
            lite: lite.map(Mean::new),
        }
    }

    /// A frame took so long. While the lite model runs, the usual one is taken to become slower or faster by the
    /// same factor: an estimate of a busy minute must not stand for ever.
    pub(super) fn measured(&mut self, tier: ModelTier, took: Duration) {
        let Some(lite) = self.lite.as_mut().filter(|_| tier == ModelTier::Lite) else {
            self.usual.add(took);
            return;
        };
        let before = lite.seconds;
        lite.add(took);
        if lite.count > SETTLED {
            self.usual.seconds *= lite.seconds / before;
        }
    }

    /// The lite model begins to run: what it costs beside the usual one is learnt anew.
    pub(super) const fn begin_lite(&mut self) {
        if let Some(lite) = &mut self.lite {
            lite.count = 1;
        }
    }

    /// Seconds a frame.
    pub(super) fn seconds(&self, tier: ModelTier) -> f64 {
        match (tier, self.lite) {
            (ModelTier::Lite, Some(lite)) => lite.seconds,
            _ => self.usual.seconds,
        }
    }

    /// Whether there is a lite model.
    pub(super) const fn has_lite(&self) -> bool {
        self.lite.is_some()
    }

    /// The tier in which most frames can be looked at.
    pub(super) fn fastest(&self) -> ModelTier {
        if self.seconds(ModelTier::Lite) < self.usual.seconds {
            ModelTier::Lite
        } else {
            ModelTier::Usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn measure(costs: &mut Costs, tier: ModelTier, took: u64, times: usize) {
        (0..times).for_each(|_| costs.measured(tier, millis(took)));
    }

    #[test]
    fn the_first_frames_count_most_and_a_change_shows_within_some_hundred() {
        let mut costs = Costs::new(millis(40), None);
        measure(&mut costs, ModelTier::Usual, 10, 9);
        assert!((costs.seconds(ModelTier::Usual) - 0.013).abs() < 1e-9);
        measure(&mut costs, ModelTier::Usual, 30, 300);
        assert!((costs.seconds(ModelTier::Usual) - 0.030).abs() < 1e-3);
    }

    #[test]
    fn without_a_lite_model_its_gear_costs_what_the_usual_one_does() {
        let mut costs = Costs::new(millis(40), None);
        measure(&mut costs, ModelTier::Lite, 40, 3);
        assert_eq!(
            (costs.seconds(ModelTier::Lite), costs.has_lite()),
            (0.04, false)
        );
        assert_eq!(costs.fastest(), ModelTier::Usual);
    }

    #[test]
    fn while_lite_runs_the_usual_model_changes_by_the_same_factor() {
        let mut costs = Costs::new(millis(20), Some(millis(15)));
        costs.begin_lite();
        measure(&mut costs, ModelTier::Lite, 10, 100);
        assert!(
            (costs.seconds(ModelTier::Usual) - 0.020).abs() < 1e-3,
            "what the warm-up said of lite is no change of the machine: {costs:?}"
        );
        measure(&mut costs, ModelTier::Lite, 5, 600);
        assert!(
            (costs.seconds(ModelTier::Usual) - 0.010).abs() < 1e-3,
            "{costs:?}"
        );
        assert_eq!(costs.fastest(), ModelTier::Lite);
    }

    #[test]
    fn a_frame_that_took_no_time_leaves_a_cost() {
        let mut costs = Costs::new(Duration::ZERO, Some(Duration::ZERO));
        measure(&mut costs, ModelTier::Lite, 0, 100);
        measure(&mut costs, ModelTier::Usual, 0, 100);
        assert!(
            costs.seconds(ModelTier::Usual) > 0.0 && costs.seconds(ModelTier::Usual).is_finite()
        );
    }
}
