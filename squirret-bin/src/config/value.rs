//! Kinds of values that a setting may have: how each reads from text and TOML, and how it is shown.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    key_source::KeySource,
    range::{Range, RangeError},
};
use crate::secret::is_same_secret;

/// A setting's kind.
pub(crate) trait Value: Sized {
    /// Reads the text of an environment variable or flag; the error says what it must be.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Reads a TOML value. Kinds that TOML has of its own override this.
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::from_text(text),
            toml::Value::Integer(number) => Self::from_text(&number.to_string()),
            toml::Value::Float(number) => Self::from_text(&number.to_string()),
            toml::Value::Boolean(truth) => Self::from_text(&truth.to_string()),
            _ => Err("must be a single value".into()),
        }
    }

    /// As `squirret config` writes it; `None` leaves the key out.
    fn show(&self) -> Option<toml::Value>;
}

macro_rules! numbers {
    ($($kind:ty),+) => {$(
        impl Value for $kind {
            fn from_text(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| concat!("must be a whole number that fits ", stringify!($kind)).into())
            }
            fn show(&self) -> Option<toml::Value> {
                i64::try_from(*self).ok().map(toml::Value::Integer)
            }
        }
    )+};
}
numbers!(u32, u64, usize);

impl Value for f64 {
    fn from_text(text: &str) -> Result<Self, String> {
        let number: Self = text.trim().parse().map_err(|_| "must be a number")?;
        if number.is_finite() {
            Ok(number)
        } else {
            Err("must be a finite number".into())
        }
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::Float(*self))
    }
}

impl Value for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Ok(true),
            "false" | "off" | "no" | "0" => Ok(false),
            _ => Err("must be on or off".into()),
        }
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::Boolean(*self))
    }
}

impl Value for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::String(self.clone()))
    }
}

impl Value for PathBuf {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Err("must not be empty".into())
        } else {
            Ok(text.into())
        }
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::String(self.display().to_string()))
    }
}

impl Value for KeySource {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(str::to_owned)
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::String(self.to_string()))
    }
}

impl Value for SocketAddr {
    fn from_text(text: &str) -> Result<Self, String> {
        text.trim()
            .parse()
            .map_err(|_| "must be address:port, such as 127.0.0.1:8080".into())
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::String(self.to_string()))
    }
}

impl Value for Range {
    fn from_text(text: &str) -> Result<Self, String> {
        text.trim()
            .parse()
            .map_err(|error: RangeError| error.to_string())
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::String(self.to_string()))
    }
}

impl Value for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let unit_at = text
            .find(|letter: char| letter.is_ascii_alphabetic())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let wrong = || "must be a time, such as 500ms, 10s, 15m, 2h or 30d".to_owned();
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let seconds = match unit {
            "ms" => number / 1e3,
            "s" | "" => number,
            "m" => number * 60.0,
            "h" => number * 3600.0,
            "d" => number * 86_400.0,
            _ => return Err(wrong()),
        };
        Self::try_from_secs_f64(seconds).map_err(|_| wrong())
    }
    fn show(&self) -> Option<toml::Value> {
        let text = match self.as_millis() {
            millis if millis % 1000 != 0 => format!("{millis}ms"),
            millis => format!("{}s", millis / 1000),
        };
        Some(toml::Value::String(text))
    }
}

impl<V: Value> Value for Option<V> {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Ok(None)
        } else {
            V::from_text(text).map(Some)
        }
    }
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        V::from_toml(value).map(Some)
    }
    fn show(&self) -> Option<toml::Value> {
        self.as_ref().and_then(V::show)
    }
}

impl<V: Value> Value for Vec<V> {
    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(V::from_text)
            .collect()
    }
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Array(values) => values.iter().map(V::from_toml).collect(),
            toml::Value::String(text) => Self::from_text(text),
            _ => Err("must be a list".into()),
        }
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::Array(
            self.iter().filter_map(V::show).collect(),
        ))
    }
}

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Returns whether a text equals this secret, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, given: &str) -> bool {
        is_same_secret(given, &self.0)
    }

    /// The text itself, for the one who needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Value for Secret {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
    fn show(&self) -> Option<toml::Value> {
        Some(toml::Value::String("(hidden)".into()))
    }
}

/// A choice among words: the enum's variants in lower case.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum $name { $($(#[$variant_doc])* $variant),+ }

        impl Value for $name {
            fn from_text(text: &str) -> Result<Self, String> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(concat!("must be one of:", $(" ", $word),+).into()),
                }
            }
            fn show(&self) -> Option<toml::Value> {
                Some(toml::Value::String(match self { $(Self::$variant => $word),+ }.into()))
            }
        }
    };
}

choice! {
    /// Which planes this process serves.
    Role {
        /// Sessions, insoles, STOMP, the page.
        Control = "control",
        /// Frames.
        Inference = "inference",
        /// Both.
        All = "all",
    }
}

choice! {
    /// Whether REST calls prove who calls.
    AuthMode {
        /// Anybody may call, as the original API.
        Open = "open",
        /// A session's calls carry its token.
        Bearer = "bearer",
    }
}

choice! {
    /// The numbers that BlazePose's landmarks are computed with.
    Precision {
        /// 16-bit floats where the machine has instructions for them.
        Auto = "auto",
        /// 32-bit floats.
        F32 = "f32",
        /// 16-bit floats, or an error.
        Bf16 = "bf16",
    }
}

choice! {
    /// Where sessions and workouts are kept.
    StoreKind {
        /// In a file.
        Sqlite = "sqlite",
        /// Until the process ends.
        Memory = "memory",
    }
}

choice! {
    /// Against what the insoles are judged.
    CoachProfile {
        /// The original's rules.
        Seed = "seed",
        /// The person's own standing.
        Calibrated = "calibrated",
    }
}

choice! {
    /// The language of texts when a caller names none.
    TextLanguage {
        /// Korean.
        Ko = "ko",
        /// English.
        En = "en",
    }
}

choice! {
    /// How log lines look.
    LogFormat {
        /// Pretty on a terminal, JSON elsewhere.
        Auto = "auto",
        /// For people.
        Pretty = "pretty",
        /// For machines.
        Json = "json",
    }
}

impl Role {
    /// Whether this process serves the control plane.
    pub(crate) const fn serves_control(self) -> bool {
        matches!(self, Self::Control | Self::All)
    }

    /// Whether this process serves the inference plane.
    pub(crate) const fn serves_inference(self) -> bool {
        matches!(self, Self::Inference | Self::All)
    }
}

impl From<Precision> for squirret::pose::Dispatch {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::Auto => Self::AutoBf16,
            Precision::F32 => Self::Auto,
            Precision::Bf16 => Self::Avx512Bf16,
        }
    }
}

impl From<CoachProfile> for squirret::coach::Profile {
    fn from(profile: CoachProfile) -> Self {
        match profile {
            CoachProfile::Seed => Self::Seed,
            CoachProfile::Calibrated => Self::Calibrated,
        }
    }
}

impl From<TextLanguage> for squirret::Language {
    fn from(language: TextLanguage) -> Self {
        match language {
            TextLanguage::Ko => Self::Ko,
            TextLanguage::En => Self::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_with_their_units_and_show_as_they_read() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("15m", 900_000),
            ("2h", 7_200_000),
            ("1.5s", 1500),
        ] {
            let time = Duration::from_text(text).unwrap();
            assert_eq!(time.as_millis(), millis, "{text}");
            let shown = time.show().unwrap();
            assert_eq!(Duration::from_toml(&shown).unwrap(), time);
        }
        for text in ["", "s", "-1s", "10 weeks", "1e400s", "NaN"] {
            assert!(Duration::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_shown_nowhere() {
        let secret = Secret::from_text("very secret").unwrap();
        assert!(!format!("{secret:?} {:?}", secret.show()).contains("very"));
        assert_eq!(secret.reveal(), "very secret");
    }

    #[test]
    fn lists_read_from_text_and_from_toml() {
        assert_eq!(Vec::<String>::from_text("a, b,").unwrap(), ["a", "b"]);
        let list = toml::Value::Array(vec!["a".into(), "b".into()]);
        assert_eq!(Vec::<String>::from_toml(&list).unwrap(), ["a", "b"]);
        assert!(Vec::<String>::from_toml(&toml::Value::Boolean(true)).is_err());
    }
}
