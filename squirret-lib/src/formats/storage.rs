//! MOT and STO: OpenSim's tables of numbers over time.
//!
//! OpenSim's older reader (`Storage`, used by its tools for `.mot`) drops every row after a `NaN` without a word, so none
//! is written: [`segments`] cuts a table where values are missing.

use std::fmt::Write as _;

/// A gap longer than this, seconds, ends a segment; in a shorter one only the rows are left out.
const MAX_GAP: f64 = 0.5;
/// A column with fewer values than this share of the rows is left out: it would cut the others to pieces.
const MIN_SHARE: f64 = 0.5;

/// Numbers over time.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a table of numbers")]
pub struct Series {
    /// Names of the columns without the time.
    pub columns: Vec<String>,
    /// Time in seconds, and a value a column; `None` where it is not known.
    pub rows: Vec<(f64, Vec<Option<f64>>)>,
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "OpenSim has these two")]
pub enum AngleUnit {
    /// `inDegrees=yes`.
    Degrees,
    /// `inDegrees=no`: radians, or no angles at all.
    Radians,
}

/// Parts of a table without gaps.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Segments {
    /// Each with all of its values.
    pub parts: Vec<Series>,
    /// Columns that were left out, because most of their values are missing.
    pub dropped_columns: Vec<String>,
    /// Rows that were left out: a value is missing, or the time does not grow.
    pub dropped_rows: usize,
}

/// Cuts a table into parts in which no value is missing.
///
/// ```
/// use squirret::formats::storage::{Series, segments};
///
/// let row = |time: f64, value: Option<f64>| (time, vec![Some(1.0), value]);
/// let series = Series {
///     columns: vec!["knee_angle_l".into(), "knee_angle_r".into()],
///     rows: vec![row(0.0, Some(5.0)), row(0.1, None), row(0.2, Some(6.0)), row(1.2, Some(7.0))],
/// };
/// let cut = segments(&series);
/// assert_eq!(cut.parts.iter().map(|part| part.rows.len()).collect::<Vec<_>>(), [2, 1]);
/// assert_eq!(cut.dropped_rows, 1);
/// ```
#[must_use]
pub fn segments(series: &Series) -> Segments {
    let enough = |column: usize| {
        let known = series
            .rows
            .iter()
            .filter(|(_, values)| value(values, column).is_some())
            .count();
        known > 0 && known as f64 >= MIN_SHARE * series.rows.len() as f64
    };
    let kept: Vec<usize> = (0..series.columns.len())
        .filter(|column| enough(*column))
        .collect();
    let names = |columns: &[usize]| {
        columns
            .iter()
            .map(|column| series.columns[*column].clone())
            .collect()
    };
    let dropped: Vec<usize> = (0..series.columns.len())
        .filter(|column| !kept.contains(column))
        .collect();
    let mut cut = Segments {
        dropped_columns: names(&dropped),
        ..Segments::default()
    };
    if kept.is_empty() {
        cut.dropped_rows = series.rows.len();
        return cut;
    }
    let mut last = None;
    for (time, values) in &series.rows {
        let row: Option<Vec<Option<f64>>> = kept
            .iter()
            .map(|column| value(values, *column).map(Some))
            .collect();
        let Some(row) = row else {
            cut.dropped_rows += 1;
            continue;
        };
        // OpenSim's readers refuse a time that comes again, or drop the row.
        if last.is_some_and(|last| *time <= last) {
            cut.dropped_rows += 1;
            continue;
        }
        let begins = last.is_none_or(|last: f64| time - last > MAX_GAP);
        last = Some(*time);
        if begins {
            cut.parts.push(Series {
                columns: names(&kept),
                rows: Vec::new(),
            });
        }
        if let Some(part) = cut.parts.last_mut() {
            part.rows.push((*time, row));
        }
    }
    cut
}

fn value(values: &[Option<f64>], column: usize) -> Option<f64> {
    values
        .get(column)
        .copied()
        .flatten()
        .filter(|value| value.is_finite())
}

/// Writes a table; a row with a missing value is left out. MOT and STO have the same form. `name` is the first line.
///
/// ```
/// use squirret::formats::storage::{AngleUnit, Series, write};
///
/// let series = Series { columns: vec!["knee_angle_l".into()], rows: vec![(0.5, vec![Some(12.5)])] };
/// let text = write("squat", &series, AngleUnit::Degrees);
/// assert_eq!(
///     text,
///     "squat\nversion=1\nnRows=1\nnColumns=2\ninDegrees=yes\nendheader\ntime\tknee_angle_l\n0.500000\t12.500000\n"
/// );
/// ```
#[must_use]
pub fn write(name: &str, series: &Series, angles: AngleUnit) -> String {
    let in_degrees = match angles {
        AngleUnit::Degrees => "yes",
        AngleUnit::Radians => "no",
    };
    let whole = |values: &Vec<Option<f64>>| {
        (0..series.columns.len())
            .map(|column| value(values, column))
            .collect::<Option<Vec<f64>>>()
    };
    let rows: Vec<(f64, Vec<f64>)> = series
        .rows
        .iter()
        .filter_map(|(time, values)| Some((*time, whole(values)?)))
        .collect();
    // The first line is a name; a line break in it would end the header.
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let mut text = format!(
        "{name}\nversion=1\nnRows={}\nnColumns={}\ninDegrees={in_degrees}\nendheader\ntime",
        rows.len(),
        series.columns.len() + 1
    );
    for column in &series.columns {
        let _ = write!(text, "\t{column}");
    }
    text.push('\n');
    for (time, values) in rows {
        let _ = write!(text, "{time:.6}");
        for value in values {
            let _ = write!(text, "\t{value:.6}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_mostly_unknown_does_not_cut_the_others() {
        let rows = (0..10).map(|step| {
            (
                f64::from(step) / 10.0,
                vec![Some(1.0), (step == 0).then_some(2.0)],
            )
        });
        let series = Series {
            columns: vec!["a".into(), "b".into()],
            rows: rows.collect(),
        };
        let cut = segments(&series);
        assert_eq!((cut.parts.len(), cut.parts[0].rows.len()), (1, 10));
        assert_eq!(
            (cut.dropped_columns, cut.dropped_rows),
            (vec!["b".to_owned()], 0)
        );
    }

    #[test]
    fn a_time_that_comes_again_is_left_out() {
        let series = Series {
            columns: vec!["a".into()],
            rows: [0.0, 0.1, 0.1, 0.05, 0.2]
                .map(|time| (time, vec![Some(time)]))
                .to_vec(),
        };
        let cut = segments(&series);
        let times: Vec<f64> = cut.parts[0].rows.iter().map(|(time, _)| *time).collect();
        assert_eq!((times, cut.dropped_rows), (vec![0.0, 0.1, 0.2], 2));
    }

    #[test]
    fn no_file_holds_a_number_that_is_none() {
        let series = Series {
            columns: vec!["a".into()],
            rows: vec![
                (0.0, vec![Some(f64::NAN)]),
                (1.0, vec![None]),
                (2.0, vec![Some(3.0)]),
            ],
        };
        let text = write("a\nb", &series, AngleUnit::Radians);
        assert!(
            text.starts_with("ab\nversion=1\nnRows=1\n") && !text.contains("NaN"),
            "{text}"
        );
        assert_eq!(segments(&Series::default()).parts, []);
    }
}
