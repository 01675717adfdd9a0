//! One reading of one foot.

use crate::UnixMillis;
use serde::{Deserialize, Serialize};

/// Supply voltage of the sensors' dividers, and the largest voltage that a sample may carry.
pub const SUPPLY_VOLTS: f64 = 3.3;

/// A foot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "there are two feet")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

impl Side {
    /// Left, right.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The other foot.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// 0 for left, 1 for right.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// Six sensor values, index 0 is sensor 1.
pub type SensorValues = [f64; 6];

/// One reading of one foot, valid by construction: [`Sample::new`] and deserialisation check the ranges.
///
/// ```
/// let text = r#"{"side":"left","at":0,"ratios":[20,10,10,20,20,1e300],"voltages":null}"#;
/// let error = serde_json::from_str::<squirret::fsr::Sample>(text).unwrap_err();
/// assert_eq!(error.to_string(), "ratio6 must be between 0 and 100");
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
#[non_exhaustive]
pub struct Sample {
    /// Which foot.
    pub side: Side,
    /// When it was measured (or arrived).
    pub at: UnixMillis,
    /// Per cent of the foot's sum per sensor, each in [0, 100], as sent or derived from the voltages.
    pub ratios: SensorValues,
    /// Volts per sensor, each in [0, 3.3], when sent.
    pub voltages: Option<SensorValues>,
}

/// A sample whose ranges are not checked yet.
#[derive(Deserialize)]
struct Unchecked {
    side: Side,
    at: UnixMillis,
    ratios: Option<SensorValues>,
    voltages: Option<SensorValues>,
}

impl TryFrom<Unchecked> for Sample {
    type Error = SampleError;

    fn try_from(unchecked: Unchecked) -> Result<Self, SampleError> {
        let Unchecked {
            side,
            at,
            ratios,
            voltages,
        } = unchecked;
        Self::new(side, at, ratios, voltages)
    }
}

/// Why a sample was refused.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum SampleError {
    /// A ratio is outside [0, 100].
    #[error("ratio{sensor} must be between 0 and 100")]
    RatioOutOfRange {
        /// 1 to 6
        sensor: u8,
    },
    /// A voltage is outside [0, 3.3].
    #[error("voltage{sensor} must be between 0 and 3.3")]
    VoltageOutOfRange {
        /// 1 to 6
        sensor: u8,
    },
    /// Neither all ratios nor all voltages.
    #[error("ratio1 to ratio6 or voltage1 to voltage6 are required")]
    Missing,
}

impl Sample {
    /// Creates a sample from each sensor's share of the foot's sum, in per cent. Without volts the feet cannot be compared
    /// and repetitions cannot be counted.
    ///
    /// # Errors
    /// [`SampleError::RatioOutOfRange`] when a ratio is not in [0, 100].
    ///
    /// ```
    /// use squirret::{UnixMillis, fsr::{Sample, Side}};
    /// let sample = Sample::from_ratios(Side::Left, UnixMillis(0), [20.0, 10.0, 10.0, 20.0, 20.0, 20.0])?;
    /// assert_eq!(sample.voltages, None);
    /// # Ok::<(), squirret::fsr::SampleError>(())
    /// ```
    pub fn from_ratios(
        side: Side,
        at: UnixMillis,
        ratios: SensorValues,
    ) -> Result<Self, SampleError> {
        Self::new(side, at, Some(ratios), None)
    }

    /// Creates a sample from the voltages of the sensors, and derives the ratios from them as [`new`](Self::new) does.
    ///
    /// # Errors
    /// [`SampleError::VoltageOutOfRange`] when a voltage is not in [0, 3.3].
    pub fn from_volts(
        side: Side,
        at: UnixMillis,
        volts: SensorValues,
    ) -> Result<Self, SampleError> {
        Self::new(side, at, None, Some(volts))
    }

    /// Checks the ranges, and derives the ratios from the voltages when only these are given.
    ///
    /// Derived ratios are each sensor's share of the sum of the *voltages*, as the insole's own firmware computes
    /// them: the rules' thresholds were set on such ratios. (Forces, which compare one foot with the other, come
    /// from conductances instead: see [`Divider`](super::Divider).) Six zero volts give six zero ratios, a foot in
    /// the air.
    ///
    /// # Errors
    /// When a value is not finite or outside its range, or when neither six ratios nor six voltages are given.
    ///
    /// ```
    /// use squirret::{UnixMillis, fsr::{Sample, SampleError, Side}};
    ///
    /// let volts = [1.0, 0.5, 0.5, 0.5, 1.0, 0.5];
    /// let sample = Sample::from_volts(Side::Left, UnixMillis(0), volts)?;
    /// assert_eq!(sample.ratios, [25.0, 12.5, 12.5, 12.5, 25.0, 12.5]);
    ///
    /// let bad = Sample::from_ratios(Side::Left, UnixMillis(0), [0.0, 0.0, 100.5, 0.0, 0.0, 0.0]);
    /// assert_eq!(bad, Err(SampleError::RatioOutOfRange { sensor: 3 }));
    /// # Ok::<(), SampleError>(())
    /// ```
    pub fn new(
        side: Side,
        at: UnixMillis,
        ratios: Option<SensorValues>,
        voltages: Option<SensorValues>,
    ) -> Result<Self, SampleError> {
        if let Some(ratios) = &ratios {
            check(ratios, 100.0, |sensor| SampleError::RatioOutOfRange {
                sensor,
            })?;
        }
        if let Some(voltages) = &voltages {
            check(voltages, SUPPLY_VOLTS, |sensor| {
                SampleError::VoltageOutOfRange { sensor }
            })?;
        }
        let ratios = match (ratios, &voltages) {
            (Some(ratios), _) => ratios,
            (None, Some(voltages)) => shares(voltages),
            (None, None) => return Err(SampleError::Missing),
        };
        Ok(Self {
            side,
            at,
            ratios,
            voltages,
        })
    }
}

/// Each value in `[0, max]`; NaN and infinities are outside.
fn check(
    six: &SensorValues,
    max: f64,
    error: impl Fn(u8) -> SampleError,
) -> Result<(), SampleError> {
    let outside = |value: &f64| !(0.0..=max).contains(value);
    match (1..).zip(six).find(|(_, value)| outside(value)) {
        Some((sensor, _)) => Err(error(sensor)),
        None => Ok(()),
    }
}

/// Per cent of the sum; zeros when the sum is zero.
pub(super) fn shares(six: &SensorValues) -> SensorValues {
    let sum: f64 = six.iter().sum();
    if sum > 0.0 {
        six.map(|value| (100.0 * value / sum).min(100.0))
    } else {
        [0.0; 6]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: UnixMillis = UnixMillis(1_000);

    fn sample(
        ratios: Option<SensorValues>,
        voltages: Option<SensorValues>,
    ) -> Result<Sample, SampleError> {
        Sample::new(Side::Right, AT, ratios, voltages)
    }

    #[test]
    fn each_ratio_is_accepted_at_its_limits_and_refused_one_past_them() {
        for index in 0..6 {
            let with = |value: f64| {
                let mut ratios = [10.0; 6];
                ratios[index] = value;
                sample(Some(ratios), None)
            };
            assert!(with(0.0).is_ok());
            assert!(with(100.0).is_ok());
            for bad in [
                -0.000_001,
                100.000_001,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
            ] {
                let sensor = index as u8 + 1;
                assert_eq!(
                    with(bad),
                    Err(SampleError::RatioOutOfRange { sensor }),
                    "{bad}"
                );
            }
        }
    }

    #[test]
    fn each_voltage_is_accepted_at_its_limits_and_refused_one_past_them() {
        for index in 0..6 {
            let with = |value: f64| {
                let mut voltages = [1.0; 6];
                voltages[index] = value;
                sample(Some([10.0; 6]), Some(voltages))
            };
            assert!(with(0.0).is_ok());
            assert!(with(3.3).is_ok());
            for bad in [-0.000_001, 3.300_001, f64::NAN, f64::INFINITY] {
                let sensor = index as u8 + 1;
                assert_eq!(
                    with(bad),
                    Err(SampleError::VoltageOutOfRange { sensor }),
                    "{bad}"
                );
            }
        }
    }

    #[test]
    fn ratios_that_were_sent_stay_as_sent_even_beside_voltages() {
        let ratios = [12.3, 8.4, 5.1, 20.0, 32.5, 21.7];
        let sample = sample(Some(ratios), Some([1.0; 6])).unwrap();
        assert_eq!(sample.ratios, ratios);
        assert_eq!(sample.voltages, Some([1.0; 6]));
    }

    #[test]
    fn six_zero_volts_are_a_foot_in_the_air_and_not_a_division_by_zero() {
        assert_eq!(sample(None, Some([0.0; 6])).unwrap().ratios, [0.0; 6]);
    }

    #[test]
    fn a_sample_without_ratios_and_voltages_is_missing_both() {
        assert_eq!(sample(None, None), Err(SampleError::Missing));
    }
}
