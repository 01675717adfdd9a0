//! Runs what was recorded through a coach, faster than it happened: recordings, keypoint clips, pictures, insole tables.

mod clips;
mod insoles;
mod lines;
mod notes;
mod pictures;
mod player;
mod recording;
mod teller;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use squirret::{
    Language,
    archive::WorkoutRecord,
    coach::{CoachConfig, record::ReplayError},
    fsr::CsvError,
    squat::ClipError,
};

pub(crate) use lines::Lines;
pub(crate) use notes::Notes;
pub(crate) use player::Player;
pub(crate) use teller::{Form, Teller};

use crate::models::{ModelFolder, Progress};

/// How to replay.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Every threshold; a recording has its own.
    pub(crate) coach: Arc<CoachConfig>,
    /// Frames a second of clips and pictures.
    pub(crate) fps: f64,
    /// Width over height of the pictures that a clip's points come from.
    pub(crate) aspect: f32,
    /// Language of what is said; a recording has its own.
    pub(crate) language: Language,
    /// What is printed.
    pub(crate) form: Form,
    /// Where the pose model is, should pictures come.
    pub(crate) models: ModelFolder,
    /// Which one it is.
    pub(crate) model: String,
}

/// Why a replay ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayFailure {
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    /// A file is none of the known kinds.
    #[error(
        "{path}: must be a folder of pictures, a table (.csv), keypoint clips or a recording (JSON lines)"
    )]
    Kind { path: PathBuf },
    /// A line is longer than any that we write.
    #[error("{path}, line {line}: may have at most {max} bytes")]
    LongLine { path: PathBuf, line: u64, max: u64 },
    /// A line is no clip.
    #[error("{path}, line {line}: {source}")]
    Clip {
        path: PathBuf,
        line: u64,
        source: ClipError,
    },
    /// A line is no sample.
    #[error("{path}, line {line}: {source}")]
    Csv {
        path: PathBuf,
        line: u64,
        source: CsvError,
    },
    /// A line is no record.
    #[error("{path}, line {line}: {source}")]
    Record {
        path: PathBuf,
        line: u64,
        source: squirret::coach::record::RecordError,
    },
    /// A recording cannot be replayed, or says something else than then.
    #[error("{path}, line {line}: {source}")]
    Recording {
        path: PathBuf,
        line: u64,
        source: Box<ReplayError>,
    },
    /// There is no pose model for pictures.
    #[error(transparent)]
    Model(#[from] crate::models::LoadError),
    /// The pose model failed.
    #[error(transparent)]
    Estimate(#[from] squirret::pose::EstimateError),
    /// A folder has no pictures.
    #[error("{path}: holds no .jpg, .png or .webp pictures")]
    NoPictures { path: PathBuf },
    /// A picture cannot be decoded.
    #[error("{path}: {source}")]
    Picture {
        path: PathBuf,
        source: squirret::pose::PictureError,
    },
    /// Nobody takes the output.
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

/// Replays every file in turn.
///
/// # Errors
/// [`ReplayFailure`] of the first that cannot be replayed.
pub(crate) fn run(plan: &Plan, paths: &[PathBuf]) -> Result<(), ReplayFailure> {
    let mut teller = Teller::new(plan.form, plan.language);
    let replayed = paths
        .iter()
        .try_for_each(|path| replay(plan, path, &mut teller));
    match replayed.and_then(|()| Ok(teller.flush()?)) {
        // Whoever read it has enough.
        Err(ReplayFailure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The workouts of a file, one a clip, without printing anything.
///
/// # Errors
/// [`ReplayFailure`] when it cannot be replayed.
pub(crate) fn workouts(plan: &Plan, path: &Path) -> Result<Vec<WorkoutRecord>, ReplayFailure> {
    let mut teller = Teller::new(Form::Nothing, plan.language);
    replay(plan, path, &mut teller)?;
    Ok(teller.into_workouts())
}

fn replay(plan: &Plan, path: &Path, teller: &mut Teller) -> Result<(), ReplayFailure> {
    if path.is_dir() {
        return pictures::replay(plan, path, teller);
    }
    let progress = Progress::new();
    let mut lines = Lines::open(path, &progress)?;
    let Some(first) = lines.next_line()? else {
        return Err(ReplayFailure::Kind {
            path: path.to_owned(),
        });
    };
    if first.trim_start().starts_with("{\"head\"") {
        recording::replay(&first, lines, teller)
    } else if first.trim_start().starts_with('{') {
        clips::replay(plan, first, lines, teller)
    } else if first.contains(',') {
        insoles::replay(plan, &first, lines, teller)
    } else {
        Err(ReplayFailure::Kind {
            path: path.to_owned(),
        })
    }
}

/// What a file or folder is called in the output.
fn notes_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
