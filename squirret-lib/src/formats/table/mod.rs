//! Tables of insole samples: CSV, semicolons with decimal commas, or tabs.
//!
//! The header names a time, a foot and six sensors, in any order. Other columns are ignored.
//!
//! | column | names | unit |
//! |---|---|---|
//! | time | `seconds`, `time_s`, `s`; `ms`, `time_ms`, `millis`, `epoch_ms`; `us`, `micros` | as named |
//! | time | `time`, `t`, `ts`, `timestamp`, `datetime`, `date` | ISO 8601; a number's unit follows from the steps between lines |
//! | foot | `side`, `foot` | `left`, `right`, `l` or `r`, in any case |
//! | sensors | `ratio1` to `ratio6` | per cent of the foot's sum, 0 to 100 |
//! | sensors | `voltage1` to `voltage6` | volts, 0 to 3.3 |
//! | sensors of a table with both feet in a line | `left_voltage1`, `right_voltage1`, …; `left_ratio1`, … | as above |
//!
//! A [`TableMap`] describes other names and units: raw counts, ohms, newtons.
//!
//! A faulty line is left out and named in the [`Remarks`]. A clock that starts again begins a new part of the
//! recording. Lines may come in any order, such as all of the left foot before the right.

mod cells;
mod columns;
mod map;
mod parts;
mod stamps;

use std::io::Read;

pub use map::{MapError, TableMap, TimeUnit};

use super::Remarks;
use crate::fsr::{Sample, Side};
use cells::{RowReader, TextLine};
use columns::{ColumnFault, Columns};
use stamps::Stamp;

/// Samples in a table at most: ten hours of both feet at 100 Hz. Longer ones would take gigabytes.
const MAX_SAMPLES: usize = 7_200_000;

/// What a table held.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct InsoleRecording {
    /// Samples in the order of time. There is more than one part when the clock started again in between; none is
    /// empty.
    pub parts: Vec<Vec<Sample>>,
    /// What was left out or assumed.
    pub remarks: Remarks,
}

impl InsoleRecording {
    /// Returns all parts as one recording. Each later part is moved to begin one usual interval after the end of the part
    /// before, as how long the logger was away is not known.
    ///
    /// ```
    /// use squirret::formats::table::{self, TableMap};
    ///
    /// let line = |ms: u32| format!("{ms},left,20,15,5,25,20,15\n");
    /// let clock = [0, 2500, 5000, 0, 2500].map(line).concat();
    /// let text = format!("ms,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6\n{clock}");
    /// let joined = table::read(text.as_bytes(), &TableMap::default())?.joined();
    /// assert_eq!(joined.iter().map(|sample| sample.at.0).collect::<Vec<_>>(), [0, 2500, 5000, 7500, 10_000]);
    /// # Ok::<(), table::TableError>(())
    /// ```
    #[must_use]
    pub fn joined(&self) -> Vec<Sample> {
        let mut joined: Vec<Sample> = Vec::with_capacity(self.parts.iter().map(Vec::len).sum());
        for part in &self.parts {
            let (Some(first), Some(last)) = (part.first(), joined.last()) else {
                joined.extend(part);
                continue;
            };
            let step = interval(&joined).unwrap_or(DEFAULT_INTERVAL_MS);
            let shift = last.at.since(first.at).saturating_add(step);
            joined.extend(part.iter().map(|sample| Sample {
                at: sample.at.plus(shift),
                ..*sample
            }));
        }
        joined
    }
}

/// Interval of a recording that is too short to have one, ms.
const DEFAULT_INTERVAL_MS: i64 = 100;

/// The usual interval of one foot, ms.
fn interval(samples: &[Sample]) -> Option<i64> {
    let side = samples.last()?.side;
    let times: Vec<i64> = samples
        .iter()
        .filter(|sample| sample.side == side)
        .map(|sample| sample.at.0)
        .collect();
    let mut steps: Vec<i64> = times
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|step| *step > 0)
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The source of the bytes failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The header lacks a column.
    #[error("line {line}: the header must name {rule}; it names {found}")]
    NoColumn {
        /// Line of the header, from 1.
        line: u64,
        /// The columns that would do.
        rule: String,
        /// What the header names, shortened.
        found: String,
    },
    /// There is no header, or nothing follows it.
    #[error("it has no samples")]
    NoSamples,
    /// No line is a sample.
    #[error("line {line}: {rule}; no other line is a sample either")]
    NoGoodLine {
        /// The first faulty line.
        line: u64,
        /// What is wrong with it.
        rule: String,
    },
    /// The numbers of the time column allow more than one unit.
    #[error(
        "the unit of column {name:?} does not follow from its numbers: name the column seconds or ms, or use a map"
    )]
    TimeUnit {
        /// Name of the column.
        name: String,
    },
    /// Too long.
    #[error("it has more than {max} samples")]
    TooLong {
        /// How many may be.
        max: usize,
    },
}

/// A sample whose time is still in the unit of its column.
struct Stamped {
    line: u64,
    time: Stamp,
    sample: Sample,
}

/// Reads a table.
///
/// # Errors
/// [`TableError`] when the header lacks a time, a foot or sensors, when no line is a sample, or when `source` fails.
///
/// ```
/// use squirret::formats::table::{self, TableMap};
///
/// let text = "# fw=3\nt_ms,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6\n\
///             0,left,20,15,5,25,20,15\n20,left,20,15,,25,20,15\n40,left,20,15,5,25,20,15\n";
/// let recording = table::read(text.as_bytes(), &TableMap::default())?;
/// assert_eq!(recording.parts[0].len(), 2);
/// assert_eq!(recording.remarks.texts(), ["line 4: left out: ratio3 is blank"]);
/// # Ok::<(), table::TableError>(())
/// ```
pub fn read(source: impl Read, map: &TableMap) -> Result<InsoleRecording, TableError> {
    let mut rows = RowReader::open(source)?;
    let header = rows.header()?.ok_or(TableError::NoSamples)?;
    let columns = Columns::of(&header, map).map_err(|rule| TableError::NoColumn {
        line: header.number,
        rule,
        found: header.shortened(),
    })?;
    let mut reader = TableReader {
        map,
        columns,
        samples: Vec::new(),
        first_fault: None,
        absent: [0; 2],
        remarks: Remarks::default(),
    };
    while let Some(line) = rows.next_line()? {
        reader.take(&line)?;
    }
    reader.finish()
}

struct TableReader<'a> {
    map: &'a TableMap,
    columns: Columns,
    samples: Vec<Stamped>,
    first_fault: Option<(u64, String)>,
    /// Lines without a foot, in a table with both feet in a line.
    absent: [u64; 2],
    remarks: Remarks,
}

impl TableReader<'_> {
    fn take(&mut self, line: &TextLine<'_>) -> Result<(), TableError> {
        if let Ok(again) = Columns::of(line, self.map) {
            self.remarks.at(line.number, "the header comes again");
            self.columns = again;
            return Ok(());
        }
        let time = match self.columns.time(line) {
            Ok(time) => time,
            Err(fault) => {
                self.leave_out(line.number, &fault);
                return Ok(());
            }
        };
        for side in Side::BOTH {
            match self.columns.sample(line, side, self.map) {
                Ok(Some(sample)) if self.samples.len() < MAX_SAMPLES => {
                    self.samples.push(Stamped {
                        line: line.number,
                        time,
                        sample,
                    })
                }
                Ok(Some(_)) => return Err(TableError::TooLong { max: MAX_SAMPLES }),
                Ok(None) => {}
                Err(ColumnFault::Absent) => self.absent[side.index()] += 1,
                Err(fault) => {
                    self.leave_out(line.number, &fault);
                    // A long table has one foot a line, and one fault of it.
                    if self.columns.is_long() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, line: u64, fault: &ColumnFault) {
        let rule = fault.to_string();
        self.remarks.at(line, format!("left out: {rule}"));
        self.first_fault.get_or_insert((line, rule));
    }

    fn finish(mut self) -> Result<InsoleRecording, TableError> {
        if self.samples.is_empty() {
            return Err(match self.first_fault {
                Some((line, rule)) => TableError::NoGoodLine { line, rule },
                None => TableError::NoSamples,
            });
        }
        for (side, absent) in Side::BOTH.into_iter().zip(self.absent) {
            if absent > 0 {
                let name = side_name(side);
                self.remarks
                    .whole(format!("{absent} lines have no values of the {name} foot"));
            }
        }
        let timed = stamps::resolve(self.samples, &self.columns)?;
        let parts = parts::split(timed, &mut self.remarks);
        Ok(InsoleRecording {
            parts,
            remarks: self.remarks,
        })
    }
}

const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

#[cfg(test)]
mod tests;
