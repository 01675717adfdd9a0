//! Why a body was refused.

use super::ErrorCode;
use crate::session::DeviceIdError;
use std::fmt;

/// Why a body or message was refused. `Display` is the envelope's `message`: it names the field and the rule, with
/// the index in arrays, and never repeats what was sent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BodyError {
    /// Not JSON.
    Malformed {
        /// From 1.
        line: usize,
        /// From 1; 0 at the start of a line.
        column: usize,
    },
    /// A number that JSON does not have: NaN, an infinity, or one beyond every double.
    NotFinite {
        /// The field, as it stands on the wire, when it is one of the contract's.
        field: Option<&'static str>,
    },
    /// Nothing at all.
    Empty,
    /// JSON, but of another shape.
    Shape {
        /// The element of an array; `None` for the whole.
        index: Option<usize>,
        /// What it must be.
        expected: &'static str,
    },
    /// A field breaks a rule.
    Field {
        /// The element of an array; `None` for the whole.
        index: Option<usize>,
        /// The field, as it stands on the wire.
        field: &'static str,
        /// The rule.
        rule: FieldRule,
    },
    /// An AI status breaks its rule.
    Status {
        /// The body part.
        field: &'static str,
    },
}

/// A rule that a field breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FieldRule {
    /// It must be there.
    Required,
    /// It, or the other group, must be there.
    RequiredGroup(&'static str),
    /// It must be a number.
    Number,
    /// It must lie between these, both included.
    Between(f64, f64),
    /// It must be a whole number from 0 to this.
    Whole(u64),
    /// It must be a string.
    Text,
    /// It must be one of these.
    OneOf(&'static str),
    /// It must be a UUID.
    Uuid,
    /// It must have one to this many characters, none of them a control character.
    Length(usize),
    /// It must be a device's id.
    DeviceId(DeviceIdError),
    /// It must be an e-mail address.
    Address,
    /// It must be a time.
    Time,
}

impl fmt::Display for FieldRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("is required"),
            Self::RequiredGroup(other) => write!(f, "{other} are required"),
            Self::Number => f.write_str("must be a number"),
            Self::Between(min, max) => write!(f, "must be between {min} and {max}"),
            Self::Whole(max) => write!(f, "must be a whole number from 0 to {max}"),
            Self::Text => f.write_str("must be a string"),
            Self::OneOf(list) => write!(f, "must be {list}"),
            Self::Uuid => f.write_str("must be a UUID"),
            Self::Length(max) => write!(
                f,
                "must have 1 to {max} characters, none of them a control character"
            ),
            Self::DeviceId(error) => error.fmt(f),
            Self::Address => f.write_str("must be an e-mail address"),
            Self::Time => {
                f.write_str("must be epoch seconds, epoch milliseconds or an RFC 3339 time")
            }
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Malformed { line, column } => {
                write!(f, "body is not valid JSON at line {line} column {column}")
            }
            Self::NotFinite { field } => write!(
                f,
                "{} must be a finite number: JSON has no NaN and no infinity; leave out what is not known",
                field.unwrap_or("a field")
            ),
            Self::Empty => f.write_str("body is empty, JSON is required"),
            Self::Shape {
                index: None,
                expected,
            } => write!(f, "body must be {expected}"),
            Self::Shape {
                index: Some(index),
                expected,
            } => write!(f, "[{index}] must be {expected}"),
            Self::Field {
                index: None,
                field,
                rule,
            } => write!(f, "{field} {rule}"),
            Self::Field {
                index: Some(index),
                field,
                rule,
            } => write!(f, "[{index}].{field} {rule}"),
            Self::Status { field } => write!(f, "{field} must be good, bad or null"),
        }
    }
}

impl std::error::Error for BodyError {}

impl BodyError {
    pub(super) const fn field(field: &'static str, rule: FieldRule) -> Self {
        Self::Field {
            index: None,
            field,
            rule,
        }
    }

    /// The same, in the element `index` of an array.
    pub(super) fn at(mut self, element: usize) -> Self {
        if let Self::Field { index, .. } | Self::Shape { index, .. } = &mut self {
            *index = Some(element);
        }
        self
    }

    /// Where a reader that only takes objects gave up: bytes that are no JSON, or JSON of another shape.
    pub(super) fn of_json(error: &serde_json::Error, body: &[u8], expected: &'static str) -> Self {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        match error.classify() {
            serde_json::error::Category::Data => Self::Shape {
                index: None,
                expected,
            },
            _ => not_finite(body).unwrap_or(Self::Malformed {
                line: error.line(),
                column: error.column(),
            }),
        }
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed { .. } | Self::NotFinite { .. } | Self::Empty => {
                ErrorCode::MalformedJson
            }
            Self::Shape { .. } | Self::Field { .. } => ErrorCode::ValidationError,
            Self::Status { .. } => ErrorCode::InvalidStatus,
        }
    }
}

/// Numeric fields of the contract. Other names are a stranger's text and are not repeated.
const NUMERIC_FIELDS: [&str; 18] = [
    "ratio1",
    "ratio2",
    "ratio3",
    "ratio4",
    "ratio5",
    "ratio6",
    "voltage1",
    "voltage2",
    "voltage3",
    "voltage4",
    "voltage5",
    "voltage6",
    "ts",
    "timestamp",
    "frameNumber",
    "framesIn",
    "framesOut",
    "durationSeconds",
];

/// The first number of a text that is not a finite double, as `printf` and Python write them: `nan`, `-inf`, `Infinity`,
/// `1e999`. `None` when there is none.
fn not_finite(body: &[u8]) -> Option<BodyError> {
    let (mut rest, mut text, mut key) = (body, &b""[..], &b""[..]);
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'"' {
            let end = end_of_string(tail);
            text = tail.get(..end)?;
            rest = tail.get(end.saturating_add(1)..).unwrap_or_default();
        } else if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') {
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            let len = rest.iter().take_while(|byte| is_part(byte)).count();
            let (token, after) = rest.split_at_checked(len)?;
            // Rust reads all of these forms, in any case.
            let number = std::str::from_utf8(token)
                .ok()
                .and_then(|token| token.parse().ok());
            if number.is_some_and(|number: f64| !number.is_finite()) {
                let known = NUMERIC_FIELDS
                    .into_iter()
                    .find(|name| name.as_bytes() == key);
                return Some(BodyError::NotFinite { field: known });
            }
            rest = after;
        } else {
            if byte == b':' {
                key = text;
            }
            rest = tail;
        }
    }
    None
}

/// Where a string ends whose first quote has been read: at its other quote, or at the end of the text.
fn end_of_string(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> BodyError {
        let error = serde_json::from_str::<serde_json::Value>(body).unwrap_err();
        BodyError::of_json(&error, body.as_bytes(), "an object")
    }

    #[test]
    fn a_number_that_json_does_not_have_names_its_field() {
        for number in ["nan", "NaN", "-nan", "inf", "-Infinity", "1e999"] {
            let body = format!(r#"[{{"side":"a \" nan","ratio1":1.5, "ratio2" : {number} }}]"#);
            let error = of(&body);
            assert_eq!(
                error,
                BodyError::NotFinite {
                    field: Some("ratio2")
                },
                "{number}"
            );
            assert_eq!(error.code(), ErrorCode::MalformedJson);
            assert!(
                error
                    .to_string()
                    .starts_with("ratio2 must be a finite number")
            );
        }
        let other = of(r#"{"something else":nan}"#);
        assert_eq!(other, BodyError::NotFinite { field: None });
        for broken in [
            r#"{"ratio1":"nan""#,
            r#"{"ratio1":1"#,
            r#"{"nan":1,}"#,
            "\"",
            "nano",
        ] {
            assert!(
                matches!(of(broken), BodyError::Malformed { .. }),
                "{broken}"
            );
        }
    }
}
