//! Wall time as the wire and the coach know it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z; may be negative, never wraps (arithmetic saturates).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a number with a unit")]
pub struct UnixMillis(pub i64);

/// Above this a number on the wire is read as milliseconds, below as seconds (the year 5138 in seconds).
const SECONDS_END_HERE: f64 = 1e11;

const SECONDS_A_DAY: i64 = 86_400;

impl From<std::time::SystemTime> for UnixMillis {
    /// Rounds down to whole milliseconds; times beyond the range of an `i64` become its limits.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_730_892_345_500_900);
    /// assert_eq!(squirret::UnixMillis::from(time), squirret::UnixMillis(1_730_892_345_500));
    /// ```
    fn from(time: std::time::SystemTime) -> Self {
        let millis = |nanos: u128| i64::try_from(nanos).unwrap_or(i64::MAX);
        match time.duration_since(std::time::SystemTime::UNIX_EPOCH) {
            Ok(after) => Self(millis(after.as_nanos() / 1_000_000)),
            Err(before) => {
                let nanos = before.duration().as_nanos();
                Self(-millis(nanos.div_ceil(1_000_000)))
            }
        }
    }
}

impl UnixMillis {
    /// Reads a time stamp of the wire: epoch seconds, or milliseconds above 10^11. `None` when it is not finite
    /// or lies before 1970.
    ///
    /// ```
    /// use squirret::UnixMillis;
    /// assert_eq!(UnixMillis::from_wire(1730892345.5), Some(UnixMillis(1730892345500)));
    /// assert_eq!(UnixMillis::from_wire(1730892345500.0), Some(UnixMillis(1730892345500)));
    /// assert_eq!(UnixMillis::from_wire(f64::NAN), None);
    /// ```
    #[must_use]
    pub fn from_wire(number: f64) -> Option<Self> {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        let millis = if number > SECONDS_END_HERE {
            number
        } else {
            number * 1e3
        };
        Some(Self(millis.round() as i64))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day that it lies in, UTC.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.as_seconds().div_euclid(SECONDS_A_DAY))
    }

    /// This time moved by `millis`.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// Wall time, for stamps that people and other machines read. Deadlines use the argument `now` instead.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment.
    fn now(&self) -> UnixMillis;
}

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
    /// Its first moment.
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

/// The text is no day.
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
pub(crate) const fn date(days: i64) -> (i64, i64, i64) {
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
pub(crate) const fn days(year: i64, month: i64, day: i64) -> i64 {
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
