use super::*;
use crate::{
    formats::table::{self, TableMap},
    sim::{Angle, Plan, Squatter},
};

fn squatter() -> Squatter {
    let plan = Plan {
        reps: Some(2),
        ..Plan::default()
    };
    Squatter::new(plan, 3)
}

fn filmed(seconds: f64) -> Motion {
    let squatter = squatter();
    let frames = (0..(seconds * 30.0) as u32).map(|frame| {
        let time = f64::from(frame) / 30.0;
        MotionFrame {
            at: UnixMillis(5_000 + (time * 1e3).round() as i64),
            pose: Some(squatter.pose(Angle::Front, 0.5625, 0.0, time)),
            angles: Angles::default(),
            stage: Stage::Standing,
            depth: None,
        }
    });
    Motion {
        frames: frames.collect(),
        samples: Vec::new(),
    }
}

#[test]
fn feet_stay_on_the_ground_and_the_person_is_as_tall_as_said() {
    let (markers, origin) = filmed(10.0).markers(1.8).unwrap();
    assert_eq!(
        (markers.rate, markers.frames.len(), origin),
        (30.0, 300, Origin::Feet)
    );
    let at = |frame: usize, landmark: Landmark| markers.frames[frame][landmark as usize].unwrap();
    let standing = at(0, Landmark::Nose)[1];
    assert!((1.4..1.9).contains(&standing), "{standing}");
    let lowest = markers
        .frames
        .iter()
        .map(|frame| frame[Landmark::Nose as usize].unwrap()[1])
        .fold(f64::MAX, f64::min);
    assert!(lowest < standing - 0.2, "{lowest} {standing}");
    for frame in [0, 100, 200] {
        let heel = at(frame, Landmark::LeftHeel)[1];
        assert!((0.0..0.1).contains(&heel), "{heel}");
    }
}

#[test]
fn a_lost_frame_and_a_point_that_was_not_seen_are_missing_and_nothing_moves() {
    let mut motion = filmed(2.0);
    motion.frames.remove(10);
    motion.frames[20].pose.as_mut().unwrap().keypoints[0].visibility = 0.1;
    motion.frames[30].pose = None;
    let (markers, _) = motion.markers(HEIGHT).unwrap();
    assert_eq!(markers.frames.len(), 60);
    assert!(markers.frames[10].iter().all(Option::is_none));
    assert!(markers.frames[21][0].is_none() && markers.frames[21][1].is_some());
    assert!(markers.frames[31].iter().all(Option::is_none));
    assert!(markers.frames[11][0].is_some());
}

#[test]
fn samples_come_back_from_their_table() {
    let squatter = squatter();
    let samples = (0..100_i32).flat_map(|step| {
        let time = f64::from(step) / 50.0;
        let at = UnixMillis(7_000 + i64::from(step) * 20);
        Side::BOTH.map(|side| squatter.sample(side, time, at))
    });
    let motion = Motion {
        frames: Vec::new(),
        samples: samples.collect(),
    };
    assert_eq!(motion.sample_rate(), Some(50.0));
    let read = table::read(motion.samples_csv().as_bytes(), &TableMap::default()).unwrap();
    assert_eq!(read.parts[0].len(), 200);
    let volts = |sample: &Sample| sample.voltages.unwrap();
    let differs = |a: [f64; 6], b: [f64; 6]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-4);
    assert!(
        !read.parts[0]
            .iter()
            .zip(&motion.samples)
            .any(|(a, b)| differs(volts(a), volts(b)))
    );

    let load = motion.load();
    assert_eq!((load.columns.len(), load.rows.len()), (15, 100));
    let (time, values) = &load.rows[50];
    assert_eq!(*time, 1.0);
    assert_eq!(values[0], Some(volts(&motion.samples[100])[0]));
    assert!((30.0..70.0).contains(&values[14].unwrap()));
    let analogue = motion.analogue(25.0).unwrap();
    assert_eq!(
        (
            analogue.per_frame,
            analogue.samples.len(),
            analogue.units[0].as_str()
        ),
        (2, 100, "V")
    );
}

#[test]
fn frames_are_a_table_with_a_column_for_each_number() {
    let mut motion = filmed(0.1);
    motion.frames[1].pose = None;
    motion.frames[1].angles.left_knee = Some(90.0);
    let text = motion.frames_csv();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line.len() == 8 + 33 * 4));
    assert_eq!(lines[0][8], "nose_x");
    assert_eq!(
        (lines[2][0], lines[2][1], lines[2][3], lines[2][8]),
        ("0.033", "STANDING", "90.000", "")
    );
    assert_eq!(motion.angles().rows[1].1[0], Some(90.0));
}
