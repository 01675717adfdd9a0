//! What the server tells on `/user/queue/session`.

use super::{
    ErrorCode,
    feedback::{rounded, seconds},
    to_json,
};
use crate::{
    Stage, UnixMillis,
    coach::{Data, DeviceState, StageSource},
    feedback::{AiStatus, Cue, CueKind, Topic, translations},
    fsr::{Side, Uncounted},
    squat::{NotCounting, Rep},
};
use serde::Serialize;
use serde_json::Number;

/// A thousandth is finer than any gauge.
const THOUSANDTHS: f64 = 1e3;

/// One push or answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Push<'a> {
    /// The state of the second.
    Data(&'a Data),
    /// Said aloud: the bare text, as the first apps read it.
    Voice(&'a str),
    /// Said aloud, with why and what it is about, and in both languages for those who show it.
    Cue(&'a Cue),
    /// A repetition ended.
    Rep(&'a Rep),
    /// A foot's device, or the binding of a pair.
    Device(DeviceChange<'a>),
    /// The standing calibration is done.
    Calibrated,
    /// A person who stands too unevenly for a standing baseline.
    UnevenStand {
        /// The left foot's share of the weight, in per cent.
        left_load: f64,
    },
    /// A movement that was not counted, as samples are missing.
    Uncounted(&'a Uncounted),
    /// The connection's token ends soon.
    TokenExpiring {
        /// Seconds.
        expires_in: u64,
    },
    /// Answers PING.
    Pong {
        /// The app's time as it came.
        ts: Option<&'a Number>,
        /// Ours.
        now: UnixMillis,
    },
    /// Answers CLIENT_EVENT.
    Ack {
        /// The event's name.
        name: &'a str,
        /// The app's time as it came; ours when it sent none.
        ts: Option<&'a Number>,
        /// Ours.
        now: UnixMillis,
    },
    /// Answers what was not understood; the connection stays.
    Error {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: &'a str,
    },
}

/// What happened to a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DeviceChange<'a> {
    /// One foot's insole changed its state.
    Foot {
        /// Which.
        side: Side,
        /// How.
        state: DeviceState,
    },
    /// A pair was bound to another session, which took it from this one.
    Taken {
        /// Which.
        device_id: &'a str,
    },
    /// A pair was bound to this session.
    Bound {
        /// Which.
        device_id: &'a str,
    },
    /// A pair was taken from this session by its own wish.
    Unbound {
        /// Which.
        device_id: &'a str,
    },
}

/// The shape that all but `voice` have.
#[derive(Serialize)]
struct PushMessage<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    payload: T,
}

/// The seed's own shape of a cue, without a payload.
#[derive(Serialize)]
struct Voice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    #[serde(flatten)]
    more: Option<LossReason<'a>>,
}

/// What a cue has besides its text.
#[derive(Serialize)]
struct LossReason<'a> {
    id: &'a str,
    kind: CueKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Topic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Texts>,
}

#[derive(Serialize)]
struct Texts {
    ko: String,
    en: String,
}

#[derive(Serialize)]
struct DataPayload {
    value: f64,
    ts: i64,
    ai: AiStatus,
    stage: Stage,
    #[serde(rename = "stageSource", skip_serializing_if = "Option::is_none")]
    stage_source: Option<StageSource>,
    reps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cop: Option<[f64; 2]>,
    #[serde(rename = "leftLoad", skip_serializing_if = "Option::is_none")]
    left_load: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(rename = "notCounting", skip_serializing_if = "Option::is_none")]
    not_counting: Option<NotCounting>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DevicePayload<'a> {
    side: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExpiringPayload {
    expires_in: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PongPayload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<&'a Number>,
    server_ts: f64,
}

#[derive(Serialize)]
struct AckPayload<'a> {
    name: &'a str,
    ts: PushTime<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PushTime<'a> {
    Theirs(&'a Number),
    Ours(f64),
}

#[derive(Serialize)]
struct ErrorPayload<'a> {
    code: ErrorCode,
    message: &'a str,
}

#[derive(Serialize)]
struct Nothing {}

impl Push<'_> {
    /// The JSON body, one line.
    #[must_use]
    pub fn to_json(self) -> Vec<u8> {
        match self {
            Self::Voice(text) => to_json(&Voice {
                kind: "voice",
                text,
                more: None,
            }),
            Self::Cue(cue) => to_json(&Voice {
                kind: "voice",
                text: &cue.text,
                more: Some(LossReason {
                    id: &cue.id,
                    kind: cue.kind,
                    topic: cue.topic,
                    texts: translations(&cue.text).map(|(ko, en)| Texts { ko, en }),
                }),
            }),
            Self::Data(data) => message("DATA", DataPayload::new(data)),
            Self::Rep(rep) => message("REP", rep),
            Self::Device(change) => message("DEVICE", DevicePayload::new(change)),
            Self::Calibrated => message("CALIBRATED", Nothing {}),
            Self::UnevenStand { left_load } => message(
                "UNEVEN_STAND",
                UnevenStandPayload {
                    left_load: rounded(left_load, THOUSANDTHS),
                },
            ),
            Self::Uncounted(uncounted) => message(
                "UNCOUNTED",
                UncountedPayload {
                    reason: "missing_samples",
                    start_ts: uncounted.start.as_seconds(),
                    end_ts: uncounted.end.as_seconds(),
                },
            ),
            Self::TokenExpiring { expires_in } => {
                message("TOKEN_EXPIRING", ExpiringPayload { expires_in })
            }
            Self::Pong { ts, now } => message(
                "PONG",
                PongPayload {
                    ts,
                    server_ts: seconds(now),
                },
            ),
            Self::Ack { name, ts, now } => {
                let ts = ts.map_or(PushTime::Ours(seconds(now)), PushTime::Theirs);
                message("ACK", AckPayload { name, ts })
            }
            Self::Error {
                code,
                message: text,
            } => message(
                "ERROR",
                ErrorPayload {
                    code,
                    message: text,
                },
            ),
        }
    }
}

fn message(kind: &'static str, payload: impl Serialize) -> Vec<u8> {
    to_json(&PushMessage { kind, payload })
}

impl DataPayload {
    fn new(data: &Data) -> Self {
        let finite =
            |value: f64| Some(rounded(value, THOUSANDTHS)).filter(|value| value.is_finite());
        Self {
            value: finite(data.value).unwrap_or(0.0),
            ts: data.at.as_seconds(),
            ai: data.ai,
            stage: data.stage,
            stage_source: data.stage_source,
            reps: data.reps,
            depth: data.depth.and_then(finite),
            cop: data
                .cop
                .filter(|cop| cop.iter().all(|value| value.is_finite()))
                .map(|cop| cop.map(|value| rounded(value, THOUSANDTHS))),
            left_load: data.left_load.and_then(finite),
            score: data.score.and_then(finite),
            not_counting: data.not_counting,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnevenStandPayload {
    left_load: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UncountedPayload {
    reason: &'static str,
    start_ts: i64,
    end_ts: i64,
}

impl<'a> DevicePayload<'a> {
    const fn new(change: DeviceChange<'a>) -> Self {
        let (side, state, device_id) = match change {
            DeviceChange::Foot {
                side: Side::Left,
                state,
            } => ("left", state_name(state), None),
            DeviceChange::Foot {
                side: Side::Right,
                state,
            } => ("right", state_name(state), None),
            DeviceChange::Taken { device_id } => ("both", "taken", Some(device_id)),
            DeviceChange::Bound { device_id } => ("both", "bound", Some(device_id)),
            DeviceChange::Unbound { device_id } => ("both", "unbound", Some(device_id)),
        };
        Self {
            side,
            state,
            device_id,
        }
    }
}

const fn state_name(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Live => "live",
        DeviceState::Silent => "silent",
        DeviceState::SensorDead => "sensor_dead",
        DeviceState::Unloaded => "unloaded",
        DeviceState::Saturated => "saturated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Language;

    fn json(push: Push<'_>) -> String {
        String::from_utf8(push.to_json()).unwrap()
    }

    #[test]
    fn answers_have_the_shapes_of_the_contract() {
        let (now, ts) = (UnixMillis(1_730_892_345_678), Number::from(1_730_892_345));
        let all = [
            json(Push::Pong { ts: Some(&ts), now }),
            json(Push::Pong { ts: None, now }),
            json(Push::Ack {
                name: "start",
                ts: Some(&ts),
                now,
            }),
            json(Push::Ack {
                name: "start",
                ts: None,
                now,
            }),
            json(Push::Error {
                code: ErrorCode::UnknownType,
                message: "type DANCE is not known",
            }),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
        {"type":"PONG","payload":{"ts":1730892345,"serverTs":1730892345.678}}
        {"type":"PONG","payload":{"serverTs":1730892345.678}}
        {"type":"ACK","payload":{"name":"start","ts":1730892345}}
        {"type":"ACK","payload":{"name":"start","ts":1730892345.678}}
        {"type":"ERROR","payload":{"code":"UNKNOWN_TYPE","message":"type DANCE is not known"}}
        "#);
    }

    #[test]
    fn events_have_the_shapes_of_the_contract() {
        let foot = DeviceChange::Foot {
            side: Side::Left,
            state: DeviceState::SensorDead,
        };
        let all = [
            json(Push::Voice("뒤꿈치를 누르세요")),
            json(Push::TokenExpiring { expires_in: 60 }),
            json(Push::Calibrated),
            json(Push::Device(foot)),
            json(Push::Device(DeviceChange::Taken {
                device_id: "pair-1",
            })),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
        {"type":"voice","text":"뒤꿈치를 누르세요"}
        {"type":"TOKEN_EXPIRING","payload":{"expiresIn":60}}
        {"type":"CALIBRATED","payload":{}}
        {"type":"DEVICE","payload":{"side":"left","state":"sensor_dead"}}
        {"type":"DEVICE","payload":{"side":"both","state":"taken","deviceId":"pair-1"}}
        "#);
    }

    #[test]
    fn a_cue_tells_why_and_reads_in_both_languages() {
        let cue = Cue {
            at: UnixMillis(1_730_892_345_000),
            language: Language::Ko,
            id: "say_test".into(),
            text: "뒤꿈치를 좀 더 누르세요".into(),
            kind: CueKind::Fault,
            topic: Some(Topic::Balance),
        };
        insta::assert_snapshot!(json(Push::Cue(&cue)), @r#"{"type":"voice","text":"뒤꿈치를 좀 더 누르세요","id":"say_test","kind":"fault","topic":"balance","texts":{"ko":"뒤꿈치를 좀 더 누르세요","en":"Press more into your heels"}}"#);
    }

    #[test]
    fn data_tells_where_the_stage_comes_from_and_how_the_load_is_shared() {
        let data = Data {
            value: 0.9,
            at: UnixMillis(1_730_892_345_000),
            stage: Stage::Descent,
            stage_source: Some(StageSource::Load),
            left_load: Some(53.123_456),
            ..Data::default()
        };
        insta::assert_snapshot!(json(Push::Data(&data)), @r#"{"type":"DATA","payload":{"value":0.9,"ts":1730892345,"ai":{"lumbar":"null","knee":"null","ankle":"null"},"stage":"DESCENT","stageSource":"load","reps":0,"leftLoad":53.123}}"#);
    }

    #[test]
    fn data_leaves_out_what_is_not_known() {
        let data = Data {
            value: 0.123_456,
            at: UnixMillis(1_730_892_345_999),
            ai: AiStatus::default(),
            stage: Stage::Bottom,
            stage_source: None,
            left_load: None,
            reps: 3,
            depth: None,
            cop: Some([f64::NAN, 50.0]),
            score: Some(f64::INFINITY),
            not_counting: None,
        };
        insta::assert_snapshot!(json(Push::Data(&data)), @r#"{"type":"DATA","payload":{"value":0.123,"ts":1730892345,"ai":{"lumbar":"null","knee":"null","ankle":"null"},"stage":"BOTTOM","reps":3}}"#);
    }
}
