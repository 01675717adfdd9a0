//! TRC: positions of markers over time, as OpenSim, Sports2D and Pose2Sim write and read them.
//!
//! The writer follows what OpenSim 4.6 accepts: `Frame#` from 1, a constant `DataRate`, metres, and the word `NaN` for a
//! marker that was not seen.

use std::fmt::Write as _;

use crate::{
    pose::{Keypoint, Landmark, Pose, WorldPoint},
    squat::{Clip, MAX_FRAMES},
};

/// Positions of named markers at a constant rate.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a table of numbers")]
pub struct Markers {
    /// Names of the markers.
    pub names: Vec<String>,
    /// Frames a second.
    pub rate: f64,
    /// Frame by frame the position of each marker in the order of the names, in metres: x to the right, y up, z towards
    /// the viewer; `None` where it was not seen.
    pub frames: Vec<Vec<Option<[f64; 3]>>>,
}

/// Why a TRC file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrcError {
    /// Its first lines are not those of a TRC file.
    #[error("it is no TRC file: {0}")]
    Header(&'static str),
    /// A cell is no number.
    #[error("line {line}: {column} must be a number or blank, is {text:?}")]
    Cell {
        /// Line, from 1.
        line: usize,
        /// Which column.
        column: String,
        /// What stands there, at most 40 characters.
        text: String,
    },
    /// Too long.
    #[error("it has more than {max} frames")]
    TooLong {
        /// How many may be.
        max: usize,
    },
    /// Its markers are not those of a body.
    #[error(
        "it has no markers of hips, knees and ankles (such as RHip, RKnee, RAnkle), only {found}"
    )]
    NoBody {
        /// Names of its markers, shortened.
        found: String,
    },
}

/// Writes a TRC file named `name`.
///
/// ```
/// use squirret::formats::trc::{self, Markers};
///
/// let markers = Markers {
///     names: vec!["left_hip".into(), "left_knee".into()],
///     rate: 30.0,
///     frames: vec![vec![Some([0.0, 0.9, 0.0]), None]],
/// };
/// let text = trc::write("squat.trc", &markers);
/// assert!(text.ends_with("1\t0.000000\t0.000000\t0.900000\t0.000000\tNaN\tNaN\tNaN\n"));
/// let read = trc::read(&text)?;
/// assert_eq!(read.frames, markers.frames);
/// # Ok::<(), trc::TrcError>(())
/// ```
#[must_use]
pub fn write(name: &str, markers: &Markers) -> String {
    let (rate, frames, count) = (markers.rate, markers.frames.len(), markers.names.len());
    let mut text = format!(
        "PathFileType\t4\t(X/Y/Z)\t{name}\n\
         DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n\
         {rate}\t{rate}\t{frames}\t{count}\tm\t{rate}\t1\t{frames}\n\
         Frame#\tTime"
    );
    for name in &markers.names {
        let _ = write!(text, "\t{name}\t\t");
    }
    text.push_str("\n\t");
    for number in 1..=count {
        let _ = write!(text, "\tX{number}\tY{number}\tZ{number}");
    }
    text.push_str("\n\n");
    for (number, frame) in markers.frames.iter().enumerate() {
        let _ = write!(text, "{}\t{:.6}", number + 1, number as f64 / rate);
        for point in frame {
            match point {
                Some([x, y, z]) => {
                    let _ = write!(text, "\t{x:.6}\t{y:.6}\t{z:.6}");
                }
                None => text.push_str("\tNaN\tNaN\tNaN"),
            }
        }
        text.push('\n');
    }
    text
}

/// Reads a TRC file. Positions come in metres whatever their unit was; a blank or `NaN` marker was not seen.
///
/// # Errors
/// [`TrcError`].
pub fn read(text: &str) -> Result<Markers, TrcError> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.starts_with("PathFileType") {
        return Err(TrcError::Header("it does not begin with PathFileType"));
    }
    let mut lines = (1..).zip(text.lines());
    let mut next = |rule| lines.next().ok_or(TrcError::Header(rule));
    next("PathFileType")?;
    let keys = next("the names of its data rate are missing")?.1;
    let values = next("its data rate is missing")?.1;
    let names = next("the names of its markers are missing")?.1;
    next("the names of its columns are missing")?;
    let field = |key: &str| {
        let place = keys.split('\t').position(|other| other.trim() == key)?;
        Some(values.split('\t').nth(place)?.trim())
    };
    let rate: f64 = field("DataRate")
        .and_then(|rate| rate.parse().ok())
        .filter(|rate| (0.01..=100_000.0).contains(rate))
        .ok_or(TrcError::Header("DataRate must be a positive number"))?;
    let metres = match field("Units").unwrap_or("mm") {
        "m" => 1.0,
        "cm" => 0.01,
        _ => 0.001,
    };
    let names: Vec<String> = names
        .split('\t')
        .skip(2)
        .step_by(3)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let mut frames = Vec::new();
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        if frames.len() == MAX_FRAMES {
            return Err(TrcError::TooLong { max: MAX_FRAMES });
        }
        frames.push(frame(line, row, &names, metres)?);
    }
    Ok(Markers {
        names,
        rate,
        frames,
    })
}

fn frame(
    line: usize,
    row: &str,
    names: &[String],
    metres: f64,
) -> Result<Vec<Option<[f64; 3]>>, TrcError> {
    let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
    let number = |index: usize, name: &str| -> Result<Option<f64>, TrcError> {
        let cell = cells.get(index).copied().unwrap_or_default();
        if cell.is_empty() {
            return Ok(None);
        }
        let value = cell.parse::<f64>().map_err(|_| TrcError::Cell {
            line,
            column: name.to_owned(),
            text: cell.chars().take(40).collect(),
        })?;
        Ok(value.is_finite().then_some(value * metres))
    };
    let mut points = Vec::with_capacity(names.len());
    for (marker, name) in names.iter().enumerate() {
        let first = 2 + marker * 3;
        let place = [
            number(first, name)?,
            number(first + 1, name)?,
            number(first + 2, name)?,
        ];
        points.push(match place {
            [Some(x), Some(y), Some(z)] => Some([x, y, z]),
            _ => None,
        });
    }
    Ok(points)
}

/// Names of markers, in small letters without separators, of Sports2D, Pose2Sim and OpenPose models, and our own.
const MARKERS: &[(Landmark, &[&str])] = {
    use Landmark::*;
    &[
        (Nose, &["nose", "head"]),
        (LeftEye, &["lefteye", "leye"]),
        (RightEye, &["righteye", "reye"]),
        (LeftEar, &["leftear", "lear"]),
        (RightEar, &["rightear", "rear"]),
        (LeftShoulder, &["leftshoulder", "lshoulder"]),
        (RightShoulder, &["rightshoulder", "rshoulder"]),
        (LeftElbow, &["leftelbow", "lelbow"]),
        (RightElbow, &["rightelbow", "relbow"]),
        (LeftWrist, &["leftwrist", "lwrist"]),
        (RightWrist, &["rightwrist", "rwrist"]),
        (LeftHip, &["lefthip", "lhip"]),
        (RightHip, &["righthip", "rhip"]),
        (LeftKnee, &["leftknee", "lknee"]),
        (RightKnee, &["rightknee", "rknee"]),
        (LeftAnkle, &["leftankle", "lankle"]),
        (RightAnkle, &["rightankle", "rankle"]),
        (LeftHeel, &["leftheel", "lheel"]),
        (RightHeel, &["rightheel", "rheel"]),
        (
            LeftFootIndex,
            &["leftfootindex", "lbigtoe", "leftbigtoe", "ltoe"],
        ),
        (
            RightFootIndex,
            &["rightfootindex", "rbigtoe", "rightbigtoe", "rtoe"],
        ),
    ]
};

/// Makes a clip of markers, seen along the z axis: what lies on the x–y plane is judged. The points in metres go with it,
/// with their origin between the hips.
///
/// # Errors
/// [`TrcError::NoBody`] unless shoulders or hips, knees and ankles of a side are among the markers.
pub fn to_clip(name: &str, markers: &Markers) -> Result<Clip, TrcError> {
    let place = |names: &[&str]| {
        markers.names.iter().position(|marker| {
            let plain: String = marker
                .to_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            names.contains(&plain.as_str())
        })
    };
    let mut places = [None; 33];
    for (landmark, names) in MARKERS {
        places[*landmark as usize] = place(names);
    }
    let has = |landmark: Landmark| places[landmark as usize].is_some();
    let sides = {
        use Landmark::*;
        [
            [LeftHip, LeftKnee, LeftAnkle],
            [RightHip, RightKnee, RightAnkle],
        ]
    };
    if !sides
        .iter()
        .any(|side| side.iter().all(|landmark| has(*landmark)))
    {
        let found: String = markers.names.join(", ").chars().take(80).collect();
        return Err(TrcError::NoBody { found });
    }
    // A square picture that holds all positions, with y down.
    let all = || markers.frames.iter().flatten().flatten();
    let bound = |axis: usize, pick: fn(f64, f64) -> f64, start: f64| {
        all().map(|point| point[axis]).fold(start, pick)
    };
    let (left, right) = (bound(0, f64::min, f64::MAX), bound(0, f64::max, f64::MIN));
    let (low, high) = (bound(1, f64::min, f64::MAX), bound(1, f64::max, f64::MIN));
    // A margin keeps points at the edge inside of the picture.
    let side = ((right - left).max(high - low) * 1.1).max(1e-6);
    let (x0, y0) = (
        f64::midpoint(left, right) - side / 2.0,
        f64::midpoint(low, high) + side / 2.0,
    );
    let frames = markers.frames.iter().map(|frame| {
        let point = |index: usize| places[index].and_then(|place| *frame.get(place)?);
        let keypoints = std::array::from_fn(|index| match point(index) {
            Some([x, y, z]) => Keypoint {
                x: ((x - x0) / side) as f32,
                y: ((y0 - y) / side) as f32,
                z: (-z / side) as f32,
                visibility: 1.0,
            },
            None => Keypoint::default(),
        });
        let somebody = (0..33).any(|index| point(index).is_some());
        somebody.then(|| {
            let mut pose = Pose::new(keypoints, 1.0);
            pose.world = world(&point);
            pose
        })
    });
    let mut clip = Clip::new(name, frames.collect());
    clip.fps = (1.0..=240.0)
        .contains(&markers.rate)
        .then_some(markers.rate);
    Ok(clip)
}

/// Points in metres with their origin between the hips, y down and z away; `None` unless both hips were seen.
fn world(point: &dyn Fn(usize) -> Option<[f64; 3]>) -> Option<[WorldPoint; 33]> {
    let left = point(Landmark::LeftHip as usize)?;
    let right = point(Landmark::RightHip as usize)?;
    let middle: [f64; 3] = std::array::from_fn(|axis| f64::midpoint(left[axis], right[axis]));
    Some(std::array::from_fn(|index| {
        point(index).map_or_else(WorldPoint::default, |place| WorldPoint {
            x: (place[0] - middle[0]) as f32,
            y: (middle[1] - place[1]) as f32,
            z: (middle[2] - place[2]) as f32,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sports2d_s_files_are_read() {
        let text = "PathFileType\t4\t(X/Y/Z)\tdemo_m_person00.trc\n\
            DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n\
            25.0\t25.0\t2\t4\tm\t25.0\t0\t2\n\
            Frame#\tTime\tHip\t\t\tRHip\t\t\tRKnee\t\t\tRAnkle\t\t\n\
            \t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\tX4\tY4\tZ4\n\
            0\t0.0\t1.0\t0.9\t0.0\t1.0\t0.9\t0.0\t1.1\t0.5\t0.0\t1.0\t0.1\t0.0\n\
            1\t0.04\t1.0\t0.9\t0.0\t1.0\t0.9\t0.0\t\t\t\t1.0\t0.1\t0.0\n";
        let markers = read(text).unwrap();
        assert_eq!(
            (markers.rate, markers.frames.len(), markers.frames[1][2]),
            (25.0, 2, None)
        );
        let clip = to_clip("demo", &markers).unwrap();
        assert_eq!(clip.fps, Some(25.0));
        let pose = clip.frames[0].as_ref().unwrap();
        let angle = pose
            .angle(
                Landmark::RightHip,
                Landmark::RightKnee,
                Landmark::RightAnkle,
            )
            .unwrap();
        assert!((angle - 151.93).abs() < 0.01, "{angle}");
        assert!(pose.get(Landmark::RightHip).y < pose.get(Landmark::RightAnkle).y);
        assert_eq!(
            clip.frames[1]
                .as_ref()
                .unwrap()
                .get(Landmark::RightKnee)
                .visibility,
            0.0
        );
    }

    #[test]
    fn what_is_no_trc_or_no_body_is_refused() {
        assert!(
            read("seconds,side")
                .unwrap_err()
                .to_string()
                .contains("PathFileType")
        );
        assert!(read("PathFileType\n").is_err());
        let markers = Markers {
            names: vec!["a".into()],
            rate: 1.0,
            frames: vec![],
        };
        assert!(
            to_clip("a", &markers)
                .unwrap_err()
                .to_string()
                .contains("only a")
        );
        let text = write(
            "a",
            &Markers {
                frames: vec![vec![Some([1.0; 3])]],
                ..markers
            },
        )
        .replace("1.000000\n", "x\n");
        assert_eq!(
            read(&text).unwrap_err().to_string(),
            "line 7: a must be a number or blank, is \"x\""
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(lines in proptest::collection::vec("[0-9.a-zA-Z#\t-]{0,30}", 0..9)) {
            let text = format!("PathFileType\t4\nDataRate\tUnits\n30\tm\n{}", lines.join("\n"));
            if let Ok(markers) = read(&text) {
                let _ = to_clip("any", &markers);
            }
        }
    }
}
