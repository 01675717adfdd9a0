//! Protocol versions and how the two sides agree on one.

use std::fmt;

/// A protocol version.
///
/// ```
/// use squirret::stomp::Version;
/// assert!(Version::V1_0 < Version::V1_2);
/// assert_eq!(Version::V1_1.to_string(), "1.1");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there are three, and the text is final since 2012"
)]
pub enum Version {
    /// STOMP 1.0: no escapes, no heart-beats.
    V1_0,
    /// STOMP 1.1: escapes `\n`, `\c`, `\\`; heart-beats; NACK.
    V1_1,
    /// STOMP 1.2: also escapes `\r` and allows CR LF as the end of a line.
    #[default]
    V1_2,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];
    /// What the `version` header of an ERROR lists when no version is common.
    pub(super) const SUPPORTED: &'static str = "1.0,1.1,1.2";

    /// The version's name on the wire: `1.0`, `1.1` or `1.2`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// The highest version that both sides speak, from the `accept-version` header of CONNECT: a list with commas.
    /// No header means 1.0 (STOMP 1.2, "Protocol Negotiation"); `None` when nothing is common.
    ///
    /// ```
    /// use squirret::stomp::Version;
    /// assert_eq!(Version::negotiate(Some("1.1, 1.2")), Some(Version::V1_2));
    /// assert_eq!(Version::negotiate(None), Some(Version::V1_0));
    /// assert_eq!(Version::negotiate(Some("2.0")), None);
    /// ```
    #[must_use]
    pub fn negotiate(accept_version: Option<&str>) -> Option<Self> {
        let Some(list) = accept_version else {
            return Some(Self::V1_0);
        };
        list.split(',')
            .filter_map(|name| {
                Self::ALL
                    .into_iter()
                    .find(|version| version.as_str() == name.trim())
            })
            .max()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_wins_whatever_the_order() {
        assert_eq!(Version::negotiate(Some("1.2,1.1,1.0")), Some(Version::V1_2));
        assert_eq!(Version::negotiate(Some("1.0,1.1")), Some(Version::V1_1));
        assert_eq!(Version::negotiate(Some("1.0,3.0")), Some(Version::V1_0));
    }

    #[test]
    fn an_empty_list_has_nothing_in_common() {
        assert_eq!(Version::negotiate(Some("")), None);
        assert_eq!(Version::negotiate(Some("1.20")), None);
    }
}
