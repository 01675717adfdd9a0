//! Which column holds what.

use std::fmt;

use super::{
    cells::TextLine,
    map::{TableMap, TimeUnit, ValueUnit},
    side_name,
    stamps::{Stamp, iso},
};
use crate::{
    UnixMillis,
    fsr::{Sample, SampleError, SensorValues, Side},
};

/// Names of a time column and the unit that each implies.
const TIMES: &[(&[&str], Option<TimeUnit>)] = &[
    (
        &[
            "seconds",
            "second",
            "secs",
            "sec",
            "s",
            "time_s",
            "t_s",
            "time_sec",
            "time_seconds",
            "timestamp_s",
            "epoch_s",
            "elapsed_s",
            "time[s]",
            "time (s)",
            "time(s)",
            "t [s]",
            "t[s]",
        ],
        Some(TimeUnit::Seconds),
    ),
    (
        &[
            "ms",
            "millis",
            "milliseconds",
            "time_ms",
            "t_ms",
            "ts_ms",
            "timestamp_ms",
            "epoch_ms",
            "unix_ms",
            "elapsed_ms",
            "time[ms]",
            "time (ms)",
            "time(ms)",
            "t [ms]",
            "t[ms]",
        ],
        Some(TimeUnit::Milliseconds),
    ),
    (
        &[
            "us",
            "µs",
            "micros",
            "microseconds",
            "time_us",
            "t_us",
            "timestamp_us",
            "epoch_us",
        ],
        Some(TimeUnit::Microseconds),
    ),
    (
        &[
            "time",
            "t",
            "ts",
            "timestamp",
            "datetime",
            "date",
            "date_time",
            "utc",
            "iso",
            "epoch",
        ],
        None,
    ),
];

const SIDES: &[&str] = &["side", "foot"];

/// Cells that mean that there is no value.
const BLANKS: &[&str] = &["", "na", "n/a", "nan", "null", "none", "-"];

/// Why a line is left out.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum ColumnFault {
    /// The line ends before a cell, as the last line of a file does when the power goes away.
    Short { column: String },
    /// A cell is blank.
    Blank { column: String },
    /// A cell holds something else.
    Cell {
        column: String,
        rule: String,
        text: String,
    },
    /// The values are out of range.
    Sample(SampleError),
    /// All six sensors of a foot are blank, in a table with both feet in a line.
    Absent,
}

impl fmt::Display for ColumnFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { column } => write!(f, "the line ends before {column}"),
            Self::Blank { column } => write!(f, "{column} is blank"),
            Self::Cell { column, rule, text } => write!(f, "{column} must be {rule}, is {text:?}"),
            Self::Sample(error) => error.fmt(f),
            Self::Absent => f.write_str("all values of the foot are blank"),
        }
    }
}

/// A column by its place and name.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Column {
    index: usize,
    name: String,
}

/// Six columns and the unit of what they hold.
#[derive(Clone, PartialEq, Debug)]
struct SixColumns {
    columns: [Column; 6],
    unit: ValueUnit,
}

#[derive(Clone, PartialEq, Debug)]
enum FootColumns {
    /// One foot a line, which a column names.
    Long { side: Column, sets: Vec<SixColumns> },
    /// Both feet in a line.
    Wide([Vec<SixColumns>; 2]),
}

/// The columns of a table.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Columns {
    time: Column,
    unit: Option<TimeUnit>,
    feet: FootColumns,
    /// Cells of the header. A line with one more begins with a name of the line, as R's `write.table` writes it.
    width: usize,
}

impl Columns {
    /// Finds the columns; the error says which columns would do.
    pub(super) fn of(header: &TextLine<'_>, map: &TableMap) -> Result<Self, String> {
        let names: Vec<String> = header.cells().map(|cell| cell.to_lowercase()).collect();
        let find = |name: &str| {
            let index = names
                .iter()
                .position(|other| *other == name.to_lowercase())?;
            let name = header.cell(index)?.into_owned();
            Some(Column { index, name })
        };
        let (time, unit) = time_column(map, &find)?;
        let feet = feet(map, &find)?;
        Ok(Self {
            time,
            unit: map.time_unit.or(unit),
            feet,
            width: header.len(),
        })
    }

    pub(super) const fn is_long(&self) -> bool {
        matches!(self.feet, FootColumns::Long { .. })
    }

    pub(super) const fn time_unit(&self) -> Option<TimeUnit> {
        self.unit
    }

    pub(super) fn time_name(&self) -> &str {
        &self.time.name
    }

    /// Reads the time of a line.
    pub(super) fn time(&self, line: &TextLine<'_>) -> Result<Stamp, ColumnFault> {
        let cell = self.cell(line, &self.time)?;
        if let Some(number) = line.number(&cell).filter(|number| number.is_finite()) {
            if (0.0..1e20).contains(&number) {
                return Ok(Stamp::Number(number));
            }
            return Err(refuse(&self.time, "at least 0", &cell));
        }
        let rule = "a number or an ISO 8601 time such as 2025-11-09T07:10:23.500+09:00";
        iso(&cell)
            .map(Stamp::At)
            .ok_or_else(|| refuse(&self.time, rule, &cell))
    }

    /// Reads the values of a foot; `None` when the line is about the other one. The time of the sample is not set.
    pub(super) fn sample(
        &self,
        line: &TextLine<'_>,
        side: Side,
        map: &TableMap,
    ) -> Result<Option<Sample>, ColumnFault> {
        let sets = match &self.feet {
            FootColumns::Wide(feet) => {
                let sets = &feet[side.index()];
                let is_blank = |column: &Column| {
                    self.cell(line, column)
                        .is_err_and(|fault| matches!(fault, ColumnFault::Blank { .. }))
                };
                let mut columns = sets.iter().flat_map(|set| &set.columns);
                if sets.is_empty() {
                    return Ok(None);
                }
                if columns.all(is_blank) {
                    return Err(ColumnFault::Absent);
                }
                sets
            }
            FootColumns::Long { side: column, sets } => {
                if self.side(line, column, map)? != side {
                    return Ok(None);
                }
                sets
            }
        };
        let (mut ratios, mut volts) = (None, None);
        for set in sets {
            let values = self.six(line, set)?;
            if set.unit == ValueUnit::Ratio {
                ratios = Some(values);
            } else {
                volts = Some(values);
            }
        }
        Sample::new(side, UnixMillis(0), ratios, volts)
            .map(Some)
            .map_err(ColumnFault::Sample)
    }

    fn side(
        &self,
        line: &TextLine<'_>,
        column: &Column,
        map: &TableMap,
    ) -> Result<Side, ColumnFault> {
        let cell = self.cell(line, column)?;
        for side in Side::BOTH {
            let name = side_name(side);
            let own = map
                .side_values
                .as_ref()
                .map(|values| values[side.index()].as_str());
            let matches = match own {
                Some(own) => cell == own,
                None => cell.eq_ignore_ascii_case(name) || cell.eq_ignore_ascii_case(&name[..1]),
            };
            if matches {
                return Ok(side);
            }
        }
        let rule = match &map.side_values {
            Some([left, right]) => format!("{left:?} or {right:?}"),
            None => "left or right".to_owned(),
        };
        Err(refuse(column, &rule, &cell))
    }

    fn six(&self, line: &TextLine<'_>, set: &SixColumns) -> Result<SensorValues, ColumnFault> {
        let mut six = [0.0; 6];
        for (value, column) in six.iter_mut().zip(&set.columns) {
            let cell = self.cell(line, column)?;
            let number = line
                .number(&cell)
                .ok_or_else(|| refuse(column, "a number", &cell))?;
            *value = set
                .unit
                .convert(number)
                .ok_or_else(|| refuse(column, &set.unit.rule(), &cell))?;
        }
        Ok(six)
    }

    fn cell<'l>(
        &self,
        line: &'l TextLine<'_>,
        column: &Column,
    ) -> Result<std::borrow::Cow<'l, str>, ColumnFault> {
        let is_named = line.len() == self.width + 1
            && line.cell(self.width).is_some_and(|cell| !cell.is_empty());
        let index = column.index + usize::from(is_named);
        let cell = line.cell(index).ok_or_else(|| ColumnFault::Short {
            column: column.name.clone(),
        })?;
        if BLANKS.iter().any(|blank| cell.eq_ignore_ascii_case(blank)) {
            return Err(ColumnFault::Blank {
                column: column.name.clone(),
            });
        }
        Ok(cell)
    }
}

fn refuse(column: &Column, rule: &str, text: &str) -> ColumnFault {
    ColumnFault::Cell {
        column: column.name.clone(),
        rule: rule.to_owned(),
        text: text.chars().take(40).collect(),
    }
}

fn time_column(
    map: &TableMap,
    find: &dyn Fn(&str) -> Option<Column>,
) -> Result<(Column, Option<TimeUnit>), String> {
    if let Some(name) = &map.time {
        let known = TIMES
            .iter()
            .find(|(names, _)| names.contains(&name.to_lowercase().as_str()));
        let unit = known.and_then(|(_, unit)| *unit);
        return find(name)
            .map(|column| (column, unit))
            .ok_or_else(|| format!("a column {name:?}, as the map says"));
    }
    TIMES
        .iter()
        .flat_map(|(names, unit)| names.iter().map(move |name| (name, *unit)))
        .find_map(|(name, unit)| Some((find(name)?, unit)))
        .ok_or_else(|| "a column of the time, such as seconds or ms".to_owned())
}

fn feet(map: &TableMap, find: &dyn Fn(&str) -> Option<Column>) -> Result<FootColumns, String> {
    let mapped = |names: &[String; 6]| -> Result<Vec<SixColumns>, String> {
        let mut columns = Vec::with_capacity(6);
        for name in names {
            columns.push(find(name).ok_or_else(|| format!("a column {name:?}, as the map says"))?);
        }
        let columns = columns.try_into().map_err(|_| "six sensors".to_owned())?;
        Ok(vec![SixColumns {
            columns,
            unit: map.unit,
        }])
    };
    let side = || match &map.side {
        Some(name) => find(name).ok_or_else(|| format!("a column {name:?}, as the map says")),
        None => SIDES
            .iter()
            .find_map(|name| find(name))
            .ok_or_else(|| "a column side (left, right)".to_owned()),
    };
    if let Some(names) = &map.sensors {
        return Ok(FootColumns::Long {
            side: side()?,
            sets: mapped(names)?,
        });
    }
    if map.left.is_some() || map.right.is_some() {
        let foot =
            |names: &Option<[String; 6]>| names.as_ref().map_or_else(|| Ok(Vec::new()), mapped);
        return Ok(FootColumns::Wide([foot(&map.left)?, foot(&map.right)?]));
    }
    let wide = ["left", "right"].map(|side| known_sets(find, &format!("{side}_")));
    if wide.iter().any(|sets| !sets.is_empty()) {
        return Ok(FootColumns::Wide(wide));
    }
    let side = side()?;
    let sets = known_sets(find, "");
    if sets.is_empty() {
        return Err("ratio1 to ratio6, voltage1 to voltage6, or both".to_owned());
    }
    Ok(FootColumns::Long { side, sets })
}

/// The sets of six columns whose names are ours.
fn known_sets(find: &dyn Fn(&str) -> Option<Column>, prefix: &str) -> Vec<SixColumns> {
    let set = |kind: &str, unit: ValueUnit| {
        let columns: Option<Vec<Column>> = (1..=6)
            .map(|number| find(&format!("{prefix}{kind}{number}")))
            .collect();
        let columns = columns?.try_into().ok()?;
        Some(SixColumns { columns, unit })
    };
    let sets = [
        set("ratio", ValueUnit::Ratio),
        set("voltage", ValueUnit::Volts),
    ];
    sets.into_iter().flatten().collect()
}
