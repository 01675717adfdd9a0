//! What happened in a recording, on its way into files: markers, angles, load.

use std::fmt::Write as _;

use super::{c3d::Analogue, storage::Series, trc::Markers};
use crate::{
    Stage, UnixMillis,
    fsr::{Divider, Sample, Side},
    pose::{Landmark, Pose},
    squat::{Angles, MAX_FRAMES},
};

/// Body height, metres, that positions from pictures are scaled to where the network gives no metres and nobody says how
/// tall the person is.
pub const HEIGHT: f64 = 1.7;
/// Hip to knee and knee to ankle over the height of the body (Winter, Biomechanics and Motor Control of Human Movement,
/// 4th ed., figure 4.1: 0.245 and 0.246).
const LEG_PER_HEIGHT: f64 = 0.491;
/// Points below this visibility are not written.
const MIN_VISIBILITY: f32 = 0.5;
/// A sample stands for its foot for so many sampling intervals.
const HOLD_INTERVALS: f64 = 3.0;

/// A frame of a camera.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain value")]
pub struct MotionFrame {
    /// When it was taken.
    pub at: UnixMillis,
    /// Who was seen.
    pub pose: Option<Pose>,
    /// Joint angles as they were judged.
    pub angles: Angles,
    /// Stage of the squat.
    pub stage: Stage,
    /// Depth, 0 standing to 1 deep.
    pub depth: Option<f64>,
}

/// A recording of a camera, of insoles, or of both.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a plain value")]
pub struct Motion {
    /// Frames in the order of time.
    pub frames: Vec<MotionFrame>,
    /// Samples in the order of time.
    pub samples: Vec<Sample>,
}

/// Where the origin of written markers is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Origin {
    /// On the ground between the ankles, frame by frame: the feet of a squat stay where they are.
    Feet,
    /// Between the hips, frame by frame: the ankles were mostly not seen.
    Hips,
}

impl Motion {
    /// When it begins.
    #[must_use]
    pub fn start(&self) -> Option<UnixMillis> {
        let frame = self.frames.first().map(|frame| frame.at);
        let sample = self.samples.first().map(|sample| sample.at);
        match (frame, sample) {
            (Some(frame), Some(sample)) => Some(frame.min(sample)),
            (one, other) => one.or(other),
        }
    }

    /// Frames a second: the inverse of the usual interval, as a whole number where it is nearly one.
    #[must_use]
    pub fn frame_rate(&self) -> Option<f64> {
        rate(self.frames.iter().map(|frame| frame.at))
    }

    /// Samples of a foot a second.
    #[must_use]
    pub fn sample_rate(&self) -> Option<f64> {
        let of = |side: Side| {
            self.samples
                .iter()
                .filter(move |sample| sample.side == side)
                .map(|sample| sample.at)
        };
        rate(of(Side::Left)).or_else(|| rate(of(Side::Right)))
    }

    fn seconds(&self, at: UnixMillis) -> f64 {
        self.start()
            .map_or(0.0, |start| at.since(start) as f64 / 1e3)
    }

    /// Returns the 33 points as markers at a constant rate, in metres with y up. They are the network's own metres where
    /// each frame has them; else positions in the picture's plane (z = 0), scaled so that the leg is as long as that of a
    /// person of `height` metres. `None` without frames.
    #[must_use]
    pub fn markers(&self, height: f64) -> Option<(Markers, Origin)> {
        let rate = self.frame_rate()?;
        let in_metres = self
            .frames
            .iter()
            .filter_map(|frame| frame.pose.as_ref())
            .all(|pose| pose.world.is_some());
        let scale = if in_metres { 1.0 } else { self.scale(height) };
        let placed: Vec<Option<Points>> = self
            .frames
            .iter()
            .map(|frame| {
                frame
                    .pose
                    .as_ref()
                    .map(|pose| points(pose, in_metres, scale))
            })
            .collect();
        let people = placed.iter().flatten().count();
        let standing = placed
            .iter()
            .flatten()
            .filter(|points| feet(points).is_some())
            .count();
        let origin = if standing * 2 >= people {
            Origin::Feet
        } else {
            Origin::Hips
        };
        let mut frames: Vec<Vec<Option<[f64; 3]>>> = Vec::new();
        for (frame, points) in self.frames.iter().zip(placed) {
            let place = (self.seconds(frame.at) * rate).round();
            if !(0.0..MAX_FRAMES as f64).contains(&place) {
                break;
            }
            let place = place as usize;
            if frames.len() <= place {
                frames.resize(place + 1, vec![None; 33]);
            }
            let zero = |points: &Points| match origin {
                Origin::Feet => feet(points),
                Origin::Hips => middle(points, Landmark::LeftHip, Landmark::RightHip),
            };
            if let Some((points, zero)) =
                points.and_then(|points| zero(&points).map(|zero| (points, zero)))
            {
                let moved = |point: [f64; 3]| std::array::from_fn(|axis| point[axis] - zero[axis]);
                frames[place] = points.map(|point| point.map(moved)).to_vec();
            }
        }
        let names = Landmark::ALL
            .map(|landmark| landmark.name().to_owned())
            .to_vec();
        Some((
            Markers {
                names,
                rate,
                frames,
            },
            origin,
        ))
    }

    /// Metres in a picture's height, by the length of the leg when it is longest, as in standing.
    fn scale(&self, height: f64) -> f64 {
        use Landmark::*;
        let mut legs: Vec<f64> = Vec::new();
        for pose in self.frames.iter().filter_map(|frame| frame.pose.as_ref()) {
            let points = points(pose, false, 1.0);
            for side in [
                [LeftHip, LeftKnee, LeftAnkle],
                [RightHip, RightKnee, RightAnkle],
            ] {
                let [hip, knee, ankle] = side.map(|landmark| points[landmark as usize]);
                if let (Some(hip), Some(knee), Some(ankle)) = (hip, knee, ankle) {
                    legs.push(distance(hip, knee) + distance(knee, ankle));
                }
            }
        }
        legs.sort_by(f64::total_cmp);
        let longest = legs
            .get(legs.len() * 19 / 20)
            .copied()
            .filter(|leg| *leg > 1e-6);
        longest.map_or(height, |leg| LEG_PER_HEIGHT * height / leg)
    }

    /// Returns the joint angles in degrees: `knee_angle_l`, `knee_angle_r`, `hip_flexion_l` and `hip_flexion_r` are 0 for a
    /// straight joint and grow as it bends, as in OpenSim's models; `trunk_lean` is from the vertical.
    #[must_use]
    pub fn angles(&self) -> Series {
        let bend = |straight: Option<f64>| straight.map(|angle| 180.0 - angle);
        let rows = self.frames.iter().map(|frame| {
            let angles = frame.angles;
            let values = vec![
                bend(angles.left_knee),
                bend(angles.right_knee),
                bend(angles.left_hip),
                bend(angles.right_hip),
                angles.trunk,
            ];
            (self.seconds(frame.at), values)
        });
        let columns = [
            "knee_angle_l",
            "knee_angle_r",
            "hip_flexion_l",
            "hip_flexion_r",
            "trunk_lean",
        ];
        Series {
            columns: columns.map(str::to_owned).to_vec(),
            rows: rows.collect(),
        }
    }

    /// Returns the load at the rate of the insoles: `left_1` to `right_6` in volts, or in per cent of the foot where there
    /// are no volts; `left_force` and `right_force`, without unit (see [`Divider`]); `left_share` in per cent of both.
    #[must_use]
    pub fn load(&self) -> Series {
        let mut columns: Vec<String> = Vec::new();
        for side in ["left", "right"] {
            columns.extend((1..=6).map(|sensor| format!("{side}_{sensor}")));
        }
        columns.extend(["left_force", "right_force", "left_share"].map(str::to_owned));
        let rows = self
            .held(self.sample_rate())
            .into_iter()
            .map(|(time, feet)| {
                let mut values: Vec<Option<f64>> = Vec::with_capacity(columns.len());
                for foot in &feet {
                    values.extend((0..6).map(|sensor| {
                        foot.map(|sample| sample.voltages.unwrap_or(sample.ratios)[sensor])
                    }));
                }
                let [left, right] = feet.map(|foot| {
                    Some(
                        Divider::default()
                            .forces(&foot?.voltages?)
                            .iter()
                            .sum::<f64>(),
                    )
                });
                let share = left.zip(right).filter(|(left, right)| left + right > 0.0);
                values.extend([
                    left,
                    right,
                    share.map(|(left, right)| 100.0 * left / (left + right)),
                ]);
                (time, values)
            });
        Series {
            rows: rows.collect(),
            columns: columns.clone(),
        }
    }

    /// Both feet at a constant rate, each with its last sample while that is fresh.
    fn held(&self, rate: Option<f64>) -> Vec<(f64, [Option<&Sample>; 2])> {
        let (Some(rate), Some(last)) = (rate, self.samples.last()) else {
            return Vec::new();
        };
        let hold = HOLD_INTERVALS / self.sample_rate().unwrap_or(rate);
        let mut feet: [Option<&Sample>; 2] = [None; 2];
        let mut samples = self.samples.iter().peekable();
        let count = ((self.seconds(last.at) * rate).round() as usize + 1).min(20 * MAX_FRAMES);
        let mut rows = Vec::with_capacity(count);
        for step in 0..count {
            let time = step as f64 / rate;
            while let Some(sample) =
                samples.next_if(|sample| self.seconds(sample.at) <= time + 0.5 / rate)
            {
                feet[usize::from(sample.side == Side::Right)] = Some(sample);
            }
            let fresh =
                feet.map(|foot| foot.filter(|sample| time - self.seconds(sample.at) <= hold));
            rows.push((time, fresh));
        }
        rows
    }

    /// Returns the load as analogue channels, a whole number of times a frame of `frame_rate`; `None` without samples.
    #[must_use]
    pub fn analogue(&self, frame_rate: f64) -> Option<Analogue> {
        let rate = self.sample_rate()?;
        let per_frame = ((rate / frame_rate).round() as usize).max(1);
        let mut names: Vec<String> = Vec::new();
        for side in ["left", "right"] {
            names.extend((1..=6).map(|sensor| format!("{side}_{sensor}")));
        }
        let in_volts = self.samples.iter().all(|sample| sample.voltages.is_some());
        let unit = if in_volts { "V" } else { "%" };
        let samples = self
            .held(Some(frame_rate * per_frame as f64))
            .into_iter()
            .map(|(_, feet)| {
                let values = |foot: &Option<&Sample>| {
                    foot.map_or([0.0; 6], |sample| {
                        sample
                            .voltages
                            .filter(|_| in_volts)
                            .unwrap_or(sample.ratios)
                    })
                };
                feet.iter().flat_map(values).collect()
            });
        Some(Analogue {
            units: vec![unit.to_owned(); names.len()],
            names,
            per_frame,
            samples: samples.collect(),
        })
    }

    /// Returns the frames as CSV: time, stage, depth, angles, and the 33 points as they were found. What is not known is a
    /// blank cell.
    #[must_use]
    pub fn frames_csv(&self) -> String {
        let mut text =
            "seconds,stage,depth,left_knee,right_knee,left_hip,right_hip,trunk".to_owned();
        for landmark in Landmark::ALL {
            let name = landmark.name();
            let _ = write!(text, ",{name}_x,{name}_y,{name}_z,{name}_visibility");
        }
        text.push('\n');
        for frame in &self.frames {
            let angles = frame.angles;
            let stage = serde_json::to_string(&frame.stage).unwrap_or_default();
            let _ = write!(
                text,
                "{:.3},{}",
                self.seconds(frame.at),
                stage.trim_matches('"')
            );
            for value in [
                frame.depth,
                angles.left_knee,
                angles.right_knee,
                angles.left_hip,
                angles.right_hip,
                angles.trunk,
            ] {
                match value {
                    Some(value) => {
                        let _ = write!(text, ",{value:.3}");
                    }
                    None => text.push(','),
                }
            }
            match &frame.pose {
                Some(pose) => {
                    for point in &pose.keypoints {
                        let _ = write!(
                            text,
                            ",{:.5},{:.5},{:.5},{:.3}",
                            point.x, point.y, point.z, point.visibility
                        );
                    }
                }
                None => text.push_str(&",".repeat(4 * 33)),
            }
            text.push('\n');
        }
        text
    }

    /// Returns the samples as CSV, in the form that [`table::read`](super::table::read) reads.
    #[must_use]
    pub fn samples_csv(&self) -> String {
        let volts = self.samples.iter().all(|sample| sample.voltages.is_some());
        let mut text = "seconds,side".to_owned();
        for kind in ["ratio"].into_iter().chain(volts.then_some("voltage")) {
            for sensor in 1..=6 {
                let _ = write!(text, ",{kind}{sensor}");
            }
        }
        text.push('\n');
        for sample in &self.samples {
            let side = match sample.side {
                Side::Left => "left",
                Side::Right => "right",
            };
            let _ = write!(text, "{:.3},{side}", self.seconds(sample.at));
            for value in sample
                .ratios
                .iter()
                .chain(sample.voltages.iter().filter(|_| volts).flatten())
            {
                let _ = write!(text, ",{value:.4}");
            }
            text.push('\n');
        }
        text
    }
}

/// The 33 points in metres with y up and z towards the viewer; `None` where not seen.
type Points = [Option<[f64; 3]>; 33];

fn points(pose: &Pose, in_metres: bool, scale: f64) -> Points {
    let world = pose.world.as_ref().filter(|_| in_metres);
    std::array::from_fn(|index| {
        let point = &pose.keypoints[index];
        if point.visibility < MIN_VISIBILITY {
            return None;
        }
        Some(match world {
            Some(world) => [world[index].x, -world[index].y, -world[index].z].map(f64::from),
            None => [
                f64::from(point.x * pose.aspect) * scale,
                f64::from(-point.y) * scale,
                0.0,
            ],
        })
    })
}

fn middle(points: &Points, left: Landmark, right: Landmark) -> Option<[f64; 3]> {
    let (left, right) = (points[left as usize]?, points[right as usize]?);
    Some(std::array::from_fn(|axis| {
        f64::midpoint(left[axis], right[axis])
    }))
}

/// The point on the ground between the ankles.
fn feet(points: &Points) -> Option<[f64; 3]> {
    use Landmark::*;
    let between = middle(points, LeftAnkle, RightAnkle)?;
    let soles = [
        LeftHeel,
        RightHeel,
        LeftFootIndex,
        RightFootIndex,
        LeftAnkle,
        RightAnkle,
    ];
    let ground = soles
        .iter()
        .filter_map(|landmark| points[*landmark as usize])
        .map(|point| point[1])
        .fold(f64::MAX, f64::min);
    Some([between[0], ground, between[2]])
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    square.sqrt()
}

/// The inverse of the median interval, rounded to a whole number when it is within 2 % of one.
fn rate(times: impl Iterator<Item = UnixMillis>) -> Option<f64> {
    let times: Vec<UnixMillis> = times.collect();
    let mut steps: Vec<i64> = times
        .windows(2)
        .map(|pair| pair[1].since(pair[0]))
        .filter(|step| *step > 0)
        .collect();
    if steps.is_empty() {
        return None;
    }
    steps.sort_unstable();
    let median = steps[steps.len() / 2];
    // Times are whole milliseconds: the mean of the intervals near the median is finer, and lost frames are not in it.
    let near = steps.iter().filter(|step| (**step - median).abs() <= 1);
    let (sum, count) = near.fold((0, 0), |(sum, count), step| (sum + step, count + 1));
    let step = sum as f64 / f64::from(count);
    let rate = 1e3 / step;
    let whole = rate.round();
    Some(if whole >= 1.0 && (rate - whole).abs() <= 0.02 * whole {
        whole
    } else {
        rate
    })
}

#[cfg(test)]
mod tests;
