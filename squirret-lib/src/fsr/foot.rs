//! One foot: its window, its present load, its sensors, and what became of its samples.

use serde::{Deserialize, Serialize};

use super::{
    CentreOfPressure, FsrConfig, Means, Pushed, Sample, SensorState, SensorValues, Window,
    baseline::weighted,
    config::Reading,
    health::{HealthLimits, Watch, stand_in},
};
use crate::{StampBasis, StampClock, UnixMillis};

/// A present load older than this says nothing, in ms.
const PRESENT_MS: i64 = 2_000;

/// What became of the samples of a foot since the session began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SampleCounts {
    /// Counted in the window.
    pub accepted: u64,
    /// All six sensors were zero: a foot in the air. Not averaged.
    pub unloaded: u64,
    /// Every sensor stood at an end of its range. Not averaged.
    #[serde(default)]
    pub saturated: u64,
    /// Of the accepted: ratios that summed to something else than 100 ± 5 and were scaled to 100.
    pub renormalised: u64,
    /// Of the accepted: stamped later than they arrived, and counted as measured then.
    pub future: u64,
    /// Of the accepted: older than one that came before.
    pub late: u64,
    /// Older than the window. Not averaged.
    pub stale: u64,
    /// The very same sample again. Counted once.
    pub repeated: u64,
    /// More samples than the window takes. Not averaged.
    pub refused: u64,
}

/// What its newest sample said of a foot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FootState {
    Loaded,
    /// In the air.
    Unloaded,
    /// Every sensor at an end of its range.
    Saturated,
}

/// One foot.
#[derive(Clone, Debug)]
pub struct Foot {
    window: Window,
    clock: StampClock,
    /// The stamp of the newest sample, as sent, and what its time rests on.
    stamp: Option<(UnixMillis, StampBasis)>,
    newest: Option<Sample>,
    arrived: Option<UnixMillis>,
    state: FootState,
    present: Present,
    rate: RateEstimate,
    ratios: Watch,
    volts: Watch,
    /// How often running each sensor's share stood apart from the calibrated one.
    apart: [u8; 6],
    gains: SensorValues,
    counts: SampleCounts,
}

/// The load right now.
#[derive(Clone, Copy, Debug, Default)]
struct Present {
    /// Smoothed over a fraction of a second.
    ratios: SensorValues,
    /// Smoothed; only with voltages.
    force: Option<f64>,
    at: Option<UnixMillis>,
}

/// Samples per second, over stretches of two seconds. Late samples count too.
#[derive(Clone, Copy, Debug, Default)]
struct RateEstimate {
    /// The present stretch: from, and the samples since.
    from: Option<UnixMillis>,
    newest: UnixMillis,
    samples: u32,
    hertz: Option<f64>,
}

impl RateEstimate {
    /// Length of a stretch, in ms.
    const STRETCH_MS: i64 = 2_000;

    fn add(&mut self, at: UnixMillis) {
        let from = *self.from.get_or_insert(at);
        let lasted = at.since(from);
        // A silence is no low rate.
        if at.since(self.newest) >= PRESENT_MS {
            (self.from, self.samples) = (Some(at), 0);
        } else if lasted >= Self::STRETCH_MS {
            self.hertz = Some(f64::from(self.samples) * 1e3 / lasted as f64);
            (self.from, self.samples) = (Some(at), 0);
        }
        self.samples += 1;
        self.newest = self.newest.max(at);
    }
}

impl Present {
    /// First order low-pass by the time that passed, so that the rate does not matter.
    fn follow(
        &mut self,
        ratios: &SensorValues,
        force: Option<f64>,
        at: UnixMillis,
        smoothing_ms: f64,
    ) {
        let step = self.at.map_or(PRESENT_MS, |before| at.since(before));
        self.at = Some(at);
        if step >= PRESENT_MS {
            *self = Self {
                ratios: *ratios,
                force,
                at: self.at,
            };
            return;
        }
        let step = step as f64;
        let part = if step > 0.0 {
            step / (smoothing_ms + step)
        } else {
            0.0
        };
        for (value, ratio) in self.ratios.iter_mut().zip(ratios) {
            *value += part * (ratio - *value);
        }
        self.force = match (self.force, force) {
            (Some(before), Some(force)) => Some(before + part * (force - before)),
            (_, force) => force,
        };
    }
}

/// A sample of a foot on the ground, corrected: what the rest of the engine looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct FootLoad {
    pub(super) ratios: SensorValues,
    /// Relative forces before and after the calibration's gains.
    pub(super) forces: Option<(SensorValues, f64)>,
    pub(super) at: UnixMillis,
    /// Whether a younger sample came before it.
    pub(super) late: bool,
}

impl Foot {
    pub(super) fn new(config: &FsrConfig) -> Self {
        Self {
            window: Window::new(config.window),
            clock: StampClock::new(config.window.length_ms),
            stamp: None,
            newest: None,
            arrived: None,
            state: FootState::Loaded,
            present: Present::default(),
            rate: RateEstimate::default(),
            ratios: Watch::default(),
            volts: Watch::default(),
            apart: [0; 6],
            gains: [1.0; 6],
            counts: SampleCounts::default(),
        }
    }

    /// Takes a sample; returns the load unless the foot is in the air or the sample is a repetition.
    pub(super) fn push(
        &mut self,
        config: &FsrConfig,
        sample: &Sample,
        mirror: &Self,
        now: UnixMillis,
    ) -> Option<FootLoad> {
        let sent = sample.at;
        let same =
            |newest: &Sample| newest.ratios == sample.ratios && newest.voltages == sample.voltages;
        if self.stamp.is_some_and(|(stamp, _)| stamp == sent)
            && self.newest.as_ref().is_some_and(same)
        {
            self.counts.repeated += 1;
            return None;
        }
        let placed = self.clock.place(Some(sent), now);
        self.stamp = Some((sent, placed.basis));
        let at = placed.at;
        let sample = &Sample { at, ..*sample };
        let late = self.newest.is_some_and(|newest| at < newest.at);
        self.arrived = Some(now);
        let (ratios, renormalised) = match config.reading(sample) {
            Reading::Load {
                ratios,
                renormalised,
            } => (ratios, renormalised),
            reading => {
                self.take_unusable(reading, sample, late);
                return None;
            }
        };
        let load = self.load(config, sample, &ratios, mirror, (at, late));
        if self.volts.is_frozen() {
            // What came before it was found out is no load either.
            self.window.clear();
            self.take_unusable(Reading::Saturated, sample, late);
            return None;
        }
        let force = load.forces.map(|(_, sum)| sum);
        match self.window.push(&load.ratios, force, at, now) {
            Pushed::Kept => self.counts.accepted += 1,
            Pushed::Stale => self.counts.stale += 1,
            Pushed::Repeated => self.counts.repeated += 1,
            Pushed::Full => self.counts.refused += 1,
        }
        self.counts.renormalised += u64::from(renormalised);
        self.counts.future += u64::from(sent > now);
        self.counts.late += u64::from(late);
        self.rate.add(at);
        if late {
            return Some(load);
        }
        self.newest = Some(*sample);
        self.state = FootState::Loaded;
        self.present
            .follow(&load.ratios, force, at, config.smoothing_ms);
        Some(load)
    }

    /// Counts a sample that says nothing about the load.
    fn take_unusable(&mut self, reading: Reading, sample: &Sample, late: bool) {
        let saturated = reading == Reading::Saturated;
        self.counts.saturated += u64::from(saturated);
        self.counts.unloaded += u64::from(!saturated);
        if !late {
            self.newest = Some(*sample);
            self.state = if saturated {
                FootState::Saturated
            } else {
                FootState::Unloaded
            };
        }
    }

    /// The sample with stand-ins for lost sensors and with the calibration's gains.
    fn load(
        &mut self,
        config: &FsrConfig,
        sample: &Sample,
        ratios: &SensorValues,
        mirror: &Self,
        (at, late): (UnixMillis, bool),
    ) -> FootLoad {
        let (health, layout) = (&config.health, &config.layout);
        if !late {
            let limits = HealthLimits {
                still: health.still_points,
                moving: health.moving_points,
                full: 99.0,
                between: false,
            };
            self.ratios
                .add(ratios, at, &mirror.ratios, limits, health, layout);
        }
        let other = mirror.present(at);
        let mut load = FootLoad {
            ratios: *ratios,
            forces: None,
            at,
            late,
        };
        if self.ratios.any_lost() {
            let filled = stand_in(
                ratios,
                self.ratios.states(),
                other.filter(|_| !mirror.ratios.any_lost()),
                layout,
            );
            load.ratios = super::sample::shares(&filled);
        }
        if let Some(volts) = &sample.voltages {
            if !late {
                let (still, moving) = (health.still_volts, health.moving_volts);
                let limits = HealthLimits {
                    still,
                    moving,
                    full: config.divider.saturation_volts,
                    between: true,
                };
                self.volts
                    .add(volts, at, &mirror.volts, limits, health, layout);
            }
            let mut forces = config.divider.forces(volts);
            if self.volts.any_lost() {
                forces = stand_in(
                    &forces,
                    self.volts.states(),
                    other.filter(|_| !mirror.volts.any_lost()),
                    layout,
                );
            }
            let sum = weighted(&forces, &self.gains).iter().sum();
            load.forces = Some((forces, sum));
        }
        load
    }

    /// Uses these gains from now on.
    pub(super) fn calibrate(&mut self, gains: SensorValues) {
        self.gains = gains;
        self.apart = [0; 6];
        self.window.forget_forces();
        self.present.force = None;
    }

    /// The person stood quietly again, and each sensor's share was this far from the calibrated one, compared with
    /// the other foot.
    pub(super) fn compare(&mut self, apart: &SensorValues, config: &FsrConfig) {
        for (count, points) in self.apart.iter_mut().zip(apart) {
            let far = points.abs() >= config.health.drift_points;
            *count = if far { count.saturating_add(1) } else { 0 };
        }
    }

    /// The newest sample, unless it is older than the window.
    #[must_use]
    pub fn latest(&self, config: &FsrConfig, now: UnixMillis) -> Option<&Sample> {
        let alive = |at: UnixMillis| now.since(at) <= i64::from(config.window.length_ms);
        self.newest
            .as_ref()
            .filter(|sample| self.arrived.is_some_and(alive) && alive(sample.at))
    }

    /// Means of the window.
    #[must_use]
    pub fn means(&self, now: UnixMillis) -> Option<Means> {
        self.window.means(now)
    }

    /// The load right now as means of a single moment; `None` for a foot in the air or silent for two seconds.
    pub(super) fn present_means(&self, now: UnixMillis) -> Option<Means> {
        self.present(now).map(|ratios| Means {
            ratios: *ratios,
            force: self.present.force,
            samples: 1,
        })
    }

    /// Where the load is centred right now; `None` for a foot in the air or silent for two seconds.
    #[must_use]
    pub fn centre(&self, config: &FsrConfig, now: UnixMillis) -> Option<CentreOfPressure> {
        self.present(now)
            .and_then(|ratios| CentreOfPressure::of(ratios, &config.layout))
    }

    /// What is known of each sensor. A sensor counts as lost when it is on either channel: the firmware may correct
    /// its ratio while its voltage stays dead.
    #[must_use]
    pub fn sensors(&self) -> [SensorState; 6] {
        std::array::from_fn(|index| {
            let (ratio, volt) = (self.ratios.states()[index], self.volts.states()[index]);
            let lost = if volt.is_lost() { volt } else { ratio };
            if !lost.is_lost() && self.apart[index] >= 2 {
                SensorState::Drifting
            } else {
                lost
            }
        })
    }

    /// Whether some sensor is lost.
    #[must_use]
    pub fn has_lost_sensor(&self) -> bool {
        self.ratios.any_lost() || self.volts.any_lost()
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.window.heap_bytes()
    }

    /// What became of its samples.
    #[must_use]
    pub const fn counts(&self) -> SampleCounts {
        self.counts
    }

    /// What the time of its newest sample rests on.
    #[must_use]
    pub fn stamp_basis(&self) -> Option<StampBasis> {
        self.stamp.map(|(_, basis)| basis)
    }

    /// Whether its newest sample was of a foot in the air.
    #[must_use]
    pub const fn is_unloaded(&self) -> bool {
        matches!(self.state, FootState::Unloaded)
    }

    /// Whether every sensor of its newest sample stood at an end of its range, or all six have been frozen while the
    /// other foot moved: what it sends is no load.
    #[must_use]
    pub const fn is_saturated(&self) -> bool {
        matches!(self.state, FootState::Saturated)
    }

    /// When its newest sample arrived.
    #[must_use]
    pub const fn arrived(&self) -> Option<UnixMillis> {
        self.arrived
    }

    /// Samples per second over the last full two seconds; `None` before these have passed.
    #[must_use]
    pub const fn hertz(&self) -> Option<f64> {
        self.rate.hertz
    }

    /// Smoothed ratios of right now.
    fn present(&self, now: UnixMillis) -> Option<&SensorValues> {
        let fresh = self
            .present
            .at
            .is_some_and(|at| now.since(at) <= PRESENT_MS);
        (fresh && self.state == FootState::Loaded).then_some(&self.present.ratios)
    }
}
