//! The bytes of the clients that people have, as their own sources write them.

use insta::assert_debug_snapshot;

use super::*;

/// All orders of these header lines: the library keeps them in a dictionary.
fn orders(lines: &[&str]) -> Vec<String> {
    if lines.is_empty() {
        return vec![String::new()];
    }
    (0..lines.len())
        .flat_map(|first| {
            let mut rest = lines.to_vec();
            let line = rest.remove(first);
            orders(&rest)
                .into_iter()
                .map(move |tail| format!("{line}\n{tail}"))
        })
        .collect()
}

#[test]
fn the_ios_library_connects_subscribes_talks_and_leaves() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\naccept-version:1.1,1.2\n\n\0");
    peer.says("SUBSCRIBE\nid:/user/queue/session\nack:auto\ndestination:/user/queue/session\n\n\0");
    peer.says(
        "SEND\ncontent-length:42\ndestination:/app/session.message\ncontent-type:application/json;charset=UTF-8\n\n\
         {\"type\":\"PING\",\"payload\":{\"ts\":1730000.5}}\0",
    );
    peer.push("/user/queue/session", "7-1", "{}");
    peer.says("DISCONNECT\nDISCONNECT:1730892345\n\n\0");
    assert_debug_snapshot!(peer.frames(), @r#"
    [
        "CONNECTED\nversion:1.2\nheart-beat:10000,10000\nserver:squirret/0.1.0\nsession:s1\nuser-name:guest\n\n^@",
        "MESSAGE\nsubscription:/user/queue/session\ndestination:/user/queue/session\nmessage-id:7-1\ncontent-type:application/json\ncontent-length:2\n\n{}^@",
    ]
    "#);
    assert_debug_snapshot!(peer.events(), @r#"
    [
        Subscribed {
            id: "/user/queue/session",
            destination: "/user/queue/session",
        },
        Sent {
            destination: "/app/session.message",
            content_type: Some(
                "application/json;charset=UTF-8",
            ),
            headers: [],
            body: b"{\"type\":\"PING\",\"payload\":{\"ts\":1730000.5}}",
        },
        Disconnected,
    ]
    "#);
    assert_eq!(peer.closed, Some((1000, String::new())));
}

#[test]
fn the_ios_librarys_headers_may_come_in_any_order() {
    let subscribe = [
        "id:/user/queue/session",
        "ack:auto",
        "destination:/user/queue/session",
    ];
    let send = [
        "content-length:2",
        "destination:/app/session.message",
        "content-type:text/plain",
        "receipt:r",
    ];
    for (subscribe, send) in orders(&subscribe)
        .iter()
        .zip(orders(&send).iter().cycle().skip(5))
    {
        let mut peer = Peer::connected(SessionConfig::default());
        peer.says(format!("SUBSCRIBE\n{subscribe}\n\0"))
            .says(format!("SEND\n{send}\n{{}}\0"));
        assert_eq!(peer.events().len(), 2, "{subscribe}{send}");
        assert_eq!(peer.frames(), ["RECEIPT\nreceipt-id:r\n\n^@"]);
    }
}

#[test]
fn the_ios_library_may_subscribe_without_an_id_and_unsubscribe_by_destination() {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says("SUBSCRIBE\ndestination:/user/queue/session\n\n\0")
        .push("/user/queue/session", "1", "{}");
    assert!(
        peer.frames()
            .concat()
            .starts_with("MESSAGE\nsubscription:/user/queue/session\n")
    );
    peer.says("UNSUBSCRIBE\nid:/user/queue/session\n\n\0")
        .push("/user/queue/session", "2", "{}");
    assert_eq!(peer.frames(), [""; 0]);
    let gone = Event::Unsubscribed {
        id: "/user/queue/session".to_owned(),
        destination: "/user/queue/session".to_owned(),
    };
    assert_eq!(peer.events().last(), Some(&gone));
}

#[test]
fn the_ios_library_may_subscribe_twice_and_hears_each_message_once() {
    let mut peer = Peer::connected(SessionConfig::default());
    let subscribe =
        "SUBSCRIBE\nid:/user/queue/session\nack:auto\ndestination:/user/queue/session\n\n\0";
    peer.says(subscribe)
        .says(subscribe)
        .push("/user/queue/session", "1", "{}");
    assert_eq!(peer.frames().len(), 1);
    assert_eq!(peer.events().len(), 1);
}

#[test]
fn the_ios_library_acknowledges_with_nothing_but_an_id() {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says("SUBSCRIBE\nid:x\nack:client-individual\ndestination:/user/queue/session\n\n\0");
    peer.events();
    peer.push("/user/queue/session", "7-1", "{}")
        .push("/user/queue/session", "7-2", "{}");
    assert!(peer.frames()[0].contains("\nack:a1\n"));
    peer.says("ACK\nid:a2\n\n\0").says("ACK\nid:7-1\n\n\0");
    let acked = |id: &str| Event::Acked {
        message_id: id.to_owned(),
    };
    assert_eq!(
        peer.events(),
        [acked("7-2"), acked("7-1")],
        "by the ack header or by the message's id"
    );
}

#[test]
fn the_ios_library_never_beats_and_its_answers_to_beats_are_no_frames() {
    let mut peer = Peer::connected(SessionConfig::default());
    assert_eq!(peer.deadline, None);
    peer.says("\n").says("\n").wait(Duration::from_secs(86_400));
    assert_eq!(
        (peer.frames(), peer.events(), peer.close_code()),
        (vec![], vec![], None)
    );
}

#[test]
fn stompjs_connects_beats_subscribes_talks_and_waits_for_its_receipt() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:10000,10000\n\n\0");
    peer.says("SUBSCRIBE\nid:sub-0\ndestination:/user/queue/session\n\n\0");
    peer.says("SEND\ndestination:/app/session.message\ncontent-length:2\n\n{}\0");
    peer.says("SEND\ndestination:/app/session.message\n\n\0");
    peer.says("UNSUBSCRIBE\nid:sub-0\n\n\0");
    peer.wait(Duration::from_secs(10)).says("\n");
    peer.says("DISCONNECT\nreceipt:close-1\n\n\0");
    let frames = peer.frames();
    assert!(frames[0].starts_with("CONNECTED\nversion:1.2\nheart-beat:10000,10000\n"));
    assert_eq!(frames[1..], ["\n", "RECEIPT\nreceipt-id:close-1\n\n^@"]);
    assert_eq!(peer.events().len(), 5);
    assert_eq!(peer.close_code(), Some(1000));
}

#[test]
fn stompjs_splits_large_frames_at_eight_kibibytes() {
    let mut peer = Peer::connected(SessionConfig::default());
    let body = "x".repeat(40_000);
    let frame = format!("SEND\ndestination:/app/session.message\ncontent-length:40000\n\n{body}\0");
    for chunk in frame.as_bytes().chunks(8 * 1024) {
        peer.says(chunk);
    }
    let [Event::Sent { body: sent, .. }] = &peer.events()[..] else {
        panic!("one SEND")
    };
    assert_eq!(sent, &body);
}

#[test]
fn stompjs_escapes_values_and_gets_its_ids_back_escaped() {
    let mut peer = Peer::connected(Peer::broker());
    peer.says("SUBSCRIBE\nid:a\\cb\\\\c\ndestination:/topic/x\nreceipt:r\\n1\n\n\0")
        .push("/topic/x", "m-1", "{}");
    let frames = peer.frames();
    assert_eq!(frames[0], "RECEIPT\nreceipt-id:r\\n1\n\n^@");
    assert!(frames[1].starts_with("MESSAGE\nsubscription:a\\cb\\\\c\n"));
    peer.says(
        "SEND\ndestination:/topic/x\ncust:f\\co\\cobar\\rbaz\\\\\\n\ncontent-length:2\n\nhi\0",
    );
    let Some(Event::Sent { headers, .. }) = peer.events().pop() else {
        panic!("SEND")
    };
    assert_eq!(
        headers,
        [("cust".to_owned(), "f:o:obar\rbaz\\\n".to_owned())]
    );
}

#[test]
fn ids_of_clients_that_do_not_escape_come_back_as_they_were_written() {
    for version in ["1.1", "1.2"] {
        for id in ["user:1:feet", "a:b\\cc", "/topic/a:b"] {
            let mut peer = Peer::new(Peer::broker());
            peer.says(format!("CONNECT\naccept-version:{version}\n\n\0"));
            peer.says(format!(
                "SUBSCRIBE\r\nid:{id}\r\nack:client\r\ndestination:/topic/x\r\nreceipt:r:{id}\r\n\r\n\0"
            ));
            peer.push("/topic/x", "m-1", "{}");
            let message = Message::new("/topic/x", "m-2", "", "");
            let Some(Event::Subscribed { id: decoded, .. }) = peer.events().pop() else {
                panic!("subscribed")
            };
            peer.input(Input::MessageFor {
                subscription: &decoded,
                message: &message,
            });
            let frames = peer.frames();
            assert_eq!(frames[1], format!("RECEIPT\nreceipt-id:r:{id}\n\n^@"));
            for frame in &frames[2..] {
                let start = format!("MESSAGE\nsubscription:{id}\ndestination:/topic/x\n");
                assert!(frame.starts_with(&start), "{frame}");
            }
            assert_eq!(frames.len(), 4);
            if version == "1.1" {
                peer.says(format!("ACK\nmessage-id:m-1\nsubscription:{id}\n\n\0"));
                assert_eq!(peer.session.unacknowledged(), 1);
            }
            peer.says(format!("UNSUBSCRIBE\nid:{id}\nreceipt:\\c:\n\n\0"));
            assert_eq!(peer.frames(), ["RECEIPT\nreceipt-id:\\c:\n\n^@"]);
            assert_eq!(peer.session.subscriptions(), 0);
            peer.says("SEND\nreceipt:e:1\ndestination:/app/other\n\nx\0");
            assert_eq!(
                peer.frames(),
                ["ERROR\nmessage:destination not allowed\nreceipt-id:e:1\n\n^@"]
            );
        }
    }
}

#[test]
fn a_subscription_without_an_id_is_named_by_its_destination_as_it_was_written() {
    let mut peer = Peer::connected(Peer::broker());
    peer.says("SUBSCRIBE\ndestination:/topic/a:b\n\n\0")
        .push("/topic/a:b", "m-1", "{}");
    assert!(peer.frames()[0].starts_with("MESSAGE\nsubscription:/topic/a:b\n"));
}

#[test]
fn stomp_py_connects_with_stomp_and_sorted_headers_and_leaves_with_a_receipt() {
    for (version, wanted) in [("1.2", "1.2"), ("1.1", "1.1")] {
        let mut peer = Peer::new(SessionConfig::default());
        peer.says(format!(
            "STOMP\naccept-version:{version}\nheart-beat:5000,5000\nhost:127.0.0.1\nlogin:guest\npasscode:p:w\\n\n\n\0"
        ));
        let connect = peer.connect.clone().unwrap();
        assert_eq!(
            (connect.login.as_deref(), connect.passcode.as_deref()),
            (Some("guest"), Some("p:w\\n"))
        );
        assert_eq!(connect.host.as_deref(), Some("127.0.0.1"));
        peer.says("SUBSCRIBE\nack:client-individual\ndestination:/user/queue/session\nid:1\n\n\0");
        peer.says("SEND\ncontent-length:2\ndestination:/app/session.message\n\n{}\0");
        peer.push("/user/queue/session", "9", "{}");
        let ack = if version == "1.2" {
            "ACK\nid:a1\n\n\0"
        } else {
            "ACK\nmessage-id:9\nsubscription:1\n\n\0"
        };
        peer.says(ack).says("UNSUBSCRIBE\nid:1\n\n\0");
        peer.says("DISCONNECT\nreceipt:5f6f4a94-fb6c-4d1c-8ba0-2a4a4a2f7d3e\n\n\0");
        let frames = peer.frames();
        assert!(frames[0].starts_with(&format!(
            "CONNECTED\nversion:{wanted}\nheart-beat:10000,10000\n"
        )));
        assert_eq!(
            frames[2],
            "RECEIPT\nreceipt-id:5f6f4a94-fb6c-4d1c-8ba0-2a4a4a2f7d3e\n\n^@"
        );
        assert!(peer.events().contains(&Event::Acked {
            message_id: "9".to_owned()
        }));
        assert_eq!(peer.close_code(), Some(1000));
    }
}

#[test]
fn a_client_of_1_0_with_space_in_its_headers_is_understood() {
    let mut peer = Peer::new(SessionConfig::default());
    peer.says("CONNECT\nlogin: guest\npasscode: guest\n\n\0");
    peer.says("SUBSCRIBE\ndestination: /user/queue/session\n\n\0")
        .push("/user/queue/session", "1", "{}");
    peer.says("SEND\ndestination: /app/session.message\n\nhi\0");
    peer.says("UNSUBSCRIBE\ndestination: /user/queue/session\nreceipt: bye\n\n\0");
    let frames = peer.frames();
    assert_eq!(
        frames[0],
        "CONNECTED\nversion:1.0\nserver:squirret/0.1.0\nsession:s1\nuser-name:guest\n\n^@"
    );
    assert!(frames[1].starts_with("MESSAGE\nsubscription:/user/queue/session\n"));
    assert_eq!(frames[2], "RECEIPT\nreceipt-id:bye\n\n^@");
    assert_eq!(peer.events().len(), 3);
}

#[test]
fn lines_may_end_in_cr_lf() {
    let mut peer = Peer::connected(SessionConfig::default());
    peer.says("\r\nSEND\r\ndestination:/app/session.message\r\nreceipt:1\r\n\r\nhi\0\r\n");
    assert_eq!(peer.frames(), ["RECEIPT\nreceipt-id:1\n\n^@"]);
    assert_eq!(peer.events().len(), 1);
}
