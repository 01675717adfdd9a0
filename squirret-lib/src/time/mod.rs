//! Wall time: milliseconds since 1970, civil dates (UTC) and their text forms.
//!
//! The library reads no clock: every function that needs the time takes it as an argument. [`UnixMillis`] is wall time,
//! for time stamps that people and other machines read, and for everything that is replayed; the STOMP session, whose
//! deadlines must not move when the wall clock is set, takes [`std::time::Instant`].
//!
//! ```
//! use squirret::{UnixMillis, time::{Day, Rfc3339, parse_rfc3339}};
//!
//! let time = parse_rfc3339("2025-11-09T16:10:23.5+09:00").unwrap();
//! assert_eq!(time, UnixMillis(1_762_672_223_500));
//! assert_eq!(Rfc3339(time).to_string(), "2025-11-09T07:10:23Z");
//! assert_eq!(time.day().to_string(), "2025-11-09");
//! assert_eq!("2025-11-09".parse::<Day>().unwrap().start().as_seconds(), 1_762_646_400);
//! ```

mod day;
pub use day::{Day, ParseDayError};

mod rfc3339;
pub use rfc3339::{Rfc3339, parse_iso8601, parse_rfc3339};

use day::SECONDS_A_DAY;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z. May be negative; arithmetic saturates.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a number with a unit")]
pub struct UnixMillis(pub i64);

/// Numbers up to this are read as seconds, larger ones as milliseconds (as seconds it is the year 5138).
const SECONDS_END_HERE: f64 = 1e11;

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
    /// Parses a number as clients send it: seconds since 1970, or milliseconds above 10^11. Returns `None` for numbers
    /// that are negative, infinite or NaN.
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

    /// Returns the whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the milliseconds from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the UTC day that contains this time.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.as_seconds().div_euclid(SECONDS_A_DAY))
    }

    /// Returns this time plus `millis`, which may be negative.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// A source of wall time, for time stamps that people and other machines read. Deadlines use the argument `now`.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the present time.
    fn now(&self) -> UnixMillis;
}
