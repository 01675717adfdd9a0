//! What a sign-in leaves behind for a moment: its answer may be lost on the way, and the app asks again.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use squirret::{auth::Claims, session::SessionId};

/// So long the token that signed a session in may ask for the answer again.
const ASKS_AGAIN: Duration = Duration::from_secs(60);

/// Sign-ins whose answer nobody has shown yet.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    open: Mutex<HashMap<SessionId, (Option<String>, Instant)>>,
    turn: tokio::sync::Mutex<()>,
}

impl SignIns {
    /// One sign-in after the other: between the look whether a user has an owner and the answer nobody else signs in.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// A session was signed in with this token.
    pub(crate) fn answered(&self, id: SessionId, token: &Claims, now: Instant) {
        let mut open = self.open.lock();
        open.retain(|_, (_, until)| *until > now);
        open.insert(id, (token.token_id.clone(), now + ASKS_AGAIN));
    }

    /// The user's token was shown: the answer has arrived.
    pub(crate) fn arrived(&self, id: SessionId) {
        self.open.lock().remove(&id);
    }

    /// Whether this very token signed the session in a moment ago, and the answer did not arrive.
    pub(crate) fn may_ask_again(&self, id: SessionId, token: &Claims, now: Instant) -> bool {
        let open = self.open.lock();
        open.get(&id).is_some_and(|(asked, until)| {
            now < *until && asked.is_some() && *asked == token.token_id
        })
    }
}
