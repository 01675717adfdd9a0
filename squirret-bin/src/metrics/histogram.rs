//! Durations, counted without a lock: a thousand connections observe at the same time.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::{MetricType, TypedMetric},
};

/// Bounds: 64 µs, 128 µs, … up to 8.4 s, and one for all that took longer.
const BUCKETS: usize = 19;

/// The first bound, as a power of two of microseconds.
const FIRST_BOUND_LOG2: u32 = 6;

/// A histogram of durations in seconds; clones share it.
///
/// Bounds are powers of two of microseconds, so that a bucket is found by counting zeros.
#[derive(Clone, Debug, Default)]
pub(crate) struct Durations(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    micros: AtomicU64,
    /// How many fell into each, not added up; the last is for what took longer than all bounds.
    counts: [AtomicU64; BUCKETS],
}

impl Durations {
    /// Counts so many that took this long.
    pub(crate) fn observe(&self, took: Duration, times: u64) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.0
            .micros
            .fetch_add(micros.saturating_mul(times), Relaxed);
        if let Some(count) = self.0.counts.get(bucket(micros)) {
            count.fetch_add(times, Relaxed);
        }
    }
}

/// The first bucket whose bound is not below.
const fn bucket(micros: u64) -> usize {
    let log2_up = u64::BITS - micros.saturating_sub(1).leading_zeros();
    let bucket = log2_up.saturating_sub(FIRST_BOUND_LOG2) as usize;
    if bucket < BUCKETS {
        bucket
    } else {
        BUCKETS - 1
    }
}

impl TypedMetric for Durations {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let bound = |place: usize| match place {
            last if last + 1 == BUCKETS => f64::INFINITY,
            place => f64::from(1_u32 << (FIRST_BOUND_LOG2 as usize + place)) / 1e6,
        };
        let counts = self.0.counts.iter().map(|count| count.load(Relaxed));
        let buckets: Vec<_> = counts
            .zip(0..)
            .map(|(count, place)| (bound(place), count))
            .collect();
        // From the buckets, so that both agree whatever is observed meanwhile.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_micros(self.0.micros.load(Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::{encoding::text::encode, registry::Registry};

    #[test]
    fn a_duration_falls_under_the_first_bound_that_it_does_not_exceed() {
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(64), 0);
        assert_eq!(bucket(65), 1);
        assert_eq!(bucket(128), 1);
        assert_eq!(bucket(8_388_608), 17);
        assert_eq!(bucket(8_388_609), 18);
        assert_eq!(bucket(u64::MAX), 18);
    }

    #[test]
    fn the_text_adds_up() {
        let (mut registry, durations) = (Registry::default(), Durations::default());
        registry.register("took", "Time", durations.clone());
        for micros in [10, 100, 100, 10_000_000] {
            durations.observe(Duration::from_micros(micros), 1);
        }
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "took_sum 10.00021",
            "took_count 4",
            "took_bucket{le=\"0.000064\"} 1",
            "took_bucket{le=\"0.000128\"} 3",
            "took_bucket{le=\"8.388608\"} 3",
            "took_bucket{le=\"+Inf\"} 4",
        ] {
            assert!(
                text.contains(&format!("{line}\n")),
                "{line} is not in\n{text}"
            );
        }
    }
}
