//! What the server remembers about who may do what: deleted sessions, pairing codes, sign-ins, shares of the session
//! table, and the open sockets that depend on a session's owner. The rules that read it are in `access`.

mod deleted;
mod owner_watchers;
mod pairing;
mod shares;
mod sign_in;

pub(crate) use owner_watchers::OwnerWatchers;
pub(crate) use pairing::LIFE as PAIRING_LIFE;

use deleted::Deleted;
use pairing::Pairings;
use shares::Shares;
use sign_in::SignIns;
use squirret::{UnixMillis, session::SessionId};

use crate::config::Config;

/// What the server remembers to decide who may do what.
#[derive(Debug)]
pub(crate) struct Grants {
    /// Open sockets, by the sessions that they depend on.
    pub(crate) watchers: OwnerWatchers,
    /// Sessions and users that were deleted a little ago.
    pub(crate) deleted: Deleted,
    /// Codes by which a second phone signs in.
    pub(crate) pairings: Pairings,
    /// Sign-ins whose answer may have been lost, and the lock that lets one sign-in follow the other.
    pub(crate) sign_ins: SignIns,
    /// Sessions that each address may have.
    pub(crate) shares: Shares,
}

impl Grants {
    /// As configured; `deleted` are sessions that were deleted before the server was started again.
    pub(crate) fn new(config: &Config, deleted: Vec<(SessionId, UnixMillis)>) -> Self {
        Self {
            watchers: OwnerWatchers::default(),
            deleted: Deleted::new(deleted),
            pairings: Pairings::default(),
            sign_ins: SignIns::default(),
            shares: Shares::new(config),
        }
    }

    /// The owner of these sessions is another, or they are gone: their sockets look again.
    pub(crate) fn owner_changed(&self, ids: &[SessionId]) {
        self.watchers.wake(ids);
    }
}
