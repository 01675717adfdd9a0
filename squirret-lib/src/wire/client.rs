//! What an app sends to `/app/session.message`.

use super::{TokenText, frame::is_text};
use serde::Deserialize;
use serde_json::{Number, value::RawValue};

/// The longest token that is passed on, bytes: more than any that is accepted.
pub const MAX_TOKEN_CHARS: usize = 8192;

/// Characters of an event's name at most.
const MAX_EVENT_NAME: usize = 64;

/// One message of the app. What is not understood is no error of the connection: it is answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientMessage {
    /// Asks for a PONG; `ts` comes back as it was.
    Ping {
        /// The app's time, in its own unit.
        ts: Option<Number>,
    },
    /// Something happened in the app; `start`, `stop` and `calibrate` act on the coach.
    Event {
        /// What.
        name: String,
        /// The app's time, in its own unit.
        ts: Option<Number>,
    },
    /// A fresh token for this connection.
    Token(TokenText),
    /// A type that nobody knows.
    Unknown,
    /// Not an object, or a known type without what it needs; says what.
    Invalid(&'static str),
}

#[derive(Deserialize)]
struct RawClientMessage<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Payload<'a> {
    #[serde(borrow)]
    ts: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    token: Option<&'a RawValue>,
}

impl ClientMessage {
    /// Reads a message's body; never fails.
    ///
    /// ```
    /// use squirret::wire::ClientMessage;
    /// let ping = ClientMessage::parse(br#"{"type":"PING","payload":{"ts":1730892345.5}}"#);
    /// assert!(matches!(ping, ClientMessage::Ping { ts: Some(_) }));
    /// assert_eq!(ClientMessage::parse(br#"{"type":"DANCE"}"#), ClientMessage::Unknown);
    /// ```
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let Ok(raw) = serde_json::from_slice::<RawClientMessage<'_>>(body) else {
            return Self::Invalid("message must be a JSON object");
        };
        let Some(kind) = raw.kind else {
            return Self::Invalid("type is required");
        };
        let is = |name| is_text(kind.get(), name);
        if !(is("PING") || is("CLIENT_EVENT") || is("TOKEN")) {
            return Self::Unknown;
        }
        let payload = raw.payload.map_or(Ok(Payload::default()), |raw| {
            serde_json::from_str(raw.get())
        });
        let Ok(payload) = payload else {
            return Self::Invalid("payload must be an object");
        };
        let ts = payload
            .ts
            .and_then(|raw| serde_json::from_str(raw.get()).ok());
        if is("PING") {
            Self::Ping { ts }
        } else if is("TOKEN") {
            token(payload.token)
        } else {
            event(payload.name, ts)
        }
    }
}

fn event(name: Option<&RawValue>, ts: Option<Number>) -> ClientMessage {
    let name = name.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    match name {
        Some(name) if plain(&name) => ClientMessage::Event { name, ts },
        _ => ClientMessage::Invalid(
            "payload.name must have 1 to 64 characters, none of them a control character",
        ),
    }
}

/// The name stands in logs and records.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && name.chars().take(MAX_EVENT_NAME.saturating_add(1)).count() <= MAX_EVENT_NAME
        && !name.contains(char::is_control)
}

fn token(token: Option<&RawValue>) -> ClientMessage {
    let text = token.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    match text {
        Some(text) if !text.is_empty() && text.len() <= MAX_TOKEN_CHARS => {
            ClientMessage::Token(TokenText::new(text))
        }
        _ => ClientMessage::Invalid("payload.token must be a token"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> ClientMessage {
        ClientMessage::parse(body.as_bytes())
    }

    #[test]
    fn a_time_comes_back_as_it_was() {
        for ts in ["1730892345", "1730892345.123456", "-1", "1730892345123"] {
            let ClientMessage::Ping { ts: Some(read) } =
                parse(&format!(r#"{{"type":"PING","payload":{{"ts":{ts}}}}}"#))
            else {
                panic!("a ping with a time")
            };
            assert_eq!(read.to_string(), ts);
        }
    }

    #[test]
    fn a_ping_needs_nothing() {
        for body in [
            r#"{"type":"PING"}"#,
            r#"{"type":"PING","payload":null}"#,
            r#"{"payload":{"ts":"now"},"type":"PING"}"#,
        ] {
            assert_eq!(parse(body), ClientMessage::Ping { ts: None }, "{body}");
        }
    }

    #[test]
    fn an_event_has_a_plain_name() {
        let event = |name: &str| {
            parse(&format!(
                r#"{{"type":"CLIENT_EVENT","payload":{{"name":{name},"ts":1}}}}"#
            ))
        };
        assert!(
            matches!(event(r#""calibrate""#), ClientMessage::Event { name, .. } if name == "calibrate")
        );
        assert!(matches!(
            event(&format!("{:?}", "발".repeat(64))),
            ClientMessage::Event { .. }
        ));
        for bad in [
            "null",
            "7",
            r#""""#,
            r#""a\nb""#,
            &format!("{:?}", "n".repeat(65)),
        ] {
            assert!(matches!(event(bad), ClientMessage::Invalid(_)), "{bad}");
        }
    }

    #[test]
    fn a_token_is_bounded_and_hidden() {
        let of = |length| {
            parse(&format!(
                r#"{{"type":"TOKEN","payload":{{"token":"{}"}}}}"#,
                "t".repeat(length)
            ))
        };
        let token = of(MAX_TOKEN_CHARS);
        assert_eq!(format!("{token:?}"), "Token(TokenText(…))");
        assert!(matches!(of(0), ClientMessage::Invalid(_)));
        assert!(matches!(of(MAX_TOKEN_CHARS + 1), ClientMessage::Invalid(_)));
    }

    #[test]
    fn the_rest_is_unknown_or_invalid() {
        assert_eq!(parse(r#"{"type":"ping"}"#), ClientMessage::Unknown);
        assert_eq!(parse(r#"{"type":7}"#), ClientMessage::Unknown);
        for body in [
            "",
            "[]",
            "hello",
            "{}",
            r#"{"type":"PING","payload":[]}"#,
            r#"{"type":"PING"} x"#,
            "\u{feff}{}",
        ] {
            assert!(matches!(parse(body), ClientMessage::Invalid(_)), "{body}");
        }
        assert!(matches!(
            ClientMessage::parse(b"\xff\xfe"),
            ClientMessage::Invalid(_)
        ));
    }
}
