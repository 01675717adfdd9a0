//! What waits to be sent to one connection: bounded in messages and bytes, states coalesced to the newest.
//!
//! Publishers push from anywhere and never wait; the connection's task takes. A connection that does not read costs
//! its publishers one short lock, and itself its place: an ordered message that finds no room closes it.

use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// How a message is treated when it has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lane {
    /// The state each second: only the newest counts.
    Data,
    /// The feet: only the newest counts.
    Insole,
    /// Cues, repetitions, notices: each counts, in order.
    Ordered,
}

/// Bounds of one outbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutboxLimits {
    /// Ordered messages that may wait.
    pub(crate) max_messages: usize,
    /// Their bytes.
    pub(crate) max_bytes: usize,
}

/// What a push met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pushed {
    /// It waits.
    Queued,
    /// It waits in the place of an older one.
    Coalesced,
    /// There was no room: the connection is too slow and will be closed.
    Overflowed,
}

/// One waiting message.
#[derive(Debug)]
struct Waiting<T> {
    turn: u64,
    item: T,
    /// Older ones that it took the place of.
    replaced: u32,
}

/// A message whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Popped<T> {
    pub(crate) item: T,
    /// Older messages that it took the place of while it waited.
    pub(crate) replaced: u32,
}

#[derive(Debug)]
struct State<T> {
    data: Option<Waiting<T>>,
    insole: Option<Waiting<T>>,
    ordered: VecDeque<(Waiting<T>, usize)>,
    bytes: usize,
    turn: u64,
    overflowed: bool,
}

/// Messages for one connection.
#[derive(Debug)]
pub(crate) struct Outbox<T> {
    state: Mutex<State<T>>,
    filled: Notify,
    limits: OutboxLimits,
}

impl<T> Outbox<T> {
    pub(crate) const fn new(limits: OutboxLimits) -> Self {
        let state = State {
            data: None,
            insole: None,
            ordered: VecDeque::new(),
            bytes: 0,
            turn: 0,
            overflowed: false,
        };
        Self {
            state: Mutex::new(state),
            filled: Notify::const_new(),
            limits,
        }
    }

    /// Adds a message of `size` bytes. After an overflow nothing is added any more.
    pub(crate) fn push(&self, lane: Lane, size: usize, item: T) -> Pushed {
        let pushed = self.state.lock().push(lane, size, item, self.limits);
        self.filled.notify_one();
        pushed
    }

    /// The message whose turn it is.
    ///
    /// # Errors
    /// [`Overflow`] when one found no room.
    pub(crate) fn pop(&self) -> Result<Option<Popped<T>>, Overflow> {
        let mut state = self.state.lock();
        if state.overflowed {
            Err(Overflow)
        } else {
            Ok(state.pop())
        }
    }

    /// Returns when a message (or an overflow) waits or may wait.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Messages that wait.
    pub(crate) fn depth(&self) -> usize {
        let state = self.state.lock();
        state.ordered.len()
            + usize::from(state.data.is_some())
            + usize::from(state.insole.is_some())
    }
}

/// A message found no room: the peer reads too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("slow consumer")]
pub(crate) struct Overflow;

impl<T> State<T> {
    fn push(&mut self, lane: Lane, size: usize, item: T, limits: OutboxLimits) -> Pushed {
        if self.overflowed {
            return Pushed::Overflowed;
        }
        self.turn += 1;
        let mut waiting = Waiting {
            turn: self.turn,
            item,
            replaced: 0,
        };
        let place = match lane {
            Lane::Data => &mut self.data,
            Lane::Insole => &mut self.insole,
            Lane::Ordered
                if self.ordered.len() >= limits.max_messages
                    || self.bytes + size > limits.max_bytes =>
            {
                *self = Self {
                    overflowed: true,
                    data: None,
                    insole: None,
                    ordered: VecDeque::new(),
                    ..*self
                };
                return Pushed::Overflowed;
            }
            Lane::Ordered => {
                self.ordered.push_back((waiting, size));
                self.bytes += size;
                return Pushed::Queued;
            }
        };
        let older = place.as_ref().map(|older| older.replaced);
        waiting.replaced = older.map_or(0, |replaced| replaced.saturating_add(1));
        *place = Some(waiting);
        older.map_or(Pushed::Queued, |_| Pushed::Coalesced)
    }

    fn pop(&mut self) -> Option<Popped<T>> {
        let turn = |waiting: Option<&Waiting<T>>| waiting.map_or(u64::MAX, |waiting| waiting.turn);
        let data = turn(self.data.as_ref());
        let insole = turn(self.insole.as_ref());
        let ordered = turn(self.ordered.front().map(|(waiting, _)| waiting));
        let taken = if data < insole && data < ordered {
            self.data.take()
        } else if insole < ordered {
            self.insole.take()
        } else {
            let (waiting, size) = self.ordered.pop_front()?;
            self.bytes -= size;
            Some(waiting)
        };
        taken.map(|Waiting { item, replaced, .. }| Popped { item, replaced })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: OutboxLimits = OutboxLimits {
        max_messages: 3,
        max_bytes: 100,
    };

    fn drain(outbox: &Outbox<&'static str>) -> Vec<&'static str> {
        let popped = std::iter::from_fn(|| outbox.pop().unwrap());
        popped.map(|popped| popped.item).collect()
    }

    #[test]
    fn states_coalesce_to_the_newest_and_cues_keep_their_order() {
        let outbox = Outbox::new(LIMITS);
        assert_eq!(outbox.push(Lane::Data, 10, "data 1"), Pushed::Queued);
        outbox.push(Lane::Ordered, 10, "cue 1");
        outbox.push(Lane::Insole, 10, "feet 1");
        assert_eq!(outbox.push(Lane::Data, 10, "data 2"), Pushed::Coalesced);
        outbox.push(Lane::Ordered, 10, "cue 2");
        assert_eq!(outbox.push(Lane::Insole, 10, "feet 2"), Pushed::Coalesced);
        assert_eq!(drain(&outbox), ["cue 1", "data 2", "cue 2", "feet 2"]);
        assert_eq!(drain(&outbox), [""; 0]);
    }

    #[test]
    fn states_never_overflow() {
        let outbox = Outbox::new(LIMITS);
        for _ in 0..1000 {
            outbox.push(Lane::Data, 1000, "data");
            outbox.push(Lane::Insole, 1000, "feet");
        }
        assert_eq!(outbox.depth(), 2);
        let data = outbox.pop().unwrap().unwrap();
        assert_eq!((data.item, data.replaced), ("data", 999));
        assert_eq!(drain(&outbox), ["feet"]);
    }

    #[test]
    fn one_message_past_the_limit_closes() {
        let outbox = Outbox::new(LIMITS);
        for _ in 0..3 {
            assert_eq!(outbox.push(Lane::Ordered, 1, "cue"), Pushed::Queued);
        }
        assert_eq!(outbox.depth(), 3);
        assert_eq!(outbox.push(Lane::Ordered, 1, "cue"), Pushed::Overflowed);
        assert_eq!(outbox.pop(), Err(Overflow));
        assert_eq!(outbox.push(Lane::Data, 1, "data"), Pushed::Overflowed);
        assert_eq!(
            outbox.depth(),
            0,
            "what a slow reader did not take is given back at once"
        );
    }

    #[test]
    fn one_byte_past_the_limit_closes() {
        let outbox = Outbox::new(LIMITS);
        assert_eq!(outbox.push(Lane::Ordered, 100, "cue"), Pushed::Queued);
        assert_eq!(drain(&outbox), ["cue"]);
        assert_eq!(outbox.push(Lane::Ordered, 99, "cue"), Pushed::Queued);
        assert_eq!(outbox.push(Lane::Ordered, 2, "cue"), Pushed::Overflowed);
    }

    #[tokio::test]
    async fn a_message_that_came_before_the_wait_is_noticed() {
        let outbox = Outbox::new(LIMITS);
        outbox.push(Lane::Data, 1, "data");
        outbox.filled().await;
        assert_eq!(drain(&outbox), ["data"]);
    }
}
