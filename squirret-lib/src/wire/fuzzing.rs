//! Bodies of the fuzz targets, here so that every compiler run checks them and every test run exercises them.

use super::{
    BodyError, ClientMessage, ErrorCode, MAX_SAMPLES, Push, Snapshot, client::MAX_TOKEN_CHARS,
    parse_create, parse_device, parse_finish, parse_frame, parse_status, parse_upgrade,
    parse_upload, to_json, upload::parse_fully,
};
use crate::{
    UnixMillis,
    time::{parse_iso8601, parse_rfc3339},
};

const NOW: UnixMillis = UnixMillis(1_730_892_345_000);

/// Reads an upload: what is accepted keeps every rule, both ways through agree, a refusal is one plain line.
///
/// # Panics
/// When one of these does not hold.
pub fn fsr_json(data: &[u8]) {
    let read = parse_upload(data, NOW);
    assert_eq!(read, parse_fully(data, NOW), "both ways agree");
    match read {
        Err(error) => check_refusal(&error),
        Ok(uploads) => {
            let uploads = uploads.as_slice();
            assert!((1..=MAX_SAMPLES).contains(&uploads.len()));
            for upload in uploads {
                let sample = &upload.sample;
                assert!(
                    sample
                        .ratios
                        .iter()
                        .all(|ratio| (0.0..=100.0).contains(ratio))
                );
                let volts = sample.voltages.unwrap_or_default();
                assert!(volts.iter().all(|volt| (0.0..=3.3).contains(volt)));
                assert!(sample.at.since(NOW).unsigned_abs() <= 60_000);
                assert!(
                    upload
                        .device
                        .as_ref()
                        .is_none_or(|id| (1..=64).contains(&id.as_str().chars().count()))
                );
                let view = to_json(&Snapshot::new(Some(sample), None, NOW));
                assert!(serde_json::from_slice::<serde_json::Value>(&view).is_ok());
            }
        }
    }
}

/// Reads every other body and message; a picture never grows when it is decoded.
///
/// # Panics
/// When one of these does not hold.
pub fn inference_message(data: &[u8]) {
    let refusals = [
        parse_status(data).err(),
        parse_upgrade(data).err(),
        parse_create(data).err(),
        parse_finish(data).err(),
        parse_device(data).err(),
    ];
    refusals.iter().flatten().for_each(check_refusal);
    let _ = ClientMessage::parse(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _ = (parse_rfc3339(text), parse_iso8601(text));
    if let Ok(frame) = parse_frame(text) {
        let mut picture = vec![1; 3];
        let decoded = frame.image.decode_into(&mut picture);
        assert!(picture.len() <= frame.image.as_raw().len());
        assert!(decoded.is_ok() || picture.is_empty());
    }
}

/// Reads a message of the app: names are plain and short, a token is passed on whole or not at all, and what goes back
/// is JSON of one line.
///
/// # Panics
/// When one of these does not hold.
pub fn client_message(data: &[u8]) {
    let answer = match ClientMessage::parse(data) {
        ClientMessage::Ping { ts } => Push::Pong {
            ts: ts.as_ref(),
            now: NOW,
        }
        .to_json(),
        ClientMessage::Event { name, ts } => {
            assert!((1..=64).contains(&name.chars().count()));
            assert!(!name.contains(char::is_control));
            Push::Ack {
                name: &name,
                ts: ts.as_ref(),
                now: NOW,
            }
            .to_json()
        }
        ClientMessage::Token(token) => {
            assert!((1..=MAX_TOKEN_CHARS).contains(&token.as_str().len()));
            assert!(!format!("{token:?}").contains(token.as_str()) || token.as_str().len() < 16);
            return;
        }
        ClientMessage::Invalid(message) => Push::Error {
            code: ErrorCode::ValidationError,
            message,
        }
        .to_json(),
        ClientMessage::Unknown => return,
    };
    assert!(!answer.contains(&b'\n') && !answer.contains(&0));
    assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
}

fn check_refusal(error: &BodyError) {
    let message = error.to_string();
    assert_eq!(error.code().status(), 400);
    assert!(!message.is_empty() && !message.contains(char::is_control));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// JSON-like bytes: pieces that matter, in any order.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\"",
                "\\",
                "\\/",
                "\\u0061",
                "null",
                "true",
                "1e3",
                "-",
                "0",
                "12.5",
                "\"side\":\"left\"",
                "\"ratio1\":1",
                "\"voltage6\":3.3",
                "\"ts\":1730892345",
                "\"type\":\"frame\"",
                "\"image_base64\":\"",
                "data:image/jpeg;base64,",
                "AAAA",
                "=",
                "\"frameNumber\":1",
                "\"type\":\"PING\"",
                "\"type\":\"CLIENT_EVENT\"",
                "\"type\":\"TOKEN\"",
                "\"payload\":{",
                "\"name\":\"start\"",
                "\"token\":\"",
                "\u{2603}",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn uploads_keep_their_rules(data in pieces()) {
            fsr_json(&data);
        }

        #[test]
        fn messages_keep_their_rules(data in pieces()) {
            inference_message(&data);
            client_message(&data);
        }
    }
}
