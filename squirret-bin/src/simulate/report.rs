//! What the simulation shows: the pushes as they come, one line each, and the counts at the end.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use parking_lot::Mutex;

use super::footage::Footage;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Tally {
    /// A sample was accepted.
    Sample,
    /// A sample was refused or lost.
    SampleLost,
    /// A frame went out.
    FrameSent,
    /// A frame was replaced by a newer one.
    FrameDropped,
    /// An analysis came.
    Analysis,
    /// The server advised a rate of frames.
    Advice,
    /// A STOMP message came.
    Push,
}

const NAMES: [&str; 7] = [
    "samples",
    "samples lost",
    "frames",
    "frames dropped",
    "analyses",
    "advised rates",
    "pushes",
];

/// Distinct problems that are kept; a failing server would otherwise fill the terminal.
const MAX_PROBLEMS: usize = 20;

/// Counts and prints, shared by all virtual people.
#[derive(Debug)]
pub(crate) struct Report {
    quiet: bool,
    started: Instant,
    counts: [AtomicU64; NAMES.len()],
    problems: Mutex<BTreeMap<String, u64>>,
}

impl Report {
    /// Prints nothing but the end when `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            started: Instant::now(),
            counts: Default::default(),
            problems: Mutex::default(),
        }
    }

    /// Adds one.
    pub(crate) fn count(&self, what: Tally) {
        self.add(what, 1);
    }

    /// Adds so many.
    pub(crate) fn add(&self, what: Tally, count: u64) {
        self.counts[what as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// How many so far.
    pub(crate) fn total(&self, what: Tally) -> u64 {
        self.counts[what as usize].load(Ordering::Relaxed)
    }

    /// A push of the server to one person.
    pub(crate) fn push(&self, who: &str, body: &str) {
        self.count(Tally::Push);
        self.line(format_args!("{who} ← {body}"));
    }

    /// An analysis: the frame's number, marks, score, stage; points and evidence are left out.
    pub(crate) fn analysis(&self, body: &str) {
        if self.quiet {
            return;
        }
        let Ok(mut analysis) = serde_json::from_str::<serde_json::Value>(body) else {
            return;
        };
        if let Some(fields) = analysis.as_object_mut() {
            for long in ["keypoints", "verdicts", "angles"] {
                fields.remove(long);
            }
        }
        self.line(format_args!("camera ← {analysis}"));
    }

    /// Something went wrong; the same words are told once and counted.
    pub(crate) fn problem(&self, what: &str) {
        let mut problems = self.problems.lock();
        let known = problems.len();
        match problems.get_mut(what) {
            Some(count) => *count += 1,
            None if known < MAX_PROBLEMS => {
                problems.insert(what.to_owned(), 1);
                eprintln!("problem: {what}");
            }
            None => {}
        }
    }

    fn line(&self, text: std::fmt::Arguments<'_>) {
        if !self.quiet {
            // A closed pipe (`| head`) is no reason to stop.
            let _ = writeln!(
                std::io::stdout(),
                "{:7.1} {text}",
                self.started.elapsed().as_secs_f64()
            );
        }
    }

    /// The counts in one line; what never happened is left out.
    pub(crate) fn summary(&self) -> String {
        let mut parts: Vec<String> = NAMES
            .iter()
            .zip(&self.counts)
            .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let problems: u64 = self.problems.lock().values().sum();
        if problems > 0 {
            parts.push(format!("{problems} problems"));
        }
        format!(
            "{} in {:.1} s",
            parts.join(", "),
            self.started.elapsed().as_secs_f64()
        )
    }
}

/// What all cameras saw together, in one line: analyses a second, how long they took from sending to answer, and what
/// the camera that got fewest and the one that got most of them had. `None` when no camera got any.
pub(crate) fn of_cameras(footages: &[Footage], seconds: f64) -> Option<String> {
    let mut latencies: Vec<f64> = footages
        .iter()
        .flat_map(|footage| footage.latencies.iter().copied())
        .collect();
    latencies.sort_by(f64::total_cmp);
    let last = latencies.len().checked_sub(1)?;
    let quantile = |share: f64| latencies[(last as f64 * share) as usize];
    let rates = footages
        .iter()
        .map(|footage| footage.latencies.len() as f64 / seconds);
    let (least, most) = rates.fold((f64::INFINITY, 0.0_f64), |(least, most), rate| {
        (least.min(rate), most.max(rate))
    });
    Some(format!(
        "{} cameras: {:.1} analyses/s, each {least:.2} to {most:.2}; answered within {:.0} ms (half), {:.0} ms (95 %), {:.0} ms (all)",
        footages.len(),
        latencies.len() as f64 / seconds,
        quantile(0.5),
        quantile(0.95),
        quantile(1.0)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_are_summed_up_with_the_fewest_and_the_most() {
        let footage = |latencies: &[f64]| Footage {
            sent: 20,
            latencies: latencies.to_vec(),
        };
        let footages = [footage(&[10.0; 10]), footage(&[30.0; 20])];
        insta::assert_snapshot!(
            of_cameras(&footages, 10.0).unwrap(),
            @"2 cameras: 3.0 analyses/s, each 1.00 to 2.00; answered within 30 ms (half), 30 ms (95 %), 30 ms (all)"
        );
        assert_eq!(of_cameras(&[footage(&[])], 10.0), None);
    }

    #[test]
    fn the_summary_names_what_happened_and_nothing_else() {
        let report = Report::new(true);
        report.count(Tally::Sample);
        report.count(Tally::Sample);
        report.problem("lost");
        report.problem("lost");
        let summary = report.summary();
        assert!(
            summary.starts_with("2 samples, 2 problems in "),
            "{summary}"
        );
    }
}
