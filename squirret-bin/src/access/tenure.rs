//! How long an open socket may stay: until its token counts no more.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use squirret::{auth::Claims, session::SessionId};
use tokio::sync::Notify;

use super::{Lost, standing};
use crate::app::App;

/// Open sockets, by the sessions on whose owner they depend.
#[derive(Clone, Debug, Default)]
pub(super) struct Tenures(Arc<Mutex<HashMap<SessionId, Vec<Arc<Notify>>>>>);

impl Tenures {
    /// The sockets of these sessions look whether they may stay.
    pub(super) fn wake(&self, ids: &[SessionId]) {
        let sockets = self.0.lock();
        for socket in ids.iter().filter_map(|id| sockets.get(id)).flatten() {
            socket.notify_one();
        }
    }
}

/// One socket's right to be open.
#[derive(Debug)]
pub(crate) struct Tenure {
    claims: Claims,
    sessions: Vec<SessionId>,
    changed: Arc<Notify>,
    all: Tenures,
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
            all: app.access.tenures.clone(),
        };
        let mut all = tenure.all.0.lock();
        for id in &tenure.sessions {
            all.entry(*id)
                .or_default()
                .push(Arc::clone(&tenure.changed));
        }
        drop(all);
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
        let mut all = self.all.0.lock();
        for id in &self.sessions {
            let Some(sockets) = all.get_mut(id) else {
                continue;
            };
            sockets.retain(|socket| !Arc::ptr_eq(socket, &self.changed));
            if sockets.is_empty() {
                all.remove(id);
            }
        }
    }
}
