//! A runner: one plain thread with its own buffers, which looks at one frame after the other.

use super::{Encoded, FrameError, Outcome, Shared, Timing, queue::Job};
use squirret::{
    pose::{Picture, PictureLimits, Pose, PoseEstimator, Track},
    wire::ImageText,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// What a runner keeps between frames.
#[derive(Debug, Default)]
struct Buffers {
    picture: Picture,
    decoded: Vec<u8>,
}

/// Takes frames until the queue is shut.
pub(super) fn run(shared: &Shared) {
    let mut buffers = Buffers::default();
    while let Some(mut job) = shared.next() {
        let outcome = look(shared, &mut buffers, &mut job);
        let Job {
            stream,
            track,
            answers,
            ..
        } = job;
        // The answer goes first: whoever sees the stream idle has its answer already.
        let _ = answers.send(outcome);
        shared.finish(stream, track);
    }
}

/// One frame. A panic in the decoder or the network costs this frame and what the stream's track knew.
fn look(shared: &Shared, buffers: &mut Buffers, job: &mut Job) -> Outcome {
    let started = Instant::now();
    let waited = started.saturating_duration_since(job.frame.received);
    let mut timing = Timing {
        waited,
        ..Timing::default()
    };
    let result = match shared.estimator() {
        None => Err(FrameError::NoModel),
        Some(estimator) => {
            let frame =
                AssertUnwindSafe(|| judge(shared.picture, &*estimator, buffers, job, &mut timing));
            catch_unwind(frame).unwrap_or_else(|_| {
                *buffers = Buffers::default();
                job.track = Track::default();
                Err(FrameError::Panicked)
            })
        }
    };
    Outcome {
        ticket: job.frame.ticket,
        at: job.frame.at,
        received: job.frame.received,
        timing,
        result,
    }
}

fn judge(
    limits: PictureLimits,
    estimator: &dyn PoseEstimator,
    buffers: &mut Buffers,
    job: &mut Job,
    timing: &mut Timing,
) -> Result<Option<Pose>, FrameError> {
    let started = Instant::now();
    let encoded = plain(&job.frame.picture, &mut buffers.decoded)?;
    let image = buffers.picture.decode_for(encoded, limits, &job.track)?;
    timing.decode = started.elapsed();
    let started = Instant::now();
    let pose = estimator.estimate(image, &mut job.track, job.frame.at)?;
    timing.estimate = started.elapsed();
    Ok(pose)
}

/// The picture's own bytes: as received, or base64 undone into `buffer`.
fn plain<'a>(picture: &'a Encoded, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], FrameError> {
    match picture {
        Encoded::Plain(bytes) => Ok(bytes),
        Encoded::Base64(text) => {
            ImageText::from_raw(text).decode_into(buffer)?;
            Ok(buffer)
        }
    }
}

/// How long to wait for a runner at the end: a frame takes some ten milliseconds, a cold one some hundred.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(2);
