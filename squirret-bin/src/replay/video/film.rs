//! The film of a replay: its frames with skeletons, and as subtitles on them what was said and counted.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Stdio},
};

use squirret::{UnixMillis, pose::Pose};

use super::{VideoError, draw, ffmpeg, local, started};

/// Frames a second of a film; a video's own frames are repeated or left out to keep their time.
const RATE: f64 = 30.0;
/// How long a cue stands on the picture, seconds.
const CUE_SECONDS: f64 = 3.0;

/// Something that was said or counted, and when.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::replay) enum Caption {
    /// A cue.
    Cue(String),
    /// So many repetitions.
    Count(usize),
}

/// A film in the making. Its frames go into a file beside the last one, whose subtitles are only known at the end.
pub(super) struct Film {
    path: PathBuf,
    part: PathBuf,
    encoder: Option<(Child, ChildStdin)>,
    size: [u32; 2],
    written: u64,
}

impl Film {
    /// Begins a film at `path`, whose ending says the format.
    pub(super) fn begin(path: &Path) -> Result<Self, VideoError> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            path: path.to_owned(),
            part: path.with_file_name(format!(".{name}.part.mkv")),
            encoder: None,
            size: [0; 2],
            written: 0,
        })
    }

    /// Adds a frame, as often as it is seen.
    pub(super) fn frame(
        &mut self,
        size: [u32; 2],
        data: &mut [u8],
        pose: Option<&Pose>,
        at: UnixMillis,
    ) -> Result<(), VideoError> {
        if let Some(pose) = pose {
            draw::skeleton(data, size, pose);
        }
        if self.encoder.is_none() {
            self.size = size;
            self.encoder = Some(self.start(size)?);
        }
        // A frame of another size cannot follow; videos that change theirs are rare.
        if size != self.size {
            return Ok(());
        }
        let due = (at.0 as f64 / 1e3 * RATE).round().max(0.0) as u64 + 1;
        while self.written < due {
            let input = self.encoder.as_mut().map(|(_, input)| input);
            if input.is_some_and(|input| input.write_all(data).is_err()) {
                return Err(self.complaint());
            }
            self.written += 1;
        }
        Ok(())
    }

    fn start(&self, [width, height]: [u32; 2]) -> Result<(Child, ChildStdin), VideoError> {
        let mut command = ffmpeg();
        command.args(["-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]);
        command.args([
            "-video_size",
            &format!("{width}x{height}"),
            "-framerate",
            &RATE.to_string(),
        ]);
        command
            .args(["-i", "pipe:0", "-c:v", "ffv1", "-y"])
            .arg(local(&self.part));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut encoder = command.spawn().map_err(started)?;
        let input = encoder.stdin.take().ok_or(VideoError::Frame)?;
        Ok((encoder, input))
    }

    /// Ends the film with its subtitles.
    pub(super) fn end(mut self, captions: &[(UnixMillis, Caption)]) -> Result<(), VideoError> {
        let Some((encoder, input)) = self.encoder.take() else {
            return Ok(());
        };
        drop(input);
        let output = encoder.wait_with_output()?;
        if !output.status.success() {
            return Err(self.refused(&output.stderr));
        }
        let seconds = self.written as f64 / RATE;
        let subtitles = self.part.with_extension("ass");
        fs::write(&subtitles, ass(captions, self.size, seconds))?;
        let folder = subtitles
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let name = subtitles
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut command = ffmpeg();
        // A filter's argument has its own quoting; a plain name in the working directory needs none.
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        let here = |path: &Path| local(Path::new(path.file_name().unwrap_or_default()));
        command
            .args(["-loglevel", "error", "-i"])
            .arg(here(&self.part));
        let filter = format!(
            "ass=filename={},scale=trunc(iw/2)*2:trunc(ih/2)*2",
            escaped(&name)
        );
        command.args([
            "-vf",
            &filter,
            "-pix_fmt",
            "yuv420p",
            "-movflags",
            "+faststart",
            "-y",
        ]);
        command.arg(here(&self.path));
        let output = command.stdout(Stdio::null()).output().map_err(started)?;
        let _ = fs::remove_file(&subtitles);
        if output.status.success() {
            Ok(())
        } else {
            Err(self.refused(&output.stderr))
        }
    }

    fn complaint(&mut self) -> VideoError {
        let Some((encoder, input)) = self.encoder.take() else {
            return VideoError::Frame;
        };
        drop(input);
        match encoder.wait_with_output() {
            Ok(output) => self.refused(&output.stderr),
            Err(error) => error.into(),
        }
    }

    fn refused(&self, stderr: &[u8]) -> VideoError {
        let text = String::from_utf8_lossy(stderr);
        VideoError::NotWritten {
            path: self.path.display().to_string(),
            complaint: text.lines().last().unwrap_or("it ended").to_owned(),
        }
    }

    /// Leaves nothing behind.
    fn stop(&mut self) {
        if let Some((mut encoder, input)) = self.encoder.take() {
            drop(input);
            let _ = encoder.kill();
            let _ = encoder.wait();
        }
        let _ = fs::remove_file(&self.part);
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Escapes what ends an option in a filter's description.
fn escaped(name: &str) -> String {
    name.chars()
        .flat_map(|c| {
            if "\\':,;[]".contains(c) {
                vec!['\\', '\\', '\\', c]
            } else {
                vec![c]
            }
        })
        .collect()
}

/// Subtitles: the count above, cues below.
fn ass(captions: &[(UnixMillis, Caption)], [width, height]: [u32; 2], seconds: f64) -> String {
    let size = (height.min(width) / 14).max(12);
    let mut text = format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nWrapStyle: 0\n\n\
         [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n\
         Style: Cue,Sans,{size},&H00FFFFFF,&H00000000,&H80000000,1,1,2,0,2,20,20,20\n\
         Style: Count,Sans,{},&H00FFFFFF,&H00000000,&H80000000,1,1,3,0,7,20,20,20\n\n\
         [Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
        size * 2
    );
    let mut line = |from: f64, to: f64, style: &str, said: &str| {
        // Braces and backslashes are commands.
        let said: String = said
            .chars()
            .filter(|c| !c.is_control() && !"{}\\".contains(*c))
            .collect();
        text += &format!(
            "Dialogue: 0,{},{},{style},,0,0,0,,{said}\n",
            clock(from),
            clock(to.min(seconds))
        );
    };
    let at = |index: usize| captions[index].0.0 as f64 / 1e3;
    let mut count = (0.0, 0);
    for (index, (_, caption)) in captions.iter().enumerate() {
        match caption {
            Caption::Cue(said) => {
                let next = captions[index + 1..]
                    .iter()
                    .find(|(_, caption)| matches!(caption, Caption::Cue(_)));
                let until = next.map_or(f64::MAX, |(at, _)| at.0 as f64 / 1e3);
                line(at(index), until.min(at(index) + CUE_SECONDS), "Cue", said);
            }
            Caption::Count(reps) => {
                line(count.0, at(index), "Count", &count.1.to_string());
                count = (at(index), *reps);
            }
        }
    }
    line(count.0, seconds, "Count", &count.1.to_string());
    text
}

/// `0:00:01.50`.
fn clock(seconds: f64) -> String {
    let hundredths = (seconds.max(0.0) * 100.0).round() as u64;
    let (minutes, rest) = (hundredths / 6_000, hundredths % 6_000);
    format!(
        "{}:{:02}:{:02}.{:02}",
        minutes / 60,
        minutes % 60,
        rest / 100,
        rest % 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cue_ends_where_the_next_begins_and_the_count_stands_until_it_grows() {
        let captions = [
            (UnixMillis(1_000), Caption::Cue("down {\\b1}".to_owned())),
            (UnixMillis(2_500), Caption::Count(1)),
            (UnixMillis(3_000), Caption::Cue("up".to_owned())),
        ];
        let text = ass(&captions, [640, 480], 10.0);
        let events: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("Dialogue"))
            .collect();
        assert_eq!(
            events,
            [
                "Dialogue: 0,0:00:01.00,0:00:03.00,Cue,,0,0,0,,down b1",
                "Dialogue: 0,0:00:00.00,0:00:02.50,Count,,0,0,0,,0",
                "Dialogue: 0,0:00:03.00,0:00:06.00,Cue,,0,0,0,,up",
                "Dialogue: 0,0:00:02.50,0:00:10.00,Count,,0,0,0,,1",
            ]
        );
        assert_eq!(clock(3_725.5), "1:02:05.50");
    }
}
