//! A single file of the user's own: `.tflite` or `.onnx`.

use super::{
    archive::{self, ArchiveError, MAX_MEMBER},
    catalogue::DETECTOR,
    folder::{FolderError, ModelFolder, read_text},
    load::LoadError,
    manifest::{BadManifest, parse_manifest},
};
use squirret::formats::FileKind;
use squirret::pose::{Network, tflite};
use std::{fs, io, path::Path};

/// Why a file could not be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImportFileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The name would not be that of a file in the folder.
    #[error("{name:?} is no name for a model: letters, digits, '-', '_' and '.' only")]
    Name {
        /// The name.
        name: String,
    },
    /// It cannot be converted.
    #[error(transparent)]
    Import(#[from] tflite::ImportError),
    /// It is a ZIP that cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A bundle describes itself.
    #[error("a .task bundle holds BlazePose, which needs no manifest")]
    BundleManifest,
    /// It is a file of another kind.
    #[error("it is {0} and no network: a .tflite, .onnx or .task file is needed")]
    Kind(FileKind),
    /// Its manifest is no good.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
    /// It is not as its manifest says.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Names of the networks in a bundle of MediaPipe's pose landmarker.
const BUNDLED_DETECTOR: &str = "pose_detector.tflite";
const BUNDLED_LANDMARKS: &str = "pose_landmarks_detector.tflite";
/// What the names of BlazePose's networks begin with, by which they are known without a manifest.
const BLAZEPOSE: &str = "blazepose";

/// What was imported.
#[derive(Debug)]
pub(crate) struct Imported {
    /// Its name in the folder.
    pub(crate) name: String,
    /// The network, whose inputs and outputs a user may want to see.
    pub(crate) network: Network,
    /// Whether the detector of a bundle was written; `Some(false)` when there was one already.
    pub(crate) detector: Option<bool>,
}

/// Puts a file's network into the folder as `name`, with its manifest if it has one, once it was loaded and run: converts a
/// `.tflite` file, takes a `.onnx` file as it is, and takes both networks out of a `.task` bundle, whose name then begins
/// with `blazepose`.
///
/// # Errors
/// [`ImportFileError`]; the folder is then as it was.
pub(crate) fn import_file(
    folder: &ModelFolder,
    path: &Path,
    manifest: Option<&Path>,
    name: &str,
) -> Result<Imported, ImportFileError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(ImportFileError::Name {
            name: name.to_owned(),
        });
    }
    let bytes = read_file(path)?;
    if bytes.starts_with(b"PK") {
        let networks = (
            archive::from_zip(path, BUNDLED_DETECTOR)?,
            archive::from_zip(path, BUNDLED_LANDMARKS)?,
        );
        return match networks {
            (Some(_), Some(_)) if manifest.is_some() => Err(ImportFileError::BundleManifest),
            (Some(detector), Some(landmarks)) => import_bundle(folder, name, &detector, &landmarks),
            _ => Err(ImportFileError::Kind(FileKind::of(&bytes))),
        };
    }
    let onnx = if bytes.get(4..8) == Some(b"TFL3") {
        tflite::to_onnx(&bytes)?
    } else {
        check_kind(&bytes)?;
        bytes
    };
    let text = match manifest {
        None => None,
        Some(path) => Some(read_text(path).map_err(|source| FolderError {
            path: path.to_owned(),
            source,
        })?),
    };
    let manifest = match (&text, manifest) {
        (Some(text), Some(path)) => Some(parse_manifest(path, text)?),
        _ => None,
    };
    let network = super::load::check(folder, name, manifest, &onnx)?;
    folder.locked(waits, || {
        folder.write(name, &onnx)?;
        text.map_or(Ok(()), |text| folder.write_manifest(name, &text))
    })??;
    Ok(Imported {
        name: name.to_owned(),
        network,
        detector: None,
    })
}

fn waits() {
    tracing::info!("waiting for another process that installs models");
}

fn import_bundle(
    folder: &ModelFolder,
    name: &str,
    detector: &[u8],
    landmarks: &[u8],
) -> Result<Imported, ImportFileError> {
    let name = if name.starts_with(BLAZEPOSE) {
        name.to_owned()
    } else {
        format!("{BLAZEPOSE}-{name}")
    };
    let landmarks = tflite::to_onnx(landmarks)?;
    let network = super::load::check(folder, &name, None, &landmarks)?;
    let needs_detector = !folder.has(DETECTOR.name);
    let detector = tflite::to_onnx(detector)?;
    super::load::check(folder, DETECTOR.name, None, &detector)?;
    folder.locked(waits, || {
        if needs_detector {
            folder.write(DETECTOR.name, &detector)?;
        }
        folder.write(&name, &landmarks)
    })??;
    Ok(Imported {
        name,
        network,
        detector: Some(needs_detector),
    })
}

/// Refuses what cannot be an ONNX file, which itself has no signature.
fn check_kind(bytes: &[u8]) -> Result<(), ImportFileError> {
    match FileKind::of(bytes) {
        FileKind::Binary => Ok(()),
        // Protobuf may begin with what looks like text, but goes on with bytes that are none.
        FileKind::Text
            if bytes
                .first()
                .is_some_and(|byte| *byte == 0x08 || *byte == 0x0a) =>
        {
            Ok(())
        }
        other => Err(ImportFileError::Kind(other)),
    }
}

/// A file's bytes, unless there are far more than a network has.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::metadata(path)?.len();
    if bytes > MAX_MEMBER {
        let message = format!("it has {bytes} bytes, at most {MAX_MEMBER} are allowed");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    fs::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        for name in ["", "../x", "a/b", ".hidden", "a b", "ä"] {
            let error = import_file(&folder, Path::new("nothing"), None, name).unwrap_err();
            assert!(matches!(error, ImportFileError::Name { .. }), "{name}");
        }
    }

    /// A folder of published networks; `None` without test data.
    fn published() -> Option<PathBuf> {
        let Some(shared) = std::env::var_os("SQUIRRET_TEST_DATA") else {
            eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
            return None;
        };
        Some(Path::new(&shared).join("models/tflite"))
    }

    #[test]
    fn a_bundle_holds_a_detector_and_landmarks() {
        use std::io::Write as _;
        let Some(published) = published() else { return };
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        let bundle = data.path().join("pose_landmarker_lite.task");
        let mut zip = zip::ZipWriter::new(fs::File::create(&bundle).unwrap());
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for (name, file) in [
            (BUNDLED_DETECTOR, "pose_detection.tflite"),
            (BUNDLED_LANDMARKS, "pose_landmark_lite.tflite"),
        ] {
            zip.start_file(name, stored).unwrap();
            zip.write_all(&fs::read(published.join(file)).unwrap())
                .unwrap();
        }
        zip.finish().unwrap();
        let imported = import_file(&folder, &bundle, None, "pose_landmarker_lite").unwrap();
        assert_eq!(
            (imported.name.as_str(), imported.detector),
            ("blazepose-pose_landmarker_lite", Some(true))
        );
        assert_eq!(
            super::super::load(&folder, &imported.name).unwrap().model(),
            imported.name
        );
        let again = import_file(&folder, &bundle, None, "blazepose-lite").unwrap();
        assert_eq!(
            (again.name.as_str(), again.detector),
            ("blazepose-lite", Some(false))
        );

        let empty = data.path().join("weights.pt");
        let mut zip = zip::ZipWriter::new(fs::File::create(&empty).unwrap());
        zip.start_file("data.pkl", stored).unwrap();
        zip.finish().unwrap();
        let error = import_file(&folder, &empty, None, "weights")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a ZIP archive") && error.contains("no network"),
            "{error}"
        );
    }

    #[test]
    fn files_that_are_no_networks_are_told_what_they_are() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        for (content, words) in [
            (
                &b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"[..],
                "git lfs pull",
            ),
            (b"<!DOCTYPE html><html>", "a web page"),
            (b"", "an empty file"),
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
        ] {
            let file = data.path().join("x.onnx");
            fs::write(&file, content).unwrap();
            let error = import_file(&folder, &file, None, "x")
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_no_network_is_not_kept() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        let file = data.path().join("x.onnx");
        fs::write(&file, "no network").unwrap();
        assert!(matches!(
            import_file(&folder, &file, None, "x"),
            Err(ImportFileError::Kind(FileKind::Text))
        ));
        assert!(!folder.has("x"));
    }
}
