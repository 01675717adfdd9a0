//! From CONNECT to the close.

use super::*;

#[test]
fn nothing_is_sent_before_the_application_lets_the_client_in() {
    let now = start();
    let mut session = Session::new(Arc::new(SessionConfig::default()), now);
    session.handle_input(Input::Bytes(b"CONNECT\naccept-version:1.2\n\n\0"), now);
    assert!(matches!(
        session.poll_output(),
        Output::Event(Event::Connect(_))
    ));
    assert_eq!(session.poll_output(), Output::Timeout(None));
    let message = Message::new("/user/queue/session", "1", "", "");
    session.handle_input(Input::Message(&message), now);
    assert_eq!(session.poll_output(), Output::Timeout(None));
    session.handle_input(
        Input::Accept {
            user: "u",
            session: "s",
        },
        now,
    );
    assert!(matches!(session.poll_output(), Output::Transmit(_)));
    assert!(session.is_connected());
}

#[test]
fn frames_behind_connect_wait_for_the_answer() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says(
        "CONNECT\naccept-version:1.1\n\n\0\nSUBSCRIBE\nid:\\c\ndestination:/user/queue/session\nreceipt:1\n\n\0BEG",
    );
    peer.says("IN\ntransaction:t\nreceipt:2\n\n\0");
    let frames = peer.frames();
    assert_eq!(
        frames[1..],
        ["RECEIPT\nreceipt-id:1\n\n^@", "RECEIPT\nreceipt-id:2\n\n^@"]
    );
    assert!(matches!(&peer.events()[..], [Event::Subscribed { id, .. }] if id == ":"));
}

#[test]
fn connect_tells_what_the_application_needs() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says(
        "CONNECT\naccept-version:1.2\nlogin:l\npasscode:p\npasscode:second\nauthorization:Bearer x.y.z\n\
         squirret-resume:7-41\naccept-language:ko\nhost:h\n\n\0",
    );
    let connect = peer.connect.unwrap();
    let told = [
        connect.login,
        connect.passcode,
        connect.authorization,
        connect.resume,
        connect.language,
        connect.host,
    ];
    let wanted = ["l", "p", "Bearer x.y.z", "7-41", "ko", "h"];
    assert_eq!(told, wanted.map(|text| Some(text.to_owned())));
}

#[test]
fn who_is_refused_learns_why_and_is_closed() {
    let now = start();
    let mut session = Session::new(Arc::new(SessionConfig::default()), now);
    session.handle_input(Input::Bytes(b"CONNECT\naccept-version:1.2\n\n\0"), now);
    assert!(matches!(
        session.poll_output(),
        Output::Event(Event::Connect(_))
    ));
    session.handle_input(
        Input::Refuse {
            message: "token: expired\nreally",
            code: 1008,
        },
        now,
    );
    let Output::Transmit(error) = session.poll_output() else {
        panic!("ERROR")
    };
    assert_eq!(&*error.data, b"ERROR\nmessage:token  expired really\n\n\0");
    assert_eq!(
        session.poll_output(),
        Output::Close {
            code: 1008,
            reason: "token: expired\nreally".to_owned()
        }
    );
    assert_eq!(session.poll_output(), Output::Timeout(None));
}

#[test]
fn without_a_common_version_the_client_learns_ours() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\naccept-version:3.0\n\n\0");
    assert_eq!(
        peer.frames(),
        ["ERROR\nmessage:no common protocol version\nversion:1.0,1.1,1.2\n\n^@"]
    );
    assert_eq!(peer.close_code(), Some(1002));
    assert!(peer.connect.is_none());
}

#[test]
fn each_version_speaks_as_its_text_says() {
    for (accepts, version, beats) in [
        ("1.0", "1.0", false),
        ("1.1", "1.1", true),
        ("1.2", "1.2", true),
    ] {
        let mut peer = Peer::new(SessionConfig::default());
        peer.says(format!(
            "CONNECT\naccept-version:{accepts}\nheart-beat:0,1000\n\n\0"
        ));
        let connected = peer.frames().concat();
        assert!(connected.starts_with(&format!("CONNECTED\nversion:{version}\n")));
        assert_eq!(connected.contains("heart-beat:"), beats);
        assert_eq!(peer.deadline.is_some(), beats);
    }
}

#[test]
fn what_a_client_does_wrong_is_answered_once_and_closes() {
    let cases: [(&str, &str, u16); 16] = [
        ("CONNECT\n\n\0", "already connected", 1002),
        ("SEND\n\nx\0", "SEND without destination", 1002),
        (
            "SEND\ndestination:/topic/x\n\nx\0",
            "destination not allowed",
            1008,
        ),
        (
            "SUBSCRIBE\nid:1\n\n\0",
            "SUBSCRIBE without destination",
            1002,
        ),
        (
            "SUBSCRIBE\nid:1\ndestination:/user/2/queue/session\n\n\0",
            "destination not allowed",
            1008,
        ),
        (
            "SUBSCRIBE\nid:1\nack:maybe\ndestination:/user/queue/session\n\n\0",
            "SUBSCRIBE with invalid ack",
            1002,
        ),
        ("UNSUBSCRIBE\n\n\0", "UNSUBSCRIBE without id", 1002),
        ("ACK\n\n\0", "ACK without id", 1002),
        ("NACK\nsubscription:1\n\n\0", "NACK without id", 1002),
        ("BEGIN\n\n\0", "BEGIN without transaction", 1002),
        ("COMMIT\ntransaction:t\n\n\0", "unknown transaction", 1002),
        ("ABORT\ntransaction:t\n\n\0", "unknown transaction", 1002),
        (
            "SEND\ndestination:/app/session.message\ntransaction:t\n\nx\0",
            "unknown transaction",
            1002,
        ),
        ("MESSAGE\n\n\0", "MESSAGE is not a client's frame", 1002),
        ("GET / HTTP/1.1\r\n", "unknown command GET???HTTP?1?", 1002),
        (
            "SEND\ndestination:\\t\n\n\0",
            "undefined escape in a header",
            1002,
        ),
    ];
    for (frame, message, code) in cases {
        let mut peer = Peer::connected(SessionConfig::default());
        peer.says(frame);
        assert_eq!(
            peer.frames(),
            [format!("ERROR\nmessage:{message}\n\n^@")],
            "{frame:?}"
        );
        assert_eq!(peer.closed, Some((code, message.to_owned())));
        assert_eq!(peer.events(), []);
        peer.says("DISCONNECT\nreceipt:1\n\n\0")
            .input(Input::Timeout)
            .push("/user/queue/session", "1", "");
        assert_eq!(peer.frames(), [""; 0], "closed is closed");
    }
}

#[test]
fn an_error_names_the_receipt_that_its_frame_asked_for() {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says("SEND\nreceipt:r\\c1\ndestination:/topic/x\n\nx\0");
    assert_eq!(
        peer.frames(),
        ["ERROR\nmessage:destination not allowed\nreceipt-id:r\\c1\n\n^@"]
    );
}

#[test]
fn the_first_frame_must_be_connect() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("SEND\ndestination:/app/session.message\n\nx\0");
    assert!(
        peer.frames()
            .concat()
            .starts_with("ERROR\nmessage:the first frame must be CONNECT or STOMP\n")
    );
    assert_eq!(peer.close_code(), Some(1002));
}

#[test]
fn every_frame_that_asks_for_a_receipt_gets_it_after_its_work_is_told() {
    let mut peer = Peer::connected(SessionConfig::default());
    let frames = [
        "SUBSCRIBE\nid:1\ndestination:/user/queue/session\n",
        "SEND\ndestination:/app/session.message\n",
        "BEGIN\ntransaction:t\n",
        "NACK\nid:1\n",
        "COMMIT\ntransaction:t\n",
        "BEGIN\ntransaction:t\n",
        "ABORT\ntransaction:t\n",
        "UNSUBSCRIBE\nid:1\n",
        "UNSUBSCRIBE\nid:unknown\n",
        "DISCONNECT\n",
    ];
    for (number, frame) in frames.into_iter().enumerate() {
        peer.says(format!("{frame}receipt:{number}\n\n\0"));
        assert_eq!(
            peer.frames(),
            [format!("RECEIPT\nreceipt-id:{number}\n\n^@")],
            "{frame}"
        );
    }

    let now = start();
    let mut session = Session::new(Arc::new(SessionConfig::default()), now);
    session.handle_input(Input::Bytes(b"CONNECT\naccept-version:1.2\n\n\0"), now);
    session.handle_input(
        Input::Accept {
            user: "",
            session: "",
        },
        now,
    );
    while !matches!(session.poll_output(), Output::Timeout(_)) {}
    session.handle_input(
        Input::Bytes(b"SEND\ndestination:/app/session.message\nreceipt:1\n\nx\0"),
        now,
    );
    assert!(matches!(
        session.poll_output(),
        Output::Event(Event::Sent { .. })
    ));
    assert!(matches!(session.poll_output(), Output::Transmit(_)));
}

#[test]
fn a_disconnect_ends_in_1000_and_what_follows_it_is_not_looked_at() {
    for receipt in ["", "receipt:1\n"] {
        let mut peer = Peer::connected(SessionConfig::default());
        peer.says(format!("DISCONNECT\n{receipt}\n\0SEND\ngarbage\n\n\0"));
        assert_eq!(peer.frames().len(), receipt.lines().count());
        assert_eq!(peer.events(), [Event::Disconnected]);
        assert_eq!(peer.close_code(), Some(1000));
    }
}

#[test]
fn an_id_of_one_destination_cannot_be_taken_for_another() {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says("SUBSCRIBE\nid:1\ndestination:/user/queue/session\n\n\0");
    peer.says("SUBSCRIBE\nid:1\ndestination:/topic/fsr-data\n\n\0");
    assert!(
        peer.frames()
            .concat()
            .starts_with("ERROR\nmessage:subscription id in use\n")
    );
}

#[test]
fn an_id_cannot_be_subscribed_twice() {
    for version in ["1.1", "1.2"] {
        let mut peer = Peer::new(SessionConfig::default());
        peer.says(format!("CONNECT\naccept-version:{version}\n\n\0"));
        let subscribe = "SUBSCRIBE\nid:1\ndestination:/user/queue/session\nreceipt:r\n\n\0";
        peer.says(subscribe).frames();
        peer.says(subscribe);
        assert_eq!(
            peer.frames(),
            ["ERROR\nmessage:subscription id in use\nreceipt-id:r\n\n^@"]
        );
        assert_eq!(peer.close_code(), Some(1002));
    }
}

#[test]
fn from_1_1_on_unsubscribing_needs_the_id() {
    let unsubscribe = "UNSUBSCRIBE\ndestination:/user/queue/session\n\n\0";
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says(unsubscribe);
    assert_eq!(
        peer.frames(),
        ["ERROR\nmessage:UNSUBSCRIBE without id\n\n^@"]
    );
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\n\n\0").says(unsubscribe);
    assert_eq!(peer.close_code(), None, "1.0 may name the destination");
}

#[test]
fn a_message_reaches_each_subscription_of_its_destination_and_no_other() {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says("SUBSCRIBE\nid:1\ndestination:/user/queue/session\n\n\0");
    peer.says("SUBSCRIBE\nid:2\ndestination:/user/queue/session\n\n\0");
    peer.says("SUBSCRIBE\nid:3\ndestination:/topic/fsr-data\n\n\0");
    let ids = |frames: Vec<String>| -> Vec<String> {
        frames
            .iter()
            .map(|frame| frame.lines().nth(1).unwrap().replace("subscription:", ""))
            .collect()
    };
    peer.push("/user/queue/session", "m", "{}");
    assert_eq!(ids(peer.frames()), ["1", "2"]);
    peer.push("/topic/fsr-data", "m", "{}");
    assert_eq!(ids(peer.frames()), ["3"]);
    peer.push("/topic/other", "m", "{}");
    assert_eq!(ids(peer.frames()), [""; 0]);
    let message = Message::new("/topic/other", "m", "", "");
    peer.input(Input::MessageFor {
        subscription: "2",
        message: &message,
    });
    assert_eq!(ids(peer.frames()), ["2"]);
    peer.input(Input::MessageFor {
        subscription: "9",
        message: &message,
    });
    assert_eq!(ids(peer.frames()), [""; 0]);
}

#[test]
fn the_server_closes_with_or_without_an_error() {
    let mut peer = Peer::connected(SessionConfig::default());
    let long = "retry-after-ms=1500 ".to_owned() + &"ä".repeat(100);
    peer.input(Input::Close {
        code: 1001,
        reason: &long,
        error: None,
    });
    assert_eq!(peer.frames(), [""; 0]);
    let (code, reason) = peer.closed.take().unwrap();
    assert_eq!(
        (code, reason.len()),
        (1001, 122),
        "as much as a close frame holds, in whole characters"
    );

    let mut peer = Peer::connected(SessionConfig::default());
    peer.input(Input::Close {
        code: 4401,
        reason: "token expired",
        error: Some("token expired"),
    });
    assert_eq!(peer.frames(), ["ERROR\nmessage:token expired\n\n^@"]);
    assert_eq!(peer.close_code(), Some(4401));
}

#[test]
fn when_the_socket_is_gone_nothing_more_is_sent_but_what_was_asked_still_counts() {
    let now = start();
    let mut session = Session::new(Arc::new(SessionConfig::default()), now);
    session.handle_input(Input::Bytes(b"CONNECT\naccept-version:1.2\n\n\0"), now);
    session.handle_input(
        Input::Accept {
            user: "",
            session: "",
        },
        now,
    );
    session.handle_input(
        Input::Bytes(b"SEND\ndestination:/app/session.message\nreceipt:1\n\nx\0"),
        now,
    );
    session.handle_input(Input::Gone, now);
    assert!(matches!(
        session.poll_output(),
        Output::Event(Event::Connect(_))
    ));
    assert!(matches!(
        session.poll_output(),
        Output::Event(Event::Sent { .. })
    ));
    assert_eq!(session.poll_output(), Output::Timeout(None));
    assert!(session.is_closed());
}
