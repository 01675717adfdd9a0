//! The `message-id`s of a scope's pushes.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::origin::Origin;
use crate::fanout::ScopeId;

/// Stands in the ids of pushes of the `default` scope.
const SHARED_MARK: &str = "d";
/// Stands behind the push in the id of a reply.
const REPLY_MARK: char = 'r';
/// Hexadecimal digits that tell the ids of this process from those of the one before it.
const EPOCH_DIGITS: usize = 8;

/// Makes and reads the `message-id`s of one process. A client resumes with any of them.
#[derive(Debug)]
pub(super) struct MessageIds {
    epoch: String,
    replies: AtomicU64,
    pushes: AtomicU64,
}

impl MessageIds {
    pub(super) fn new() -> Self {
        let mut epoch = Uuid::new_v4().simple().to_string();
        epoch.truncate(EPOCH_DIGITS);
        Self {
            epoch,
            replies: AtomicU64::new(0),
            pushes: AtomicU64::new(0),
        }
    }

    /// Returns the rank of a push among those of all scopes.
    pub(super) fn next_rank(&self) -> u64 {
        self.pushes.fetch_add(1, Ordering::Relaxed)
    }

    /// The id of a scope's push: numbers count for one scope, and a connection may hear two.
    pub(super) fn push(&self, scope: ScopeId, number: u64) -> String {
        let mark = match scope {
            ScopeId::Default => SHARED_MARK,
            ScopeId::Session(_) => "",
        };
        format!("{}-{mark}{number}", self.epoch)
    }

    /// The id of a reply to one connection: it stands for the push that was sent before it.
    pub(super) fn reply(&self, last_push: &str) -> String {
        let number = self.replies.fetch_add(1, Ordering::Relaxed);
        format!("{last_push}{REPLY_MARK}{number}")
    }

    /// The push that an id stands for: its scope, and its number there. `None` for an id of another process.
    pub(super) fn position(&self, id: &str) -> Option<(Origin, u64)> {
        let position = id.strip_prefix(&self.epoch)?.strip_prefix('-')?;
        let (origin, number) = match position.strip_prefix(SHARED_MARK) {
            Some(number) => (Origin::Shared, number),
            None => (Origin::Own, position),
        };
        let number = number.split(REPLY_MARK).next()?;
        Some((origin, number.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squirret::session::SessionId;

    #[test]
    fn a_reply_stands_for_the_push_before_it_and_differs_from_every_other() {
        let ids = MessageIds::new();
        let session = ScopeId::Session(SessionId(Uuid::from_u128(1)));
        for (scope, origin) in [(session, Origin::Own), (ScopeId::Default, Origin::Shared)] {
            let push = ids.push(scope, 41);
            let replies = [ids.reply(&push), ids.reply(&push)];
            assert_ne!(replies[0], replies[1]);
            for id in [&push, &replies[0], &replies[1]] {
                assert_eq!(ids.position(id), Some((origin, 41)), "{id}");
            }
        }
        let other = MessageIds::new().push(session, 41);
        for id in ["", "r-1", "41", &other] {
            assert_eq!(ids.position(id), None, "{id}");
        }
    }
}
