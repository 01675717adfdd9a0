//! From the cells of a time column to times.

use super::{Stamped, TableError, columns::Columns, map::TimeUnit};
use crate::{
    UnixMillis,
    fsr::{Sample, Side},
    time::parse_rfc3339,
};

/// A time as its cell has it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Stamp {
    /// In the unit of the column.
    Number(f64),
    /// A date and time of day.
    At(UnixMillis),
}

/// A sample with its time and its line.
pub(super) struct Timed {
    pub(super) line: u64,
    pub(super) sample: Sample,
}

/// Reads ISO 8601: a blank for the `T`, a comma in the fraction, `+0900`, and no zone, which is read as UTC.
pub(super) fn iso(text: &str) -> Option<UnixMillis> {
    if !text.is_ascii() || text.len() > 40 {
        return None;
    }
    let mut text = text.replace(',', ".");
    if text.len() > 10 {
        text.replace_range(10..11, "T");
    }
    let time = text.get(11..)?;
    let zone = time.find(['Z', 'z', '+', '-']);
    match zone {
        None => text.push('Z'),
        Some(at) => {
            let digits = time.get(at + 1..)?;
            let is_short = digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_short && digits.len() == 4 {
                text.insert(11 + at + 3, ':');
            } else if is_short && digits.len() == 2 {
                text.push_str(":00");
            }
        }
    }
    // Minutes without seconds are too coarse for a sample.
    parse_rfc3339(&text)
}

/// Sets the time of each sample.
///
/// # Errors
/// [`TableError::TimeUnit`].
pub(super) fn resolve(samples: Vec<Stamped>, columns: &Columns) -> Result<Vec<Timed>, TableError> {
    let unit = match columns.time_unit() {
        Some(unit) => unit,
        None => unit_of(&samples).ok_or_else(|| TableError::TimeUnit {
            name: columns.time_name().to_owned(),
        })?,
    };
    let millis = unit.millis();
    let timed = samples.into_iter().map(
        |Stamped {
             line,
             time,
             mut sample,
         }| {
            sample.at = match time {
                Stamp::Number(number) => UnixMillis((number * millis).round() as i64),
                Stamp::At(at) => at,
            };
            Timed { line, sample }
        },
    );
    Ok(timed.collect())
}

/// Finds the unit of numbers by the steps between the lines of a foot: insoles send 1 to 1000 samples a second.
fn unit_of(samples: &[Stamped]) -> Option<TimeUnit> {
    let mut steps = Vec::new();
    let mut repeated = 0usize;
    let mut last = [None; 2];
    let mut largest: f64 = 0.0;
    for stamped in samples {
        let Stamp::Number(number) = stamped.time else {
            continue;
        };
        largest = largest.max(number);
        let side = usize::from(stamped.sample.side == Side::Right);
        if let Some(before) = last[side].replace(number) {
            let step: f64 = number - before;
            repeated += usize::from(step == 0.0);
            if step > 0.0 {
                steps.push(step);
            }
        }
    }
    if steps.is_empty() {
        return Some(by_size(largest));
    }
    let middle = steps.len() / 2;
    steps.sort_unstable_by(f64::total_cmp);
    Some(match steps[middle] {
        step if step < 1.0 => TimeUnit::Seconds,
        step if (2.0..1_000.0).contains(&step) => TimeUnit::Milliseconds,
        step if step >= 1_000.0 => TimeUnit::Microseconds,
        // A step of one: seconds that repeat within the second, or milliseconds at 1000 Hz.
        _ if repeated >= steps.len() => TimeUnit::Seconds,
        _ if largest > 1e9 => by_size(largest),
        _ => return None,
    })
}

/// The unit of a time since 1970, by its number of digits; seconds for smaller ones.
fn by_size(number: f64) -> TimeUnit {
    if number > 1e14 {
        TimeUnit::Microseconds
    } else if number > 1e11 {
        TimeUnit::Milliseconds
    } else {
        TimeUnit::Seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_times_are_read_in_the_forms_that_loggers_write() {
        let expected = parse_rfc3339("2025-11-09T07:10:23.500Z");
        for text in [
            "2025-11-09T07:10:23.500Z",
            "2025-11-09 07:10:23.500",
            "2025-11-09 07:10:23,5",
            "2025-11-09T16:10:23.5+0900",
            "2025-11-09T16:10:23.5+09:00",
            "2025-11-09 16:10:23.5+09",
        ] {
            assert_eq!(iso(text), expected, "{text}");
        }
        for text in [
            "",
            "7:10",
            "2025-11-09",
            "2025-11-09T07:10",
            "09.11.2025 07:10:23",
            "내일",
        ] {
            assert_eq!(iso(text), None, "{text}");
        }
    }
}
