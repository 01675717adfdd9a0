//! `squirret completions` and `squirret man`.

use std::{io, path::PathBuf};

use clap::Args;
use clap_complete::Shell;

/// For which shell.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Where the manual goes.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Folder for the pages; it is created if need be.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints the completions on standard output.
pub(super) fn print(args: &CompletionsArgs) {
    // Into memory first: the generator panics when nobody reads its output to the end.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::whole(), "squirret", &mut script);
    print!("{}", String::from_utf8_lossy(&script));
}

/// Writes `squirret.1` and a page for each command, such as `squirret-serve.1`.
pub(super) fn write_manual(args: &ManArgs) -> io::Result<()> {
    std::fs::create_dir_all(&args.folder)?;
    clap_mangen::generate_to(super::whole(), &args.folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_every_shell_completions() {
        let folder = tempfile::tempdir().unwrap();
        let args = ManArgs {
            folder: folder.path().join("man"),
        };
        write_manual(&args).unwrap();
        for page in ["squirret.1", "squirret-serve.1", "squirret-simulate.1"] {
            let text = std::fs::read_to_string(args.folder.join(page)).unwrap();
            assert!(text.contains("squirret"), "{page}");
        }
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut super::super::whole(), "squirret", &mut script);
            assert!(String::from_utf8(script).unwrap().contains("simulate"));
        }
    }
}
