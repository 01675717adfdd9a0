//! Who may do what: one place for REST, for sockets that are being opened, and for those that are open.
//!
//! A token alone says who somebody was when it was issued. What counts is the session's owner at this moment, so every
//! check ends in [`standing`]: a token of a deleted session counts no more, and where people prove who they are
//! (`auth.mode = bearer`) neither does one from before the session's user signed in. Open sockets hold a [`Tenure`],
//! which wakes them when the owner of what they show changes.

mod actor;
mod deleted;
mod devices;
mod exposure;
mod pairing;
mod rules;
mod shares;
mod sign_in;
mod tenure;

pub(crate) use actor::{Lost, standing, verify, verify_for};
pub(crate) use exposure::exposure;
pub(crate) use pairing::LIFE as PAIRING_LIFE;
pub(crate) use rules::{
    Action, limit_session, own_person, prove, prove_internal, prove_person, scope_session,
    scope_to_read, scope_to_write, session_id, too_many,
};
pub(crate) use tenure::Tenure;

use deleted::Deleted;
use pairing::Pairings;
use shares::Shares;
use sign_in::SignIns;
use squirret::{UnixMillis, session::SessionId};
use tenure::Tenures;

use crate::config::Config;

/// What the server remembers to decide who may do what.
#[derive(Debug)]
pub(crate) struct Access {
    /// Open sockets, by the sessions that they depend on.
    tenures: Tenures,
    /// Sessions and users that were deleted a little ago.
    pub(crate) deleted: Deleted,
    /// Codes by which a second phone signs in.
    pub(crate) pairings: Pairings,
    /// Sign-ins whose answer may have been lost, and the lock that lets one sign-in follow the other.
    pub(crate) sign_ins: SignIns,
    /// Sessions that each address may have.
    pub(crate) shares: Shares,
}

impl Access {
    /// As configured; `deleted` are sessions that were deleted before the server was started again.
    pub(crate) fn new(config: &Config, deleted: Vec<(SessionId, UnixMillis)>) -> Self {
        Self {
            tenures: Tenures::default(),
            deleted: Deleted::new(deleted),
            pairings: Pairings::default(),
            sign_ins: SignIns::default(),
            shares: Shares::new(config),
        }
    }

    /// The owner of these sessions is another, or they are gone: their sockets look again.
    pub(crate) fn owner_changed(&self, ids: &[SessionId]) {
        self.tenures.wake(ids);
    }
}
