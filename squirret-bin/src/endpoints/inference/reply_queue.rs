//! Replies in the order of their frames, whatever comes first.

use std::collections::VecDeque;

#[derive(Debug)]
struct PendingReply<R> {
    ticket: u64,
    frame: u64,
    reply: Option<R>,
}

/// The frames that were received and not yet replied to, oldest first.
#[derive(Debug)]
pub(super) struct ReplyQueue<R> {
    pending: VecDeque<PendingReply<R>>,
    next: u64,
}

impl<R> Default for ReplyQueue<R> {
    fn default() -> Self {
        Self {
            pending: VecDeque::new(),
            next: 0,
        }
    }
}

impl<R> ReplyQueue<R> {
    /// Adds frame number `frame` and returns its ticket.
    pub(super) fn join(&mut self, frame: u64) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.pending.push_back(PendingReply {
            ticket,
            frame,
            reply: None,
        });
        ticket
    }

    /// The frame number of a ticket that has no reply yet.
    pub(super) fn frame(&self, ticket: u64) -> Option<u64> {
        self.pending
            .iter()
            .find(|pending| pending.ticket == ticket && pending.reply.is_none())
            .map(|pending| pending.frame)
    }

    /// Replies to a ticket. The first reply counts.
    pub(super) fn reply(&mut self, ticket: u64, reply: R) {
        if let Some(pending) = self
            .pending
            .iter_mut()
            .find(|pending| pending.ticket == ticket)
        {
            pending.reply.get_or_insert(reply);
        }
    }

    /// The next reply in order, if it is there.
    pub(super) fn pop(&mut self) -> Option<R> {
        self.pending.front()?.reply.as_ref()?;
        self.pending.pop_front()?.reply
    }

    /// Takes all that is left, with the replies that are there.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Option<R>> {
        self.pending.drain(..).map(|pending| pending.reply)
    }

    /// Frames in the line.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_wait_for_those_before_them() {
        let mut line = ReplyQueue::default();
        let (a, b, c) = (line.join(10), line.join(11), line.join(12));
        line.reply(b, "dropped 11");
        assert_eq!(line.pop(), None);
        line.reply(a, "analysis 10");
        assert_eq!(
            (line.pop(), line.pop(), line.pop()),
            (Some("analysis 10"), Some("dropped 11"), None)
        );
        line.reply(c, "analysis 12");
        assert_eq!((line.pop(), line.len()), (Some("analysis 12"), 0));
    }

    #[test]
    fn a_frame_number_may_come_twice() {
        let mut line = ReplyQueue::default();
        let (a, b) = (line.join(7), line.join(7));
        line.reply(a, "first");
        assert_eq!((line.frame(a), line.frame(b)), (None, Some(7)));
        assert_eq!((line.pop(), line.pop()), (Some("first"), None));
    }

    #[test]
    fn a_ticket_is_replied_to_once() {
        let mut line = ReplyQueue::default();
        let a = line.join(1);
        line.reply(a, "first");
        line.reply(a, "second");
        line.reply(99, "nobody");
        assert_eq!((line.pop(), line.pop()), (Some("first"), None));
    }
}
