//! What becomes of a connection when its session's owner changes.

use std::time::Duration;

use squirret::wire::Push;
use tokio::time::Instant;

use super::{CloseCode, Connection, End, Endpoint, Link, Lost, Socket};

/// After its user signed in, a connection has this long to show the new token.
const RENEWAL: Duration = Duration::from_secs(10);

impl Connection {
    /// The owner of the session is perhaps another: who shows no token of theirs in time leaves.
    pub(super) fn check(&mut self, link: &mut Link<Socket>) -> Option<End> {
        let member = self.member.as_mut()?;
        match member.tenure.check(&self.app) {
            Ok(()) => None,
            Err(lost @ Lost::Deleted) => {
                Some(self.close(link, CloseCode::Expired, &lost.to_string()))
            }
            Err(Lost::SignedIn) if member.suspended.is_some() => None,
            Err(Lost::SignedIn) => {
                member.suspended = Some(Instant::now() + RENEWAL);
                let expires_in = RENEWAL.as_secs();
                self.tell(Push::TokenExpiring { expires_in });
                None
            }
        }
    }

    /// Whether its token counts no more, and another may still come.
    pub(super) fn is_suspended(&self) -> bool {
        let member = self.member.as_ref();
        member.is_some_and(|member| member.suspended.is_some())
    }
}
