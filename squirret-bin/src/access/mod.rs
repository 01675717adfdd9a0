//! Who may do what: one place for REST, for sockets that are being opened, and for those that are open.
//!
//! A token alone says who somebody was when it was issued. What counts is the session's owner at this moment, so every
//! check ends in [`standing`]: a token of a deleted session counts no more, and where people prove who they are
//! (`auth.mode = bearer`) neither does one from before the session's user signed in. Open sockets hold a [`Tenure`],
//! which wakes them when the owner of what they show changes.

mod actor;
mod devices;
mod exposure;
mod rules;
mod tenure;

pub(crate) use actor::{Lost, standing, verify, verify_for};
pub(crate) use exposure::exposure;
pub(crate) use rules::{
    Action, limit_session, own_person, prove, prove_internal, prove_person, scope_session,
    scope_to_read, scope_to_write, session_id, too_many,
};
pub(crate) use tenure::Tenure;
