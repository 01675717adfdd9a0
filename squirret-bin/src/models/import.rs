//! A single file of the user's own: `.tflite` or `.onnx`.

use super::{
    archive::MAX_MEMBER,
    folder::{FolderError, ModelFolder},
};
use squirret::pose::{ModelError, Network, tflite};
use std::{fs, io, path::Path};

/// Why a file could not be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImportFileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Far larger than a pose network.
    #[error("it has {bytes} bytes, at most {MAX_MEMBER} are allowed")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
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
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Converts a `.tflite` file, or takes a `.onnx` file as it is, and puts it into the folder as `name` once it has
/// been loaded. Gives the network, so that its inputs and outputs can be told.
///
/// # Errors
/// [`ImportFileError`].
pub(crate) fn import_file(
    folder: &ModelFolder,
    path: &Path,
    name: &str,
) -> Result<Network, ImportFileError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(ImportFileError::Name {
            name: name.to_owned(),
        });
    }
    let bytes = fs::metadata(path)?.len();
    if bytes > MAX_MEMBER {
        return Err(ImportFileError::TooLarge { bytes });
    }
    let bytes = fs::read(path)?;
    let is_tflite = bytes.get(4..8) == Some(b"TFL3");
    let onnx = if is_tflite {
        tflite::to_onnx(&bytes)?
    } else {
        bytes
    };
    let network = Network::load(name, &onnx)?;
    fs::create_dir_all(folder.path())?;
    folder.write(name, &onnx)?;
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        for name in ["", "../x", "a/b", ".hidden", "a b", "ä"] {
            let error = import_file(&folder, Path::new("nothing"), name).unwrap_err();
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
            import_file(&folder, &file, "x"),
            Err(ImportFileError::Model(_))
        ));
        assert!(!folder.has("x"));
    }
}
