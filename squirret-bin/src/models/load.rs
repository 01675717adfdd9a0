//! From the folder to an estimator.

use super::{
    catalogue::{self, Artefact},
    folder::{FolderError, ModelFolder},
    manifest::{BadManifest, parse_manifest},
};
use squirret::pose::{
    BlazePose, CustomPose, Dispatch, Manifest, ModelError, Network, Policy, PoseEstimator,
};
use std::{path::PathBuf, sync::Arc};

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
    /// Nobody says how the network is fed and read.
    #[error("model {name} is neither BlazePose nor MoveNet: describe it in {}", .path.display())]
    NoManifest {
        /// Which one.
        name: String,
        /// Where its manifest should be.
        path: PathBuf,
    },
    /// The manifest is no good.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
    /// A network cannot be run.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Loads the model `name` from the folder: by its manifest if it has one, else BlazePose with its detector, or MoveNet.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn load(folder: &ModelFolder, name: &str) -> Result<Arc<dyn PoseEstimator>, LoadError> {
    if let Some(text) = folder.manifest(name)? {
        let manifest = parse_manifest(&folder.manifest_file(name), &text)?;
        return Ok(Arc::new(custom(
            folder,
            name,
            manifest,
            &read(folder, name)?,
        )?));
    }
    if name.starts_with("movenet") {
        return Ok(Arc::new(CustomPose::movenet(name, &read(folder, name)?)?));
    }
    if !name.starts_with("blazepose") && folder.has(name) {
        return Err(LoadError::NoManifest {
            name: name.to_owned(),
            path: folder.manifest_file(name),
        });
    }
    Ok(blazepose(folder, name, false, Dispatch::AutoBf16)?.usual)
}

/// A model, and the lighter one that takes over from it under overload.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) usual: Arc<dyn PoseEstimator>,
    pub(crate) lite: Option<Arc<dyn PoseEstimator>>,
}

/// Loads the model `name` with BlazePose's landmarks on `dispatch`, and, if it is wanted, there, and of the same family, the lite one.
///
/// # Errors
/// [`LoadError`]. A lite model that cannot be loaded is told in the log and done without.
pub(crate) fn load_with_lite(
    folder: &ModelFolder,
    name: &str,
    lite: bool,
    dispatch: Dispatch,
) -> Result<Loaded, LoadError> {
    if name.starts_with("blazepose") && folder.manifest(name)?.is_none() {
        return blazepose(folder, name, lite, dispatch);
    }
    Ok(Loaded {
        usual: load(folder, name)?,
        lite: None,
    })
}

/// Networks are made ready one after the other: what each needs only meanwhile is several times its own size, and a
/// thread of its own would keep it. Both models share one detector.
fn blazepose(
    folder: &ModelFolder,
    name: &str,
    lite: bool,
    dispatch: Dispatch,
) -> Result<Loaded, LoadError> {
    let landmarks = network(folder, name, dispatch)?;
    let detector = Arc::new(network(folder, catalogue::DETECTOR.name, Dispatch::Auto)?);
    let usual = BlazePose::new(name, Arc::clone(&detector), landmarks)?;
    let lighter = catalogue::LITE.name;
    let wants_lite = lite && name != lighter && folder.has(lighter);
    let lite = wants_lite.then(|| {
        let network = network(folder, lighter, dispatch)?;
        Ok::<_, LoadError>(BlazePose::new(lighter, detector, network)?)
    });
    Ok(Loaded {
        usual: Arc::new(usual),
        lite: lite.and_then(|lite| {
            lite.inspect_err(|error| tracing::warn!(%error, "no lite model"))
                .ok()
                .map(|lite| Arc::new(lite) as Arc<dyn PoseEstimator>)
        }),
    })
}

fn network(folder: &ModelFolder, name: &str, dispatch: Dispatch) -> Result<Network, LoadError> {
    Ok(Network::load_with(name, &read(folder, name)?, dispatch)?)
}

/// Loads a network as [`load`] would under that name, and runs it once; import and verification both ask here. A network
/// without a manifest whose name is not known has only to run.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn check(
    folder: &ModelFolder,
    name: &str,
    manifest: Option<Manifest>,
    onnx: &[u8],
) -> Result<Network, LoadError> {
    let network = match manifest {
        Some(manifest) => custom(folder, name, manifest, onnx)?.into_network(),
        None if name.starts_with("movenet") => CustomPose::movenet(name, onnx)?.into_network(),
        None => Network::load(name, onnx)?,
    };
    network.try_run()?;
    if name == catalogue::DETECTOR.name {
        BlazePose::check_detector(onnx)?;
    } else if name.starts_with("blazepose") && folder.manifest(name)?.is_none() {
        BlazePose::check_landmarks(name, onnx)?;
    }
    Ok(network)
}

/// The user's own network, with the folder's detector when its manifest asks for one.
pub(crate) fn custom(
    folder: &ModelFolder,
    name: &str,
    manifest: Manifest,
    onnx: &[u8],
) -> Result<CustomPose, LoadError> {
    let detector = match manifest.policy() {
        Policy::Detector => Some(read(folder, catalogue::DETECTOR.name)?),
        _ => None,
    };
    Ok(CustomPose::from_onnx(
        name,
        manifest,
        onnx,
        detector.as_deref(),
    )?)
}

fn read(folder: &ModelFolder, name: &str) -> Result<Vec<u8>, LoadError> {
    if !folder.has(name) {
        return Err(LoadError::Missing {
            path: folder.file(name),
        });
    }
    Ok(folder.read(name)?)
}

/// What can be installed of what the model `name` needs and is not there.
pub(crate) fn missing(folder: &ModelFolder, name: &str) -> Vec<Artefact> {
    let mut needed = Artefact::by_name(name).map_or_else(Vec::new, Artefact::with_detector);
    needed.retain(|artefact| !folder.has(artefact.name));
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_says_what_to_run() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(None, data.path());
        let error = load(&folder, catalogue::FULL.name).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("blazepose-full.onnx"), "{text}");
        assert!(text.contains("squirret models install"), "{text}");
        assert_eq!(missing(&folder, catalogue::FULL.name), Artefact::DEFAULT);
        assert_eq!(missing(&folder, "mine"), []);
    }

    #[test]
    fn a_model_of_the_user_s_needs_a_manifest_and_the_error_names_file_key_and_rule() {
        let data = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(Some(data.path().to_owned()), data.path());
        std::fs::write(folder.file("mine"), "no network").unwrap();
        let text = load(&folder, "mine").unwrap_err().to_string();
        assert!(text.contains("mine.toml"), "{text}");

        std::fs::write(
            folder.manifest_file("mine"),
            "[input]\nsize = [8, 8]\n[output]\nkind = \"simcc\"\n[keypoints]\nnames = \"coco17\"\n",
        )
        .unwrap();
        let text = load(&folder, "mine").unwrap_err().to_string();
        assert!(
            text.ends_with("mine.toml: input.size must be [width, height], each 16 to 1024 px"),
            "{text}"
        );
    }
}
