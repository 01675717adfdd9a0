//! The folder that holds networks.

use super::digest;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The list of digests, as `sha256sum` writes and checks it.
const DIGESTS: &str = "SHA256SUMS";
/// The file under whose lock one process at a time changes the folder.
pub(super) const LOCK: &str = ".lock";
/// Largest manifest, bytes; a long one has a thousand.
const MAX_MANIFEST: u64 = 64 << 10;

/// A folder of networks, each a `.onnx` file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ModelFolder {
    path: PathBuf,
    managed: bool,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}", path = .path.display())]
pub(crate) struct FolderError {
    /// The file or folder.
    pub(crate) path: PathBuf,
    /// What the system says.
    pub(crate) source: io::Error,
}

/// A network in the folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Its name, without `.onnx`.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) bytes: u64,
}

/// What a check of a network's digest gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verified {
    /// As it was installed.
    Same,
    /// Changed since.
    Changed,
    /// Nobody wrote down how it was.
    Unlisted,
}

impl ModelFolder {
    /// The folder that the user named, used as it is, else `models` in the data folder, where we install.
    pub(crate) fn new(named: Option<PathBuf>, data_dir: &Path) -> Self {
        match named {
            Some(path) => Self {
                path,
                managed: false,
            },
            None => Self {
                path: data_dir.join("models"),
                managed: true,
            },
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether we may install into it.
    pub(crate) const fn is_managed(&self) -> bool {
        self.managed
    }

    /// Returns the command that installs a model here, with the data folder that is configured; `None` for a folder
    /// that the operator fills.
    pub(crate) fn install_command(&self, data_dir: Option<&Path>) -> Option<String> {
        let flag =
            data_dir.map_or_else(String::new, |dir| format!(" --data-dir {}", dir.display()));
        self.managed
            .then(|| format!("squirret models install{flag}"))
    }

    /// The file of a network.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.onnx"))
    }

    /// The manifest that may lie beside a network.
    pub(crate) fn manifest_file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.toml"))
    }

    /// The text of a network's manifest, `None` when it has none.
    pub(crate) fn manifest(&self, name: &str) -> Result<Option<String>, FolderError> {
        let path = self.manifest_file(name);
        match read_text(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other
                .map(Some)
                .map_err(|source| FolderError { path, source }),
        }
    }

    /// Makes the folder and does `work` while no other process changes it; `waits` is called before waiting for one.
    pub(crate) fn locked<R>(
        &self,
        waits: impl FnOnce(),
        work: impl FnOnce() -> R,
    ) -> Result<R, FolderError> {
        let failed = |source| FolderError {
            path: self.path.clone(),
            source,
        };
        fs::create_dir_all(&self.path).map_err(failed)?;
        let file = fs::File::create(self.path.join(LOCK)).map_err(failed)?;
        let mut lock = fd_lock::RwLock::new(file);
        if lock.try_write().is_err() {
            waits();
        }
        let guard = lock.write().map_err(failed)?;
        let result = work();
        drop(guard);
        Ok(result)
    }

    /// Whether a network is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.file(name).is_file()
    }

    /// A network's bytes.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, FolderError> {
        let path = self.file(name);
        fs::read(&path).map_err(|source| FolderError { path, source })
    }

    /// All networks, by name; none when there is no folder.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, FolderError> {
        let failed = |source| FolderError {
            path: self.path.clone(),
            source,
        };
        let listed = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut entries = Vec::new();
        for item in listed {
            let path = item.map_err(failed)?.path();
            let is_network = path
                .extension()
                .is_some_and(|extension| extension == "onnx");
            if let (true, Some(name)) =
                (is_network, path.file_stem().and_then(|stem| stem.to_str()))
            {
                let bytes = fs::metadata(&path).map_err(failed)?.len();
                entries.push(Entry {
                    name: name.to_owned(),
                    bytes,
                });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Puts a network into the folder: whole or not at all, on the disk before it has its name.
    pub(crate) fn write(&self, name: &str, onnx: &[u8]) -> Result<(), FolderError> {
        self.replace(&self.file(name), onnx)?;
        let mut digests = self.digests()?;
        digests.insert(name.to_owned(), digest::of_bytes(onnx));
        let list: String = digests
            .iter()
            .map(|(name, sha256)| format!("{sha256}  {name}.onnx\n"))
            .collect();
        self.replace(&self.path.join(DIGESTS), list.as_bytes())
    }

    /// Puts a manifest beside a network.
    pub(crate) fn write_manifest(&self, name: &str, text: &str) -> Result<(), FolderError> {
        self.replace(&self.manifest_file(name), text.as_bytes())
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
        let written = tempfile::NamedTempFile::new_in(&self.path).and_then(|mut file| {
            io::Write::write_all(&mut file, bytes)?;
            readable_by_all(file.as_file())?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        });
        written.map(drop).map_err(|source| FolderError {
            path: path.to_owned(),
            source,
        })
    }

    /// Compares a network with how it was installed.
    pub(crate) fn verify(&self, name: &str) -> Result<Verified, FolderError> {
        let digests = self.digests()?;
        let Some(expected) = digests.get(name) else {
            return Ok(Verified::Unlisted);
        };
        let path = self.file(name);
        let found = digest::of_file(&path).map_err(|source| FolderError { path, source })?;
        Ok(if found == *expected {
            Verified::Same
        } else {
            Verified::Changed
        })
    }

    fn digests(&self) -> Result<BTreeMap<String, String>, FolderError> {
        let path = self.path.join(DIGESTS);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other.map_err(|source| FolderError { path, source })?,
        };
        let line = |line: &str| {
            let (sha256, file) = line.split_once("  ")?;
            Some((file.strip_suffix(".onnx")?.to_owned(), sha256.to_owned()))
        };
        Ok(text.lines().filter_map(line).collect())
    }
}

/// A manifest's text, unless it is far too long to be one.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let bytes = fs::metadata(path)?.len();
    if bytes > MAX_MANIFEST {
        let message = format!("a manifest may have {MAX_MANIFEST} bytes, this has {bytes}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    fs::read_to_string(path)
}

/// Temporary files are private; a network is no secret, and the server may run as another user.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_folder_is_used_as_it_is_and_else_the_data_folder_serves() {
        let data = Path::new("data");
        let named = ModelFolder::new(Some("mine".into()), data);
        assert_eq!(
            (named.path(), named.is_managed()),
            (Path::new("mine"), false)
        );
        let own = ModelFolder::new(None, data);
        assert_eq!(
            (own.path(), own.is_managed()),
            (&*data.join("models"), true)
        );
        assert_eq!(own.entries().unwrap(), []);
    }

    #[test]
    fn what_is_written_is_listed_and_a_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let models = ModelFolder::new(Some(folder.path().to_owned()), folder.path());
        models.write("b", b"2").unwrap();
        models.write("a", b"one").unwrap();
        let names: Vec<_> = models
            .entries()
            .unwrap()
            .into_iter()
            .map(|e| (e.name, e.bytes))
            .collect();
        assert_eq!(names, [("a".to_owned(), 3), ("b".to_owned(), 1)]);
        assert_eq!(models.verify("a").unwrap(), Verified::Same);
        fs::write(models.file("a"), "two").unwrap();
        fs::write(models.file("c"), "new").unwrap();
        assert_eq!(models.verify("a").unwrap(), Verified::Changed);
        assert_eq!(models.verify("b").unwrap(), Verified::Same);
        assert_eq!(models.verify("c").unwrap(), Verified::Unlisted);
        assert_eq!(models.read("b").unwrap(), b"2");
    }
}
