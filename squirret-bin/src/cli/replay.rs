//! `squirret replay`.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use squirret::Language;

use crate::{
    config::{CoachProfile, Config, Value as _},
    models::ModelFolder,
    replay::{self, Form, Plan},
};

/// What to replay.
#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Recordings and keypoint clips (JSON lines), insole tables (.csv), each packed by gzip or not; folders of pictures.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print a line of JSON a clip.
    #[arg(long)]
    json: bool,
    /// Print a line of JSON a frame.
    #[arg(long)]
    frames: bool,
    /// Frames a second of keypoint clips and pictures, 1 to 240.
    #[arg(long, default_value_t = 30.0, value_parser = fps)]
    fps: f64,
    /// Width over height of the pictures that a clip's points come from, 0.1 to 10.
    #[arg(long, default_value_t = 0.5625, value_parser = aspect)]
    aspect: f32,
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
        language: args.language.unwrap_or(config.server.language.into()),
        form,
        models: ModelFolder::new(config.model.dir.clone(), &config.data_dir()),
        model: config.model.name.clone(),
    };
    Ok(replay::run(&plan, &args.files)?)
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
