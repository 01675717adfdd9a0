//! Each limit at its value and one past it.

use super::{
    super::{DecodeError, Decoder, Item, Limits},
    *,
};

fn with(limits: impl FnOnce(&mut Limits)) -> SessionConfig {
    let mut config = SessionConfig::default();
    limits(&mut config.limits);
    config
}

/// Frames in the bytes, or the error.
fn decode(bytes: &[u8], limits: &Limits) -> Result<usize, DecodeError> {
    let mut decoder = Decoder::new(limits);
    let (mut at, mut frames) = (0, 0);
    while at < bytes.len() {
        let decoded = decoder.decode(&bytes[at..])?;
        at += decoded.consumed;
        frames += usize::from(matches!(decoded.item, Some(Item::Frame(_))));
    }
    Ok(frames)
}

#[test]
fn a_frame_may_be_as_long_as_allowed_with_and_without_content_length() {
    for content_length in ["", "content-length:4\n"] {
        let frame = format!("SEND\n{content_length}\nbody\0");
        let mut limits = Limits {
            max_frame_bytes: frame.len(),
            ..Limits::default()
        };
        assert_eq!(decode(frame.as_bytes(), &limits), Ok(1));
        limits.max_frame_bytes -= 1;
        let error = DecodeError::FrameTooLarge {
            size: frame.len(),
            max: frame.len() - 1,
        };
        assert_eq!(decode(frame.as_bytes(), &limits), Err(error));
    }
}

#[test]
fn a_length_that_was_announced_is_refused_before_the_body_comes() {
    for length in ["65537", "99999999999999999999999999"] {
        let head = format!("SEND\ncontent-length:{length}\n\n");
        let result = decode(head.as_bytes(), &Limits::default());
        assert!(
            matches!(result, Err(DecodeError::FrameTooLarge { .. })),
            "{length}"
        );
    }
}

#[test]
fn headers_may_be_as_many_as_allowed() {
    let frame = |headers: usize| format!("SEND\n{}\n\0", "a:b\n".repeat(headers));
    let limits = Limits {
        max_headers: 20,
        ..Limits::default()
    };
    assert_eq!(decode(frame(20).as_bytes(), &limits), Ok(1));
    assert_eq!(
        decode(frame(21).as_bytes(), &limits),
        Err(DecodeError::TooManyHeaders { max: 20 })
    );
}

#[test]
fn headers_may_be_as_long_as_allowed_whatever_ends_their_lines() {
    for end in ["\n", "\r\n"] {
        let frame = format!("SEND{end}a:b{end}cc:dd{end}{end}\0");
        let length = "a:bcc:dd".len() + 2 * end.len();
        let mut limits = Limits {
            max_header_bytes: length,
            ..Limits::default()
        };
        assert_eq!(decode(frame.as_bytes(), &limits), Ok(1));
        limits.max_header_bytes -= 1;
        assert_eq!(
            decode(frame.as_bytes(), &limits),
            Err(DecodeError::HeadersTooLarge { max: length - 1 })
        );
    }
}

#[test]
fn a_frame_of_a_million_headers_costs_bounded_memory() {
    for size in [1, 1460, 64 * 1024] {
        let limits = Limits {
            max_headers: usize::MAX,
            ..Limits::default()
        };
        let mut decoder = Decoder::new(&limits);
        let stream = format!("SEND\n{}", "a:b\n".repeat(1_000_000));
        let mut most = 0;
        let error = stream.as_bytes().chunks(size).find_map(|part| {
            let error = decoder.decode(part).err();
            most = most.max(decoder.kept_bytes());
            error
        });
        assert_eq!(
            error,
            Some(DecodeError::HeadersTooLarge {
                max: limits.max_header_bytes
            })
        );
        assert!(most <= limits.max_header_bytes + 16, "{most} bytes kept");
    }
}

#[test]
fn a_partial_frame_followed_by_many_keeps_no_more_than_one() {
    let limits = Limits {
        max_frame_bytes: 1000,
        max_header_bytes: 100,
        ..Limits::default()
    };
    let mut decoder = Decoder::new(&limits);
    decoder.decode(b"SEN").unwrap();
    let many = format!("D\n\nx\0{}", "SEND\n\nx\0".repeat(100_000));
    let first = decoder.decode(many.as_bytes()).unwrap();
    assert_eq!(first.consumed, "D\n\nx\0".len());
    assert!(matches!(first.item, Some(Item::Frame(_))));
    assert_eq!(decoder.kept_bytes(), 0);
}

#[test]
fn a_frame_that_is_too_large_is_told_so_and_closed_with_1009() {
    let mut peer = Peer::connected(with(|limits| limits.max_frame_bytes = 100));
    peer.says(format!(
        "SEND\ndestination:/app/session.message\n\n{}\0",
        "x".repeat(100)
    ));
    assert_eq!(
        peer.frames(),
        ["ERROR\nmessage:frame of 101 bytes or more, 100 are allowed\n\n^@"]
    );
    assert_eq!(peer.close_code(), Some(1009));
}

#[test]
fn subscriptions_are_bounded() {
    let mut peer = Peer::connected(with(|limits| limits.max_subscriptions = 2));
    let subscribe = |id: u32| format!("SUBSCRIBE\nid:{id}\ndestination:/user/queue/session\n\n\0");
    let again = "SUBSCRIBE\nid:/topic/fsr-data\ndestination:/topic/fsr-data\n\n\0";
    peer.says(subscribe(1)).says(again).says(again);
    assert_eq!(peer.close_code(), None);
    peer.says("UNSUBSCRIBE\nid:1\n\n\0").says(subscribe(3));
    assert_eq!((peer.close_code(), peer.session.subscriptions()), (None, 2));
    peer.says(subscribe(4));
    assert_eq!(
        peer.frames(),
        ["ERROR\nmessage:more than 2 subscriptions\n\n^@"]
    );
    assert_eq!(peer.close_code(), Some(1008));
}

#[test]
fn ids_are_bounded() {
    let long = "x".repeat(11);
    let frames = [
        format!("SUBSCRIBE\nid:{long}\ndestination:/queue/a\n\n\0"),
        format!("SUBSCRIBE\ndestination:/queue/{long}\n\n\0"),
        format!("BEGIN\ntransaction:{long}\n\n\0"),
        format!("BEGIN\ntransaction:t\nreceipt:{long}\n\n\0"),
    ];
    for frame in &frames {
        let mut config = with(|limits| limits.max_id_bytes = 10);
        config.destinations = config.destinations.opened();
        let mut peer = Peer::connected(config);
        peer.says(frame.replace(&long, "xxx"));
        assert_eq!(peer.close_code(), None);
        peer.frames();
        peer.says(frame);
        let error = peer.frames().concat();
        assert!(
            error.contains(" longer than 10 bytes\n") && !error.contains("receipt-id"),
            "{error}"
        );
        assert_eq!(peer.close_code(), Some(1008));
    }
}

#[test]
fn transactions_are_bounded_in_number_frames_and_bytes() {
    let mut peer = Peer::connected(with(|limits| limits.max_transactions = 1));
    peer.says("BEGIN\ntransaction:1\n\n\0")
        .says("COMMIT\ntransaction:1\n\n\0")
        .says("BEGIN\ntransaction:2\n\n\0");
    assert_eq!(peer.close_code(), None);
    peer.says("BEGIN\ntransaction:3\n\n\0");
    assert_eq!(
        peer.closed,
        Some((1008, "more than 1 transactions".to_owned()))
    );

    let mut peer = Peer::connected(with(|limits| limits.max_transaction_frames = 2));
    let ack = "ACK\nid:1\ntransaction:t\n\n\0";
    peer.says("BEGIN\ntransaction:t\n\n\0").says(ack).says(ack);
    assert_eq!(peer.close_code(), None);
    peer.says(ack);
    assert_eq!(
        peer.closed,
        Some((1008, "more than 2 frames in a transaction".to_owned()))
    );

    let mut peer = Peer::connected(with(|limits| limits.max_transaction_bytes = 50_000));
    let send = format!(
        "SEND\ndestination:/app/session.message\ntransaction:t\n\n{}\0",
        "x".repeat(24_000)
    );
    peer.says("BEGIN\ntransaction:t\n\n\0")
        .says(&send)
        .says(&send);
    assert_eq!(peer.close_code(), None);
    peer.says(&send);
    assert_eq!(
        peer.closed,
        Some((1009, "more than 50000 bytes in transactions".to_owned()))
    );
}

#[test]
fn messages_that_wait_for_an_ack_are_bounded() {
    let mut peer = Peer::connected(with(|limits| limits.max_unacknowledged = 2));
    peer.says("SUBSCRIBE\nid:1\nack:client\ndestination:/user/queue/session\n\n\0");
    peer.push("/user/queue/session", "m1", "")
        .push("/user/queue/session", "m2", "")
        .says("ACK\nid:a1\n\n\0");
    peer.push("/user/queue/session", "m3", "");
    assert_eq!(
        (peer.close_code(), peer.session.unacknowledged()),
        (None, 2)
    );
    peer.push("/user/queue/session", "m4", "");
    assert_eq!(
        peer.closed,
        Some((4413, "more than 2 messages wait for an ACK".to_owned()))
    );
}

#[test]
fn what_comes_before_the_answer_to_connect_is_bounded() {
    let now = start();
    for (more, closed) in [(64 * 1024, false), (64 * 1024 + 1, true)] {
        let mut session = Session::new(Arc::new(SessionConfig::default()), now);
        session.handle_input(Input::Bytes(b"CONNECT\naccept-version:1.2\n\n\0"), now);
        session.handle_input(Input::Bytes(&vec![b'\n'; more]), now);
        assert_eq!(session.is_closed(), closed);
        assert_eq!(session.held_bytes(), if closed { 0 } else { more });
    }
}

#[test]
fn an_idle_session_is_small() {
    let peer = Peer::connected(SessionConfig::default());
    assert_eq!(peer.session.held_bytes(), 0);
    assert!(
        size_of::<Session>() <= 768,
        "{} bytes",
        size_of::<Session>()
    );
}

#[test]
fn sessions_and_messages_may_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Session>();
    crosses::<Message>();
    crosses::<Output>();
}
