//! When the samples of a buffered upload were taken.

use super::{Sample, Side};
use crate::UnixMillis;

/// Part of a foot's stamps in a burst that must differ for their distances to be used.
const DISTINCT: f64 = 0.8;

/// Distances between samples that make sense, in seconds. They tell in which unit a device counts.
const SPACING_SECONDS: std::ops::Range<f64> = 0.002..2.0;

/// The units in which devices count: seconds, milliseconds (`millis()`), microseconds; each as ms.
const UNITS_MS: [f64; 3] = [1_000.0, 1.0, 0.001];

/// Distance between samples of a first burst without usable stamps, ms: 10 Hz.
const ASSUMED_STEP_MS: f64 = 100.0;

/// Distances of samples without usable stamps lie within this, ms.
const STEP_MS: std::ops::RangeInclusive<f64> = 2.0..=250.0;

/// The offset of a device's clock may grow by one part in this many of the time that passed: clocks drift by far less.
const DRIFT: i64 = 200;

/// An offset that is smaller by more than this is that of another clock: the device was restarted or synchronised, ms.
const SAME_CLOCK_MS: i64 = 1_000;

/// An upload that is late by more than this was stamped by another clock, ms.
const MAX_DELAY_MS: i64 = 10_000;

/// Age on arrival of the newest sample of a burst whose stamps are believed, ms: a phone that had no network uploads what it
/// kept up to a minute later, and clocks that agree do so within two seconds.
const BELIEVED_MS: std::ops::RangeInclusive<i64> = -2_000..=60_000;

/// A sample of an upload.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a sample and its stamp")]
pub struct UploadedSample {
    /// The sample; its time is the stamp where that agrees with the arrival, else the arrival.
    pub sample: Sample,
    /// The stamp as it was sent, in whatever unit and from whatever origin.
    pub stamp: Option<f64>,
}

/// The last burst of a foot.
#[derive(Clone, Copy, Debug)]
struct Last {
    arrived: UnixMillis,
    /// Time between two samples without usable stamps, ms; `None` before the second burst.
    step: Option<f64>,
    /// The device's clock, where its stamps are usable and are not the receiver's time.
    clock: Option<DeviceClock>,
}

/// A clock that counts in a unit of its own from an origin of its own.
#[derive(Clone, Copy, Debug)]
struct DeviceClock {
    unit_ms: f64,
    /// Arrival less stamp, ms: the least that was seen, as all beyond it is delay on the way.
    offset: i64,
}

impl DeviceClock {
    /// The clock whose newest stamp arrived at `now`, as it follows from the one before.
    fn follow(before: Option<Last>, unit_ms: f64, newest: f64, now: UnixMillis) -> Self {
        let seen = now.since(UnixMillis((newest * unit_ms).round() as i64));
        let known = before.and_then(|last| {
            let clock = last.clock.filter(|clock| clock.unit_ms == unit_ms)?;
            let passed = now.since(last.arrived).max(0);
            Some(clock.offset.saturating_add(passed / DRIFT))
        });
        let same = known.filter(|known| {
            let delay = seen.saturating_sub(*known);
            (-SAME_CLOCK_MS..=MAX_DELAY_MS).contains(&delay)
        });
        Self {
            unit_ms,
            offset: same.map_or(seen, |known| known.min(seen)),
        }
    }

    /// When the measurement of a stamp was taken, in the receiver's time.
    fn at(self, stamp: f64, now: UnixMillis) -> UnixMillis {
        let at = UnixMillis((stamp * self.unit_ms).round() as i64).plus(self.offset);
        at.min(now)
    }
}

/// Places the samples of buffered uploads in time.
///
/// A burst whose stamps agree with its arrival is left alone. Of others the distances of the stamps are kept, within a burst
/// and from one to the next, and the last sample of the burst that was fastest on its way is taken for measured on arrival:
/// that serves devices that count from their start (`millis()`) or whose clock is off. Samples without stamps, or with stamps that stand still, are spread evenly over the time since the
/// upload before.
///
/// ```
/// use squirret::{UnixMillis, fsr::{BurstClock, Sample, Side, UploadedSample}};
///
/// let now = UnixMillis(1_730_892_345_000);
/// let sample = Sample::new(Side::Left, now, Some([20.0, 10.0, 10.0, 20.0, 20.0, 20.0]), None)?;
/// let mut burst = [81_200.0, 81_300.0, 81_400.0].map(|millis| UploadedSample { sample, stamp: Some(millis) });
/// BurstClock::default().place(&mut burst, now);
/// assert_eq!(burst.map(|uploaded| now.since(uploaded.sample.at)), [200, 100, 0]);
/// # Ok::<(), squirret::fsr::SampleError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BurstClock {
    feet: [Option<Last>; 2],
}

impl BurstClock {
    /// Sets the times of the samples of one upload that arrived at `now`, in the order in which they were sent, and sorts
    /// them by these. A foot's single sample keeps its time.
    pub fn place(&mut self, upload: &mut [UploadedSample], now: UnixMillis) {
        for side in Side::BOTH {
            let count = upload
                .iter()
                .filter(|uploaded| uploaded.sample.side == side)
                .count();
            let last = &mut self.feet[side.index()];
            if count == 0 {
                continue;
            }
            let (step, clock) = if count > 1 {
                place_foot(upload, side, count, *last, now)
            } else {
                (
                    last.and_then(|last| last.step),
                    last.and_then(|last| last.clock),
                )
            };
            *last = Some(Last {
                arrived: now,
                step,
                clock,
            });
        }
        upload.sort_by_key(|uploaded| uploaded.sample.at);
    }
}

/// Places one foot's samples; returns the distance between samples without usable stamps, and the device's clock.
fn place_foot(
    upload: &mut [UploadedSample],
    side: Side,
    count: usize,
    last: Option<Last>,
    now: UnixMillis,
) -> (Option<f64>, Option<DeviceClock>) {
    let known = last.and_then(|last| last.step);
    let mut own = upload
        .iter_mut()
        .filter(|uploaded| uploaded.sample.side == side);
    let stamps: Option<Vec<f64>> = own.by_ref().map(|uploaded| uploaded.stamp).collect();
    let unit = stamps.as_deref().and_then(unit_of);
    let newest = |stamps: &[f64]| stamps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = upload
        .iter_mut()
        .filter(|uploaded| uploaded.sample.side == side);
    match (stamps, unit) {
        (Some(stamps), Some(_)) if agrees(&stamps, now) => (known, None),
        (Some(stamps), Some(unit)) => {
            let clock = DeviceClock::follow(last, unit, newest(&stamps), now);
            for (uploaded, stamp) in own.zip(stamps) {
                uploaded.sample.at = clock.at(stamp, now);
            }
            (known, Some(clock))
        }
        _ => {
            let passed = last.map(|last| now.since(last.arrived) as f64 / count as f64);
            let measured = passed.filter(|step| STEP_MS.contains(step));
            let step = measured.or(known).unwrap_or(ASSUMED_STEP_MS);
            for (uploaded, back) in own.zip((0..count).rev()) {
                uploaded.sample.at = now.plus(-(back as f64 * step).round() as i64);
            }
            (Some(step), None)
        }
    }
}

/// Whether stamps read as the wire does end at the arrival.
fn agrees(stamps: &[f64], now: UnixMillis) -> bool {
    let newest = stamps
        .iter()
        .filter_map(|stamp| UnixMillis::from_wire(*stamp))
        .max();
    newest.is_some_and(|newest| BELIEVED_MS.contains(&now.since(newest)))
}

/// In which unit the stamps count, in ms; `None` when they do not tell the samples apart.
fn unit_of(stamps: &[f64]) -> Option<f64> {
    let mut sorted = stamps.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut steps: Vec<f64> = sorted.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_by(f64::total_cmp);
    let distinct = steps.iter().filter(|step| **step > 0.0).count();
    let enough = distinct as f64 >= DISTINCT * steps.len() as f64;
    let median = *steps.get(steps.len() / 2)?;
    let sensible = |unit: &&f64| SPACING_SECONDS.contains(&(median * **unit / 1e3));
    UNITS_MS.iter().find(sensible).copied().filter(|_| enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_730_892_345_000);

    fn burst(stamps: &[Option<f64>], now: UnixMillis) -> Vec<UploadedSample> {
        let both = |stamp: &Option<f64>| {
            Side::BOTH.map(|side| UploadedSample {
                sample: Sample::new(side, now, Some([20.0, 10.0, 10.0, 20.0, 20.0, 20.0]), None)
                    .unwrap(),
                stamp: *stamp,
            })
        };
        stamps.iter().flat_map(both).collect()
    }

    /// How old the left foot's samples are, in ms.
    fn ages(clock: &mut BurstClock, stamps: &[Option<f64>], now: UnixMillis) -> Vec<i64> {
        let mut burst = burst(stamps, now);
        clock.place(&mut burst, now);
        let left = burst.iter().step_by(2);
        left.map(|uploaded| now.since(uploaded.sample.at)).collect()
    }

    fn stamps(unit: f64, origin: f64) -> Vec<Option<f64>> {
        (0..10)
            .map(|step| Some(origin + f64::from(step) * 0.1 * unit))
            .collect()
    }

    #[test]
    fn a_burst_of_any_unit_and_origin_keeps_its_spacing_and_ends_on_arrival() {
        let expected: Vec<i64> = (0..10).rev().map(|step| step * 100).collect();
        let seconds = NOW.0 as f64 / 1e3;
        for (unit, origin) in [
            (1.0, 12.0),
            (1e3, 12_345.0),
            (1e6, 9_876_543_210.0),
            (1.0, seconds - 300.0),
            (1e3, NOW.0 as f64 - 300_000.0),
            (1e3, NOW.0 as f64 + 300_000.0),
        ] {
            let ages = ages(&mut BurstClock::default(), &stamps(unit, origin), NOW);
            assert_eq!(ages, expected, "{unit} {origin}");
        }
    }

    #[test]
    fn a_burst_whose_clock_is_right_is_left_alone() {
        let origin = NOW.0 as f64 / 1e3 - 1.2;
        assert_eq!(
            ages(&mut BurstClock::default(), &stamps(1.0, origin), NOW),
            [0; 10]
        );
    }

    #[test]
    fn a_workout_that_was_kept_without_a_network_is_left_alone() {
        let origin = NOW.0 as f64 / 1e3 - 40.0;
        assert_eq!(
            ages(&mut BurstClock::default(), &stamps(1.0, origin), NOW),
            [0; 10]
        );
    }

    #[test]
    fn samples_that_stamps_do_not_tell_apart_are_spread_over_the_time_since_the_upload_before() {
        for stamp in [None, Some(1_730_892_345.0), Some(3.0)] {
            let mut clock = BurstClock::default();
            ages(&mut clock, &[stamp; 20], NOW);
            let ages = ages(&mut clock, &[stamp; 20], NOW.plus(1_000));
            assert_eq!((ages[0], ages[10], ages[19]), (950, 450, 0), "{stamp:?}");
        }
    }

    #[test]
    fn after_a_pause_a_burst_keeps_the_rate_that_it_had() {
        let mut clock = BurstClock::default();
        ages(&mut clock, &[None; 20], NOW);
        ages(&mut clock, &[None; 20], NOW.plus(1_000));
        assert_eq!(ages(&mut clock, &[None; 20], NOW.plus(61_000))[0], 950);
    }

    #[test]
    fn numbers_of_any_size_do_not_panic() {
        for stamp in [0.0, -1e300, 1e300, f64::MAX] {
            ages(
                &mut BurstClock::default(),
                &[Some(stamp), Some(1.0), Some(-stamp)],
                NOW,
            );
        }
    }
}
