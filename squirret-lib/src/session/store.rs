//! Where sessions are kept.

use super::{SessionId, SessionRecord};
use crate::UnixMillis;

/// Keeps sessions. Every call is atomic; [`conformance`](super::conformance) is what all implementations must pass.
pub trait SessionStore: Send + Sync + std::fmt::Debug {
    /// Adds a session. An id that is there already is left as it is.
    ///
    /// # Errors
    /// [`StoreError::Full`] when there is no room, [`StoreError::Exists`], [`StoreError::Failed`].
    fn insert(&self, session: SessionRecord) -> Result<(), StoreError>;

    /// Looks one up.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Changes one atomically; `false` when there is none (`change` is not called then). The closure must not change
    /// the record's id (a change of it is undone) and must not call the store.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; nothing has changed then.
    fn update(
        &self,
        id: SessionId,
        change: &mut dyn FnMut(&mut SessionRecord),
    ) -> Result<bool, StoreError>;

    /// Forgets one; `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn remove(&self, id: SessionId) -> Result<bool, StoreError>;

    /// The session to which results for `user_id` belong: the newest unfinished session of the user of that id, or
    /// the unfinished guest or user session that has this id itself. Inference sessions are never found.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn find_by_user(&self, user_id: &str) -> Result<Option<SessionId>, StoreError>;

    /// Drops what was last used before `before`; says how many.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn expire(&self, before: UnixMillis) -> Result<usize, StoreError>;

    /// How many there are.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn len(&self) -> Result<usize, StoreError>;

    /// Whether there is none.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn is_empty(&self) -> Result<bool, StoreError> {
        self.len().map(|count| count == 0)
    }
}

/// Why a store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Full, and nothing in it may be dropped.
    #[error("session store is full ({max} sessions)")]
    Full {
        /// How many fit.
        max: usize,
    },
    /// The id is taken.
    #[error("session {id} exists already")]
    Exists {
        /// Which.
        id: SessionId,
    },
    /// Too much waits to be written; nothing more is taken before some of it is.
    #[error("store is behind: {max} changes wait to be written")]
    Behind {
        /// How many may wait.
        max: usize,
    },
    /// Broken.
    #[error("store failed: {detail}")]
    Failed {
        /// Why.
        detail: String,
    },
}
