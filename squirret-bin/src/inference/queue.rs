//! Who is next: one waiting frame a stream, the newest wins, turns go round.
//!
//! Pure: no thread, no clock. [`super::Inference`] puts a lock and runners around it.

use squirret::{UnixMillis, pose::Track};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use super::{Answers, Encoded};

/// A stream of frames: one inference connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct StreamId(u64);

/// One picture that waits to be looked at.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The sender's own number of it; comes back in the outcome.
    pub(crate) ticket: u64,
    /// The picture as it was received.
    pub(crate) picture: Encoded,
    /// When it was taken, on this machine's clock.
    pub(crate) at: UnixMillis,
    /// When it was received.
    pub(crate) received: Instant,
}

/// Bounds of the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    /// Streams at once; each holds at most one waiting frame.
    pub(crate) max_streams: usize,
    /// Bytes of all waiting frames together.
    pub(crate) max_waiting_bytes: usize,
    /// A frame that waited longer is not looked at any more.
    pub(crate) max_frame_age: Duration,
}

/// What became of a frame that was handed in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// It waits for a runner.
    Waiting,
    /// It waits in the place of an older frame, whose ticket this is.
    Replaced(u64),
    /// There is no room for its bytes, or the plane is stopping.
    Refused,
}

/// A frame on its way through a runner.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) stream: StreamId,
    pub(super) frame: Frame,
    pub(super) track: Track,
    pub(super) answers: Answers,
}

/// What a runner does next.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once and never kept"
)]
pub(super) enum Next {
    /// Look at this.
    Run(Job),
    /// Tell this stream that its frame waited too long.
    Expired(Frame, Answers),
    /// Nothing waits.
    Empty,
}

/// Where a stream stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// Nothing of it waits.
    Idle,
    /// It is in the line.
    InLine,
    /// A runner has a frame of it.
    Running,
}

#[derive(Debug)]
struct Slot {
    waiting: Option<Frame>,
    standing: Standing,
    /// Its frame grew too old before its turn came: the next one goes ahead.
    owed: bool,
    /// Closed while a runner had a frame of it.
    gone: bool,
    track: Track,
    answers: Answers,
}

/// The line of streams that have a frame to look at.
#[derive(Debug)]
pub(super) struct Queue {
    slots: HashMap<StreamId, Slot>,
    line: VecDeque<StreamId>,
    ahead: VecDeque<StreamId>,
    waiting_bytes: usize,
    next_id: u64,
    closed: bool,
    limits: QueueLimits,
}

impl Queue {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self {
            slots: HashMap::new(),
            line: VecDeque::new(),
            ahead: VecDeque::new(),
            waiting_bytes: 0,
            next_id: 0,
            closed: false,
            limits,
        }
    }

    /// A place for a new stream; `None` when all places are taken.
    pub(super) fn open(&mut self, answers: Answers) -> Option<StreamId> {
        if self.closed || self.slots.len() >= self.limits.max_streams {
            return None;
        }
        let id = StreamId(self.next_id);
        self.next_id += 1;
        let slot = Slot {
            waiting: None,
            standing: Standing::Idle,
            owed: false,
            gone: false,
            track: Track::default(),
            answers,
        };
        self.slots.insert(id, slot);
        Some(id)
    }

    /// Gives a stream's place back; what waits is forgotten.
    pub(super) fn close(&mut self, id: StreamId) {
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        self.waiting_bytes -= slot.waiting.take().map_or(0, |frame| frame.picture.len());
        if slot.standing == Standing::Running {
            slot.gone = true;
        } else {
            self.slots.remove(&id);
            self.line.retain(|other| *other != id);
            self.ahead.retain(|other| *other != id);
        }
    }

    /// Hands a frame in.
    pub(super) fn submit(&mut self, id: StreamId, frame: Frame) -> Submitted {
        let Some(slot) = self.slots.get_mut(&id) else {
            return Submitted::Refused;
        };
        let freed = slot.waiting.as_ref().map_or(0, |old| old.picture.len());
        let bytes = self.waiting_bytes - freed + frame.picture.len();
        if self.closed || slot.gone || bytes > self.limits.max_waiting_bytes {
            return Submitted::Refused;
        }
        self.waiting_bytes = bytes;
        let replaced = slot.waiting.replace(frame).map(|old| old.ticket);
        if slot.standing == Standing::Idle {
            self.stand_in_line(id);
        }
        replaced.map_or(Submitted::Waiting, Submitted::Replaced)
    }

    /// The next frame in turn.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        loop {
            let Some(id) = self.ahead.pop_front().or_else(|| self.line.pop_front()) else {
                return Next::Empty;
            };
            let Some(slot) = self.slots.get_mut(&id) else {
                continue;
            };
            slot.standing = Standing::Idle;
            let Some(frame) = slot.waiting.take() else {
                continue;
            };
            self.waiting_bytes -= frame.picture.len();
            if now.saturating_duration_since(frame.received) > self.limits.max_frame_age {
                slot.owed = true;
                return Next::Expired(frame, slot.answers.clone());
            }
            slot.standing = Standing::Running;
            slot.owed = false;
            let track = std::mem::take(&mut slot.track);
            return Next::Run(Job {
                stream: id,
                frame,
                track,
                answers: slot.answers.clone(),
            });
        }
    }

    /// A runner is done with a frame of `id` and gives its track back.
    pub(super) fn finish(&mut self, id: StreamId, track: Track) {
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        if slot.gone {
            self.slots.remove(&id);
            return;
        }
        slot.track = track;
        slot.standing = Standing::Idle;
        if slot.waiting.is_some() {
            self.stand_in_line(id);
        }
    }

    /// Takes no more frames; what waits is given back so that its senders can be told.
    pub(super) fn shut(&mut self) -> Vec<(Frame, Answers)> {
        self.closed = true;
        self.waiting_bytes = 0;
        self.line.clear();
        self.ahead.clear();
        let waiting = |slot: &mut Slot| {
            slot.waiting
                .take()
                .map(|frame| (frame, slot.answers.clone()))
        };
        self.slots.values_mut().filter_map(waiting).collect()
    }

    pub(super) const fn is_shut(&self) -> bool {
        self.closed
    }

    /// Streams that are open.
    pub(super) fn streams(&self) -> usize {
        self.slots.len()
    }

    /// Frames that wait.
    pub(super) fn waiting(&self) -> usize {
        self.line.len() + self.ahead.len()
    }

    fn stand_in_line(&mut self, id: StreamId) {
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        slot.standing = Standing::InLine;
        if slot.owed {
            self.ahead.push_back(id)
        } else {
            self.line.push_back(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Outcome, *};
    use bytes::Bytes;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    const LIMITS: QueueLimits = QueueLimits {
        max_streams: 3,
        max_waiting_bytes: 100,
        max_frame_age: Duration::from_millis(500),
    };

    fn frame(ticket: u64, bytes: usize, received: Instant) -> Frame {
        let picture = Encoded::Plain(Bytes::from(vec![0; bytes]));
        Frame {
            ticket,
            picture,
            at: UnixMillis(0),
            received,
        }
    }

    fn open(queue: &mut Queue) -> (StreamId, UnboundedReceiver<Outcome>) {
        let (answers, outcomes) = unbounded_channel();
        (queue.open(answers).unwrap(), outcomes)
    }

    fn run(queue: &mut Queue, now: Instant) -> Option<(StreamId, u64)> {
        match queue.next(now) {
            Next::Run(job) => Some((job.stream, job.frame.ticket)),
            _ => None,
        }
    }

    #[test]
    fn the_newest_frame_replaces_the_one_that_waits() {
        let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
        let (a, _answers) = open(&mut queue);
        assert_eq!(queue.submit(a, frame(1, 10, now)), Submitted::Waiting);
        assert_eq!(queue.submit(a, frame(2, 10, now)), Submitted::Replaced(1));
        assert_eq!(run(&mut queue, now), Some((a, 2)));
        assert_eq!(run(&mut queue, now), None);
    }

    #[test]
    fn turns_go_round_however_fast_one_stream_sends() {
        let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
        let (a, _a) = open(&mut queue);
        let (b, _b) = open(&mut queue);
        let mut turns = Vec::new();
        for ticket in 0..6 {
            queue.submit(a, frame(ticket, 1, now));
            queue.submit(a, frame(100 + ticket, 1, now));
            queue.submit(b, frame(ticket, 1, now));
            let (stream, _) = run(&mut queue, now).unwrap();
            turns.push(stream);
            queue.finish(stream, Track::default());
        }
        assert_eq!(turns, [a, b, a, b, a, b]);
    }

    #[test]
    fn a_stream_has_one_frame_in_a_runner_at_a_time() {
        let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
        let (a, _answers) = open(&mut queue);
        queue.submit(a, frame(1, 1, now));
        assert_eq!(run(&mut queue, now), Some((a, 1)));
        queue.submit(a, frame(2, 1, now));
        assert_eq!(run(&mut queue, now), None);
        queue.finish(a, Track::default());
        assert_eq!(run(&mut queue, now), Some((a, 2)));
    }

    #[test]
    fn a_frame_of_half_a_second_is_looked_at_and_an_older_one_is_said_to_be_late() {
        let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
        let (a, _answers) = open(&mut queue);
        queue.submit(a, frame(1, 1, now));
        assert_eq!(run(&mut queue, now + LIMITS.max_frame_age), Some((a, 1)));
        queue.finish(a, Track::default());
        queue.submit(a, frame(2, 1, now));
        let late = queue.next(now + LIMITS.max_frame_age + Duration::from_millis(1));
        assert!(matches!(late, Next::Expired(Frame { ticket: 2, .. }, _)));
    }

    #[test]
    fn a_stream_whose_frame_grew_too_old_goes_ahead_with_the_next() {
        let (mut queue, start) = (Queue::new(LIMITS), Instant::now());
        let (a, _a) = open(&mut queue);
        let (b, _b) = open(&mut queue);
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
        let (a, _a) = open(&mut queue);
        let (b, _b) = open(&mut queue);
        let (c, _c) = open(&mut queue);
        assert!(queue.open(unbounded_channel().0).is_none());
        assert_eq!(queue.submit(a, frame(1, 100, now)), Submitted::Waiting);
        assert_eq!(queue.submit(b, frame(1, 1, now)), Submitted::Refused);
        assert_eq!(queue.submit(a, frame(2, 99, now)), Submitted::Replaced(1));
        assert_eq!(queue.submit(b, frame(2, 1, now)), Submitted::Waiting);
        queue.close(c);
        assert!(queue.open(unbounded_channel().0).is_some());
    }

    #[test]
    fn a_stream_that_closes_in_a_runner_leaves_nothing_behind() {
        let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
        let (a, _answers) = open(&mut queue);
        queue.submit(a, frame(1, 50, now));
        assert_eq!(run(&mut queue, now), Some((a, 1)));
        queue.submit(a, frame(2, 50, now));
        queue.close(a);
        assert_eq!(queue.submit(a, frame(3, 1, now)), Submitted::Refused);
        queue.finish(a, Track::default());
        assert_eq!(
            (queue.streams(), queue.waiting(), queue.waiting_bytes),
            (0, 0, 0)
        );
    }

    #[test]
    fn a_shut_queue_gives_back_what_waits_and_takes_no_more() {
        let (mut queue, now) = (Queue::new(LIMITS), Instant::now());
        let (a, _answers) = open(&mut queue);
        queue.submit(a, frame(7, 50, now));
        let told: Vec<u64> = queue
            .shut()
            .into_iter()
            .map(|(frame, _)| frame.ticket)
            .collect();
        assert_eq!(told, [7]);
        assert_eq!(queue.submit(a, frame(8, 1, now)), Submitted::Refused);
        assert!(queue.open(unbounded_channel().0).is_none());
        assert_eq!(run(&mut queue, now), None);
    }
}
