//! The steady value of a measure: its median over the last moments, so that no single frame makes a fault.

use std::collections::VecDeque;

use super::{super::baseline::median, Limit};

/// Values kept at most: what 60 frames a second bring in half a second.
const MAX_VALUES: usize = 32;
/// A median needs this many values, however long they took.
const MIN_VALUES: usize = 3;
/// Values older than this are of another moment, s.
const MAX_AGE: f64 = 1.5;

/// The last values of one measure.
#[derive(Debug, Default)]
pub(in crate::squat) struct Steady {
    /// When, s, and what.
    values: VecDeque<(f64, f64)>,
}

impl Steady {
    /// Takes the value of a frame and returns the median of the last `window` seconds. Until there are three values it is
    /// the least severe of them.
    pub(super) fn take(&mut self, value: f64, limit: Limit, seconds: f64, window: f64) -> f64 {
        while self.values.front().is_some_and(|(at, _)| {
            let age = seconds - at;
            age > MAX_AGE || (age > window && self.values.len() >= MIN_VALUES)
        }) {
            self.values.pop_front();
        }
        if self.values.len() == MAX_VALUES {
            self.values.pop_front();
        }
        self.values.push_back((seconds, value));
        if self.values.len() < MIN_VALUES {
            let values = self.values.iter().map(|(_, value)| *value);
            return values
                .min_by(|one, other| limit.beyond(*one).total_cmp(&limit.beyond(*other)))
                .unwrap_or(value);
        }
        let mut sorted = [0.0; MAX_VALUES];
        for (place, (_, value)) in sorted.iter_mut().zip(&self.values) {
            *place = *value;
        }
        median(&mut sorted[..self.values.len()])
    }

    /// Memory on the heap, bytes.
    pub(in crate::squat) fn heap_bytes(&self) -> usize {
        self.values.capacity() * size_of::<(f64, f64)>()
    }

    /// Forgets everything.
    pub(in crate::squat) fn clear(&mut self) {
        self.values.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        threshold: 1.0,
        error: 0.1,
        looked_for: 1.0,
        low_is_bad: false,
        only_hint: false,
    };

    fn last(values: &[f64], per_second: f64) -> f64 {
        let mut steady = Steady::default();
        let mut seconds = 0.0;
        values.iter().fold(0.0, |_, &value| {
            seconds += 1.0 / per_second;
            steady.take(value, LIMIT, seconds, 0.4)
        })
    }

    #[test]
    fn one_frame_does_not_move_the_steady_value_at_any_frame_rate() {
        for per_second in [4.0, 8.0, 15.0, 30.0, 60.0] {
            for place in 0..8 {
                let mut values = [0.0; 8];
                values[place] = 9.0;
                assert_eq!(last(&values, per_second), 0.0, "{per_second} at {place}");
            }
        }
    }

    #[test]
    fn what_lasts_is_believed() {
        for per_second in [8.0, 30.0, 60.0] {
            let frames = (0.5 * per_second) as usize;
            assert_eq!(last(&vec![2.0; frames], per_second), 2.0);
        }
    }

    #[test]
    fn a_minute_at_a_thousand_frames_a_second_stays_bounded() {
        let mut steady = Steady::default();
        for frame in 0..60_000 {
            steady.take(1.0, LIMIT, f64::from(frame) / 1e3, 0.4);
        }
        assert!(steady.values.len() <= MAX_VALUES);
    }
}
