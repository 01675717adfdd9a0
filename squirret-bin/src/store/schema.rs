//! The file: how it is opened, which versions of its form there are, and how an older one becomes the newest.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// Name of the file in the data folder.
pub(crate) const FILE: &str = "squirret.db";

/// The steps from an empty file to the newest form; the number of those taken stands in `user_version`. A step that
/// was released is never changed.
pub(super) const MIGRATIONS: &[&str] =
    &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// "SQRT": tells our files from others.
const APPLICATION_ID: i32 = 0x5351_5254;

/// A statement waits this long for another process that writes, such as `sqlite3` in somebody's shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The log of the file is cut to this size, whatever it grew to in between.
const MAX_LOG_BYTES: u64 = 16 << 20;

/// A file up to this size is checked page by page when it is opened; a larger one would delay the start.
const CHECKED_BYTES: u64 = 64 << 20;

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The folder cannot be made, or the lock not be taken.
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Another server writes it.
    #[error("{path} is in use by another server")]
    InUse { path: PathBuf },
    /// SQLite refused it.
    #[error("{path}: {source}")]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    /// It is damaged.
    #[error(
        "{path} is damaged ({detail}); it is left as it is: move it away, or put a backup in its place, to go on"
    )]
    Corrupt { path: PathBuf, detail: String },
    /// It cannot be written: its permissions, or the disk's, say so.
    #[error("{path} is readonly; it is opened again until it can be written")]
    ReadOnly { path: PathBuf },
    /// It belongs to another program.
    #[error("{path} is not a store of this program; move it away to go on")]
    Foreign { path: PathBuf },
    /// A later version wrote it.
    #[error(
        "{path} was written by a later version (form {found}, this version knows {known}): use that version, or put \
         a backup of form {known} in its place"
    )]
    Newer {
        path: PathBuf,
        found: usize,
        known: usize,
    },
}

impl OpenError {
    fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt {
                path,
                detail: source.to_string(),
            },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// Bytes of `max_bytes` that are left to the log of the file.
pub(super) fn log_bytes(max_bytes: u64) -> u64 {
    (max_bytes / 4).clamp(32 << 10, MAX_LOG_BYTES)
}

/// Opens the file for the one writer, makes it if need be, and brings it to the newest form. `max_bytes`: the file and
/// its log together grow no further; 0 is no limit. SQLite opens a file that it may not write for reading only.
///
/// # Errors
/// [`OpenError`]; the file is as it was then.
pub(super) fn open(path: &Path, max_bytes: u64) -> Result<Connection, OpenError> {
    let fail = |source| OpenError::sqlite(path, source);
    let mut connection = Connection::open(path).map_err(fail)?;
    check(&connection, path)?;
    if connection.is_readonly("main").map_err(fail)? {
        return Ok(connection);
    }
    configure(&connection, max_bytes).map_err(fail)?;
    migrate(&mut connection, MIGRATIONS).map_err(fail)?;
    Ok(connection)
}

/// Opens the file for reading only.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    let fail = |source| OpenError::sqlite(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fail)?;
    check(&connection, path)?;
    Ok(connection)
}

/// Whether the file is ours, whole, and of a form that we know. Changes nothing.
fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let fail = |source| OpenError::sqlite(path, source);
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (
        number("application_id").map_err(fail)?,
        number("user_version").map_err(fail)?,
    );
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(fail)?;
    if application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0) {
        return Err(OpenError::Foreign { path: path.into() });
    }
    let (found, known) = (version.max(0) as usize, MIGRATIONS.len());
    if found > known {
        let path = path.into();
        return Err(OpenError::Newer { path, found, known });
    }
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    if size > CHECKED_BYTES {
        return Ok(());
    }
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(fail)?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(OpenError::Corrupt {
        path: path.into(),
        detail: verdict,
    })
}

/// How the writer writes. A commit returns when the log is on the disk (`synchronous = FULL` with WAL); what is
/// deleted is overwritten.
fn configure(connection: &Connection, max_bytes: u64) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?; // counts for a new file only
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    let log = if max_bytes > 0 {
        log_bytes(max_bytes)
    } else {
        MAX_LOG_BYTES
    };
    connection.pragma_update_and_check(None, "journal_size_limit", log as i64, |_| Ok(()))?;
    if max_bytes > 0 {
        let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
        // The log goes into the file while there is still room in its own share.
        connection.pragma_update_and_check(
            None,
            "wal_autocheckpoint",
            pages(log / 2).max(1),
            |_| Ok(()),
        )?;
        let pages = pages(max_bytes.saturating_sub(log));
        connection.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Takes the steps that the file has not seen, each in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let taken: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (number, step) in (1_i64..).zip(steps) {
        if number <= taken {
            continue;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
        tracing::info!(form = number, "store migrated");
    }
    Ok(())
}
