//! `POST /api/fsr_data`: one sample, or a burst of them.

use super::{
    BodyError, FieldRule,
    fields::{Fields, Object, required},
    upload_fast,
};
use crate::{
    UnixMillis,
    fsr::{Sample, SampleError, SensorValues, Side, UploadedSample},
    session::{DeviceId, SessionId},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Samples in one upload at most.
pub const MAX_SAMPLES: usize = 256;

/// Room for this many is made at once.
pub(super) const EXPECTED_BURST: usize = 16;

/// A sample whose time differs more from its arrival was stamped by a wrong clock, milliseconds.
const MAX_SKEW: i64 = 60_000;

const SHAPE: &str = "an object or an array of 1 to 256 objects";

/// One sample and whose it is, as the body says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Upload<'a> {
    /// The reading.
    pub sample: Sample,
    /// `ts` as it was sent; RFC 3339 as seconds since the epoch.
    pub stamp: Option<f64>,
    /// `deviceId`, borrowed from the body unless it is escaped there.
    pub device: Option<DeviceId<'a>>,
    /// `sessionId`.
    pub session: Option<SessionId>,
}

/// The samples of one upload, at least one, in the order in which they were sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Uploads<'a> {
    /// A single object, as the insole's own firmware sends it.
    One(Upload<'a>),
    /// A buffered burst.
    Many(Vec<Upload<'a>>),
}

impl<'a> Uploads<'a> {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Upload<'a>] {
        match self {
            Self::One(upload) => std::slice::from_ref(upload),
            Self::Many(uploads) => uploads,
        }
    }
}

/// Reads and checks an upload that arrived at `now`.
///
/// A sample's time is its `ts` (epoch seconds, milliseconds above 10^11, or ISO 8601 text) when that is within 60 s of
/// `now`, else `now`; [`BurstClock`](crate::fsr::BurstClock) places the samples of a burst better. Unknown fields are ignored; a field that is `null` counts as absent.
///
/// # Errors
/// [`BodyError`] for the first element and, in it, the first field (side, ratios, voltages, ids, time) that breaks a
/// rule; one bad element refuses all.
pub fn parse_upload(body: &[u8], now: UnixMillis) -> Result<Uploads<'_>, BodyError> {
    match upload_fast::parse(body, now) {
        Some(uploads) => Ok(uploads),
        None => parse_fully(body, now),
    }
}

/// The same without the short way.
pub(super) fn parse_fully(body: &[u8], now: UnixMillis) -> Result<Uploads<'_>, BodyError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = json
        .deserialize_any(Whole { now })
        .and_then(|read| json.end().map(|()| read));
    read.unwrap_or_else(|error| Err(BodyError::of_json(&error, body, SHAPE)))
}

const FIELDS: usize = 16;
const SIDE: usize = 12;
const DEVICE: usize = 13;
const SESSION: usize = 14;
const TIME: usize = 15;

fn place(name: &str) -> Option<usize> {
    Some(match name.as_bytes() {
        [b'r', b'a', b't', b'i', b'o', digit @ b'1'..=b'6'] => {
            usize::from(digit.wrapping_sub(b'1'))
        }
        [
            b'v',
            b'o',
            b'l',
            b't',
            b'a',
            b'g',
            b'e',
            digit @ b'1'..=b'6',
        ] => usize::from(digit.wrapping_sub(b'1')).wrapping_add(6),
        b"side" => SIDE,
        b"deviceId" => DEVICE,
        b"sessionId" => SESSION,
        b"ts" => TIME,
        _ => return None,
    })
}

const RATIOS: [&str; 6] = ["ratio1", "ratio2", "ratio3", "ratio4", "ratio5", "ratio6"];
const VOLTAGES: [&str; 6] = [
    "voltage1", "voltage2", "voltage3", "voltage4", "voltage5", "voltage6",
];

impl Upload<'_> {
    /// The sample with its stamp as it was sent, for [`BurstClock`](crate::fsr::BurstClock).
    #[must_use]
    pub const fn uploaded(&self) -> UploadedSample {
        UploadedSample {
            sample: self.sample,
            stamp: self.stamp,
        }
    }
}

impl<'a> Upload<'a> {
    fn from_fields(fields: &Fields<'a, FIELDS>, now: UnixMillis) -> Result<Self, BodyError> {
        let name = required(fields.text(SIDE, "side")?, "side")?;
        let side = side(name).ok_or(BodyError::field("side", FieldRule::OneOf("left or right")))?;
        let ratios = six(fields, 0, &RATIOS)?;
        let voltages = six(fields, 6, &VOLTAGES)?;
        let device = fields.device(DEVICE, "deviceId")?;
        let session = fields.uuid(SESSION, "sessionId")?.map(SessionId);
        let (stamp, sent) = fields.stamp(TIME, "ts")?;
        let at = arrival(sent, now);
        let sample = Sample::new(side, at, ratios, voltages).map_err(|error| refusal(&error))?;
        Ok(Self {
            sample,
            stamp,
            device,
            session,
        })
    }
}

/// When a sample was measured: what it says of itself, unless its clock is wrong.
pub(super) fn arrival(sent: Option<UnixMillis>, now: UnixMillis) -> UnixMillis {
    sent.filter(|at| (-MAX_SKEW..=MAX_SKEW).contains(&at.since(now)))
        .unwrap_or(now)
}

/// A foot's name in any case.
pub(super) fn side(text: &str) -> Option<Side> {
    Side::BOTH
        .into_iter()
        .zip(["left", "right"])
        .find(|(_, name)| text.eq_ignore_ascii_case(name))
        .map(|(side, _)| side)
}

/// Six numbers, or none of them.
fn six(
    fields: &Fields<'_, FIELDS>,
    first: usize,
    names: &[&'static str; 6],
) -> Result<Option<SensorValues>, BodyError> {
    let mut six = [0.0; 6];
    let mut missing = None;
    let mut found = 0_u8;
    for ((place, name), value) in (first..).zip(names).zip(&mut six) {
        match fields.number(place, name)? {
            Some(number) => {
                *value = number;
                found = found.saturating_add(1);
            }
            None => missing = missing.or(Some(*name)),
        }
    }
    match missing {
        Some(_) if found == 0 => Ok(None),
        Some(name) => Err(BodyError::field(name, FieldRule::Required)),
        None => Ok(Some(six)),
    }
}

/// The field and the rule of a sample's refusal.
fn refusal(error: &SampleError) -> BodyError {
    let name = |names: [&'static str; 6], sensor: u8| {
        names
            .get(usize::from(sensor.saturating_sub(1)))
            .copied()
            .unwrap_or("sample")
    };
    match *error {
        SampleError::RatioOutOfRange { sensor } => {
            BodyError::field(name(RATIOS, sensor), FieldRule::Between(0.0, 100.0))
        }
        SampleError::VoltageOutOfRange { sensor } => BodyError::field(
            name(VOLTAGES, sensor),
            FieldRule::Between(0.0, crate::fsr::SUPPLY_VOLTS),
        ),
        SampleError::Missing => BodyError::field(
            "ratio1 to ratio6",
            FieldRule::RequiredGroup("or voltage1 to voltage6"),
        ),
    }
}

/// Reads an object or an array. A refusal is a value here, so that what is no JSON at all is told first.
struct Whole {
    now: UnixMillis,
}

impl<'de> Visitor<'de> for Whole {
    type Value = Result<Uploads<'de>, BodyError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPE)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let fields = Object::<FIELDS>(place).visit_map(map)?;
        Ok(Upload::from_fields(&fields, self.now).map(Uploads::One))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let uploads = burst(&mut list, self.now)?;
        if uploads.is_err() {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(uploads.map(Uploads::Many))
    }
}

/// The elements of an array, up to the first that is refused.
fn burst<'de, A: SeqAccess<'de>>(
    list: &mut A,
    now: UnixMillis,
) -> Result<Result<Vec<Upload<'de>>, BodyError>, A::Error> {
    let mut uploads = Vec::with_capacity(EXPECTED_BURST);
    while let Some(element) = list.next_element_seed(UploadElement)? {
        let index = uploads.len();
        if index == MAX_SAMPLES {
            return Ok(Err(BodyError::Shape {
                index: None,
                expected: SHAPE,
            }));
        }
        let fields = element.ok_or(BodyError::Shape {
            index: Some(index),
            expected: "an object",
        });
        match fields.and_then(|fields| Upload::from_fields(&fields, now)) {
            Ok(upload) => uploads.push(upload),
            Err(refusal) => return Ok(Err(refusal.at(index))),
        }
    }
    if uploads.is_empty() {
        return Ok(Err(BodyError::Shape {
            index: None,
            expected: SHAPE,
        }));
    }
    Ok(Ok(uploads))
}

/// Reads an element of the array; `None` when it is no object.
struct UploadElement;

impl<'de> DeserializeSeed<'de> for UploadElement {
    type Value = Option<Fields<'de, FIELDS>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UploadElement {
    type Value = Option<Fields<'de, FIELDS>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Object::<FIELDS>(place).visit_map(map).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
#[path = "upload_tests.rs"]
mod tests;
