//! The runners with an estimator that does what its picture's place in the line tells it.

use super::*;
use squirret::{
    UnixMillis,
    pose::{EstimateError, Keypoint, PictureError, Pose, PoseEstimator, RgbImage},
};
use std::sync::{
    Barrier,
    atomic::{AtomicUsize, Ordering},
};
use uuid::Uuid;

/// One white pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// Panics at the time stamp 13, fails at 14, sees nobody at 15, else sees somebody; waits for `gate` if there is one.
#[derive(Debug, Default)]
struct Fake {
    gate: Option<Arc<(Barrier, Barrier)>>,
    looked: AtomicUsize,
}

impl PoseEstimator for Fake {
    fn estimate(
        &self,
        _: RgbImage<'_>,
        _: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        self.looked.fetch_add(1, Ordering::Relaxed);
        if let Some(gate) = &self.gate {
            gate.0.wait();
            gate.1.wait();
        }
        match at.0 {
            13 => panic!("a bug in the network"),
            14 => Err(EstimateError::Engine {
                detail: "no".into(),
            }),
            15 => Ok(None),
            _ => Ok(Some(Pose::new([Keypoint::default(); 33], 1.0))),
        }
    }

    fn model(&self) -> &str {
        "fake"
    }
}

fn limits(runners: usize) -> InferenceLimits {
    InferenceLimits {
        queue: QueueLimits {
            max_streams: 2,
            max_waiting_bytes: 10_000,
            max_frame_age: Duration::from_millis(500),
        },
        load: LoadLimits {
            runners,
            target_stream_fps: 8.0,
            min_stream_fps: 0.0,
            max_stream_fps: f64::INFINITY,
        },
        picture: PictureLimits::default(),
    }
}

fn start(estimator: Fake, runners: usize) -> Inference {
    let inference = Inference::start(limits(runners)).unwrap();
    install(&inference, estimator);
    inference
}

fn install(inference: &Inference, estimator: Fake) {
    let usual = Model::new(Arc::new(estimator), Duration::from_millis(1));
    inference.install(Models { usual, lite: None });
}

fn open(inference: &Inference, session: u128) -> Result<Stream, Refused> {
    inference.open(SessionId(Uuid::from_u128(session)))
}

fn frame(ticket: u64, at: i64) -> Frame {
    let picture = Encoded::Base64(Bytes::from_static(PIXEL.as_bytes()));
    Frame {
        ticket,
        picture,
        at: UnixMillis(at),
        received: Instant::now(),
    }
}

#[tokio::test]
async fn every_frame_is_answered_and_a_panic_costs_only_its_own() {
    let inference = start(Fake::default(), 1);
    let mut stream = open(&inference, 1).unwrap();
    for (ticket, at) in [(1, 0), (2, 13), (3, 14), (4, 15), (5, 0)] {
        assert_eq!(stream.submit(frame(ticket, at)), Submitted::Waiting);
        let outcome = stream.outcome().await.unwrap();
        assert_eq!((outcome.ticket, outcome.at), (ticket, UnixMillis(at)));
        match (at, outcome.result) {
            (13, Err(FrameError::Panicked)) | (14, Err(FrameError::Estimate(_))) => {}
            (15, Ok(Seen { pose: None, .. })) | (0, Ok(Seen { pose: Some(_), .. })) => {}
            (at, result) => panic!("{at}: {result:?}"),
        }
    }
    assert_eq!(stream.unanswered(), 0);
    inference.stop();
}

#[tokio::test]
async fn what_is_no_picture_is_answered_with_its_error() {
    let inference = start(Fake::default(), 1);
    let mut stream = open(&inference, 1).unwrap();
    let mut ask = async |picture| {
        stream.submit(Frame {
            picture,
            ..frame(0, 0)
        });
        stream.outcome().await.unwrap().result.unwrap_err()
    };
    assert!(matches!(
        ask(Encoded::Base64("?".into())).await,
        FrameError::Base64(_)
    ));
    assert!(matches!(
        ask(Encoded::Base64("AAAA".into())).await,
        FrameError::Picture(PictureError::UnknownFormat)
    ));
    assert!(matches!(
        ask(Encoded::Plain("GIF89a".into())).await,
        FrameError::Picture(PictureError::UnknownFormat)
    ));
    inference.stop();
}

#[tokio::test]
async fn a_frame_that_waits_behind_a_slow_one_is_replaced_by_the_newest() {
    let gate = Arc::new((Barrier::new(2), Barrier::new(2)));
    let inference = start(
        Fake {
            gate: Some(Arc::clone(&gate)),
            ..Fake::default()
        },
        1,
    );
    let mut stream = open(&inference, 1).unwrap();
    assert_eq!(stream.submit(frame(1, 0)), Submitted::Waiting);
    gate.0.wait();
    assert_eq!(stream.submit(frame(2, 0)), Submitted::Waiting);
    assert_eq!(stream.submit(frame(3, 0)), Submitted::Replaced(2));
    gate.1.wait();
    assert_eq!(stream.outcome().await.unwrap().ticket, 1);
    gate.0.wait();
    gate.1.wait();
    assert_eq!(stream.outcome().await.unwrap().ticket, 3);
    inference.stop();
}

#[tokio::test]
async fn without_a_model_frames_say_so_until_one_is_installed() {
    let inference = Inference::start(limits(1)).unwrap();
    assert_eq!(inference.model(), None);
    let mut stream = open(&inference, 1).unwrap();
    stream.submit(frame(1, 0));
    assert!(matches!(
        stream.outcome().await.unwrap().result,
        Err(FrameError::NoModel)
    ));
    install(&inference, Fake::default());
    assert_eq!(inference.model().as_deref(), Some("fake"));
    stream.submit(frame(2, 0));
    assert!(stream.outcome().await.unwrap().result.is_ok());
    inference.stop();
}

#[tokio::test]
async fn at_the_end_the_frame_in_hand_is_finished_and_the_waiting_one_is_told() {
    let gate = Arc::new((Barrier::new(2), Barrier::new(2)));
    let inference = start(
        Fake {
            gate: Some(Arc::clone(&gate)),
            ..Fake::default()
        },
        1,
    );
    let mut stream = open(&inference, 1).unwrap();
    stream.submit(frame(1, 0));
    gate.0.wait();
    stream.submit(frame(2, 0));
    let stopping = std::thread::spawn({
        let inference = inference.clone();
        move || inference.stop()
    });
    let told = stream.outcome().await.unwrap();
    assert!(matches!(
        (told.ticket, told.result),
        (2, Err(FrameError::Stopping))
    ));
    gate.1.wait();
    let finished = stream.outcome().await.unwrap();
    assert!(matches!((finished.ticket, finished.result), (1, Ok(_))));
    stopping.join().unwrap();
    assert_eq!(stream.submit(frame(3, 0)), Submitted::Refused);
    assert_eq!(open(&inference, 2).unwrap_err(), Refused::Stopping);
}

#[tokio::test]
async fn places_are_given_back() {
    let inference = start(Fake::default(), 2);
    let first = open(&inference, 1).unwrap();
    let _second = open(&inference, 2).unwrap();
    assert_eq!(open(&inference, 3).unwrap_err(), Refused::Full);
    drop(first);
    assert_eq!(inference.standing().streams, 1);
    assert!(open(&inference, 3).is_ok());
    inference.stop();
}

#[tokio::test]
async fn a_second_connection_of_a_session_takes_over_after_the_frame_in_hand() {
    let gate = Arc::new((Barrier::new(2), Barrier::new(2)));
    let inference = start(
        Fake {
            gate: Some(Arc::clone(&gate)),
            ..Fake::default()
        },
        2,
    );
    let mut first = open(&inference, 1).unwrap();
    first.submit(frame(1, 0));
    gate.0.wait();
    first.submit(frame(2, 0));
    let mut second = open(&inference, 1).unwrap();
    assert_eq!(second.submit(frame(9, 0)), Submitted::Waiting);
    gate.1.wait();
    assert_eq!(first.outcome().await.unwrap().ticket, 1);
    assert!(first.outcome().await.is_none(), "its other frame is gone");
    assert_eq!(first.submit(frame(3, 0)), Submitted::Refused);
    drop(first);
    gate.0.wait();
    gate.1.wait();
    assert_eq!(second.outcome().await.unwrap().ticket, 9);
    inference.stop();
}
