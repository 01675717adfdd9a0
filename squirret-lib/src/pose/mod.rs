//! Pose: a picture in, 33 points out.
//!
//! Encoded bytes → `Picture` (limits, decoding; feature `pictures`) → [`RgbImage`] → [`PoseEstimator`] with a [`Track`] →
//! [`Pose`]. The networks `BlazePose` and `CustomPose` need the feature `tract`; any other network implements
//! [`PoseEstimator`].
//!
//! ```
//! use squirret::{UnixMillis, pose::{EstimateError, Keypoint, Pose, PoseEstimator, RgbImage, Track}};
//!
//! /// A network that finds every point in the middle of the picture.
//! #[derive(Debug)]
//! struct Middle;
//!
//! impl PoseEstimator for Middle {
//!     fn estimate(&self, image: RgbImage<'_>, _: &mut Track, _: UnixMillis) -> Result<Option<Pose>, EstimateError> {
//!         let point = Keypoint { x: 0.5, y: 0.5, z: 0.0, visibility: 0.9 };
//!         let aspect = image.width() as f32 / image.height() as f32;
//!         Ok(Some(Pose::new([point; 33], aspect)))
//!     }
//!
//!     fn model(&self) -> &str {
//!         "middle"
//!     }
//! }
//!
//! let image = RgbImage::new(2, 2, &[0; 12]).unwrap();
//! let pose = Middle.estimate(image, &mut Track::default(), UnixMillis(0)).unwrap().unwrap();
//! assert_eq!(pose.get(squirret::pose::Landmark::Nose).x, 0.5);
//! ```

mod landmark;
pub use landmark::Landmark;

mod keypoint;
pub use keypoint::{Keypoint, Pose, WorldPoint};

mod image;
pub use image::RgbImage;

#[cfg(feature = "pictures")]
mod picture;
#[cfg(feature = "pictures")]
#[doc(hidden)]
pub use picture::fuzz_picture;
#[cfg(feature = "pictures")]
pub use picture::{Picture, PictureError, PictureLimits};

mod roi;
pub use roi::Roi;

#[cfg(any(feature = "pictures", feature = "tract"))]
mod crop;
#[cfg(any(feature = "pictures", feature = "tract"))]
pub use crop::{Border, Crop, PixelLayout};

mod filter;
pub use filter::{LowPass, OneEuro, OneEuroConfig};

#[cfg_attr(
    not(any(feature = "tract", test)),
    expect(dead_code, reason = "only the library's own networks write to a track")
)]
mod track;
pub use track::Track;

#[cfg(any(feature = "tract", test))]
mod follow;

mod estimator;
#[doc(hidden)]
pub use estimator::check_estimator;
pub use estimator::{EstimateError, ModelError, NullEstimator, PoseEstimator};

#[cfg(feature = "tflite")]
pub mod tflite;

#[cfg(feature = "tract")]
mod ops;
#[cfg(feature = "tract")]
pub use ops::Dispatch;

#[cfg(feature = "tract")]
mod graph;

#[cfg(feature = "tract")]
mod runner;
#[cfg(feature = "tract")]
pub use runner::Network;

#[cfg(feature = "tract")]
mod blazepose;
#[cfg(feature = "tract")]
pub use blazepose::BlazePose;

#[cfg(feature = "tract")]
mod manifest;
#[cfg(feature = "tract")]
pub use manifest::{Manifest, ManifestError, Policy};

#[cfg(feature = "tract")]
mod custom;
#[cfg(feature = "tract")]
pub use custom::CustomPose;
