//! Why a body was refused.

use super::ErrorCode;
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
            _ => Self::Malformed {
                line: error.line(),
                column: error.column(),
            },
        }
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed { .. } | Self::Empty => ErrorCode::MalformedJson,
            Self::Shape { .. } | Self::Field { .. } => ErrorCode::ValidationError,
            Self::Status { .. } => ErrorCode::InvalidStatus,
        }
    }
}
