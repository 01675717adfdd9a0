//! Which sensors can be believed, and what stands in for those that cannot.

use serde::{Deserialize, Serialize};

use super::{SensorLayout, SensorValues};
use crate::UnixMillis;

/// When a sensor counts as dead, stuck or drifting (all *proposed*).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HealthConfig {
    /// A sensor that stood still for between one and two of these while its neighbours moved is not live; in ms,
    /// default 4 000.
    pub span_ms: u32,
    /// Least samples in that time, default 4 (the firmware sends one a second).
    pub min_samples: u16,
    /// A ratio that varies by no more than this stands still, in points, default 0.01.
    pub still_points: f64,
    /// A voltage that varies by no more than this stands still, default 0.002 V (two steps of a 12 bit converter).
    pub still_volts: f64,
    /// A neighbour whose ratio varies by this much moves, in points, default 6.
    pub moving_points: f64,
    /// A neighbour whose voltage varies by this much moves, default 0.25 V.
    pub moving_volts: f64,
    /// A sensor whose share while standing quietly has moved from the calibrated one by this much, twice running,
    /// drifts; in points, default 8.
    pub drift_points: f64,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            span_ms: 4_000,
            min_samples: 4,
            still_points: 0.01,
            still_volts: 0.002,
            moving_points: 6.0,
            moving_volts: 0.25,
            drift_points: 8.0,
        }
    }
}

/// What is known of a sensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SensorState {
    /// Nothing speaks against it.
    #[default]
    Live,
    /// Stuck at zero while its neighbours move.
    Dead,
    /// Stuck at full scale while its neighbours move.
    Saturated,
    /// Stuck at some other value while its neighbours move. Only voltages show this: a ratio may well stay the same.
    Stuck,
    /// Its share while standing quietly is no longer that of the calibration.
    Drifting,
}

impl SensorState {
    /// Whether its value means nothing, so that something must stand in for it.
    #[must_use]
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Dead | Self::Saturated | Self::Stuck)
    }
}

/// Ranges of six values over a stretch of time.
#[derive(Clone, Copy, Debug)]
struct Ranges {
    min: [f32; 6],
    max: [f32; 6],
    samples: u16,
}

impl Ranges {
    const EMPTY: Self = Self {
        min: [f32::INFINITY; 6],
        max: [f32::NEG_INFINITY; 6],
        samples: 0,
    };

    fn add(&mut self, six: &SensorValues) {
        for ((min, max), value) in self.min.iter_mut().zip(&mut self.max).zip(six) {
            *min = min.min(*value as f32);
            *max = max.max(*value as f32);
        }
        self.samples = self.samples.saturating_add(1);
    }

    fn join(&self, other: &Self) -> Self {
        Self {
            min: std::array::from_fn(|index| self.min[index].min(other.min[index])),
            max: std::array::from_fn(|index| self.max[index].max(other.max[index])),
            samples: self.samples.saturating_add(other.samples),
        }
    }

    fn of(&self, index: usize) -> f64 {
        f64::from(self.max[index]) - f64::from(self.min[index])
    }
}

/// Limits of one channel: ratios or volts.
#[derive(Clone, Copy, Debug)]
pub(super) struct HealthLimits {
    pub(super) still: f64,
    pub(super) moving: f64,
    pub(super) full: f64,
    /// Whether standing still anywhere between zero and full scale is a fault too.
    pub(super) between: bool,
}

/// Watches the six values of one foot on one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    now: Ranges,
    before: Ranges,
    since: Option<UnixMillis>,
    states: [SensorState; 6],
    /// No value moves while the other foot's do.
    frozen: bool,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            now: Ranges::EMPTY,
            before: Ranges::EMPTY,
            since: None,
            states: [SensorState::Live; 6],
            frozen: false,
        }
    }
}

impl Watch {
    pub(super) const fn states(&self) -> &[SensorState; 6] {
        &self.states
    }

    /// Whether some sensor is lost.
    pub(super) fn any_lost(&self) -> bool {
        self.states.iter().any(|state| state.is_lost())
    }

    /// Whether all six values stand still while the other foot's move: no body carries weight like that.
    pub(super) const fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Takes the values of a loaded foot. `mirror` is the other foot's watch on the same channel: a sensor that
    /// stands still on both feet is nothing that presses on it, not a fault.
    pub(super) fn add(
        &mut self,
        six: &SensorValues,
        at: UnixMillis,
        mirror: &Self,
        limits: HealthLimits,
        config: &HealthConfig,
        layout: &SensorLayout,
    ) {
        let since = *self.since.get_or_insert(at);
        if at.since(since) >= i64::from(config.span_ms) {
            self.judge(mirror, limits, config, layout);
            self.before = self.now;
            self.now = Ranges::EMPTY;
            self.since = Some(at);
        }
        self.now.add(six);
    }

    fn judge(
        &mut self,
        mirror: &Self,
        limits: HealthLimits,
        config: &HealthConfig,
        layout: &SensorLayout,
    ) {
        let ranges = self.now.join(&self.before);
        if self.now.samples < config.min_samples {
            return;
        }
        let other = mirror.now.join(&mirror.before);
        let still = (0..6).all(|index| ranges.of(index) <= limits.still);
        let other_moves = (0..6).any(|index| other.of(index) >= limits.moving);
        self.frozen = still && (self.frozen || other_moves);
        for index in 0..6 {
            let still = ranges.of(index) <= limits.still;
            if !still {
                self.states[index] = SensorState::Live;
                continue;
            }
            let mirrored = other.samples >= config.min_samples && other.of(index) <= limits.still;
            let neighbours = layout
                .neighbours(index as u8 + 1)
                .map(|sensor| usize::from(sensor) - 1);
            let moves = |neighbour: &usize| ranges.of(*neighbour) >= limits.moving;
            if !mirrored && neighbours.iter().any(moves) {
                self.states[index] = level(f64::from(ranges.max[index]), limits);
            }
        }
    }
}

fn level(value: f64, limits: HealthLimits) -> SensorState {
    if value <= limits.still {
        SensorState::Dead
    } else if value >= limits.full {
        SensorState::Saturated
    } else if limits.between {
        SensorState::Stuck
    } else {
        SensorState::Live
    }
}

/// Puts something in the place of lost sensors: the share that the same sensor carries on the other foot
/// (`mirror`), else the mean of the neighbours that are live. Values keep their scale.
pub(super) fn stand_in(
    six: &SensorValues,
    states: &[SensorState; 6],
    mirror: Option<&SensorValues>,
    layout: &SensorLayout,
) -> SensorValues {
    let lost = |index: usize| states[index].is_lost();
    let rest: f64 = (0..6)
        .filter(|index| !lost(*index))
        .map(|index| six[index])
        .sum();
    let whole = mirror
        .map(|mirror| mirror.iter().sum::<f64>())
        .filter(|whole| *whole > 0.0);
    if let Some((mirror, whole)) = mirror.zip(whole) {
        let missing: f64 = (0..6)
            .filter(|index| lost(*index))
            .map(|index| mirror[index] / whole)
            .sum();
        if missing < 0.9 {
            let total = rest / (1.0 - missing);
            return std::array::from_fn(|index| {
                if lost(index) {
                    total * mirror[index] / whole
                } else {
                    six[index]
                }
            });
        }
    }
    std::array::from_fn(|index| {
        if !lost(index) {
            return six[index];
        }
        let neighbours = layout
            .neighbours(index as u8 + 1)
            .map(|sensor| usize::from(sensor) - 1);
        let (sum, count) = neighbours
            .into_iter()
            .filter(|neighbour| !lost(*neighbour))
            .fold((0.0, 0.0), |(sum, count), neighbour| {
                (sum + six[neighbour], count + 1.0)
            });
        if count > 0.0 { sum / count } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HealthLimits = HealthLimits {
        still: 0.01,
        moving: 6.0,
        full: 99.0,
        between: true,
    };

    fn watch(steps: i64, step_ms: i64, six: impl Fn(i64) -> SensorValues, mirror: &Watch) -> Watch {
        let (config, layout) = (HealthConfig::default(), SensorLayout::default());
        let mut watch = Watch::default();
        for step in 0..steps {
            watch.add(
                &six(step),
                UnixMillis(step * step_ms),
                mirror,
                LIMITS,
                &config,
                &layout,
            );
        }
        watch
    }

    /// A foot that rocks between heel and toes, with `sensor` fixed at `value`.
    fn rocking(sensor: usize, value: f64) -> impl Fn(i64) -> SensorValues {
        move |step| {
            let sway = (step % 8) as f64;
            let mut six = [
                20.0 - sway,
                15.0 - sway,
                12.0 + sway,
                15.0 + sway,
                20.0 - sway,
                18.0 + sway,
            ];
            six[sensor] = value;
            six
        }
    }

    #[test]
    fn a_sensor_stuck_at_zero_while_its_neighbours_move_is_dead() {
        for sensor in 0..6 {
            let states = *watch(500, 10, rocking(sensor, 0.0), &Watch::default()).states();
            assert_eq!(states[sensor], SensorState::Dead);
            assert_eq!(
                states
                    .iter()
                    .filter(|state| **state != SensorState::Live)
                    .count(),
                1
            );
        }
    }

    #[test]
    fn a_dead_sensor_is_found_at_one_sample_a_second() {
        let watch = watch(10, 1_000, rocking(3, 0.0), &Watch::default());
        assert_eq!(watch.states()[3], SensorState::Dead);
    }

    #[test]
    fn a_sensor_stuck_at_full_scale_or_in_between_is_told_apart() {
        assert_eq!(
            watch(500, 10, rocking(2, 100.0), &Watch::default()).states()[2],
            SensorState::Saturated
        );
        assert_eq!(
            watch(500, 10, rocking(2, 11.0), &Watch::default()).states()[2],
            SensorState::Stuck
        );
    }

    #[test]
    fn a_ratio_that_stays_the_same_is_no_fault() {
        let (config, layout) = (HealthConfig::default(), SensorLayout::default());
        let limits = HealthLimits {
            between: false,
            ..LIMITS
        };
        let mut watch = Watch::default();
        for step in 0..500 {
            let six = rocking(2, 11.0)(step);
            watch.add(
                &six,
                UnixMillis(step * 10),
                &Watch::default(),
                limits,
                &config,
                &layout,
            );
        }
        assert!(!watch.any_lost());
    }

    #[test]
    fn a_sensor_on_which_nothing_presses_while_nobody_moves_is_live() {
        let still = |_| [0.0, 20.0, 20.0, 20.0, 20.0, 20.0];
        assert!(!watch(2_000, 10, still, &Watch::default()).any_lost());
    }

    #[test]
    fn a_sensor_that_is_zero_on_both_feet_is_the_shape_of_the_feet_and_not_a_fault() {
        let other = watch(500, 10, rocking(1, 0.0), &Watch::default());
        assert!(!watch(500, 10, rocking(1, 0.0), &other).any_lost());
    }

    #[test]
    fn a_sensor_that_moves_again_is_live_again() {
        let (config, layout) = (HealthConfig::default(), SensorLayout::default());
        let mut watch = watch(500, 10, rocking(3, 0.0), &Watch::default());
        assert!(watch.any_lost());
        for step in 0..1_000 {
            let mut six = rocking(0, 20.0)(step);
            six[0] = 19.0 + (step % 3) as f64;
            watch.add(
                &six,
                UnixMillis(5_000 + step * 10),
                &Watch::default(),
                LIMITS,
                &config,
                &layout,
            );
        }
        assert!(!watch.any_lost());
    }

    #[test]
    fn the_mirror_stands_in_with_its_share_of_the_other_foot() {
        let mut states = [SensorState::Live; 6];
        states[5] = SensorState::Dead;
        let mirror = [20.0, 10.0, 10.0, 15.0, 25.0, 20.0];
        let six = stand_in(
            &[25.0, 12.5, 12.5, 18.75, 31.25, 0.0],
            &states,
            Some(&mirror),
            &SensorLayout::default(),
        );
        assert_eq!(six, [25.0, 12.5, 12.5, 18.75, 31.25, 25.0]);
        assert_eq!(super::super::sample::shares(&six), mirror);
    }

    #[test]
    fn without_a_mirror_the_neighbours_stand_in() {
        let mut states = [SensorState::Live; 6];
        states[2] = SensorState::Stuck;
        let six = stand_in(
            &[25.0, 10.0, 99.0, 20.0, 31.25, 0.0],
            &states,
            None,
            &SensorLayout::default(),
        );
        assert_eq!(six[2], 15.0);
    }

    #[test]
    fn a_foot_whose_sensors_are_all_lost_has_nothing_to_stand_in() {
        let states = [SensorState::Dead; 6];
        assert_eq!(
            stand_in(
                &[0.0; 6],
                &states,
                Some(&[10.0; 6]),
                &SensorLayout::default()
            ),
            [0.0; 6]
        );
    }
}
