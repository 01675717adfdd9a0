//! What lasts: sessions, bindings, workouts, usage. In one SQLite file, or in memory only.
//!
//! Whoever changes something is served from memory at once, and [`Store::lasting`] returns when it is on the disk: what
//! is answered with 200 after that survives the end of the process at any moment. A file that cannot be written costs
//! nobody their coach: what waits is kept in memory and tried again.

mod backup;
mod change;
mod database;
mod held;
mod queue;
mod read;
mod schema;
mod sweep;
#[cfg(test)]
mod tests;
mod writer;

use std::{path::PathBuf, sync::Arc};

use squirret::{
    Clock, UnixMillis,
    archive::{MemoryWorkouts, WorkoutStore},
    session::{MemoryStore, SessionId, SessionStore, StoreError},
};

pub(crate) use backup::backup;
pub(crate) use database::Database;
pub(crate) use schema::FILE;
pub(crate) use writer::FileConfig;

use crate::config::{Config, StoreKind};

/// A device and the session that it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The device's id.
    pub(crate) device: Box<str>,
    /// The session.
    pub(crate) session: SessionId,
    /// When it was last used.
    pub(crate) used: UnixMillis,
    /// The digest of the code that it must be claimed with.
    pub(crate) claim: Option<Box<str>>,
}

/// What lasts; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    /// Sessions that live.
    pub(crate) sessions: Arc<dyn SessionStore>,
    /// Workouts, ends, usage, events.
    pub(crate) workouts: Arc<dyn WorkoutStore>,
    file: Option<Arc<Database>>,
}

impl Store {
    /// As configured. A file that cannot be used is told and tried again; everything else works meanwhile.
    pub(crate) fn open(config: &Config, clock: &Arc<dyn Clock>) -> Self {
        // Sessions, and what is kept of them, are the control plane's.
        if config.store.kind == StoreKind::Memory || !config.server.role.serves_control() {
            return Self::in_memory(config.session.max);
        }
        let file = Arc::new(Database::start(file_config(config), Arc::clone(clock)));
        Self {
            sessions: Arc::clone(&file) as _,
            workouts: Arc::clone(&file) as _,
            file: Some(file),
        }
    }

    /// Without a file.
    pub(crate) fn in_memory(max_sessions: usize) -> Self {
        Self {
            sessions: Arc::new(MemoryStore::new(max_sessions)),
            workouts: Arc::new(MemoryWorkouts::new(max_sessions)),
            file: None,
        }
    }

    /// Returns when everything that was changed before lasts.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it cannot be written now; it is tried again.
    pub(crate) async fn lasting(&self) -> Result<(), StoreError> {
        match &self.file {
            Some(file) => file.lasting().await,
            None => Ok(()),
        }
    }

    /// The same, but the caller can do without.
    pub(crate) async fn lasting_if_possible(&self) {
        if self.failure().is_some() {
            return;
        }
        if let Err(error) = self.lasting().await {
            tracing::debug!(%error, "not stored yet");
        }
    }

    /// Why the store does not work, if it does not.
    pub(crate) fn failure(&self) -> Option<String> {
        self.file.as_ref()?.failure()
    }

    /// Changes that do not last yet.
    pub(crate) fn behind(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.behind())
    }

    /// The bindings that were kept.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub(crate) fn bindings(&self) -> Result<Vec<Binding>, StoreError> {
        self.file
            .as_ref()
            .map_or(Ok(Vec::new()), |file| file.bindings())
    }

    /// Sessions that were deleted before the start, and until when they are remembered.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub(crate) fn deleted(&self) -> Result<Vec<(SessionId, UnixMillis)>, StoreError> {
        self.file
            .as_ref()
            .map_or(Ok(Vec::new()), |file| file.deleted())
    }

    /// Keeps a binding.
    pub(crate) fn bind(&self, binding: Binding) {
        if let Some(file) = &self.file {
            file.bind(binding);
        }
    }

    /// Forgets a binding.
    pub(crate) fn unbind(&self, device: &str) {
        if let Some(file) = &self.file {
            file.unbind(device);
        }
    }

    /// Reads or changes workouts where it may wait for the disk.
    ///
    /// # Errors
    /// What `work` says; [`StoreError::Failed`] when it panicked.
    pub(crate) async fn with_workouts<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn WorkoutStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let workouts = Arc::clone(&self.workouts);
        let done = tokio::task::spawn_blocking(move || work(&*workouts)).await;
        done.unwrap_or_else(|error| {
            Err(StoreError::Failed {
                detail: error.to_string(),
            })
        })
    }

    /// Writes what waits and closes the file. Nothing is kept of what changes later.
    pub(crate) fn close(&self) {
        if let Some(file) = &self.file {
            file.close();
        }
    }
}

/// Where the file is, by the configuration.
pub(crate) fn path(config: &Config) -> PathBuf {
    config.data_dir().join(FILE)
}

fn file_config(config: &Config) -> FileConfig {
    FileConfig {
        path: path(config),
        max_bytes: config.store.max_bytes,
        idle_millis: i64::try_from(config.session.idle.as_millis()).unwrap_or(i64::MAX),
        max_sessions: config.session.max,
    }
}
