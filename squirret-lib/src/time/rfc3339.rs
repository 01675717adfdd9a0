//! Times as text: RFC 3339, section 5.6.
#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::{
    UnixMillis,
    day::{date, days},
};
use serde::{Serialize, Serializer};
use std::fmt;

/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z, seconds: what four digits of a year can say.
const EPOCH_RANGE: (i64, i64) = (-62_167_219_200, 253_402_300_799);

/// Displays and serialises a time in UTC with whole seconds, `2025-11-09T07:10:23Z`: the date decoder of Swift rejects
/// fractions.
///
/// ```
/// use squirret::{UnixMillis, time::Rfc3339};
/// assert_eq!(Rfc3339(UnixMillis(1_762_672_223_900)).to_string(), "2025-11-09T07:10:23Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a newtype")]
pub struct Rfc3339(pub UnixMillis);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = EPOCH_RANGE;
        let seconds = self.0.as_seconds().clamp(first, last);
        let (year, month, day) = date(seconds.div_euclid(86_400));
        let time = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Parses RFC 3339, with any fraction (truncated to milliseconds) and any offset. Returns `None` for anything else.
///
/// ```
/// use squirret::{UnixMillis, time::parse_rfc3339};
/// assert_eq!(parse_rfc3339("2025-11-09T16:10:23.5+09:00"), Some(UnixMillis(1_762_672_223_500)));
/// assert_eq!(parse_rfc3339("2025-02-29T00:00:00Z"), None);
/// ```
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<UnixMillis> {
    let (time, offset) = local_time(text)?;
    let mut rest = offset;
    let east = offset_seconds(&mut rest)?;
    rest.is_empty()
        .then(|| time.plus(east.saturating_mul(-1_000)))
}

/// Parses the forms of ISO 8601 that devices and standard libraries write: those of [`parse_rfc3339`], and also an
/// offset without colon or minutes (`+0900`, `+09`), blanks before it, or no offset, which means UTC. Returns `None` for
/// anything else.
///
/// ```
/// use squirret::{UnixMillis, time::parse_iso8601};
/// let expected = Some(UnixMillis(1_762_672_223_500));
/// for text in ["2025-11-09T16:10:23.5+0900", "2025-11-09T16:10:23,5 +09", "2025-11-09T07:10:23.5"] {
///     assert_eq!(parse_iso8601(text), expected, "{text}");
/// }
/// ```
#[must_use]
pub fn parse_iso8601(text: &str) -> Option<UnixMillis> {
    let (time, offset) = local_time(text.trim_ascii())?;
    let mut rest = offset.trim_ascii();
    if rest.is_empty() {
        return Some(time);
    }
    let east = lenient_offset_seconds(&mut rest)?;
    rest.is_empty()
        .then(|| time.plus(east.saturating_mul(-1_000)))
}

/// A date and a time as if it were UTC, and what follows them.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "every part has at most four digits"
)]
fn local_time(text: &str) -> Option<(UnixMillis, &[u8])> {
    let mut rest = text.as_bytes();
    let year = number(&mut rest, 4)?;
    let month = number_after(&mut rest, b"-", 2)?;
    let day = number_after(&mut rest, b"-", 2)?;
    let hour = number_after(&mut rest, b"Tt ", 2)?;
    let minute = number_after(&mut rest, b":", 2)?;
    let second = number_after(&mut rest, b":", 2)?;
    let millis = fraction(&mut rest)?;
    let start = days(year, month, day);
    // A day that its month does not have comes back as another date.
    if date(start) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = start * 86_400 + hour * 3600 + minute * 60 + second;
    Some((UnixMillis(seconds * 1000 + millis), rest))
}

/// Exactly `digits` decimal digits.
#[expect(clippy::arithmetic_side_effects, reason = "at most four digits")]
fn number(rest: &mut &[u8], digits: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(digits)?;
    *rest = tail;
    head.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn number_after(rest: &mut &[u8], separators: &[u8], digits: usize) -> Option<i64> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    if separators.contains(first) {
        number(rest, digits)
    } else {
        None
    }
}

/// Milliseconds of an optional fraction; further digits are cut off.
#[expect(clippy::arithmetic_side_effects, reason = "at most three digits")]
fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let Some(tail) = rest.strip_prefix(b".").or(rest.strip_prefix(b",")) else {
        return Some(0);
    };
    let count = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, tail) = tail.split_at_checked(count).filter(|_| count > 0)?;
    *rest = tail;
    let padded = digits.iter().chain(b"00").take(3);
    Some(padded.fold(0, |value, byte| value * 10 + i64::from(byte - b'0')))
}

/// Seconds east of UTC, with or without a colon and minutes.
#[expect(clippy::arithmetic_side_effects, reason = "at most 24 hours")]
fn lenient_offset_seconds(rest: &mut &[u8]) -> Option<i64> {
    let strict = *rest;
    if let Some(seconds) = offset_seconds(rest) {
        return Some(seconds);
    }
    let (sign, tail) = strict.split_first()?;
    *rest = tail;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = number(rest, 2)?;
    let minutes = if rest.is_empty() { 0 } else { number(rest, 2)? };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Seconds east of UTC.
#[expect(clippy::arithmetic_side_effects, reason = "at most 24 hours")]
fn offset_seconds(rest: &mut &[u8]) -> Option<i64> {
    let (sign, tail) = rest.split_first()?;
    *rest = tail;
    let sign = match sign {
        b'Z' | b'z' => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(rest, 2)?, number_after(rest, b":", 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(seconds: i64) -> String {
        Rfc3339(UnixMillis(seconds.saturating_mul(1000))).to_string()
    }

    #[test]
    fn known_dates_come_out_right() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
            (i64::MIN, "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(text(seconds), expected);
        }
    }

    #[test]
    fn reads_fractions_and_offsets() {
        let base = Some(UnixMillis(1_762_672_223_000));
        for same in [
            "2025-11-09T07:10:23Z",
            "2025-11-09t07:10:23z",
            "2025-11-09 07:10:23+00:00",
            "2025-11-08T23:40:23-07:30",
        ] {
            assert_eq!(parse_rfc3339(same), base, "{same}");
        }
        assert_eq!(
            parse_rfc3339("1970-01-01T00:00:00.25Z"),
            Some(UnixMillis(250))
        );
        assert_eq!(
            parse_rfc3339("1970-01-01T00:00:00.1239999999Z"),
            Some(UnixMillis(123))
        );
    }

    #[test]
    fn what_is_not_a_date_is_none() {
        for no in [
            "",
            "2025-11-09",
            "2025-11-09T07:10:23",
            "2025-11-09T07:10Z",
            "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z",
            "2025-04-31T00:00:00Z",
            "2025-11-09T24:00:00Z",
            "2025-11-09T07:10:23.Z",
            "2025-11-09T07:10:23Z ",
            "2025-11-09T07:10:23+9:00",
            "2025-11-09T07:10:23+24:00",
            "+025-11-09T07:10:23Z",
            "２０25-11-09T07:10:23Z",
        ] {
            assert_eq!(parse_rfc3339(no), None, "{no}");
        }
    }

    #[test]
    fn lenient_times_are_read_and_nonsense_is_not() {
        let base = Some(UnixMillis(1_762_672_223_000));
        for same in [
            "2025-11-09T16:10:23+0900",
            "2025-11-09T16:10:23+09",
            "2025-11-09 16:10:23 +09:00",
            "2025-11-09T07:10:23",
            " 2025-11-09 07:10:23 ",
            "2025-11-08T23:40:23-0730",
            "2025-11-09T07:10:23Z",
        ] {
            assert_eq!(parse_iso8601(same), base, "{same}");
        }
        for no in [
            "",
            "yesterday",
            "2025-11-09",
            "2025-02-29T07:10:23",
            "2025-11-09T07:10:23+9",
            "2025-11-09T07:10:23+2400",
            "2025-11-09T07:10:23+090",
            "2025-11-09T07:10:23KST",
        ] {
            assert_eq!(parse_iso8601(no), None, "{no}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in EPOCH_RANGE.0..=EPOCH_RANGE.1) {
            prop_assert_eq!(parse_rfc3339(&text(seconds)), Some(UnixMillis(seconds * 1000)));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = parse_rfc3339(&text);
            let _ = parse_iso8601(&text);
        }
    }
}
