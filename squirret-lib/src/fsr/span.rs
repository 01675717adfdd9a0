//! The load over one movement, from its start to its end.

use serde::{Deserialize, Serialize};

use super::{CentreOfPressure, Means, SensorLayout, SensorValues, Side, Summary};
use crate::UnixMillis;

/// Most points of a path.
const POINTS: usize = 16;

/// Time between two points of a path at first, in ms; it doubles whenever the path is full.
const STEP_MS: u16 = 100;

/// How a person carried their weight during one movement.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoadRecord {
    /// Mean part of the left foot in the load, 0 to 100; `None` without voltages of both feet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_load: Option<f64>,
    /// Largest difference of the feet's loads for a moment, in per cent of both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peak_left_right: Option<f64>,
    /// Lowest share of the heels for a moment, per cent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowest_heel: Option<f64>,
    /// Path of the centre of pressure between the feet: per cent of the foot's length from the heel, per cent of its
    /// width from the medial side. At most 16 points, evenly in time.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub path: Vec<[f64; 2]>,
}

/// One foot's sums.
#[derive(Clone, Copy, Debug, Default)]
struct LoadSums {
    ratios: SensorValues,
    count: u32,
    force: f64,
    forces: u32,
}

/// Adds up the load over a movement.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoadAccumulator {
    sums: [LoadSums; 2],
    lowest_heel: f64,
    furthest: f64,
    peak: Option<f64>,
    /// In units of half a per cent.
    path: [[u8; 2]; POINTS],
    points: u8,
    step_ms: u16,
    next: Option<UnixMillis>,
}

impl Default for LoadAccumulator {
    fn default() -> Self {
        Self {
            sums: [LoadSums::default(); 2],
            lowest_heel: f64::INFINITY,
            furthest: f64::NEG_INFINITY,
            peak: None,
            path: [[0; 2]; POINTS],
            points: 0,
            step_ms: STEP_MS,
            next: None,
        }
    }
}

impl LoadAccumulator {
    /// Adds a foot's sample.
    pub(super) fn add(&mut self, side: Side, ratios: &SensorValues, force: Option<f64>) {
        let sums = &mut self.sums[side.index()];
        sums.ratios
            .iter_mut()
            .zip(ratios)
            .for_each(|(sum, ratio)| *sum += ratio);
        sums.count += 1;
        sums.force += force.unwrap_or(0.0);
        sums.forces += u32::from(force.is_some());
    }

    /// Adds the smoothed load of both feet at a moment.
    pub(super) fn note(
        &mut self,
        present: &Summary,
        centre: Option<CentreOfPressure>,
        at: UnixMillis,
    ) {
        self.lowest_heel = self.lowest_heel.min(present.metrics.heel);
        if let Some(left) = present.left_load {
            let diff = (2.0 * left - 100.0).abs();
            self.peak = Some(self.peak.map_or(diff, |peak| peak.max(diff)));
        }
        if let Some(centre) = centre {
            self.furthest = self.furthest.max(centre.along);
            self.trace(centre, at);
        }
    }

    fn trace(&mut self, centre: CentreOfPressure, at: UnixMillis) {
        if self.next.is_some_and(|next| at < next) {
            return;
        }
        if usize::from(self.points) == POINTS {
            for point in 0..POINTS / 2 {
                self.path[point] = self.path[2 * point];
            }
            self.points = POINTS as u8 / 2;
            self.step_ms = self.step_ms.saturating_mul(2);
        }
        let unit = |percent: f64| (percent.clamp(0.0, 127.0) * 2.0 + 0.5) as u8;
        self.path[usize::from(self.points)] = [unit(centre.along), unit(centre.across)];
        self.points += 1;
        self.next = Some(at.plus(i64::from(self.step_ms)));
    }

    /// Means of each foot.
    pub(super) fn means(&self) -> [Option<Means>; 2] {
        self.sums.map(|sums| {
            (sums.count > 0).then(|| Means {
                ratios: sums.ratios.map(|sum| sum / f64::from(sums.count)),
                force: (sums.forces > 0).then(|| sums.force / f64::from(sums.forces)),
                samples: sums.count,
            })
        })
    }

    /// The lowest share of the heels and the centre of pressure furthest forward.
    pub(super) fn extremes(&self) -> Option<(f64, f64)> {
        (self.lowest_heel.is_finite() && self.furthest.is_finite())
            .then_some((self.lowest_heel, self.furthest))
    }

    /// What is kept of it.
    pub(super) fn record(&self, layout: &SensorLayout) -> Option<LoadRecord> {
        let [left, right] = self.means();
        let summary = Summary::of(left.as_ref(), right.as_ref(), layout)?;
        let point = |[along, across]: &[u8; 2]| [f64::from(*along) / 2.0, f64::from(*across) / 2.0];
        Some(LoadRecord {
            left_load: summary.left_load.map(rounded),
            peak_left_right: self.peak.map(rounded),
            lowest_heel: Some(self.lowest_heel)
                .filter(|heel| heel.is_finite())
                .map(rounded),
            path: self.path[..usize::from(self.points)]
                .iter()
                .map(point)
                .collect(),
        })
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e2).round() / 1e2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_length_keeps_at_most_sixteen_points_evenly_in_time() {
        let layout = SensorLayout::default();
        for seconds in [1, 2, 10, 100] {
            let mut span = LoadAccumulator::default();
            span.add(Side::Left, &[20.0, 10.0, 10.0, 20.0, 20.0, 20.0], None);
            for step in 0..seconds * 50 {
                let along = 100.0 * step as f64 / (seconds * 50) as f64;
                span.trace(
                    CentreOfPressure {
                        along,
                        across: 50.0,
                    },
                    UnixMillis(step * 20),
                );
            }
            let path = span.record(&layout).unwrap().path;
            assert!(
                (8..=16).contains(&path.len()),
                "{seconds} s: {}",
                path.len()
            );
            let steps: Vec<f64> = path
                .windows(2)
                .map(|pair| pair[1][0] - pair[0][0])
                .collect();
            let (least, most) = steps.iter().fold((f64::MAX, 0.0_f64), |(a, b), step| {
                (a.min(*step), b.max(*step))
            });
            assert!(most - least <= 1.0 + most / 8.0, "{seconds} s: {steps:?}");
        }
    }

    #[test]
    fn a_span_without_samples_has_no_record() {
        assert_eq!(
            LoadAccumulator::default().record(&SensorLayout::default()),
            None
        );
    }
}
