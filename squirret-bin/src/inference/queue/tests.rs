use super::{super::Outcome, *};
use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, error::TryRecvError, unbounded_channel};
use uuid::Uuid;

const LIMITS: QueueLimits = QueueLimits {
    max_streams: 3,
    max_waiting_bytes: 100,
    max_frame_age: Duration::from_millis(500),
};

/// What is remembered is a number here.
type Numbers = Queue<u32>;

fn frame(ticket: u64, bytes: usize, received: Instant) -> Frame {
    let picture = Encoded::Plain(Bytes::from(vec![0; bytes]));
    Frame {
        ticket,
        picture,
        at: UnixMillis(0),
        received,
    }
}

fn session(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn open(queue: &mut Numbers, number: u128, now: Instant) -> (StreamId, UnboundedReceiver<Outcome>) {
    let (answers, outcomes) = unbounded_channel();
    (queue.open(session(number), answers, now).unwrap(), outcomes)
}

fn is_refused(queue: &mut Numbers, number: u128, now: Instant) -> bool {
    let answers = unbounded_channel().0;
    queue.open(session(number), answers, now).is_none()
}

fn run(queue: &mut Numbers, now: Instant) -> Option<(StreamId, u64)> {
    match queue.next(now) {
        Next::Run(job) => Some((job.stream, job.frame.ticket)),
        _ => None,
    }
}

#[test]
fn the_newest_frame_replaces_the_one_that_waits() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _answers) = open(&mut queue, 1, now);
    assert_eq!(queue.submit(a, frame(1, 10, now)), Submitted::Waiting);
    assert_eq!(queue.submit(a, frame(2, 10, now)), Submitted::Replaced(1));
    assert_eq!(run(&mut queue, now), Some((a, 2)));
    assert_eq!(run(&mut queue, now), None);
}

#[test]
fn turns_go_round_however_fast_one_stream_sends() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _a) = open(&mut queue, 1, now);
    let (b, _b) = open(&mut queue, 2, now);
    let mut turns = Vec::new();
    for ticket in 0..6 {
        queue.submit(a, frame(ticket, 1, now));
        queue.submit(a, frame(100 + ticket, 1, now));
        queue.submit(b, frame(ticket, 1, now));
        let (stream, _) = run(&mut queue, now).unwrap();
        turns.push(stream);
        queue.finish(stream, 0, now);
    }
    assert_eq!(turns, [a, b, a, b, a, b]);
}

#[test]
fn a_session_has_one_frame_in_a_runner_at_a_time() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _answers) = open(&mut queue, 1, now);
    queue.submit(a, frame(1, 1, now));
    assert_eq!(run(&mut queue, now), Some((a, 1)));
    queue.submit(a, frame(2, 1, now));
    assert_eq!(run(&mut queue, now), None);
    queue.finish(a, 0, now);
    assert_eq!(run(&mut queue, now), Some((a, 2)));
}

#[test]
fn a_frame_of_half_a_second_is_looked_at_and_an_older_one_is_said_to_be_late() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _answers) = open(&mut queue, 1, now);
    queue.submit(a, frame(1, 1, now));
    assert_eq!(run(&mut queue, now + LIMITS.max_frame_age), Some((a, 1)));
    queue.finish(a, 0, now);
    queue.submit(a, frame(2, 1, now));
    let late = queue.next(now + LIMITS.max_frame_age + Duration::from_millis(1));
    assert!(matches!(late, Next::Expired(_, Frame { ticket: 2, .. }, _)));
}

#[test]
fn a_session_whose_frame_grew_too_old_goes_ahead_with_the_next() {
    let (mut queue, start) = (Queue::new(LIMITS), Instant::now());
    let (a, _a) = open(&mut queue, 1, start);
    let (b, _b) = open(&mut queue, 2, start);
    queue.submit(a, frame(1, 1, start));
    let now = start + Duration::from_secs(1);
    assert!(matches!(queue.next(now), Next::Expired(..)));
    queue.submit(b, frame(1, 1, now));
    queue.submit(a, frame(2, 1, now));
    assert_eq!(run(&mut queue, now), Some((a, 2)));
    assert_eq!(run(&mut queue, now), Some((b, 1)));
}

#[test]
fn places_and_bytes_are_bounded() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _a) = open(&mut queue, 1, now);
    let (b, _b) = open(&mut queue, 2, now);
    let (c, _c) = open(&mut queue, 3, now);
    assert!(is_refused(&mut queue, 4, now));
    assert_eq!(queue.submit(a, frame(1, 100, now)), Submitted::Waiting);
    assert_eq!(queue.submit(b, frame(1, 1, now)), Submitted::Refused);
    assert_eq!(queue.submit(a, frame(2, 99, now)), Submitted::Replaced(1));
    assert_eq!(queue.submit(b, frame(2, 1, now)), Submitted::Waiting);
    queue.close(c, now);
    assert!(!is_refused(&mut queue, 4, now));
}

#[test]
fn a_session_that_comes_back_goes_on_with_what_was_remembered() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _a) = open(&mut queue, 1, now);
    queue.submit(a, frame(1, 1, now));
    assert_eq!(run(&mut queue, now), Some((a, 1)));
    // It leaves while a runner has its frame, and comes back before that is done.
    queue.close(a, now);
    let (back, _back) = open(&mut queue, 1, now);
    queue.submit(back, frame(2, 1, now));
    assert_eq!(run(&mut queue, now), None, "one frame at a time");
    queue.finish(a, 7, now);
    let Next::Run(job) = queue.next(now) else {
        panic!("the second connection's frame is next");
    };
    assert_eq!((job.stream, job.frame.ticket, job.track), (back, 2, 7));
    queue.finish(back, 8, now);
    queue.close(back, now);
    let later = now + KEPT_FOR - Duration::from_millis(1);
    let (again, _again) = open(&mut queue, 1, later);
    queue.submit(again, frame(3, 1, later));
    assert!(matches!(queue.next(later), Next::Run(Job { track: 8, .. })));
}

#[test]
fn a_session_that_has_left_for_long_leaves_nothing_behind() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _a) = open(&mut queue, 1, now);
    queue.submit(a, frame(1, 50, now));
    assert_eq!(run(&mut queue, now), Some((a, 1)));
    queue.submit(a, frame(2, 50, now));
    queue.close(a, now);
    assert_eq!(queue.submit(a, frame(3, 1, now)), Submitted::Refused);
    queue.finish(a, 0, now);
    let counts = |queue: &Numbers| (queue.streams(), queue.waiting(), queue.waiting_bytes);
    assert_eq!(counts(&queue), (0, 0, 0));
    let (b, _b) = open(&mut queue, 2, now + KEPT_FOR);
    assert_eq!(queue.seats.len(), 1, "only the new one");
    queue.close(b, now + KEPT_FOR);
    assert_eq!(queue.seats.len(), 0, "nothing of it was looked at");
}

#[test]
fn sessions_that_come_and_go_do_not_pile_up() {
    let (mut queue, now) = (Numbers::new(LIMITS), Instant::now());
    for number in 0..100 {
        let (stream, _answers) = open(&mut queue, number, now);
        queue.submit(stream, frame(1, 1, now));
        assert!(run(&mut queue, now).is_some());
        queue.finish(stream, 1, now);
        queue.close(stream, now);
    }
    assert!(queue.seats.len() <= 2 * LIMITS.max_streams + 1);
}

#[test]
fn a_new_connection_of_a_session_takes_its_seat_and_the_older_ones_answers_end() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (old, mut answers) = open(&mut queue, 1, now);
    let (other, _other) = open(&mut queue, 2, now);
    queue.submit(old, frame(1, 60, now));
    queue.submit(other, frame(1, 1, now));
    let (new, _new) = open(&mut queue, 1, now);
    assert_eq!(queue.holder(session(1)), Some(new));
    assert_eq!((queue.streams(), queue.waiting_bytes), (2, 1));
    assert_eq!(answers.try_recv().unwrap_err(), TryRecvError::Disconnected);
    assert_eq!(queue.submit(old, frame(2, 1, now)), Submitted::Refused);
    // The turn in the line is the session's.
    queue.submit(new, frame(3, 1, now));
    assert_eq!(run(&mut queue, now), Some((new, 3)));
    // The older connection ends late: that takes nothing from the newer one.
    queue.close(old, now);
    assert_eq!(queue.streams(), 2);
    assert_eq!(queue.submit(new, frame(4, 1, now)), Submitted::Waiting);
}

#[test]
fn a_session_takes_its_own_seat_over_even_when_all_are_taken() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let _kept: Vec<_> = (1..=3)
        .map(|number| open(&mut queue, number, now))
        .collect();
    assert!(is_refused(&mut queue, 4, now));
    assert!(!is_refused(&mut queue, 3, now));
}

#[test]
fn a_shut_queue_gives_back_what_waits_and_takes_no_more() {
    let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
    let (a, _answers) = open(&mut queue, 1, now);
    queue.submit(a, frame(7, 50, now));
    let told: Vec<u64> = queue
        .shut()
        .into_iter()
        .map(|(frame, _)| frame.ticket)
        .collect();
    assert_eq!(told, [7]);
    assert_eq!(queue.submit(a, frame(8, 1, now)), Submitted::Refused);
    assert!(is_refused(&mut queue, 2, now));
    assert_eq!(run(&mut queue, now), None);
}
