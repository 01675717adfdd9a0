//! Who must be heard, and when, under simulated time.

use super::*;

fn beating(client: &str) -> Peer {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says(format!(
        "CONNECT\naccept-version:1.2\nheart-beat:{client}\n\n\0"
    ));
    peer.frames();
    peer
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn closes_when_connect_does_not_come_in_time() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("\n").wait(SECOND * 9);
    assert_eq!(peer.close_code(), None);
    peer.says("CONNECT\naccept-version:1.2\n").wait(SECOND);
    assert!(
        peer.frames()
            .concat()
            .starts_with("ERROR\nmessage:no CONNECT in time\n")
    );
    assert_eq!(peer.closed, Some((4408, "no CONNECT in time".to_owned())));
}

#[test]
fn beats_with_a_line_feed_whenever_it_was_silent() {
    let mut peer = beating("0,10000");
    peer.wait(SECOND * 30);
    assert_eq!(peer.frames(), ["\n", "\n", "\n"]);
}

#[test]
fn a_frame_counts_as_a_beat() {
    let mut peer = beating("0,10000");
    for _ in 0..10 {
        peer.wait(SECOND * 8)
            .says("SEND\ndestination:/app/session.message\nreceipt:r\n\n\0");
    }
    assert!(
        peer.frames()
            .iter()
            .all(|frame| frame.starts_with("RECEIPT"))
    );
}

#[test]
fn closes_when_the_client_is_silent_for_two_intervals() {
    let mut peer = beating("10000,0");
    peer.wait(SECOND * 19)
        .says("\n")
        .wait(SECOND * 19)
        .says("BEG")
        .wait(SECOND * 19);
    assert_eq!(peer.close_code(), None, "any byte shows life");
    peer.wait(SECOND);
    assert!(
        peer.frames()
            .concat()
            .starts_with("ERROR\nmessage:no heart-beat in time\n")
    );
    assert_eq!(peer.close_code(), Some(4408));
    assert_eq!(peer.deadline, None);
}

#[test]
fn a_client_cannot_ask_for_beats_faster_than_the_server_offers() {
    let mut peer = beating("1,1");
    peer.wait(SECOND * 8);
    assert_eq!(peer.frames(), [""; 0]);
    assert_eq!(peer.close_code(), None);
}

#[test]
fn heart_beats_that_are_off_on_one_side_are_off() {
    let config = SessionConfig {
        heart_beat: (Duration::ZERO, Duration::ZERO),
        ..SessionConfig::default()
    };
    let mut peer = Peer::new(config);
    peer.says("CONNECT\naccept-version:1.2\nheart-beat:1000,1000\n\n\0");
    assert!(peer.frames().concat().contains("\nheart-beat:0,0\n"));
    assert_eq!(peer.deadline, None);
}

#[test]
fn a_heart_beat_header_that_is_no_pair_of_numbers_is_refused() {
    for bad in ["", "10000", "a,b", "-1,5", "1,2,3"] {
        let mut peer = Peer::new(SessionConfig::default());
        peer.says(format!(
            "CONNECT\naccept-version:1.2\nheart-beat:{bad}\n\n\0"
        ));
        assert!(
            peer.frames()
                .concat()
                .starts_with("ERROR\nmessage:CONNECT with invalid heart-beat\n"),
            "{bad}"
        );
    }
}

#[test]
fn time_that_repeats_or_runs_backwards_changes_nothing() {
    let mut peer = beating("10000,10000");
    let late = peer.now + SECOND * 5;
    let early = peer.now;
    peer.session.handle_input(Input::Bytes(b"\n"), late);
    for now in [early, early, late, late] {
        peer.session.handle_input(Input::Timeout, now);
        peer.drain();
    }
    assert_eq!(peer.frames(), [""; 0]);
    assert_eq!(peer.close_code(), None);
    let deadline = peer.deadline.unwrap();
    peer.session.handle_input(Input::Timeout, deadline);
    peer.session.handle_input(Input::Timeout, deadline);
    peer.drain();
    assert_eq!(peer.frames(), ["\n"], "one beat a deadline");
}
