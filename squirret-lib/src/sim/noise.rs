//! Noise as a function of seed, channel and step: no state, the same on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): one well-mixed number of a key.
const fn mix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Evenly in [0, 1).
pub(super) fn uniform(seed: u64, channel: u64, step: u64) -> f64 {
    let key = mix(mix(seed ^ channel.wrapping_mul(0xd134_2543_de82_ef95)) ^ step);
    (key >> 11) as f64 / (1_u64 << 53) as f64
}

/// Near enough to normal, mean 0, deviation 1: the sum of twelve even numbers, which needs no function that machines
/// round differently.
pub(super) fn normal(seed: u64, channel: u64, step: u64) -> f64 {
    (0..12)
        .map(|part| uniform(seed, channel.wrapping_mul(12).wrapping_add(part), step))
        .sum::<f64>()
        - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_the_mean_and_deviation_it_should() {
        let values: Vec<f64> = (0..20_000).map(|step| normal(1, 2, step)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / values.len() as f64;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
