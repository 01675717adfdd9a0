//! The STOMP codec on a MESSAGE of 300 bytes, and what one message costs for many readers.
//!
//! `benches/peers/stomp` sets the codec beside others of the registry.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use squirret::stomp::{
    Command, Decoder, Encoder, Input, Item, Limits, Message, Output, Session, SessionConfig,
    Version,
};
use std::{hint::black_box, sync::Arc, time::Instant};

const DESTINATION: &str = "/user/queue/session";

/// A push as the server sends it, filled up so that its frame has `bytes` bytes.
fn message_frame(bytes: usize) -> Vec<u8> {
    let frame = |body: &[u8]| {
        let mut out = Vec::new();
        encode(&mut out, body);
        out
    };
    let mut body = br#"{"type":"DATA","payload":{"value":0.82,"ts":1730892345}}"#.to_vec();
    while frame(&body).len() < bytes {
        body.push(b' ');
    }
    frame(&body)
}

fn encode(out: &mut Vec<u8>, body: &[u8]) {
    Encoder::new(out, Version::V1_2, Command::Message)
        .header("subscription", black_box("sub-0"))
        .header("destination", black_box(DESTINATION))
        .header("message-id", black_box("5f0c1a-1024"))
        .header("content-type", black_box("application/json"))
        .body(body);
}

/// Decodes one frame that may come in parts; reads all headers.
fn decode(decoder: &mut Decoder, frame: &[u8], part: usize) -> usize {
    let mut read = 0;
    for bytes in frame.chunks(part) {
        let decoded = decoder.decode(bytes).expect("a frame");
        if let Some(Item::Frame(frame)) = decoded.item {
            read = frame.body.len();
            for (name, value) in frame.headers {
                read += black_box(name).len() + black_box(value).len();
            }
        }
    }
    read
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stomp/codec");
    for bytes in [300, 4096] {
        let frame = message_frame(bytes);
        let body = vec![b' '; bytes - 150];
        let mut decoder = Decoder::new(&Limits::default());
        let mut out = Vec::with_capacity(2 * bytes);
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(format!("decode/{bytes}"), |bencher| {
            bencher.iter(|| decode(&mut decoder, black_box(&frame), usize::MAX));
        });
        group.bench_function(format!("decode in parts of 100/{bytes}"), |bencher| {
            bencher.iter(|| decode(&mut decoder, black_box(&frame), 100));
        });
        group.bench_function(format!("encode/{bytes}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                encode(&mut out, black_box(&body));
                out.len()
            });
        });
        group.bench_function(format!("copy/{bytes}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                out.extend_from_slice(black_box(&frame));
                out.len()
            });
        });
    }
}

/// Sessions that listen to the queue, each with the id that `id` gives it.
fn listeners(count: usize, ack: &str, id: impl Fn(usize) -> String, now: Instant) -> Vec<Session> {
    let config = Arc::new(SessionConfig::default());
    let listener = |number: usize| {
        let mut session = Session::new(Arc::clone(&config), now);
        session.handle_input(Input::Bytes(b"CONNECT\naccept-version:1.2\n\n\0"), now);
        session.handle_input(
            Input::Accept {
                user: "guest",
                session: "s",
            },
            now,
        );
        let id = id(number);
        let subscribe = format!("SUBSCRIBE\nid:{id}\nack:{ack}\ndestination:{DESTINATION}\n\n\0");
        session.handle_input(Input::Bytes(subscribe.as_bytes()), now);
        drain(&mut session);
        session
    };
    (0..count).map(listener).collect()
}

/// Bytes that go out.
fn drain(session: &mut Session) -> usize {
    let mut bytes = 0;
    loop {
        match session.poll_output() {
            Output::Transmit(transmit) => bytes += transmit.data.len(),
            Output::Timeout(_) => return bytes,
            _ => {}
        }
    }
}

fn fan_out(criterion: &mut Criterion) {
    const READERS: usize = 1000;
    let now = Instant::now();
    let body = " ".repeat(150);
    let mut group = criterion.benchmark_group("stomp/fan-out to 1,000");
    group.throughput(Throughput::Elements(READERS as u64));
    let mut same = listeners(READERS, "auto", |_| "sub-0".to_owned(), now);
    let mut own = listeners(READERS, "auto", |number| format!("sub-{number}"), now);
    for (name, sessions) in [("the same id", &mut same), ("an id each", &mut own)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let message =
                    Message::new(DESTINATION, "5f0c1a-1024", "application/json", body.clone());
                for session in sessions.iter_mut() {
                    session.handle_input(Input::Message(&message), now);
                    black_box(drain(session));
                }
            });
        });
    }
}

fn session(criterion: &mut Criterion) {
    let now = Instant::now();
    let send = "SEND\ncontent-length:42\ndestination:/app/session.message\n\
                content-type:application/json;charset=UTF-8\n\n\
                {\"type\":\"PING\",\"payload\":{\"ts\":1730000.5}}\0";
    let mut group = criterion.benchmark_group("stomp/session");
    let mut listener = listeners(1, "auto", |_| "sub-0".to_owned(), now).remove(0);
    group.bench_function("SEND in, event out", |bencher| {
        bencher.iter(|| {
            listener.handle_input(Input::Bytes(black_box(send.as_bytes())), now);
            drain(&mut listener)
        });
    });
    let mut acknowledging = listeners(1, "client-individual", |_| "0".to_owned(), now).remove(0);
    let mut delivered = 0_u64;
    group.bench_function("MESSAGE out, ACK in", |bencher| {
        bencher.iter_batched(
            || {
                delivered += 1;
                let message = Message::new(DESTINATION, "m-1", "application/json", "{}");
                (message, format!("ACK\nid:a{delivered}\n\n\0"))
            },
            |(message, ack)| {
                acknowledging.handle_input(Input::Message(&message), now);
                acknowledging.handle_input(Input::Bytes(ack.as_bytes()), now);
                drain(&mut acknowledging)
            },
            BatchSize::PerIteration,
        );
    });
    assert_eq!(acknowledging.unacknowledged(), 0, "each was acknowledged");
}

criterion_group!(benches, codec, fan_out, session);
criterion_main!(benches);
