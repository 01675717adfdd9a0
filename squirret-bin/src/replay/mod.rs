//! Runs what was recorded through a coach, faster than it happened: recordings, keypoints, pictures, insole tables.

mod clips;
mod export;
mod folder;
mod insoles;
mod notes;
mod pictures;
mod player;
mod recording;
mod source;
mod teller;
mod video;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use squirret::{
    Language,
    archive::WorkoutRecord,
    coach::{CoachConfig, record::ReplayError},
    formats::{
        FileKind, moticon,
        table::{TableError, TableMap},
    },
};

pub(crate) use export::{Export, ExportFormat};
pub(crate) use notes::Notes;
pub(crate) use player::Player;
pub(crate) use source::Source;
pub(crate) use teller::{Form, Teller};
use video::Caption;

use crate::models::{ModelFolder, Progress};

/// Width over height of pictures whose shape nobody states: a phone held upright.
pub(crate) const DEFAULT_ASPECT: f32 = 9.0 / 16.0;

/// How to replay.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Every threshold; a recording has its own.
    pub(crate) coach: Arc<CoachConfig>,
    /// Frames a second of clips and pictures.
    pub(crate) fps: f64,
    /// Width over height of the pictures that a clip's points come from, whatever the clip states.
    pub(crate) aspect: Option<f32>,
    /// Width and height of the pictures that points in px come from.
    pub(crate) size: Option<[f32; 2]>,
    /// Names and units of the columns of tables.
    pub(crate) table: TableMap,
    /// Files that are written besides.
    pub(crate) export: Option<Export>,
    /// Where a video goes with skeleton, count and cues on it.
    pub(crate) film: Option<PathBuf>,
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
        "{path}: is {what}; it must be a folder of pictures, a video, a table of samples (.csv), keypoints (.json, .jsonl, .trc) or a recording"
    )]
    Kind { path: PathBuf, what: String },
    /// A line is longer than any that we write.
    #[error("{path}, line {line}: may have at most {max} bytes")]
    LongLine { path: PathBuf, line: u64, max: u64 },
    /// A file or a line holds no keypoints.
    #[error("{path}{place}: {rule}")]
    Keypoints {
        path: PathBuf,
        /// The line, if it is known.
        place: String,
        rule: String,
    },
    /// A table cannot be read.
    #[error("{path}, {source}")]
    Table { path: PathBuf, source: TableError },
    /// A video cannot be read.
    #[error("{path}: {source}")]
    Video {
        path: PathBuf,
        source: video::VideoError,
    },
    /// There are no frames to draw on.
    #[error("{path}: is no video, so that --video has nothing to draw on")]
    NoVideo { path: PathBuf },
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
    /// None of the pictures of a folder can be decoded.
    #[error("{path}: none of its pictures can be read; {first}")]
    NoGoodPictures { path: PathBuf, first: String },
    /// Some of several files were not replayed; each was named when it happened.
    #[error("{failed} of {all} files could not be replayed")]
    Some { failed: usize, all: usize },
    /// Nobody takes the output.
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

/// Replays every file in turn. A file that cannot be replayed is named on standard error and does not end the others.
///
/// # Errors
/// [`ReplayFailure`] of the only file, or how many of several failed.
pub(crate) fn run(plan: &Plan, paths: &[PathBuf]) -> Result<(), ReplayFailure> {
    let mut teller = Teller::new(plan.form, plan.language);
    let mut failed = 0;
    for path in paths {
        match replay(plan, path, &mut teller).and_then(|()| Ok(teller.flush()?)) {
            Ok(()) => {}
            // Whoever read it has enough.
            Err(ReplayFailure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(());
            }
            Err(error @ ReplayFailure::Output(_)) => return Err(error),
            Err(error) if paths.len() == 1 => return Err(error),
            Err(error) => {
                failed += 1;
                eprintln!("{error}");
            }
        }
    }
    if failed > 0 {
        let all = paths.len();
        return Err(ReplayFailure::Some { failed, all });
    }
    Ok(())
}

/// The workouts of a file, one a clip, without printing anything but what was left out of the file.
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
        if plan.film.is_some() {
            return Err(ReplayFailure::NoVideo {
                path: path.to_owned(),
            });
        }
        return folder::replay(plan, path, teller);
    }
    let progress = Progress::new();
    let mut source = Source::open(path, &progress)?;
    let head = source.head()?;
    let kind = FileKind::of(&head);
    if plan.film.is_some() && !matches!(kind, FileKind::Video(_)) {
        return Err(ReplayFailure::NoVideo {
            path: path.to_owned(),
        });
    }
    match kind {
        FileKind::Json => {
            let Some(first) = source.next_line()? else {
                return Err(not_replayable(path, kind));
            };
            if first.trim_start().starts_with("{\"head\"") {
                recording::replay(plan, &first, source, teller)
            } else {
                clips::replay(plan, first, source, teller)
            }
        }
        FileKind::Text if moticon::is_moticon(&head) => {
            insoles::replay_moticon(plan, source, teller)
        }
        FileKind::Text if head.starts_with(b"PathFileType") => {
            clips::replay_trc(plan, source, teller)
        }
        FileKind::Video(_) => video::replay(plan, path, teller),
        // A table has cells.
        FileKind::Text if head.iter().any(|byte| b",;\t|".contains(byte)) => {
            insoles::replay(plan, source, teller)
        }
        FileKind::Text if head.starts_with(b"null") => {
            let first = source.next_line()?.unwrap_or_default();
            clips::replay(plan, first, source, teller)
        }
        other => Err(not_replayable(path, other)),
    }
}

fn not_replayable(path: &Path, kind: FileKind) -> ReplayFailure {
    ReplayFailure::Kind {
        path: path.to_owned(),
        what: kind.to_string(),
    }
}

/// What a file or folder is called in the output.
fn notes_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
