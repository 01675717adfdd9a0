//! The repetitions as a table (RFC 4180).

use std::fmt::{self, Write as _};

use super::{RepRow, Report, html::DATED};
use crate::{UnixMillis, squat::NotCounting, time::Rfc3339, verdict::Rule};

/// The first line.
const HEADER: &str = "workout,rep,start,end,score,depth,descent_seconds,bottom_seconds,ascent_seconds,knee_flexion_degrees,\
    left_load_percent,peak_left_right_percent,lowest_heel_percent,view,source,faults,not_assessed,status,not_counting,reason\r\n";

/// Cells before the status.
const CELLS: usize = 17;

impl Report {
    /// A line a repetition; what is not known is empty, rules stand behind one another with blanks between them. Without
    /// a repetition the only line says why. All values are numbers, times and words of this crate, so that no cell is a
    /// formula.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = String::from(HEADER);
        for rep in &self.reps {
            let _ = write!(text, "{}\r\n", CsvLine(rep));
        }
        if self.reps.is_empty() {
            let code = self.not_counting.map_or("", NotCounting::as_str);
            let reason = self.reason.unwrap_or_default();
            let (blank, status) = (",".repeat(CELLS), self.status.as_str());
            let _ = write!(text, "{blank}{status},{code},\"{reason}\"\r\n");
        }
        text
    }
}

struct CsvLine<'a>(&'a RepRow);

impl fmt::Display for CsvLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rep = self.0;
        let depth = if rep.depth_is_assessed() {
            rep.depth.to_string()
        } else {
            String::new()
        };
        write!(
            f,
            "{},{},{},{},{},{},{},{},{}",
            rep.workout,
            rep.number,
            dated(rep.start),
            dated(rep.end),
            rep.score,
            depth,
            rep.descent_seconds,
            rep.bottom_seconds,
            rep.ascent_seconds,
        )?;
        for value in [
            rep.knee_flexion,
            rep.left_load,
            rep.peak_left_right,
            rep.lowest_heel,
        ] {
            f.write_char(',')?;
            if let Some(value) = value {
                write!(f, "{value}")?;
            }
        }
        let view = rep.view.map(word).unwrap_or_default();
        let (faults, missing) = (rules(&rep.faults), rules(&rep.not_assessed));
        let (source, status) = (word(rep.source), rep.status.as_str());
        write!(f, ",{view},{source},{faults},{missing},{status},,")
    }
}

/// A time; empty for a recording that counts from zero.
fn dated(time: UnixMillis) -> String {
    if time < DATED {
        return String::new();
    }
    Rfc3339(time).to_string()
}

/// The word that JSON has for a value.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn rules(rules: &[Rule]) -> String {
    let words: Vec<String> = rules.iter().map(word).collect();
    words.join(" ")
}
