//! The command line.

mod backup;
mod config;
mod models;
mod replay;
mod report;
mod serve;
mod simulate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, Problem, Sources};

/// Squirret: coaches squats from smart insoles and a camera.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve both planes (what happens without a subcommand).
    Serve,
    /// Print the effective configuration as TOML, secrets hidden.
    Config(config::ConfigArgs),
    /// Squat virtually against a running server: insoles over HTTP, frames over WebSocket.
    Simulate(Box<simulate::SimulateArgs>),
    /// Run recordings, keypoint clips, folders of pictures or insole tables through the coach.
    Replay(replay::ReplayArgs),
    /// Write the report of a recording, as a page, JSON or a table of the repetitions.
    Report(report::ReportArgs),
    /// Copy the store into a file, also while a server writes it.
    Backup(backup::BackupArgs),
    /// List, install, import, check and time pose models.
    Models(models::ModelsArgs),
}

/// Settings that are stronger than the environment and the file.
#[derive(Debug, Args)]
struct Settings {
    /// TOML file with settings; without it `squirret.toml` is read if it is there.
    #[arg(long, global = true, env = "SQUIRRET_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Any setting by its key, such as limits.enabled=off.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Planes of this process: control, inference or all.
    #[arg(long, global = true)]
    role: Option<String>,
    /// Where the control plane listens.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    control_listen: Option<String>,
    /// Where the inference plane listens.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    inference_listen: Option<String>,
    /// Folder with pose models, used as it is.
    #[arg(long, global = true, value_name = "DIR")]
    model_dir: Option<String>,
    /// Folder for what lasts.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Record every session into this folder.
    #[arg(long, global = true, value_name = "DIR")]
    record: Option<String>,
    /// Do not install a missing pose model.
    #[arg(long, global = true)]
    no_model_install: bool,
    /// Let a simulated person squat, so that the page shows everything without hardware.
    #[arg(long, global = true)]
    demo: bool,
    /// File that is written when both planes listen.
    #[arg(long, global = true, value_name = "FILE")]
    ready_file: Option<String>,
    /// What is logged, such as info or squirret=debug,warn.
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

/// Read when it is there and no other file is named.
const DEFAULT_FILE: &str = "squirret.toml";

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// Whatever ended it, for people.
    pub(crate) fn run(self) -> Result<(), Box<dyn std::error::Error>> {
        let config = self.settings.load();
        match self.command {
            None | Some(Command::Serve) => serve::run(config?),
            Some(Command::Config(args)) => config::run(config, &args),
            Some(Command::Simulate(args)) => simulate::run(*args),
            Some(Command::Replay(args)) => replay::run(&config?, &args),
            Some(Command::Report(args)) => report::run(&config?, &args),
            Some(Command::Backup(args)) => backup::run(&config?, &args),
            Some(Command::Models(args)) => models::run(&config?, &args),
        }
    }
}

impl Settings {
    fn load(&self) -> Result<Config, ConfigError> {
        let mut problems = Vec::new();
        let file = self.file().unwrap_or_else(|problem| {
            problems.push(problem);
            toml::Table::new()
        });
        let flags = self.flags().unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let mut sources = Sources::new(file, std::env::vars_os().filter_map(as_text), flags);
        sources.problems = problems;
        Config::load(sources)
    }

    fn file(&self) -> Result<toml::Table, Problem> {
        let (path, required) = match &self.config {
            Some(path) => (path.clone(), true),
            None => (DEFAULT_FILE.into(), false),
        };
        let refuse = |message: String| Problem {
            key: path.display().to_string(),
            source: "file".into(),
            message,
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => text
                .parse()
                .map_err(|error: toml::de::Error| refuse(error.to_string())),
            Err(error) if !required && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(toml::Table::new())
            }
            Err(error) => Err(refuse(error.to_string())),
        }
    }

    fn flags(&self) -> Result<Vec<(String, String)>, Problem> {
        let named = [
            ("server.role", &self.role),
            ("control.listen", &self.control_listen),
            ("inference.listen", &self.inference_listen),
            ("model.dir", &self.model_dir),
            ("data.dir", &self.data_dir),
            ("record.dir", &self.record),
            ("server.ready_file", &self.ready_file),
            ("log.filter", &self.log),
        ];
        let mut flags: Vec<(String, String)> = named
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
            .collect();
        if self.no_model_install {
            flags.push(("model.install".into(), "off".into()));
        }
        if self.demo {
            flags.push(("server.demo".into(), "on".into()));
        }
        for set in &self.set {
            let (key, value) = set.split_once('=').ok_or_else(|| Problem {
                key: set.clone(),
                source: "flag".into(),
                message: "must be KEY=VALUE".into(),
            })?;
            flags.push((key.trim().to_owned(), value.to_owned()));
        }
        Ok(flags)
    }
}

fn as_text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_reach_their_keys() {
        let cli = Cli::parse_from([
            "squirret",
            "--control-listen",
            "127.0.0.1:1",
            "--set",
            "limits.enabled=off",
        ]);
        assert_eq!(
            cli.settings.flags().unwrap(),
            [
                ("control.listen".to_owned(), "127.0.0.1:1".to_owned()),
                ("limits.enabled".to_owned(), "off".to_owned())
            ]
        );
    }
}
