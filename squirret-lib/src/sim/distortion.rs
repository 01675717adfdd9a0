//! What cameras, hands and networks do to a clip of poses.

use super::{noise, viewpoint::sway};
use crate::{
    math,
    pose::{Keypoint, Landmark, Pose},
};

/// A frame with its time in seconds; `None` where nobody was found.
pub type TimedPose = (f64, Option<Pose>);

/// A change of a clip that leaves what the person does as it is.
///
/// ```
/// use squirret::sim::{Distortion, Plan, Squatter, Viewpoint};
///
/// let squatter = Squatter::new(Plan::default(), 7);
/// let clip: Vec<_> = (0..90)
///     .map(|frame| f64::from(frame) / 30.0)
///     .map(|at| (at, Some(squatter.seen(&Viewpoint::default(), at))))
///     .collect();
/// let swapped = Distortion::OneFrameSwapped.apply(&clip, 1);
/// let changed = clip.iter().zip(&swapped).filter(|(one, other)| one != other);
/// assert_eq!(changed.count(), 1);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum Distortion {
    /// The phone leans: the picture turned by so many degrees about its middle.
    Rolled(f64),
    /// Held in a hand that moves the picture by so many picture heights to either side.
    Swayed(f64),
    /// One frame has left and right mixed up.
    OneFrameSwapped,
    /// One frame shows somebody else: smaller, and elsewhere in the picture.
    OneFrameElsewhere,
    /// So large a share of the frames never arrives.
    Dropped(f64),
    /// Points shake by this deviation, picture heights, three times that in depth. JPEG at quality 86 against 95 moves
    /// BlazePose's points by about 0.0015.
    Shaken(f64),
    /// The same body in a picture of 1280 × 720.
    Landscape,
    /// The same, but nobody knows: the points are taken for those of the picture that it was before.
    LandscapeTakenForPortrait,
    /// The picture ends at this share of its height; what lies below is invented, with a visibility above one half.
    CutBelow(f64),
    /// The picture begins at this share of its height; what lies above is invented.
    CutAbove(f64),
    /// The phone lies on its side: the picture turned by a quarter, to the right or to the left.
    Sideways {
        /// Whether the head points to the right of the picture.
        head_right: bool,
    },
    /// The phone stands on its head.
    UpsideDown,
}

impl Distortion {
    /// The changed clip; the same seed chooses the same frames and the same noise.
    #[must_use]
    pub fn apply(self, clip: &[TimedPose], seed: u64) -> Vec<TimedPose> {
        match self {
            Self::OneFrameSwapped => one(clip, seed, swapped),
            Self::OneFrameElsewhere => one(clip, seed, elsewhere),
            Self::Dropped(share) => {
                let frames = clip.iter().enumerate();
                let kept = frames.filter(|(frame, _)| {
                    noise::uniform(seed, Channel::Dropped as u64, *frame as u64) >= share
                });
                kept.map(|(_, timed)| timed.clone()).collect()
            }
            Self::Shaken(by) => each(clip, |frame, _, pose| shaken(pose, by, seed, frame as u64)),
            Self::Swayed(by) => each(clip, |_, at, pose| moved(pose, sway(by, at))),
            _ => each(clip, |frame, _, pose| self.frame(pose, seed, frame as u64)),
        }
    }

    /// The same to every frame.
    fn frame(self, pose: &Pose, seed: u64, frame: u64) -> Pose {
        match self {
            Self::Rolled(degrees) => turned(pose, degrees),
            Self::Landscape => landscape(pose, 16.0 / 9.0),
            Self::LandscapeTakenForPortrait => landscape(pose, pose.aspect),
            Self::CutBelow(share) => cut(pose, 0.0, share, seed, frame),
            Self::CutAbove(share) => cut(pose, share, 1.0, seed, frame),
            Self::Sideways { head_right } => sideways(pose, head_right),
            Self::UpsideDown => mapped(pose, pose.aspect, |x, y| (1.0 - x, 1.0 - y)),
            _ => pose.clone(),
        }
    }
}

/// Channels of the noise.
#[derive(Clone, Copy)]
enum Channel {
    Dropped = 3000,
    Chosen,
    Invented = 3100,
    Shaken = 3300,
}

fn each(clip: &[TimedPose], change: impl Fn(usize, f64, &Pose) -> Pose) -> Vec<TimedPose> {
    let frames = clip.iter().enumerate();
    frames
        .map(|(frame, (at, pose))| (*at, pose.as_ref().map(|pose| change(frame, *at, pose))))
        .collect()
}

/// Changes one frame that shows somebody, not the first nor the last.
fn one(clip: &[TimedPose], seed: u64, change: impl Fn(&Pose) -> Pose) -> Vec<TimedPose> {
    let place = noise::uniform(seed, Channel::Chosen as u64, 0);
    let shown = |frame: &usize| clip[*frame].1.is_some();
    let frames: Vec<usize> = (1..clip.len().saturating_sub(1)).filter(shown).collect();
    let chosen = frames.get((place * frames.len() as f64) as usize).copied();
    each(clip, |frame, _, pose| {
        if Some(frame) == chosen {
            change(pose)
        } else {
            pose.clone()
        }
    })
}

fn mapped(pose: &Pose, aspect: f32, place: impl Fn(f32, f32) -> (f32, f32)) -> Pose {
    let keypoints = pose.keypoints.map(|point| {
        let (x, y) = place(point.x, point.y);
        Keypoint { x, y, ..point }
    });
    Pose::new(keypoints, aspect)
}

fn swapped(pose: &Pose) -> Pose {
    let other = |landmark: Landmark| {
        let name = landmark.name();
        let wanted = if name.contains("left") {
            name.replace("left", "right")
        } else {
            name.replace("right", "left")
        };
        let mut all = Landmark::ALL.into_iter();
        all.find(|other| other.name() == wanted).unwrap_or(landmark)
    };
    let keypoints = Landmark::ALL.map(|landmark| pose.get(other(landmark)));
    Pose::new(keypoints, pose.aspect)
}

fn elsewhere(pose: &Pose) -> Pose {
    mapped(pose, pose.aspect, |x, y| (0.1 + 0.4 * x, 0.05 + 0.4 * y))
}

fn moved(pose: &Pose, [right, down]: [f64; 2]) -> Pose {
    mapped(pose, pose.aspect, |x, y| {
        (x + right as f32 / pose.aspect, y + down as f32)
    })
}

fn turned(pose: &Pose, degrees: f64) -> Pose {
    let (sin, cos) = math::sin_cos(degrees.to_radians());
    let (sin, cos) = (sin as f32, cos as f32);
    mapped(pose, pose.aspect, |x, y| {
        let (right, down) = ((x - 0.5) * pose.aspect, y - 0.5);
        (
            0.5 + (cos * right - sin * down) / pose.aspect,
            0.5 + sin * right + cos * down,
        )
    })
}

/// The body in a picture of 16:9, whose points are then said to be of `aspect`.
fn landscape(pose: &Pose, aspect: f32) -> Pose {
    let narrower = pose.aspect * 9.0 / 16.0;
    let mut wide = mapped(pose, aspect, |x, y| (0.5 + (x - 0.5) * narrower, y));
    for point in &mut wide.keypoints {
        point.z *= narrower;
    }
    wide
}

/// The part of the picture from `top` to `bottom`.
fn cut(pose: &Pose, top: f64, bottom: f64, seed: u64, frame: u64) -> Pose {
    let (top, height) = (top as f32, (bottom - top) as f32);
    let mut part = mapped(pose, pose.aspect / height, |x, y| (x, (y - top) / height));
    for (point, landmark) in part.keypoints.iter_mut().zip(Landmark::ALL) {
        if (0.0..=1.0).contains(&point.y) {
            continue;
        }
        let guess = |axis: u64| {
            let channel = Channel::Invented as u64 + 2 * landmark as u64 + axis;
            // A guess of the network is off by a good part of a shank and drifts slowly.
            0.02 * noise::normal(seed, channel, 0) as f32
                + 0.005 * noise::normal(seed, channel, 1 + frame) as f32
        };
        point.x += guess(0);
        point.y += guess(1);
        point.visibility = point.visibility.clamp(0.55, 0.9);
    }
    part
}

/// The head to the right or to the left.
fn sideways(pose: &Pose, head_right: bool) -> Pose {
    let mut lying = mapped(pose, 1.0 / pose.aspect, |x, y| {
        if head_right {
            (1.0 - y, x)
        } else {
            (y, 1.0 - x)
        }
    });
    for point in &mut lying.keypoints {
        point.z *= pose.aspect;
    }
    lying
}

fn shaken(pose: &Pose, by: f64, seed: u64, frame: u64) -> Pose {
    let mut shaken = pose.clone();
    for (point, landmark) in shaken.keypoints.iter_mut().zip(Landmark::ALL) {
        let normal = |axis: u64| {
            let channel = Channel::Shaken as u64 + 3 * landmark as u64 + axis;
            (by * noise::normal(seed, channel, frame)) as f32
        };
        point.x += normal(0) / pose.aspect;
        point.y += normal(1);
        point.z += 3.0 * normal(2) / pose.aspect;
    }
    shaken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Plan, Squatter, Viewpoint};

    fn clip() -> Vec<TimedPose> {
        let squatter = Squatter::new(Plan::default(), 2);
        let times = (0..60).map(|frame| f64::from(frame) / 30.0);
        times
            .map(|at| (at, Some(squatter.seen(&Viewpoint::default(), at))))
            .collect()
    }

    fn changed(distortion: Distortion) -> usize {
        let (before, after) = (clip(), distortion.apply(&clip(), 3));
        before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one != other)
            .count()
    }

    #[test]
    fn one_frame_is_one_frame_and_the_same_for_a_seed() {
        for distortion in [Distortion::OneFrameSwapped, Distortion::OneFrameElsewhere] {
            assert_eq!(changed(distortion), 1);
            let again = [distortion.apply(&clip(), 5), distortion.apply(&clip(), 5)];
            assert_eq!(again[0], again[1]);
        }
    }

    #[test]
    fn a_landscape_picture_keeps_the_body_s_proportions() {
        let width = |clip: &[TimedPose]| {
            let pose = clip[0].1.as_ref().unwrap();
            let (left, right) = (
                pose.get(Landmark::LeftShoulder),
                pose.get(Landmark::RightShoulder),
            );
            (left.x - right.x) * pose.aspect
        };
        let wide = Distortion::Landscape.apply(&clip(), 0);
        assert!((width(&wide) - width(&clip())).abs() < 1e-6);
        let mistaken = Distortion::LandscapeTakenForPortrait.apply(&clip(), 0);
        assert!(width(&mistaken) < 0.4 * width(&clip()));
    }

    #[test]
    fn what_is_cut_off_is_invented_outside_of_the_picture_and_called_visible() {
        let cut = Distortion::CutBelow(0.7).apply(&clip(), 0);
        let pose = cut[0].1.as_ref().unwrap();
        let ankle = pose.get(Landmark::LeftAnkle);
        assert!(ankle.y > 1.0 && ankle.visibility > 0.5, "{ankle:?}");
        assert!(pose.get(Landmark::Nose).y < 1.0);
    }

    #[test]
    fn a_phone_on_its_side_shows_a_body_that_lies() {
        for head_right in [true, false] {
            let lying = Distortion::Sideways { head_right }.apply(&clip(), 0);
            let pose = lying[0].1.as_ref().unwrap();
            let (nose, hip) = (pose.get(Landmark::Nose), pose.get(Landmark::LeftHip));
            assert_eq!(nose.x > hip.x, head_right);
            assert!((nose.y - hip.y).abs() < 0.3 * (nose.x - hip.x).abs());
        }
    }

    #[test]
    fn dropped_frames_are_missing() {
        let left = Distortion::Dropped(0.2).apply(&clip(), 1).len();
        assert!((40..56).contains(&left), "{left}");
    }
}
