//! What a scope tells its listeners: each message is serialised once and shared.

use std::time::Instant;

use crate::ws::outbox::Lane;
use bytes::Bytes;
use squirret::{
    coach::Event,
    stomp::Message,
    wire::{DeviceChange, Push as Notice},
};

/// Where a session's pushes go.
pub(crate) const SESSION_QUEUE: &str = "/user/queue/session";
/// Where a session's insole stream goes.
pub(crate) const INSOLE_TOPIC: &str = "/topic/fsr-data";

/// One message to the listeners of a scope.
#[derive(Debug)]
pub(crate) struct Push {
    /// Its place in the scope's sequence.
    pub(crate) number: u64,
    /// How it may wait.
    pub(crate) lane: Lane,
    /// Whether it speaks for the whole session (the second's state, a cue): a listener hears that from one scope.
    pub(super) summary: bool,
    /// Bytes of its body.
    pub(crate) size: usize,
    /// When it was made.
    pub(crate) made: Instant,
    /// The message, ready to be sent to any subscription.
    pub(crate) message: Message,
}

impl Push {
    pub(super) fn new(id: &str, number: u64, notice: Notice<'_>) -> Self {
        let (lane, summary) = match notice {
            Notice::Data(_) => (Lane::Data, true),
            Notice::Voice(_) | Notice::Cue(_) => (Lane::Ordered, true),
            _ => (Lane::Ordered, false),
        };
        let body = Bytes::from(notice.to_json());
        let size = body.len();
        let message = Message::new(SESSION_QUEUE, id, "application/json", body);
        Self {
            number,
            lane,
            summary,
            size,
            made: Instant::now(),
            message,
        }
    }

    pub(super) fn insole(id: &str, number: u64, body: Bytes) -> Self {
        let size = body.len();
        let message = Message::new(INSOLE_TOPIC, id, "application/json", body);
        Self {
            number,
            lane: Lane::Insole,
            summary: true,
            size,
            made: Instant::now(),
            message,
        }
    }

    #[cfg(test)]
    pub(super) fn test(number: u64, size: usize) -> Self {
        let message = Message::new(SESSION_QUEUE, "1", "application/json", Bytes::new());
        Self {
            number,
            lane: Lane::Ordered,
            summary: false,
            size,
            made: Instant::now(),
            message,
        }
    }
}

/// What the listeners are told of an event; `None` for what only the asker is told.
pub(super) fn notice_of(event: &Event) -> Option<Notice<'_>> {
    Some(match event {
        Event::Data(data) => Notice::Data(data),
        Event::Voice(cue) => Notice::Cue(cue),
        Event::Rep(rep) => Notice::Rep(rep),
        Event::Device { side, state } => Notice::Device(DeviceChange::Foot {
            side: *side,
            state: *state,
        }),
        Event::Calibrated => Notice::Calibrated,
        Event::UnevenStand { left_load } => Notice::UnevenStand {
            left_load: *left_load,
        },
        Event::Uncounted(uncounted) => Notice::Uncounted(uncounted),
        _ => return None,
    })
}
