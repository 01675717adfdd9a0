//! Reads the named fields of an object and ignores all others.

use super::{BodyError, FieldRule};
use crate::{
    UnixMillis,
    session::{DeviceId, SessionId},
    time::parse_iso8601,
};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};
use uuid::Uuid;

/// The largest whole number that a double holds exactly, and with it every JSON reader.
pub(super) const MAX_EXACT: u64 = 1 << 53;

/// One field's value. An absent field is `Null`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FieldScalar<'a> {
    Null,
    Number(f64),
    Text(Cow<'a, str>),
    /// A list, an object or a boolean.
    Other,
}

/// The values of `N` named fields. Of a field that comes twice the last counts, as with most JSON readers.
#[derive(Debug)]
pub(super) struct Fields<'a, const N: usize>(pub(super) [FieldScalar<'a>; N]);

/// The place of a field's name among the `N`.
pub(super) type Index = fn(&str) -> Option<usize>;

impl<'a, const N: usize> Fields<'a, N> {
    /// Reads `body`, which must be an object.
    pub(super) fn parse(body: &'a [u8], index: Index) -> Result<Self, BodyError> {
        let mut json = serde_json::Deserializer::from_slice(body);
        Object::<N>(index)
            .deserialize(&mut json)
            .and_then(|fields| json.end().map(|()| fields))
            .map_err(|error| BodyError::of_json(&error, body, "an object"))
    }

    fn value(&self, place: usize) -> &FieldScalar<'a> {
        self.0.get(place).unwrap_or(&FieldScalar::Null)
    }

    /// A number; `None` when it is absent.
    pub(super) fn number(
        &self,
        place: usize,
        name: &'static str,
    ) -> Result<Option<f64>, BodyError> {
        match self.value(place) {
            FieldScalar::Null => Ok(None),
            FieldScalar::Number(number) => Ok(Some(*number)),
            _ => Err(BodyError::field(name, FieldRule::Number)),
        }
    }

    /// A whole number from 0 to 2^53; a float without fraction counts.
    pub(super) fn whole(&self, place: usize, name: &'static str) -> Result<u64, BodyError> {
        const MAX: f64 = MAX_EXACT as f64;
        match self.value(place) {
            FieldScalar::Null => Err(BodyError::field(name, FieldRule::Required)),
            FieldScalar::Number(number)
                if number.fract() == 0.0 && (0.0..=MAX).contains(number) =>
            {
                Ok(*number as u64)
            }
            _ => Err(BodyError::field(name, FieldRule::Whole(MAX_EXACT))),
        }
    }

    /// A string; `None` when it is absent.
    pub(super) fn text(
        &self,
        place: usize,
        name: &'static str,
    ) -> Result<Option<&Cow<'a, str>>, BodyError> {
        match self.value(place) {
            FieldScalar::Null => Ok(None),
            FieldScalar::Text(text) => Ok(Some(text)),
            _ => Err(BodyError::field(name, FieldRule::Text)),
        }
    }

    /// A string of 1 to `max` characters without control characters; `None` when it is absent.
    pub(super) fn name(
        &self,
        place: usize,
        name: &'static str,
        max: usize,
    ) -> Result<Option<Cow<'a, str>>, BodyError> {
        let Some(text) = self.text(place, name)? else {
            return Ok(None);
        };
        // As many bytes as characters at least, so a long text is not counted.
        let fits = !text.is_empty() && (text.len() <= max || text.chars().nth(max).is_none());
        if !fits || text.chars().any(char::is_control) {
            return Err(BodyError::field(name, FieldRule::Length(max)));
        }
        Ok(Some(text.clone()))
    }

    /// A device's id; `None` when it is absent.
    pub(super) fn device(
        &self,
        place: usize,
        name: &'static str,
    ) -> Result<Option<DeviceId<'a>>, BodyError> {
        let Some(text) = self.text(place, name)? else {
            return Ok(None);
        };
        let refuse = |error| BodyError::field(name, FieldRule::DeviceId(error));
        DeviceId::new(text.clone()).map(Some).map_err(refuse)
    }

    /// A UUID in its hyphenated form; `None` when it is absent.
    pub(super) fn uuid(&self, place: usize, name: &'static str) -> Result<Option<Uuid>, BodyError> {
        let Some(text) = self.text(place, name)? else {
            return Ok(None);
        };
        let SessionId(uuid) = text
            .parse()
            .map_err(|_| BodyError::field(name, FieldRule::Uuid))?;
        Ok(Some(uuid))
    }

    /// A time: epoch seconds, milliseconds above 10^11, or RFC 3339. `None` when it is absent or before 1970.
    /// A time stamp as it was sent (text as seconds since the epoch), and as the wire reads it.
    pub(super) fn stamp(
        &self,
        place: usize,
        name: &'static str,
    ) -> Result<(Option<f64>, Option<UnixMillis>), BodyError> {
        let time = self.time(place, name)?;
        let sent = match self.value(place) {
            FieldScalar::Number(number) => Some(*number),
            _ => time.map(|time| time.0 as f64 / 1e3),
        };
        Ok((sent, time))
    }

    pub(super) fn time(
        &self,
        place: usize,
        name: &'static str,
    ) -> Result<Option<UnixMillis>, BodyError> {
        match self.value(place) {
            FieldScalar::Null => Ok(None),
            FieldScalar::Number(number) => Ok(UnixMillis::from_wire(*number)),
            FieldScalar::Text(text) => match parse_iso8601(text) {
                Some(time) => Ok(Some(time)),
                None => Err(BodyError::field(name, FieldRule::Time)),
            },
            FieldScalar::Other => Err(BodyError::field(name, FieldRule::Time)),
        }
    }
}

/// The value, or the refusal that it is required.
pub(super) fn required<T>(value: Option<T>, name: &'static str) -> Result<T, BodyError> {
    value.ok_or(BodyError::field(name, FieldRule::Required))
}

/// Reads an object into `Fields`.
#[derive(Clone, Copy)]
pub(super) struct Object<const N: usize>(pub(super) Index);

impl<'de, const N: usize> DeserializeSeed<'de> for Object<N> {
    type Value = Fields<'de, N>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Object<N> {
    type Value = Fields<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = [const { FieldScalar::Null }; N];
        while let Some(place) = map.next_key_seed(FieldName(self.0))? {
            match place.and_then(|place| fields.get_mut(place)) {
                Some(field) => *field = map.next_value_seed(FieldValue)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Fields(fields))
    }
}

/// Reads a name to its place without copying it.
struct FieldName(Index);

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok((self.0)(name))
    }
}

/// Reads any value to a `FieldScalar`; never fails on JSON.
struct FieldValue;

impl<'de> DeserializeSeed<'de> for FieldValue {
    type Value = FieldScalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldValue {
    type Value = FieldScalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(FieldScalar::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(FieldScalar::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(FieldScalar::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(FieldScalar::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(FieldScalar::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(FieldScalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(FieldScalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(FieldScalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(FieldScalar::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> Option<usize> {
        ["a", "b"].iter().position(|known| *known == name)
    }

    fn parse(body: &str) -> Result<Fields<'_, 2>, BodyError> {
        Fields::parse(body.as_bytes(), place)
    }

    #[test]
    fn unknown_fields_are_ignored_whatever_they_hold() {
        let deep = "[".repeat(100) + &"]".repeat(100);
        let body = format!(r#"{{"x":{{"y":[1,{{}}]}},"a":1,"z":{deep},"b":"t"}}"#);
        let fields = parse(&body).unwrap();
        assert_eq!(
            fields.0,
            [FieldScalar::Number(1.0), FieldScalar::Text("t".into())]
        );
    }

    #[test]
    fn texts_are_borrowed_unless_escaped() {
        let fields = parse(r#"{"a":"plain","b":"esc\u0061ped"}"#).unwrap();
        assert!(matches!(
            fields.0[0],
            FieldScalar::Text(Cow::Borrowed("plain"))
        ));
        assert_eq!(fields.0[1], FieldScalar::Text("escaped".into()));
    }

    #[test]
    fn what_is_no_json_is_told_from_what_is_no_object() {
        for (body, message) in [
            ("", "body is empty, JSON is required"),
            (" \r\n\t", "body is empty, JSON is required"),
            ("{", "body is not valid JSON at line 1 column 1"),
            (
                "{\n\"a\":NaN}",
                "a field must be a finite number: JSON has no NaN and no infinity; leave out what is not known",
            ),
            (
                r#"{"a":1e999}"#,
                "a field must be a finite number: JSON has no NaN and no infinity; leave out what is not known",
            ),
            (r#"{"a":1,}"#, "body is not valid JSON at line 1 column 8"),
            ("{} {}", "body is not valid JSON at line 1 column 4"),
            ("[]", "body must be an object"),
            ("7", "body must be an object"),
            ("null", "body must be an object"),
        ] {
            assert_eq!(parse(body).unwrap_err().to_string(), message, "{body}");
        }
        assert_eq!(
            Fields::<2>::parse(b"{\"a\":\"\xff\"}", place)
                .unwrap_err()
                .code()
                .status(),
            400
        );
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
        assert_eq!(
            parse(&deep).unwrap().0,
            [FieldScalar::Other, FieldScalar::Null]
        );
    }

    #[test]
    fn whole_numbers_are_exact() {
        let whole = |json: &str| parse(&format!(r#"{{"a":{json}}}"#)).unwrap().whole(0, "a");
        assert_eq!(whole("0"), Ok(0));
        assert_eq!(whole("150.0"), Ok(150));
        assert_eq!(whole("9007199254740992"), Ok(MAX_EXACT));
        for bad in ["-1", "1.5", "9007199254740994", "\"1\"", "true", "1e300"] {
            let message = whole(bad).unwrap_err().to_string();
            assert_eq!(
                message, "a must be a whole number from 0 to 9007199254740992",
                "{bad}"
            );
        }
        assert_eq!(whole("null").unwrap_err().to_string(), "a is required");
    }

    #[test]
    fn names_are_bounded_in_characters() {
        let name = |text: &str| {
            parse(&format!(r#"{{"a":"{text}"}}"#))
                .unwrap()
                .name(0, "a", 4)
                .map(|_| ())
        };
        for good in ["a", "abcd", "발발발발"] {
            assert_eq!(name(good), Ok(()), "{good}");
        }
        for bad in ["", "abcde", "발발발발발", "a\\nb", "\\u0000"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
