//! What must hold for any bytes: the bodies of the fuzz targets, here so that every build compiles them.
//!
//! Each function panics when a promise is broken, and only then.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how these functions tell"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Command, DecodeError, Decoder, Destinations, Event, Frame, Input, Item, Limits, Message,
    Output, Session, SessionConfig, Transmit, Version,
};

/// A frame that outlives its bytes: command, headers without `content-length`, body.
type Owned = (Command, Vec<(String, String)>, Vec<u8>);

/// Limits that short inputs reach.
fn tight() -> Limits {
    Limits {
        max_frame_bytes: 256,
        max_headers: 4,
        max_header_bytes: 128,
        max_id_bytes: 24,
        max_subscriptions: 2,
        max_transactions: 2,
        max_transaction_frames: 2,
        max_transaction_bytes: 600,
        max_unacknowledged: 3,
    }
}

/// Decoding: however the bytes are split, the same frames and the same error come out; no limit is passed; a frame that
/// is encoded and decoded again stays what it was.
pub fn check_decode(data: &[u8]) {
    let Some((&head, stream)) = data.split_first() else {
        return;
    };
    let version = [Version::V1_0, Version::V1_1, Version::V1_2][usize::from(head) % 3];
    let limits = if head & 0x80 == 0 {
        tight()
    } else {
        Limits::default()
    };
    let whole = decode(stream, version, &limits, |_| usize::MAX);
    assert_eq!(
        whole,
        decode(stream, version, &limits, |_| 1),
        "byte by byte"
    );
    let ragged = |at: usize| usize::from(data.get(at).copied().unwrap_or(1) % 7).max(1);
    assert_eq!(
        whole,
        decode(stream, version, &limits, ragged),
        "in ragged parts"
    );
    for frame in whole.0 {
        let once = round_trip(&frame, version);
        assert_eq!(once, round_trip(&once, version));
    }
}

/// All frames of a stream that arrives in parts of this size, and the error that ended it.
fn decode(
    mut stream: &[u8],
    version: Version,
    limits: &Limits,
    part: impl Fn(usize) -> usize,
) -> (Vec<Owned>, Option<DecodeError>) {
    let mut decoder = Decoder::new(limits);
    decoder.set_version(version);
    let mut frames = Vec::new();
    let max_kept = limits.max_frame_bytes.max(limits.max_header_bytes + 16);
    while !stream.is_empty() {
        let (mut bytes, rest) = stream.split_at(part(stream.len()).min(stream.len()));
        stream = rest;
        while !bytes.is_empty() {
            let consumed = match decoder.decode(bytes) {
                Ok(decoded) => {
                    if let Some(Item::Frame(frame)) = decoded.item {
                        check_limits(&frame, limits);
                        frames.push(owned(&frame));
                    }
                    decoded.consumed
                }
                Err(error) => {
                    assert_eq!(
                        decoder.decode(bytes).map(|_| ()),
                        Err(error.clone()),
                        "an error stays"
                    );
                    return (frames, Some(error));
                }
            };
            assert!(consumed > 0, "every call gets on");
            bytes = &bytes[consumed..];
            assert!(
                decoder.kept_bytes() <= max_kept,
                "{} bytes kept",
                decoder.kept_bytes()
            );
        }
    }
    (frames, None)
}

fn check_limits(frame: &Frame<'_>, limits: &Limits) {
    assert!(frame.headers.iter().count() <= limits.max_headers);
    assert!(frame.body.len() < limits.max_frame_bytes);
}

fn owned(frame: &Frame<'_>) -> Owned {
    let headers = frame
        .headers
        .iter()
        .map(|(name, value)| (name.into_owned(), value.into_owned()));
    let headers = headers
        .filter(|(name, _)| name != "content-length")
        .collect();
    (frame.command, headers, frame.body.to_vec())
}

fn round_trip((command, headers, body): &Owned, version: Version) -> Owned {
    let mut bytes = Vec::new();
    let encoder = super::Encoder::new(&mut bytes, version, *command);
    headers
        .iter()
        .fold(encoder, |encoder, (name, value)| {
            encoder.header(name, value)
        })
        .body(body);
    let mut decoder = Decoder::new(&unlimited());
    decoder.set_version(version);
    let decoded = decoder.decode(&bytes).expect("what is encoded is a frame");
    assert_eq!(decoded.consumed, bytes.len(), "one frame and nothing else");
    match decoded.item {
        Some(Item::Frame(frame)) => owned(&frame),
        _ => panic!("what is encoded is a whole frame"),
    }
}

fn unlimited() -> Limits {
    let mut limits = Limits::default();
    (
        limits.max_frame_bytes,
        limits.max_headers,
        limits.max_header_bytes,
    ) = (1 << 24, 1 << 16, 1 << 24);
    limits
}

/// A session under any sequence of inputs: nothing comes after the close, each transmission is one whole frame of a
/// server or a heart-beat, no limit is passed, and what was drained stays quiet. The first byte chooses how it starts;
/// of the rest, each byte is an input, with its length or time in the byte behind it.
pub fn check_session(data: &[u8], start: Instant) {
    let Some((&head, mut rest)) = data.split_first() else {
        return;
    };
    let mut world = World::new(start);
    if head & 1 == 1 {
        world.input(Input::Bytes(
            b"CONNECT\naccept-version:1.0,1.1,1.2\nheart-beat:900,900\n\n\0",
        ));
        world.input(Input::Accept {
            user: "guest",
            session: "s",
        });
    }
    while let Some((&[input, size], after)) = rest.split_first_chunk() {
        rest = world.step(input, size, after);
    }
}

struct World {
    session: Session,
    now: Instant,
    limits: Limits,
    messages: u32,
    asked: bool,
    accepted: bool,
    gone: bool,
    closed: bool,
    failed: bool,
}

impl World {
    fn new(now: Instant) -> Self {
        let limits = tight();
        let config = SessionConfig {
            limits: limits.clone(),
            heart_beat: (Duration::from_secs(1), Duration::from_secs(1)),
            destinations: Destinations::default().opened(),
            ..SessionConfig::default()
        };
        let session = Session::new(Arc::new(config), now);
        Self {
            session,
            now,
            limits,
            messages: 0,
            asked: false,
            accepted: false,
            gone: false,
            closed: false,
            failed: false,
        }
    }

    /// Does one input; gives the data behind it.
    fn step<'d>(&mut self, input: u8, size: u8, after: &'d [u8]) -> &'d [u8] {
        match input % 10 {
            0 => self.input(Input::Timeout),
            1 => self.input(Input::Accept {
                user: "a:b\nc",
                session: "",
            }),
            2 if size == 0 => self.input(Input::Refuse {
                message: "no: \\really\n",
                code: 1008,
            }),
            3 if size == 0 => self.input(Input::Close {
                code: 1001,
                reason: "drain",
                error: None,
            }),
            4 if size == 0 => {
                self.gone = true;
                self.input(Input::Gone);
                self.closed = true;
            }
            5 => self.now += Duration::from_millis(u64::from(size) * 20),
            6 => {
                self.now = self
                    .now
                    .checked_sub(Duration::from_millis(u64::from(size)))
                    .unwrap_or(self.now)
            }
            7 => self.push(size),
            _ => {
                let (bytes, rest) = after.split_at(usize::from(size).min(after.len()));
                self.input(Input::Bytes(bytes));
                return rest;
            }
        }
        after
    }

    fn push(&mut self, kind: u8) {
        self.messages += 1;
        let destination = ["/user/queue/session", "/topic/a", "/queue/a:b"][usize::from(kind) % 3];
        let content_type = if kind & 8 == 0 {
            "application/json"
        } else {
            "application/octet-stream"
        };
        let body = if kind & 16 == 0 {
            vec![b'{', b'}']
        } else {
            vec![0, 0xff, kind]
        };
        let message = Message::new(
            destination,
            &format!("m-{}", self.messages),
            content_type,
            body,
        );
        if kind & 32 == 0 {
            self.input(Input::Message(&message));
        } else {
            self.input(Input::MessageFor {
                subscription: "1",
                message: &message,
            });
        }
    }

    fn input(&mut self, input: Input<'_>) {
        // What came behind CONNECT is done on Accept, DISCONNECT too: the session may be over when it returns.
        self.accepted |= self.asked && matches!(input, Input::Accept { .. });
        self.session.handle_input(input, self.now);
        self.drain();
        self.check_limits();
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(deadline) => {
                    assert!(
                        !self.closed || deadline.is_none(),
                        "a deadline after the close"
                    );
                    assert_eq!(
                        self.session.poll_output(),
                        Output::Timeout(deadline),
                        "drained means quiet"
                    );
                    return;
                }
                _ if self.closed => panic!("an output after the close"),
                Output::Close { reason, .. } => {
                    assert!(reason.len() <= 123);
                    self.closed = true;
                }
                Output::Transmit(transmit) => self.check_transmit(&transmit),
                Output::Event(Event::Connect(_)) => {
                    assert!(!self.asked, "connected twice");
                    self.asked = true;
                }
                Output::Event(_) => {
                    assert!(self.accepted, "an event before the application said yes")
                }
            }
        }
    }

    fn check_transmit(&mut self, transmit: &Transmit) {
        assert!(!self.failed, "a transmission after ERROR");
        assert!(
            !transmit.text || str::from_utf8(&transmit.data).is_ok(),
            "text that is not UTF-8"
        );
        if transmit.data[..] == b"\n"[..] {
            return;
        }
        let mut decoder = Decoder::new(&unlimited());
        decoder.set_version(self.session.version());
        let decoded = decoder.decode(&transmit.data).expect("a frame");
        assert_eq!(
            decoded.consumed,
            transmit.data.len(),
            "one frame and nothing else"
        );
        let Some(Item::Frame(frame)) = decoded.item else {
            panic!("half a frame");
        };
        let needs: &[&str] = match frame.command {
            Command::Connected => &["version"],
            Command::Message => &[
                "subscription",
                "destination",
                "message-id",
                "content-length",
            ],
            Command::Receipt => &["receipt-id"],
            Command::Error => &["message"],
            command => panic!("a server does not send {command}"),
        };
        self.failed = frame.command == Command::Error;
        for name in needs {
            assert!(
                frame.headers.get(name).is_some(),
                "{} without {name}",
                frame.command
            );
        }
    }

    fn check_limits(&self) {
        let Limits {
            max_frame_bytes,
            max_header_bytes,
            max_transaction_bytes,
            ..
        } = self.limits;
        assert!(self.session.subscriptions() <= self.limits.max_subscriptions);
        assert!(self.session.unacknowledged() <= self.limits.max_unacknowledged);
        let held = max_frame_bytes * 2 + max_header_bytes + 16 + max_transaction_bytes;
        assert!(self.session.held_bytes() <= held);
        assert_eq!(self.closed || self.gone, self.session.is_closed());
    }
}
