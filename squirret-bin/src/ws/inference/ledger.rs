//! The frames of one connection: replies in the order in which they came, and the counts of both.
//!
//! A frame counts as analysed or dropped when its reply is handed over to the socket. What was not told when the
//! connection ends, however it ends, counts as dropped: of every frame that came in, the session's counts know what
//! became of it.

use super::{line::Line, usage::Meter};
use squirret::session::Usage;

/// What a reply tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The frame was looked at.
    Analysis,
    /// It was not.
    Dropped,
    /// It could not be read.
    Error,
}

/// All frames of one connection.
#[derive(Debug)]
pub(super) struct Ledger {
    line: Line<(Kind, Vec<u8>)>,
    meter: Meter,
}

impl Ledger {
    pub(super) fn new(meter: Meter) -> Self {
        Self {
            line: Line::default(),
            meter,
        }
    }

    /// A frame of this number came in; gives its ticket.
    pub(super) fn receive(&mut self, number: u64, bytes: usize) -> u64 {
        self.meter.count(Usage {
            frames_in: 1,
            bytes_in: bytes as u64,
            ..Usage::default()
        });
        self.line.join(number)
    }

    /// The number of a frame that has no reply yet.
    pub(super) fn number(&self, ticket: u64) -> Option<u64> {
        self.line.frame(ticket)
    }

    /// Replies to a frame. The first reply counts.
    pub(super) fn reply(&mut self, ticket: u64, kind: Kind, text: Vec<u8>) {
        self.line.reply(ticket, (kind, text));
    }

    /// The next reply in order, if it is there: it is as good as sent.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        let (kind, text) = self.line.pop()?;
        self.meter.count(counts(kind));
        Some(text)
    }

    /// Frames whose reply was not handed over.
    pub(super) fn len(&self) -> usize {
        self.line.len()
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        for reply in self.line.drain() {
            let failed = reply.is_some_and(|(kind, _)| kind == Kind::Error);
            self.meter
                .count(counts(if failed { Kind::Error } else { Kind::Dropped }));
        }
    }
}

fn counts(kind: Kind) -> Usage {
    Usage {
        frames_out: u64::from(kind == Kind::Analysis),
        dropped: u64::from(kind == Kind::Dropped),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::UsageBook, *};
    use squirret::session::SessionId;
    use uuid::Uuid;

    const ID: SessionId = SessionId(Uuid::from_u128(1));

    fn counted(book: &UsageBook) -> (u64, u64, u64) {
        let usage = book.peek(ID).unwrap();
        (usage.frames_in, usage.frames_out, usage.dropped)
    }

    #[test]
    fn a_frame_counts_when_its_reply_goes_out() {
        let book = UsageBook::default();
        let mut ledger = Ledger::new(book.open(ID));
        let tickets = [1, 2, 3].map(|number| ledger.receive(number, 10));
        ledger.reply(tickets[1], Kind::Dropped, b"dropped 2".to_vec());
        assert_eq!((ledger.pop(), counted(&book)), (None, (3, 0, 0)));
        ledger.reply(tickets[0], Kind::Analysis, b"analysis 1".to_vec());
        ledger.reply(tickets[2], Kind::Error, b"error 3".to_vec());
        let told: Vec<_> = std::iter::from_fn(|| ledger.pop()).collect();
        assert_eq!(told, [&b"analysis 1"[..], b"dropped 2", b"error 3"]);
        assert_eq!(counted(&book), (3, 1, 1));
        assert_eq!(book.peek(ID).unwrap().bytes_in, 30);
    }

    #[test]
    fn what_was_not_told_at_the_end_counts_as_dropped() {
        let book = UsageBook::default();
        let mut ledger = Ledger::new(book.open(ID));
        let tickets = [1, 2, 3, 4].map(|number| ledger.receive(number, 0));
        ledger.reply(tickets[0], Kind::Analysis, Vec::new());
        ledger.pop().unwrap();
        // Behind one that a runner has in hand: an analysis that was made and an error, neither told.
        ledger.reply(tickets[2], Kind::Analysis, Vec::new());
        ledger.reply(tickets[3], Kind::Error, Vec::new());
        drop(ledger);
        assert_eq!(counted(&book), (4, 1, 2));
    }
}
