//! The inference plane's engine room: frames in, poses out, on plain threads.
//!
//! One single-threaded runner per core takes frames from one queue. A stream (one connection) has at most one frame
//! that waits: a newer one replaces it. Streams take turns, so that a fast sender costs the others nothing. What
//! the network remembers of a stream (its [`Track`]) travels with the frame.

mod queue;
mod runner;

pub(crate) use queue::{Frame, QueueLimits, Submitted};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex, RwLock};
use queue::{Job, Next, Queue, StreamId};
use squirret::{
    UnixMillis,
    pose::{EstimateError, PictureError, PictureLimits, Pose, PoseEstimator, Track},
    wire::{ErrorCode, NotBase64},
};
use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Frames of one stream that may be unanswered at once; the connection stops reading before that.
const MAX_UNANSWERED: usize = 64;

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

/// What came of one frame.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As given.
    pub(crate) ticket: u64,
    /// As given.
    pub(crate) at: UnixMillis,
    /// As given.
    pub(crate) received: Instant,
    /// Where the time went.
    pub(crate) timing: Timing,
    /// The person, nobody, or why it could not be looked at.
    pub(crate) result: Result<Option<Pose>, FrameError>,
}

/// Where the time of a frame went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timing {
    /// In the line.
    pub(crate) waited: Duration,
    /// Undoing base64 and decoding the picture.
    pub(crate) decode: Duration,
    /// In the network.
    pub(crate) estimate: Duration,
}

/// Why a frame was not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// It waited too long.
    #[error("frame waited {} ms for a runner", .age.as_millis())]
    TooOld { age: Duration },
    /// The plane stops.
    #[error("server is stopping")]
    Stopping,
    /// The model is gone.
    #[error("no pose model is installed")]
    NoModel,
    /// The message's text is not base64.
    #[error(transparent)]
    Base64(#[from] NotBase64),
    /// The picture cannot be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The network failed.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// Something panicked.
    #[error("frame could not be analysed")]
    Panicked,
}

impl FrameError {
    /// The code on the wire.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Picture(error) => error.into(),
            Self::Base64(_) => ErrorCode::ValidationError,
            Self::NoModel => ErrorCode::ModelUnavailable,
            Self::TooOld { .. } | Self::Stopping => ErrorCode::Overloaded,
            Self::Estimate(_) | Self::Panicked => ErrorCode::Internal,
        }
    }
}

/// Bounds of the plane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InferenceLimits {
    /// Of the queue.
    pub(crate) queue: QueueLimits,
    /// Of one picture.
    pub(crate) picture: PictureLimits,
}

/// What the runners and the streams share.
#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    estimator: RwLock<Option<Arc<dyn PoseEstimator>>>,
    picture: PictureLimits,
}

impl Shared {
    /// The next frame; sleeps while nothing waits. `None`: the queue is shut.
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue.lock();
        loop {
            let now = Instant::now();
            match queue.next(now) {
                Next::Run(job) => return Some(job),
                Next::Expired(frame, answers) => {
                    let age = now.saturating_duration_since(frame.received);
                    let _ = answers.send(unseen(&frame, age, FrameError::TooOld { age }));
                }
                Next::Empty if queue.is_shut() => return None,
                Next::Empty => self.work.wait(&mut queue),
            }
        }
    }

    fn finish(&self, stream: StreamId, track: Track) {
        let mut queue = self.queue.lock();
        queue.finish(stream, track);
        if queue.waiting() > 0 {
            self.work.notify_one();
        }
    }

    fn estimator(&self) -> Option<Arc<dyn PoseEstimator>> {
        self.estimator.read().clone()
    }
}

fn unseen(frame: &Frame, waited: Duration, error: FrameError) -> Outcome {
    let Frame {
        ticket,
        at,
        received,
        picture: _,
    } = *frame;
    Outcome {
        ticket,
        at,
        received,
        timing: Timing {
            waited,
            ..Timing::default()
        },
        result: Err(error),
    }
}

/// The inference plane's handle; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Inference {
    shared: Arc<Shared>,
    runners: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Inference {
    /// Starts `runners` threads (at least one). Without an estimator everything waits for [`Self::install`].
    pub(crate) fn start(
        estimator: Option<Arc<dyn PoseEstimator>>,
        runners: usize,
        limits: InferenceLimits,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::new(limits.queue)),
            work: Condvar::new(),
            estimator: RwLock::new(estimator),
            picture: limits.picture,
        });
        let start = |index: usize| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("pose-{index}"))
                .spawn(move || runner::run(&shared))
        };
        let threads = (0..runners.max(1))
            .map(start)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            shared,
            runners: Arc::new(Mutex::new(threads)),
        })
    }

    /// From now on frames go to this estimator.
    pub(crate) fn install(&self, estimator: Arc<dyn PoseEstimator>) {
        *self.shared.estimator.write() = Some(estimator);
    }

    /// The name of the model as the wire tells it; `None` when no model is installed.
    pub(crate) fn model(&self) -> Option<String> {
        self.shared
            .estimator()
            .map(|estimator| estimator.model().to_owned())
    }

    /// A place for a new stream of frames; `None` when all places are taken.
    pub(crate) fn open(&self) -> Option<Stream> {
        let (answers, outcomes) = unbounded_channel();
        let id = self.shared.queue.lock().open(answers)?;
        Some(Stream {
            shared: Arc::clone(&self.shared),
            id,
            outcomes,
            unanswered: 0,
        })
    }

    /// Streams that are open.
    pub(crate) fn streams(&self) -> usize {
        self.shared.queue.lock().streams()
    }

    /// Frames that wait for a runner.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.queue.lock().waiting()
    }

    /// Takes no more frames, tells those that wait, and lets the runners end with what they have in hand. Waits for
    /// them at most two seconds: a thread that hangs must not hold up the end of the process.
    pub(crate) fn stop(&self) {
        let waiting = self.shared.queue.lock().shut();
        for (frame, answers) in waiting {
            let _ = answers.send(unseen(&frame, Duration::ZERO, FrameError::Stopping));
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
}

impl Stream {
    /// Hands a frame in. Every frame that was not refused or replaced gets one [`Outcome`].
    pub(crate) fn submit(&mut self, frame: Frame) -> Submitted {
        if self.unanswered >= MAX_UNANSWERED {
            return Submitted::Refused;
        }
        let submitted = self.shared.queue.lock().submit(self.id, frame);
        match submitted {
            Submitted::Waiting => {
                self.unanswered += 1;
                self.shared.work.notify_one();
            }
            Submitted::Replaced(_) | Submitted::Refused => {}
        }
        submitted
    }

    /// The next outcome; pending for ever when nothing is under way.
    pub(crate) async fn outcome(&mut self) -> Outcome {
        match self.outcomes.recv().await {
            Some(outcome) => {
                self.unanswered -= 1;
                outcome
            }
            None => std::future::pending().await,
        }
    }

    /// Frames that were handed in and not answered yet.
    pub(crate) const fn unanswered(&self) -> usize {
        self.unanswered
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.queue.lock().close(self.id);
    }
}

/// A sender of outcomes, for the queue.
type Answers = UnboundedSender<Outcome>;

#[cfg(test)]
mod tests;
