//! What an app sends to the inference plane: a frame as JSON text.

use super::{ErrorCode, fields};
use crate::{UnixMillis, time::parse_iso8601};
use base64_simd::AsOut;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A frame. Nothing is copied: the picture's text is borrowed from the message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FrameMessage<'a> {
    /// As the app counts; `None`: one more than the last.
    pub number: Option<u64>,
    /// The picture's base64.
    pub image: ImageText<'a>,
    /// When the app says that it was taken.
    pub timestamp: Option<UnixMillis>,
}

/// Base64 of a picture as it stands between the quotes of a JSON string, with or without a `data:` prefix. It may hold
/// JSON escapes: the encoder of iOS writes each `/` as `\/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageText<'a>(&'a [u8]);

/// Why a message is not a frame that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Not a JSON object.
    #[error("message is not a JSON object")]
    Malformed,
    /// No `type`, or one that nobody knows.
    #[error("type must be \"frame\"")]
    UnknownType {
        /// The frame that was meant.
        number: Option<u64>,
    },
    /// The frame's number is none.
    #[error("frameNumber must be a whole number from 0 to {}", fields::MAX_EXACT)]
    NumberNotWhole,
    /// No picture.
    #[error("image_base64 is required")]
    ImageRequired {
        /// The frame that was meant.
        number: Option<u64>,
    },
    /// The picture is not a string.
    #[error("image_base64 must be a string")]
    ImageNotText {
        /// The frame that was meant.
        number: Option<u64>,
    },
}

impl FrameError {
    /// The number of the frame that was meant.
    #[must_use]
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Malformed | Self::NumberNotWhole => None,
            Self::UnknownType { number }
            | Self::ImageRequired { number }
            | Self::ImageNotText { number } => number,
        }
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Malformed => ErrorCode::MalformedJson,
            Self::UnknownType { .. } => ErrorCode::UnknownType,
            Self::NumberNotWhole | Self::ImageRequired { .. } | Self::ImageNotText { .. } => {
                ErrorCode::ValidationError
            }
        }
    }
}

/// The picture's text is not base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("image_base64 is not valid base64")]
#[non_exhaustive]
pub struct NotBase64;

/// The message's own fields as they stand in it.
#[derive(Deserialize)]
struct RawFrame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<&'a RawValue>,
    #[serde(rename = "frameNumber", borrow)]
    number: Option<&'a RawValue>,
    #[serde(borrow)]
    image_base64: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

/// Reads a text message. A `timestamp` that is no time counts as absent.
///
/// ```
/// use squirret::wire::parse_frame;
///
/// let message = r#"{"type":"frame","frameNumber":7,"image_base64":"data:image\/jpeg;base64,\/9j\/","timestamp":1730892345.5}"#;
/// let frame = parse_frame(message)?;
/// assert_eq!(frame.number, Some(7));
/// let mut picture = Vec::new();
/// frame.image.decode_into(&mut picture)?;
/// assert_eq!(picture, [0xff, 0xd8, 0xff]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FrameError`], with the frame's number where it could be read.
pub fn parse_frame(message: &str) -> Result<FrameMessage<'_>, FrameError> {
    let raw: RawFrame<'_> = serde_json::from_str(message).map_err(|_| FrameError::Malformed)?;
    let told = raw.number.map(RawValue::get);
    let number = told.and_then(whole);
    if !raw.kind.is_some_and(|kind| is_text(kind.get(), "frame")) {
        return Err(FrameError::UnknownType { number });
    }
    if told.is_some() && number.is_none() {
        return Err(FrameError::NumberNotWhole);
    }
    let image = raw
        .image_base64
        .ok_or(FrameError::ImageRequired { number })?
        .get();
    let image = inner(image).ok_or(FrameError::ImageNotText { number })?;
    if image.is_empty() {
        return Err(FrameError::ImageRequired { number });
    }
    let timestamp = raw.timestamp.and_then(|raw| time(raw.get()));
    Ok(FrameMessage {
        number,
        image: ImageText(image.as_bytes()),
        timestamp,
    })
}

/// What stands between the quotes of a JSON string.
fn inner(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

/// Whether a JSON value is this string, in any spelling.
pub(super) fn is_text(json: &str, text: &str) -> bool {
    inner(json) == Some(text)
        || json.contains('\\')
            && serde_json::from_str::<String>(json).is_ok_and(|spelled| spelled == text)
}

/// A whole number that a double holds exactly; a float without fraction counts.
fn whole(json: &str) -> Option<u64> {
    const MAX: f64 = fields::MAX_EXACT as f64;
    let number: f64 = json.parse().ok()?;
    (number.fract() == 0.0 && (0.0..=MAX).contains(&number)).then_some(number as u64)
}

fn time(json: &str) -> Option<UnixMillis> {
    match inner(json) {
        Some(text) => parse_iso8601(text),
        None => UnixMillis::from_wire(json.parse().ok()?),
    }
}

impl<'a> ImageText<'a> {
    /// From what stood between the quotes, e.g. kept by a queue together with its message.
    #[must_use]
    pub const fn from_raw(raw: &'a [u8]) -> Self {
        Self(raw)
    }

    /// What stands between the quotes, prefix and escapes included.
    #[must_use]
    pub const fn as_raw(self) -> &'a [u8] {
        self.0
    }

    /// Decodes the picture into `buffer`, which is used again: what was in it is gone, and nothing is allocated once
    /// it has grown to the size of the text. Line breaks and missing padding are forgiven.
    ///
    /// # Errors
    /// [`NotBase64`]; the buffer is empty then.
    pub fn decode_into(self, buffer: &mut Vec<u8>) -> Result<(), NotBase64> {
        let decoded = base64_part(self.0).and_then(|text| match memchr::memchr(b'\\', text) {
            None => decode_plain(text, buffer),
            Some(_) => decode_escaped(text, buffer),
        });
        buffer.truncate(decoded.unwrap_or(0));
        decoded.map(|_| ()).ok_or(NotBase64)
    }
}

/// What follows a `data:…;base64,` prefix (RFC 2397, in any case) and blanks, or the whole.
fn base64_part(text: &[u8]) -> Option<&[u8]> {
    const LONGEST_PREFIX: usize = 128;
    let text = without_blanks(text);
    let has_scheme = text
        .first_chunk::<5>()
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"data:"));
    if !has_scheme {
        return Some(text);
    }
    let comma = text
        .iter()
        .take(LONGEST_PREFIX)
        .position(|byte| *byte == b',')?;
    let (prefix, rest) = text.split_at_checked(comma)?;
    prefix
        .last_chunk::<7>()?
        .eq_ignore_ascii_case(b";base64")
        .then(|| rest.strip_prefix(b","))?
}

/// Takes blanks and escaped line breaks off the beginning.
fn without_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        match text {
            [b'\\', b'n' | b'r' | b't', rest @ ..] => text = rest,
            _ => return text,
        }
    }
}

/// The number of bytes at the start of `buffer` that the text decodes to.
fn decode_plain(text: &[u8], buffer: &mut Vec<u8>) -> Option<usize> {
    // Not cleared before: only what the buffer lacks is filled.
    buffer.resize(text.len(), 0);
    let decoded = base64_simd::forgiving_decode(text, buffer.as_out()).map(|decoded| decoded.len());
    match decoded {
        Ok(length) => Some(length),
        Err(_) => {
            buffer.clear();
            buffer.extend_from_slice(text);
            decode_url_safe(buffer)
        }
    }
}

/// Decodes the alphabet for URLs (RFC 4648, section 5), `-` and `_` instead of `+` and `/`, in place.
fn decode_url_safe(buffer: &mut [u8]) -> Option<usize> {
    let mut is_url_safe = false;
    for byte in &mut *buffer {
        let replaced = match byte {
            b'-' => b'+',
            b'_' => b'/',
            _ => continue,
        };
        *byte = replaced;
        is_url_safe = true;
    }
    if !is_url_safe {
        return None;
    }
    base64_simd::forgiving_decode_inplace(buffer)
        .ok()
        .map(|decoded| decoded.len())
}

/// The same for a text with JSON escapes, which are taken out first.
fn decode_escaped(text: &[u8], buffer: &mut Vec<u8>) -> Option<usize> {
    buffer.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escaped) = rest.split_at_checked(at)?;
        buffer.extend_from_slice(plain);
        let (character, tail) = escape(escaped.get(1..)?)?;
        buffer.push(character);
        rest = tail;
    }
    buffer.extend_from_slice(rest);
    let is_url_safe = memchr::memchr2(b'-', b'_', buffer).is_some();
    if is_url_safe {
        return decode_url_safe(buffer);
    }
    base64_simd::forgiving_decode_inplace(buffer)
        .ok()
        .map(|decoded| decoded.len())
}

/// The ASCII character of an escape (without its backslash), and what follows it.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (kind, tail) = text.split_first()?;
    match kind {
        b'/' => Some((b'/', tail)),
        // Encoders for mail break lines.
        b'n' | b'r' | b't' => Some((b'\n', tail)),
        b'u' => {
            let (digits, tail) = tail.split_at_checked(4)?;
            let code = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            let character = u8::try_from(code).ok().filter(u8::is_ascii)?;
            Some((character, tail))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn image(text: &str) -> Result<Vec<u8>, NotBase64> {
        let message = format!(r#"{{"type":"frame","image_base64":"{text}"}}"#);
        let mut buffer = vec![9; 5];
        parse_frame(&message)
            .unwrap()
            .image
            .decode_into(&mut buffer)
            .map(|()| buffer)
    }

    #[test]
    fn reads_the_seeds_frame_without_copying_the_picture() {
        let message = r#"{"type":"frame","frameNumber":3,"image_base64":"/9j/AA==","timestamp":1730892345.25,"x":[{}]}"#;
        let frame = parse_frame(message).unwrap();
        assert_eq!(
            (frame.number, frame.timestamp),
            (Some(3), Some(UnixMillis(1_730_892_345_250)))
        );
        assert!(
            message
                .as_bytes()
                .as_ptr_range()
                .contains(&frame.image.as_raw().as_ptr())
        );
    }

    #[test]
    fn the_picture_may_be_spelled_in_many_ways() {
        let expected = vec![0xff, 0xd8, 0xff, 0xfe, 0x00];
        for text in [
            "/9j//gA=",
            "/9j//gA",
            "data:image/jpeg;base64,/9j//gA=",
            r"\/9j\/\/gA=",
            r"data:image\/jpeg;base64,\/9j\/\/gA=",
            r"\u002f9j\u002F/gA\u003d",
            r"/9j/\n/gA=\r\n",
            "/9j/ /gA=",
            " /9j//gA=",
            r"\n\r\n/9j//gA=",
            "DATA:image/jpeg;BASE64,/9j//gA=",
            r"\n data:image/jpeg;base64, /9j//gA=",
            "_9j__gA=",
            "_9j__gA",
            "data:image/jpeg;base64,_9j__gA",
            r"_9j__gA\u003d",
        ] {
            assert_eq!(image(text), Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused_and_leaves_nothing_behind() {
        for text in [
            "*",
            "A",
            "AAAA=AAA",
            "발",
            r"\\",
            r#"\""#,
            r"\u00e9AAA",
            "data:image/jpeg,AAAA",
            "data:;base64",
        ] {
            let message = format!(r#"{{"type":"frame","image_base64":"{text}"}}"#);
            let mut buffer = vec![9; 5];
            assert_eq!(
                parse_frame(&message)
                    .unwrap()
                    .image
                    .decode_into(&mut buffer),
                Err(NotBase64),
                "{text}"
            );
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn the_buffer_is_used_again() {
        let mut buffer = Vec::new();
        ImageText::from_raw(&[b'A'; 4000])
            .decode_into(&mut buffer)
            .unwrap();
        let (start, capacity) = (buffer.as_ptr(), buffer.capacity());
        for text in [&b"AAAA"[..], &br"\/9j\/"[..], &[b'B'; 4000][..]] {
            ImageText::from_raw(text).decode_into(&mut buffer).unwrap();
            assert_eq!((buffer.as_ptr(), buffer.capacity()), (start, capacity));
        }
        assert_eq!(buffer.len(), 3000);
    }

    #[test]
    fn numbers_may_be_whole_floats_or_absent_and_nothing_else() {
        let number = |json: &str| {
            let message =
                format!(r#"{{"type":"frame","frameNumber":{json},"image_base64":"AA=="}}"#);
            parse_frame(&message).map(|frame| frame.number)
        };
        assert_eq!(number("3.0"), Ok(Some(3)));
        assert_eq!(number("-0"), Ok(Some(0)));
        assert_eq!(number("9007199254740992"), Ok(Some(1 << 53)));
        assert_eq!(number("null"), Ok(None));
        for other in [
            "3.5",
            "-1",
            "1e300",
            "\"3\"",
            "[]",
            "true",
            "9007199254740994",
            "18446744073709551616",
        ] {
            let error = number(other).unwrap_err();
            assert_eq!(error, FrameError::NumberNotWhole, "{other}");
            assert_eq!(
                error.to_string(),
                "frameNumber must be a whole number from 0 to 9007199254740992"
            );
        }
    }

    #[test]
    fn what_is_no_frame_is_named_with_its_number() {
        for (message, error) in [
            ("", FrameError::Malformed),
            ("[]", FrameError::Malformed),
            (r#"{"type":"frame"} {}"#, FrameError::Malformed),
            (r#"{"type":"frame","type":"frame"}"#, FrameError::Malformed),
            ("{}", FrameError::UnknownType { number: None }),
            (
                r#"{"type":"video","frameNumber":9}"#,
                FrameError::UnknownType { number: Some(9) },
            ),
            (r#"{"type":7}"#, FrameError::UnknownType { number: None }),
            (
                r#"{"type":"frame","frameNumber":2}"#,
                FrameError::ImageRequired { number: Some(2) },
            ),
            (
                r#"{"type":"frame","image_base64":""}"#,
                FrameError::ImageRequired { number: None },
            ),
            (
                r#"{"type":"frame","image_base64":["A"]}"#,
                FrameError::ImageNotText { number: None },
            ),
        ] {
            assert_eq!(parse_frame(message).unwrap_err(), error, "{message}");
        }
        assert!(parse_frame(r#"{"type":"fr\u0061me","image_base64":"AA=="}"#).is_ok());
    }

    proptest! {
        #[test]
        fn any_picture_survives_any_spelling(picture in prop::collection::vec(any::<u8>(), 1..300), escaped in any::<bool>()) {
            let mut text = base64_simd::STANDARD.encode_to_string(&picture);
            if escaped {
                text = text.replace('/', r"\/");
            }
            prop_assert_eq!(image(&text), Ok(picture));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let mut buffer = Vec::new();
            let _ = ImageText::from_raw(text.as_bytes()).decode_into(&mut buffer);
            let _ = parse_frame(&text);
        }
    }
}
