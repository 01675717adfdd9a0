//! Insole samples as tables: what researchers keep, a line a sample.

use super::{Sample, SampleError, Side, Six};
use crate::UnixMillis;

/// Why a line of a table is no sample.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The header lacks a column.
    #[error("the header must name a column {name}")]
    NoColumn {
        /// Which.
        name: &'static str,
    },
    /// The header has neither six ratios nor six voltages.
    #[error("the header must name ratio1 to ratio6, voltage1 to voltage6, or both")]
    NoValues,
    /// A line is too short.
    #[error("{name} is missing: the line ends before it")]
    NoCell {
        /// The column.
        name: String,
    },
    /// A cell cannot be read.
    #[error("{name} must be {rule}, is {text:?}")]
    Cell {
        /// The column.
        name: String,
        /// What it must be.
        rule: &'static str,
        /// What stands there, at most 40 characters of it.
        text: String,
    },
    /// The values are not those of a sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

/// Reads a table: the header names `seconds` and `side` (`left`, `right`), and `ratio1` to `ratio6` (per cent, 0 to 100),
/// `voltage1` to `voltage6` (volts), or both, in any order; other columns are passed over.
///
/// ```
/// use squirret::fsr::CsvColumns;
///
/// let columns = CsvColumns::of("seconds,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6")?;
/// let sample = columns.sample("0.25,left,20,15,5,25,20,15")?;
/// assert_eq!(sample.at.0, 250);
/// # Ok::<(), squirret::fsr::CsvError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CsvColumns {
    seconds: usize,
    side: usize,
    ratios: Option<[usize; 6]>,
    voltages: Option<[usize; 6]>,
}

impl CsvColumns {
    /// Finds the columns in the header.
    ///
    /// # Errors
    /// [`CsvError::NoColumn`], [`CsvError::NoValues`].
    pub fn of(header: &str) -> Result<Self, CsvError> {
        let names: Vec<&str> = header
            .trim_start_matches('\u{feff}')
            .split(',')
            .map(str::trim)
            .collect();
        let column = |name: &str| {
            names
                .iter()
                .position(|other| other.eq_ignore_ascii_case(name))
        };
        let six = |kind: &str| -> Option<[usize; 6]> {
            let found: Option<Vec<usize>> = (1..=6)
                .map(|number| column(&format!("{kind}{number}")))
                .collect();
            found?.try_into().ok()
        };
        let needed = |name: &'static str| column(name).ok_or(CsvError::NoColumn { name });
        let columns = Self {
            seconds: needed("seconds")?,
            side: needed("side")?,
            ratios: six("ratio"),
            voltages: six("voltage"),
        };
        if columns.ratios.is_none() && columns.voltages.is_none() {
            return Err(CsvError::NoValues);
        }
        Ok(columns)
    }

    /// The sample of a line; its time is the seconds since the epoch that the line names.
    ///
    /// # Errors
    /// [`CsvError::NoCell`], [`CsvError::Cell`], [`CsvError::Sample`].
    pub fn sample(&self, line: &str) -> Result<Sample, CsvError> {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let side = text(&cells, self.side, "side")?;
        let side = if side.eq_ignore_ascii_case("left") {
            Side::Left
        } else if side.eq_ignore_ascii_case("right") {
            Side::Right
        } else {
            return Err(refuse("side", "left or right", side));
        };
        let seconds = number(&cells, self.seconds, "seconds")?;
        if !(0.0..1e11).contains(&seconds) {
            return Err(refuse("seconds", "0 to 100000000000", cells[self.seconds]));
        }
        let at = UnixMillis((seconds * 1e3).round() as i64);
        let six = |columns: Option<[usize; 6]>, kind: &str| -> Result<Option<Six>, CsvError> {
            let Some(columns) = columns else {
                return Ok(None);
            };
            let mut values = [0.0; 6];
            for (place, column) in columns.into_iter().enumerate() {
                values[place] = number(&cells, column, &format!("{kind}{}", place + 1))?;
            }
            Ok(Some(values))
        };
        let (ratios, voltages) = (six(self.ratios, "ratio")?, six(self.voltages, "voltage")?);
        Ok(Sample::new(side, at, ratios, voltages)?)
    }
}

fn text<'a>(cells: &[&'a str], column: usize, name: &str) -> Result<&'a str, CsvError> {
    cells.get(column).copied().ok_or_else(|| CsvError::NoCell {
        name: name.to_owned(),
    })
}

fn number(cells: &[&str], column: usize, name: &str) -> Result<f64, CsvError> {
    let cell = text(cells, column, name)?;
    let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
    value.ok_or_else(|| refuse(name, "a number", cell))
}

fn refuse(name: &str, rule: &'static str, text: &str) -> CsvError {
    CsvError::Cell {
        name: name.to_owned(),
        rule,
        text: text.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATIOS: &str = "side,extra,seconds,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6";

    #[test]
    fn columns_stand_in_any_order() {
        let columns = CsvColumns::of(RATIOS).unwrap();
        let sample = columns.sample("RIGHT,x,1.5,20,15,5,25,20,15").unwrap();
        assert_eq!((sample.side, sample.at), (Side::Right, UnixMillis(1500)));
    }

    #[test]
    fn a_header_must_name_time_side_and_values() {
        let error = |header: &str| CsvColumns::of(header).unwrap_err().to_string();
        assert_eq!(
            error("side,ratio1"),
            "the header must name a column seconds"
        );
        assert_eq!(
            error("seconds,side,ratio1"),
            "the header must name ratio1 to ratio6, voltage1 to voltage6, or both"
        );
    }

    #[test]
    fn a_bad_cell_is_named_with_its_rule() {
        let columns = CsvColumns::of(RATIOS).unwrap();
        let error = |line: &str| columns.sample(line).unwrap_err().to_string();
        assert_eq!(
            error("up,x,0,1,1,1,1,1,1"),
            "side must be left or right, is \"up\""
        );
        assert_eq!(
            error("left,x,0,1,1,NaN,1,1,1"),
            "ratio3 must be a number, is \"NaN\""
        );
        assert_eq!(
            error("left,x,0,1,1,1,1,1"),
            "ratio6 is missing: the line ends before it"
        );
        assert_eq!(
            error("left,x,-1,1,1,1,1,1,1"),
            "seconds must be 0 to 100000000000, is \"-1\""
        );
        assert!(error("left,x,0,1,1,1,1,1,101").contains("ratio6"));
    }
}
