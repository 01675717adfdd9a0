//! What cameras, hands and networks do to a recorded clip.

use squirret::{
    pose::{Keypoint, Landmark, Pose},
    sim::{Distortion, TimedPose},
    squat::Clip,
};

use crate::data::Random;

/// Frames a second of the clips, and width over height of their pictures.
pub(crate) const FPS: f64 = 30.0;
pub(crate) const ASPECT: f32 = 9.0 / 16.0;

/// Of 116 clips, how many must be judged as people did.
const MOST: usize = 113;
/// The same of points that shake by 0.6 % of the height, four times as much as JPEG at low quality moves them: knees then shake by
/// 3.5°, and four of the shallow clips lie within that of their threshold.
const SHAKEN: usize = 112;

/// What must hold of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Must {
    /// So many clips are judged as people did.
    Judged(usize),
    /// No valid clip is called bad: what is hidden is not assessed.
    NotAccused,
}

/// A change of a clip.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) must: Must,
    apply: Apply,
}

enum Apply {
    Own(fn(&Clip, &mut Random) -> Vec<TimedPose>),
    Library(Distortion),
}

impl Change {
    const fn own(
        name: &'static str,
        must: Must,
        apply: fn(&Clip, &mut Random) -> Vec<TimedPose>,
    ) -> Self {
        Self {
            name,
            must,
            apply: Apply::Own(apply),
        }
    }

    const fn distorted(name: &'static str, must: Must, distortion: Distortion) -> Self {
        Self {
            name,
            must,
            apply: Apply::Library(distortion),
        }
    }

    /// The changed clip.
    pub(crate) fn apply(&self, clip: &Clip, number: usize, random: &mut Random) -> Vec<TimedPose> {
        match self.apply {
            Apply::Own(apply) => apply(clip, random),
            Apply::Library(distortion) => distortion.apply(&plain(clip), number as u64 + 1),
        }
    }
}

/// Every change that is tried.
pub(crate) const CHANGES: [Change; 23] = {
    use Distortion::*;
    use Must::*;
    [
        Change::own("as recorded", Judged(MOST), |clip, _| plain(clip)),
        Change::own("mirrored", Judged(MOST), |c, _| each(c, |p| mirrored(&p))),
        Change::own("at 60 frames/s", Judged(MOST), |c, _| resampled(c, 60.0)),
        Change::own("at 15 frames/s", Judged(MOST), |c, _| resampled(c, 15.0)),
        Change::own("at 10 frames/s", Judged(MOST), |c, _| resampled(c, 10.0)),
        Change::own("at 5 frames/s", Judged(MOST), |c, _| resampled(c, 5.0)),
        Change::own("a fifth of the frames dropped", Judged(MOST), dropped),
        Change::own("times that jitter by ±15 ms", Judged(MOST), jittered),
        Change::own(
            "points that shake by 0.3 % of the height",
            Judged(MOST),
            |c, r| shaken(c, r, 0.003),
        ),
        Change::own(
            "points that shake by 0.6 % of the height",
            Judged(SHAKEN),
            |c, r| shaken(c, r, 0.006),
        ),
        Change::own("half as large, in a corner", Judged(MOST), |c, _| {
            each(c, |p| placed(p, 0.5, 0.45, 0.45))
        }),
        Change::distorted("turned by 5° in the picture", Judged(MOST), Rolled(5.0)),
        Change::distorted("turned by −5° in the picture", Judged(MOST), Rolled(-5.0)),
        Change::distorted("swayed by 2 % of the height", Judged(MOST), Swayed(0.02)),
        Change::distorted(
            "one frame with sides swapped",
            Judged(MOST),
            OneFrameSwapped,
        ),
        Change::distorted("one frame elsewhere", Judged(MOST), OneFrameElsewhere),
        Change::distorted("in a picture of 1280 × 720", Judged(MOST), Landscape),
        Change::distorted(
            "as JPEG at low quality moves points",
            Judged(MOST),
            Shaken(0.0015),
        ),
        Change::own(
            "a quarter larger, cut off at the edges",
            NotAccused,
            |c, _| each(c, |p| cut(placed(p, 1.25, -0.1, -0.2))),
        ),
        Change::own("nobody for 0.5 s in the middle", NotAccused, |c, _| {
            hidden(c)
        }),
        Change::distorted(
            "1280 × 720, not told",
            NotAccused,
            LandscapeTakenForPortrait,
        ),
        Change::distorted("the legs cut off, invented", NotAccused, CutBelow(0.72)),
        Change::distorted(
            "on its side, not told",
            NotAccused,
            Sideways { head_right: true },
        ),
    ]
};

/// The frames as they were recorded.
pub(crate) fn plain(clip: &Clip) -> Vec<TimedPose> {
    let frames = clip.frames.iter().enumerate();
    frames
        .map(|(number, pose)| (number as f64 / FPS, pose.clone()))
        .collect()
}

fn each(clip: &Clip, change: impl Fn(Pose) -> Pose) -> Vec<TimedPose> {
    let frames = plain(clip).into_iter();
    frames.map(|(at, pose)| (at, pose.map(&change))).collect()
}

/// The same movement seen at other times; between two frames the points lie in between.
fn resampled(clip: &Clip, per_second: f64) -> Vec<TimedPose> {
    let seconds = clip.frames.len().saturating_sub(1) as f64 / FPS;
    (0..=(seconds * per_second) as usize)
        .map(|step| {
            let at = step as f64 / per_second;
            let place = at * FPS;
            let (low, part) = (place.floor() as usize, (place - place.floor()) as f32);
            let high = (low + 1).min(clip.frames.len() - 1);
            let pose = match (&clip.frames[low], &clip.frames[high]) {
                (Some(low), Some(high)) => Some(between(low, high, part)),
                (one, _) => one.clone(),
            };
            (at, pose)
        })
        .collect()
}

fn between(low: &Pose, high: &Pose, part: f32) -> Pose {
    let mix = |low: f32, high: f32| low + part * (high - low);
    let point = |place: usize| {
        let (low, high) = (low.keypoints[place], high.keypoints[place]);
        Keypoint {
            x: mix(low.x, high.x),
            y: mix(low.y, high.y),
            z: mix(low.z, high.z),
            visibility: mix(low.visibility, high.visibility),
        }
    };
    Pose::new(std::array::from_fn(point), low.aspect)
}

fn dropped(clip: &Clip, random: &mut Random) -> Vec<TimedPose> {
    plain(clip)
        .into_iter()
        .filter(|_| random.even() >= 0.2)
        .collect()
}

fn jittered(clip: &Clip, random: &mut Random) -> Vec<TimedPose> {
    let frames = plain(clip).into_iter();
    frames
        .map(|(at, pose)| ((at + 0.015 * (2.0 * random.even() - 1.0)).max(0.0), pose))
        .collect()
}

fn shaken(clip: &Clip, random: &mut Random, by: f64) -> Vec<TimedPose> {
    let mut shake = |mut pose: Pose| {
        for point in &mut pose.keypoints {
            point.x += (by / f64::from(ASPECT) * random.normal()) as f32;
            point.y += (by * random.normal()) as f32;
        }
        pose
    };
    let frames = plain(clip).into_iter();
    frames
        .map(|(at, pose)| (at, pose.map(&mut shake)))
        .collect()
}

fn hidden(clip: &Clip) -> Vec<TimedPose> {
    let middle = clip.frames.len() as f64 / FPS / 2.0;
    let gap = |at: f64| (at - middle).abs() < 0.25;
    let frames = plain(clip).into_iter();
    frames
        .map(|(at, pose)| (at, pose.filter(|_| !gap(at))))
        .collect()
}

/// Left and right change places, in the picture and in the names.
fn mirrored(pose: &Pose) -> Pose {
    let point = |landmark: Landmark| {
        let name = landmark.name();
        let other = if name.contains("left") {
            name.replace("left", "right")
        } else {
            name.replace("right", "left")
        };
        let other = Landmark::ALL
            .into_iter()
            .find(|landmark| landmark.name() == other);
        let mut point = pose.keypoints[other.unwrap_or(landmark) as usize];
        point.x = 1.0 - point.x;
        point
    };
    Pose::new(Landmark::ALL.map(point), pose.aspect)
}

fn placed(mut pose: Pose, scale: f32, right: f32, down: f32) -> Pose {
    for point in &mut pose.keypoints {
        (point.x, point.y) = (right + scale * point.x, down + scale * point.y);
    }
    pose
}

/// What lies outside of the picture is guessed, and little visible.
fn cut(mut pose: Pose) -> Pose {
    for point in &mut pose.keypoints {
        let inside = |value: f32| (0.0..=1.0).contains(&value);
        if !inside(point.x) || !inside(point.y) {
            point.visibility = point.visibility.min(0.3);
        }
    }
    pose
}
