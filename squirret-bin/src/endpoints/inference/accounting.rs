//! The frames of one connection: replies in the order in which they came, and the counts of both.
//!
//! A frame counts as analysed or dropped when its reply is handed over to the socket. What was not told when the
//! connection ends, however it ends, counts as dropped: of every frame that came in, the session's counts know what
//! became of it.

use super::reply_queue::ReplyQueue;
use crate::usage::UsageGuard;
use squirret::session::Usage;

/// What a reply reports about its frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReplyKind {
    /// The frame was looked at.
    Analysis,
    /// It was not.
    Dropped,
    /// It could not be read.
    Error,
}

/// All frames of one connection.
#[derive(Debug)]
pub(super) struct FrameAccounting {
    replies: ReplyQueue<(ReplyKind, Vec<u8>)>,
    usage: UsageGuard,
}

impl FrameAccounting {
    pub(super) fn new(usage: UsageGuard) -> Self {
        Self {
            replies: ReplyQueue::default(),
            usage,
        }
    }

    /// A frame of this number came in; gives its ticket.
    pub(super) fn receive(&mut self, number: u64, bytes: usize) -> u64 {
        self.usage.count(Usage {
            frames_in: 1,
            bytes_in: bytes as u64,
            ..Usage::default()
        });
        self.replies.join(number)
    }

    /// The number of a frame that has no reply yet.
    pub(super) fn number(&self, ticket: u64) -> Option<u64> {
        self.replies.frame(ticket)
    }

    /// Replies to a frame. The first reply counts.
    pub(super) fn reply(&mut self, ticket: u64, kind: ReplyKind, text: Vec<u8>) {
        self.replies.reply(ticket, (kind, text));
    }

    /// The next reply in order, if it is there: it is as good as sent.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        let (kind, text) = self.replies.pop()?;
        self.usage.count(counts(kind));
        Some(text)
    }

    /// Frames whose reply was not handed over.
    pub(super) fn len(&self) -> usize {
        self.replies.len()
    }
}

impl Drop for FrameAccounting {
    fn drop(&mut self) {
        for reply in self.replies.drain() {
            let failed = reply.is_some_and(|(kind, _)| kind == ReplyKind::Error);
            self.usage.count(counts(if failed {
                ReplyKind::Error
            } else {
                ReplyKind::Dropped
            }));
        }
    }
}

fn counts(kind: ReplyKind) -> Usage {
    Usage {
        frames_out: u64::from(kind == ReplyKind::Analysis),
        dropped: u64::from(kind == ReplyKind::Dropped),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::UsageTracker;
    use squirret::session::SessionId;
    use uuid::Uuid;

    const ID: SessionId = SessionId(Uuid::from_u128(1));

    fn counted(book: &UsageTracker) -> (u64, u64, u64) {
        let usage = book.peek(ID).unwrap();
        (usage.frames_in, usage.frames_out, usage.dropped)
    }

    #[test]
    fn a_frame_counts_when_its_reply_goes_out() {
        let book = UsageTracker::default();
        let mut frames = FrameAccounting::new(book.open(ID));
        let tickets = [1, 2, 3].map(|number| frames.receive(number, 10));
        frames.reply(tickets[1], ReplyKind::Dropped, b"dropped 2".to_vec());
        assert_eq!((frames.pop(), counted(&book)), (None, (3, 0, 0)));
        frames.reply(tickets[0], ReplyKind::Analysis, b"analysis 1".to_vec());
        frames.reply(tickets[2], ReplyKind::Error, b"error 3".to_vec());
        let told: Vec<_> = std::iter::from_fn(|| frames.pop()).collect();
        assert_eq!(told, [&b"analysis 1"[..], b"dropped 2", b"error 3"]);
        assert_eq!(counted(&book), (3, 1, 1));
        assert_eq!(book.peek(ID).unwrap().bytes_in, 30);
    }

    #[test]
    fn what_was_not_told_at_the_end_counts_as_dropped() {
        let book = UsageTracker::default();
        let mut frames = FrameAccounting::new(book.open(ID));
        let tickets = [1, 2, 3, 4].map(|number| frames.receive(number, 0));
        frames.reply(tickets[0], ReplyKind::Analysis, Vec::new());
        frames.pop().unwrap();
        // Behind one that a runner has in hand: an analysis that was made and an error, neither told.
        frames.reply(tickets[2], ReplyKind::Analysis, Vec::new());
        frames.reply(tickets[3], ReplyKind::Error, Vec::new());
        drop(frames);
        assert_eq!(counted(&book), (4, 1, 2));
    }
}
