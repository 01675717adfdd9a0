//! How a person stands when standing still: what faults are measured against, and how much each measure moves meanwhile.

use std::collections::VecDeque;

use super::{
    Body, SquatConfig, View,
    faults::measure::{MEASURES, Measure},
};

/// Samples that a standing is taken from.
const SAMPLES: usize = 16;
/// Quiet moments of so many samples, 0.3 s together, tell of a standing before a whole second does.
const EARLY_SAMPLES: usize = 5;
/// A torso that differs by more than this share belongs to somebody else, or to a person who has moved to or from the
/// camera.
const SAME_SIZE: f64 = 0.15;
/// For how long another size or view must be seen before it is believed, s: a few wrong frames change nothing.
const OTHER_SECONDS: f64 = 0.5;
/// Standard deviation of a normal distribution over its median absolute deviation.
const SIGMA_PER_MAD: f64 = 1.4826;
/// Standing bodies closer than this to the picture's vertical are rolled cameras; what lies further is no standing.
const MAX_ROLL_DEGREES: f64 = 40.0;

/// One measure of a standing person.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Standing {
    /// Median.
    pub(super) value: f64,
    /// Standard deviation from frame to frame, from the median absolute deviation.
    pub(super) spread: f64,
}

/// One person's own standing: the medians over the latest still second.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Baseline {
    /// Median and spread; NaN where it was not seen.
    standing: [[f32; 2]; MEASURES],
    /// Whether less than a whole second was seen.
    is_early: bool,
}

impl Baseline {
    /// Length from shoulders to hips, picture heights; 0 when it was not seen.
    #[must_use]
    pub fn torso(&self) -> f64 {
        self.value(Measure::Torso).unwrap_or_default()
    }

    /// Roll of the camera, degrees, −40 to 40: how far the line from ankles to shoulders leans to the picture's right.
    /// Upright people make it 0. From the side it contains how the person stands, too.
    #[must_use]
    pub fn roll_degrees(&self) -> f64 {
        self.value(Measure::Roll)
            .unwrap_or_default()
            .clamp(-MAX_ROLL_DEGREES, MAX_ROLL_DEGREES)
    }

    /// Whether less than a whole second was seen.
    pub(super) const fn is_early(&self) -> bool {
        self.is_early
    }

    pub(super) fn get(&self, measure: Measure) -> Option<Standing> {
        let [value, spread] = self.standing[measure as usize].map(f64::from);
        (!value.is_nan()).then_some(Standing { value, spread })
    }

    pub(super) fn value(&self, measure: Measure) -> Option<f64> {
        self.get(measure).map(|standing| standing.value)
    }
}

/// Collects the standing: still frames of the same person in the same view, also across squats.
#[derive(Debug, Default)]
pub(super) struct Collector {
    samples: VecDeque<[f32; MEASURES]>,
    view: Option<View>,
    seconds: f64,
    since_sample: f64,
    other_seconds: f64,
    pub(super) done: Option<Baseline>,
    /// Of the short quiet moments until a whole second is known.
    early: Option<Baseline>,
}

impl Collector {
    /// A frame of a person who stands still; `dt` since the frame before, s.
    pub(super) fn still(&mut self, body: &Body, view: View, dt: f64, config: &SquatConfig) {
        if !self.is_same(body, view) {
            self.other_seconds += dt;
            if self.other_seconds < OTHER_SECONDS {
                return;
            }
            *self = Self::default();
        }
        self.other_seconds = 0.0;
        self.view = Some(view);
        self.seconds += dt;
        self.since_sample += dt;
        let interval = config.baseline_seconds / SAMPLES as f64;
        if self.samples.is_empty() || self.since_sample >= interval {
            self.since_sample = 0.0;
            if self.samples.len() == SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(sample(body, view));
            if self.done.is_none() && self.samples.len() >= EARLY_SAMPLES {
                self.early = Some(self.settle());
            }
        }
        if self.seconds >= config.baseline_seconds {
            self.seconds = 0.0;
            self.done = Some(Baseline {
                is_early: false,
                ..self.settle()
            });
            self.early = None;
        }
    }

    /// The standing, or what the quiet moments so far show of it.
    pub(super) const fn best(&self) -> Option<&Baseline> {
        match &self.done {
            Some(done) => Some(done),
            None => self.early.as_ref(),
        }
    }

    /// Whether this may be the person and the place that the samples show.
    fn is_same(&self, body: &Body, view: View) -> bool {
        let torso = match (&self.done, self.samples.back()) {
            (Some(done), _) => done.torso(),
            (None, Some(sample)) => f64::from(sample[Measure::Torso as usize]),
            (None, None) => return true,
        };
        self.view == Some(view) && (body.torso / torso - 1.0).abs() <= SAME_SIZE
    }

    /// Memory on the heap, bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.samples.capacity() * size_of::<[f32; MEASURES]>()
    }

    /// The medians of the samples. The fewer there are, the larger is the error of their median.
    fn settle(&self) -> Baseline {
        let few = (SAMPLES as f64 / self.samples.len().max(1) as f64).sqrt();
        let mut standing = [[f32::NAN; 2]; MEASURES];
        for (place, standing) in standing.iter_mut().enumerate() {
            let mut values: Vec<f64> = self
                .samples
                .iter()
                .map(|sample| f64::from(sample[place]))
                .filter(|value| value.is_finite())
                .collect();
            // What most of the frames do not show is not known.
            if 2 * values.len() <= self.samples.len() {
                continue;
            }
            let value = median(&mut values);
            values
                .iter_mut()
                .for_each(|one| *one = (*one - value).abs());
            let spread = few * SIGMA_PER_MAD * median(&mut values);
            *standing = [value, spread].map(|number| number as f32);
        }
        Baseline {
            standing,
            is_early: self.samples.len() < SAMPLES,
        }
    }
}

/// Every measure of one frame; NaN where it is not seen. From the front the frame's own roll is taken out first.
fn sample(body: &Body, view: View) -> [f32; MEASURES] {
    let roll = Measure::Roll.of(body);
    let upright = match (view, roll) {
        (View::Front, Some(roll)) if roll.abs() <= MAX_ROLL_DEGREES => body.unrolled(roll),
        _ => *body,
    };
    Measure::ALL.map(|measure| {
        let value = match measure {
            Measure::Roll => roll,
            measure => measure.of(&upright),
        };
        value.map_or(f32::NAN, |value| value as f32)
    })
}

/// The median; 0 of nothing. Reorders the values.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let (count, middle) = (values.len(), values.len() / 2);
    if count == 0 {
        return 0.0;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if count % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Angle, Plan, Squatter};

    const STEP: f64 = 1.0 / 30.0;

    fn standing(jitter: f64, change: impl Fn(u32, &mut crate::pose::Pose)) -> Collector {
        let config = SquatConfig::default();
        let squatter = Squatter::new(Plan::default(), 4);
        let mut collector = Collector::default();
        for frame in 0..150 {
            let mut pose = squatter.pose(Angle::Front, 9.0 / 16.0, jitter, f64::from(frame) * STEP);
            change(frame, &mut pose);
            let body = Body::of(&pose, &config).unwrap();
            collector.still(&body, View::Front, STEP, &config);
        }
        collector
    }

    fn scaled(pose: &mut crate::pose::Pose, factor: f32) {
        for point in &mut pose.keypoints {
            point.x = 0.5 + factor * (point.x - 0.5);
            point.y = 0.5 + factor * (point.y - 0.5);
        }
    }

    #[test]
    fn the_median_of_an_even_count_lies_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn the_spread_of_a_standing_is_the_noise_of_its_frames() {
        for jitter in [0.0, 0.002, 0.006] {
            let own = standing(jitter, |_, _| {}).done.unwrap();
            let torso = own.get(Measure::Torso).unwrap();
            // The torso joins two midpoints of two points each.
            assert!(
                (torso.spread - jitter).abs() < 0.7 * jitter + 1e-6,
                "{torso:?}"
            );
        }
    }

    #[test]
    fn a_third_of_a_second_tells_of_a_standing_with_a_larger_error() {
        let config = SquatConfig::default();
        let squatter = Squatter::new(Plan::default(), 4);
        let mut collector = Collector::default();
        let mut known = Vec::new();
        for frame in 0..40 {
            let pose = squatter.pose(Angle::Front, 9.0 / 16.0, 0.002, f64::from(frame) * STEP);
            let body = Body::of(&pose, &config).unwrap();
            collector.still(&body, View::Front, STEP, &config);
            known.push(collector.best().map(Baseline::is_early));
        }
        assert_eq!(known[4], None);
        assert_eq!(known[12], Some(true));
        assert_eq!(known[39], Some(false));
    }

    #[test]
    fn one_frame_of_somebody_else_does_not_change_the_standing() {
        let alone = standing(0.002, |_, _| {}).done.unwrap();
        let joined = standing(0.002, |frame, pose| {
            if frame % 40 == 0 {
                scaled(pose, 0.5);
            }
        });
        let difference = joined.done.unwrap().torso() / alone.torso() - 1.0;
        assert!(difference.abs() < 0.01, "{difference}");
    }

    #[test]
    fn whoever_walks_back_from_the_camera_is_measured_anew() {
        let moved = standing(0.002, |frame, pose| {
            if frame >= 60 {
                scaled(pose, 0.6);
            }
        });
        let before = standing(0.002, |_, _| {}).done.unwrap().torso();
        let ratio = moved.done.unwrap().torso() / before;
        assert!((ratio - 0.6).abs() < 0.01, "{ratio}");
    }
}
