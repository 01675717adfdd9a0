//! Decodes and encodes one MESSAGE frame of 300 bytes with this codec and with those of the registry: alternating
//! rounds on the same bytes, medians, and each peer's time over ours.
//!
//! Inputs are made before the clock starts, so that no peer pays for its owned arguments.

use std::{hint::black_box, time::Instant};

use bytes::BytesMut;
use squirret::stomp::{Command, Decoder, Encoder, Item, Limits, Message, Version};
use tokio_util::codec::{Decoder as _, Encoder as _};

const BATCH: usize = 500;
const ROUNDS: usize = 20001;
const DESTINATION: &str = "/user/queue/session";
const ID: &str = "5f0c1a-1024";

fn body() -> String {
    let mut body = String::from(r#"{"type":"DATA","payload":{"value":0.82,"ts":1730892345,"ai":{"lumbar":"good","knee":"bad""#);
    while frame(&format!("{body}}}}}}}")).len() < 300 {
        body.push(' ');
    }
    body + "}}}"
}

fn frame(body: &str) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(&mut out, Version::V1_2, Command::Message)
        .header("subscription", "sub-0")
        .header("destination", DESTINATION)
        .header("message-id", ID)
        .header("content-type", "application/json")
        .body(body.as_bytes());
    out
}

/// One thing to measure: makes a batch of inputs, then runs over it; gives nanoseconds per item.
struct Case {
    name: &'static str,
    run: Box<dyn FnMut() -> f64>,
    times: Vec<f64>,
}

impl Case {
    fn new<I: 'static, O>(
        name: &'static str,
        mut input: impl FnMut() -> I + 'static,
        mut work: impl FnMut(&mut I) -> O + 'static,
    ) -> Self {
        let run = move || {
            let mut batch: Vec<I> = (0..BATCH).map(|_| input()).collect();
            let start = Instant::now();
            for item in &mut batch {
                black_box(work(black_box(item)));
            }
            start.elapsed().as_nanos() as f64 / BATCH as f64
        };
        Self { name, run: Box::new(run), times: Vec::new() }
    }

    fn median(&mut self) -> f64 {
        self.times.sort_by(f64::total_cmp);
        self.times[self.times.len() / 2]
    }
}

fn compare(title: &str, mut cases: Vec<Case>) {
    // `cargo run --release -- squirret` runs only the cases with that word, for a profiler.
    if let Some(word) = std::env::args().nth(1) {
        cases.retain(|case| case.name.contains(&word));
    }
    for _ in 0..ROUNDS {
        for case in &mut cases {
            let time = (case.run)();
            case.times.push(time);
        }
    }
    if cases.is_empty() {
        return;
    }
    println!("{title}");
    let ours = cases[0].median();
    for case in &mut cases {
        let median = case.median();
        println!("  {:<44} {median:8.1} ns  {:6.2}×", case.name, median / ours);
    }
}

fn decode() -> Vec<Case> {
    let bytes = frame(&body());
    assert_eq!(bytes.len(), 300);
    let fresh = {
        let bytes = bytes.clone();
        move || bytes.clone()
    };
    let fresh_mut = {
        let bytes = bytes.clone();
        move || BytesMut::from(bytes.as_slice())
    };
    let mut decoder = Decoder::new(&Limits::default());
    let mut reader = Decoder::new(&Limits::default());
    let mut copied = Vec::with_capacity(512);
    vec![
        Case::new("squirret, every header read", fresh.clone(), move |bytes| {
            let decoded = reader.decode(bytes).expect("a frame");
            let Some(Item::Frame(frame)) = decoded.item else { panic!("no frame") };
            let mut length = frame.body.len();
            for (name, value) in frame.headers {
                length += black_box(name).len() + black_box(value).len();
            }
            length
        }),
        Case::new("squirret, checked, headers not looked at", fresh.clone(), move |bytes| {
            let decoded = decoder.decode(bytes).expect("a frame");
            let Some(Item::Frame(frame)) = decoded.item else { panic!("no frame") };
            frame.body.len()
        }),
        Case::new("(copy of the 300 bytes)", fresh.clone(), move |bytes: &mut Vec<u8>| {
            copied.clear();
            copied.extend_from_slice(bytes);
            copied.len()
        }),
        Case::new("stomp-parser 0.8", fresh, |bytes| {
            let bytes = std::mem::take(bytes);
            stomp_parser::server::ServerFrame::try_from(bytes).expect("a frame")
        }),
        Case::new("async-stomp 0.7", fresh_mut.clone(), |bytes| {
            async_stomp::client::ClientCodec::new().decode(bytes).expect("a frame").expect("whole")
        }),
        Case::new("tokio-stomp 0.4", fresh_mut, |bytes| {
            tokio_stomp::client::ClientCodec.decode(bytes).expect("a frame").expect("whole")
        }),
    ]
}

fn encode() -> Vec<Case> {
    let text = body();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let (b1, b2, b3, b4, b5) = (text.clone(), text.clone(), text.clone(), text.clone(), text);
    let mut out = Vec::with_capacity(512);
    let mut dst = BytesMut::with_capacity(512);
    vec![
        Case::new("squirret, frame", move || b1.clone(), move |body| {
            out.clear();
            Encoder::new(&mut out, Version::V1_2, Command::Message)
                .header("subscription", black_box("sub-0"))
                .header("destination", black_box(DESTINATION))
                .header("message-id", black_box(ID))
                .header("content-type", black_box("application/json"))
                .body(body.as_bytes());
            out.len()
        }),
        Case::new("squirret, message made, no reader", move || b2.clone(), |body| {
            Message::new(DESTINATION, ID, "application/json", std::mem::take(body))
        }),
        Case::new(
            "stomp-parser 0.8",
            move || {
                Some(
                    stomp_parser::server::MessageFrameBuilder::new(ID.to_owned(), DESTINATION.to_owned(), "sub-0".to_owned())
                        .content_type("application/json".to_owned())
                        .content_length(b3.len() as u32)
                        .body(b3.clone().into_bytes()),
                )
            },
            |builder| -> Vec<u8> { builder.take().expect("once").build().into() },
        ),
        Case::new(
            "stomp-agnostic 0.10",
            move || {
                Some(stomp_agnostic::Message {
                    content: stomp_agnostic::FromServer::Message {
                        destination: DESTINATION.to_owned(),
                        message_id: ID.to_owned(),
                        subscription: "sub-0".to_owned(),
                        headers: headers.clone(),
                        body: Some(b4.clone().into_bytes()),
                    },
                    extra_headers: Vec::new(),
                })
            },
            |message| message.take().expect("once").into_bytes(),
        ),
        Case::new(
            "async-stomp 0.7 (SEND)",
            move || {
                Some(async_stomp::Message::from(async_stomp::ToServer::Send {
                    destination: DESTINATION.to_owned(),
                    transaction: None,
                    headers: Some(vec![
                        ("content-type".to_owned(), "application/json".to_owned()),
                        ("content-length".to_owned(), b5.len().to_string()),
                    ]),
                    body: Some(b5.clone().into_bytes()),
                }))
            },
            move |message| {
                dst.clear();
                async_stomp::client::ClientCodec::new().encode(message.take().expect("once"), &mut dst).expect("encodes");
                dst.len()
            },
        ),
    ]
}

fn main() {
    compare("decode, MESSAGE of 300 bytes", decode());
    compare("encode, the same", encode());
}
