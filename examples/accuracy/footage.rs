//! People whom nobody here has filmed: squats from the front, the side and between, and movement that is no squat.

use std::path::Path;

use serde::Deserialize;
use squirret::{
    Rule,
    coach::{Outcome, RepRecord},
    feedback::Status,
    sim::TimedPose,
    squat::{View, parse_clip},
};

use crate::{
    Table,
    coached::{faults, judge, shows},
    data::{Failure, find, unpack},
    pictures,
};

/// How far a labelled time may be off, s.
const TOLERANCE: f64 = 0.15;

/// What a person sees in a clip.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Label {
    name: String,
    fps: f64,
    aspect: f32,
    view: String,
    squats: usize,
    bottoms_seconds: Vec<f64>,
    deep_enough: Vec<String>,
    faults: String,
}

/// What came out of all clips.
#[derive(Default, Debug)]
struct Score {
    squats: usize,
    found: usize,
    extra: usize,
    others: usize,
    /// Repetitions told of clips without a squat, and how many of these clips are NO_DATA.
    phantoms: usize,
    silent: usize,
    clean: usize,
    accused: usize,
    views_right: usize,
}

/// Measures the clips by their recorded points and, where there are models, by their pictures.
pub(crate) fn measure(
    folder: &Path,
    with_pictures: bool,
    table: &mut Table,
) -> Result<(), Failure> {
    let labels = labels(folder)?;
    let text = unpack(&find(folder, "squat-footage/clips.jsonl.gz"))?;
    let mut by_points = Score::default();
    for line in text.lines() {
        let clip = parse_clip(line, 1.0)?;
        let label = labels.iter().find(|label| label.name == clip.name);
        let label = label.ok_or_else(|| format!("{} has no label", clip.name))?;
        let clip = parse_clip(line, label.aspect)?;
        let frames = clip.frames.into_iter().enumerate();
        let frames: Vec<TimedPose> = frames
            .map(|(number, pose)| (number as f64 / label.fps, pose))
            .collect();
        by_points.take(label, &judge(&frames), "points");
    }
    by_points.lines("points", table);
    if !with_pictures {
        return Ok(());
    }
    let estimator = pictures::estimator(folder)?;
    let mut by_pictures = Score::default();
    for label in &labels {
        let frames = find(folder, "squat-footage").join(&label.name);
        if frames.is_dir() {
            let frames = pictures::estimate(&estimator, &frames, label.fps)?;
            by_pictures.take(label, &judge(&frames), "pictures");
        }
    }
    by_pictures.lines("pictures", table);
    Ok(())
}

fn labels(folder: &Path) -> Result<Vec<Label>, Failure> {
    let path = find(folder, "squat-footage/labels.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

impl Label {
    /// Which of the labelled squats a repetition is.
    fn squat(&self, rep: &RepRecord) -> Option<usize> {
        let (start, end) = (rep.start.0 as f64 / 1e3, rep.end.0 as f64 / 1e3);
        let within = |bottom: &f64| (start - TOLERANCE..end + TOLERANCE).contains(bottom);
        self.bottoms_seconds.iter().position(within)
    }

    const fn is_view(&self, view: View) -> bool {
        matches!(
            (self.view.as_bytes(), view),
            (b"front" | b"back", View::Front) | (b"side", View::Side) | (b"oblique", View::Oblique)
        )
    }

    /// The faults of a repetition that a person does not see.
    fn wrong(&self, squat: usize, rep: &RepRecord) -> Vec<Rule> {
        let deep = self.deep_enough.get(squat).is_none_or(|deep| deep == "yes");
        let leans = self.faults.contains("leans");
        let told = faults(rep).into_iter();
        let seen = |rule: &Rule| match rule {
            Rule::Depth => !deep,
            Rule::TrunkLean => leans,
            _ => false,
        };
        told.filter(|rule| !seen(rule)).collect()
    }
}

impl Score {
    fn take(&mut self, label: &Label, outcome: &Outcome, by: &str) {
        let reps = outcome.reps();
        if label.squats == 0 {
            self.others += 1;
            self.phantoms += reps.len();
            self.silent += usize::from(outcome.status() == Status::NoData);
            if shows() && outcome.status() != Status::NoData {
                println!(
                    "  {by}: {} is {:?}, {} reps",
                    label.name,
                    outcome.status(),
                    reps.len()
                );
            }
            return;
        }
        let mut found = vec![false; label.squats];
        for rep in reps {
            let Some(squat) = label.squat(rep) else {
                self.extra += 1;
                continue;
            };
            self.extra += usize::from(std::mem::replace(&mut found[squat], true));
            let right = rep.view.is_some_and(|view| label.is_view(view));
            let wrong = label.wrong(squat, rep);
            self.views_right += usize::from(right);
            self.clean += 1;
            self.accused += usize::from(!wrong.is_empty());
            if shows() && (!wrong.is_empty() || !right) {
                println!(
                    "  {by}: {} squat {squat}: {wrong:?}, {:?}",
                    label.name, rep.view
                );
            }
        }
        let count = found.iter().filter(|found| **found).count();
        self.squats += label.squats;
        self.found += count;
        if shows() && count < label.squats {
            println!("  {by}: {} has {count} of {}", label.name, label.squats);
        }
    }

    fn lines(&self, by: &str, table: &mut Table) {
        let Self {
            squats,
            found,
            extra,
            others,
            phantoms,
            silent,
            clean,
            accused,
            views_right,
        } = self;
        table.line(
            &format!("footage by {by}: squats found; too many"),
            &format!("{found} of {squats}; {extra}"),
            "all; 0",
            found == squats && *extra == 0,
        );
        table.line(
            &format!("footage by {by}: repetitions told of other movement"),
            &format!("{phantoms} in {others} clips"),
            "≤ 1",
            *phantoms <= 1,
        );
        table.line(
            &format!("footage by {by}: clips without a squat NO_DATA"),
            &format!("{silent} of {others}"),
            "all",
            silent == others,
        );
        table.line(
            &format!("footage by {by}: clean squats accused"),
            &format!("{accused} of {clean}"),
            "≤ 5 %",
            20 * accused <= *clean,
        );
        table.line(
            &format!("footage by {by}: view right, by repetition"),
            &format!("{views_right} of {clean}"),
            "all",
            views_right == clean,
        );
    }
}
