//! Prints what the coach said: text for people, a line of JSON a clip, or one a frame.

use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;
use squirret::{
    Language, Stage, UnixMillis, Verdict,
    archive::{WorkoutKey, WorkoutRecord},
    coach::{Analysis, Coach, Event, RepRecord, StageSource, Workout},
    feedback::Status,
    session::SessionId,
    squat::NotCounting,
};
use uuid::Uuid;

use super::Notes;

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Sentences.
    Text,
    /// A line of JSON a clip.
    Clips,
    /// A line of JSON a frame.
    Frames,
    /// Both: the frames, then their clip.
    FramesAndClips,
    /// Nothing; the repetitions are kept.
    Nothing,
}

/// A clip's line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClipLine<'a> {
    clip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    seconds: f64,
    status: Status,
    /// Why there is no repetition.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_counting: Option<NotCounting>,
    /// The same as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    reps: &'a [RepRecord],
    verdicts: Vec<Verdict>,
    summary: String,
    /// What was left out of the file or assumed.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
}

/// A frame's line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FrameLine<'a> {
    clip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<u64>,
    t: f64,
    stage: Stage,
    knee_angle: Option<f64>,
    depth: Option<f64>,
    stage_source: Option<StageSource>,
    reps: usize,
}

/// Writes to standard output.
pub(crate) struct Teller {
    out: BufWriter<Stdout>,
    form: Form,
    language: Language,
    /// What is kept when nothing is printed: each clip's repetitions.
    workouts: Vec<WorkoutRecord>,
    reps: Vec<RepRecord>,
}

impl Teller {
    /// In this form and language.
    pub(crate) fn new(form: Form, language: Language) -> Self {
        Self {
            out: BufWriter::new(io::stdout()),
            form,
            language,
            workouts: Vec::new(),
            reps: Vec::new(),
        }
    }

    /// Something was said at `now`.
    pub(crate) fn event(
        &mut self,
        coach: &Coach,
        notes: &Notes,
        start: UnixMillis,
        now: UnixMillis,
        event: &Event,
    ) -> io::Result<()> {
        let seconds = now.since(start) as f64 / 1e3;
        match event {
            Event::Analysis(analysis) if self.tells_frames() => {
                let source = coach.stage(now).map(|(_, source)| source);
                self.json(&frame_line(notes, seconds, analysis, source))
            }
            Event::Rep(rep) if self.form == Form::Nothing => {
                self.keep(start, rep);
                Ok(())
            }
            Event::Voice(cue) if self.form == Form::Text => {
                writeln!(self.out, "{seconds:7.1} s  says: {}", cue.text)
            }
            Event::Rep(rep) if self.form == Form::Text => writeln!(
                self.out,
                "{seconds:7.1} s  squat {}: score {:.0}, depth {:.2}, {:.1} s down, {:.1} s up; {}",
                rep.number,
                rep.score,
                rep.depth,
                rep.descent_seconds,
                rep.ascent_seconds,
                faults(&rep.verdicts)
            ),
            _ => Ok(()),
        }
    }

    /// How it is now, where there are no frames.
    pub(crate) fn moment(
        &mut self,
        coach: &Coach,
        notes: &Notes,
        start: UnixMillis,
        now: UnixMillis,
    ) -> io::Result<()> {
        if !self.tells_frames() {
            return Ok(());
        }
        let stage = coach.stage(now);
        self.json(&FrameLine {
            clip: &notes.name,
            frame: None,
            t: rounded(now.since(start) as f64 / 1e3),
            stage: stage.map_or(Stage::Unknown, |(stage, _)| stage),
            knee_angle: None,
            depth: None,
            stage_source: stage.map(|(_, source)| source),
            reps: notes.outcome.reps().len(),
        })
    }

    /// A clip is over.
    pub(crate) fn clip(
        &mut self,
        notes: &Notes,
        seconds: f64,
        workout: &Workout,
    ) -> io::Result<()> {
        let summary = workout.summary(self.language);
        if self.form != Form::Clips && self.form != Form::FramesAndClips {
            for remark in &notes.remarks {
                eprintln!("{}: {remark}", notes.name);
            }
        }
        match self.form {
            Form::Frames => Ok(()),
            Form::Nothing => {
                self.end_workout(UnixMillis(0), Some(workout));
                Ok(())
            }
            Form::Clips | Form::FramesAndClips => self.json(&ClipLine {
                clip: &notes.name,
                label: notes.label.as_deref(),
                seconds: rounded(seconds),
                status: notes.outcome.status(),
                not_counting: notes.outcome.not_counting(),
                reason: self.reason(notes),
                reps: notes.outcome.reps(),
                verdicts: notes.outcome.verdicts(),
                summary,
                remarks: &notes.remarks,
            }),
            Form::Text => {
                let reason = notes.outcome.not_counting();
                let reason =
                    reason.map_or_else(String::new, |reason| format!(" ({})", reason.as_str()));
                let reps = notes.outcome.reps().len();
                let plural = if reps == 1 { "" } else { "s" };
                writeln!(
                    self.out,
                    "{}: {}{reason}, {reps} repetition{plural} in {seconds:.1} s. {summary}",
                    notes.name,
                    notes.outcome.status().as_str()
                )
            }
        }
    }

    /// A repetition whose number does not follow the last begins another workout.
    fn keep(&mut self, start: UnixMillis, rep: &RepRecord) {
        if self
            .reps
            .last()
            .is_some_and(|last| rep.number <= last.number)
        {
            self.end_workout(start, None);
        }
        self.reps.push(rep.clone());
    }

    /// Keeps a workout; `summary` says why it has no repetition.
    fn end_workout(&mut self, start: UnixMillis, summary: Option<&Workout>) {
        let reps = std::mem::take(&mut self.reps);
        let start = reps.first().map_or(start, |first| first.start);
        let session = SessionId(Uuid::nil());
        let mut record = WorkoutRecord::new(WorkoutKey { session, start }, reps);
        record.summary = summary.filter(|_| record.reps.is_empty()).cloned();
        self.workouts.push(record);
    }

    /// What was kept.
    pub(crate) fn into_workouts(self) -> Vec<WorkoutRecord> {
        self.workouts
    }

    /// Everything is out.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn reason(&self, notes: &Notes) -> Option<&'static str> {
        let reason = notes.outcome.not_counting()?;
        Some(reason.explain(self.language))
    }

    const fn tells_frames(&self) -> bool {
        matches!(self.form, Form::Frames | Form::FramesAndClips)
    }

    fn json(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

fn frame_line<'a>(
    notes: &'a Notes,
    seconds: f64,
    analysis: &Analysis,
    source: Option<StageSource>,
) -> FrameLine<'a> {
    FrameLine {
        clip: &notes.name,
        frame: Some(analysis.frame),
        t: rounded(seconds),
        stage: analysis.stage,
        knee_angle: analysis.angles.knee().map(rounded),
        depth: analysis.depth.map(|depth| rounded(depth.clamp(0.0, 1.0))),
        stage_source: source,
        reps: notes.outcome.reps().len(),
    }
}

fn faults(verdicts: &[Verdict]) -> String {
    let faults: Vec<String> = verdicts
        .iter()
        .filter(|verdict| verdict.is_fault())
        .map(|verdict| format!("{:?}", verdict.rule))
        .collect();
    if faults.is_empty() {
        "no faults".to_owned()
    } else {
        format!("faults: {}", faults.join(", "))
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
