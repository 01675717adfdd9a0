//! The command line.

mod backup;
mod completions;
mod config;
mod models;
mod replay;
mod report;
mod simulate;

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    config::{Config, ConfigError, Problem, Sources},
    serve,
};

/// Squirret: coaches squats from smart insoles and a camera.
#[derive(Debug, Parser)]
#[command(name = "squirret", version, propagate_version = true)]
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
    /// Print a shell's completions, such as for ~/.local/share/bash-completion/completions/squirret.
    Completions(completions::CompletionsArgs),
    /// Write the manual pages, one a command.
    Man(completions::ManArgs),
}

/// Settings that each command has a use for; its help hides the others.
fn used_settings(command: &str) -> Option<&'static [&'static str]> {
    match command {
        "serve" | "config" => None,
        "backup" => Some(&["config", "set", "data_dir"]),
        "models" | "replay" | "report" => Some(&["config", "set", "model_dir", "data_dir"]),
        _ => Some(&[]),
    }
}

/// The whole command line; the help of each command lists its own options and the settings that it uses.
fn whole() -> clap::Command {
    let mut whole = Cli::command();
    whole.build();
    let names: Vec<String> = whole
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        if let Some(used) = used_settings(&name) {
            whole = whole.mut_subcommand(&name, |command| hide_unused(command, used));
        }
    }
    whole
}

fn hide_unused(command: clap::Command, used: &[&str]) -> clap::Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let command = command.mut_args(|argument| {
        let is_setting = argument.get_help_heading() == Some(SETTINGS);
        let is_used = used.contains(&argument.get_id().as_str());
        argument.hide(is_setting && !is_used)
    });
    names.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| hide_unused(command, used))
    })
}

/// Parses the process's arguments. Help, versions and mistakes end the process.
pub(crate) fn parse() -> Cli {
    let matches = whole().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The heading of the settings in every help.
const SETTINGS: &str = "Settings";

/// Settings that are stronger than the environment and the file.
#[derive(Debug, Args)]
#[command(next_help_heading = SETTINGS)]
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
            Some(Command::Completions(args)) => {
                completions::print(&args);
                Ok(())
            }
            Some(Command::Man(args)) => Ok(completions::write_manual(&args)?),
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
        Cli::command().debug_assert();
        whole().debug_assert();
    }

    fn help(arguments: &[&str]) -> String {
        whole()
            .try_get_matches_from(arguments)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_help_of_a_command_lists_its_own_options() {
        let simulate = help(&["squirret", "simulate", "--help"]);
        assert!(simulate.contains("--devices") && !simulate.contains("--control-listen"));
        let backup = help(&["squirret", "backup", "--help"]);
        assert!(backup.contains("--data-dir") && !backup.contains("--model-dir"));
        let install = help(&["squirret", "models", "install", "--help"]);
        assert!(install.contains("--model-dir") && !install.contains("--demo"));
        let serve = help(&["squirret", "serve", "--help"]);
        assert!(serve.contains("--control-listen") && serve.contains("--demo"));
    }

    #[test]
    fn a_setting_is_accepted_before_and_behind_the_command() {
        for arguments in [
            ["squirret", "--data-dir", "x", "serve"],
            ["squirret", "serve", "--data-dir", "x"],
        ] {
            let matches = whole().try_get_matches_from(arguments).unwrap();
            let cli = Cli::from_arg_matches(&matches).unwrap();
            assert_eq!(cli.settings.data_dir.as_deref(), Some("x"));
        }
    }

    #[test]
    fn the_version_names_the_program() {
        assert!(help(&["squirret", "-V"]).starts_with("squirret "));
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
