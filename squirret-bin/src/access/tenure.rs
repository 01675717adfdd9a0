//! How long an open socket may stay: until its token counts no more.

use std::sync::Arc;

use squirret::{auth::Claims, session::SessionId};
use tokio::sync::Notify;

use super::{Lost, standing};
use crate::{app::App, grants::OwnerWatchers};

/// One socket's right to be open.
#[derive(Debug)]
pub(crate) struct Tenure {
    claims: Claims,
    sessions: Vec<SessionId>,
    changed: Arc<Notify>,
    watchers: OwnerWatchers,
}

impl Tenure {
    /// Begins with a token that was found good.
    ///
    /// # Errors
    /// [`Lost`] when it counts no more by now.
    pub(crate) fn begin(app: &App, claims: Claims) -> Result<Self, Lost> {
        // Its own session, and the person's whom an inference session works for.
        let named = [Some(claims.subject.as_str()), claims.user.as_deref()];
        let mut sessions: Vec<SessionId> = named
            .into_iter()
            .flatten()
            .filter_map(|id| id.parse().ok())
            .collect();
        sessions.dedup();
        let tenure = Self {
            claims,
            sessions,
            changed: Arc::default(),
            watchers: app.grants.watchers.clone(),
        };
        tenure.watchers.add(&tenure.sessions, &tenure.changed);
        // Only now: what changed before would have woken nobody.
        standing(app, &tenure.claims)?;
        Ok(tenure)
    }

    /// Returns when the owner of something that the socket shows may have changed.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Whether the socket may stay open.
    ///
    /// # Errors
    /// [`Lost`] when it may not.
    pub(crate) fn check(&self, app: &App) -> Result<(), Lost> {
        standing(app, &self.claims)
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        self.watchers.remove(&self.sessions, &self.changed);
    }
}
