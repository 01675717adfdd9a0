//! The last seconds of one foot: sums that are kept up with constant work per sample.

use serde::{Deserialize, Serialize};

use super::SensorValues;
use crate::UnixMillis;

/// Units of one per cent in the window's sums. Sums are whole numbers, so they cannot drift.
const UNITS: f64 = 1e4;

/// Units of the relative force in the window's sums, and the most that a sample counts for.
const FORCE_UNITS: f64 = 1e3;
const MAX_FORCE: f64 = 1e3;

/// Most samples that one slot takes; more are refused, so that a slot's sums fit into 32 bits.
const MAX_PER_SLOT: u16 = 4_000;

/// Length and resolution of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WindowConfig {
    /// How far it reaches back, in ms; default 10 000 (the original's ten seconds).
    pub length_ms: u32,
    /// Into how many slots of time it is divided; default 100. This bounds the memory, 36 bytes a slot and foot,
    /// whatever the rate. Samples that come at most once a slot leave the window one by one, to the millisecond;
    /// faster ones leave a slot at a time, when its newest has aged out: the window is then up to one slot longer.
    pub slots: u16,
}

impl Default for WindowConfig {
    fn default() -> Self {
        Self {
            length_ms: 10_000,
            slots: 100,
        }
    }
}

/// Samples of one stretch of time, summed up.
#[derive(Clone, Copy, Debug, Default)]
struct WindowSlot {
    ratios: [u32; 6],
    count: u16,
    forces: u16,
    force: u32,
}

/// What became of a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a window either counts a sample or has one of these reasons"
)]
pub enum Pushed {
    /// Counted.
    Kept,
    /// Older than the window reaches back.
    Stale,
    /// The very sample that is there already.
    Repeated,
    /// More than 4 000 samples in one slot.
    Full,
}

/// Means of a window.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Means {
    /// Mean ratio of each sensor, per cent.
    pub ratios: SensorValues,
    /// Mean relative force of the whole foot, over the samples that carried voltages.
    pub force: Option<f64>,
    /// How many samples it is the mean of.
    pub samples: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WindowTotals {
    ratios: [u64; 6],
    force: u64,
    count: u32,
    forces: u32,
}

impl WindowTotals {
    fn add(&mut self, ratios: &[u32; 6], force: Option<u32>) {
        for (total, ratio) in self.ratios.iter_mut().zip(ratios) {
            *total += u64::from(*ratio);
        }
        self.count += 1;
        self.force += u64::from(force.unwrap_or(0));
        self.forces += u32::from(force.is_some());
    }

    fn subtract(&mut self, slot: &WindowSlot) {
        for (total, ratio) in self.ratios.iter_mut().zip(slot.ratios) {
            *total -= u64::from(ratio);
        }
        self.count -= u32::from(slot.count);
        self.force -= u64::from(slot.force);
        self.forces -= u32::from(slot.forces);
    }
}

/// The last seconds of one foot.
///
/// Time is divided into slots; a ring of them holds sums, and running totals hold the sum of the ring. A sample is
/// added to its slot and to the totals, a slot that leaves is taken from the totals. All sums are whole numbers of
/// 1/10 000 %, so nothing drifts, and the same samples give the same means in whatever order they came.
#[derive(Clone, Debug)]
pub struct Window {
    length: i64,
    quantum: i64,
    slots: Box<[WindowSlot]>,
    /// Time of the newest sample of each slot, in ms from the slot's start.
    newest: Box<[u32]>,
    totals: WindowTotals,
    /// Ring position and start time of the latest slot.
    head: usize,
    head_start: Option<i64>,
}

impl Window {
    /// An empty one. A length or a number of slots of zero counts as one.
    #[must_use]
    pub fn new(config: WindowConfig) -> Self {
        let length = i64::from(config.length_ms.max(1));
        let quantum = (length / i64::from(config.slots.max(1))).max(1);
        // One more than fills the length, as the oldest and the newest are only partly inside.
        let slots = usize::try_from(length / quantum).unwrap_or(0) + 2;
        Self {
            length,
            quantum,
            slots: vec![WindowSlot::default(); slots].into(),
            newest: vec![0; slots].into(),
            totals: WindowTotals::default(),
            head: 0,
            head_start: None,
        }
    }

    /// Counts a sample that was measured at `at`; one from the future counts as measured `now`. Ratios in per cent
    /// (at most 100 each), `force` relative (at most 1 000).
    pub fn push(
        &mut self,
        ratios: &SensorValues,
        force: Option<f64>,
        at: UnixMillis,
        now: UnixMillis,
    ) -> Pushed {
        let at = at.min(now);
        if now.since(at) > self.length {
            return Pushed::Stale;
        }
        let Some((slot, offset)) = self.slot_at(at.0) else {
            return Pushed::Stale;
        };
        let units = ratios.map(|ratio| (ratio.clamp(0.0, 100.0) * UNITS + 0.5) as u32);
        let force = force.map(|force| (force.clamp(0.0, MAX_FORCE) * FORCE_UNITS + 0.5) as u32);
        let entry = &mut self.slots[slot];
        if entry.count == 1
            && self.newest[slot] == offset
            && entry.ratios == units
            && entry.force == force.unwrap_or(0)
        {
            return Pushed::Repeated;
        }
        if entry.count >= MAX_PER_SLOT {
            return Pushed::Full;
        }
        for (sum, unit) in entry.ratios.iter_mut().zip(units) {
            *sum += unit;
        }
        self.newest[slot] = if entry.count == 0 {
            offset
        } else {
            self.newest[slot].max(offset)
        };
        entry.count += 1;
        entry.force += force.unwrap_or(0);
        entry.forces += u16::from(force.is_some());
        self.totals.add(&units, force);
        Pushed::Kept
    }

    /// Means over the last `length` up to `now`; `None` without a sample.
    #[must_use]
    pub fn means(&self, now: UnixMillis) -> Option<Means> {
        let totals = self.totals_at(now.0);
        let scale = |sum: u64, count: u32, units: f64| sum as f64 / (f64::from(count) * units);
        (totals.count > 0).then(|| Means {
            ratios: totals.ratios.map(|sum| scale(sum, totals.count, UNITS)),
            force: (totals.forces > 0).then(|| scale(totals.force, totals.forces, FORCE_UNITS)),
            samples: totals.count,
        })
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slots.fill(WindowSlot::default());
        self.totals = WindowTotals::default();
        self.head_start = None;
    }

    /// Forgets the forces, as after a calibration they are on another scale; the ratios stay.
    pub fn forget_forces(&mut self) {
        for slot in &mut self.slots {
            (slot.force, slot.forces) = (0, 0);
        }
        (self.totals.force, self.totals.forces) = (0, 0);
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.newest)
    }

    /// Ring position of the slot that `at` falls into and the offset in it; `None` when the ring has moved past it.
    fn slot_at(&mut self, at: i64) -> Option<(usize, u32)> {
        let start = match self.head_start {
            Some(start) => start,
            None => *self
                .head_start
                .insert(at.div_euclid(self.quantum).saturating_mul(self.quantum)),
        };
        let ahead = at.saturating_sub(start);
        if (0..self.quantum).contains(&ahead) {
            return Some((self.head, ahead as u32));
        }
        let steps = ahead.div_euclid(self.quantum);
        if steps > 0 {
            self.advance(steps);
        } else if steps.unsigned_abs() >= self.slots.len() as u64 {
            return None;
        }
        let back = usize::try_from(-steps).unwrap_or(0);
        let slot = if back <= self.head {
            self.head - back
        } else {
            self.head + self.slots.len() - back
        };
        Some((slot, ahead.rem_euclid(self.quantum) as u32))
    }

    /// Moves the head on by `steps` slots, and takes those that are used again from the totals.
    fn advance(&mut self, steps: i64) {
        let start = self.head_start.unwrap_or(0);
        self.head_start = Some(start.saturating_add(steps.saturating_mul(self.quantum)));
        if steps as u64 >= self.slots.len() as u64 {
            self.slots.fill(WindowSlot::default());
            self.totals = WindowTotals::default();
            return;
        }
        for _ in 0..steps {
            self.head = if self.head + 1 == self.slots.len() {
                0
            } else {
                self.head + 1
            };
            if self.slots[self.head].count > 0 {
                self.totals.subtract(&self.slots[self.head]);
                self.slots[self.head] = WindowSlot::default();
            }
        }
    }

    /// The totals without the slots that have aged out by `now`.
    fn totals_at(&self, now: i64) -> WindowTotals {
        let Some(head_start) = self.head_start else {
            return WindowTotals::default();
        };
        let mut totals = self.totals;
        let oldest = now.saturating_sub(self.length);
        let mut slot = self.head;
        let behind = (self.slots.len() as i64 - 1).saturating_mul(self.quantum);
        let mut start = head_start.saturating_sub(behind);
        for _ in 0..self.slots.len() {
            slot = if slot + 1 == self.slots.len() {
                0
            } else {
                slot + 1
            };
            if start >= oldest {
                break;
            }
            let entry = &self.slots[slot];
            if entry.count > 0 && start.saturating_add(i64::from(self.newest[slot])) < oldest {
                totals.subtract(entry);
            }
            start = start.saturating_add(self.quantum);
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LENGTH: i64 = 10_000;

    fn window() -> Window {
        Window::new(WindowConfig::default())
    }

    fn push(window: &mut Window, first: f64, at: i64, now: i64) -> Pushed {
        window.push(
            &[first, 0.0, 0.0, 0.0, 0.0, 0.0],
            None,
            UnixMillis(at),
            UnixMillis(now),
        )
    }

    fn first(window: &Window, now: i64) -> Option<f64> {
        window.means(UnixMillis(now)).map(|means| means.ratios[0])
    }

    #[test]
    fn a_sample_counts_for_ten_seconds_and_not_a_millisecond_longer() {
        let mut window = window();
        push(&mut window, 40.0, 1_234, 1_234);
        assert_eq!(first(&window, 1_234 + LENGTH), Some(40.0));
        assert_eq!(first(&window, 1_234 + LENGTH + 1), None);
    }

    #[test]
    fn a_late_sample_counts_up_to_the_windows_length_and_is_stale_past_it() {
        let mut window = window();
        push(&mut window, 10.0, 20_000, 20_000);
        assert_eq!(push(&mut window, 30.0, 10_000, 20_000), Pushed::Kept);
        assert_eq!(push(&mut window, 30.0, 9_999, 20_000), Pushed::Stale);
        assert_eq!(first(&window, 20_000), Some(20.0));
    }

    #[test]
    fn samples_out_of_order_give_the_same_means() {
        let mut forward = window();
        let mut backward = window();
        for step in 0..50 {
            push(&mut forward, step as f64, 5_000 + step * 100, 10_000);
            push(
                &mut backward,
                (49 - step) as f64,
                5_000 + (49 - step) * 100,
                10_000,
            );
        }
        for now in [10_000, 15_050, 17_321, 19_900] {
            assert_eq!(
                forward.means(UnixMillis(now)),
                backward.means(UnixMillis(now))
            );
        }
    }

    #[test]
    fn a_repeated_sample_counts_once() {
        let mut window = window();
        assert_eq!(push(&mut window, 10.0, 1_000, 1_000), Pushed::Kept);
        push(&mut window, 40.0, 2_000, 2_000);
        assert_eq!(push(&mut window, 10.0, 1_000, 2_100), Pushed::Repeated);
        assert_eq!(first(&window, 2_100), Some(25.0));
    }

    #[test]
    fn different_samples_of_the_same_millisecond_all_count() {
        let mut window = window();
        push(&mut window, 10.0, 1_000, 1_000);
        push(&mut window, 20.0, 1_000, 1_000);
        push(&mut window, 60.0, 1_000, 1_000);
        assert_eq!(first(&window, 1_000), Some(30.0));
    }

    #[test]
    fn a_sample_from_the_future_counts_as_measured_now() {
        let mut window = window();
        push(&mut window, 10.0, 60_000, 1_000);
        assert_eq!(first(&window, 1_000), Some(10.0));
        assert_eq!(first(&window, 1_000 + LENGTH + 1), None);
    }

    #[test]
    fn forgetting_the_forces_keeps_the_ratios() {
        let mut window = window();
        window.push(&[10.0; 6], Some(3.0), UnixMillis(0), UnixMillis(0));
        window.forget_forces();
        window.push(&[20.0; 6], Some(5.0), UnixMillis(500), UnixMillis(500));
        let means = window.means(UnixMillis(500)).unwrap();
        assert_eq!((means.ratios, means.force), ([15.0; 6], Some(5.0)));
        assert_eq!(window.means(UnixMillis(10_400)).unwrap().force, Some(5.0));
    }

    #[test]
    fn a_slot_is_full_at_its_limit_and_takes_no_more() {
        let mut window = window();
        for count in 0..u32::from(MAX_PER_SLOT) {
            assert_eq!(
                push(&mut window, f64::from(count % 100), 500, 500),
                Pushed::Kept
            );
        }
        assert_eq!(push(&mut window, 100.0, 500, 500), Pushed::Full);
        assert_eq!(
            window.means(UnixMillis(500)).unwrap().samples,
            u32::from(MAX_PER_SLOT)
        );
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for now in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
            let mut window = window();
            for at in [i64::MIN, -5, 0, 5, i64::MAX] {
                push(&mut window, 1.0, at, now);
                push(&mut window, 1.0, at, i64::MAX);
                let _ = window.means(UnixMillis(now));
            }
        }
    }

    #[test]
    fn a_million_samples_do_not_drift_from_the_naive_mean() {
        let mut window = window();
        let mut naive = std::collections::VecDeque::new();
        let mut seed = 7_u32;
        for step in 0..1_000_000_i64 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // 10 Hz with jitter, ratios with more digits than a sum keeps.
            let at = step * 100 + i64::from(seed >> 28);
            let ratio = f64::from(seed >> 8) / f64::from(1 << 24) * 100.0;
            push(&mut window, ratio, at, at);
            naive.push_back((at, ratio));
            while naive.front().is_some_and(|(then, _)| at - then > LENGTH) {
                naive.pop_front();
            }
            if step % 1_009 == 0 {
                let mean = naive.iter().map(|(_, ratio)| ratio).sum::<f64>() / naive.len() as f64;
                let got = window.means(UnixMillis(at)).unwrap();
                assert_eq!(got.samples as usize, naive.len());
                assert!((got.ratios[0] - mean).abs() <= 0.000_05 + 1e-9);
            }
        }
    }

    proptest! {
        /// Whatever comes in whatever order at whatever rate: all samples inside the window count, and none that is
        /// more than a slot older.
        #[test]
        fn the_window_holds_the_last_ten_seconds_and_at_most_one_slot_more(
            steps in prop::collection::vec((0_i64..400, -3_000_i64..500, 0_u32..1_000_000), 1..300),
            idle in 0_i64..12_000,
        ) {
            let mut window = window();
            let mut all = Vec::new();
            let mut now = 1_000_000;
            for (step, lag, units) in steps {
                now += step;
                let at = (now + lag).min(now);
                if push(&mut window, f64::from(units) / UNITS, at, now) == Pushed::Kept {
                    all.push((at, u64::from(units)));
                }
            }
            now += idle;
            let sum = |length: i64| {
                let inside = all.iter().filter(|(at, _)| now - at <= length);
                inside.fold((0, 0), |(count, sum), (_, units)| (count + 1, sum + units))
            };
            let (least, most) = (sum(LENGTH), sum(LENGTH + 100));
            let totals = window.totals_at(now);
            prop_assert!(least.0 <= totals.count && totals.count <= most.0);
            prop_assert!(least.1 <= totals.ratios[0] && totals.ratios[0] <= most.1);
        }

        /// With a slot a millisecond the window is exact for any rate.
        #[test]
        fn with_a_slot_a_millisecond_the_window_is_the_naive_mean(
            steps in prop::collection::vec((0_i64..30, 0_u32..1_000_000), 1..400),
        ) {
            let mut window = Window::new(WindowConfig { length_ms: 1_000, slots: 1_000 });
            let mut all = Vec::new();
            let mut now = 0;
            for (step, units) in steps {
                now += step;
                if push(&mut window, f64::from(units) / UNITS, now, now) == Pushed::Kept {
                    all.push((now, f64::from(units) / UNITS));
                }
                let inside: Vec<f64> =
                    all.iter().filter(|(at, _)| now - at <= 1_000).map(|(_, ratio)| *ratio).collect();
                let mean = inside.iter().sum::<f64>() / inside.len() as f64;
                prop_assert!((first(&window, now).unwrap() - mean).abs() < 1e-9);
            }
        }
    }
}
