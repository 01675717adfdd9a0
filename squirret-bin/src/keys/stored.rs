//! The secret of a server without configured keys: made once, kept in the data folder.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// Name of the file in the data folder.
const FILE: &str = "token.secret";

/// Shortest secret that is accepted, bytes: HS256 needs as many (RFC 7518 section 3.2).
const MIN_BYTES: usize = 32;

/// Why the stored secret cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoredSecretError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system reports.
        source: io::Error,
    },
    /// The file was damaged or edited.
    #[error(
        "{} holds {bytes} bytes and a secret needs {MIN_BYTES}; remove the file, or set JWT_SECRET",
        path.display()
    )]
    Short {
        /// Which file.
        path: PathBuf,
        /// Bytes without surrounding white space.
        bytes: usize,
    },
}

/// Returns the secret in `data_dir`, and creates it with mode 0600 if there is none. When two processes start at once,
/// both return the secret of the first.
///
/// # Errors
/// [`StoredSecretError`] for a file that cannot be read, written, or is too short.
pub(super) fn secret(data_dir: &Path) -> Result<String, StoredSecretError> {
    let path = data_dir.join(FILE);
    let failed = |source| StoredSecretError::File {
        path: path.clone(),
        source,
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(data_dir, &path).map_err(failed)?;
            fs::read_to_string(&path).map_err(failed)?
        }
        Err(error) => return Err(failed(error)),
    };
    let secret = text.trim();
    if secret.len() < MIN_BYTES {
        return Err(StoredSecretError::Short {
            bytes: secret.len(),
            path,
        });
    }
    Ok(secret.to_owned())
}

/// Writes a random secret to a temporary file, which has mode 0600, and gives it its name unless another process was
/// faster.
fn create(data_dir: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(data_dir)?;
    let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
    let random = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(|part| part.simple());
    writeln!(file, "{}{}{}", random[0], random[1], random[2])?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new");
        let first = secret(&data).unwrap();
        assert_eq!(first.len(), 96);
        assert_eq!(secret(&data).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(data.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn processes_that_start_at_once_share_one_secret() {
        let folder = tempfile::tempdir().unwrap();
        let of = |_| secret(folder.path()).unwrap();
        let secrets: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|at| scope.spawn(move || of(at))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
    }

    #[test]
    fn a_damaged_file_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "short\n").unwrap();
        let refused = secret(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("token.secret holds 5 bytes"), "{refused}");
    }
}
