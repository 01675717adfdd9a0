//! Who is next: one waiting frame a session, the newest wins, turns go round.
//!
//! A session has one seat here, whichever connection sits on it: the newest one takes it over, with what the network
//! remembers of the session (`T`). Pure: no thread, no clock.

use squirret::{UnixMillis, session::SessionId};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use super::{Answers, Encoded};

/// A session that comes back within this goes on where it was. A track forgets by itself after less.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// A stream of frames: one connection of a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct StreamId {
    session: SessionId,
    number: u64,
}

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
    /// There is no room for its bytes, the plane is stopping, or another connection has taken the session over.
    Refused,
}

/// A frame on its way through a runner.
#[derive(Debug)]
pub(super) struct Job<T> {
    pub(super) stream: StreamId,
    pub(super) frame: Frame,
    pub(super) track: T,
    pub(super) answers: Answers,
}

/// What a runner does next.
#[derive(Debug)]
pub(super) enum Next<T> {
    /// Look at this.
    Run(Job<T>),
    /// Tell this stream that its frame waited too long.
    Expired(StreamId, Frame, Answers),
    /// Nothing waits.
    Empty,
}

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum StreamState {
    /// Nothing of it waits.
    Idle,
    /// It is in the line.
    InLine,
    /// A runner has a frame of it.
    Running,
}

/// The connection on a seat.
#[derive(Debug)]
struct Holder {
    number: u64,
    answers: Answers,
}

#[derive(Debug)]
struct Seat<T> {
    holder: Option<Holder>,
    waiting: Option<Frame>,
    standing: StreamState,
    /// Its frame grew too old before its turn came: the next one goes ahead.
    owed: bool,
    track: T,
    /// Whether a frame of it was looked at: there is something to remember.
    used: bool,
    /// When the last holder left.
    left: Instant,
}

impl<T> Seat<T> {
    fn holder_of(&self, id: StreamId) -> Option<&Holder> {
        self.holder
            .as_ref()
            .filter(|holder| holder.number == id.number)
    }

    /// Whether there is a reason to keep it.
    fn is_kept(&self, now: Instant) -> bool {
        let remembers = self.used && now.saturating_duration_since(self.left) < KEPT_FOR;
        self.holder.is_some() || self.standing == StreamState::Running || remembers
    }
}

/// The line of sessions that have a frame to look at.
#[derive(Debug)]
pub(super) struct Queue<T> {
    seats: HashMap<SessionId, Seat<T>>,
    line: VecDeque<SessionId>,
    ahead: VecDeque<SessionId>,
    streams: usize,
    waiting_bytes: usize,
    next_number: u64,
    closed: bool,
    limits: QueueLimits,
}

impl<T: Default> Queue<T> {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self {
            seats: HashMap::new(),
            line: VecDeque::new(),
            ahead: VecDeque::new(),
            streams: 0,
            waiting_bytes: 0,
            next_number: 0,
            closed: false,
            limits,
        }
    }

    /// The connection that has this session's seat.
    pub(super) fn holder(&self, session: SessionId) -> Option<StreamId> {
        let number = self.seats.get(&session)?.holder.as_ref()?.number;
        Some(StreamId { session, number })
    }

    /// The session's seat for a new connection; `None` when all are taken. A connection that had it before loses it:
    /// what waits is forgotten, and its answers end.
    pub(super) fn open(
        &mut self,
        session: SessionId,
        answers: Answers,
        now: Instant,
    ) -> Option<StreamId> {
        self.sweep(now);
        let is_taken_over = self.holder(session).is_some();
        if self.closed || !is_taken_over && self.streams >= self.limits.max_streams {
            return None;
        }
        let number = self.next_number;
        self.next_number += 1;
        self.streams += usize::from(!is_taken_over);
        let seat = self.seats.entry(session).or_insert_with(|| Seat {
            holder: None,
            waiting: None,
            standing: StreamState::Idle,
            owed: false,
            track: T::default(),
            used: false,
            left: now,
        });
        seat.holder = Some(Holder { number, answers });
        let waiting = seat.waiting.take();
        self.waiting_bytes -= size(waiting.as_ref());
        Some(StreamId { session, number })
    }

    /// Releases a seat, unless another connection has it. Drops the frame that waits, and keeps the track for a while.
    pub(super) fn close(&mut self, id: StreamId, now: Instant) {
        let Some(seat) = self.seats.get_mut(&id.session) else {
            return;
        };
        if seat.holder_of(id).is_none() {
            return;
        }
        seat.holder = None;
        seat.left = now;
        self.streams -= 1;
        let waiting = seat.waiting.take();
        self.waiting_bytes -= size(waiting.as_ref());
        if seat.standing == StreamState::InLine {
            seat.standing = StreamState::Idle;
            self.line.retain(|other| *other != id.session);
            self.ahead.retain(|other| *other != id.session);
        }
        self.sweep(now);
    }

    /// Forgets who has left for long, and all who have left when they are too many.
    fn sweep(&mut self, now: Instant) {
        let crowded = self.seats.len() > 2 * self.limits.max_streams;
        self.seats.retain(|_, seat| {
            let has_left = seat.holder.is_none() && seat.standing != StreamState::Running;
            seat.is_kept(now) && !(crowded && has_left)
        });
    }

    /// Hands a frame in.
    pub(super) fn submit(&mut self, id: StreamId, frame: Frame) -> Submitted {
        let Some(seat) = self.seats.get_mut(&id.session) else {
            return Submitted::Refused;
        };
        let bytes = self.waiting_bytes - size(seat.waiting.as_ref()) + frame.picture.len();
        let is_too_much = bytes > self.limits.max_waiting_bytes;
        if self.closed || is_too_much || seat.holder_of(id).is_none() {
            return Submitted::Refused;
        }
        self.waiting_bytes = bytes;
        let replaced = seat.waiting.replace(frame).map(|old| old.ticket);
        if seat.standing == StreamState::Idle {
            self.stand_in_line(id.session);
        }
        replaced.map_or(Submitted::Waiting, Submitted::Replaced)
    }

    /// The next frame in turn.
    pub(super) fn next(&mut self, now: Instant) -> Next<T> {
        loop {
            let Some(session) = self.ahead.pop_front().or_else(|| self.line.pop_front()) else {
                return Next::Empty;
            };
            let Some(seat) = self.seats.get_mut(&session) else {
                continue;
            };
            seat.standing = StreamState::Idle;
            let (Some(frame), Some(holder)) = (seat.waiting.take(), &seat.holder) else {
                continue;
            };
            self.waiting_bytes -= frame.picture.len();
            let answers = holder.answers.clone();
            let stream = StreamId {
                session,
                number: holder.number,
            };
            if now.saturating_duration_since(frame.received) > self.limits.max_frame_age {
                seat.owed = true;
                return Next::Expired(stream, frame, answers);
            }
            seat.standing = StreamState::Running;
            (seat.owed, seat.used) = (false, true);
            return Next::Run(Job {
                stream,
                frame,
                track: std::mem::take(&mut seat.track),
                answers,
            });
        }
    }

    /// A runner is done with a frame of `id` and gives its session's track back.
    pub(super) fn finish(&mut self, id: StreamId, track: T, now: Instant) {
        let Some(seat) = self.seats.get_mut(&id.session) else {
            return;
        };
        seat.track = track;
        seat.standing = StreamState::Idle;
        if seat.waiting.is_some() {
            self.stand_in_line(id.session);
        } else if !seat.is_kept(now) {
            self.seats.remove(&id.session);
        }
    }

    /// Takes no more frames; what waits is given back so that its senders can be told.
    pub(super) fn shut(&mut self) -> Vec<(Frame, Answers)> {
        self.closed = true;
        self.waiting_bytes = 0;
        self.line.clear();
        self.ahead.clear();
        let waiting = |seat: &mut Seat<T>| {
            let frame = seat.waiting.take()?;
            Some((frame, seat.holder.as_ref()?.answers.clone()))
        };
        self.seats.values_mut().filter_map(waiting).collect()
    }

    pub(super) const fn is_shut(&self) -> bool {
        self.closed
    }

    /// Streams that are open.
    pub(super) const fn streams(&self) -> usize {
        self.streams
    }

    /// Sessions in the line.
    pub(super) fn waiting(&self) -> usize {
        self.line.len() + self.ahead.len()
    }

    fn stand_in_line(&mut self, session: SessionId) {
        let Some(seat) = self.seats.get_mut(&session) else {
            return;
        };
        seat.standing = StreamState::InLine;
        if seat.owed {
            self.ahead.push_back(session)
        } else {
            self.line.push_back(session)
        }
    }
}

fn size(frame: Option<&Frame>) -> usize {
    frame.map_or(0, |frame| frame.picture.len())
}

#[cfg(test)]
mod tests;
