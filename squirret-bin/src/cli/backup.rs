//! `squirret backup`.

use std::path::PathBuf;

use clap::Args;

use crate::{config::Config, store};

/// Where the copy goes.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The copy; a file that is there is not overwritten.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Copies the store, also while a server writes it.
///
/// # Errors
/// Whatever ended it, for people.
pub(super) fn run(config: &Config, args: &BackupArgs) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = store::backup(&store::path(config), &args.file)?;
    println!("{}: {:.1} MB", args.file.display(), bytes as f64 / 1e6);
    Ok(())
}
