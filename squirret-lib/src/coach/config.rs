//! Every threshold of a session.

use serde::{Deserialize, Serialize};

use crate::{
    feedback::{CuePolicy, Topic},
    fsr::FsrConfig,
    score::Weights,
    squat::SquatConfig,
};

/// Every threshold of a session, with serde and profiles.
///
/// ```
/// use squirret::coach::{CoachConfig, Profile};
///
/// let config: CoachConfig = serde_json::from_str(r#"{ "fsr": { "rules": { "max_inner": 65.0 } } }"#)?;
/// assert_eq!(config.profile, Profile::Calibrated);
/// assert_eq!(config.fsr.rules.max_inner, 65.0);
/// assert!(config.validate().is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CoachConfig {
    /// Against what the insoles are judged.
    pub profile: Profile,
    /// The camera's.
    pub squat: SquatConfig,
    /// The insoles'.
    pub fsr: FsrConfig,
    /// When to say what.
    pub cues: CuePolicy,
    /// What a fault costs.
    pub weights: Weights,
    /// How long things last.
    pub timing: Timing,
}

/// Against what the insoles are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Profile {
    /// Exactly the original's rules, always.
    Seed,
    /// The person's own standing baseline once it is known; the original's rules until then.
    #[default]
    Calibrated,
}

/// How long things last, in ms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Timing {
    /// From one DATA to the next, default 1 000.
    pub data_interval_ms: u32,
    /// How long an AI status counts, and after which silence a device is silent, default 10 000.
    pub stale_ms: u32,
    /// How long the camera's stage counts, default 1 000.
    pub pose_fresh_ms: u32,
    /// A rest of this length ends a set, default 20 000 (*proposed*).
    pub rest_ms: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            data_interval_ms: 1_000,
            stale_ms: 10_000,
            pose_fresh_ms: 1_000,
            rest_ms: 20_000,
        }
    }
}

/// One value that cannot be.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Problem {
    /// Which, e.g. `timing.data_interval_ms`.
    pub key: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

/// A configuration that cannot be used.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{}", .problems.iter().map(|p| format!("{} {}", p.key, p.rule)).collect::<Vec<_>>().join("; "))]
#[non_exhaustive]
pub struct ConfigError {
    /// All that is wrong with it.
    pub problems: Vec<Problem>,
}

impl CoachConfig {
    /// Exactly the original's rules.
    #[must_use]
    pub fn seed() -> Self {
        Self {
            profile: Profile::Seed,
            ..Self::default()
        }
    }

    /// Checks every value that would make the engine meaningless.
    ///
    /// # Errors
    /// All problems at once, each with its key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        let mut must = |holds: bool, key, rule| {
            if !holds {
                problems.push(Problem { key, rule });
            }
        };
        self.check_fsr(&mut must);
        self.squat.check(&mut must);
        self.check_cues(&mut must);
        let (timing, weights) = (&self.timing, &self.weights);
        must(
            (100..=60_000).contains(&timing.data_interval_ms),
            "timing.data_interval_ms",
            "must be 100 to 60000",
        );
        must(
            (1_000..=600_000).contains(&timing.stale_ms),
            "timing.stale_ms",
            "must be 1000 to 600000",
        );
        must(
            (100..=10_000).contains(&timing.pose_fresh_ms),
            "timing.pose_fresh_ms",
            "must be 100 to 10000",
        );
        must(
            timing.rest_ms >= 1_000,
            "timing.rest_ms",
            "must be at least 1000",
        );
        let all = Topic::ALL
            .iter()
            .all(|topic| (0.0..=100.0).contains(&weights.of(*topic)));
        must(all, "weights", "must each be 0 to 100");
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError { problems })
        }
    }

    fn check_fsr(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        let fsr = &self.fsr;
        let window = fsr.window;
        must(
            (100..=3_600_000).contains(&window.length_ms),
            "fsr.window.length_ms",
            "must be 100 to 3600000",
        );
        must(
            (1..=10_000).contains(&window.slots),
            "fsr.window.slots",
            "must be 1 to 10000",
        );
        let inside = |value: f64| (-20.0..=120.0).contains(&value);
        let fine = |place: &crate::fsr::Place| {
            inside(place.along) && inside(place.across) && place.area > 0.0 && place.area <= 1e3
        };
        let placed = fsr.layout.places.iter().all(fine);
        must(
            placed,
            "fsr.layout.places",
            "must lie on the sole (-20 to 120 %) and have an area",
        );
        let layout = &fsr.layout;
        let groups = [
            layout.front,
            layout.rear,
            layout.inner,
            layout.outer,
            layout.heel,
        ];
        must(
            groups.iter().all(|group| !group.is_empty()),
            "fsr.layout",
            "must have no empty group",
        );
        let divider = &fsr.divider;
        must(
            divider.ohms.is_finite() && divider.ohms > 0.0,
            "fsr.divider.ohms",
            "must be positive",
        );
        let saturates = divider.saturation_volts > 0.0 && divider.saturation_volts < 3.3;
        must(
            saturates,
            "fsr.divider.saturation_volts",
            "must be above 0 and below 3.3",
        );
        must(
            (0.0..=1.0).contains(&divider.part_spread),
            "fsr.divider.part_spread",
            "must be 0 to 1",
        );
        must(
            (0.0..=100.0).contains(&fsr.sum_tolerance),
            "fsr.sum_tolerance",
            "must be 0 to 100",
        );
        must(
            (0.0..=3.3).contains(&fsr.unloaded_volts),
            "fsr.unloaded_volts",
            "must be 0 to 3.3",
        );
        must(
            (1.0..=10_000.0).contains(&fsr.smoothing_ms),
            "fsr.smoothing_ms",
            "must be 1 to 10000",
        );
    }

    fn check_cues(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        let cues = &self.cues;
        must(
            cues.interval_ms >= 1_000,
            "cues.interval_ms",
            "must be at least 1000",
        );
        let remembered = u64::from(cues.repeat_ms) <= 8 * u64::from(cues.interval_ms);
        must(
            remembered,
            "cues.repeat_ms",
            "must be at most eight intervals",
        );
        must(
            (1..=10).contains(&cues.habitual_reps),
            "cues.habitual_reps",
            "must be 1 to 10",
        );
        must(
            (1..=10).contains(&cues.fixed_reps),
            "cues.fixed_reps",
            "must be 1 to 10",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_and_the_seed_profile_are_valid() {
        assert_eq!(CoachConfig::default().validate(), Ok(()));
        assert_eq!(CoachConfig::seed().validate(), Ok(()));
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_keys() {
        let mut config = CoachConfig::default();
        config.timing.data_interval_ms = 99;
        config.cues.repeat_ms = 80_001;
        config.fsr.smoothing_ms = f64::NAN;
        config.squat.front_parallel_depth = 0.6;
        let error = config.validate().unwrap_err();
        insta::assert_snapshot!(error, @"fsr.smoothing_ms must be 1 to 10000; squat.front_doubt_depth must be front_depth to front_parallel_depth; squat.front_parallel_depth must be front_depth to 2; cues.repeat_ms must be at most eight intervals; timing.data_interval_ms must be 100 to 60000");
    }

    #[test]
    fn a_configuration_survives_serialisation() {
        let config = CoachConfig::seed();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<CoachConfig>(&json).unwrap(), config);
        assert_eq!(
            serde_json::from_str::<CoachConfig>("{}").unwrap(),
            CoachConfig::default()
        );
    }
}
