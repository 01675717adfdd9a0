//! Installing: fetch, check, unpack, convert, write; once, whoever asks at the same time.

use super::{
    archive::{self, ArchiveError},
    catalogue::{Artefact, DETECTOR, FULL, Package},
    digest,
    fetch::{self, FetchError},
    folder::{FolderError, ModelFolder},
    import::read_file,
    progress::Progress,
};
use squirret::pose::{BlazePose, tflite};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why networks could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum InstallError {
    /// The folder is the user's.
    #[error("{} was named as the folder of models: it is used as it is, and nothing is installed there", .path.display())]
    NotManaged {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The package could not be had. The message tells what to do on a machine without internet.
    #[error("{requirement} could not be fetched: {source}\n{instructions}")]
    Fetch {
        /// Which package.
        requirement: &'static str,
        /// Why.
        source: FetchError,
        /// What a person can do.
        instructions: String,
    },
    /// It is not the file that it should be.
    #[error("{} is not the published file: its sha256 is {found}, not {expected}", .path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A package cannot be read.
    #[error("{}: {source}", .path.display())]
    Archive {
        /// The package.
        path: PathBuf,
        /// Why.
        source: ArchiveError,
    },
    /// None of the given files holds it.
    #[error("{name} ({published}) is in none of the given files")]
    NotGiven {
        /// What it is called here.
        name: &'static str,
        /// The network's file.
        published: &'static str,
    },
    /// The file cannot be converted.
    #[error("{published}: {source}")]
    Import {
        /// The network's file.
        published: &'static str,
        /// Why.
        source: tflite::ImportError,
    },
    /// The converted network cannot be used.
    #[error(transparent)]
    Model(#[from] squirret::pose::ModelError),
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Installed {
    /// Networks that were written.
    pub(crate) written: Vec<&'static str>,
    /// Networks that were there.
    pub(crate) present: Vec<&'static str>,
}

/// Installs what is missing of `wanted`: from the files in `from` (wheels, node packages or `.tflite` files), or,
/// when there are none, from the packages that are published. Waits while another process does the same.
///
/// # Errors
/// [`InstallError`]; nothing half-written is left behind.
pub(crate) fn install(
    folder: &ModelFolder,
    wanted: &[Artefact],
    from: &[PathBuf],
    progress: &Progress,
) -> Result<Installed, InstallError> {
    if !folder.is_managed() {
        return Err(InstallError::NotManaged {
            path: folder.path().to_owned(),
        });
    }
    let waits = || progress.step("waiting for another process that installs models");
    folder.locked(waits, || install_all(folder, wanted, from, progress))?
}

fn install_all(
    folder: &ModelFolder,
    wanted: &[Artefact],
    from: &[PathBuf],
    progress: &Progress,
) -> Result<Installed, InstallError> {
    let work = tempfile::tempdir_in(folder.path()).map_err(|source| FolderError {
        path: folder.path().to_owned(),
        source,
    })?;
    let mut sources = Sources {
        given: from,
        fetched: Vec::new(),
        work: work.path(),
        progress,
    };
    let mut installed = Installed::default();
    for artefact in wanted {
        if folder.has(artefact.name) && !sources.gives(artefact)? {
            installed.present.push(artefact.name);
            continue;
        }
        let onnx = match sources.find(artefact)? {
            Taken::Tflite(bytes) => {
                progress.step(&format!("converting {}", artefact.published));
                convert(artefact, &bytes)?
            }
            Taken::Onnx(bytes) => bytes,
        };
        check(artefact, &onnx)?;
        folder.write(artefact.name, &onnx)?;
        installed.written.push(artefact.name);
    }
    Ok(installed)
}

/// What a source holds.
enum Taken {
    /// The published file.
    Tflite(Vec<u8>),
    /// What it was converted to, here or on another machine.
    Onnx(Vec<u8>),
}

fn convert(artefact: &Artefact, tflite: &[u8]) -> Result<Vec<u8>, InstallError> {
    tflite::to_onnx(tflite).map_err(|source| InstallError::Import {
        published: artefact.published,
        source,
    })
}

/// What is installed can be run, and is what it is called.
fn check(artefact: &Artefact, onnx: &[u8]) -> Result<(), InstallError> {
    if *artefact == DETECTOR {
        BlazePose::check_detector(onnx)?;
    } else {
        BlazePose::check_landmarks(artefact.name, onnx)?;
    }
    Ok(())
}

/// Where networks are taken from.
struct Sources<'a> {
    given: &'a [PathBuf],
    fetched: Vec<(Package, PathBuf)>,
    work: &'a Path,
    progress: &'a Progress,
}

impl Sources<'_> {
    /// Whether one of the given files holds a network.
    fn gives(&self, artefact: &Artefact) -> Result<bool, InstallError> {
        for path in self.given {
            if take(path, artefact)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A network, checked.
    fn find(&mut self, artefact: &Artefact) -> Result<Taken, InstallError> {
        let not_given = InstallError::NotGiven {
            name: artefact.name,
            published: artefact.published,
        };
        if self.given.is_empty() {
            let package = self.package(artefact)?;
            return take(&package, artefact)?.ok_or(not_given);
        }
        for path in self.given {
            if let Some(taken) = take(path, artefact)? {
                return Ok(taken);
            }
        }
        Err(not_given)
    }

    /// The file of the package that holds a network, fetched once and checked.
    fn package(&mut self, artefact: &Artefact) -> Result<PathBuf, InstallError> {
        let package = artefact.package;
        if let Some((_, path)) = self.fetched.iter().find(|(fetched, _)| *fetched == package) {
            return Ok(path.clone());
        }
        let megabytes = package.bytes / 1_000_000;
        self.progress.step(&format!(
            "fetching {} ({megabytes} MB)",
            package.requirement
        ));
        let into = self.work.join(self.fetched.len().to_string());
        let failed = |source| InstallError::Fetch {
            requirement: package.requirement,
            source,
            instructions: instructions(artefact),
        };
        fs::create_dir(&into).map_err(|error| failed(FetchError::Io(error)))?;
        let path = fetch::fetch(&package, &into, self.progress).map_err(failed)?;
        self.progress.step("checking it");
        let found = digest::of_file(&path).map_err(|error| failed(FetchError::Io(error)))?;
        if found != package.sha256 {
            return Err(InstallError::Digest {
                path,
                expected: package.sha256,
                found,
            });
        }
        self.fetched.push((package, path.clone()));
        Ok(path)
    }
}

/// What to do when nothing can be fetched from here.
pub(crate) fn instructions(artefact: &Artefact) -> String {
    let which = match artefact.short_name() {
        "detector" | "full" => String::new(),
        other => format!(" {other}"),
    };
    format!(
        "Without internet, run this on a machine that has it:\n    {}\ncopy the file here, and run:\n    squirret models install{which} --from FILE\nOr set SQUIRRET_MODEL_DIR to a folder that holds {}.onnx and {}.onnx.",
        fetch::by_hand(&artefact.package),
        DETECTOR.name,
        if *artefact == DETECTOR {
            FULL.name
        } else {
            artefact.name
        },
    )
}

/// Takes a network's published file out of a package, or the file itself, or an ONNX file by its name; `None` when it
/// is not in there.
fn take(path: &Path, artefact: &Artefact) -> Result<Option<Taken>, InstallError> {
    let failed = |source| InstallError::Archive {
        path: path.to_owned(),
        source,
    };
    let mut start = [0; 8];
    let read = fs::File::open(path).and_then(|mut file| io::Read::read(&mut file, &mut start));
    let read = read.map_err(|error| failed(error.into()))?;
    let bytes = match &start[..read] {
        [b'P', b'K', ..] => archive::from_zip(path, artefact.published).map_err(failed)?,
        [0x1f, 0x8b, ..] => from_node_package(path, artefact).map_err(failed)?,
        [_, _, _, _, b'T', b'F', b'L', b'3'] => {
            let bytes = read_file(path).map_err(|error| failed(error.into()))?;
            // A single file is known by its digest alone: its name may be any.
            let known = Artefact::by_digest(&digest::of_bytes(&bytes));
            return Ok((known == Some(*artefact)).then_some(Taken::Tflite(bytes)));
        }
        _ if path.file_name() == Some(format!("{}.onnx", artefact.name).as_ref()) => {
            let bytes = read_file(path).map_err(|error| failed(error.into()))?;
            return Ok(Some(Taken::Onnx(bytes)));
        }
        _ => None,
    };
    let Some(bytes) = bytes else { return Ok(None) };
    let found = digest::of_bytes(&bytes);
    if !artefact.has_digest(&found) {
        return Err(InstallError::Digest {
            path: path.join(artefact.published),
            expected: artefact.sha256,
            found,
        });
    }
    Ok(Some(Taken::Tflite(bytes)))
}

/// The published file, or the one that the node package packs it into.
fn from_node_package(path: &Path, artefact: &Artefact) -> Result<Option<Vec<u8>>, ArchiveError> {
    let published = archive::from_tgz(path, artefact.published)?;
    match (published, artefact.also) {
        (None, Some((packed, _))) => archive::from_tgz(path, packed),
        (published, _) => Ok(published),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(data: &Path) -> ModelFolder {
        ModelFolder::new(None, data)
    }

    #[test]
    fn a_folder_that_the_user_named_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        let named = ModelFolder::new(Some(data.path().to_owned()), data.path());
        let error = install(&named, &Artefact::DEFAULT, &[], &Progress::hidden()).unwrap_err();
        assert!(matches!(error, InstallError::NotManaged { .. }));
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_given_file_that_is_something_else_is_refused_and_nothing_is_left() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("x.tflite");
        fs::write(&file, b"\x1c\0\0\0TFL3 and not more").unwrap();
        let error = install(
            &folder(data.path()),
            &Artefact::DEFAULT,
            &[file],
            &Progress::hidden(),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "blazepose-detector (pose_detection.tflite) is in none of the given files"
        );
        let left: Vec<_> = fs::read_dir(data.path().join("models"))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(left, [super::super::folder::LOCK]);
    }

    #[test]
    fn a_package_with_another_network_in_it_is_refused() {
        use std::io::Write as _;
        let data = tempfile::tempdir().unwrap();
        let wheel = data.path().join("x.whl");
        let mut zip = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
        zip.start_file(
            "modules/pose_detection.tflite",
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
        zip.write_all(b"not the published one").unwrap();
        zip.finish().unwrap();
        let error = install(
            &folder(data.path()),
            &Artefact::DEFAULT,
            &[wheel],
            &Progress::hidden(),
        )
        .unwrap_err();
        assert!(matches!(error, InstallError::Digest { .. }), "{error}");
    }

    #[test]
    fn what_is_there_is_not_fetched_again() {
        let data = tempfile::tempdir().unwrap();
        let folder = folder(data.path());
        fs::create_dir_all(folder.path()).unwrap();
        for artefact in Artefact::DEFAULT {
            folder.write(artefact.name, b"there").unwrap();
        }
        let installed = install(&folder, &Artefact::DEFAULT, &[], &Progress::hidden()).unwrap();
        assert_eq!(
            installed.present,
            Artefact::DEFAULT.map(|artefact| artefact.name)
        );
        assert_eq!(installed.written, [""; 0]);
    }

    #[test]
    fn without_internet_a_person_is_told_what_to_do() {
        let text = instructions(&Artefact::DEFAULT[1]);
        assert!(
            text.contains("pip download") && text.contains("mediapipe==0.10.14"),
            "{text}"
        );
        assert!(
            text.contains("squirret models install --from FILE"),
            "{text}"
        );
    }

    #[test]
    fn published_files_are_installed_and_run() {
        let Some(shared) = std::env::var_os("SQUIRRET_TEST_DATA") else {
            eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
            return;
        };
        let published = Path::new(&shared).join("models/tflite");
        let from = Artefact::DEFAULT.map(|artefact| published.join(artefact.published));
        let data = tempfile::tempdir().unwrap();
        let folder = folder(data.path());
        let installed = install(&folder, &Artefact::DEFAULT, &from, &Progress::hidden()).unwrap();
        assert_eq!(installed.written, ["blazepose-detector", "blazepose-full"]);
        let estimator = super::super::load(&folder, FULL.name).unwrap();
        assert_eq!(estimator.model(), "blazepose-full");
        for artefact in Artefact::DEFAULT {
            assert_eq!(
                folder.verify(artefact.name).unwrap(),
                super::super::Verified::Same
            );
        }
    }
}
