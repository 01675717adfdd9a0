//! What was deleted a little ago: its tokens are still around, and what was under way still arrives.

use std::collections::HashMap;

use parking_lot::Mutex;
use squirret::{
    UnixMillis,
    auth::{Audience, Claims},
    session::SessionId,
};
use uuid::Uuid;

/// Until the last token of a session has ended, ms: its life, the grace of a refresh, the leeway.
const REMEMBERED: i64 = (15 + 5) * 60_000 + 60_000;

/// Ids of deleted sessions and users.
#[derive(Debug, Default)]
pub(crate) struct Deleted(Mutex<Ids>);

#[derive(Debug, Default)]
struct Ids {
    /// Until when each session is remembered.
    sessions: HashMap<SessionId, UnixMillis>,
    /// When each user was deleted: they may come back.
    users: HashMap<Uuid, UnixMillis>,
}

impl Deleted {
    /// With sessions that were deleted by an earlier process.
    pub(super) fn new(sessions: Vec<(SessionId, UnixMillis)>) -> Self {
        let sessions = sessions.into_iter().collect();
        let users = HashMap::new();
        Self(Mutex::new(Ids { sessions, users }))
    }

    /// Remembers a person's sessions; says until when.
    pub(crate) fn remember(
        &self,
        person: &str,
        sessions: &[SessionId],
        now: UnixMillis,
    ) -> UnixMillis {
        let until = now.plus(REMEMBERED);
        let mut ids = self.0.lock();
        ids.sessions.retain(|_, until| *until > now);
        ids.users.retain(|_, at| now.since(*at) <= REMEMBERED);
        ids.sessions.extend(sessions.iter().map(|id| (*id, until)));
        if let Ok(user) = Uuid::try_parse(person) {
            ids.users.insert(user, now);
        }
        until
    }

    /// Whether a session was deleted: nothing is kept of it any more.
    pub(crate) fn has(&self, session: SessionId) -> bool {
        self.0.lock().sessions.contains_key(&session)
    }

    /// Whether a token ended with what was deleted.
    pub(crate) fn ends(&self, session: SessionId, claims: &Claims) -> bool {
        let ids = self.0.lock();
        if ids.sessions.contains_key(&session) {
            return true;
        }
        // An inference session that nothing tied to its person yet.
        let named = claims.user.as_deref().map(Uuid::try_parse);
        match (claims.audience, named) {
            (Audience::InferenceWs, Some(Ok(named))) => ids
                .users
                .get(&named)
                .is_some_and(|at| claims.issued_at <= *at),
            _ => false,
        }
    }
}
