//! `squirret report`.

use std::{path::PathBuf, sync::Arc};

use clap::{Args, ValueEnum};
use squirret::{Language, archive::WorkoutRecord, report::Report};

use crate::{
    config::Config,
    models::ModelFolder,
    replay::{self, Form, Plan},
};

/// Of what, and in which form.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// A file or folder as `squirret replay` takes it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Form of the report.
    #[arg(long, value_enum, default_value_t = ReportForm::Html)]
    format: ReportForm,
    /// Language: ko or en; without it the server's setting.
    #[arg(long, value_parser = super::replay::language)]
    language: Option<Language>,
    /// Where it goes; without it standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Frames a second of keypoint clips and pictures, 1 to 240.
    #[arg(long, default_value_t = 30.0, value_parser = super::replay::fps)]
    fps: f64,
    /// Width over height of the pictures that a clip's points come from, 0.1 to 10; overrides what the clip states.
    #[arg(long, value_parser = super::replay::aspect)]
    aspect: Option<f32>,
    /// Width and height of the pictures that keypoints in px come from, e.g. 1920x1080.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = super::replay::size)]
    size: Option<[f32; 2]>,
    /// Names and units of the columns of tables, in TOML (see docs/formats.md).
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportForm {
    Html,
    Json,
    Csv,
}

/// Writes the report.
///
/// # Errors
/// Whatever ended it, for people.
pub(super) fn run(config: &Config, args: &ReportArgs) -> Result<(), Box<dyn std::error::Error>> {
    let language = args.language.unwrap_or(config.server.language.into());
    let coach = Arc::new(config.coach.load()?);
    let rest_ms = coach.timing.rest_ms;
    let plan = Plan {
        coach,
        fps: args.fps,
        aspect: args.aspect,
        size: args.size,
        table: super::replay::table_map(args.map.as_deref())?,
        export: None,
        film: None,
        language,
        form: Form::Nothing,
        models: ModelFolder::new(config.model.dir.clone(), &config.data_dir()),
        model: config.model.name.clone(),
    };
    let workouts: Vec<WorkoutRecord> = replay::workouts(&plan, &args.file)?;
    let name = args.file.file_name().unwrap_or(args.file.as_os_str());
    let report = Report::new(&name.to_string_lossy(), &workouts, &[], rest_ms, language);
    let text = match args.format {
        ReportForm::Html => report.html(0),
        ReportForm::Json => serde_json::to_string_pretty(&report)? + "\n",
        ReportForm::Csv => report.csv(),
    };
    match &args.out {
        Some(path) => {
            std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        None => print!("{text}"),
    }
    Ok(())
}
