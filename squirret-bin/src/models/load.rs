//! From the folder to an estimator.

use super::{
    catalogue::{self, Artefact},
    folder::{FolderError, ModelFolder},
};
use squirret::pose::{BlazePose, ModelError, MoveNet, PoseEstimator};
use std::{path::PathBuf, sync::Arc};

/// What a server runs unless told otherwise.
pub(crate) const DEFAULT_MODEL: &str = catalogue::FULL.name;

/// Why there is no estimator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoadError {
    /// Its files are not there.
    #[error("no pose model: {} is not there; run `squirret models install`, or set SQUIRRET_MODEL_DIR to a folder that holds it", .path.display())]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A network cannot be run.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Loads the model `name` from the folder: `blazepose-…` with its detector, or `movenet-…`.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn load(folder: &ModelFolder, name: &str) -> Result<Arc<dyn PoseEstimator>, LoadError> {
    if name.starts_with("movenet") {
        return Ok(Arc::new(MoveNet::from_onnx(name, &read(folder, name)?)?));
    }
    let detector = read(folder, catalogue::DETECTOR.name)?;
    Ok(Arc::new(BlazePose::from_onnx(
        name,
        &detector,
        &read(folder, name)?,
    )?))
}

fn read(folder: &ModelFolder, name: &str) -> Result<Vec<u8>, LoadError> {
    if !folder.has(name) {
        return Err(LoadError::Missing {
            path: folder.file(name),
        });
    }
    Ok(folder.read(name)?)
}

impl Artefact {
    /// Whether all that the default model needs is there.
    pub(crate) fn defaults_are_in(folder: &ModelFolder) -> bool {
        Self::DEFAULT
            .iter()
            .all(|artefact| folder.has(artefact.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_says_what_to_run() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        let error = load(&folder, DEFAULT_MODEL).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("blazepose-detector.onnx"), "{text}");
        assert!(text.contains("squirret models install"), "{text}");
        assert!(!Artefact::defaults_are_in(&folder));
    }
}
