//! Centre of pressure.

use serde::{Deserialize, Serialize};

use super::{SensorLayout, SensorValues};

/// Where the load on a foot is centred.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain value")]
pub struct CentreOfPressure {
    /// Per cent of the foot's length from the heel.
    pub along: f64,
    /// Per cent of the foot's width from the medial side.
    pub across: f64,
}

impl CentreOfPressure {
    /// The mean of the sensors' places, weighted by their ratios (any scale) and the areas that they stand for;
    /// `None` for a foot in the air.
    ///
    /// The published best of insoles with few such sensors is a mean error of 8.07 mm, squats included (Choi 2018,
    /// Sensors 18:4349).
    ///
    /// ```
    /// use squirret::fsr::{CentreOfPressure, SensorLayout};
    /// let layout = SensorLayout::default();
    /// let toe = CentreOfPressure::of(&[0.0, 0.0, 0.0, 0.0, 0.0, 50.0], &layout).unwrap();
    /// assert_eq!(toe.along, layout.places[5].along);
    /// assert_eq!(CentreOfPressure::of(&[0.0; 6], &layout), None);
    /// ```
    #[must_use]
    pub fn of(weights: &SensorValues, layout: &SensorLayout) -> Option<Self> {
        let (mut sum, mut along, mut across) = (0.0, 0.0, 0.0);
        for (weight, place) in weights.iter().zip(&layout.places) {
            let weight = weight * place.area;
            sum += weight;
            along += weight * place.along;
            across += weight * place.across;
        }
        (sum > 0.0).then(|| Self {
            along: along / sum,
            across: across / sum,
        })
    }

    /// The centre between two feet: each counts by its load, or alike when that is not known. With one foot it is
    /// that foot's.
    #[must_use]
    pub fn between(
        left: Option<Self>,
        right: Option<Self>,
        left_load: Option<f64>,
    ) -> Option<Self> {
        let (Some(left), Some(right)) = (left, right) else {
            return left.or(right);
        };
        let part = left_load.unwrap_or(50.0) / 100.0;
        let mix = |left: f64, right: f64| left * part + right * (1.0 - part);
        Some(Self {
            along: mix(left.along, right.along),
            across: mix(left.across, right.across),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsr::SensorPlace;
    use proptest::prelude::*;

    #[test]
    fn the_centre_between_the_feet_follows_the_load() {
        let left = CentreOfPressure {
            along: 40.0,
            across: 50.0,
        };
        let right = CentreOfPressure {
            along: 60.0,
            across: 30.0,
        };
        let between = |load| CentreOfPressure::between(Some(left), Some(right), load).unwrap();
        assert_eq!(between(None).along, 50.0);
        assert_eq!(
            between(Some(75.0)),
            CentreOfPressure {
                along: 45.0,
                across: 45.0
            }
        );
        assert_eq!(
            CentreOfPressure::between(None, Some(right), Some(75.0)),
            Some(right)
        );
        assert_eq!(CentreOfPressure::between(None, None, None), None);
    }

    proptest! {
        #[test]
        fn the_centre_lies_between_the_sensors(weights in prop::array::uniform6(0.0..=100.0_f64)) {
            let layout = SensorLayout::default();
            if let Some(cop) = CentreOfPressure::of(&weights, &layout) {
                let bounds = |of: fn(&SensorPlace) -> f64| {
                    let all = layout.places.iter().map(of);
                    all.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
                };
                let ((rear, front), (inner, outer)) = (bounds(|p| p.along), bounds(|p| p.across));
                prop_assert!((rear - 1e-3..=front + 1e-3).contains(&cop.along));
                prop_assert!((inner - 1e-3..=outer + 1e-3).contains(&cop.across));
            }
        }
    }
}
