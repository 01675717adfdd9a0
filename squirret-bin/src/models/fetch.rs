//! Packages, fetched with the machine's own package managers.

use super::{
    catalogue::{Manager, Package},
    progress::Progress,
};
use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What `pip` must be told so that it takes the one file whose digest we know, whatever machine this is.
const PIP_DOWNLOAD: [&str; 13] = [
    "download",
    "--no-deps",
    "--disable-pip-version-check",
    "--no-input",
    "--only-binary=:all:",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--platform",
    "manylinux_2_17_x86_64",
    "--platform",
    "manylinux2014_x86_64",
];

/// Ways to call `pip`, tried in turn: isolated, so that no module of the folder where the server happens to start, and
/// no variable of the environment, stands in for it.
const PIPS: [&[&str]; 4] = [
    &["python3", "-I", "-m", "pip"],
    &["python", "-I", "-m", "pip"],
    &["pip3"],
    &["pip"],
];
/// The first `pip` that tells its progress in numbers.
const PIP_WITH_RAW_PROGRESS: (u32, u32) = (24, 1);
/// Lines of a tool's complaint that are shown.
const COMPLAINT_LINES: usize = 4;

/// Why a package could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FetchError {
    /// None of the tools is here.
    #[error("none of these could be started: {}", .tried.join(", "))]
    NoTool {
        /// Their command lines.
        tried: Vec<String>,
    },
    /// The tool failed.
    #[error("{command} failed: {complaint}")]
    Failed {
        /// Its command line.
        command: String,
        /// The end of what it said.
        complaint: String,
    },
    /// The tool succeeded, but there is no file.
    #[error("{command} left no file")]
    NoFile {
        /// Its command line.
        command: String,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Fetches a package into an empty folder and tells the file.
pub(crate) fn fetch(
    package: &Package,
    into: &Path,
    progress: &Progress,
) -> Result<PathBuf, FetchError> {
    let (tool, arguments) = match package.manager {
        Manager::Pip => pip(package, into)?,
        Manager::Npm => npm(package, into),
    };
    let command = shown(&tool, &arguments);
    let complaints = into.join("complaints.txt");
    run(&tool, &arguments, into, &complaints, progress).map_err(|source| match source {
        RunError::Start => FetchError::NoTool {
            tried: vec![tool.join(" ")],
        },
        RunError::Io(error) => FetchError::Io(error),
        RunError::Failed => FetchError::Failed {
            command: command.clone(),
            complaint: tail(&complaints),
        },
    })?;
    let mut files = fs::read_dir(into)?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    let packaged = |path: &PathBuf| {
        matches!(
            path.extension().and_then(OsStr::to_str),
            Some("whl" | "tgz")
        )
    };
    files.find(packaged).ok_or(FetchError::NoFile { command })
}

/// The command that a person types to fetch it elsewhere.
pub(crate) fn by_hand(package: &Package) -> String {
    match package.manager {
        Manager::Pip => {
            let options: Vec<&str> = PIP_DOWNLOAD
                .into_iter()
                .filter(|o| !matches!(*o, "--disable-pip-version-check" | "--no-input"))
                .collect();
            format!(
                "python3 -m pip {} {}",
                options.join(" "),
                package.requirement
            )
        }
        Manager::Npm => format!("npm pack {}", package.requirement),
    }
}

fn pip(package: &Package, into: &Path) -> Result<(Vec<String>, Vec<String>), FetchError> {
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let Some((tool, version)) = PIPS
        .iter()
        .find_map(|tool| Some((owned(tool), pip_version(tool, into)?)))
    else {
        return Err(FetchError::NoTool {
            tried: PIPS.iter().map(|tool| tool.join(" ")).collect(),
        });
    };
    let mut arguments = owned(&PIP_DOWNLOAD);
    if version >= PIP_WITH_RAW_PROGRESS {
        arguments.push("--progress-bar=raw".into());
    }
    arguments.extend([
        "--dest".into(),
        into.display().to_string(),
        package.requirement.to_owned(),
    ]);
    Ok((tool, arguments))
}

fn npm(package: &Package, into: &Path) -> (Vec<String>, Vec<String>) {
    let destination = format!("--pack-destination={}", into.display());
    (
        vec!["npm".into()],
        vec!["pack".into(), destination, package.requirement.to_owned()],
    )
}

/// Major and minor version, `None` when it cannot be started.
fn pip_version(tool: &[&str], folder: &Path) -> Option<(u32, u32)> {
    let (program, first) = tool.split_first()?;
    let output = Command::new(program)
        .args(first)
        .arg("--version")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| parse_pip_version(&String::from_utf8_lossy(&output.stdout)))?
}

/// From `pip 23.2.1 from …`.
fn parse_pip_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said
        .strip_prefix("pip ")?
        .split([' ', '.'])
        .map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.unwrap_or(0)))
}

enum RunError {
    Start,
    Failed,
    Io(io::Error),
}

fn run(
    tool: &[String],
    arguments: &[String],
    folder: &Path,
    complaints: &Path,
    progress: &Progress,
) -> Result<(), RunError> {
    let (program, first) = tool.split_first().ok_or(RunError::Start)?;
    let mut child = Command::new(program)
        .args(first)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(complaints).map_err(RunError::Io)?)
        .spawn()
        .map_err(|_| RunError::Start)?;
    if let Some(said) = child.stdout.take() {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if let Some((done, total)) = parse_progress(&line) {
                progress.bytes(done, total);
            }
        }
    }
    let status = child.wait().map_err(RunError::Io)?;
    if status.success() {
        Ok(())
    } else {
        Err(RunError::Failed)
    }
}

/// From `Progress 1024 of 35664771`.
fn parse_progress(line: &str) -> Option<(u64, u64)> {
    let (done, total) = line.trim().strip_prefix("Progress ")?.split_once(" of ")?;
    Some((
        done.parse().ok()?,
        total.parse().ok().filter(|total| *total > 0)?,
    ))
}

fn tail(complaints: &Path) -> String {
    let text = fs::read_to_string(complaints).unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(COMPLAINT_LINES)..].join("; ")
}

fn shown(tool: &[String], arguments: &[String]) -> String {
    tool.iter()
        .chain(arguments)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{DETECTOR, LITE};
    use super::*;

    #[test]
    fn pips_words_are_understood() {
        assert_eq!(
            parse_pip_version("pip 23.2.1 from /usr (python 3.11)\n"),
            Some((23, 2))
        );
        assert_eq!(parse_pip_version("pip 24.1b1 from"), Some((24, 0)));
        assert_eq!(parse_pip_version("zsh: not found"), None);
        assert_eq!(
            parse_progress("Progress 1024 of 35664771"),
            Some((1024, 35_664_771))
        );
        assert_eq!(parse_progress("Progress 0 of 0"), None);
        assert_eq!(parse_progress("Collecting mediapipe==0.10.14"), None);
    }

    #[test]
    fn a_person_is_told_the_same_command() {
        insta::assert_snapshot!(by_hand(&DETECTOR.package), @"python3 -m pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 mediapipe==0.10.14");
        insta::assert_snapshot!(by_hand(&LITE.package), @"npm pack @mediapipe/pose@0.5.1675469404");
    }

    #[test]
    fn a_tool_that_fails_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let complaints = folder.path().join("complaints.txt");
        let tool = ["sh", "-c"].map(str::to_owned);
        let script = ["echo Progress 5 of 10; echo one >&2; echo two >&2; exit 3".to_owned()];
        let result = run(
            &tool,
            &script,
            folder.path(),
            &complaints,
            &Progress::hidden(),
        );
        assert!(matches!(result, Err(RunError::Failed)));
        assert_eq!(tail(&complaints), "one; two");
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let tool = ["squirret-has-no-such-tool".to_owned()];
        let result = run(
            &tool,
            &[],
            folder.path(),
            &folder.path().join("c"),
            &Progress::hidden(),
        );
        assert!(matches!(result, Err(RunError::Start)));
    }
}
