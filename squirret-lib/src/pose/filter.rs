//! Smoothing that follows fast moves and holds still points still: the One-Euro filter (Casiez, Roussel, Vogel,
//! CHI 2012), in seconds, so that the rate of frames may vary.

use std::f32::consts::TAU;

/// Settings of a One-Euro filter.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct OneEuroConfig {
    /// Cut-off at rest, Hz: lower is smoother.
    pub min_cutoff: f32,
    /// How much speed (in body sizes a second) raises the cut-off, Hz per unit: higher follows faster.
    pub beta: f32,
    /// Cut-off of the speed itself, Hz.
    pub derivative_cutoff: f32,
}

impl OneEuroConfig {
    /// Points in px: 0.01 of a new value at rest and 0.94 in a fast move at 30 frames/s (MediaPipe's settings).
    pub const POINTS: Self = Self {
        min_cutoff: 0.05,
        beta: 80.0,
        derivative_cutoff: 1.0,
    };
    /// The two points that steer the region of interest: slower, so that the crop does not shake.
    pub const REGION: Self = Self {
        min_cutoff: 0.01,
        beta: 10.0,
        derivative_cutoff: 1.0,
    };
    /// Points in metres.
    pub const WORLD: Self = Self {
        min_cutoff: 0.1,
        beta: 40.0,
        derivative_cutoff: 1.0,
    };
}

/// Share of the new value in an exponential mean with `cutoff` Hz after `dt` seconds.
fn share(cutoff: f32, dt: f32) -> f32 {
    let te_over_tau = TAU * cutoff * dt;
    te_over_tau / (1.0 + te_over_tau)
}

/// One-Euro filters of `N` numbers that move together, e.g. the coordinates of all points.
#[derive(Clone, Debug)]
pub struct OneEuro<const N: usize> {
    raw: [f32; N],
    value: [f32; N],
    speed: [f32; N],
    started: bool,
}

impl<const N: usize> Default for OneEuro<N> {
    fn default() -> Self {
        Self {
            raw: [0.0; N],
            value: [0.0; N],
            speed: [0.0; N],
            started: false,
        }
    }
}

impl<const N: usize> OneEuro<N> {
    /// Forgets all: the next values pass as they are.
    pub const fn reset(&mut self) {
        self.started = false;
    }

    /// The smoothed values of the last call, `None` before the first.
    #[must_use]
    pub const fn last(&self) -> Option<&[f32; N]> {
        if self.started {
            Some(&self.value)
        } else {
            None
        }
    }

    /// Smooths `values` in place, `dt` seconds after the last call. `per_unit` brings speeds to the unit of `beta`:
    /// for values in px, one over the size of the body in px. A `dt` that is not positive counts as no new
    /// information: the last values stand.
    pub fn apply(&mut self, values: &mut [f32; N], dt: f32, per_unit: f32, config: OneEuroConfig) {
        if !self.started || values.iter().any(|v| !v.is_finite()) {
            self.start(values);
            return;
        }
        if dt.is_nan() || dt <= 0.0 {
            *values = self.value;
            return;
        }
        let speed_share = share(config.derivative_cutoff, dt);
        for (i, value) in values.iter_mut().enumerate() {
            let speed = (*value - self.raw[i]) * per_unit / dt;
            self.raw[i] = *value;
            self.speed[i] += speed_share * (speed - self.speed[i]);
            let cutoff = config.min_cutoff + config.beta * self.speed[i].abs();
            self.value[i] += share(cutoff, dt) * (*value - self.value[i]);
            *value = self.value[i];
        }
    }

    fn start(&mut self, values: &[f32; N]) {
        self.started = values.iter().all(|v| v.is_finite());
        self.raw = *values;
        self.value = *values;
        self.speed = [0.0; N];
    }
}

/// An exponential mean with the same share of the new value at every frame, for what has no speed: visibilities.
#[derive(Clone, Debug)]
pub struct LowPass<const N: usize> {
    value: Option<[f32; N]>,
}

impl<const N: usize> Default for LowPass<N> {
    fn default() -> Self {
        Self { value: None }
    }
}

impl<const N: usize> LowPass<N> {
    /// Forgets all.
    pub const fn reset(&mut self) {
        self.value = None;
    }

    /// Smooths `values` in place, `dt` seconds after the last call, with `share_at_30` of the new value when frames
    /// come 30 times a second. A value that is not finite passes and leaves no trace.
    pub fn apply(&mut self, values: &mut [f32; N], dt: f32, share_at_30: f32) {
        let Some(last) = self.value.as_mut() else {
            self.value = Some(*values);
            return;
        };
        let share = 1.0 - (1.0 - share_at_30).powf(dt.max(0.0) * 30.0);
        for (last, value) in last.iter_mut().zip(values) {
            if !last.is_finite() {
                *last = *value;
            }
            if value.is_finite() {
                *last += share * (*value - *last);
                *value = *last;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: f32 = 1.0 / 30.0;

    #[test]
    fn the_first_values_pass() {
        let mut filter = OneEuro::<2>::default();
        let mut values = [3.0, -4.0];
        filter.apply(&mut values, 0.0, 1.0, OneEuroConfig::POINTS);
        assert_eq!(values, [3.0, -4.0]);
    }

    #[test]
    fn a_value_that_is_no_number_is_forgotten_with_the_next() {
        for first in [f32::NAN, f32::INFINITY] {
            let mut filter = LowPass::<1>::default();
            for (value, expected) in [
                (first, None),
                (0.5, Some(0.5)),
                (f32::NAN, None),
                (0.5, Some(0.5)),
            ] {
                let mut values = [value];
                filter.apply(&mut values, FRAME, 0.3);
                assert_eq!(values[0].is_finite().then_some(values[0]), expected);
            }
        }
    }

    #[test]
    fn noise_at_rest_shrinks_and_a_fast_move_is_followed() {
        let mut filter = OneEuro::<1>::default();
        let mut worst: f32 = 0.0;
        for frame in 0..300 {
            let mut value = [200.0 + if frame % 2 == 0 { 0.5 } else { -0.5 }];
            filter.apply(&mut value, FRAME, 1.0 / 400.0, OneEuroConfig::POINTS);
            if frame > 60 {
                worst = worst.max((value[0] - 200.0).abs());
            }
        }
        assert!(worst < 0.25, "{worst}");
        let mut value = [200.0];
        for frame in 1..=15 {
            value = [200.0 + 20.0 * frame as f32];
            filter.apply(&mut value, FRAME, 1.0 / 400.0, OneEuroConfig::POINTS);
        }
        assert!((value[0] - 500.0).abs() < 8.0, "{}", value[0]);
    }

    #[test]
    fn smoothing_is_alike_at_ten_and_at_sixty_frames_a_second() {
        let after = |rate: f32| {
            let mut filter = OneEuro::<1>::default();
            let mut value = [0.0];
            filter.apply(&mut value, 0.0, 1.0, OneEuroConfig::WORLD);
            for frame in 1..=(rate as usize) {
                value = [0.3 * frame as f32 / rate];
                filter.apply(&mut value, 1.0 / rate, 1.0, OneEuroConfig::WORLD);
            }
            value[0]
        };
        assert!(
            (after(10.0) - after(60.0)).abs() < 0.01,
            "{} {}",
            after(10.0),
            after(60.0)
        );
    }

    #[test]
    fn a_time_that_repeats_or_runs_backwards_changes_nothing() {
        let mut filter = OneEuro::<1>::default();
        filter.apply(&mut [1.0], 0.0, 1.0, OneEuroConfig::POINTS);
        for dt in [0.0, -5.0, f32::NAN] {
            let mut value = [9.0];
            filter.apply(&mut value, dt, 1.0, OneEuroConfig::POINTS);
            assert_eq!(value, [1.0]);
        }
    }

    #[test]
    fn what_is_not_a_number_does_not_stay() {
        let mut filter = OneEuro::<1>::default();
        filter.apply(&mut [f32::NAN], FRAME, 1.0, OneEuroConfig::POINTS);
        let mut value = [5.0];
        filter.apply(&mut value, FRAME, 1.0, OneEuroConfig::POINTS);
        assert_eq!(value, [5.0]);
    }

    #[test]
    fn a_low_pass_moves_by_its_share_at_thirty_frames_and_by_more_after_a_gap() {
        let mut filter = LowPass::<1>::default();
        filter.apply(&mut [0.0], 0.0, 0.1);
        let mut value = [1.0];
        filter.apply(&mut value, FRAME, 0.1);
        assert!((value[0] - 0.1).abs() < 1e-6);
        let mut value = [1.0];
        filter.apply(&mut value, 1.0, 0.1);
        assert!(value[0] > 0.95);
    }
}
