//! The id of an insole pair.

use std::{borrow::Cow, fmt};

/// The id of an insole pair, as its firmware and the app write it: 1 to 64 visible ASCII characters (`!` to `~`), so that
/// it stands in JSON, in the header `X-Device-Id` and in a log line as it is. The limit is this project's own.
///
/// ```
/// use squirret::session::DeviceId;
/// assert_eq!(DeviceId::new("pair-1")?.as_str(), "pair-1");
/// for wrong in ["", "a pair", "깔창", &"d".repeat(65)] {
///     assert!(DeviceId::new(wrong).is_err());
/// }
/// # Ok::<(), squirret::session::DeviceIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DeviceId<'a>(Cow<'a, str>);

/// A text that is no device id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
#[error("must have 1 to {} visible ASCII characters", DeviceId::MAX_LEN)]
pub struct DeviceIdError;

impl<'a> DeviceId<'a> {
    /// Characters at most.
    pub const MAX_LEN: usize = 64;

    /// Checks a text.
    ///
    /// # Errors
    /// [`DeviceIdError`] for a text that is empty, too long, or not visible ASCII.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, DeviceIdError> {
        let text = text.into();
        let fits = (1..=Self::MAX_LEN).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(DeviceIdError)
        }
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> DeviceId<'static> {
        DeviceId(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Display for DeviceId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_inclusive_and_only_visible_ascii_counts() {
        assert!(DeviceId::new("d".repeat(64)).is_ok());
        assert!(DeviceId::new("!~AZaz09-._:").is_ok());
        for wrong in [
            "d".repeat(65),
            String::new(),
            " a".into(),
            "a\u{7f}".into(),
            "é".into(),
        ] {
            assert_eq!(DeviceId::new(wrong), Err(DeviceIdError));
        }
    }
}
