//! One foot: its window, its present load, its sensors, and what became of its samples.

use serde::{Deserialize, Serialize};

use super::{
    CentreOfPressure, FsrConfig, Means, Pushed, Sample, SensorState, Six, Window,
    baseline::weighted,
    health::{Limits, Watch, stand_in},
};
use crate::UnixMillis;

/// A present load older than this says nothing, in ms.
const PRESENT_MS: i64 = 2_000;

/// What became of the samples of a foot since the session began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counts {
    /// Counted in the window.
    pub accepted: u64,
    /// All six sensors were zero: a foot in the air. Not averaged.
    pub unloaded: u64,
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

/// One foot.
#[derive(Clone, Debug)]
pub struct Foot {
    window: Window,
    newest: Option<Sample>,
    arrived: Option<UnixMillis>,
    unloaded: bool,
    present: Present,
    ratios: Watch,
    volts: Watch,
    /// How often running each sensor's share stood apart from the calibrated one.
    apart: [u8; 6],
    gains: Six,
    counts: Counts,
}

/// The load right now.
#[derive(Clone, Copy, Debug, Default)]
struct Present {
    /// Smoothed over a fraction of a second.
    ratios: Six,
    /// Smoothed; only with voltages.
    force: Option<f64>,
    at: Option<UnixMillis>,
    /// Smoothed time between samples in ms.
    interval: f64,
}

impl Present {
    /// First order low-pass by the time that passed, so that the rate does not matter.
    fn follow(&mut self, ratios: &Six, force: Option<f64>, at: UnixMillis, smoothing_ms: f64) {
        let step = self.at.map_or(PRESENT_MS, |before| at.since(before));
        self.at = Some(at);
        if step >= PRESENT_MS {
            *self = Self {
                ratios: *ratios,
                force,
                at: self.at,
                interval: PRESENT_MS as f64,
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
        self.interval += 0.2 * (step - self.interval);
    }
}

/// A sample of a foot on the ground, corrected: what the rest of the engine looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) ratios: Six,
    /// Relative forces before and after the calibration's gains.
    pub(super) forces: Option<(Six, f64)>,
    pub(super) at: UnixMillis,
}

impl Foot {
    pub(super) fn new(config: &FsrConfig) -> Self {
        Self {
            window: Window::new(config.window),
            newest: None,
            arrived: None,
            unloaded: false,
            present: Present::default(),
            ratios: Watch::default(),
            volts: Watch::default(),
            apart: [0; 6],
            gains: [1.0; 6],
            counts: Counts::default(),
        }
    }

    /// Takes a sample; gives the load unless the foot is in the air or the sample is not the newest.
    pub(super) fn push(
        &mut self,
        config: &FsrConfig,
        sample: &Sample,
        mirror: &Self,
        now: UnixMillis,
    ) -> Option<Load> {
        if self.newest.as_ref() == Some(sample) {
            self.counts.repeated += 1;
            return None;
        }
        let at = sample.at.min(now);
        let late = self.newest.is_some_and(|newest| at < newest.at.min(now));
        self.arrived = Some(now);
        let Some((ratios, renormalised)) = config.effective(sample) else {
            self.counts.unloaded += 1;
            if !late {
                self.newest = Some(*sample);
                self.unloaded = true;
            }
            return None;
        };
        let load = self.load(config, sample, &ratios, mirror, (at, late));
        let force = load.forces.map(|(_, sum)| sum);
        match self.window.push(&load.ratios, force, at, now) {
            Pushed::Kept => self.counts.accepted += 1,
            Pushed::Stale => self.counts.stale += 1,
            Pushed::Repeated => self.counts.repeated += 1,
            Pushed::Full => self.counts.refused += 1,
        }
        self.counts.renormalised += u64::from(renormalised);
        self.counts.future += u64::from(sample.at > now);
        self.counts.late += u64::from(late);
        if late {
            return None;
        }
        self.newest = Some(*sample);
        self.unloaded = false;
        self.present
            .follow(&load.ratios, force, at, config.smoothing_ms);
        Some(load)
    }

    /// The sample with stand-ins for lost sensors and with the calibration's gains.
    fn load(
        &mut self,
        config: &FsrConfig,
        sample: &Sample,
        ratios: &Six,
        mirror: &Self,
        (at, late): (UnixMillis, bool),
    ) -> Load {
        let (health, layout) = (&config.health, &config.layout);
        if !late {
            let limits = Limits {
                still: health.still_points,
                moving: health.moving_points,
                full: 99.0,
                between: false,
            };
            self.ratios
                .add(ratios, at, &mirror.ratios, limits, health, layout);
        }
        let other = mirror.present(at);
        let mut load = Load {
            ratios: *ratios,
            forces: None,
            at,
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
                let limits = Limits {
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
    pub(super) fn calibrate(&mut self, gains: Six) {
        self.gains = gains;
        self.apart = [0; 6];
        self.window.forget_forces();
        self.present.force = None;
    }

    /// The person stood quietly again, and each sensor's share was this far from the calibrated one, compared with
    /// the other foot.
    pub(super) fn compare(&mut self, apart: &Six, config: &FsrConfig) {
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
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether its newest sample was of a foot in the air.
    #[must_use]
    pub const fn is_unloaded(&self) -> bool {
        self.unloaded
    }

    /// When its newest sample arrived.
    #[must_use]
    pub const fn arrived(&self) -> Option<UnixMillis> {
        self.arrived
    }

    /// Smoothed samples per second.
    #[must_use]
    pub fn hertz(&self) -> f64 {
        if self.present.interval > 0.0 {
            1e3 / self.present.interval
        } else {
            0.0
        }
    }

    /// Smoothed ratios of right now.
    fn present(&self, now: UnixMillis) -> Option<&Six> {
        let fresh = self
            .present
            .at
            .is_some_and(|at| now.since(at) <= PRESENT_MS);
        (fresh && !self.unloaded).then_some(&self.present.ratios)
    }
}
