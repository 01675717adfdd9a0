//! Wall time as the wire and the coach know it.

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

    /// This time moved by `millis`.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// Wall time, for stamps that people and other machines read. Deadlines use the argument `now` instead.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment.
    fn now(&self) -> UnixMillis;
}
