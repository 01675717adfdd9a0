//! What the rules look at: shares of the sole, averaged over the feet.

use serde::{Deserialize, Serialize};

use super::{Means, SensorLayout, SensorValues};

/// Mean loads of the window, in per cent. Only finite values; what is not known is `None` and left out on the wire.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Metrics {
    /// Forefoot share.
    pub front: f64,
    /// Rearfoot share.
    pub rear: f64,
    /// Medial share.
    pub inner: f64,
    /// Lateral share.
    pub outer: f64,
    /// Heel share.
    pub heel: f64,
    /// |inner − outer|.
    pub inner_outer_diff: f64,
    /// Difference between the feet; `None` with one foot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_right_diff: Option<f64>,
}

/// What `leftRightDiff` rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LeftRightBasis {
    /// Forces from voltages: `100·|L−R|/(L+R)`.
    Load,
    /// Patterns of ratios: half the sum of the six absolute differences between the feet's mean ratios.
    Pattern,
}

/// Both feet's view of the window.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The shares and differences.
    pub metrics: Metrics,
    /// What the difference between the feet rests on; `None` with one foot.
    pub left_right_basis: Option<LeftRightBasis>,
    /// Left foot's part of the whole load, 0 to 100; `None` without both feet's forces.
    pub left_load: Option<f64>,
}

impl Summary {
    /// The metrics of the feet that have data, each foot counting alike; `None` when neither has. Every value is
    /// rounded to 1/10 000 %, so that what a rule judges is what is shown.
    #[must_use]
    pub fn of(left: Option<&Means>, right: Option<&Means>, layout: &SensorLayout) -> Option<Self> {
        let ratios = mean_ratios(left, right)?;
        let share = |group: super::SensorGroup| rounded(group.sum(&ratios));
        let (inner, outer) = (share(layout.inner), share(layout.outer));
        let left_load = left
            .zip(right)
            .and_then(|(left, right)| left_load(left, right));
        let (diff, basis) = match (left.zip(right), left_load) {
            (Some(_), Some(load)) => (Some((2.0 * load - 100.0).abs()), Some(LeftRightBasis::Load)),
            (Some((left, right)), None) => (
                Some(pattern_difference(&left.ratios, &right.ratios)),
                Some(LeftRightBasis::Pattern),
            ),
            (None, _) => (None, None),
        };
        let metrics = Metrics {
            front: share(layout.front),
            rear: share(layout.rear),
            inner,
            outer,
            heel: share(layout.heel),
            inner_outer_diff: rounded((inner - outer).abs()),
            left_right_diff: diff.map(rounded),
        };
        Some(Self {
            metrics,
            left_right_basis: basis,
            left_load,
        })
    }
}

/// The mean over the feet that have data.
pub(super) fn mean_ratios(left: Option<&Means>, right: Option<&Means>) -> Option<SensorValues> {
    match (left, right) {
        (Some(left), Some(right)) => Some(std::array::from_fn(|index| {
            f64::midpoint(left.ratios[index], right.ratios[index])
        })),
        (Some(foot), None) | (None, Some(foot)) => Some(foot.ratios),
        (None, None) => None,
    }
}

/// The left foot's part in per cent of the force on both.
fn left_load(left: &Means, right: &Means) -> Option<f64> {
    let (left, right) = (left.force?, right.force?);
    (left + right > 0.0).then(|| 100.0 * left / (left + right))
}

/// How differently two feet are loaded, 0 to 100.
fn pattern_difference(left: &SensorValues, right: &SensorValues) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| (left - right).abs())
        .sum::<f64>()
        / 2.0
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn means(ratios: SensorValues, force: Option<f64>) -> Means {
        Means {
            ratios,
            force,
            samples: 1,
        }
    }

    fn summary(left: Option<Means>, right: Option<Means>) -> Option<Summary> {
        Summary::of(left.as_ref(), right.as_ref(), &SensorLayout::default())
    }

    #[test]
    fn shares_are_the_sums_of_their_sensors() {
        let got = summary(
            Some(means([10.0, 11.0, 12.0, 13.0, 24.0, 30.0], None)),
            None,
        )
        .unwrap()
        .metrics;
        let expected = Metrics {
            front: 55.0,
            rear: 34.0,
            inner: 54.0,
            outer: 46.0,
            heel: 34.0,
            inner_outer_diff: 8.0,
            left_right_diff: None,
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn a_missing_foot_is_left_out_and_not_counted_as_zero() {
        let foot = means([20.0, 10.0, 10.0, 10.0, 30.0, 20.0], Some(3.0));
        let one = summary(None, Some(foot)).unwrap();
        let both = summary(Some(foot), Some(foot)).unwrap();
        assert_eq!(one.metrics.front, both.metrics.front);
        assert_eq!(
            (one.metrics.left_right_diff, one.left_right_basis),
            (None, None)
        );
        assert_eq!(summary(None, None), None);
    }

    #[test]
    fn the_inner_outer_difference_is_of_the_means_and_not_the_mean_of_differences() {
        let inner = means([0.0, 0.0, 0.0, 0.0, 50.0, 50.0], None);
        let outer = means([50.0, 50.0, 0.0, 0.0, 0.0, 0.0], None);
        assert_eq!(
            summary(Some(inner), Some(outer))
                .unwrap()
                .metrics
                .inner_outer_diff,
            0.0
        );
    }

    #[test]
    fn with_voltages_the_feet_are_compared_by_load() {
        let ratios = [20.0, 10.0, 10.0, 10.0, 30.0, 20.0];
        let got = summary(
            Some(means(ratios, Some(6.0))),
            Some(means(ratios, Some(4.0))),
        )
        .unwrap();
        assert_eq!(got.metrics.left_right_diff, Some(20.0));
        assert_eq!(got.left_right_basis, Some(LeftRightBasis::Load));
        assert_eq!(got.left_load, Some(60.0));
    }

    #[test]
    fn with_ratios_of_even_one_foot_only_the_feet_are_compared_by_pattern() {
        let left = means([20.0, 10.0, 10.0, 10.0, 30.0, 20.0], Some(6.0));
        let right = means([30.0, 10.0, 10.0, 10.0, 30.0, 10.0], None);
        let got = summary(Some(left), Some(right)).unwrap();
        assert_eq!(got.metrics.left_right_diff, Some(10.0));
        assert_eq!(got.left_right_basis, Some(LeftRightBasis::Pattern));
    }

    fn any_ratios() -> impl Strategy<Value = SensorValues> {
        prop::array::uniform6(0.0..=100.0_f64).prop_map(|six| super::super::sample::shares(&six))
    }

    proptest! {
        #[test]
        fn every_metric_is_finite_and_a_percentage(
            left in prop::option::of((any_ratios(), prop::option::of(0.0..400.0_f64))),
            right in prop::option::of((any_ratios(), prop::option::of(0.0..400.0_f64))),
        ) {
            let foot = |foot: Option<(SensorValues, Option<f64>)>| foot.map(|(ratios, force)| means(ratios, force));
            if let Some(Summary { metrics: m, .. }) = summary(foot(left), foot(right)) {
                let diff = m.left_right_diff.unwrap_or(0.0);
                for value in [m.front, m.rear, m.inner, m.outer, m.heel, m.inner_outer_diff, diff] {
                    prop_assert!((0.0..=100.001).contains(&value), "{m:?}");
                }
                prop_assert_eq!(m.left_right_diff.is_some(), left.is_some() && right.is_some());
            }
        }
    }
}
