//! The functions that platforms round differently, from one implementation: the same inputs give the same outputs on
//! every machine. (Plus, minus, times, over, square roots and roundings are exact by IEEE 754.)

/// √(x² + y²).
pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// Angle of (x, y) from the x axis, degrees, −180 to 180.
pub(crate) fn atan2_degrees(y: f64, x: f64) -> f64 {
    libm::atan2(y, x).to_degrees()
}

/// Sine and cosine of an angle in radians.
pub(crate) fn sin_cos(radians: f64) -> (f64, f64) {
    libm::sincos(radians)
}

/// Angle in radians whose cosine this is.
pub(crate) fn acos(cosine: f64) -> f64 {
    libm::acos(cosine)
}

/// e to this power.
pub(crate) fn exp(power: f64) -> f64 {
    libm::exp(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_same_to_the_last_bit_on_every_machine() {
        let bits = |value: f64| format!("{:016x}", value.to_bits());
        let (sin, cos) = sin_cos(1.234);
        let values = [
            hypot(0.3, 0.7),
            atan2_degrees(0.3, -0.7),
            sin,
            cos,
            acos(0.15),
            exp(-1.5),
        ];
        insta::assert_debug_snapshot!(values.map(bits), @r#"
        [
            "3fe85ed7614b038c",
            "406399a52581d2ba",
            "3fee33c23ed44442",
            "3fd526571fe8c7a5",
            "3ff6b9410d4deb42",
            "3fcc8f87724b5c1d",
        ]
        "#);
    }
}
