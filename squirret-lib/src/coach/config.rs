//! Every threshold of a session.

mod numbers;

use serde::{Deserialize, Serialize};
use std::fmt;

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
/// let mut config: CoachConfig = serde_json::from_str(r#"{ "fsr": { "personal": { "max_along": 65.0 } } }"#)?;
/// assert_eq!(config.profile, Profile::Calibrated);
/// assert!(config.validate().is_ok() && config.without_effect().is_empty());
///
/// config.profile = Profile::Seed;
/// let ignored = config.without_effect();
/// assert_eq!(ignored[0].to_string(), "fsr.personal.max_along has no effect with profile seed");
///
/// config.timing.rest_ms = u32::MAX;
/// let error = config.validate().unwrap_err();
/// assert_eq!(error.to_string(), "timing.rest_ms must be between 0 and 2000000");
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

/// A setting that cannot be used, or that has no effect.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The setting's path, e.g. `timing.data_interval_ms`.
    pub key: String,
    /// The rule that it breaks, e.g. `must be 100 to 60000`.
    pub rule: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.rule)
    }
}

/// A configuration that cannot be used.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
#[non_exhaustive]
pub struct CoachConfigError {
    /// All that is wrong with it.
    pub problems: Vec<ConfigProblem>,
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

    /// Checks every number: NaN, infinities and implausible values are rejected, and so are combinations that would make
    /// the engine meaningless. A number without a rule of its own must be finite, and between 0 and 100 times its default.
    ///
    /// # Errors
    /// [`CoachConfigError`] lists all problems, each with its key and rule.
    pub fn validate(&self) -> Result<(), CoachConfigError> {
        let mut problems = Vec::new();
        let mut must = |holds: bool, key, rule| {
            if !holds {
                let (key, rule) = (str::to_owned(key), str::to_owned(rule));
                problems.push(ConfigProblem { key, rule });
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
        for problem in numbers::implausible(self) {
            // `weights` stands for all of its members.
            let is_known = |known: &ConfigProblem| problem.key.starts_with(&known.key);
            if !problems.iter().any(is_known) {
                problems.push(problem);
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(CoachConfigError { problems })
        }
    }

    /// Returns the settings that differ from their defaults and are not used with this profile.
    #[must_use]
    pub fn without_effect(&self) -> Vec<ConfigProblem> {
        let (unused, rule) = match self.profile {
            Profile::Seed => (
                ["fsr.personal.", "fsr.calibration."].as_slice(),
                "has no effect with profile seed",
            ),
            Profile::Calibrated => (
                ["fsr.rules."].as_slice(),
                "has no effect with profile calibrated once the person's own standing is known",
            ),
        };
        numbers::changed(self)
            .into_iter()
            .filter(|key| unused.iter().any(|prefix| key.starts_with(prefix)))
            .map(|key| ConfigProblem {
                key,
                rule: rule.into(),
            })
            .collect()
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
        let fine = |place: &crate::fsr::SensorPlace| {
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
    fn no_number_may_be_nan_or_extreme() {
        let default = CoachConfig::default();
        for key in numbers::keys(&default) {
            for extreme in [1e12, -1e12] {
                let Some(config) = numbers::with(&default, &key, extreme) else {
                    continue; // not a value of this type
                };
                let error = config.validate().expect_err(&key);
                let known = |problem: &ConfigProblem| key.starts_with(&problem.key);
                assert!(error.problems.iter().any(known), "{key}: {error}");
            }
        }
        let mut config = CoachConfig::default();
        config.fsr.motion.min_hertz = f64::NAN;
        let error = config.validate().unwrap_err();
        assert_eq!(
            error.to_string(),
            "fsr.motion.min_hertz must be a finite number"
        );
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
