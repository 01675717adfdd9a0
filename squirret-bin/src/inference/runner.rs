//! A runner: one plain thread with its own buffers, which looks at one frame after the other.

use super::{
    Encoded, FrameError, Model, ModelTier, Outcome, Seen, Shared, Timing,
    queue::{Frame, Job},
};
use squirret::{
    pose::{Picture, PictureLimits, Track},
    wire::ImageText,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// How long to wait for a runner at the end: a frame takes some ten milliseconds, a cold one some hundred.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// What a runner keeps between frames.
#[derive(Debug, Default)]
struct Buffers {
    picture: Picture,
    decoded: Vec<u8>,
}

/// Takes frames until the queue is shut.
pub(super) fn run(shared: &Shared) {
    let mut buffers = Buffers::default();
    while let Some((job, tier)) = shared.next() {
        let Job {
            stream,
            frame,
            mut track,
            answers,
        } = job;
        let outcome = look(shared, tier, &mut buffers, &frame, &mut track);
        let timing = outcome.timing;
        // What is no picture says nothing of the cost of one.
        let took = outcome
            .result
            .is_ok()
            .then_some(timing.decode + timing.estimate);
        // The answer goes first: whoever sees the stream idle has its answer already.
        let _ = answers.send(outcome);
        shared.finish(stream, track, took.map(|took| (tier, took)));
    }
}

/// One frame. A panic in the decoder or the network costs this frame and what was remembered of the session.
fn look(
    shared: &Shared,
    tier: ModelTier,
    buffers: &mut Buffers,
    frame: &Frame,
    track: &mut Track,
) -> Outcome {
    let waited = frame.received.elapsed();
    let Some(models) = shared.models() else {
        return Outcome::unseen(frame, waited, FrameError::NoModel);
    };
    let mut timing = Timing {
        waited,
        ..Timing::default()
    };
    let judged = AssertUnwindSafe(|| {
        judge(
            shared.picture,
            models.of(tier),
            buffers,
            frame,
            track,
            &mut timing,
        )
    });
    let result = catch_unwind(judged).unwrap_or_else(|_| {
        *buffers = Buffers::default();
        track.reset();
        Err(FrameError::Panicked)
    });
    Outcome {
        ticket: frame.ticket,
        at: frame.at,
        received: frame.received,
        timing,
        result,
    }
}

fn judge(
    limits: PictureLimits,
    model: &Model,
    buffers: &mut Buffers,
    frame: &Frame,
    track: &mut Track,
    timing: &mut Timing,
) -> Result<Seen, FrameError> {
    let started = Instant::now();
    let encoded = plain(&frame.picture, &mut buffers.decoded)?;
    let image = buffers.picture.decode_for(encoded, limits, track)?;
    timing.decode = started.elapsed();
    let started = Instant::now();
    let pose = model.estimator().estimate(image, track, frame.at)?;
    timing.estimate = started.elapsed();
    Ok(Seen {
        pose,
        model: model.name().clone(),
    })
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
