//! Videos, decoded by the machine's own ffmpeg.

mod draw;
mod film;

use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread::JoinHandle,
};

use squirret::{
    UnixMillis,
    coach::Input,
    pose::{RgbImage, Track},
};

use super::{Plan, Player, ReplayFailure, Teller, notes_name};
use crate::models::{self, Progress};
pub(super) use film::Caption;
use film::Film;

/// Longest side of a decoded frame, px. The networks look at 256 px of it; larger frames only cost time.
const MAX_SIDE: u32 = 1920;
/// Largest header of a frame, bytes: `P6`, two sizes and 255.
const MAX_HEADER: usize = 64;
/// Lines of ffmpeg's complaints that are shown.
const MAX_COMPLAINTS: usize = 5;

/// Why a video cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VideoError {
    /// There is no ffmpeg.
    #[error(
        "videos need ffmpeg, which is not on the PATH: install it (Debian and Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg)"
    )]
    NoFfmpeg,
    /// It cannot be started.
    #[error("ffmpeg: {0}")]
    Io(#[from] io::Error),
    /// It does not take the file.
    #[error("ffmpeg cannot read it: {0}")]
    Refused(String),
    /// It cannot write the file.
    #[error("ffmpeg cannot write {path}: {complaint}")]
    NotWritten { path: String, complaint: String },
    /// Its output is not what was asked for.
    #[error("ffmpeg wrote a frame that cannot be read")]
    Frame,
}

/// Replays a video by the time stamps of its frames.
pub(super) fn replay(plan: &Plan, path: &Path, teller: &mut Teller) -> Result<(), ReplayFailure> {
    let failed = |source| ReplayFailure::Video {
        path: path.to_owned(),
        source,
    };
    let mut frames = Frames::open(path, plan.fps).map_err(failed)?;
    // The first frame says whether it is a video at all, before a model is loaded.
    let mut next = frames.next_frame().map_err(failed)?;
    if next.is_none() {
        let complaint = frames.finish().map_err(failed)?;
        return Err(failed(VideoError::Refused(
            complaint.unwrap_or_else(|| "it holds no frame".to_owned()),
        )));
    }
    let estimator = models::load(&plan.models, &plan.model)?;
    let mut player = Player::new(plan, &notes_name(path), None, UnixMillis(0));
    let mut film = match &plan.film {
        Some(film) => Some(Film::begin(film).map_err(failed)?),
        None => None,
    };
    let progress = Progress::new();
    let mut track = Track::default();
    let mut number = 0;
    while let Some(Frame {
        size: [width, height],
        mut data,
        at,
    }) = next
    {
        let image = RgbImage::new(width, height, &data).ok_or_else(|| failed(VideoError::Frame))?;
        let pose = estimator.estimate(image, &mut track, at)?;
        let input = Input::Pose {
            frame: number,
            pose: pose.as_ref(),
            at,
        };
        player.input(input, at, teller)?;
        if let Some(film) = &mut film {
            film.frame([width, height], &mut data, pose.as_ref(), at)
                .map_err(failed)?;
        }
        number += 1;
        progress.step(&format!("{number} frames"));
        frames.reuse(data);
        next = frames.next_frame().map_err(failed)?;
    }
    if let Some(complaint) = frames.finish().map_err(failed)? {
        player.remark(vec![format!("ffmpeg, after {number} frames: {complaint}")]);
    }
    if let Some(film) = film {
        film.end(player.said()).map_err(failed)?;
    }
    Ok(player.end(teller)?)
}

/// A decoded frame: RGB, upright, with square pixels.
struct Frame {
    size: [u32; 2],
    data: Vec<u8>,
    at: UnixMillis,
}

/// The frames of a video as ffmpeg decodes them.
struct Frames {
    ffmpeg: Child,
    output: BufReader<ChildStdout>,
    stamps: Receiver<Option<f64>>,
    complaints: JoinHandle<Vec<String>>,
    /// Stamp of the first frame, seconds.
    first: Option<f64>,
    last: f64,
    interval: f64,
    spare: Vec<u8>,
}

impl Frames {
    fn open(path: &Path, fps: f64) -> Result<Self, VideoError> {
        let side = MAX_SIDE;
        // Square pixels first; then smaller if it is large. showinfo writes the stamp of each frame.
        let filter = format!(
            "showinfo,scale=iw*sar:ih,setsar=1,scale='min({side},iw)':'min({side},ih)':force_original_aspect_ratio=decrease"
        );
        let mut command = ffmpeg();
        command
            .args(["-nostats", "-loglevel", "info", "-i"])
            .arg(local(path));
        let each_once = if is_old() { "-vsync" } else { "-fps_mode" };
        command.args(["-map", "0:v:0", each_once, "passthrough", "-vf", &filter]);
        command.args(["-f", "image2pipe", "-c:v", "ppm", "pipe:1"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut ffmpeg = command.spawn().map_err(started)?;
        let (Some(output), Some(errors)) = (ffmpeg.stdout.take(), ffmpeg.stderr.take()) else {
            return Err(VideoError::Frame);
        };
        let (send, stamps) = mpsc::channel();
        let complaints = std::thread::spawn(move || {
            let mut complaints = Vec::new();
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if let Some(stamp) = stamp(&line) {
                    // Nobody waits for it when the replay has ended.
                    let _ = send.send(stamp);
                } else if is_complaint(&line) && complaints.len() < MAX_COMPLAINTS {
                    complaints.push(line);
                }
            }
            complaints
        });
        Ok(Self {
            ffmpeg,
            output: BufReader::with_capacity(1 << 20, output),
            stamps,
            complaints,
            first: None,
            last: 0.0,
            interval: 1.0 / fps,
            spare: Vec::new(),
        })
    }

    /// Takes a buffer back.
    fn reuse(&mut self, data: Vec<u8>) {
        self.spare = data;
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, VideoError> {
        let Some(size) = self.header()? else {
            return Ok(None);
        };
        let bytes = size.iter().map(|side| *side as usize).product::<usize>() * 3;
        let mut data = std::mem::take(&mut self.spare);
        data.resize(bytes, 0);
        match self.output.read_exact(&mut data) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        // A frame without a stamp follows the one before at the rate of the command line.
        let stamp = self.stamps.recv().ok().flatten();
        let stamp = stamp.unwrap_or(self.last + self.interval);
        let first = *self.first.get_or_insert(stamp);
        self.last = stamp;
        Ok(Some(Frame {
            size,
            data,
            at: UnixMillis(((stamp - first) * 1e3).round() as i64),
        }))
    }

    /// Reads `P6\n640 480\n255\n`.
    fn header(&mut self) -> Result<Option<[u32; 2]>, VideoError> {
        let mut words: Vec<String> = Vec::new();
        let mut word = String::new();
        for _ in 0..MAX_HEADER {
            let mut byte = [0];
            if self.output.read(&mut byte)? == 0 {
                return Ok(None);
            }
            if !byte[0].is_ascii_whitespace() {
                word.push(char::from(byte[0]));
                continue;
            }
            words.push(std::mem::take(&mut word));
            if let [magic, width, height, depth] = &words[..] {
                let side = |text: &str| {
                    text.parse()
                        .ok()
                        .filter(|side| (1..=2 * MAX_SIDE).contains(side))
                };
                let sides = side(width).zip(side(height));
                let fits = magic == "P6" && depth == "255";
                return match sides.filter(|_| fits) {
                    Some((width, height)) => Ok(Some([width, height])),
                    None => Err(VideoError::Frame),
                };
            }
        }
        Err(VideoError::Frame)
    }

    /// Waits for ffmpeg; its complaint if it had one.
    fn finish(mut self) -> Result<Option<String>, VideoError> {
        drop(self.output);
        let status = self.ffmpeg.wait()?;
        let complaints = self.complaints.join().unwrap_or_default();
        let last = complaints.last().cloned();
        Ok(if status.success() {
            None
        } else {
            Some(last.unwrap_or_else(|| status.to_string()))
        })
    }
}

/// The stamp in a line of showinfo: `Some(None)` when the frame has none, `None` for another line.
fn stamp(line: &str) -> Option<Option<f64>> {
    let (_, info) = line.split_once("Parsed_showinfo_0")?;
    let (_, rest) = info.split_once(" pts_time:")?;
    Some(rest.split_whitespace().next()?.parse().ok())
}

/// Whether a line of ffmpeg may say what is wrong, and not what the file is.
fn is_complaint(line: &str) -> bool {
    let words = [
        "rror",
        "nvalid",
        "not ",
        "No such",
        "orrupt",
        "matches no",
        "missing",
        "truncat",
    ];
    !line.contains("Parsed_showinfo") && words.iter().any(|word| line.contains(word))
}

/// ffmpeg, without a terminal and without a banner.
fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin"]);
    command.stdin(Stdio::null());
    command
}

/// A path that ffmpeg takes for a local file whatever its letters are.
fn local(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    name
}

/// Whether ffmpeg is older than 5.1, which renamed the option that keeps each frame once.
fn is_old() -> bool {
    let output = Command::new("ffmpeg")
        .arg("-version")
        .stdin(Stdio::null())
        .output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let version = text.strip_prefix("ffmpeg version ").unwrap_or_default();
    version.starts_with("4.") || version.starts_with("3.") || version.starts_with("5.0")
}

fn started(error: io::Error) -> VideoError {
    match error.kind() {
        io::ErrorKind::NotFound => VideoError::NoFfmpeg,
        _ => VideoError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_from_showinfo() {
        let line = "[Parsed_showinfo_0 @ 0x55d0] n:   1 pts:    512 pts_time:0.0333333 pos: 48 fmt:yuv420p";
        assert_eq!(stamp(line), Some(Some(0.033_333_3)));
        assert_eq!(stamp(&line.replace("0.0333333", "NOPTS")), Some(None));
        assert_eq!(
            stamp("[Parsed_showinfo_0 @ 0x55d0] config in time_base: 1/15360"),
            None
        );
        assert_eq!(stamp("  Duration: 00:00:02.00"), None);
        assert!(
            is_complaint("x.mp4: Invalid data found when processing input") && !is_complaint(line)
        );
    }
}
