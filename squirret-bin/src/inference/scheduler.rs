//! The line and the load together: everything that is decided about frames, under times that are arguments.

use super::{
    Answers,
    load::{Load, LoadLimits, ModelTier},
    queue::{Frame, Next, Queue, QueueLimits, StreamId, Submitted},
};
use squirret::session::SessionId;
use std::time::{Duration, Instant};

/// Why a stream is not opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// All places are taken.
    Full,
    /// The machine could not serve it at a useful rate.
    Slow,
    /// The plane stops.
    Stopping,
}

/// How the plane stands, for metrics.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct SchedulerState {
    /// Streams that are open.
    pub(crate) streams: usize,
    /// Frames that wait for a runner.
    pub(crate) waiting: usize,
    /// The model that runs.
    pub(crate) tier: ModelTier,
    /// How often it was changed.
    pub(crate) changes: u64,
    /// Frames a second that it can look at.
    pub(crate) capacity: f64,
    /// Seconds of a runner that it takes for one.
    pub(crate) cost: f64,
}

/// What was decided about a frame that was handed in.
#[derive(Debug, PartialEq)]
pub(super) struct Decided {
    pub(super) submitted: Submitted,
    /// From now on this model runs.
    pub(super) change: Option<ModelTier>,
    /// What the stream should be told of its rate.
    pub(super) advice: Option<f64>,
}

/// All streams, their frames that wait, and the load that they make. `T` is what is remembered of a session from
/// frame to frame.
#[derive(Debug)]
pub(super) struct Scheduler<T> {
    queue: Queue<T>,
    load: Load,
}

impl<T: Default> Scheduler<T> {
    pub(super) fn new(queue: QueueLimits, load: LoadLimits, now: Instant) -> Self {
        Self {
            queue: Queue::new(queue),
            load: Load::new(load, now),
        }
    }

    /// There are models now, and this is what a frame cost at their warm-up.
    pub(super) fn install(&mut self, usual: Duration, lite: Option<Duration>, now: Instant) {
        self.load.install(usual, lite, now);
    }

    /// A stream for a connection of `session`. It takes the place of the session's connection before it.
    pub(super) fn open(
        &mut self,
        session: SessionId,
        answers: Answers,
        now: Instant,
    ) -> Result<StreamId, Refused> {
        let before = self.queue.holder(session);
        if self.queue.is_shut() {
            return Err(Refused::Stopping);
        }
        if before.is_none() && !self.load.admits(now) {
            return Err(Refused::Slow);
        }
        let stream = self
            .queue
            .open(session, answers, now)
            .ok_or(Refused::Full)?;
        if let Some(before) = before {
            self.load.close(before);
        }
        self.load.open(stream, now);
        Ok(stream)
    }

    /// A connection has ended.
    pub(super) fn close(&mut self, stream: StreamId, now: Instant) {
        self.queue.close(stream, now);
        self.load.close(stream);
    }

    /// A frame came.
    pub(super) fn submit(&mut self, stream: StreamId, frame: Frame, now: Instant) -> Decided {
        let submitted = self.queue.submit(stream, frame);
        self.load.offer(stream, now);
        if submitted != Submitted::Waiting {
            self.load.lose(stream, now);
        }
        let has_changed = self.load.look(now);
        Decided {
            submitted,
            change: has_changed.then(|| self.load.tier()),
            advice: self.load.advise(stream, now),
        }
    }

    /// A frame came that may not be looked at, as its stream sends too many.
    pub(super) fn refuse(&mut self, stream: StreamId, now: Instant) -> Option<f64> {
        self.load.offer(stream, now);
        self.load.lose(stream, now);
        self.load.advise(stream, now)
    }

    /// The next frame in turn.
    pub(super) fn next(&mut self, now: Instant) -> Next<T> {
        let next = self.queue.next(now);
        if let Next::Expired(stream, ..) = &next {
            self.load.lose(*stream, now);
        }
        next
    }

    /// The model that looks at the next frame.
    pub(super) const fn tier(&self) -> ModelTier {
        self.load.tier()
    }

    /// A runner is done with a job: what is remembered of its session, and, if the frame could be looked at, how long
    /// that took in which tier.
    pub(super) fn finish(
        &mut self,
        stream: StreamId,
        track: T,
        took: Option<(ModelTier, Duration)>,
        now: Instant,
    ) {
        self.queue.finish(stream, track, now);
        if let Some((tier, took)) = took {
            self.load.measure(tier, took);
        }
    }

    /// Takes no more frames; what waits is given back so that its senders can be told.
    pub(super) fn shut(&mut self) -> Vec<(Frame, Answers)> {
        self.queue.shut()
    }

    pub(super) const fn is_shut(&self) -> bool {
        self.queue.is_shut()
    }

    /// How it stands.
    pub(super) fn standing(&self) -> SchedulerState {
        let tier = self.load.tier();
        SchedulerState {
            streams: self.queue.streams(),
            waiting: self.queue.waiting(),
            tier,
            changes: self.load.changes(),
            capacity: self.load.capacity(tier).unwrap_or_default(),
            cost: self.load.cost().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
