//! The two traits over one file: sessions that live are read in memory, all else in the file.

use std::{path::PathBuf, sync::Arc, thread::JoinHandle};

use parking_lot::Mutex;
use rusqlite::Connection;
use squirret::{
    Clock, Day, UnixMillis,
    archive::{
        ClientEvent, Person, ReportLink, SessionEnd, UsageRow, UserData, WorkoutKey, WorkoutRecord,
        WorkoutStore,
    },
    coach::{RepRecord, Workout},
    session::{MemoryStore, SessionId, SessionRecord, SessionStore, StoreError, Usage},
};
use uuid::Uuid;

use super::{
    Binding, FileConfig,
    change::Change,
    held::HeldFile,
    queue::{Order, Queue, Work},
    read, schema, sweep,
    writer::Writer,
};

/// The time of a session's last use is written this exactly, ms: it only tells when the session expires.
const USE_GRAIN: i64 = 300_000;

/// Sessions and workouts in one file.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    sessions: Arc<MemoryStore>,
    queue: Arc<Queue>,
    held: Arc<HeldFile>,
    reader: Arc<Mutex<Option<Connection>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Database {
    /// Opens the file and starts its writer. A file that cannot be opened is told, and tried again.
    pub(crate) fn start(config: FileConfig, clock: Arc<dyn Clock>) -> Self {
        let path = config.path.clone();
        let sessions = Arc::new(MemoryStore::new(config.max_sessions));
        let queue = Arc::new(Queue::default());
        let held = Arc::new(HeldFile::new(path.clone()));
        let reader = Arc::<Mutex<Option<Connection>>>::default();
        let mut writer = Writer {
            config,
            queue: Arc::clone(&queue),
            held: Arc::clone(&held),
            sessions: Arc::clone(&sessions),
            clock,
            opened: None,
            reader: Arc::clone(&reader),
        };
        if let Err(error) = writer.open() {
            tracing::error!(%error, "the store cannot be opened; it is tried again");
            queue.failed(Default::default(), error.to_string());
        }
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.run());
        let writer = thread.inspect_err(|error| tracing::error!(%error, "the store has no thread"));
        Self {
            path,
            sessions,
            queue,
            held,
            reader,
            writer: Mutex::new(writer.ok()),
        }
    }

    /// Returns when what was changed before lasts.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub(crate) async fn lasting(&self) -> Result<(), StoreError> {
        self.queue.lasting().await
    }

    /// Why the last attempt to write failed, or the next one will.
    pub(crate) fn failure(&self) -> Option<String> {
        self.queue.failure().or_else(|| self.held.loss())
    }

    /// Changes that do not last yet.
    pub(crate) fn behind(&self) -> u64 {
        self.queue.behind()
    }

    /// The bindings that were kept.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub(crate) fn bindings(&self) -> Result<Vec<Binding>, StoreError> {
        self.read(read::bindings)
    }

    /// Sessions that were deleted, and until when they are remembered.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub(crate) fn deleted(&self) -> Result<Vec<(SessionId, UnixMillis)>, StoreError> {
        self.read(read::deleted)
    }

    /// Keeps a binding.
    pub(crate) fn bind(&self, binding: Binding) {
        self.note(Change::Bind(binding));
    }

    /// Forgets a binding.
    pub(crate) fn unbind(&self, device: &str) {
        self.note(Change::Unbind(device.into()));
    }

    /// Writes what waits and ends the writer.
    pub(crate) fn close(&self) {
        self.queue.stop();
        if let Some(thread) = self.writer.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
        let behind = self.behind();
        if behind > 0 {
            tracing::error!(behind, "changes are lost: the store could not be written");
        }
    }

    /// A change that nobody is promised.
    fn note(&self, change: Change) {
        if let Err(error) = self.queue.push(change) {
            tracing::warn!(%error, "not stored");
        }
    }

    /// Reads what is in the file, everything that was changed before included.
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.queue.wait_until_lasting()?;
        let mut reader = self.reader.lock();
        let connection = match reader.take() {
            Some(connection) => connection,
            None => schema::open_to_read(&self.path).map_err(failed)?,
        };
        let value = read(&connection).map_err(failed)?;
        // One that failed is not used again: the file may have been replaced.
        *reader = Some(connection);
        Ok(value)
    }

    /// Has the writer do something after the changes before it, in a transaction of its own; if it makes room, also
    /// when these cannot be written.
    pub(super) fn order<T: Send + 'static>(
        &self,
        makes_room: bool,
        order: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let work: Work = Box::new(move |connection| {
            let done = connection.and_then(|connection| order(connection).map_err(failed));
            let _ = answer.send(done);
        });
        self.queue.order(Order { work, makes_room });
        answered.recv().unwrap_or_else(|_| {
            Err(StoreError::Failed {
                detail: "the store is closed".into(),
            })
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed {
        detail: error.to_string(),
    }
}

/// Whether a change of a session must be written.
fn is_worth_writing(before: &SessionRecord, after: &SessionRecord) -> bool {
    let grain = |record: &SessionRecord| record.last_seen.0.div_euclid(USE_GRAIN);
    if grain(before) != grain(after) {
        return true;
    }
    let mut used = before.clone();
    used.last_seen = after.last_seen;
    used != *after
}

impl SessionStore for Database {
    fn insert(&self, session: SessionRecord) -> Result<(), StoreError> {
        let id = session.id;
        self.sessions.insert(session)?;
        self.queue.touch(id);
        Ok(())
    }

    fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.sessions.get(id)
    }

    fn update(
        &self,
        id: SessionId,
        change: &mut dyn FnMut(&mut SessionRecord),
    ) -> Result<bool, StoreError> {
        let mut writes = false;
        let found = self.sessions.update(id, &mut |record| {
            let before = record.clone();
            change(record);
            writes = is_worth_writing(&before, record);
        })?;
        if writes {
            self.queue.touch(id);
        }
        Ok(found)
    }

    fn remove(&self, id: SessionId) -> Result<bool, StoreError> {
        let found = self.sessions.remove(id)?;
        self.queue.push(Change::Forget(id))?;
        Ok(found)
    }

    fn find_by_user(&self, user_id: &str) -> Result<Option<SessionId>, StoreError> {
        self.sessions.find_by_user(user_id)
    }

    fn expire(&self, before: UnixMillis) -> Result<usize, StoreError> {
        let dropped = self.sessions.expire(before)?;
        if dropped > 0 {
            // What is written of their last use lags behind.
            self.note(Change::Expire(before.plus(-2 * USE_GRAIN)));
        }
        Ok(dropped)
    }

    fn len(&self) -> Result<usize, StoreError> {
        self.sessions.len()
    }
}

impl WorkoutStore for Database {
    fn claim(&self, session: SessionId, person: &Person, at: UnixMillis) -> Result<(), StoreError> {
        self.queue.push(Change::Claim(session, person.clone(), at))
    }

    fn tie(&self, session: SessionId, scope: SessionId) -> Result<(), StoreError> {
        self.queue.push(Change::Tie(session, scope))
    }

    fn add_rep(&self, key: WorkoutKey, rep: RepRecord) -> Result<(), StoreError> {
        self.queue.push(Change::Rep(key, rep.into()))
    }

    fn end_workout(&self, key: WorkoutKey, summary: Workout) -> Result<(), StoreError> {
        self.queue.push(Change::EndWorkout(key, summary.into()))
    }

    fn end_session(&self, session: SessionId, end: SessionEnd) -> Result<(), StoreError> {
        self.queue.push(Change::EndSession(session, end.into()))
    }

    fn add_event(&self, session: SessionId, event: ClientEvent) -> Result<(), StoreError> {
        self.queue.push(Change::Event(session, event))
    }

    fn add_usage(
        &self,
        session: SessionId,
        user: &str,
        usage: Usage,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.queue
            .push(Change::Usage(session, user.to_owned(), at.day(), usage))
    }

    fn scope_of(&self, session: SessionId) -> Result<SessionId, StoreError> {
        self.read(|from| read::scope_of(from, session))
    }

    fn owner_of(&self, session: SessionId) -> Result<Option<String>, StoreError> {
        self.read(|from| read::owner_of(from, session))
    }

    fn known_since(&self, user: &str) -> Result<Option<UnixMillis>, StoreError> {
        self.read(|from| read::known_since(from, user))
    }

    fn add_link(&self, link: &ReportLink, now: UnixMillis) -> Result<(), StoreError> {
        self.queue.push(Change::Link(link.clone(), now))
    }

    fn link(&self, id: Uuid) -> Result<Option<ReportLink>, StoreError> {
        self.read(|from| read::link(from, id))
    }

    fn bury(&self, sessions: &[SessionId], until: UnixMillis) -> Result<(), StoreError> {
        self.queue.bury(sessions);
        for session in sessions {
            self.queue.push(Change::Bury(*session, until))?;
        }
        Ok(())
    }

    fn session_end(&self, session: SessionId) -> Result<Option<SessionEnd>, StoreError> {
        self.read(|from| read::session_end(from, session))
    }

    fn workouts(&self, scope: SessionId) -> Result<Vec<WorkoutRecord>, StoreError> {
        self.read(|from| read::workouts(from, scope))
    }

    fn history(
        &self,
        scope: SessionId,
        before: UnixMillis,
        max: usize,
    ) -> Result<Vec<WorkoutRecord>, StoreError> {
        self.read(|from| read::history(from, scope, before, max))
    }

    fn unfinished(&self, since: UnixMillis) -> Result<Vec<WorkoutRecord>, StoreError> {
        self.read(|from| read::unfinished(from, since))
    }

    fn usage(&self, first: Day, last: Day) -> Result<Vec<UsageRow>, StoreError> {
        self.read(|from| read::usage(from, first, last))
    }

    fn export(&self, person: &str) -> Result<UserData, StoreError> {
        self.read(|from| read::export(from, person))
    }

    fn erase(&self, person: &str) -> Result<Vec<SessionId>, StoreError> {
        let person = person.to_owned();
        self.order(false, move |connection| sweep::erase(connection, &person))
    }

    fn retain(&self, before: UnixMillis) -> Result<usize, StoreError> {
        self.order(true, move |connection| sweep::retain(connection, before))
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.queue.wait_until_lasting()
    }
}
