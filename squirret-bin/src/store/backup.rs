//! A copy of the file while a server writes it.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::schema::{OpenError, open_to_read};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// There is no store.
    #[error("{path}: there is no store to back up")]
    Nothing { path: PathBuf },
    /// The store cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file of that name is there.
    #[error("{path} exists already; backups overwrite nothing")]
    Exists { path: PathBuf },
    /// The copy cannot be made.
    #[error("backup: {0}")]
    Copy(#[from] rusqlite::Error),
    /// The copy cannot be put in its place.
    #[error("{path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    /// The copy is not whole.
    #[error("the copy is damaged: {detail}")]
    Damaged { detail: String },
}

/// Copies the store as it is at one moment, also while a server writes it. Returns when the copy is whole, checked and
/// on the disk; gives its size in bytes.
///
/// # Errors
/// [`BackupError`]; `target` is as it was then.
pub(crate) fn backup(store: &Path, target: &Path) -> Result<u64, BackupError> {
    if !store.exists() {
        return Err(BackupError::Nothing { path: store.into() });
    }
    if target.exists() {
        return Err(BackupError::Exists {
            path: target.into(),
        });
    }
    let fail = |source| BackupError::Write {
        path: target.into(),
        source,
    };
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unfinished = tempfile::Builder::new()
        .prefix(".squirret-backup-")
        .tempfile_in(folder)
        .map_err(fail)?;
    let connection = open_to_read(store)?;
    let path = unfinished.path().display().to_string();
    connection.execute("VACUUM INTO ?1", [path])?;
    let copy = open_to_read(unfinished.path())?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(BackupError::Damaged { detail: verdict });
    }
    drop(copy);
    let file = unfinished
        .persist_noclobber(target)
        .map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists {
                path: target.into(),
            },
            _ => fail(error.error),
        })?;
    file.sync_all().map_err(fail)?;
    #[cfg(unix)]
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(fail)?;
    Ok(file.metadata().map_err(fail)?.len())
}
