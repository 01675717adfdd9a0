//! When a frame was taken, told by two clocks of which neither is trusted alone.

use squirret::{StampClock, UnixMillis};

/// A frame that is told to be older than this when it arrives is taken for one of another clock.
const MAX_AGE: u32 = 2000;

/// Maps the app's time stamps to this machine's time.
///
/// Frames keep the distances at which they were taken, however the network bunches them, and an app whose clock is wrong
/// is served like any other. Stamps that stand still or are coarser than the frames (whole seconds) give way to the time
/// of arrival.
#[derive(Debug)]
pub(super) struct FrameClock(StampClock);

impl Default for FrameClock {
    fn default() -> Self {
        Self(StampClock::new(MAX_AGE))
    }
}

impl FrameClock {
    /// The time at which a frame was taken that arrived now.
    pub(super) fn taken(&mut self, stamp: Option<UnixMillis>, arrived: UnixMillis) -> UnixMillis {
        let taken = self.0.place(stamp, arrived).at;
        if arrived.since(taken) > i64::from(MAX_AGE) {
            arrived
        } else {
            taken
        }
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
        for stamp in [700, 800, 900] {
            taken(&mut clock, stamp, 499_020 + stamp);
        }
        assert_eq!(taken(&mut clock, 1_000, 500_020), 500_020);
        assert_eq!(taken(&mut clock, 1_100, 500_300), 500_121);
        assert_eq!(taken(&mut clock, 1_200, 500_301), 500_221);
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
        taken(&mut clock, 1_100, 10_200);
        taken(&mut clock, 1_200, 10_300);
        assert_eq!(taken(&mut clock, 1_300, 10_430), 10_400);
    }

    #[test]
    fn frames_with_stamps_of_whole_seconds_count_as_taken_on_arrival() {
        let mut clock = FrameClock::default();
        for frame in 0..100_i64 {
            let arrived = 1_000_000 + frame * 66;
            let at = taken(&mut clock, arrived / 1_000 * 1_000, arrived);
            assert!(frame < 4 || at == arrived, "frame {frame}");
        }
    }

    #[test]
    fn without_a_stamp_the_arrival_counts() {
        assert_eq!(
            FrameClock::default().taken(None, UnixMillis(7)),
            UnixMillis(7)
        );
    }
}
