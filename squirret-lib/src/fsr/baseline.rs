//! The standing calibration: how this person stands, and how their sensors differ.

use serde::{Deserialize, Serialize};

use super::{CentreOfPressure, FsrConfig, Means, Metrics, SensorValues, Side, Summary};
use crate::UnixMillis;

/// How a person who stands quietly is known (all *proposed* but the five seconds).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CalibrationConfig {
    /// How long to stand, in ms; default 5 000.
    pub hold_ms: u32,
    /// Every ratio stays within this of its mean, in points; default 5.
    pub quiet_points: f64,
    /// The force stays within this of its mean, in per cent; default 10.
    pub quiet_percent: f64,
    /// Least samples of each foot when the app asked for the calibration; default 4.
    pub min_samples: u16,
    /// Least samples of each foot when nobody asked, default 25: it takes more to be sure that somebody stands
    /// there. Such a calibration also needs values that are not perfectly constant, as those of people never are,
    /// and a centre of pressure between 30 and 65 % of the foot's length.
    pub min_samples_unasked: u16,
    /// Whether to calibrate at the first quiet standing without being asked; default true.
    pub unasked: bool,
    /// A person who stands with more than this off an even share of the weight on either foot is told, and not calibrated
    /// until they stand evenly or confirm it by asking again; in points, default 5 (45 : 55).
    pub max_uneven_points: f64,
    /// A calibration that was asked for is given up after this, in ms; default 60 000.
    pub patience_ms: u32,
}

impl Default for CalibrationConfig {
    fn default() -> Self {
        Self {
            hold_ms: 5_000,
            quiet_points: 5.0,
            quiet_percent: 10.0,
            min_samples: 4,
            min_samples_unasked: 25,
            unasked: true,
            max_uneven_points: 5.0,
            patience_ms: 60_000,
        }
    }
}

/// How a person stands.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Baseline {
    /// When it was taken.
    pub at: UnixMillis,
    /// Mean ratios of the feet that were there.
    pub ratios: [Option<SensorValues>; 2],
    /// What each sensor's force is multiplied with, so that both feet carry the same while standing quietly:
    /// each pair of mirrored sensors is brought to its mean, which takes out most of how the parts differ.
    pub gains: [SensorValues; 2],
    /// The shares of both feet.
    pub metrics: Metrics,
    /// The sum of both feet's relative forces: the body's weight in the sensors' unit; `None` without voltages.
    pub weight: Option<f64>,
    /// The left foot's part of the force before the gains evened both out, in per cent; `None` without voltages.
    #[serde(default)]
    pub left_load: Option<f64>,
}

impl Baseline {
    fn new(sums: &[StandingSums; 2], config: &FsrConfig, at: UnixMillis) -> Option<Self> {
        let ratios = [sums[0].ratios(), sums[1].ratios()];
        let means = ratios.map(|ratios| {
            ratios.map(|ratios| Means {
                ratios,
                force: None,
                samples: 1,
            })
        });
        let summary = Summary::of(means[0].as_ref(), means[1].as_ref(), &config.layout)?;
        let forces = [sums[0].forces(), sums[1].forces()];
        let left_load = match &forces {
            [Some(left), Some(right)] => {
                let (left, right) = (left.iter().sum::<f64>(), right.iter().sum::<f64>());
                Some(100.0 * left / (left + right)).filter(|share| share.is_finite())
            }
            _ => None,
        };
        let (gains, weight) = match forces {
            [Some(left), Some(right)] => {
                let gains = gains(&left, &right);
                let weigh = |forces: &SensorValues, gains: &SensorValues| {
                    weighted(forces, gains).iter().sum::<f64>()
                };
                (
                    gains,
                    Some(weigh(&left, &gains[0]) + weigh(&right, &gains[1])),
                )
            }
            _ => ([[1.0; 6]; 2], None),
        };
        Some(Self {
            at,
            ratios,
            gains,
            metrics: summary.metrics,
            weight,
            left_load,
        })
    }

    /// Whether the weight is further from an even share than the configuration allows.
    pub(super) fn is_uneven(&self, config: &CalibrationConfig) -> bool {
        let uneven = |left: f64| (left - 50.0).abs() > config.max_uneven_points;
        self.left_load.is_some_and(uneven)
    }
}

/// Forces with their gains.
pub(super) fn weighted(forces: &SensorValues, gains: &SensorValues) -> SensorValues {
    std::array::from_fn(|index| forces[index] * gains[index])
}

/// Brings each pair of mirrored sensors to its mean, and then both feet to the same sum. A sensor that hardly
/// carries anything (below 2 % of its foot) or differs by more than a factor of two is left to the feet's sums.
fn gains(left: &SensorValues, right: &SensorValues) -> [SensorValues; 2] {
    let sums = [left.iter().sum::<f64>(), right.iter().sum::<f64>()];
    let mut gains = [[1.0; 6]; 2];
    for index in 0..6 {
        let (l, r) = (left[index], right[index]);
        let mean = f64::midpoint(l, r);
        let loaded = l > 0.02 * sums[0] && r > 0.02 * sums[1];
        if loaded && mean / l <= 2.0 && mean / r <= 2.0 {
            gains[0][index] = mean / l;
            gains[1][index] = mean / r;
        }
    }
    let after = [
        weighted(left, &gains[0]).iter().sum::<f64>(),
        weighted(right, &gains[1]).iter().sum::<f64>(),
    ];
    let mean = f64::midpoint(after[0], after[1]);
    for (foot, after) in gains.iter_mut().zip(after) {
        if after > 0.0 {
            foot.iter_mut().for_each(|gain| *gain *= mean / after);
        }
    }
    gains
}

/// One foot while it stands.
#[derive(Clone, Copy, Debug, Default)]
struct StandingSums {
    ratios: SensorValues,
    forces: SensorValues,
    count: u32,
    forced: u32,
    /// Whether some value differed from the first.
    moved: bool,
    first: SensorValues,
}

impl StandingSums {
    fn add(&mut self, ratios: &SensorValues, forces: Option<&SensorValues>) {
        if self.count == 0 {
            self.first = *ratios;
        }
        self.moved |= self.first != *ratios;
        self.ratios
            .iter_mut()
            .zip(ratios)
            .for_each(|(sum, ratio)| *sum += ratio);
        self.count += 1;
        if let Some(forces) = forces {
            self.forces
                .iter_mut()
                .zip(forces)
                .for_each(|(sum, force)| *sum += force);
            self.forced += 1;
        }
    }

    fn ratios(&self) -> Option<SensorValues> {
        (self.count > 0).then(|| self.ratios.map(|sum| sum / f64::from(self.count)))
    }

    fn forces(&self) -> Option<SensorValues> {
        (self.forced > 0).then(|| self.forces.map(|sum| sum / f64::from(self.forced)))
    }

    /// Whether a sample is like those before it.
    fn fits(
        &self,
        ratios: &SensorValues,
        forces: Option<&SensorValues>,
        config: &CalibrationConfig,
    ) -> bool {
        let near = |mean: &SensorValues| {
            mean.iter()
                .zip(ratios)
                .all(|(mean, ratio)| (mean - ratio).abs() <= config.quiet_points)
        };
        let force = self.forces().zip(forces).is_none_or(|(mean, forces)| {
            let (mean, force) = (mean.iter().sum::<f64>(), forces.iter().sum::<f64>());
            (force - mean).abs() <= config.quiet_percent / 100.0 * mean
        });
        self.ratios().as_ref().is_none_or(near) && force
    }
}

/// What a calibrator is waiting for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Task {
    /// Nothing.
    Idle,
    /// The first quiet standing.
    Unasked,
    /// A quiet standing before this time.
    Asked(UnixMillis),
    /// Every further quiet standing, to see whether sensors drift.
    Watch,
}

/// Waits for quiet standing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calibrator {
    task: Task,
    from: Option<UnixMillis>,
    sums: [StandingSums; 2],
}

impl Calibrator {
    /// One that waits for the first quiet standing, or not.
    pub(super) fn new(unasked: bool) -> Self {
        let task = if unasked { Task::Unasked } else { Task::Idle };
        Self {
            task,
            from: None,
            sums: [StandingSums::default(); 2],
        }
    }

    /// Begins anew, as the app asked for it.
    pub(super) fn ask(&mut self, config: &CalibrationConfig, now: UnixMillis) {
        *self = Self::new(false);
        self.task = Task::Asked(now.plus(i64::from(config.patience_ms)));
    }

    /// Whether a calibration that was asked for is under way.
    pub(super) const fn is_asked(&self) -> bool {
        matches!(self.task, Task::Asked(_))
    }

    /// Whether the next quiet standing makes the baseline.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.task, Task::Asked(_) | Task::Unasked)
    }

    /// Waits for another quiet standing, for as long as before.
    pub(super) fn refuse(&mut self, task: Task) {
        self.task = task;
        self.disturb();
    }

    pub(super) const fn task(&self) -> Task {
        self.task
    }

    /// Never calibrates, unless asked to.
    pub(super) fn rest(&mut self) {
        *self = Self::new(false);
    }

    /// Begins the standing anew: somebody moved, or a foot is in the air.
    pub(super) fn disturb(&mut self) {
        self.from = None;
        self.sums = [StandingSums::default(); 2];
    }

    /// Takes the values of a loaded foot; gives the baseline when the person stood long enough.
    pub(super) fn add(
        &mut self,
        side: Side,
        ratios: &SensorValues,
        forces: Option<&SensorValues>,
        config: &FsrConfig,
        now: UnixMillis,
    ) -> Option<Baseline> {
        match self.task {
            Task::Idle => return None,
            Task::Asked(until) if now > until => {
                self.task = Task::Idle;
                return None;
            }
            Task::Asked(_) | Task::Unasked | Task::Watch => {}
        }
        if !self.sums[side.index()].fits(ratios, forces, &config.calibration) {
            self.disturb();
        }
        let from = *self.from.get_or_insert(now);
        self.sums[side.index()].add(ratios, forces);
        if now.since(from) < i64::from(config.calibration.hold_ms) {
            return None;
        }
        self.finish(config, now)
    }

    fn finish(&mut self, config: &FsrConfig, now: UnixMillis) -> Option<Baseline> {
        let asked = self.is_asked();
        let calibration = &config.calibration;
        let least = if asked {
            calibration.min_samples
        } else {
            calibration.min_samples_unasked
        };
        let enough = self
            .sums
            .iter()
            .all(|sums| sums.count == 0 || sums.count >= u32::from(least));
        let moved = self.sums.iter().any(|sums| sums.moved);
        let baseline = Baseline::new(&self.sums, config, now).filter(|_| enough);
        let baseline = baseline.filter(|baseline| asked || (moved && stands(baseline, config)));
        if baseline.is_some() {
            self.task = Task::Watch;
        }
        if baseline.is_some() || !enough {
            self.disturb();
        }
        baseline
    }
}

/// Whether the centre of pressure of every foot is where people who stand have it.
fn stands(baseline: &Baseline, config: &FsrConfig) -> bool {
    baseline.ratios.iter().flatten().all(|ratios| {
        let centre = CentreOfPressure::of(ratios, &config.layout);
        centre.is_some_and(|centre| (30.0..=65.0).contains(&centre.along))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDING: SensorValues = [26.0, 9.0, 8.0, 13.0, 26.0, 18.0];

    struct Rig {
        calibrator: Calibrator,
        config: FsrConfig,
        now: UnixMillis,
        step: u32,
    }

    impl Rig {
        fn unasked() -> Self {
            Self {
                calibrator: Calibrator::new(true),
                config: FsrConfig::default(),
                now: UnixMillis(0),
                step: 0,
            }
        }

        fn asked() -> Self {
            let mut rig = Self::unasked();
            rig.calibrator.ask(&rig.config.calibration, rig.now);
            rig
        }

        /// Both feet for `seconds` at `hertz`, swaying by `sway` points.
        fn stand(
            &mut self,
            seconds: f64,
            hertz: i64,
            ratios: SensorValues,
            sway: f64,
        ) -> Option<Baseline> {
            for _ in 0..(seconds * hertz as f64) as i64 {
                self.step += 1;
                let sway = if self.step.is_multiple_of(2) {
                    sway
                } else {
                    -sway
                };
                let mut ratios = ratios;
                ratios[0] += sway;
                ratios[5] -= sway;
                for side in Side::BOTH {
                    let baseline = self
                        .calibrator
                        .add(side, &ratios, None, &self.config, self.now);
                    if baseline.is_some() {
                        return baseline;
                    }
                }
                self.now = self.now.plus(1_000 / hertz);
            }
            None
        }
    }

    #[test]
    fn five_seconds_of_quiet_standing_calibrate_unasked() {
        let mut rig = Rig::unasked();
        assert_eq!(rig.stand(5.0, 50, STANDING, 0.5), None);
        let baseline = rig.stand(0.1, 50, STANDING, 0.5).unwrap();
        assert!((baseline.metrics.heel - 52.0).abs() < 0.1);
    }

    #[test]
    fn the_firmwares_one_sample_a_second_is_enough_only_when_asked() {
        assert_eq!(Rig::unasked().stand(60.0, 1, STANDING, 0.5), None);
        assert!(Rig::asked().stand(6.0, 1, STANDING, 0.5).is_some());
    }

    #[test]
    fn values_that_never_change_are_no_person_unless_asked() {
        assert_eq!(Rig::unasked().stand(60.0, 50, STANDING, 0.0), None);
        assert!(Rig::asked().stand(6.0, 50, STANDING, 0.0).is_some());
    }

    #[test]
    fn leaning_far_forward_is_no_standing_unless_asked() {
        let forward = [1.0, 2.0, 10.0, 40.0, 2.0, 45.0];
        assert_eq!(Rig::unasked().stand(60.0, 50, forward, 0.5), None);
        assert!(Rig::asked().stand(6.0, 50, forward, 0.5).is_some());
    }

    #[test]
    fn a_movement_begins_the_five_seconds_anew() {
        let mut rig = Rig::unasked();
        for _ in 0..4 {
            assert_eq!(rig.stand(4.0, 50, STANDING, 0.5), None);
            assert_eq!(
                rig.stand(0.1, 50, [10.0, 9.0, 8.0, 29.0, 26.0, 18.0], 0.5),
                None
            );
        }
        assert!(rig.stand(5.1, 50, STANDING, 0.5).is_some());
    }

    #[test]
    fn a_calibration_that_was_asked_for_is_given_up_after_a_minute() {
        let mut rig = Rig::asked();
        rig.now = UnixMillis(60_001);
        assert_eq!(rig.stand(20.0, 50, STANDING, 0.5), None);
        assert!(!rig.calibrator.is_asked());
    }

    #[test]
    fn every_further_standing_is_told_too() {
        let mut rig = Rig::unasked();
        assert!(rig.stand(6.0, 50, STANDING, 0.5).is_some());
        assert!(rig.stand(6.0, 50, STANDING, 0.5).is_some());
        rig.calibrator.rest();
        assert_eq!(rig.stand(6.0, 50, STANDING, 0.5), None);
    }

    #[test]
    fn gains_bring_mirrored_sensors_together_and_the_feet_to_the_same_sum() {
        let (left, right) = (
            [1.2, 0.5, 0.4, 0.6, 1.0, 0.9],
            [0.8, 0.4, 0.5, 0.7, 1.2, 0.7],
        );
        let gains = gains(&left, &right);
        let (left, right) = (weighted(&left, &gains[0]), weighted(&right, &gains[1]));
        for (left, right) in left.iter().zip(right) {
            assert!((left - right).abs() < 1e-12);
        }
    }

    #[test]
    fn a_sensor_that_carries_nothing_or_differs_wildly_has_no_gain_of_its_own() {
        let gains = gains(
            &[1.0, 0.001, 1.0, 1.0, 1.0, 1.0],
            &[1.0, 1.0, 1.0, 0.2, 1.0, 1.0],
        );
        let [left, right] = gains;
        assert_eq!((left[1], left[3]), (left[0], left[0]));
        assert_eq!((right[1], right[3]), (right[0], right[0]));
    }
}
