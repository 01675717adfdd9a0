//! What holds for all frames, all splits and all sequences of inputs.

use proptest::prelude::*;

use super::{
    super::{
        Command, Decoder, Encoder, Item, Limits, Version,
        fuzzing::{check_decode, check_session},
    },
    start,
};

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(Version::ALL.to_vec())
}

fn command() -> impl Strategy<Value = Command> {
    prop::sample::select(Command::ALL.to_vec())
}

/// A text that this frame's headers can carry.
fn carried(text: &str, version: Version, command: Command, name: bool) -> String {
    let escapes = version != Version::V1_0
        && !matches!(
            command,
            Command::Connect | Command::Stomp | Command::Connected
        );
    let kept: String = text
        .chars()
        .filter(|char| match char {
            '\0' => false,
            '\r' => escapes && version == Version::V1_2,
            '\n' => escapes,
            ':' => escapes || !name,
            _ => true,
        })
        .collect();
    if version == Version::V1_0 {
        kept.trim_matches([' ', '\t']).to_owned()
    } else {
        kept
    }
}

/// Texts in which what needs care is frequent.
const TEXT: &str = "([a-z/-]|[:\\\\\r\n\t ncr]|[\u{0}\u{e4}\u{c00}]){0,20}";

/// Bytes that look like frames, some of them broken.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "(destination|id|ack|receipt|transaction|subscription|message-id|content-type):(/queue/a|/user/queue/session|client|client-individual|1|2|a1)\n",
        "content-length:[0-9]{1,3}\n",
        "[a-z]{0,8}:[ -~]{0,12}\r?\n",
        "(accept-version:1\\.[0-2]|heart-beat:[0-9]{1,4},[0-9]{1,4})\n",
        "[ -~]{0,8}\n",
    ];
    let body = prop_oneof![3 => "[ -~]{0,20}", 1 => "[\u{0}-\u{7f}]{0,250}"];
    let end = prop_oneof![8 => Just("\0"), 1 => Just("\0\n\r\n"), 1 => Just("")];
    let frame = (command(), prop::collection::vec(line, 0..5), body, end).prop_map(
        |(command, lines, body, end)| format!("{command}\n{}\n{body}{end}", lines.concat()),
    );
    prop::collection::vec(frame, 0..5).prop_map(|frames| frames.concat().into_bytes())
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(
        version in version(),
        command in command(),
        headers in prop::collection::vec((TEXT, TEXT), 0..30),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (carried(name, version, command, true), carried(value, version, command, false)))
            .filter(|(name, _)| !name.is_empty() && name != "content-length")
            .collect();
        let mut bytes = Vec::new();
        let encoder = Encoder::new(&mut bytes, version, command);
        headers.iter().fold(encoder, |encoder, (name, value)| encoder.header(name, value)).body(&body);

        let mut decoder = Decoder::new(&Limits::default());
        decoder.set_version(version);
        let decoded = decoder.decode(&bytes).unwrap();
        prop_assert_eq!(decoded.consumed, bytes.len());
        let Some(Item::Frame(frame)) = decoded.item else { panic!("a whole frame") };
        prop_assert_eq!(frame.command, command);
        prop_assert_eq!(frame.body, &body[..]);
        let found: Vec<_> =
            frame.headers.iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let (last, found) = found.split_last().unwrap();
        prop_assert_eq!(found, &headers[..]);
        prop_assert_eq!(last, &("content-length".to_owned(), body.len().to_string()));
        let mut again = Vec::new();
        frame.encode(version, &mut again);
        if !body.is_empty() {
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn frames_are_the_same_however_their_bytes_arrive(head in any::<u8>(), stream in stream()) {
        check_decode(&[&[head][..], &stream].concat());
    }

    #[test]
    fn noise_decodes_to_the_same_however_it_arrives(data in prop::collection::vec(any::<u8>(), 0..400)) {
        check_decode(&data);
    }

    #[test]
    fn a_session_keeps_its_promises(
        head in any::<u8>(),
        inputs in prop::collection::vec((any::<u8>(), 0_u8..100, stream()), 0..12),
    ) {
        let mut data = vec![head];
        for (input, size, stream) in inputs {
            for part in stream.chunks(250) {
                data.extend([9, part.len() as u8]);
                data.extend(part);
            }
            data.extend([input % 8, size]);
        }
        check_session(&data, start());
    }

    #[test]
    fn a_session_survives_noise(data in prop::collection::vec(any::<u8>(), 0..400)) {
        check_session(&data, start());
    }
}
