//! When something was measured, told by a device's clock and by its arrival.

use crate::UnixMillis;

/// The offset may grow by one part in this many of the time that passed: clocks drift by far less, and delays change.
const DRIFT: i64 = 200;

/// Most that the offset grows between two stamps, ms.
const MAX_DRIFT_MS: i64 = 50;

/// Stamps whose offsets are this close come from the same clock, ms.
const SAME_CLOCK_MS: i64 = 1_000;

/// So many stamps in a row make another clock; a single one is an error.
const CONFIRMATIONS: u8 = 3;

/// A stamp up to this old may be right: a phone without a network keeps its samples and uploads them together, ms.
const KEPT_MS: std::ops::RangeInclusive<i64> = 0..=60_000;

/// A stamp that comes again counts for so many that do not.
const REPEATED: u8 = 8;

/// From this count on the stamps are too coarse to use.
const COARSE: u8 = 12;

/// Maps the stamps of one device to the receiver's time.
///
/// The offset between the clocks is the smallest difference between arrival and stamp that was seen: whatever exceeds
/// it is delay on the way. Measurements therefore keep the distances at which they were taken, however the network
/// bunches them, and a device whose clock is wrong by any amount is served like any other.
///
/// * A clock that jumps (a restart, a synchronisation) is followed after three stamps that agree.
/// * Stamps that stand still or run in steps coarser than the measurements (whole seconds, for example) say nothing
///   about the distances. The time of arrival is used until stamps differ again.
/// * Stamps of the last minute that arrive together are believed: such an upload was kept for a while, and its ages say
///   nothing about the device's clock.
/// * The receiver's own clock may jump as well; it looks like a jump of the device's.
///
/// ```
/// use squirret::{StampClock, UnixMillis};
///
/// let mut clock = StampClock::new(10_000);
/// // A device that counts from its start, and a network that takes 20 to 180 ms.
/// let mut taken = |stamp, arrived| clock.place(Some(UnixMillis(stamp)), UnixMillis(arrived)).at.0;
/// for stamp in [0, 100, 200] {
///     taken(stamp, 1_730_892_345_020 + stamp);
/// }
/// assert_eq!(taken(300, 1_730_892_345_480), 1_730_892_345_321);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StampClock {
    max_age_ms: u32,
    offset: Option<i64>,
    /// When the last stamps arrived, and the least offset of those that arrived together.
    arrived: UnixMillis,
    together: Option<i64>,
    /// The offset of another clock, and how many stamps have shown it.
    other: Option<(i64, u8)>,
    stamp: Option<UnixMillis>,
    /// How coarse the stamps have been of late.
    coarse: u8,
}

/// Where a measurement lies in the receiver's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Placed {
    /// When it was taken; never after its arrival. A lone stamp that is too old is not corrected.
    pub at: UnixMillis,
    /// What that rests on.
    pub basis: StampBasis,
}

/// What the time of a measurement rests on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum StampBasis {
    /// The device's clock agrees with the receiver's within a second.
    Stamp,
    /// The device's clock is off, or has another origin. The distances are its own.
    Offset,
    /// There is no stamp, or none that can be used: the time of arrival.
    Arrival,
    /// Stamps stand still or run in coarse steps: the time of arrival.
    Coarse,
}

impl StampClock {
    /// A clock of which nothing is known. Stamps that seem to be older than `max_age_ms` on arrival, three in a row, are
    /// those of another clock.
    #[must_use]
    pub const fn new(max_age_ms: u32) -> Self {
        Self {
            max_age_ms,
            offset: None,
            arrived: UnixMillis(0),
            together: None,
            other: None,
            stamp: None,
            coarse: 0,
        }
    }

    /// The time of a measurement that carries `stamp` and arrived at `now`.
    pub fn place(&mut self, stamp: Option<UnixMillis>, now: UnixMillis) -> Placed {
        let Some(stamp) = stamp else {
            return Placed {
                at: now,
                basis: StampBasis::Arrival,
            };
        };
        let passed = now.since(self.arrived).max(0);
        let stands = self.stamp == Some(stamp) && passed > 0;
        self.coarse = if stands {
            self.coarse.saturating_add(REPEATED).min(4 * REPEATED)
        } else {
            self.coarse.saturating_sub(1)
        };
        self.stamp = Some(stamp);
        self.look_for_offset(now.since(stamp), passed);
        let at = self.follow(stamp, now, passed);
        self.arrived = now;
        if self.coarse >= COARSE {
            return Placed {
                at: now,
                basis: StampBasis::Coarse,
            };
        }
        let near = self.offset.unwrap_or(0).saturating_abs() <= SAME_CLOCK_MS;
        Placed {
            at: at.unwrap_or(now).min(now),
            basis: match at {
                None => StampBasis::Arrival,
                Some(_) if near => StampBasis::Stamp,
                Some(_) => StampBasis::Offset,
            },
        }
    }

    /// Looks for the first offset: each arrival shows one, the least of the stamps that it brought.
    fn look_for_offset(&mut self, seen: i64, passed: i64) {
        if passed == 0 {
            self.together = self.together.map(|least| least.min(seen));
            return;
        }
        if let Some(least) = self.together.replace(seen)
            && self.offset.is_none()
        {
            self.confirm(least, least.saturating_abs() <= SAME_CLOCK_MS);
        }
    }

    /// Follows the offset; `None` while it is not known. A stamp of no clock that is known counts by its age when it is
    /// old, and as taken on arrival when it lies in the future.
    fn follow(&mut self, stamp: UnixMillis, now: UnixMillis, passed: i64) -> Option<UnixMillis> {
        let seen = now.since(stamp);
        let together = passed == 0 && KEPT_MS.contains(&seen);
        let Some(offset) = self.offset else {
            return KEPT_MS.contains(&seen).then_some(stamp);
        };
        let drift = (passed / DRIFT).min(MAX_DRIFT_MS);
        let delay = seen.saturating_sub(offset);
        let old = delay > i64::from(self.max_age_ms);
        if old || delay < -SAME_CLOCK_MS {
            let confirmed = !(old && together) && self.confirm(seen, false);
            return (confirmed || !old)
                .then_some(now)
                .or(Some(stamp.plus(offset)));
        }
        self.other = None;
        let offset = seen.min(offset.saturating_add(drift));
        self.offset = Some(offset);
        Some(stamp.plus(offset))
    }

    /// Whether enough stamps have shown this offset; then it holds.
    fn confirm(&mut self, seen: i64, at_once: bool) -> bool {
        let same =
            |(other, _): &(i64, u8)| seen.saturating_sub(*other).saturating_abs() <= SAME_CLOCK_MS;
        let (least, count) = self.other.filter(same).map_or((seen, 1), |(other, count)| {
            (seen.min(other), count.saturating_add(1))
        });
        let holds = at_once || count >= CONFIRMATIONS;
        self.other = Some((least, count)).filter(|_| !holds);
        if holds {
            self.offset = Some(least);
        }
        holds
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_workout_that_was_kept_and_uploaded_together_keeps_its_times() {
        for live in [0, 50] {
            let mut clock = StampClock::new(10_000);
            for step in 0..live {
                at(&mut clock, step * 100, step * 100);
            }
            let arrived = live * 100 + 42_000;
            for step in 0..400 {
                let stamp = live * 100 + step * 100;
                // Bursts of ten seconds, a few milliseconds apart.
                assert_eq!(at(&mut clock, stamp, arrived + step / 100 * 5), stamp);
            }
        }
    }

    use super::*;

    fn clock() -> StampClock {
        StampClock::new(10_000)
    }

    fn at(clock: &mut StampClock, stamp: i64, arrived: i64) -> i64 {
        clock
            .place(Some(UnixMillis(stamp)), UnixMillis(arrived))
            .at
            .0
    }

    #[test]
    fn measurements_keep_their_distances_however_the_network_bunches_them() {
        let mut clock = clock();
        for (stamp, arrived, expected) in [
            (500_000, 500_020, 500_000),
            (500_100, 500_300, 500_121),
            (500_200, 500_301, 500_221),
            (500_300, 500_320, 500_320),
        ] {
            assert_eq!(at(&mut clock, stamp, arrived), expected);
        }
    }

    #[test]
    fn nothing_is_from_the_future_and_no_time_overflows() {
        let mut clock = clock();
        for now in [0, 1_000, 5_000, i64::MAX, i64::MIN] {
            for stamp in [0, 5_000, i64::MAX, -5, i64::MIN] {
                assert!(at(&mut clock, stamp, now) <= now, "{stamp} at {now}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_off_by_any_amount_is_known_after_three_stamps() {
        for offset in [
            -31_536_000_000,
            -300_000,
            -30_000,
            30_000,
            300_000,
            1_730_892_345_000,
        ] {
            let mut clock = clock();
            let mut place = |stamp: i64, delay: i64| {
                let arrived = UnixMillis(2_000_000_000_000 + stamp + delay);
                let placed = clock.place(Some(arrived.plus(-delay - offset)), arrived);
                (placed.at.since(arrived), placed.basis)
            };
            for step in 0..3 {
                // Until then, stamps of the last minute may be those of samples that were kept.
                let kept = offset == 30_000;
                assert_eq!(place(step * 100, 0).0, if kept { -30_000 } else { 0 });
            }
            assert_eq!(place(300, 150), (-149, StampBasis::Offset), "{offset}");
        }
    }

    #[test]
    fn a_clock_that_jumps_is_followed_and_a_single_wrong_stamp_is_not() {
        let mut clock = clock();
        for step in 0..5 {
            at(&mut clock, 100_000 + step * 100, 100_000 + step * 100);
        }
        assert_eq!(at(&mut clock, 900_000, 100_500), 100_500);
        assert_eq!(at(&mut clock, 100_600, 100_650), 100_600);
        for step in 7..10 {
            at(&mut clock, step * 100, 100_000 + step * 100);
        }
        assert_eq!(at(&mut clock, 1_000, 101_080), 101_000);
    }

    #[test]
    fn stamps_in_steps_give_way_to_the_arrival_and_are_used_again_when_they_differ() {
        for grain in [100, 200, 1_000] {
            let mut clock = clock();
            let mut last = None;
            for step in 0..100 {
                let now = UnixMillis(step * 20);
                let stamp = UnixMillis(now.0 / grain * grain);
                last = Some(clock.place(Some(stamp), now));
            }
            assert_eq!(last.unwrap().basis, StampBasis::Coarse, "{grain} ms");
            assert_eq!(last.unwrap().at, UnixMillis(1_980));
            for step in 100..150 {
                last = Some(clock.place(Some(UnixMillis(step * 20)), UnixMillis(step * 20 + 5)));
            }
            assert_ne!(last.unwrap().basis, StampBasis::Coarse, "{grain} ms");
        }
    }

    #[test]
    fn without_a_stamp_the_arrival_counts() {
        let placed = clock().place(None, UnixMillis(7));
        assert_eq!(
            (placed.at, placed.basis),
            (UnixMillis(7), StampBasis::Arrival)
        );
    }
}
