use super::*;

fn broker() -> Broker<u32> {
    Broker::new(BrokerLimits::default())
}

fn send(
    broker: &mut Broker<u32>,
    destination: &str,
    body: &'static str,
) -> Vec<(u32, &'static str)> {
    readers(&broker.publish(destination, "", Vec::new(), body).unwrap())
}

/// Who gets what.
fn readers(deliveries: &[Delivery<u32>]) -> Vec<(u32, &'static str)> {
    let body = |bytes: &Bytes| {
        ["a", "b", "c", "d"]
            .into_iter()
            .find(|body| body.as_bytes() == &**bytes)
            .unwrap()
    };
    deliveries
        .iter()
        .map(|delivery| (delivery.session, body(delivery.message.body())))
        .collect()
}

#[test]
fn a_topic_reaches_every_subscription_and_is_not_kept() {
    let mut broker = broker();
    assert_eq!(send(&mut broker, "/topic/t", "a"), []);
    broker.subscribe(1, "s0", "/topic/t", false).unwrap();
    broker.subscribe(1, "s1", "/topic/t", true).unwrap();
    broker.subscribe(2, "s0", "/topic/other", false).unwrap();
    assert_eq!(send(&mut broker, "/topic/t", "b"), [(1, "b"), (1, "b")]);
    broker.unsubscribe(1, "s0");
    assert_eq!(send(&mut broker, "/topic/t", "c"), [(1, "c")]);
    broker.leave(1);
    assert_eq!(send(&mut broker, "/topic/t", "d"), []);
    assert_eq!(broker.destinations(), 1);
}

#[test]
fn readers_of_a_queue_take_turns() {
    let mut broker = broker();
    broker.subscribe(1, "s", "/queue/q", false).unwrap();
    broker.subscribe(2, "s", "/queue/q", false).unwrap();
    let turns: Vec<_> = ["a", "b", "c"]
        .into_iter()
        .flat_map(|body| send(&mut broker, "/queue/q", body))
        .collect();
    assert_eq!(turns, [(1, "a"), (2, "b"), (1, "c")]);
}

#[test]
fn a_queue_waits_for_its_first_reader_in_order() {
    let mut broker = broker();
    assert_eq!(send(&mut broker, "/queue/q", "a"), []);
    assert_eq!(send(&mut broker, "/queue/q", "b"), []);
    assert!(broker.waiting_bytes() > 0);
    let waited = broker.subscribe(1, "s", "/queue/q", false).unwrap();
    assert_eq!(readers(&waited), [(1, "a"), (1, "b")]);
    assert_eq!(broker.waiting_bytes(), 0);
    broker.leave(1);
    assert_eq!(broker.destinations(), 0, "an empty queue is forgotten");
}

#[test]
fn a_refused_message_goes_to_the_next_reader_and_an_acknowledged_one_to_nobody() {
    let mut broker = broker();
    broker.subscribe(1, "s", "/queue/q", true).unwrap();
    broker.subscribe(2, "s", "/queue/q", true).unwrap();
    assert_eq!(send(&mut broker, "/queue/q", "a"), [(1, "a")]);
    assert_eq!(readers(&broker.nacked(1, "m-1")), [(2, "a")]);
    assert_eq!(readers(&broker.nacked(2, "m-1")), [(1, "a")]);
    assert_eq!(readers(&broker.acked(1, "m-1")), []);
    assert_eq!(readers(&broker.leave(1)), []);
    assert_eq!(readers(&broker.leave(2)), []);
}

#[test]
fn what_a_lost_reader_left_goes_to_the_others_before_what_came_later() {
    let mut broker = broker();
    broker.subscribe(1, "s", "/queue/q", true).unwrap();
    assert_eq!(send(&mut broker, "/queue/q", "a"), [(1, "a")]);
    assert_eq!(send(&mut broker, "/queue/q", "b"), [(1, "b")]);
    assert_eq!(readers(&broker.leave(1)), []);
    assert_eq!(send(&mut broker, "/queue/q", "c"), []);
    let waited = broker.subscribe(2, "s", "/queue/q", true).unwrap();
    assert_eq!(readers(&waited), [(2, "a"), (2, "b"), (2, "c")]);
}

#[test]
fn nobody_settles_anothers_message() {
    let mut broker = broker();
    broker.subscribe(1, "s", "/queue/q", true).unwrap();
    broker.subscribe(2, "s", "/queue/other", true).unwrap();
    send(&mut broker, "/queue/q", "a");
    assert_eq!(readers(&broker.nacked(2, "m-1")), []);
    broker.acked(2, "m-1");
    assert_eq!(
        readers(&broker.nacked(1, "m-1")),
        [(1, "a")],
        "still in flight"
    );
}

#[test]
fn a_reader_with_its_hands_full_gets_no_more_until_it_acknowledges() {
    let limits = BrokerLimits {
        max_in_flight: 1,
        ..BrokerLimits::default()
    };
    let mut broker = Broker::new(limits);
    broker.subscribe(1, "s", "/queue/q", true).unwrap();
    assert_eq!(send(&mut broker, "/queue/q", "a"), [(1, "a")]);
    assert_eq!(send(&mut broker, "/queue/q", "b"), []);
    assert_eq!(readers(&broker.acked(1, "m-1")), [(1, "b")]);
}

#[test]
fn a_message_that_everybody_refuses_is_dropped_in_the_end() {
    let limits = BrokerLimits {
        max_deliveries: 3,
        ..BrokerLimits::default()
    };
    let mut broker = Broker::new(limits);
    broker.subscribe(1, "s", "/queue/q", true).unwrap();
    assert_eq!(send(&mut broker, "/queue/q", "a"), [(1, "a")]);
    assert_eq!(readers(&broker.nacked(1, "m-1")), [(1, "a")]);
    assert_eq!(readers(&broker.nacked(1, "m-1")), [(1, "a")]);
    assert_eq!(readers(&broker.nacked(1, "m-1")), []);
    assert_eq!(broker.waiting_bytes(), 0);
}

#[test]
fn the_number_of_destinations_is_bounded() {
    let limits = BrokerLimits {
        max_destinations: 1,
        ..BrokerLimits::default()
    };
    let mut broker = Broker::new(limits);
    broker.subscribe(1, "s", "/topic/a", false).unwrap();
    broker.subscribe(2, "s", "/topic/a", false).unwrap();
    let refused = BrokerError::TooManyDestinations { max: 1 };
    assert_eq!(
        broker.subscribe(1, "t", "/topic/b", false).unwrap_err(),
        refused
    );
    assert_eq!(
        broker.publish("/queue/q", "", Vec::new(), "a").unwrap_err(),
        refused
    );
    assert_eq!(
        send(&mut broker, "/topic/unheard", "a"),
        [],
        "a topic without readers takes no place"
    );
}

#[test]
fn what_waits_is_bounded_in_number_and_bytes() {
    let limits = BrokerLimits {
        max_waiting: 2,
        max_waiting_bytes: 60,
        ..BrokerLimits::default()
    };
    let mut broker = Broker::new(limits);
    for body in ["a", "b", "c"] {
        send(&mut broker, "/queue/q", body);
    }
    let waited = broker.subscribe(1, "s", "/queue/q", false).unwrap();
    assert_eq!(readers(&waited), [(1, "b"), (1, "c")], "the newest");
    broker.leave(1);
    let size = "/queue/qm-4".len();
    broker
        .publish("/queue/q", "", Vec::new(), vec![b'x'; 60 - size])
        .unwrap();
    assert_eq!(broker.waiting_bytes(), 60);
    assert_eq!(
        broker.publish("/queue/q", "", Vec::new(), "").unwrap_err(),
        BrokerError::QueuesFull { max: 60 }
    );
}
