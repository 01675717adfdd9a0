//! The short way through an upload: what the insoles send, and nothing else.
//!
//! A flat object (or an array of them) of known fields with plain numbers and unescaped ASCII strings is read in one
//! pass. Whatever is unusual, wrong or out of range gives `None`; the full reader then decides and finds the words.
//! A test holds both against each other.

use super::upload::{EXPECTED_BURST, MAX_SAMPLES, Upload, Uploads, arrival, side};
use crate::{
    UnixMillis,
    fsr::{Sample, SensorValues, Side},
    session::{DeviceId, SessionId},
};

/// Powers of ten that a double holds exactly and that a number of 15 digits can need.
const POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Characters of a number at most: without its point it is below 2^53, so that one exact division gives the nearest double.
const MAX_LENGTH: usize = 15;

/// The uploads of a usual body.
pub(super) fn parse(body: &[u8], now: UnixMillis) -> Option<Uploads<'_>> {
    let mut rest = Rest(body);
    let uploads = match rest.token()? {
        b'{' => Uploads::One(rest.object()?.upload(now)?),
        b'[' => Uploads::Many(rest.burst(now)?),
        _ => return None,
    };
    rest.skip_blanks();
    rest.0.is_empty().then_some(uploads)
}

/// What an object held.
#[derive(Default)]
struct Flat<'a> {
    side: Option<Side>,
    values: [SensorValues; 2],
    /// One bit a value.
    present: [u8; 2],
    device: Option<DeviceId<'a>>,
    session: Option<SessionId>,
    ts: Option<f64>,
}

const ALL: u8 = 0b11_1111;

impl<'a> Flat<'a> {
    fn set(&mut self, group: usize, digit: u8, value: f64) -> Option<()> {
        let place = digit.wrapping_sub(b'1');
        *self.values.get_mut(group)?.get_mut(usize::from(place))? = value;
        *self.present.get_mut(group)? |= 1_u8.checked_shl(u32::from(place))?;
        Some(())
    }

    fn upload(self, now: UnixMillis) -> Option<Upload<'a>> {
        let group = |six: SensorValues, present: u8| match present {
            0 => Some(None),
            ALL => Some(Some(six)),
            _ => None,
        };
        let [ratios, voltages] = self.values;
        let [some_ratios, some_voltages] = self.present;
        let at = arrival(self.ts.and_then(UnixMillis::from_wire), now);
        let sample = Sample::new(
            self.side?,
            at,
            group(ratios, some_ratios)?,
            group(voltages, some_voltages)?,
        );
        Some(Upload {
            sample: sample.ok()?,
            stamp: self.ts,
            device: self.device,
            session: self.session,
        })
    }
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', tail @ ..] = self.0 {
            self.0 = tail;
        }
    }

    /// The next byte that is not blank.
    fn token(&mut self) -> Option<u8> {
        self.skip_blanks();
        let (token, tail) = self.0.split_first()?;
        self.0 = tail;
        Some(*token)
    }

    /// The elements of an array, after its bracket.
    fn burst(&mut self, now: UnixMillis) -> Option<Vec<Upload<'a>>> {
        let mut uploads = Vec::with_capacity(EXPECTED_BURST);
        loop {
            if uploads.len() == MAX_SAMPLES || self.token()? != b'{' {
                return None;
            }
            uploads.push(self.object()?.upload(now)?);
            match self.token()? {
                b',' => {}
                b']' => return Some(uploads),
                _ => return None,
            }
        }
    }

    /// The fields of an object, after its brace; it has at least one.
    fn object(&mut self) -> Option<Flat<'a>> {
        let mut flat = Flat::default();
        loop {
            self.field(&mut flat)?;
            match self.token()? {
                b',' => {}
                b'}' => return Some(flat),
                _ => return None,
            }
        }
    }

    fn field(&mut self, flat: &mut Flat<'a>) -> Option<()> {
        self.skip_blanks();
        match self.0 {
            [
                b'"',
                b'r',
                b'a',
                b't',
                b'i',
                b'o',
                digit @ b'1'..=b'6',
                b'"',
                tail @ ..,
            ] => {
                self.0 = tail;
                flat.set(0, *digit, self.number()?)
            }
            [
                b'"',
                b'v',
                b'o',
                b'l',
                b't',
                b'a',
                b'g',
                b'e',
                digit @ b'1'..=b'6',
                b'"',
                tail @ ..,
            ] => {
                self.0 = tail;
                flat.set(1, *digit, self.number()?)
            }
            [b'"', b's', b'i', b'd', b'e', b'"', tail @ ..] => {
                self.0 = tail;
                flat.side = Some(side(self.string()?)?);
                Some(())
            }
            [b'"', b't', b's', b'"', tail @ ..] => {
                self.0 = tail;
                flat.ts = Some(self.number()?);
                Some(())
            }
            _ => self.name(flat),
        }
    }

    /// One of the longer and rarer fields.
    fn name(&mut self, flat: &mut Flat<'a>) -> Option<()> {
        if let Some(tail) = self.0.strip_prefix(b"\"deviceId\"") {
            self.0 = tail;
            flat.device = Some(DeviceId::new(self.string()?).ok()?);
            Some(())
        } else {
            self.0 = self.0.strip_prefix(b"\"sessionId\"")?;
            flat.session = Some(self.string()?.parse().ok()?);
            Some(())
        }
    }

    /// A colon and a number without exponent.
    fn number(&mut self) -> Option<f64> {
        if self.token()? != b':' {
            return None;
        }
        self.skip_blanks();
        let (negative, unsigned) = match self.0 {
            [b'-', tail @ ..] => (true, tail),
            all => (false, all),
        };
        let (whole, rest) = digits(0, unsigned);
        let (whole, decimals, rest) = match rest {
            [b'.', fraction @ ..] => {
                let (whole, rest) = digits(whole, fraction);
                // `1.` is no number.
                (
                    whole,
                    fraction
                        .len()
                        .checked_sub(rest.len())
                        .filter(|count| *count > 0)?,
                    rest,
                )
            }
            _ => (whole, 0, rest),
        };
        let length = unsigned.len().checked_sub(rest.len())?;
        let whole_digit = match unsigned {
            [b'0', b'0'..=b'9', ..] => return None,
            [b'0'..=b'9', ..] => true,
            _ => false,
        };
        // The length counts the point as well.
        if !whole_digit || length > MAX_LENGTH || matches!(rest, [b'e' | b'E', ..]) {
            return None;
        }
        self.0 = rest;
        let value = whole as f64 / POWERS.get(decimals)?;
        Some(if negative { -value } else { value })
    }

    /// A colon and a string of printable ASCII without escapes.
    fn string(&mut self) -> Option<&'a str> {
        if self.token()? != b':' || self.token()? != b'"' {
            return None;
        }
        let end = self.0.iter().position(|byte| *byte == b'"')?;
        let (text, tail) = self.0.split_at_checked(end)?;
        self.0 = tail.strip_prefix(b"\"")?;
        let plain = text
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\');
        if plain {
            std::str::from_utf8(text).ok()
        } else {
            None
        }
    }
}

/// The digits at the start of `text` behind those of `whole` (wrapping, when they are too many), and the rest.
fn digits(mut whole: u64, mut text: &[u8]) -> (u64, &[u8]) {
    while let [digit @ b'0'..=b'9', tail @ ..] = text {
        whole = whole
            .wrapping_mul(10)
            .wrapping_add(u64::from(digit.wrapping_sub(b'0')));
        text = tail;
    }
    (whole, text)
}
