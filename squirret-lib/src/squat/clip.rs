//! Recorded keypoints: one clip a line of JSON, as the public squat data sets hold them.

use serde::Deserialize;

use crate::pose::{Keypoint, Pose};

/// Frames in a clip at most: two hours at 60 a second.
const MAX_FRAMES: usize = 432_000;

/// A recorded clip.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Clip {
    /// Its name.
    pub name: String,
    /// What people said of it, such as `valid` or `invalid`.
    pub label: Option<String>,
    /// Frame by frame; `None` where nobody was found.
    pub frames: Vec<Option<Pose>>,
}

/// Why a line is no clip.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClipError {
    /// Not the JSON that it should be.
    #[error(
        "a clip must be {{\"clip\", \"label\"?, \"frames\": [33 x [x, y, z, visibility]]}}: {source}"
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
    /// A frame without its 33 points.
    #[error("frame {frame} must have 33 points, has {points}")]
    Points {
        /// Which, from 0.
        frame: usize,
        /// How many.
        points: usize,
    },
}

#[derive(Deserialize)]
struct Line {
    clip: serde_json::Value,
    label: Option<String>,
    frames: Vec<Vec<[f32; 4]>>,
}

/// Reads a line `{"clip": name, "label": text, "frames": [[33 × [x, y, z, visibility]]]}`: MediaPipe's points, x and y in
/// units of the picture's width and height. A frame whose numbers are all zero shows nobody. `aspect` is the width of
/// the pictures over their height.
///
/// # Errors
/// [`ClipError`] when it is something else.
pub fn parse_clip(line: &str, aspect: f32) -> Result<Clip, ClipError> {
    let Line {
        clip,
        label,
        frames,
    } = serde_json::from_str(line).map_err(|source| ClipError::Json { source })?;
    if frames.len() > MAX_FRAMES {
        return Err(ClipError::TooLong {
            frames: frames.len(),
            max: MAX_FRAMES,
        });
    }
    let frames = frames
        .iter()
        .enumerate()
        .map(|(frame, points)| {
            let points: &[[f32; 4]; 33] =
                points
                    .as_slice()
                    .try_into()
                    .map_err(|_| ClipError::Points {
                        frame,
                        points: points.len(),
                    })?;
            let somebody = points.iter().flatten().any(|&number| number != 0.0);
            Ok(somebody.then(|| Pose::new(points.map(keypoint), aspect)))
        })
        .collect::<Result<_, ClipError>>()?;
    let name = clip
        .as_str()
        .map_or_else(|| clip.to_string(), str::to_owned);
    Ok(Clip {
        name,
        label,
        frames,
    })
}

fn keypoint([x, y, z, visibility]: [f32; 4]) -> Keypoint {
    Keypoint {
        x,
        y,
        z,
        visibility,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: usize, value: f32) -> String {
        let point = format!("[{value},{value},0,{value}]");
        format!(
            r#"{{"clip":"a","label":"valid","frames":[[{}]]}}"#,
            vec![point; points].join(",")
        )
    }

    #[test]
    fn a_frame_of_zeros_shows_nobody() {
        assert_eq!(parse_clip(&line(33, 0.0), 1.0).unwrap().frames, [None]);
        let clip = parse_clip(&line(33, 0.5), 1.0).unwrap();
        assert_eq!(
            (clip.name.as_str(), clip.label.as_deref()),
            ("a", Some("valid"))
        );
        assert_eq!(clip.frames[0].as_ref().unwrap().keypoints[32].x, 0.5);
    }

    #[test]
    fn a_frame_must_have_its_points() {
        assert!(matches!(
            parse_clip(&line(32, 0.5), 1.0),
            Err(ClipError::Points {
                frame: 0,
                points: 32
            })
        ));
        assert!(matches!(parse_clip("{}", 1.0), Err(ClipError::Json { .. })));
    }
}
