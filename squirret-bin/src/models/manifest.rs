//! Manifests of models, as files.

use std::path::{Path, PathBuf};

use squirret::pose::{Manifest, ManifestError};

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .path.display())]
pub(crate) struct BadManifest {
    /// Its file.
    path: PathBuf,
    /// The key and its rule.
    source: ManifestError,
}

/// Parses a manifest.
///
/// # Errors
/// [`BadManifest`], which names the file, when it cannot be used.
pub(crate) fn parse_manifest(path: &Path, text: &str) -> Result<Manifest, BadManifest> {
    Manifest::parse(text).map_err(|source| BadManifest {
        path: path.to_owned(),
        source,
    })
}
