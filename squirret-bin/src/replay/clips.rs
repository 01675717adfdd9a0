//! Keypoints, as JSON lines or one JSON document.

use std::path::Path;

use squirret::{
    UnixMillis,
    coach::Input,
    formats::{
        Remarks,
        keypoints::{self, KeypointError, KeypointOptions},
        trc,
    },
    squat::{Clip, ClipError, impossible_aspect, parse_clip},
};

use super::{DEFAULT_ASPECT, Plan, Player, ReplayFailure, Source, Teller, notes_name};

/// Replays every clip of a file; `line` is its first. A file of another form than a clip a line is read as a whole.
pub(super) fn replay(
    plan: &Plan,
    line: String,
    mut source: Source<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    match parse_clip(&line, DEFAULT_ASPECT) {
        Ok(clip) => play(plan, &clip, &Remarks::default(), teller)?,
        Err(error) => return whole(plan, line, source, &error, teller),
    }
    while let Some(line) = source.next_line()? {
        let clip = parse_clip(&line, DEFAULT_ASPECT).map_err(|error| refuse(&source, &error))?;
        play(plan, &clip, &Remarks::default(), teller)?;
    }
    Ok(())
}

/// Reads a file of another tool's form; `error` says why its first line is no clip of ours.
fn whole(
    plan: &Plan,
    mut text: String,
    mut source: Source<'_>,
    error: &ClipError,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let line = source.number();
    text += &source.text()?;
    let name = notes_name(source.path());
    let clips = match keypoints::read(&text, &options(plan, &name)) {
        // The first line says more about a clip of our form that breaks a rule.
        Err(KeypointError::Unknown | KeypointError::Json(_)) if text.contains("\"clip\"") => {
            return Err(ReplayFailure::Keypoints {
                path: source.path().to_owned(),
                place: format!(", line {line}"),
                rule: error.to_string(),
            });
        }
        other => other.map_err(|error| ReplayFailure::Keypoints {
            path: source.path().to_owned(),
            place: String::new(),
            rule: error.to_string(),
        })?,
    };
    for clip in &clips.clips {
        play(plan, clip, &clips.remarks, teller)?;
    }
    Ok(())
}

/// Replays the markers of a TRC file.
pub(super) fn replay_trc(
    plan: &Plan,
    mut source: Source<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let text = source.text()?;
    let name = notes_name(source.path());
    let clip = trc::read(&text).and_then(|markers| trc::to_clip(&name, &markers));
    let clip = clip.map_err(|error| ReplayFailure::Keypoints {
        path: source.path().to_owned(),
        place: String::new(),
        rule: error.to_string(),
    })?;
    play(plan, &clip, &Remarks::default(), teller)
}

/// What the command line says about keypoints.
pub(super) const fn options<'a>(plan: &Plan, name: &'a str) -> KeypointOptions<'a> {
    let mut options = KeypointOptions::named(name);
    options.aspect = DEFAULT_ASPECT;
    options.size = plan.size;
    options
}

fn refuse(source: &Source<'_>, error: &ClipError) -> ReplayFailure {
    ReplayFailure::Keypoints {
        path: source.path().to_owned(),
        place: format!(", line {}", source.number()),
        rule: error.to_string(),
    }
}

/// Replays a folder of frames, one JSON file each, as OpenPose writes them.
pub(super) fn replay_folder(
    plan: &Plan,
    folder: &Path,
    files: &[std::path::PathBuf],
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let read = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path).map_err(|source| ReplayFailure::Read {
            path: path.clone(),
            source,
        })
    };
    let texts: Vec<String> = files.iter().map(read).collect::<Result<_, _>>()?;
    let name = notes_name(folder);
    let clips = keypoints::read_frames(texts.iter().map(String::as_str), &options(plan, &name))
        .map_err(|error| ReplayFailure::Keypoints {
            path: folder.to_owned(),
            place: String::new(),
            rule: error.to_string(),
        })?;
    for clip in &clips.clips {
        play(plan, clip, &clips.remarks, teller)?;
    }
    Ok(())
}

/// Replays a clip at its own rate, or at that of the command line.
pub(super) fn play(
    plan: &Plan,
    clip: &Clip,
    remarks: &Remarks,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let mut player = Player::new(plan, &clip.name, clip.label.as_deref(), UnixMillis(0));
    player.remark(remarks.texts());
    let restated = plan.aspect.map(|aspect| with_aspect(clip, aspect));
    let clip = restated.as_ref().unwrap_or(clip);
    let reshaped = reshape(plan, clip);
    let clip = match &reshaped {
        Some((reshaped, remark)) => {
            player.remark(vec![remark.clone()]);
            reshaped
        }
        None => clip,
    };
    let fps = clip.fps.unwrap_or(plan.fps);
    for (number, pose) in clip.frames.iter().enumerate() {
        let at = UnixMillis((number as f64 * 1e3 / fps).round() as i64);
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_ref(),
            at,
        };
        player.input(input, at, teller)?;
    }
    Ok(player.end(teller)?)
}

/// Returns the clip with another shape of its pictures, and a word about it, where no human body fits the shape that was
/// assumed. A shape that the clip or the command line states is kept, and the word says that it does not fit.
fn reshape(plan: &Plan, clip: &Clip) -> Option<(Clip, String)> {
    let shape = impossible_aspect(&clip.frames)?;
    let stated = clip.frames.iter().flatten().next()?.aspect;
    let assumed = plan.aspect.is_none() && stated == DEFAULT_ASPECT;
    if !assumed {
        let remark = format!(
            "no body fits pictures of {stated:.2} : 1; is the aspect {shape:.2} (width over height)?"
        );
        return Some((clip.clone(), remark));
    }
    let remark = format!(
        "no body fits pictures of {stated:.2} : 1, so {shape:.2} : 1 is assumed; --aspect states it"
    );
    Some((with_aspect(clip, shape), remark))
}

/// Returns the clip as points of pictures of another shape.
fn with_aspect(clip: &Clip, aspect: f32) -> Clip {
    let mut clip = clip.clone();
    for pose in clip.frames.iter_mut().flatten() {
        pose.aspect = aspect;
    }
    clip
}
