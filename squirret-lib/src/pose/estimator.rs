//! What a pose network is to the rest of the library.

use super::{Pose, RgbImage, Track};
use crate::UnixMillis;

/// A pose network. Implementations are shared between threads or cloned per runner; what belongs to a stream is in
/// `Track`.
pub trait PoseEstimator: Send + Sync + std::fmt::Debug {
    /// Finds the person in `image`; `Ok(None)` when there is nobody. `track` carries what is known from the frames
    /// before; `at` is the time of this one and may repeat or run backwards.
    ///
    /// # Errors
    /// [`EstimateError`] when the engine fails; the track stays usable.
    fn estimate(
        &self,
        image: RgbImage<'_>,
        track: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError>;

    /// Runs every network once on a grey picture, so that no stream's first frame pays for what an engine does
    /// only once.
    ///
    /// # Errors
    /// [`EstimateError`] when the engine fails.
    fn warm_up(&self) -> Result<(), EstimateError> {
        Ok(())
    }

    /// Name of the model as the wire tells it, e.g. `blazepose-full`.
    fn model(&self) -> &str;
}

/// Why an estimator failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EstimateError {
    /// The engine failed.
    #[error("pose network failed: {detail}")]
    Engine {
        /// What the engine says.
        detail: String,
    },
}

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It is not a model we can run.
    #[error("model {name} cannot be loaded: {detail}")]
    Load {
        /// Which one.
        name: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A `.tflite` file could not be converted.
    #[cfg(feature = "tflite")]
    #[error("the .tflite file cannot be converted: {0}")]
    Import(#[from] super::tflite::ImportError),
}

/// Sees nobody, ever: for a server without a model and for tests.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NullEstimator;

impl PoseEstimator for NullEstimator {
    fn estimate(
        &self,
        _: RgbImage<'_>,
        _: &mut Track,
        _: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        Ok(None)
    }

    fn model(&self) -> &str {
        "none"
    }
}

/// What every [`PoseEstimator`] must do, as a test that each implementation runs. With `person`, a picture of
/// somebody in full view, it must be found.
///
/// # Panics
/// When the implementation breaks a rule.
#[doc(hidden)]
pub fn check_estimator(estimator: &dyn PoseEstimator, person: Option<RgbImage<'_>>) {
    assert!(!estimator.model().is_empty(), "a model has a name");
    estimator.warm_up().expect("a model can be warmed up");
    odd_pictures_are_answered(estimator);
    let Some(image) = person else { return };
    let mut track = Track::default();
    let first = estimator
        .estimate(image, &mut track, UnixMillis(0))
        .expect("a picture is answered");
    let first = first.expect("the person is found in the first frame");
    check_pose(&first, image);

    // The time repeats, runs backwards, jumps.
    for at in [0, 33, 33, 10, i64::MAX, i64::MIN, 0] {
        let pose = estimator
            .estimate(image, &mut track, UnixMillis(at))
            .expect("any time is answered");
        check_pose(&pose.expect("the person stays found"), image);
    }
    // What one stream saw is nothing to another.
    let other = estimator
        .estimate(image, &mut Track::default(), UnixMillis(0))
        .expect("a picture is answered");
    assert_eq!(
        other.as_ref(),
        Some(&first),
        "the same frame and a fresh track give the same pose"
    );
}

fn check_pose(pose: &Pose, image: RgbImage<'_>) {
    assert!((pose.aspect - image.aspect()).abs() < 1e-6);
    assert!((0.0..=1.0).contains(&pose.score));
    for point in pose.keypoints {
        assert!(point.x.is_finite() && point.y.is_finite() && point.z.is_finite());
        assert!((0.0..=1.0).contains(&point.visibility));
    }
}

/// One pixel, a line, a flat wall: an answer of any kind, and a track that still works.
fn odd_pictures_are_answered(estimator: &dyn PoseEstimator) {
    let mut track = Track::default();
    for (width, height) in [(1, 1), (1, 500), (500, 1), (64, 64)] {
        let data = vec![127; width as usize * height as usize * 3];
        let image = RgbImage::new(width, height, &data).expect("the sizes fit");
        let answer = estimator
            .estimate(image, &mut track, UnixMillis(0))
            .expect("any picture is answered");
        if let Some(pose) = answer {
            check_pose(&pose, image);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_null_estimator_keeps_the_rules() {
        check_estimator(&NullEstimator, None);
    }

    #[test]
    fn estimators_are_objects() {
        let _: Box<dyn PoseEstimator> = Box::new(NullEstimator);
    }
}
