//! What a reader missed while it was away.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::Message;

/// Bounds of a [`Backlog`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BacklogLimits {
    /// Messages older than this are forgotten. Default 60 s.
    pub keep: Duration,
    /// Messages; the newest are kept. Default 128.
    pub max_messages: usize,
    /// Bytes of all messages; the newest are kept. Default 64 KiB.
    pub max_bytes: usize,
    /// Bytes of one message; a larger one is not kept. Default 8 KiB.
    pub max_message_bytes: usize,
}

impl Default for BacklogLimits {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(60),
            max_messages: 128,
            max_bytes: 64 * 1024,
            max_message_bytes: 8 * 1024,
        }
    }
}

/// The last pushes to one scope, for a reader that comes back with `squirret-resume`.
///
/// ```
/// use std::time::Instant;
/// use squirret::stomp::{Backlog, BacklogLimits, Message};
///
/// # let now = Instant::now();
/// let mut backlog = Backlog::new(BacklogLimits::default());
/// for id in ["m-1", "m-2", "m-3"] {
///     backlog.push(Message::new("/user/queue/session", id, "application/json", "{}"), now);
/// }
/// let missed: Vec<_> = backlog.after("m-1", now).map(|message| message.message_id()).collect();
/// assert_eq!(missed, ["m-2", "m-3"]);
/// ```
#[derive(Debug, Default)]
pub struct Backlog {
    limits: BacklogLimits,
    kept: VecDeque<StoredMessage>,
    bytes: usize,
    /// The latest time seen: `now` may run backwards.
    now: Option<Instant>,
}

#[derive(Debug)]
struct StoredMessage {
    message: Message,
    at: Instant,
}

impl Backlog {
    /// An empty one.
    #[must_use]
    pub const fn new(limits: BacklogLimits) -> Self {
        Self {
            limits,
            kept: VecDeque::new(),
            bytes: 0,
            now: None,
        }
    }

    /// Keeps a message that is pushed now, and forgets what no longer fits.
    pub fn push(&mut self, message: Message, now: Instant) {
        let at = self.now.map_or(now, |latest| latest.max(now));
        self.now = Some(at);
        let size = message.size();
        if size <= self.limits.max_message_bytes {
            self.bytes = self.bytes.saturating_add(size);
            self.kept.push_back(StoredMessage { message, at });
        }
        while self
            .kept
            .front()
            .is_some_and(|oldest| self.is_over() || self.is_old(oldest, at))
        {
            if let Some(oldest) = self.kept.pop_front() {
                self.bytes = self.bytes.saturating_sub(oldest.message.size());
            }
        }
    }

    /// The pushes after the one with this id, oldest first. An id that is not known lies further back than is kept, so
    /// everything kept was missed.
    pub fn after(&self, message_id: &str, now: Instant) -> impl Iterator<Item = &Message> {
        let seen = self
            .kept
            .iter()
            .rposition(|kept| kept.message.message_id() == message_id);
        self.kept
            .iter()
            .skip(seen.map_or(0, |seen| seen.saturating_add(1)))
            .filter(move |kept| !self.is_old(kept, now))
            .map(|kept| &kept.message)
    }

    /// The newest push that is kept.
    #[must_use]
    pub fn last(&self) -> Option<&Message> {
        self.kept.back().map(|kept| &kept.message)
    }

    /// Messages kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Bytes kept.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn is_over(&self) -> bool {
        self.kept.len() > self.limits.max_messages || self.bytes > self.limits.max_bytes
    }

    fn is_old(&self, kept: &StoredMessage, now: Instant) -> bool {
        now.saturating_duration_since(kept.at) > self.limits.keep
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::start, *};

    fn message(id: usize, bytes: usize) -> Message {
        Message::new("/q", &id.to_string(), "", vec![b'x'; bytes])
    }

    fn ids(backlog: &Backlog, after: &str, now: Instant) -> Vec<String> {
        backlog
            .after(after, now)
            .map(|message| message.message_id().to_owned())
            .collect()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_push_counts_for_a_minute_and_no_longer() {
        let now = start();
        let mut backlog = Backlog::default();
        backlog.push(message(1, 10), now);
        backlog.push(message(2, 10), now + seconds(30));
        assert_eq!(ids(&backlog, "?", now + seconds(60)), ["1", "2"]);
        assert_eq!(ids(&backlog, "?", now + seconds(61)), ["2"]);
        backlog.push(message(3, 10), now + seconds(70));
        assert_eq!(backlog.len(), 2, "what is too old is given back");
    }

    #[test]
    fn the_newest_are_kept_at_the_limit_of_messages() {
        let now = start();
        let limits = BacklogLimits {
            max_messages: 3,
            ..BacklogLimits::default()
        };
        let mut backlog = Backlog::new(limits);
        for id in 1..=4 {
            backlog.push(message(id, 1), now);
        }
        assert_eq!(ids(&backlog, "0", now), ["2", "3", "4"]);
        assert_eq!(ids(&backlog, "3", now), ["4"]);
        assert_eq!(ids(&backlog, "4", now), [""; 0]);
    }

    #[test]
    fn the_newest_are_kept_at_the_limit_of_bytes() {
        let now = start();
        let size = message(1, 100).size();
        let limits = BacklogLimits {
            max_bytes: 2 * size,
            max_message_bytes: size,
            ..BacklogLimits::default()
        };
        let mut backlog = Backlog::new(limits);
        for id in 1..=3 {
            backlog.push(message(id, 100), now);
        }
        assert_eq!(ids(&backlog, "0", now), ["2", "3"]);
        backlog.push(message(4, 101), now);
        assert_eq!(ids(&backlog, "0", now), ["2", "3"], "one byte too large");
        assert_eq!(backlog.bytes(), 2 * size);
    }

    #[test]
    fn time_that_runs_backwards_forgets_nothing() {
        let now = start();
        let mut backlog = Backlog::default();
        backlog.push(message(1, 1), now + seconds(100));
        backlog.push(message(2, 1), now);
        assert_eq!(ids(&backlog, "1", now), ["2"]);
        assert_eq!(ids(&backlog, "1", now + seconds(160)), ["2"]);
    }
}
