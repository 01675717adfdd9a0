//! What was replayed, as files of other tools.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use squirret::{
    Stage, UnixMillis,
    coach::{Analysis, Input},
    formats::{
        c3d::{self, Analogue},
        motion::{Motion, MotionFrame, Origin},
        storage::{self, Series},
        trc::{self, Markers},
    },
    pose::Pose,
    squat::Angles,
};

/// Formats that can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExportFormat {
    Trc,
    Mot,
    Sto,
    Csv,
    C3d,
}

impl ExportFormat {
    /// Reads a list such as `trc,mot`.
    pub(crate) fn list(text: &str) -> Result<Vec<Self>, String> {
        let format = |name: &str| match name.trim() {
            "trc" => Ok(Self::Trc),
            "mot" => Ok(Self::Mot),
            "sto" => Ok(Self::Sto),
            "csv" => Ok(Self::Csv),
            "c3d" => Ok(Self::C3d),
            other => Err(format!(
                "{other:?} must be one of trc, mot, sto, csv and c3d"
            )),
        };
        text.split(',').map(format).collect()
    }
}

/// What is written, and where.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub(crate) formats: Vec<ExportFormat>,
    pub(crate) folder: PathBuf,
    /// Height of the person in metres, where the network gives no metres.
    pub(crate) height: f64,
}

/// Keeps what happens in a clip until it is written.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    motion: Motion,
}

impl Keeper {
    /// Keeps an input.
    pub(crate) fn input(&mut self, input: &Input<'_>) {
        match *input {
            Input::Sample(sample) => self.motion.samples.push(sample),
            Input::Pose { pose, at, .. } => self.frame(at, pose.cloned()),
            _ => {}
        }
    }

    fn frame(&mut self, at: UnixMillis, pose: Option<Pose>) {
        self.motion.frames.push(MotionFrame {
            at,
            pose,
            angles: Angles::default(),
            stage: Stage::Unknown,
            depth: None,
        });
    }

    /// Keeps what was found in the frame before.
    pub(crate) fn analysis(&mut self, analysis: &Analysis) {
        if let Some(frame) = self.motion.frames.last_mut() {
            frame.angles = analysis.angles;
            frame.stage = analysis.stage;
            frame.depth = analysis.depth;
        }
    }

    /// Writes all files of a clip, and returns what should be known about them.
    pub(crate) fn write(mut self, export: &Export, clip: &str) -> io::Result<Vec<String>> {
        self.motion.samples.sort_by_key(|sample| sample.at);
        fs::create_dir_all(&export.folder)?;
        let mut writer = Writer {
            export,
            stem: file_stem(clip),
            motion: &self.motion,
            remarks: Vec::new(),
        };
        for format in &export.formats {
            writer.write(*format)?;
        }
        if writer.remarks.is_empty() {
            writer
                .remarks
                .push("nothing was exported: it has no frames and no samples".to_owned());
        }
        Ok(writer.remarks)
    }
}

/// A name of a file without anything that a file system or a tool's header could stumble over.
fn file_stem(clip: &str) -> String {
    let stem = clip
        .trim_end_matches(".gz")
        .rsplit_once('.')
        .map_or(clip, |(stem, ending)| {
            if ending.len() <= 5 && !ending.contains(' ') {
                stem
            } else {
                clip
            }
        });
    let plain = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    };
    let stem: String = stem.chars().map(plain).take(100).collect();
    if stem.is_empty() {
        "clip".to_owned()
    } else {
        stem
    }
}

struct Writer<'a> {
    export: &'a Export,
    stem: String,
    motion: &'a Motion,
    remarks: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self, format: ExportFormat) -> io::Result<()> {
        match format {
            ExportFormat::Trc => match self.markers() {
                Some(markers) => {
                    let name = format!("{}.trc", self.stem);
                    let text = trc::write(&name, &markers);
                    self.file(&name, text.as_bytes())
                }
                None => Ok(()),
            },
            ExportFormat::C3d => self.c3d(),
            ExportFormat::Csv => {
                if !self.motion.frames.is_empty() {
                    let text = self.motion.frames_csv();
                    self.file(&format!("{}_frames.csv", self.stem), text.as_bytes())?;
                }
                if !self.motion.samples.is_empty() {
                    let text = self.motion.samples_csv();
                    self.file(&format!("{}_insoles.csv", self.stem), text.as_bytes())?;
                }
                Ok(())
            }
            ExportFormat::Mot => self.tables("mot"),
            ExportFormat::Sto => self.tables("sto"),
        }
    }

    fn markers(&mut self) -> Option<Markers> {
        let (markers, origin) = self.motion.markers(self.export.height)?;
        if origin == Origin::Hips {
            self.remarks.push(
                "the ankles were mostly not seen: the markers' origin is between the hips"
                    .to_owned(),
            );
        }
        Some(markers)
    }

    fn tables(&mut self, ending: &str) -> io::Result<()> {
        if !self.motion.frames.is_empty() {
            let angles = self.motion.angles();
            self.table("angles", ending, &angles, storage::AngleUnit::Degrees)?;
        }
        if !self.motion.samples.is_empty() {
            let load = self.motion.load();
            self.table("load", ending, &load, storage::AngleUnit::Radians)?;
        }
        Ok(())
    }

    /// One file a part without gaps.
    fn table(
        &mut self,
        kind: &str,
        ending: &str,
        series: &Series,
        angles: storage::AngleUnit,
    ) -> io::Result<()> {
        let cut = storage::segments(series);
        for (number, part) in (1..).zip(&cut.parts) {
            let suffix = if cut.parts.len() > 1 {
                format!("_{number}")
            } else {
                String::new()
            };
            let name = format!("{}_{kind}{suffix}.{ending}", self.stem);
            let text = storage::write(&name, part, angles);
            self.file(&name, text.as_bytes())?;
        }
        if !cut.dropped_columns.is_empty() {
            self.remarks.push(format!(
                "{kind} of {ending} without {}: known in fewer than half of the rows",
                cut.dropped_columns.join(", ")
            ));
        }
        if cut.dropped_rows > 0 {
            self.remarks.push(format!(
                "{kind} of {ending}: {} of {} rows are left out, as a value is not known there",
                cut.dropped_rows,
                series.rows.len()
            ));
        }
        Ok(())
    }

    fn c3d(&mut self) -> io::Result<()> {
        let markers = self.markers();
        let rate = markers
            .as_ref()
            .map(|markers| markers.rate)
            .or_else(|| self.motion.sample_rate());
        let Some(rate) = rate else { return Ok(()) };
        let analogue = self.motion.analogue(rate).unwrap_or_default();
        let per_frame = analogue.per_frame.max(1);
        let mut markers = markers.unwrap_or_default();
        markers.rate = rate;
        let frames = markers
            .frames
            .len()
            .max(analogue.samples.len().div_ceil(per_frame));
        markers
            .frames
            .resize(frames, vec![None; markers.names.len()]);
        let parts = markers.frames.chunks(c3d::MAX_FRAMES).count();
        for number in 0..parts {
            let first = number * c3d::MAX_FRAMES;
            let last = (first + c3d::MAX_FRAMES).min(frames);
            let part = Markers {
                names: markers.names.clone(),
                rate,
                frames: markers.frames[first..last].to_vec(),
            };
            let samples = analogue
                .samples
                .iter()
                .skip(first * per_frame)
                .take((last - first) * per_frame);
            let analogue = Analogue {
                samples: samples.cloned().collect(),
                ..analogue.clone()
            };
            let bytes = c3d::write(&part, &analogue).map_err(io::Error::other)?;
            let suffix = if parts > 1 {
                format!("_{}", number + 1)
            } else {
                String::new()
            };
            self.file(&format!("{}{suffix}.c3d", self.stem), &bytes)?;
        }
        Ok(())
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.export.folder.join(name);
        write_named(&path, bytes)?;
        self.remarks.push(format!("wrote {}", path.display()));
        Ok(())
    }
}

fn write_named(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_hold_letters_and_digits_alone() {
        assert_eq!(file_stem("clips.jsonl.gz"), "clips");
        assert_eq!(file_stem("../a b/c.mp4"), "___a_b_c");
        assert_eq!(
            file_stem("squats.csv (part 1 of 2)"),
            "squats_csv__part_1_of_2_"
        );
        assert_eq!(file_stem(""), "clip");
    }

    #[test]
    fn formats_are_listed_by_name() {
        assert_eq!(
            ExportFormat::list("trc, c3d"),
            Ok(vec![ExportFormat::Trc, ExportFormat::C3d])
        );
        assert!(
            ExportFormat::list("xls")
                .unwrap_err()
                .contains("\"xls\" must be one of")
        );
    }
}
