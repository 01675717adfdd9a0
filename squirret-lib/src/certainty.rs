//! How certain a verdict is, given the error of its measurement.

/// Returns the probability, 0.5 to 1, that the true value lies on the same side of `limit` as `value` does. `error` is one
/// standard deviation of the measurement, in the unit of both. A smooth approximation of the normal distribution that needs
/// only a square root, and therefore has the same result on every machine.
pub(crate) fn certainty(value: f64, limit: f64, error: f64) -> f64 {
    let distance = (value - limit).abs();
    let scale = (distance * distance + error * error).sqrt();
    if scale > 0.0 {
        0.5 + 0.5 * distance / scale
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_at_its_limit_is_a_coin_toss_and_far_from_it_nearly_sure() {
        assert_eq!(certainty(50.0, 50.0, 2.0), 0.5);
        assert!((certainty(52.0, 50.0, 2.0) - 0.853).abs() < 0.001);
        assert!(certainty(70.0, 50.0, 2.0) > 0.99);
        assert_eq!(certainty(50.0, 50.0, 0.0), 1.0);
    }
}
