//! The delivery filter and the outbox of one connection.

use super::{origin::Origin, push::Push};
use crate::{
    fanout::{Activity, StreamKind},
    ws::outbox::{Lane, Outbox, OutboxLimits, Overflow, Popped},
};
use squirret::UnixMillis;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What one connection subscribed to, and the pushes that wait for it.
#[derive(Debug)]
pub(super) struct Subscriber {
    outbox: Outbox<Arc<Push>>,
    analysis: AtomicBool,
    insole: AtomicBool,
    own: Arc<Activity>,
    shared: Option<Arc<Activity>>,
}

impl Subscriber {
    pub(super) const fn new(
        own: Arc<Activity>,
        shared: Option<Arc<Activity>>,
        limits: OutboxLimits,
    ) -> Self {
        let (analysis, insole) = (AtomicBool::new(false), AtomicBool::new(false));
        Self {
            outbox: Outbox::new(limits),
            analysis,
            insole,
            own,
            shared,
        }
    }

    /// Starts or stops the delivery of a stream.
    pub(super) fn set(&self, stream: StreamKind, on: bool) {
        self.flag(stream).store(on, Ordering::Relaxed);
    }

    /// Returns whether the connection subscribed to a stream.
    pub(super) fn wants(&self, stream: StreamKind) -> bool {
        self.flag(stream).load(Ordering::Relaxed)
    }

    const fn flag(&self, stream: StreamKind) -> &AtomicBool {
        match stream {
            StreamKind::Analysis => &self.analysis,
            StreamKind::Insole => &self.insole,
        }
    }

    /// Returns the scope whose summary this connection gets: its own, unless only `default` has fresh data.
    pub(super) fn hears(&self, stream: StreamKind, now: UnixMillis) -> Origin {
        match &self.shared {
            Some(shared) if !self.own.is_fresh(stream, now) && shared.is_fresh(stream, now) => {
                Origin::Shared
            }
            _ => Origin::Own,
        }
    }

    /// Queues a push if this connection subscribed to it.
    pub(super) fn offer(&self, push: &Arc<Push>, origin: Origin, now: UnixMillis) {
        let stream = match push.lane {
            Lane::Insole => StreamKind::Insole,
            Lane::Data | Lane::Ordered => StreamKind::Analysis,
        };
        let heard = match origin {
            Origin::Own => !push.summary || self.hears(stream, now) == Origin::Own,
            Origin::Shared => self.hears(stream, now) == Origin::Shared,
        };
        if heard && self.wants(stream) {
            self.outbox.push(push.lane, push.size, Arc::clone(push));
        }
    }

    pub(super) fn pop(&self) -> Result<Option<Popped<Arc<Push>>>, Overflow> {
        self.outbox.pop()
    }

    /// Returns the number of pushes that wait.
    pub(super) fn depth(&self) -> usize {
        self.outbox.depth()
    }

    pub(super) async fn filled(&self) {
        self.outbox.filled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: OutboxLimits = OutboxLimits {
        max_messages: 8,
        max_bytes: 1000,
    };
    const NOW: UnixMillis = UnixMillis(100_000);

    fn listener(shared: bool) -> (Subscriber, Arc<Activity>, Arc<Activity>) {
        let (own, default) = (Arc::new(Activity::default()), Arc::new(Activity::default()));
        let listener = Subscriber::new(
            Arc::clone(&own),
            shared.then(|| Arc::clone(&default)),
            LIMITS,
        );
        listener.set(StreamKind::Analysis, true);
        (listener, own, default)
    }

    #[test]
    fn a_session_without_data_hears_the_shared_scope_until_it_has_its_own() {
        let (listener, own, default) = listener(true);
        assert_eq!(listener.hears(StreamKind::Analysis, NOW), Origin::Own);
        default.note(StreamKind::Insole, NOW);
        assert_eq!(listener.hears(StreamKind::Analysis, NOW), Origin::Shared);
        own.note(StreamKind::Insole, NOW);
        assert_eq!(listener.hears(StreamKind::Analysis, NOW), Origin::Own);
        default.note(StreamKind::Insole, NOW.plus(10_001));
        assert_eq!(
            listener.hears(StreamKind::Analysis, NOW.plus(10_000)),
            Origin::Own
        );
        assert_eq!(
            listener.hears(StreamKind::Analysis, NOW.plus(10_001)),
            Origin::Shared
        );
    }

    #[test]
    fn camera_data_of_its_own_does_not_hide_shared_feet() {
        let (listener, own, default) = listener(true);
        default.note(StreamKind::Insole, NOW);
        own.note(StreamKind::Analysis, NOW);
        assert_eq!(listener.hears(StreamKind::Analysis, NOW), Origin::Own);
        assert_eq!(listener.hears(StreamKind::Insole, NOW), Origin::Shared);
    }

    #[test]
    fn nothing_of_the_shared_scope_is_heard_when_it_is_off() {
        let (listener, _own, default) = listener(false);
        default.note(StreamKind::Insole, NOW);
        listener.offer(&Arc::new(Push::test(1, 1)), Origin::Shared, NOW);
        assert!(listener.pop().unwrap().is_none());
        listener.offer(&Arc::new(Push::test(2, 1)), Origin::Own, NOW);
        assert_eq!(listener.pop().unwrap().unwrap().item.number, 2);
    }

    #[test]
    fn hears_nothing_before_it_subscribes_and_after_it_left() {
        let (listener, _own, _default) = listener(false);
        listener.set(StreamKind::Analysis, false);
        listener.offer(&Arc::new(Push::test(1, 1)), Origin::Own, NOW);
        assert!(listener.pop().unwrap().is_none());
    }
}
