//! A folder of keys, one a file.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use squirret::auth::{Key, KeyError, KeyRing};

use super::warn_of_skipped;

/// The largest key file, bytes: a set of a hundred public keys has less.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Why a folder's keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FolderError {
    /// The folder or a file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds no key.
    #[error("{}: {source}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// A file that cannot be a key.
    #[error("{} is larger than {MAX_FILE_BYTES} bytes", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
}

/// What a file may hold; its ending says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// `ID.pem`: a private or public key.
    Pem,
    /// `ID.secret`: a shared secret; white space around it does not count.
    Secret,
    /// `NAME.json`: a set of public keys with ids of their own.
    Jwks,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "pem" => Some(Self::Pem),
            "secret" => Some(Self::Secret),
            "json" => Some(Self::Jwks),
            _ => None,
        }
    }
}

/// Name, time and size of each file: differs when a key was changed.
pub(super) type State = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// A folder of keys.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// All keys, the last by name first.
    pub(super) fn read(&self) -> Result<Vec<Key>, FolderError> {
        let mut keys = Vec::new();
        for path in self.files()?.into_iter().rev() {
            let Some(kind) = Kind::of(&path) else {
                tracing::warn!(file = %path.display(), "no key: its name must end in .pem, .secret or .json");
                continue;
            };
            let text = read(&path)?;
            let read = parse(kind, &path, &text);
            keys.extend(read.map_err(|source| FolderError::Key { path, source })?);
        }
        Ok(keys)
    }

    /// What the folder looks like; empty when it cannot be read.
    pub(super) fn state(&self) -> State {
        let files = self.files().unwrap_or_default();
        let state = |path: PathBuf| {
            let about = path.metadata().ok();
            let modified = about.as_ref().and_then(|about| about.modified().ok());
            (path, modified, about.map_or(0, |about| about.len()))
        };
        files.into_iter().map(state).collect()
    }

    /// The files by name. Hidden ones are none of ours: editors and mounted volumes keep theirs there.
    fn files(&self) -> Result<Vec<PathBuf>, FolderError> {
        let failed = |source| FolderError::Read {
            path: self.0.clone(),
            source,
        };
        let mut files = Vec::new();
        for entry in self.0.read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let path = entry.path();
            if !hidden && path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FolderError> {
    let failed = |source| FolderError::Read {
        path: path.to_owned(),
        source,
    };
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(FolderError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(text)
}

/// The keys of one file; its name without the ending is the id.
fn parse(kind: Kind, path: &Path, text: &[u8]) -> Result<Vec<Key>, KeyError> {
    let id = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    match kind {
        Kind::Pem => Ok(vec![Key::from_pem(id, text)?]),
        Kind::Secret => Ok(vec![Key::hs256(id, text.trim_ascii())?]),
        Kind::Jwks => {
            let (ring, skipped) = KeyRing::read_jwks(text)?;
            warn_of_skipped(&path.display(), &skipped);
            Ok(ring.keys().to_vec())
        }
    }
}
