//! Keypoints as other tools write them, in JSON.
//!
//! | written by | form |
//! |---|---|
//! | this project and public squat data sets | `{"clip", "frames": [[33 × [x, y, z, visibility]]]}`; see [`parse_clip`] |
//! | MediaPipe | frames of points, as lists or as objects `{x, y, z, visibility}`, alone or under `landmarks`, `pose_landmarks` or `poseLandmarks`, with `world…` beside them |
//! | ultralytics (YOLO-pose) | `to_json()`: a list of people with `keypoints: {x, y, visible}` a frame |
//! | RTMPose (mmpose, rtmlib) | `{"instance_info": [{"frame_id", "instances": [{"keypoints", "keypoint_scores"}]}]}`, or its list |
//! | COCO results (AlphaPose, YOLO, detectron2) | `[{"image_id", "keypoints": [x, y, score, …], "score"}]` |
//! | OpenPose | `{"people": [{"pose_keypoints_2d": […]}]}` a frame: one file a frame, or a list |
//!
//! The number of points says which skeleton it is: 17 (COCO), 18 and 25 (OpenPose), 26 (Halpe), 33 (MediaPipe), 133
//! (COCO-WholeBody). Where a frame holds several people, the one that is followed is the most certain and largest at the
//! beginning and afterwards the nearest to where that one was.

mod people;
mod skeleton;

use serde_json::Value;

use super::Remarks;
use crate::{
    pose::{Keypoint, Pose, WorldPoint},
    squat::{Clip, ClipError, MAX_FRAMES, parse_clip, poses},
};
use people::{Person, PersonFollower};

/// What a file of keypoints does not say itself.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct KeypointOptions<'a> {
    /// Name of a clip that has none, such as the file's.
    pub name: &'a str,
    /// Width over height of the pictures; default 9:16.
    pub aspect: f32,
    /// Width and height of the pictures in px, for points in px.
    pub size: Option<[f32; 2]>,
}

impl<'a> KeypointOptions<'a> {
    /// Returns the defaults, for a file of that name.
    #[must_use]
    pub const fn named(name: &'a str) -> Self {
        Self {
            name,
            aspect: 0.5625,
            size: None,
        }
    }
}

/// Why a file has no keypoints.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeypointError {
    /// Not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A clip of this project's form that breaks a rule.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// JSON of another form.
    #[error("it holds no keypoints of a known form (docs/formats.md lists them)")]
    Unknown,
    /// A frame whose points are those of no known skeleton.
    #[error("frame {frame} must have 17, 18, 25, 26, 33 or 133 points, has {points}")]
    Points {
        /// Which, from 0.
        frame: usize,
        /// How many.
        points: usize,
    },
    /// Too long.
    #[error("it may have {max} frames, has {frames}")]
    TooLong {
        /// How many.
        frames: usize,
        /// How many may be.
        max: usize,
    },
}

/// Clips of a file, and what should be known about them.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Clips {
    /// At least one.
    pub clips: Vec<Clip>,
    /// What was assumed.
    pub remarks: Remarks,
}

/// Reads a whole file: one JSON document of any form above, or a frame a line.
///
/// # Errors
/// [`KeypointError`].
///
/// ```
/// use squirret::formats::keypoints::{self, KeypointOptions};
///
/// let frame = format!(r#"{{"people":[{{"pose_keypoints_2d":[{}]}}]}}"#, vec!["320,240,0.9"; 25].join(","));
/// let mut options = KeypointOptions::named("squat");
/// options.size = Some([640.0, 480.0]);
/// let clips = keypoints::read(&frame, &options)?.clips;
/// assert_eq!(clips[0].frames[0].as_ref().unwrap().keypoints[0].x, 0.5);
/// # Ok::<(), keypoints::KeypointError>(())
/// ```
pub fn read(text: &str, options: &KeypointOptions<'_>) -> Result<Clips, KeypointError> {
    let text = text.trim_start_matches('\u{feff}');
    match serde_json::from_str::<Value>(text) {
        Ok(document) => from_document(&document, options),
        // A frame a line: the first document ends where the line does.
        Err(error) if error.is_syntax() && text.trim_end().contains('\n') => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let frames: Vec<Value> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
            if frames.iter().all(|frame| frame.get("frames").is_some()) {
                return from_document(&Value::Array(frames), options);
            }
            from_frames(&frames, options)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads frames that stand in a file each, as OpenPose writes them.
///
/// # Errors
/// [`KeypointError`].
pub fn read_frames<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    options: &KeypointOptions<'_>,
) -> Result<Clips, KeypointError> {
    let frames: Vec<Value> = texts
        .into_iter()
        .map(|text| serde_json::from_str(text.trim_start_matches('\u{feff}')))
        .collect::<Result<_, _>>()?;
    from_frames(&frames, options)
}

fn from_document(document: &Value, options: &KeypointOptions<'_>) -> Result<Clips, KeypointError> {
    match document {
        Value::Array(items) => {
            let is_clip = |item: &&Value| item.get("frames").is_some();
            if items.first().is_some_and(|first| is_clip(&first)) {
                let mut all = Clips::default();
                for (number, item) in items.iter().enumerate() {
                    let name = format!("{} {}", options.name, number + 1);
                    all.clips.push(one_clip(
                        item,
                        &KeypointOptions {
                            name: &name,
                            ..*options
                        },
                        &mut all.remarks,
                    )?);
                }
                return Ok(all);
            }
            if items.iter().all(|item| item.get("image_id").is_some()) && !items.is_empty() {
                return from_frames(&by_image(items), options);
            }
            // A list of people without anything that names a frame is one frame.
            if !items.is_empty() && items.iter().all(|item| item.get("box").is_some()) {
                return from_frames(std::slice::from_ref(document), options);
            }
            from_frames(items, options)
        }
        Value::Object(fields) => {
            if fields.contains_key("frames") {
                let mut all = Clips::default();
                all.clips
                    .push(one_clip(document, options, &mut all.remarks)?);
                return Ok(all);
            }
            let listed = ["instance_info", "predictions", "results", "images"]
                .iter()
                .find_map(|key| fields.get(*key)?.as_array());
            match listed {
                Some(frames) => from_frames(frames, options),
                None => from_frames(std::slice::from_ref(document), options),
            }
        }
        _ => Err(KeypointError::Unknown),
    }
}

/// A clip `{"frames": […]}`, whatever its frames look like.
fn one_clip(
    item: &Value,
    options: &KeypointOptions<'_>,
    remarks: &mut Remarks,
) -> Result<Clip, KeypointError> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let is_ours = item.get("clip").is_some()
        && item["frames"].as_array().is_some_and(|frames| {
            let numbers = |frame: &Value| frame.get(0)?.get(0).map(Value::is_array);
            frames
                .iter()
                .all(|frame| frame.is_null() || (frame.is_array() && numbers(frame) != Some(true)))
        });
    if is_ours {
        let clip = parse_clip(&item.to_string(), options.aspect);
        if !matches!(clip, Err(ClipError::Json { .. })) {
            return Ok(clip?);
        }
    }
    let frames = item["frames"].as_array().ok_or(KeypointError::Unknown)?;
    let number = |key: &str| item.get(key).and_then(Value::as_f64);
    let size = match (number("width"), number("height")) {
        (Some(width), Some(height)) if width > 0.0 && height > 0.0 => {
            Some([width as f32, height as f32])
        }
        _ => options.size,
    };
    let options = KeypointOptions {
        name: text("clip")
            .or_else(|| text("name"))
            .unwrap_or(options.name),
        aspect: number("aspect")
            .filter(|aspect| (0.1..=10.0).contains(aspect))
            .map_or(options.aspect, |aspect| aspect as f32),
        size,
    };
    let mut clips = from_frames(frames, &options)?;
    for text in clips.remarks.texts() {
        remarks.whole(text);
    }
    let mut clip = clips.clips.pop().ok_or(KeypointError::Unknown)?;
    clip.label = text("label").map(str::to_owned);
    clip.fps = number("fps").filter(|fps| (1.0..=240.0).contains(fps));
    Ok(clip)
}

/// Groups COCO's results by their picture. Pictures without anybody do not stand there; numbered ones are filled in.
fn by_image(items: &[Value]) -> Vec<Value> {
    let mut frames: Vec<(&Value, Vec<Value>)> = Vec::new();
    for item in items {
        match frames.last_mut() {
            Some((image, people)) if *image == &item["image_id"] => people.push(item.clone()),
            _ => frames.push((&item["image_id"], vec![item.clone()])),
        }
    }
    let mut filled = Vec::with_capacity(frames.len());
    let mut last = None;
    for (image, people) in frames {
        let number = frame_number(image);
        if let (Some(last), Some(number)) = (last, number) {
            filled.extend((last + 1..number).take(MAX_FRAMES).map(|_| Value::Null));
        }
        last = number.or(last);
        filled.push(Value::Array(people));
    }
    filled
}

/// The number of a frame: a number, or the digits of a name such as `12.jpg`.
fn frame_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(name) => {
            let stem = name
                .rsplit_once('.')
                .map_or(name.as_str(), |(stem, _)| stem);
            let digits = stem.trim_start_matches(|c: char| !c.is_ascii_digit());
            digits.parse().ok()
        }
        _ => None,
    }
}

/// The points of one frame: in the picture, and in metres.
type Frame = (Option<[Keypoint; 33]>, Option<[WorldPoint; 33]>);

fn from_frames(frames: &[Value], options: &KeypointOptions<'_>) -> Result<Clips, KeypointError> {
    if frames.len() > MAX_FRAMES {
        return Err(KeypointError::TooLong {
            frames: frames.len(),
            max: MAX_FRAMES,
        });
    }
    let mut follower = PersonFollower::default();
    let mut crowded = 0usize;
    let mut found: Vec<Frame> = Vec::with_capacity(frames.len());
    let mut known = false;
    for (number, frame) in frames.iter().enumerate() {
        let people = Person::all_of(frame).ok_or(KeypointError::Unknown)?;
        known |= !people.is_empty() || !frame.is_object();
        crowded += usize::from(people.len() > 1);
        found.push(match follower.choose(people) {
            None => (None, None),
            Some(person) => {
                let points = person.points.len();
                let keypoints =
                    skeleton::keypoints(&person.points).ok_or(KeypointError::Points {
                        frame: number,
                        points,
                    })?;
                (Some(keypoints), person.world)
            }
        });
    }
    if !known && !frames.iter().all(people::names_people) {
        return Err(KeypointError::Unknown);
    }
    let mut remarks = Remarks::default();
    if crowded > 0 {
        remarks.whole(format!("{crowded} frames show more than one person: the one nearest to the frame before is taken"));
    }
    let (points, world): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let in_px = points
        .iter()
        .flatten()
        .flatten()
        .any(|point: &Keypoint| point.x.max(point.y) > 4.0);
    if in_px && options.size.is_none() {
        remarks.whole("the points are in px and the size of the pictures is not known: only proportions are judged");
    }
    let mut poses: Vec<Option<Pose>> = poses(points, options.aspect, options.size);
    for (pose, world) in poses.iter_mut().zip(world) {
        if let Some(pose) = pose {
            pose.world = world;
        }
    }
    let clip = Clip::new(options.name, poses);
    Ok(Clips {
        clips: vec![clip],
        remarks,
    })
}

#[cfg(test)]
mod tests;
