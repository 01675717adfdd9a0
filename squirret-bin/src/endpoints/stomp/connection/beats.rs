//! Heart-beats of the client: no frames, but not unlimited.

use super::{Allowance, Connection, Incoming};
use crate::limits::Rate;
use std::time::Duration;
use tokio::time::Instant;

/// Heart-beats a second that a connection's socket is read at, on average and at once.
const BEATS_PER_SECOND: f64 = 1000.0;
const BEAT_BURST: f64 = 3000.0;
/// How long a connection that beats faster is not read.
const BEAT_PAUSE: Duration = Duration::from_millis(5);

/// What one connection may beat.
pub(super) fn allowance(limited: bool) -> Allowance {
    Allowance::new(limited.then(|| Rate::new(BEATS_PER_SECOND, BEAT_BURST)))
}

/// Whether a message holds line ends only.
pub(super) fn is_heart_beat(incoming: &Incoming) -> bool {
    let bytes: &[u8] = match incoming {
        Incoming::Text(text) => text.as_bytes(),
        Incoming::Binary(bytes) => bytes,
        _ => return false,
    };
    !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b'\n' | b'\r'))
}

impl Connection {
    /// Counts a heart-beat. A client that beats without a pause, as stompman does when the server wants no heart-beats,
    /// is not closed; its socket is read more slowly.
    pub(super) fn slow_down_beats(&mut self) {
        let now = Instant::now();
        if !self.beats.take(1, now.into_std()) {
            self.paused = Some(now + BEAT_PAUSE);
        }
    }
}
