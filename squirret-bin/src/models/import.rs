//! A single file of the user's own: `.tflite` or `.onnx`.

use super::{
    archive::MAX_MEMBER,
    folder::{FolderError, ModelFolder, read_text},
    load::LoadError,
};
use squirret::pose::{Manifest, ManifestError, ModelError, Network, tflite};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

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
    /// It cannot be run.
    #[error(transparent)]
    Model(#[from] ModelError),
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

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .path.display())]
pub(crate) struct BadManifest {
    /// Its file.
    path: PathBuf,
    /// The key and its rule.
    source: ManifestError,
}

/// Converts a `.tflite` file, or takes a `.onnx` file as it is, and puts it into the folder as `name`, with its
/// manifest if it has one, once it has been loaded. Gives the network, so that its inputs and outputs can be told.
///
/// # Errors
/// [`ImportFileError`]; the folder is then as it was.
pub(crate) fn import_file(
    folder: &ModelFolder,
    path: &Path,
    manifest: Option<&Path>,
    name: &str,
) -> Result<Network, ImportFileError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(ImportFileError::Name {
            name: name.to_owned(),
        });
    }
    let bytes = read_file(path)?;
    let is_tflite = bytes.get(4..8) == Some(b"TFL3");
    let onnx = if is_tflite {
        tflite::to_onnx(&bytes)?
    } else {
        bytes
    };
    let text = match manifest {
        None => None,
        Some(path) => Some(read_text(path).map_err(|source| FolderError {
            path: path.to_owned(),
            source,
        })?),
    };
    let network = match (&text, manifest) {
        (Some(text), Some(path)) => {
            let manifest = parse_manifest(path, text)?;
            Network::load_sized(name, &onnx, &manifest.input_shape())?
        }
        _ => Network::load(name, &onnx)?,
    };
    if let Some(text) = &text {
        // Whether the outputs are as the manifest says shows only now.
        let path = manifest.unwrap_or(path);
        super::load::custom(folder, name, parse_manifest(path, text)?, &onnx)?;
    }
    folder.locked(
        || tracing::info!("waiting for another process that installs models"),
        || {
            folder.write(name, &onnx)?;
            text.map_or(Ok(()), |text| folder.write_manifest(name, &text))
        },
    )??;
    Ok(network)
}

/// A manifest, or an error that names its file.
pub(crate) fn parse_manifest(path: &Path, text: &str) -> Result<Manifest, BadManifest> {
    Manifest::parse(text).map_err(|source| BadManifest {
        path: path.to_owned(),
        source,
    })
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

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        for name in ["", "../x", "a/b", ".hidden", "a b", "ä"] {
            let error = import_file(&folder, Path::new("nothing"), None, name).unwrap_err();
            assert!(matches!(error, ImportFileError::Name { .. }), "{name}");
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
            Err(ImportFileError::Model(_))
        ));
        assert!(!folder.has("x"));
    }
}
