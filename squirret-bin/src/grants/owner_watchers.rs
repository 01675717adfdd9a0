//! Open sockets, by the sessions on whose owner they depend.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use squirret::session::SessionId;
use tokio::sync::Notify;

/// Wakes open sockets when the owner of a session changes; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnerWatchers(Arc<Mutex<HashMap<SessionId, Vec<Arc<Notify>>>>>);

impl OwnerWatchers {
    /// Wakes the sockets of these sessions, so that they check whether they may stay open.
    pub(super) fn wake(&self, ids: &[SessionId]) {
        let sockets = self.0.lock();
        for socket in ids.iter().filter_map(|id| sockets.get(id)).flatten() {
            socket.notify_one();
        }
    }

    /// Adds a socket that depends on these sessions.
    pub(crate) fn add(&self, ids: &[SessionId], changed: &Arc<Notify>) {
        let mut sockets = self.0.lock();
        for id in ids {
            sockets.entry(*id).or_default().push(Arc::clone(changed));
        }
    }

    /// Removes that socket.
    pub(crate) fn remove(&self, ids: &[SessionId], changed: &Arc<Notify>) {
        let mut all = self.0.lock();
        for id in ids {
            let Some(sockets) = all.get_mut(id) else {
                continue;
            };
            sockets.retain(|socket| !Arc::ptr_eq(socket, changed));
            if sockets.is_empty() {
                all.remove(id);
            }
        }
    }
}
