//! Reasons of close frames that say when to come back.

use std::time::Duration;

use crate::limits::jitter;

/// Clients that are sent away return spread over this.
const RETURN_SPREAD: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// The close reason of a drain: when to come back, another time for each client.
pub(crate) fn drain_reason() -> String {
    let (least, most) = RETURN_SPREAD;
    let wait = least + jitter(most - least);
    format!("retry-after-ms={}", wait.as_millis())
}

/// The close reason of one who is sent away for what it did: why, and when it may come back.
pub(crate) fn sent_away(why: &str) -> String {
    format!("{why}; {}", drain_reason())
}
