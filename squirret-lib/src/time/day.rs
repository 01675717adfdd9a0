//! Civil dates, proleptic Gregorian, UTC.

use super::UnixMillis;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

pub(super) const SECONDS_A_DAY: i64 = 86_400;

/// A day in UTC: days since 1970-01-01. Written and read as `2025-11-09`.
///
/// ```
/// use squirret::{UnixMillis, time::Day};
/// let day = UnixMillis(1_762_672_223_000).day();
/// assert_eq!(day.to_string(), "2025-11-09");
/// assert_eq!("2025-11-09".parse(), Ok(day));
/// assert!("2025-02-29".parse::<Day>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a number with a unit")]
pub struct Day(pub i64);

impl Day {
    /// Returns the first millisecond of the day.
    #[must_use]
    pub const fn start(self) -> UnixMillis {
        UnixMillis(self.0.saturating_mul(SECONDS_A_DAY * 1000))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// The text is not a date of the form `2025-11-09`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("must be a day such as 2025-11-09")]
#[non_exhaustive]
pub struct ParseDayError;

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        const FORM: &[u8; 10] = b"0000-00-00";
        let fits = |(byte, form): (u8, &u8)| match form {
            b'0' => byte.is_ascii_digit(),
            _ => byte == *form,
        };
        if text.len() != FORM.len() || !text.bytes().zip(FORM).all(fits) {
            return Err(ParseDayError);
        }
        let part = |from: usize, to: usize| text[from..to].parse().map_err(|_| ParseDayError);
        let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
        // A day that its month does not have comes back as another date.
        let number = days(year, month, day);
        if !(1..=12).contains(&month) || date(number) != (year, month, day) {
            return Err(ParseDayError);
        }
        Ok(Self(number))
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Year, month, day of the days since 1970-01-01, proleptic Gregorian: years begin in March and come in eras of
/// 400 (146 097 days), so that the leap day is the last of its year.
pub(super) const fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let january = (month <= 2) as i64;
    (year_of_era + era * 400 + january, month, day)
}

/// Days since 1970-01-01 of a date: the inverse of [`date`].
pub(super) const fn days(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_one_form() {
        for wrong in [
            "",
            "2025-11-9",
            "2025-13-01",
            "2025-00-10",
            "2025-02-29",
            "+025-11-09",
            "2025/11/09",
            "2025-11-09Z",
        ] {
            assert_eq!(wrong.parse::<Day>(), Err(ParseDayError), "{wrong}");
        }
        let leap: Day = "2024-02-29".parse().unwrap();
        assert_eq!(leap.start().day(), leap);
        assert_eq!(leap.start().plus(-1).day(), Day(leap.0 - 1));
    }
}
