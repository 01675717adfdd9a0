//! Force from a sensor's voltage.

use serde::{Deserialize, Serialize};

use super::{SensorValues, sample::SUPPLY_VOLTS};

/// The voltage divider that each sensor sits in: the sensor to the supply, a fixed resistor `R_M` to ground.
///
/// The conductance of a force sensing resistor is roughly proportional to the force on it, and the divider gives
/// `G = V / (R_M · (3.3 − V))` (Interlink FSR integration guide). Forces here are *relative*: `G · R_M`, without
/// unit, since the newtons behind it differ from part to part by ±15 to ±25 % (same guide).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Divider {
    /// Fixed resistor to ground in ohms, default 10 000. It scales all sensors alike, so shares and balance do not
    /// depend on it; [`conductance`](Self::conductance) does.
    pub ohms: f64,
    /// Voltages above this say no more about the force (the converter is at its end), default 3.2.
    pub saturation_volts: f64,
    /// Spread of the parts' sensitivity, as one standard deviation over the mean, default 0.115: ±20 % evenly.
    pub part_spread: f64,
    /// What remains of the spread after the standing calibration, default 0.03: a part repeats itself within ±2 %,
    /// creeps by a few per cent under a standing load, and only its pair's mean is known.
    pub part_repeatability: f64,
}

impl Default for Divider {
    fn default() -> Self {
        Self {
            ohms: 10_000.0,
            saturation_volts: 3.2,
            part_spread: 0.115,
            part_repeatability: 0.03,
        }
    }
}

impl Divider {
    /// Force of one sensor relative to the force at which its resistance equals `R_M`: 0 at 0 V, 1 at half of the
    /// supply, at most that of `saturation_volts`.
    ///
    /// ```
    /// use squirret::fsr::Divider;
    /// let divider = Divider::default();
    /// assert_eq!(divider.force(0.0), 0.0);
    /// assert_eq!(divider.force(1.65), 1.0);
    /// assert_eq!(divider.force(3.3), divider.force(3.2));
    /// ```
    #[must_use]
    pub fn force(&self, volts: f64) -> f64 {
        let volts = volts.min(self.saturation_volts);
        volts / (SUPPLY_VOLTS - volts)
    }

    /// Conductance of the sensor in siemens.
    #[must_use]
    pub fn conductance(&self, volts: f64) -> f64 {
        self.force(volts) / self.ohms
    }

    /// Forces of six sensors.
    #[must_use]
    pub fn forces(&self, volts: &SensorValues) -> SensorValues {
        volts.map(|volts| self.force(volts))
    }

    /// One standard deviation of the relative error of a foot's summed force, given how the force is spread over
    /// the sensors (any scale) and how well each part is known (`spread`, relative): parts err independently, so
    /// the error of the sum is `spread · √Σw²` with the shares `w`.
    ///
    /// ```
    /// use squirret::fsr::Divider;
    /// let even = Divider::foot_error(&[1.0; 6], 0.12);
    /// assert!((even - 0.12 / 6f64.sqrt()).abs() < 1e-12);
    /// assert_eq!(Divider::foot_error(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.12), 0.12);
    /// ```
    #[must_use]
    pub fn foot_error(forces: &SensorValues, spread: f64) -> f64 {
        let sum: f64 = forces.iter().sum();
        if sum <= 0.0 {
            return spread;
        }
        spread
            * forces
                .iter()
                .map(|force| (force / sum) * (force / sum))
                .sum::<f64>()
                .sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conductance_follows_the_dividers_formula() {
        let divider = Divider::default();
        let expected = 1.1 / (10_000.0 * (3.3 - 1.1));
        assert!((divider.conductance(1.1) - expected).abs() < 1e-15);
    }

    #[test]
    fn a_saturated_sensor_has_a_finite_force() {
        assert!(Divider::default().force(3.3).is_finite());
    }
}
