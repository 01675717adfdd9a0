//! The inference plane's engine room: frames in, poses out, on plain threads.
//!
//! One single-threaded runner per core takes frames from one queue. A session has at most one frame that waits: a
//! newer one replaces it. Sessions take turns, so that a fast sender costs the others nothing. What the network
//! remembers of a session (its [`Track`]) travels with the frame. How long frames take is measured: from that follow
//! the lite model under overload, advice to clients that send more than can be looked at, and whether one more stream
//! can be served.

mod load;
mod models;
mod outcome;
mod queue;
mod runner;
mod scheduler;

pub(crate) use load::{LoadLimits, ModelTier};
pub(crate) use models::{Model, Models};
pub(crate) use outcome::{FrameError, Outcome, Seen, Timing};
pub(crate) use queue::{Frame, QueueLimits, Submitted};
pub(crate) use scheduler::{Refused, SchedulerState};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex, RwLock};
use queue::{Job, Next, StreamId};
use scheduler::Scheduler;
use squirret::{
    pose::{PictureLimits, Track},
    session::SessionId,
};
use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Frames of one stream whose outcomes nobody has taken yet; one more is refused. A connection takes outcomes before it
/// reads on, so this only bounds what waits for a connection that does neither.
const MAX_SUBMITTED: usize = 64;

/// A sender of outcomes, for the queue.
type Answers = UnboundedSender<Outcome>;

/// A picture as it was received.
#[derive(Clone, Debug)]
pub(crate) enum Encoded {
    /// JPEG, PNG or WebP.
    Plain(Bytes),
    /// The same in base64, as [`squirret::wire::ImageText`] has it.
    Base64(Bytes),
}

impl Encoded {
    /// Its size as received, in bytes.
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) | Self::Base64(bytes) => bytes.len(),
        }
    }
}

/// Bounds of the plane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InferenceLimits {
    /// Of the queue.
    pub(crate) queue: QueueLimits,
    /// Of the load.
    pub(crate) load: LoadLimits,
    /// Of one picture.
    pub(crate) picture: PictureLimits,
}

/// Why a plane has no model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Absence {
    /// None is installed, or it cannot be used.
    #[default]
    Missing,
    /// It is being downloaded.
    Installing,
    /// It is being loaded and run for the first time.
    Loading,
}

/// What the runners and the streams share.
#[derive(Debug)]
struct Shared {
    plane: Mutex<Scheduler<Track>>,
    work: Condvar,
    models: RwLock<Option<Arc<Models>>>,
    /// Why there are no models, until there are.
    absent: Mutex<Absence>,
    picture: PictureLimits,
}

impl Shared {
    /// The next frame, and which model looks at it; sleeps while nothing waits. `None`: the queue is shut.
    fn next(&self) -> Option<(Job<Track>, ModelTier)> {
        let mut plane = self.plane.lock();
        loop {
            let now = Instant::now();
            match plane.next(now) {
                Next::Run(job) => return Some((job, plane.tier())),
                Next::Expired(_, frame, answers) => {
                    let age = now.saturating_duration_since(frame.received);
                    let late = Outcome::unseen(&frame, age, FrameError::TooOld { age });
                    let _ = answers.send(late);
                }
                Next::Empty if plane.is_shut() => return None,
                Next::Empty => self.work.wait(&mut plane),
            }
        }
    }

    fn finish(&self, stream: StreamId, track: Track, took: Option<(ModelTier, Duration)>) {
        let mut plane = self.plane.lock();
        plane.finish(stream, track, took, Instant::now());
        if plane.standing().waiting > 0 {
            self.work.notify_one();
        }
    }

    fn models(&self) -> Option<Arc<Models>> {
        self.models.read().clone()
    }

    fn tell_change(&self, tier: ModelTier) {
        if let Some(models) = self.models() {
            let model = models.of(tier).name();
            tracing::info!(%model, "the load calls for another pose model");
        }
    }
}

/// The inference plane's handle; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Inference {
    shared: Arc<Shared>,
    runners: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Inference {
    /// Starts the runners' threads (at least one). Until [`Self::install`] frames are answered that there is no model.
    pub(crate) fn start(limits: InferenceLimits) -> std::io::Result<Self> {
        let mut load = limits.load;
        load.runners = load.runners.max(1);
        let shared = Arc::new(Shared {
            plane: Mutex::new(Scheduler::new(limits.queue, load, Instant::now())),
            work: Condvar::new(),
            models: RwLock::default(),
            absent: Mutex::default(),
            picture: limits.picture,
        });
        let start = |index: usize| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("pose-{index}"))
                .spawn(move || runner::run(&shared))
        };
        let threads = (0..load.runners)
            .map(start)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            shared,
            runners: Arc::new(Mutex::new(threads)),
        })
    }

    /// From now on frames go to these models.
    pub(crate) fn install(&self, models: Models) {
        let lite = models.lite.as_ref().map(Model::cost);
        let usual = models.usual.cost();
        self.shared
            .plane
            .lock()
            .install(usual, lite, Instant::now());
        *self.shared.models.write() = Some(Arc::new(models));
    }

    /// Says why there is no model yet, or none at all.
    pub(crate) fn set_absence(&self, absence: Absence) {
        *self.shared.absent.lock() = absence;
    }

    /// Why there is no model; `None` when there is one.
    pub(crate) fn absence(&self) -> Option<Absence> {
        match self.shared.models() {
            Some(_) => None,
            None => Some(*self.shared.absent.lock()),
        }
    }

    /// The name of the model that the server is set to; `None` when no model is installed.
    pub(crate) fn model(&self) -> Option<Arc<str>> {
        let models = self.shared.models()?;
        Some(Arc::clone(models.usual.name()))
    }

    /// A stream of frames for a connection of `session`. A connection that the session had before gets no more
    /// answers: [`Stream::outcome`] tells it that it ends.
    ///
    /// # Errors
    /// [`Refused`], with the reason.
    pub(crate) fn open(&self, session: SessionId) -> Result<Stream, Refused> {
        let (answers, outcomes) = unbounded_channel();
        let id = self
            .shared
            .plane
            .lock()
            .open(session, answers, Instant::now())?;
        Ok(Stream {
            shared: Arc::clone(&self.shared),
            id,
            outcomes,
            unanswered: 0,
            advice: None,
        })
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> SchedulerState {
        self.shared.plane.lock().standing()
    }

    /// Takes no more frames, tells those that wait, and lets the runners end with what they have in hand. Waits for
    /// them at most two seconds: a thread that hangs must not hold up the end of the process.
    pub(crate) fn stop(&self) {
        let waiting = self.shared.plane.lock().shut();
        for (frame, answers) in waiting {
            let unseen = Outcome::unseen(&frame, Duration::ZERO, FrameError::Stopping);
            let _ = answers.send(unseen);
        }
        self.shared.work.notify_all();
        let deadline = Instant::now() + runner::STOP_PATIENCE;
        for thread in self.runners.lock().drain(..) {
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}

/// One connection's place in the queue. Dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Stream {
    shared: Arc<Shared>,
    id: StreamId,
    outcomes: UnboundedReceiver<Outcome>,
    unanswered: usize,
    advice: Option<f64>,
}

impl Stream {
    /// Hands a frame in. Every frame that was not refused or replaced gets one [`Outcome`].
    pub(crate) fn submit(&mut self, frame: Frame) -> Submitted {
        if self.unanswered >= MAX_SUBMITTED {
            return Submitted::Refused;
        }
        let now = Instant::now();
        let decided = self.shared.plane.lock().submit(self.id, frame, now);
        self.advice = decided.advice.or(self.advice);
        if decided.submitted == Submitted::Waiting {
            self.unanswered += 1;
            self.shared.work.notify_one();
        }
        if let Some(tier) = decided.change {
            self.shared.tell_change(tier);
        }
        decided.submitted
    }

    /// A frame came that may not be looked at, as there are too many.
    pub(crate) fn refuse(&mut self, now: Instant) {
        let advice = self.shared.plane.lock().refuse(self.id, now);
        self.advice = advice.or(self.advice);
    }

    /// Frames a second that are worth sending, when there is something new to tell the client.
    pub(crate) const fn take_advice(&mut self) -> Option<f64> {
        self.advice.take()
    }

    /// The next outcome; `None` when another connection of the session has taken over.
    pub(crate) async fn outcome(&mut self) -> Option<Outcome> {
        let outcome = self.outcomes.recv().await?;
        self.unanswered = self.unanswered.saturating_sub(1);
        Some(outcome)
    }

    /// Frames that were handed in and not answered yet.
    pub(crate) const fn unanswered(&self) -> usize {
        self.unanswered
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.plane.lock().close(self.id, Instant::now());
    }
}

#[cfg(test)]
mod tests;
