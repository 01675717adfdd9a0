//! Plots as inline SVG: no script, no style attribute, colours by classes of the page's style sheet.

use std::fmt::Write as _;

use super::{RepRow, Report, html::score_class, labels};
use crate::{feedback::Wording, verdict::Rule};

/// Size of a plot, in its own units.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 150.0;
/// The frame of the drawing within it: left, top, right, bottom.
const FRAME: [f64; 4] = [34.0, 10.0, 312.0, 128.0];

/// Paths of the centre of pressure that are drawn; more would cover one another.
const MAX_PATHS: usize = 40;

/// All plots that there are data for.
pub(super) fn plots(report: &Report) -> String {
    let language = report.language;
    let mut html = String::new();
    if report.reps.is_empty() {
        return html;
    }
    let say = |words: Wording| words.in_language(language);
    let scores_key = [("good", "80–100"), ("warn", "50–79"), ("bad", "0–49")];
    let faults_key = [
        ("good", say(labels::NO_FAULT)),
        ("bad", say(labels::SOME_FAULT)),
    ];
    let tempo_key = [
        ("down", say(labels::DOWN)),
        ("hold", say(labels::HOLD)),
        ("up", say(labels::UP)),
    ];
    let mut add = |title, help: &str, key: &[(&str, &str)], drawing: &str| {
        figure(&mut html, say(title), help, key, drawing);
    };
    add(labels::SCORE, "", &scores_key, &scores(report));
    if report.reps.iter().any(RepRow::depth_is_assessed) {
        let help = say(labels::DEPTH_HELP);
        add(labels::DEPTH, help, &faults_key, &depths(report));
    }
    let help = say(labels::TEMPO_HELP);
    add(labels::TEMPO, help, &tempo_key, &tempo(report));
    if report.balance.is_some() {
        let help = say(labels::LEFT_SHARE);
        add(labels::BALANCE, help, &[], &balance(report));
    }
    if report.reps.iter().any(|rep| !rep.path.is_empty()) {
        let help = say(labels::CENTRE_HELP);
        add(labels::CENTRE, help, &faults_key, &centre(report));
    }
    html
}

/// A drawing with its title, what its numbers are, and what its colours mean.
fn figure(html: &mut String, title: &str, help: &str, key: &[(&str, &str)], drawing: &str) {
    let mut legend = String::new();
    for (class, name) in key {
        let _ = write!(legend, " <span class=\"key {class}\">{name}</span>");
    }
    let label = if help.is_empty() {
        title.to_owned()
    } else {
        format!("{title}: {help}")
    };
    let _ = write!(
        html,
        "<figure><figcaption><b>{title}</b> <span>{help}</span>{legend}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">{drawing}</svg></figure>"
    );
}

/// Where a repetition stands from left to right, and how wide its bar is.
struct PlotColumns {
    step: f64,
    bar: f64,
}

impl PlotColumns {
    fn new(count: usize) -> Self {
        let step = (FRAME[2] - FRAME[0]) / count.max(1) as f64;
        Self {
            step,
            bar: (step * 0.7).min(22.0),
        }
    }

    fn centre(&self, index: usize) -> f64 {
        self.step.mul_add(index as f64 + 0.5, FRAME[0])
    }
}

/// The height of `value` on a scale from `low` to `high`.
fn y(value: f64, low: f64, high: f64) -> f64 {
    let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
    (FRAME[1] - FRAME[3]).mul_add(part, FRAME[3])
}

/// Lines at these values with their labels, and the numbers of the first and the last repetition.
fn axes(count: usize, low: f64, high: f64, marks: &[f64]) -> String {
    let mut drawing = String::new();
    for mark in marks {
        let y = y(*mark, low, high);
        let _ = write!(
            drawing,
            "<line class=\"grid\" x1=\"{}\" y1=\"{y:.1}\" x2=\"{}\" y2=\"{y:.1}\"/>\
             <text class=\"end\" x=\"{}\" y=\"{:.1}\">{mark}</text>",
            FRAME[0],
            FRAME[2],
            FRAME[0] - 5.0,
            y + 3.5
        );
    }
    let columns = PlotColumns::new(count);
    for index in [0, count.saturating_sub(1)].iter().take(count) {
        let _ = write!(
            drawing,
            "<text class=\"middle\" x=\"{:.1}\" y=\"{}\">{}</text>",
            columns.centre(*index),
            HEIGHT - 8.0,
            index + 1
        );
    }
    drawing
}

fn bar(
    drawing: &mut String,
    class: &str,
    columns: &PlotColumns,
    index: usize,
    top: f64,
    bottom: f64,
) {
    let _ = write!(
        drawing,
        "<rect class=\"{class}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
        columns.centre(index) - columns.bar / 2.0,
        columns.bar,
        (bottom - top).max(0.0)
    );
}

/// A bar for each repetition that has a value, in the colour of its class.
fn bars(
    reps: &[RepRow],
    high: f64,
    marks: &[f64],
    value: impl Fn(&RepRow) -> Option<(f64, &'static str)>,
) -> String {
    let columns = PlotColumns::new(reps.len());
    let mut drawing = axes(reps.len(), 0.0, high, marks);
    for (index, rep) in reps.iter().enumerate() {
        let Some((value, class)) = value(rep) else {
            continue;
        };
        let top = y(value, 0.0, high);
        bar(&mut drawing, class, &columns, index, top, FRAME[3]);
    }
    drawing
}

fn scores(report: &Report) -> String {
    bars(&report.reps, 100.0, &[0.0, 50.0, 100.0], |rep| {
        Some((rep.score, score_class(rep.score)))
    })
}

fn depths(report: &Report) -> String {
    bars(&report.reps, 130.0, &[0.0, 50.0, 100.0], |rep| {
        let is_shallow = rep.faults.contains(&Rule::Depth);
        let class = if is_shallow { "bad" } else { "good" };
        rep.depth_is_assessed()
            .then_some((rep.depth * 100.0, class))
    })
}

fn tempo(report: &Report) -> String {
    let whole = |rep: &RepRow| rep.descent_seconds + rep.bottom_seconds + rep.ascent_seconds;
    let longest = report.reps.iter().map(whole).fold(1.0, f64::max).ceil();
    let columns = PlotColumns::new(report.reps.len());
    let mut drawing = axes(report.reps.len(), 0.0, longest, &[0.0, longest]);
    for (index, rep) in report.reps.iter().enumerate() {
        let mut from = 0.0;
        for (class, seconds) in [
            ("down", rep.descent_seconds),
            ("hold", rep.bottom_seconds),
            ("up", rep.ascent_seconds),
        ] {
            let (top, bottom) = (y(from + seconds, 0.0, longest), y(from, 0.0, longest));
            bar(&mut drawing, class, &columns, index, top, bottom);
            from += seconds;
        }
    }
    drawing
}

/// The left foot's share of each repetition around the middle.
fn balance(report: &Report) -> String {
    let columns = PlotColumns::new(report.reps.len());
    let off = |rep: &RepRow| rep.left_load.map_or(0.0, |left| (left - 50.0).abs());
    let widest = report.reps.iter().map(off).fold(10.0, f64::max);
    let reach = (widest / 5.0).ceil() * 5.0;
    let (low, high) = (50.0 - reach, 50.0 + reach);
    let mut drawing = axes(report.reps.len(), low, high, &[low, 50.0, high]);
    let mut points = String::new();
    for (index, rep) in report.reps.iter().enumerate() {
        if let Some(left) = rep.left_load {
            let (x, y) = (columns.centre(index), y(left, low, high));
            let _ = write!(points, "{x:.1},{y:.1} ");
            let _ = write!(
                drawing,
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"
            );
        }
    }
    let _ = write!(
        drawing,
        "<polyline class=\"line\" points=\"{}\"/>",
        points.trim_end()
    );
    drawing
}

/// The sole of a right foot, its toes up: per cent of its width from the medial side, of its length from the toes.
const SOLE: &str = "M30 100 C12 100 8 86 12 70 C16 54 14 46 6 34 C-2 18 8 0 30 0 C56 0 86 12 94 32 C100 48 88 56 84 \
    70 C82 90 66 100 50 100 Z";

fn centre(report: &Report) -> String {
    // The sole lies on its side in no way: it stands in the middle, 52 wide and 136 high.
    let (left, top, width, height) = (134.0, 7.0, 52.0, 136.0);
    let place = |[along, across]: [f64; 2]| {
        let x = f64::mul_add(across.clamp(0.0, 100.0), width / 100.0, left);
        let y = f64::mul_add(100.0 - along.clamp(0.0, 100.0), height / 100.0, top);
        format!("{x:.1},{y:.1}")
    };
    let mut drawing = format!(
        "<path class=\"sole\" transform=\"translate({left} {top}) scale({} {})\" d=\"{SOLE}\"/>",
        width / 100.0,
        height / 100.0
    );
    let paths = report.reps.iter().filter(|rep| !rep.path.is_empty());
    for rep in paths.take(MAX_PATHS) {
        let points: Vec<String> = rep.path.iter().copied().map(place).collect();
        let class = if rep.faults.is_empty() {
            "path good"
        } else {
            "path bad"
        };
        let _ = write!(
            drawing,
            "<polyline class=\"{class}\" points=\"{}\"/>",
            points.join(" ")
        );
    }
    drawing
}
