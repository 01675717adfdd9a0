//! Whether the file that is open is still the one that its path leads to.

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

/// A file that was opened, and may be taken away while it is in use: what is written to it then would be lost with the
/// process, although every write succeeds.
#[derive(Debug)]
pub(super) struct HeldFile {
    path: PathBuf,
    opened: Mutex<Option<Identity>>,
}

impl HeldFile {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            opened: Mutex::new(None),
        }
    }

    /// Notes that the file at the path is open from now on.
    pub(super) fn note_open(&self) {
        *self.opened.lock() = Identity::of(&self.path);
    }

    /// Why what is written would be lost; `None` while the path leads to the open file, or none has been opened yet.
    pub(super) fn loss(&self) -> Option<String> {
        let opened = (*self.opened.lock())?;
        let detail = match Identity::of(&self.path) {
            Some(found) if found == opened => return None,
            Some(_) => "was replaced while it was in use",
            None => "was taken away while it was in use",
        };
        Some(format!("{} {detail}", self.path.display()))
    }

    /// Whether a file was open and nothing is in its place: a new one there would hide the loss.
    pub(super) fn is_missing(&self) -> bool {
        self.opened.lock().is_some() && Identity::of(&self.path).is_none()
    }
}

/// Distinguishes a file from another at the same path, where the system can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let about = path.metadata().ok()?;
        Some(Self {
            device: about.dev(),
            inode: about.ino(),
        })
    }

    /// Elsewhere an open file can be neither moved nor replaced.
    #[cfg(not(unix))]
    fn of(path: &Path) -> Option<Self> {
        let _ = path.metadata().ok()?;
        Some(Self {
            device: 0,
            inode: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_moved_or_replaced_is_a_loss_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let [path, away] = ["file", "away"].map(|name| folder.path().join(name));
        let held = HeldFile::new(path.clone());
        assert_eq!(held.loss(), None, "nothing is open");
        std::fs::write(&path, "").unwrap();
        held.note_open();
        assert_eq!(held.loss(), None);
        std::fs::rename(&path, &away).unwrap();
        assert!(
            held.is_missing()
                && held
                    .loss()
                    .unwrap()
                    .ends_with("taken away while it was in use")
        );
        std::fs::write(&path, "").unwrap();
        assert!(
            !held.is_missing()
                && held
                    .loss()
                    .unwrap()
                    .ends_with("replaced while it was in use")
        );
        std::fs::rename(&away, &path).unwrap();
        assert_eq!(held.loss(), None);
    }
}
