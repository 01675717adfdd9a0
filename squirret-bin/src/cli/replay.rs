//! `squirret replay`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use squirret::{
    Language,
    formats::{motion::HEIGHT, table::TableMap},
};

use crate::{
    config::{CoachProfile, Config, Value as _},
    models::ModelFolder,
    replay::{self, Export, ExportFormat, Form, Plan},
};

/// What to replay.
#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Recordings, keypoints (.json, .jsonl, .trc), insole tables (.csv, Moticon's .txt), each packed by gzip or not; videos;
    /// folders of pictures or of OpenPose's JSON.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print a line of JSON a clip.
    #[arg(long)]
    json: bool,
    /// Print a line of JSON a frame.
    #[arg(long)]
    frames: bool,
    /// Frames a second of pictures, and of keypoints that do not state it, 1 to 240.
    #[arg(long, default_value_t = 30.0, value_parser = fps)]
    fps: f64,
    /// Width over height of the pictures that a clip's points come from, 0.1 to 10; overrides what the clip states. Without
    /// it, a clip that states none is taken for a phone held upright (0.5625).
    #[arg(long, value_parser = aspect)]
    aspect: Option<f32>,
    /// Width and height of the pictures that keypoints in px come from, e.g. 1920x1080.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<[f32; 2]>,
    /// Names and units of the columns of tables, in TOML (see docs/formats.md).
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Write files of these formats (trc, mot, sto, csv, c3d; separated by commas) into a folder.
    #[arg(long, num_args = 2, value_names = ["FORMATS", "DIR"])]
    export: Option<Vec<String>>,
    /// Height of the person in metres, 0.5 to 2.5, where the points come without metres.
    #[arg(long, default_value_t = HEIGHT, value_parser = height)]
    height: f64,
    /// Write the video again with skeleton, count and cues on it; the ending names the format. For one video.
    #[arg(long, value_name = "OUT.mp4")]
    video: Option<PathBuf>,
    /// Language of what is said: ko or en; without it the server's setting. A recording has its own.
    #[arg(long, value_parser = language)]
    language: Option<Language>,
    /// Thresholds: seed or calibrated; without it the server's setting. A recording has its own.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

/// Replays.
///
/// # Errors
/// Whatever ended it, for people.
pub(super) fn run(config: &Config, args: &ReplayArgs) -> Result<(), Box<dyn std::error::Error>> {
    let form = match (args.json, args.frames) {
        (false, false) => Form::Text,
        (true, false) => Form::Clips,
        (false, true) => Form::Frames,
        (true, true) => Form::FramesAndClips,
    };
    let mut coach = config.coach.clone();
    if let Some(profile) = &args.profile {
        let read = CoachProfile::from_text(profile);
        coach.profile = Some(read.map_err(|must| format!("--profile {must}"))?);
    }
    let plan = Plan {
        coach: Arc::new(coach.load()?),
        fps: args.fps,
        aspect: args.aspect,
        size: args.size,
        table: table_map(args.map.as_deref())?,
        export: export(args)?,
        film: film(args)?,
        language: args.language.unwrap_or(config.server.language.into()),
        form,
        models: ModelFolder::new(config.model.dir.clone(), &config.data_dir()),
        model: config.model.name.clone(),
    };
    Ok(replay::run(&plan, &args.files)?)
}

fn export(args: &ReplayArgs) -> Result<Option<Export>, String> {
    let Some([formats, folder]) = args.export.as_deref() else {
        return Ok(None);
    };
    let formats = ExportFormat::list(formats).map_err(|error| format!("--export {error}"))?;
    Ok(Some(Export {
        formats,
        folder: folder.into(),
        height: args.height,
    }))
}

fn film(args: &ReplayArgs) -> Result<Option<PathBuf>, String> {
    let Some(path) = &args.video else {
        return Ok(None);
    };
    if args.files.len() > 1 {
        return Err("--video takes one video at a time".to_owned());
    }
    if path.file_name().is_none() || args.files.first() == Some(path) {
        return Err("--video must name another file than the one that is replayed".to_owned());
    }
    Ok(Some(path.clone()))
}

fn height(text: &str) -> Result<f64, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value| (0.5..=2.5).contains(value));
    value.ok_or_else(|| "must be 0.5 to 2.5".to_owned())
}

/// Reads the description of a table.
pub(super) fn table_map(path: Option<&Path>) -> Result<TableMap, String> {
    let Some(path) = path else {
        return Ok(TableMap::default());
    };
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    toml::from_str(&text).map_err(|error| failed(&error.to_string().trim_end()))
}

pub(super) fn size(text: &str) -> Result<[f32; 2], String> {
    let side = |text: &str| {
        text.parse()
            .ok()
            .filter(|side| (1.0..=100_000.0).contains(side))
    };
    let sides = text
        .split_once('x')
        .and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "must be WIDTHxHEIGHT in px, e.g. 1920x1080".to_owned())
}

pub(super) fn fps(text: &str) -> Result<f64, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value| (1.0..=240.0).contains(value));
    value.ok_or_else(|| "must be 1 to 240".to_owned())
}

pub(super) fn aspect(text: &str) -> Result<f32, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value| (0.1..=10.0).contains(value));
    value.ok_or_else(|| "must be 0.1 to 10".to_owned())
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    match text {
        "ko" => Ok(Language::Ko),
        "en" => Ok(Language::En),
        _ => Err("must be ko or en".to_owned()),
    }
}
