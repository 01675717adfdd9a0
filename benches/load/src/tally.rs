//! What was delivered, and how late.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// Numbers that a mark can have: two digits before the point of `ratio1`, two behind it.
const MARKS: usize = 10_000;

/// When which message was sent: a message carries its number as `ratio1` of the left foot.
#[derive(Debug)]
pub(crate) struct Clock(RefCell<Vec<Instant>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(vec![Instant::now(); MARKS]))
    }

    /// The `ratio1` of message `number`, which is sent now.
    pub(crate) fn mark(&self, number: usize) -> f64 {
        let place = number % MARKS;
        self.0.borrow_mut()[place] = Instant::now();
        place as f64 / 100.0
    }

    /// How long ago the message with this mark was sent.
    fn age(&self, mark: f64, now: Instant) -> Duration {
        let place = (mark * 100.0).round() as usize % MARKS;
        now.saturating_duration_since(self.0.borrow()[place])
    }

    /// The delay of a message: by its mark, or by the nanoseconds since 1970 that it begins with.
    pub(crate) fn delay(&self, message: &[u8]) -> Option<Duration> {
        if let Some(sent) = leading_nanos(message) {
            let now = std::time::SystemTime::now();
            let now = now.duration_since(std::time::UNIX_EPOCH).ok()?;
            return Some(now.saturating_sub(sent));
        }
        Some(self.age(mark(message)?, Instant::now()))
    }
}

/// The mark of a message, if it has one.
pub(crate) fn mark(message: &[u8]) -> Option<f64> {
    const FIELD: &[u8] = b"\"ratio1\":";
    let start = memchr::memmem::find(message, FIELD)? + FIELD.len();
    let rest = &message[start..];
    let end = rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'.'))?;
    std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
}

fn leading_nanos(message: &[u8]) -> Option<Duration> {
    let end = message.iter().take(24).position(|byte| *byte == b' ')?;
    let nanos = std::str::from_utf8(&message[..end]).ok()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Deliveries of one run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    micros: Vec<u32>,
}

impl Tally {
    /// Counts a message of this size.
    pub(crate) fn add(&mut self, bytes: usize, delay: Option<Duration>) {
        self.messages += 1;
        self.bytes += bytes as u64;
        let micros = delay.map(|delay| u32::try_from(delay.as_micros()).unwrap_or(u32::MAX));
        self.micros.extend(micros);
    }

    /// The delay that this share of the messages did not exceed, milliseconds.
    pub(crate) fn quantile(&mut self, share: f64) -> f64 {
        if self.micros.is_empty() {
            return f64::NAN;
        }
        let place = ((self.micros.len() - 1) as f64 * share).round() as usize;
        let (_, micros, _) = self.micros.select_nth_unstable(place);
        f64::from(*micros) / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_when_it_was_sent() {
        let clock = Clock::new();
        let body = format!(r#"{{"left":{{"ratio1":{},"ratio2":1}}}}"#, clock.mark(123));
        assert_eq!(mark(body.as_bytes()), Some(1.23));
        assert!(clock.delay(body.as_bytes()).unwrap() < Duration::from_secs(60));
        assert_eq!(mark(b"{}"), None);
        assert!(clock.delay(b"1700000000000000000 x").unwrap() > Duration::from_secs(60));
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_delays() {
        let mut tally = Tally::default();
        for millis in (1..=100).rev() {
            tally.add(10, Some(Duration::from_millis(millis)));
        }
        assert_eq!(tally.quantile(0.0), 1.0);
        assert_eq!(tally.quantile(1.0), 100.0);
        assert_eq!(tally.quantile(0.5), 51.0);
        assert_eq!((tally.messages, tally.bytes), (100, 1000));
    }
}
