//! One connection's ear: which pushes it takes, and where they wait.

use super::Push;
use crate::ws::outbox::{Lane, Outbox, OutboxLimits, Overflow, Popped};
use squirret::UnixMillis;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

/// Data count for this long, ms.
const FRESH_MILLIS: i64 = 10_000;

/// When a scope last had data of its own.
#[derive(Debug)]
pub(super) struct Activity {
    any: AtomicI64,
    insole: AtomicI64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            any: AtomicI64::new(i64::MIN),
            insole: AtomicI64::new(i64::MIN),
        }
    }
}

impl Activity {
    pub(super) fn note(&self, insole: bool, now: UnixMillis) {
        self.any.fetch_max(now.0, Ordering::Relaxed);
        if insole {
            self.insole.fetch_max(now.0, Ordering::Relaxed);
        }
    }

    /// Whether data of any kind came at or after `since`.
    pub(super) fn has_come_since(&self, since: UnixMillis) -> bool {
        self.any.load(Ordering::Relaxed) >= since.0
    }

    /// Whether data (or insole data) came within 10 s.
    pub(super) fn is_fresh(&self, insole: bool, now: UnixMillis) -> bool {
        let last = if insole { &self.insole } else { &self.any };
        now.since(UnixMillis(last.load(Ordering::Relaxed))) <= FRESH_MILLIS
    }
}

/// From which of its two scopes a push reaches a listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// The session's own.
    Own,
    /// `default`, while sessions without data of their own see it.
    Shared,
}

/// One connection's ear.
#[derive(Debug)]
pub(super) struct Listener {
    outbox: Outbox<Arc<Push>>,
    session: AtomicBool,
    insole: AtomicBool,
    own: Arc<Activity>,
    shared: Option<Arc<Activity>>,
}

impl Listener {
    pub(super) const fn new(
        own: Arc<Activity>,
        shared: Option<Arc<Activity>>,
        limits: OutboxLimits,
    ) -> Self {
        let (session, insole) = (AtomicBool::new(false), AtomicBool::new(false));
        Self {
            outbox: Outbox::new(limits),
            session,
            insole,
            own,
            shared,
        }
    }

    /// Takes session pushes, or the insole stream, from now on or no more.
    pub(super) fn set(&self, insole: bool, on: bool) {
        let flag = if insole { &self.insole } else { &self.session };
        flag.store(on, Ordering::Relaxed);
    }

    pub(super) fn wants(&self, insole: bool) -> bool {
        let flag = if insole { &self.insole } else { &self.session };
        flag.load(Ordering::Relaxed)
    }

    /// The scope whose summary this listener hears: its own, unless only `default` has data.
    pub(super) fn hears(&self, insole: bool, now: UnixMillis) -> Origin {
        match &self.shared {
            Some(shared) if !self.own.is_fresh(insole, now) && shared.is_fresh(insole, now) => {
                Origin::Shared
            }
            _ => Origin::Own,
        }
    }

    /// Takes a push if it is for this listener.
    pub(super) fn offer(&self, push: &Arc<Push>, origin: Origin, now: UnixMillis) {
        let insole = push.lane == Lane::Insole;
        let heard = match origin {
            Origin::Own => !push.summary || self.hears(insole, now) == Origin::Own,
            Origin::Shared => self.hears(insole, now) == Origin::Shared,
        };
        if heard && self.wants(insole) {
            self.outbox.push(push.lane, push.size, Arc::clone(push));
        }
    }

    pub(super) fn pop(&self) -> Result<Option<Popped<Arc<Push>>>, Overflow> {
        self.outbox.pop()
    }

    /// Pushes that wait.
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

    fn listener(shared: bool) -> (Listener, Arc<Activity>, Arc<Activity>) {
        let (own, default) = (Arc::new(Activity::default()), Arc::new(Activity::default()));
        let listener = Listener::new(
            Arc::clone(&own),
            shared.then(|| Arc::clone(&default)),
            LIMITS,
        );
        listener.set(false, true);
        (listener, own, default)
    }

    #[test]
    fn a_session_without_data_hears_the_shared_scope_until_it_has_its_own() {
        let (listener, own, default) = listener(true);
        assert_eq!(listener.hears(false, NOW), Origin::Own);
        default.note(true, NOW);
        assert_eq!(listener.hears(false, NOW), Origin::Shared);
        own.note(true, NOW);
        assert_eq!(listener.hears(false, NOW), Origin::Own);
        default.note(true, NOW.plus(10_001));
        assert_eq!(listener.hears(false, NOW.plus(10_000)), Origin::Own);
        assert_eq!(listener.hears(false, NOW.plus(10_001)), Origin::Shared);
    }

    #[test]
    fn camera_data_of_its_own_does_not_hide_shared_feet() {
        let (listener, own, default) = listener(true);
        default.note(true, NOW);
        own.note(false, NOW);
        assert_eq!(listener.hears(false, NOW), Origin::Own);
        assert_eq!(listener.hears(true, NOW), Origin::Shared);
    }

    #[test]
    fn nothing_of_the_shared_scope_is_heard_when_it_is_off() {
        let (listener, _own, default) = listener(false);
        default.note(true, NOW);
        listener.offer(&Arc::new(Push::test(1, 1)), Origin::Shared, NOW);
        assert!(listener.pop().unwrap().is_none());
        listener.offer(&Arc::new(Push::test(2, 1)), Origin::Own, NOW);
        assert_eq!(listener.pop().unwrap().unwrap().item.number, 2);
    }

    #[test]
    fn hears_nothing_before_it_subscribes_and_after_it_left() {
        let (listener, _own, _default) = listener(false);
        listener.set(false, false);
        listener.offer(&Arc::new(Push::test(1, 1)), Origin::Own, NOW);
        assert!(listener.pop().unwrap().is_none());
    }
}
