//! The one thread that writes.
//!
//! It takes everything that waits, writes it in one transaction and makes it last with one flush of the disk; what
//! comes meanwhile waits for the next. So each change costs its share of a flush, the smaller the more there are.
//! What cannot be written is kept and tried again.

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use squirret::{
    Clock,
    session::{MemoryStore, SessionStore, StoreError},
};

use super::{
    change::put_session,
    held::HeldFile,
    queue::{Batch, Order, Queue},
    schema::{self, OpenError},
};

/// The first wait after a failure, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Where and how the file is.
#[derive(Clone, Debug)]
pub(crate) struct FileConfig {
    /// The file.
    pub(crate) path: PathBuf,
    /// The file and its log grow no further; 0 is no limit.
    pub(crate) max_bytes: u64,
    /// Sessions that were used within this are read at the start, ms.
    pub(crate) idle_millis: i64,
    /// At most so many.
    pub(crate) max_sessions: usize,
}

/// The open file, and the lock that keeps another server from it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    _lock: File,
}

/// The writer.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) config: FileConfig,
    pub(super) queue: Arc<Queue>,
    pub(super) held: Arc<HeldFile>,
    pub(super) sessions: Arc<MemoryStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) opened: Option<Opened>,
    /// The connection that others read with.
    pub(super) reader: Arc<Mutex<Option<Connection>>>,
}

impl Writer {
    /// Opens the file and puts its living sessions into memory.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(super) fn open(&mut self) -> Result<(), OpenError> {
        let FileConfig {
            path, max_bytes, ..
        } = &self.config;
        if self.held.is_missing() {
            return Err(OpenError::Io {
                path: path.clone(),
                source: std::io::ErrorKind::NotFound.into(),
            });
        }
        let lock = lock(path)?;
        let connection = schema::open(path, *max_bytes)?;
        self.load(&connection).map_err(|source| OpenError::Sqlite {
            path: path.clone(),
            source,
        })?;
        if connection.is_readonly("main").unwrap_or(true) {
            return Err(OpenError::ReadOnly { path: path.clone() });
        }
        self.opened = Some(Opened {
            connection,
            _lock: lock,
        });
        self.held.note_open();
        Ok(())
    }

    /// Reads the sessions that live; those that are in memory already are newer.
    fn load(&self, connection: &Connection) -> rusqlite::Result<()> {
        let since = self.clock.now().plus(-self.config.idle_millis).0;
        let max = i64::try_from(self.config.max_sessions).unwrap_or(i64::MAX);
        let mut newest = connection.prepare(
            "SELECT record FROM session WHERE last_seen >= ?1 ORDER BY last_seen DESC LIMIT ?2",
        )?;
        let records = newest.query_map((since, max), |row| row.get::<_, String>(0))?;
        for record in records {
            match serde_json::from_str(&record?) {
                Ok(session) => drop(self.sessions.insert(session)),
                Err(error) => tracing::error!(%error, "a stored session cannot be read"),
            }
        }
        Ok(())
    }

    /// Writes until the queue is stopped.
    pub(super) fn run(mut self) {
        let mut pause = self.queue.failure().map(|_| RETRY.0);
        while let Some(batch) = self.queue.take(pause) {
            pause = match self.write(&batch) {
                Ok(()) => {
                    if pause.is_some() {
                        tracing::info!(path = %self.config.path.display(), "the store works again");
                    }
                    self.queue.written(batch.end);
                    self.obey(batch.orders);
                    None
                }
                Err(detail) => {
                    if pause.is_none() {
                        tracing::error!(%detail, "the store cannot be written; what waits is kept");
                    }
                    self.put_back(batch, &detail);
                    if self.queue.is_stopping() {
                        break;
                    }
                    Some(pause.map_or(RETRY.0, |pause: Duration| (pause * 2).min(RETRY.1)))
                }
            };
        }
        if let Some(Opened { connection, .. }) = self.opened.take() {
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }

    fn write(&mut self, batch: &Batch) -> Result<(), String> {
        if self.opened.is_none() {
            // SQLite shares what it knows of a file between all connections of a process: one that was opened while
            // the file could only be read would keep the next from writing.
            self.reader.lock().take();
            self.open().map_err(|error| error.to_string())?;
        }
        let Some(opened) = self.opened.as_mut() else {
            return Err("the store is not open".into());
        };
        if is_log_full(&opened.connection, &self.config) {
            let path = self.config.path.display();
            return Err(format!(
                "{path}: the log is full, and somebody still reads from it"
            ));
        }
        let written = write_all(&mut opened.connection, batch, &self.sessions);
        if let Err(error) = &written
            && !is_passing(error)
        {
            self.opened = None;
        }
        written.map_err(|error| format!("{}: {error}", self.config.path.display()))?;
        // Last: what went into a file that is no longer at its place is written again.
        match self.held.loss() {
            Some(loss) => {
                self.opened = None;
                Err(loss)
            }
            None => Ok(()),
        }
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            let connection = self.opened.as_mut().map(|opened| &mut opened.connection);
            (order.work)(connection.ok_or_else(|| StoreError::Failed {
                detail: "the store is not open".into(),
            }));
        }
    }

    fn put_back(&mut self, mut batch: Batch, detail: &str) {
        let (room, refused) = std::mem::take(&mut batch.orders)
            .into_iter()
            .partition(|order| order.makes_room);
        // Told before anybody who made room hears of it: their next wait is for the attempt after this one.
        self.queue.failed(batch, detail.to_owned());
        self.obey(room);
        for order in Vec::<Order>::into_iter(refused) {
            (order.work)(Err(StoreError::Failed {
                detail: detail.to_owned(),
            }));
        }
    }
}

/// Whether the log has used up its share of `max_bytes`, even after it was written into the file.
fn is_log_full(connection: &Connection, config: &FileConfig) -> bool {
    if config.max_bytes == 0 {
        return false;
    }
    let log = config.path.with_extension("db-wal");
    let is_full = || {
        let size = std::fs::metadata(&log).map_or(0, |file| file.len());
        size > schema::log_bytes(config.max_bytes)
    };
    if is_full() {
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
    is_full()
}

/// One writer a file: the lock goes with the process, however it ends.
fn lock(path: &std::path::Path) -> Result<File, OpenError> {
    let fail = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let name = path.with_extension("lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(name)
        .map_err(fail)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.into() }),
        Err(TryLockError::Error(source)) => Err(fail(source)),
    }
}

fn write_all(
    connection: &mut Connection,
    batch: &Batch,
    sessions: &MemoryStore,
) -> rusqlite::Result<()> {
    if batch.sessions.is_empty() && batch.changes.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for id in &batch.sessions {
        // One that is not there any more has expired.
        if let Ok(Some(session)) = sessions.get(*id) {
            put_session(&transaction, &session)?;
        }
    }
    for change in &batch.changes {
        match change.apply(&transaction) {
            Err(error) if is_of_the_change(&error) => {
                tracing::error!(%error, ?change, "a change cannot be stored");
            }
            applied => applied?,
        }
    }
    transaction.commit()
}

/// Whether the next attempt may find the same file in order: it was full or in use.
fn is_passing(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Whether the change is at fault, not the file: no attempt can write it, and it must not keep others from it.
fn is_of_the_change(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::ToSqlConversionFailure(_) | rusqlite::Error::IntegralValueOutOfRange(..)
    ) || matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
    )
}
