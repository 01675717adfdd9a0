//! ACK, NACK and transactions.

use super::*;

fn acked(id: &str) -> Event {
    Event::Acked {
        message_id: id.to_owned(),
    }
}

fn nacked(id: &str) -> Event {
    Event::Nacked {
        message_id: id.to_owned(),
    }
}

/// Subscribed to `/user/queue/session` as `s`, with four messages sent.
fn subscribed(ack: &str) -> Peer {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says(format!(
        "SUBSCRIBE\nid:s\nack:{ack}\ndestination:/user/queue/session\n\n\0"
    ));
    for id in ["m1", "m2", "m3", "m4"] {
        peer.push("/user/queue/session", id, "{}");
    }
    peer.events();
    peer
}

#[test]
fn auto_asks_for_nothing_and_takes_an_ack_without_complaint() {
    let mut peer = subscribed("auto");
    assert!(!peer.frames().concat().contains("\nack:"));
    peer.says("ACK\nid:m1\n\n\0").says("NACK\nid:a1\n\n\0");
    assert_eq!((peer.events(), peer.close_code()), (vec![], None));
    assert!(!peer.session.acknowledges("s"));
}

#[test]
fn client_individual_settles_one_message() {
    let mut peer = subscribed("client-individual");
    peer.says("ACK\nid:a3\n\n\0").says("NACK\nid:a1\n\n\0");
    assert_eq!(peer.events(), [acked("m3"), nacked("m1")]);
    assert_eq!(peer.session.unacknowledged(), 2);
    assert!(peer.session.acknowledges("s"));
}

#[test]
fn client_settles_all_before_it_too() {
    let mut peer = subscribed("client");
    peer.says("ACK\nid:a2\n\n\0");
    assert_eq!(peer.events(), [acked("m1"), acked("m2")]);
    peer.says("NACK\nid:a4\n\n\0");
    assert_eq!(peer.events(), [nacked("m3"), nacked("m4")]);
    peer.says("ACK\nid:a4\n\n\0");
    assert_eq!(peer.events(), [], "settled before");
}

#[test]
fn the_acknowledgements_of_1_1_name_message_and_subscription() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\naccept-version:1.1\n\n\0");
    for id in ["x", "y"] {
        peer.says(format!(
            "SUBSCRIBE\nid:{id}\nack:client-individual\ndestination:/user/queue/session\n\n\0"
        ));
    }
    peer.push("/user/queue/session", "m1", "{}").events();
    peer.says("ACK\nmessage-id:m1\nsubscription:y\n\n\0");
    assert_eq!(
        (peer.events(), peer.session.unacknowledged()),
        (vec![acked("m1")], 1)
    );
    peer.says("ACK\nmessage-id:m1\nsubscription:y\n\n\0");
    assert_eq!(
        (peer.events(), peer.session.unacknowledged()),
        (vec![], 1),
        "that one is settled"
    );
    peer.says("NACK\nmessage-id:m1\nsubscription:x\n\n\0");
    assert_eq!(
        (peer.events(), peer.session.unacknowledged()),
        (vec![nacked("m1")], 0)
    );
    peer.says("ACK\nmessage-id:m1\nsubscription:y\n\n\0");
    assert_eq!(peer.close_code(), None, "settled everywhere");
}

#[test]
fn an_ack_of_1_0_names_the_message_alone_and_nack_came_with_1_1() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\n\n\0")
        .says("SUBSCRIBE\nack:client\ndestination:/user/queue/session\n\n\0");
    peer.push("/user/queue/session", "m1", "{}").events();
    peer.says("ACK\nmessage-id:m1\n\n\0");
    assert_eq!(peer.events(), [acked("m1")]);
    peer.frames();
    peer.says("NACK\nmessage-id:m1\nreceipt:r\n\n\0");
    assert_eq!(
        peer.frames(),
        ["ERROR\nmessage:NACK is not a frame of STOMP 1.0\nreceipt-id:r\n\n^@"]
    );
}

#[test]
fn an_acknowledgement_without_what_its_version_requires_is_an_error_and_no_receipt() {
    for (version, frame, message) in [
        (
            "1.2",
            "ACK\nmessage-id:m1\nsubscription:x\n",
            "ACK without id",
        ),
        ("1.2", "NACK\nmessage-id:m1\n", "NACK without id"),
        ("1.1", "ACK\nid:a1\n", "ACK without message-id"),
        ("1.1", "ACK\nmessage-id:m1\n", "ACK without subscription"),
        ("1.1", "NACK\nmessage-id:m1\n", "NACK without subscription"),
        (
            "1.1",
            "ACK\nmessage-id:m1\nsubscription:other\n",
            "ACK with invalid subscription",
        ),
        (
            "1.1",
            "ACK\nmessage-id:m1\nsubscription:feet\n",
            "ACK with invalid subscription",
        ),
        ("1.0", "ACK\nid:a1\n", "ACK without message-id"),
    ] {
        let mut peer = Peer::new(SessionConfig::default());
        peer.says(format!("CONNECT\naccept-version:{version}\n\n\0"));
        for (id, destination) in [("x", "/user/queue/session"), ("feet", "/topic/fsr-data")] {
            peer.says(format!(
                "SUBSCRIBE\nid:{id}\nack:client\ndestination:{destination}\n\n\0"
            ));
        }
        peer.push("/user/queue/session", "m1", "{}").frames();
        peer.says(format!("{frame}receipt:r\n\n\0"));
        assert_eq!(
            peer.frames(),
            [format!("ERROR\nmessage:{message}\nreceipt-id:r\n\n^@")],
            "{version} {frame}"
        );
        assert_eq!(peer.close_code(), Some(1002));
    }
}

#[test]
fn a_late_ack_of_1_1_may_name_a_subscription_that_has_ended() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\naccept-version:1.1\n\n\0");
    peer.says("SUBSCRIBE\nid:x\nack:client\ndestination:/user/queue/session\n\n\0");
    peer.push("/user/queue/session", "m1", "{}")
        .says("UNSUBSCRIBE\nid:x\n\n\0")
        .frames();
    peer.says("ACK\nmessage-id:m1\nsubscription:x\nreceipt:r\n\n\0");
    assert_eq!(peer.frames(), ["RECEIPT\nreceipt-id:r\n\n^@"]);
}

#[test]
fn what_a_subscription_left_unacknowledged_ends_with_it() {
    let mut peer = subscribed("client");
    peer.says("UNSUBSCRIBE\nid:s\n\n\0")
        .says("ACK\nid:a1\n\n\0");
    assert_eq!(peer.events().len(), 1);
    assert_eq!(peer.session.unacknowledged(), 0);
}

#[test]
fn a_committed_transaction_happens_at_once_and_in_order() {
    let mut peer = subscribed("client-individual");
    peer.says("BEGIN\ntransaction:t\n\n\0");
    peer.says("SEND\ndestination:/app/session.message\ntransaction:t\n\none\0");
    peer.says("ACK\nid:a2\ntransaction:t\n\n\0")
        .says("NACK\nid:a1\ntransaction:t\n\n\0");
    peer.says("SEND\ndestination:/app/session.message\ntransaction:t\n\ntwo\0");
    assert_eq!(peer.events(), [], "not before COMMIT");
    assert!(peer.session.held_bytes() > 0);
    peer.says("COMMIT\ntransaction:t\n\n\0");
    let sent = |body: &'static str| Event::Sent {
        destination: "/app/session.message".to_owned(),
        content_type: None,
        headers: Vec::new(),
        body: body.into(),
    };
    assert_eq!(
        peer.events(),
        [sent("one"), acked("m2"), nacked("m1"), sent("two")]
    );
    assert_eq!(peer.session.held_bytes(), 0);
}

#[test]
fn receipts_inside_a_transaction_wait_for_its_commit_and_never_follow_an_abort() {
    for (end, wanted) in [
        ("COMMIT", vec!["r:0", "r:1", "r:2", "end"]),
        ("ABORT", vec!["end"]),
    ] {
        let mut peer = subscribed("client-individual");
        peer.says("BEGIN\ntransaction:t\n\n\0").frames();
        let frames = [
            "SEND\ndestination:/app/session.message\n",
            "ACK\nid:a2\n",
            "NACK\nid:a1\n",
        ];
        for (number, frame) in frames.iter().enumerate() {
            peer.says(format!("{frame}transaction:t\nreceipt:r:{number}\n\n\0"));
        }
        assert_eq!(peer.frames(), [""; 0], "nothing has happened yet");
        peer.says(format!("{end}\ntransaction:t\nreceipt:end\n\n\0"));
        let receipts = wanted
            .iter()
            .map(|receipt| format!("RECEIPT\nreceipt-id:{receipt}\n\n^@"));
        assert_eq!(peer.frames(), receipts.collect::<Vec<_>>(), "{end}");
    }
}

#[test]
fn an_aborted_transaction_does_not_happen() {
    let mut peer = subscribed("client-individual");
    peer.says("BEGIN\ntransaction:t\n\n\0")
        .says("BEGIN\ntransaction:u\n\n\0");
    peer.says("ACK\nid:a1\ntransaction:t\n\n\0")
        .says("ACK\nid:a2\ntransaction:u\n\n\0");
    peer.says("ABORT\ntransaction:t\n\n\0")
        .says("COMMIT\ntransaction:u\n\n\0");
    assert_eq!(peer.events(), [acked("m2")]);
    peer.says("BEGIN\ntransaction:t\n\n\0");
    assert_eq!(peer.close_code(), None, "its id is free again");
    peer.says("BEGIN\ntransaction:t\n\n\0");
    assert!(
        peer.frames()
            .concat()
            .contains("ERROR\nmessage:transaction in use\n")
    );
}

#[test]
fn a_transaction_that_is_not_committed_ends_with_the_session() {
    let mut peer = subscribed("auto");
    peer.says("BEGIN\ntransaction:t\n\n\0");
    peer.says("SEND\ndestination:/app/session.message\ntransaction:t\n\none\0");
    peer.says("DISCONNECT\n\n\0");
    assert_eq!(peer.events(), [Event::Disconnected]);
    assert_eq!(peer.session.held_bytes(), 0);
}
