//! When a frame was taken, told by two clocks of which neither is trusted alone.

use squirret::UnixMillis;

/// How far the best guess of the offset may grow with each frame, ms: clocks drift, and networks change.
const DRIFT: i64 = 1;
/// A frame that is told to be older than this when it arrives is taken for one of another clock.
const MAX_AGE: i64 = 2000;

/// Maps the app's time stamps to this machine's time.
///
/// The offset is the smallest difference between arrival and stamp seen so far: what is above it is delay on the
/// way. So frames keep the distances at which they were taken, however the network bunches them, and an app whose
/// clock is wrong is served like any other.
#[derive(Debug, Default)]
pub(super) struct FrameClock {
    offset: Option<i64>,
}

impl FrameClock {
    /// The time at which a frame was taken that arrived now.
    pub(super) fn taken(&mut self, stamp: Option<UnixMillis>, arrived: UnixMillis) -> UnixMillis {
        let Some(stamp) = stamp else { return arrived };
        let seen = arrived.since(stamp);
        let offset = self
            .offset
            .map_or(seen, |offset| seen.min(offset.saturating_add(DRIFT)));
        let taken = stamp.plus(offset);
        if arrived.since(taken) > MAX_AGE {
            self.offset = Some(seen);
            return arrived;
        }
        self.offset = Some(offset);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(clock: &mut FrameClock, stamp: i64, arrived: i64) -> i64 {
        clock.taken(Some(UnixMillis(stamp)), UnixMillis(arrived)).0
    }

    #[test]
    fn frames_keep_their_distances_however_the_network_bunches_them() {
        let mut clock = FrameClock::default();
        assert_eq!(taken(&mut clock, 1_000, 500_020), 500_020);
        assert_eq!(taken(&mut clock, 1_100, 500_300), 500_121);
        assert_eq!(taken(&mut clock, 1_200, 500_301), 500_222);
        assert_eq!(taken(&mut clock, 1_300, 500_320), 500_320);
    }

    #[test]
    fn a_frame_is_never_from_the_future() {
        let mut clock = FrameClock::default();
        for (stamp, arrived) in [
            (0, 1000),
            (5000, 1001),
            (i64::MAX, 1002),
            (-5, 1003),
            (i64::MIN, 1004),
        ] {
            assert!(taken(&mut clock, stamp, arrived) <= arrived, "{stamp}");
        }
    }

    #[test]
    fn a_clock_that_jumps_is_followed() {
        let mut clock = FrameClock::default();
        assert_eq!(taken(&mut clock, 10_000, 10_000), 10_000);
        assert_eq!(taken(&mut clock, 1_000, 10_100), 10_100);
        assert_eq!(taken(&mut clock, 1_100, 10_210), 10_201);
    }

    #[test]
    fn without_a_stamp_the_arrival_counts() {
        assert_eq!(
            FrameClock::default().taken(None, UnixMillis(7)),
            UnixMillis(7)
        );
    }
}
