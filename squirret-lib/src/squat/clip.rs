//! Recorded keypoints: one clip a line of JSON, as the public squat data sets hold them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};

use crate::pose::{Keypoint, Landmark, Pose};

/// Frames in a clip at most: two hours at 60 a second.
pub(crate) const MAX_FRAMES: usize = 432_000;

/// Frames a second that a clip may state.
const FPS: std::ops::RangeInclusive<f64> = 1.0..=240.0;
/// Width over height that a clip may state.
const ASPECT: std::ops::RangeInclusive<f32> = 0.1..=10.0;
/// Coordinates beyond this are px and not fractions of the picture's sides: nobody stands that far outside of it.
const FRACTION_MAX: f32 = 4.0;

/// A recorded clip.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Clip {
    /// Its name.
    pub name: String,
    /// What people said of it, such as `valid` or `invalid`.
    pub label: Option<String>,
    /// Frames a second, 1 to 240, when the file states it.
    pub fps: Option<f64>,
    /// Frame by frame; `None` where nobody was found.
    pub frames: Vec<Option<Pose>>,
}

impl Clip {
    /// Returns a clip without a label whose rate is not known.
    #[must_use]
    pub fn new(name: &str, frames: Vec<Option<Pose>>) -> Self {
        Self {
            name: name.to_owned(),
            label: None,
            fps: None,
            frames,
        }
    }
}

/// Why a line is no clip.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClipError {
    /// Not the JSON that it should be.
    #[error(
        "a clip must be {{\"clip\", \"label\"?, \"fps\"?, \"aspect\"?, \"frames\": [33 points [x, y, z, visibility], or 17 points [x, y, score], or null]}}: {source}"
    )]
    Json {
        /// Where and why.
        source: serde_json::Error,
    },
    /// Too long.
    #[error("a clip may have {max} frames, this one has {frames}")]
    TooLong {
        /// How many.
        frames: usize,
        /// How many may be.
        max: usize,
    },
    /// A frame with another number of points.
    #[error("frame {frame} must have 33 points (MediaPipe) or 17 points (COCO), has {points}")]
    Points {
        /// Which, from 0.
        frame: usize,
        /// How many.
        points: usize,
    },
    /// A stated number is out of range.
    #[error("{field} must be {rule}, is {value}")]
    Field {
        /// Which key.
        field: &'static str,
        /// What must hold.
        rule: &'static str,
        /// What stands there.
        value: f64,
    },
}

#[derive(Deserialize)]
struct Line {
    clip: serde_json::Value,
    label: Option<String>,
    fps: Option<f64>,
    aspect: Option<f32>,
    width: Option<f32>,
    height: Option<f32>,
    frames: Vec<Option<Vec<Numbers>>>,
}

/// The two to four numbers of a point.
struct Numbers([f32; 4], usize);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Point;
        impl<'de> Visitor<'de> for Point {
            type Value = Numbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a point of two to four numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Numbers, A::Error> {
                let mut numbers = Numbers([0.0; 4], 0);
                while let Some(number) = seq.next_element::<Option<f32>>()? {
                    let Some(place) = numbers.0.get_mut(numbers.1) else {
                        return Err(A::Error::invalid_length(numbers.1 + 1, &self));
                    };
                    // JSON has no NaN: writers put null where a point was not found.
                    *place = number.unwrap_or(f32::NAN);
                    numbers.1 += 1;
                }
                if numbers.1 < 2 {
                    return Err(A::Error::invalid_length(numbers.1, &self));
                }
                Ok(numbers)
            }
        }
        deserializer.deserialize_seq(Point)
    }
}

impl Numbers {
    /// A point of one of `points`: the third of three numbers is COCO's score.
    fn keypoint(&self) -> Keypoint {
        let Self([x, y, third, fourth], count) = *self;
        let (z, visibility) = match count {
            2 => (0.0, 1.0),
            3 => (0.0, third),
            _ => (third, fourth),
        };
        let keypoint = Keypoint {
            x,
            y,
            z,
            visibility,
        };
        // What was not found is 0, 0 or null.
        let is_found = x.is_finite() && y.is_finite() && (x, y) != (0.0, 0.0);
        if is_found && visibility.is_finite() {
            keypoint
        } else if x.is_finite() && y.is_finite() {
            Keypoint {
                visibility: 0.0,
                z: if z.is_finite() { z } else { 0.0 },
                ..keypoint
            }
        } else {
            Keypoint::default()
        }
    }
}

/// Reads a line `{"clip": name, "label": text, "fps": number, "aspect": number, "frames": […]}`. A frame is `null` where
/// nobody was found, MediaPipe's 33 points `[x, y, z, visibility]`, or COCO's 17 points `[x, y, score]`, `[x, y]` or
/// `[x, y, z, score]`; x and y are in units of the picture's width and height. They may be px: then `width` and `height`
/// say the size of the picture, and without them only the proportions of the body are kept. A frame whose numbers are all
/// zero shows nobody.
///
/// `aspect` is the width of the pictures over their height for clips that do not state it.
///
/// # Errors
/// [`ClipError`] when it is something else.
///
/// ```
/// let clip = squirret::squat::parse_clip(r#"{"clip": "a", "fps": 12.5, "frames": [null]}"#, 1.0)?;
/// assert_eq!((clip.fps, clip.frames), (Some(12.5), vec![None]));
/// # Ok::<(), squirret::squat::ClipError>(())
/// ```
pub fn parse_clip(line: &str, aspect: f32) -> Result<Clip, ClipError> {
    let line: Line = serde_json::from_str(line.trim_start_matches('\u{feff}'))
        .map_err(|source| ClipError::Json { source })?;
    if line.frames.len() > MAX_FRAMES {
        return Err(ClipError::TooLong {
            frames: line.frames.len(),
            max: MAX_FRAMES,
        });
    }
    let fps = within("fps", line.fps, &FPS, "1 to 240")?;
    let aspect = within("aspect", line.aspect, &ASPECT, "0.1 to 10")?.unwrap_or(aspect);
    let size = match (line.width, line.height) {
        (Some(width), Some(height)) => {
            within("width", Some(width), &(1.0..=1e5), "1 to 100000")?;
            within("height", Some(height), &(1.0..=1e5), "1 to 100000")?;
            Some([width, height])
        }
        _ => None,
    };
    let mut frames = Vec::with_capacity(line.frames.len());
    for (frame, points) in line.frames.iter().enumerate() {
        frames.push(match points {
            None => None,
            Some(points) => Some(skeleton(points).ok_or(ClipError::Points {
                frame,
                points: points.len(),
            })?),
        });
    }
    let name = line
        .clip
        .as_str()
        .map_or_else(|| line.clip.to_string(), str::to_owned);
    Ok(Clip {
        name,
        label: line.label,
        fps,
        frames: poses(frames, aspect, size),
    })
}

fn within<T: PartialOrd + Copy + Into<f64>>(
    field: &'static str,
    value: Option<T>,
    range: &std::ops::RangeInclusive<T>,
    rule: &'static str,
) -> Result<Option<T>, ClipError> {
    match value {
        Some(value) if !range.contains(&value) => Err(ClipError::Field {
            field,
            rule,
            value: value.into(),
        }),
        value => Ok(value),
    }
}

fn skeleton(points: &[Numbers]) -> Option<[Keypoint; 33]> {
    let mut keypoints = [Keypoint::default(); 33];
    match points.len() {
        33 if points.iter().all(|point| point.1 == 4) => {
            for (keypoint, point) in keypoints.iter_mut().zip(points) {
                *keypoint = point.keypoint();
            }
        }
        17 => {
            for (landmark, point) in Landmark::COCO17.into_iter().zip(points) {
                keypoints[landmark as usize] = point.keypoint();
            }
        }
        _ => return None,
    }
    Some(keypoints)
}

/// Makes poses of points that are fractions of a picture's sides or px. Px become fractions of `size`, or, when it is not
/// known, of a square that holds all of them, so that the proportions stay. Frames without any point are `None`.
pub(crate) fn poses(
    frames: Vec<Option<[Keypoint; 33]>>,
    aspect: f32,
    size: Option<[f32; 2]>,
) -> Vec<Option<Pose>> {
    let seen = |point: &&Keypoint| (point.x, point.y) != (0.0, 0.0);
    let reach = frames
        .iter()
        .flatten()
        .flatten()
        .filter(seen)
        .fold([0.0f32; 2], |[x, y], point| {
            [x.max(point.x.abs()), y.max(point.y.abs())]
        });
    let largest = reach[0].max(reach[1]);
    let (units, aspect) = match size {
        _ if largest <= FRACTION_MAX => ([1.0; 2], aspect),
        Some([width, height]) => ([width, height], width / height),
        None => ([largest; 2], 1.0),
    };
    let pose = |mut points: [Keypoint; 33]| {
        for point in &mut points {
            point.x /= units[0];
            point.y /= units[1];
            point.z /= units[0];
        }
        let somebody = points.iter().any(|point| {
            [point.x, point.y, point.z, point.visibility]
                .iter()
                .any(|number| *number != 0.0)
        });
        somebody.then(|| Pose::new(points, aspect))
    };
    frames
        .into_iter()
        .map(|frame| frame.and_then(pose))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Landmark::{LeftEye, LeftShoulder, Nose, RightAnkle};

    fn line(points: usize, point: &str) -> String {
        let points = vec![point; points].join(",");
        format!(r#"{{"clip":"a","label":"valid","frames":[[{points}]]}}"#)
    }

    #[test]
    fn a_frame_of_zeros_or_null_shows_nobody() {
        let nobody = |text: &str| assert_eq!(parse_clip(text, 1.0).unwrap().frames, [None]);
        nobody(&line(33, "[0,0,0,0]"));
        nobody(&line(17, "[0,0,0]"));
        nobody(&line(17, "[null,null,null]"));
        nobody(r#"{"clip":"a","frames":[null]}"#);
        let clip = parse_clip(&format!("\u{feff}{}", line(33, "[0.5,0.5,0,0.5]")), 1.0).unwrap();
        assert_eq!(
            (clip.name.as_str(), clip.label.as_deref()),
            ("a", Some("valid"))
        );
        assert_eq!(clip.frames[0].as_ref().unwrap().keypoints[32].x, 0.5);
    }

    #[test]
    fn seventeen_points_are_coco_s() {
        let text = r#"{"clip":1,"frames":[[[0.5,0.1,0.9],[0,0,0],[0,0],[0,0],[0,0],[0.4,0.2],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0.6,0.9,-0.1,0.7]]]}"#;
        let clip = parse_clip(text, 2.0).unwrap();
        let pose = clip.frames[0].as_ref().unwrap();
        assert_eq!(
            (pose.get(Nose).visibility, pose.get(LeftEye).visibility),
            (0.9, 0.0)
        );
        assert_eq!(
            (pose.get(LeftShoulder).x, pose.get(LeftShoulder).visibility),
            (0.4, 1.0)
        );
        assert_eq!(
            (pose.get(RightAnkle).z, pose.get(RightAnkle).visibility),
            (-0.1, 0.7)
        );
        assert_eq!(
            (pose.aspect, pose.get(Landmark::LeftHeel).visibility),
            (2.0, 0.0)
        );
    }

    #[test]
    fn px_become_fractions_of_the_picture() {
        let of = |extra: &str| {
            let text = line(17, "[320,240,1]").replace("\"label\"", &format!("{extra}\"label\""));
            let clip = parse_clip(&text, 0.5).unwrap();
            let pose = clip.frames[0].clone().unwrap();
            (pose.get(Nose).x, pose.get(Nose).y, pose.aspect)
        };
        assert_eq!(of("\"width\":640,\"height\":480,"), (0.5, 0.5, 4.0 / 3.0));
        assert_eq!(of(""), (1.0, 0.75, 1.0));
    }

    #[test]
    fn a_clip_states_its_own_rate_and_shape() {
        let text =
            line(33, "[0.5,0.5,0,1]").replace("\"label\"", "\"fps\":10,\"aspect\":0.6,\"label\"");
        let clip = parse_clip(&text, 1.0).unwrap();
        assert_eq!(
            (clip.fps, clip.frames[0].as_ref().unwrap().aspect),
            (Some(10.0), 0.6)
        );
        let refused = parse_clip(&text.replace("10", "0"), 1.0).unwrap_err();
        assert_eq!(refused.to_string(), "fps must be 1 to 240, is 0");
    }

    #[test]
    fn a_frame_must_have_its_points() {
        for (text, points) in [
            (line(32, "[0.5,0.5,0,1]"), 32),
            (line(33, "[0.5,0.5,0]"), 33),
        ] {
            let error = parse_clip(&text, 1.0).unwrap_err();
            assert!(
                matches!(error, ClipError::Points { frame: 0, points: found } if found == points),
                "{error}"
            );
        }
        assert!(matches!(parse_clip("{}", 1.0), Err(ClipError::Json { .. })));
        assert!(matches!(
            parse_clip(&line(33, "[1]"), 1.0),
            Err(ClipError::Json { .. })
        ));
        assert!(matches!(
            parse_clip(&line(33, "[1,1,1,1,1]"), 1.0),
            Err(ClipError::Json { .. })
        ));
    }
}
