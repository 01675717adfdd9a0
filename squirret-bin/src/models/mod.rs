//! Pose models on this machine: where they are, how they get there, how they are loaded.
//!
//! Weights are not part of the program. They come from the packages that their makers publish, fetched with the
//! machine's own `pip` or `npm`, checked against known digests and converted here. A folder that the user names is
//! used as it is.

mod archive;
mod catalogue;
mod digest;
mod fetch;
mod folder;
mod import;
mod install;
mod load;
mod manifest;
mod progress;

pub(crate) use catalogue::{Artefact, DETECTOR};
pub(crate) use folder::{Entry, ModelFolder, Verified};
pub(crate) use import::{Imported, import_file};
pub(crate) use install::{InstallError, install};
pub(crate) use load::{LoadError, Loaded, check, load, load_with_lite, missing};
pub(crate) use manifest::parse_manifest;
pub(crate) use progress::Progress;
