//! What the camera's judgement makes of the simulated person.

use super::*;
use crate::{
    squat::{Analyzer, FrameJudgement, SquatConfig},
    verdict::{Assessment, Mark, Rule},
};

fn watch(plan: Plan, angle: Angle, per_second: f64) -> Vec<FrameJudgement> {
    let squatter = Squatter::new(plan, 3);
    let mut analyzer = Analyzer::new(SquatConfig::default());
    let frames = (30.0 * per_second) as i64;
    (0..frames)
        .map(|frame| {
            let seconds = frame as f64 / per_second;
            let pose = squatter.pose(angle, 9.0 / 16.0, 0.001, seconds);
            analyzer.observe(Some(&pose), UnixMillis((seconds * 1e3) as i64))
        })
        .collect()
}

fn four() -> Plan {
    Plan {
        reps: Some(4),
        ..Plan::default()
    }
}

fn faults(frames: &[FrameJudgement]) -> Vec<Rule> {
    let reps = frames.iter().filter_map(|frame| frame.rep.as_ref());
    let bad = reps.flat_map(|rep| {
        rep.verdicts
            .iter()
            .filter(|verdict| verdict.assessment == Assessment::Bad)
    });
    let mut rules: Vec<Rule> = bad.map(|verdict| verdict.rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

#[test]
fn four_squats_are_four_repetitions_at_eight_frames_a_second() {
    let frames = watch(four(), Angle::Front, 8.0);
    assert_eq!(frames.last().unwrap().reps, 4);
}

#[test]
fn clean_squats_have_no_fault_from_front_or_side_at_any_frame_rate() {
    for angle in [Angle::Front, Angle::Side] {
        for per_second in [10.0, 15.0, 30.0, 60.0] {
            let frames = watch(four(), angle, per_second);
            assert_eq!(frames.last().unwrap().reps, 4, "{angle:?} at {per_second}");
            assert_eq!(faults(&frames), [], "{angle:?} at {per_second}");
        }
    }
}

#[test]
fn a_clean_squat_has_no_fault_before_a_phone_that_stands_a_little_off() {
    for degrees in [3, 5] {
        let frames = watch(four(), Angle::Turned(degrees), 30.0);
        assert_eq!(faults(&frames), [], "{degrees}°");
    }
}

#[test]
fn each_fault_is_found_where_the_view_shows_it() {
    for (fault, angle, rule) in [
        (Fault::KneesIn, Angle::Front, Rule::KneeSeparation),
        (Fault::ForwardLean, Angle::Side, Rule::TrunkLean),
        (Fault::HeelLift, Angle::Side, Rule::HeelLift),
        (Fault::Shallow, Angle::Front, Rule::Depth),
        (Fault::Shallow, Angle::Side, Rule::Depth),
        (Fault::RightShift, Angle::Front, Rule::HipShift),
        (Fault::RightShift, Angle::Turned(5), Rule::HipShift),
    ] {
        let frames = watch(
            Plan {
                faults: vec![fault],
                ..four()
            },
            angle,
            30.0,
        );
        assert!(
            faults(&frames).contains(&rule),
            "{fault:?} from {angle:?}: {:?}",
            faults(&frames)
        );
    }
}

#[test]
fn a_drop_is_advised_to_be_slower() {
    let faults = vec![Fault::TooFast];
    let frames = watch(Plan { faults, ..four() }, Angle::Front, 30.0);
    for rep in frames.iter().filter_map(|frame| frame.rep.as_ref()) {
        let mut verdicts = rep.verdicts.iter();
        let tempo = verdicts.find(|verdict| verdict.rule == Rule::DescentTempo);
        assert_eq!(tempo.unwrap().assessment, Assessment::Warning);
    }
    assert_eq!(frames.last().unwrap().reps, 4);
}

#[test]
fn what_a_view_does_not_show_is_not_called_good() {
    let front = watch(four(), Angle::Front, 30.0);
    assert!(front.iter().all(|frame| frame.lumbar != Mark::Bad));
    let side = watch(
        Plan {
            faults: vec![Fault::KneesIn],
            ..four()
        },
        Angle::Side,
        30.0,
    );
    assert!(side.iter().all(|frame| frame.knee == Mark::Null));
}

#[test]
fn a_quarter_squat_is_told_to_go_deeper_and_soft_knees_are_no_squat() {
    for (depth, reps) in [(0.14, 0), (0.3, 4)] {
        let plan = Plan { depth, ..four() };
        let frames = watch(plan, Angle::Front, 15.0);
        assert_eq!(frames.last().unwrap().reps, reps, "depth {depth}");
        assert_eq!(faults(&frames).contains(&Rule::Depth), reps > 0);
    }
}

#[test]
fn standing_is_no_repetition() {
    let frames = watch(
        Plan {
            reps: Some(0),
            ..Plan::default()
        },
        Angle::Front,
        30.0,
    );
    assert!(
        frames
            .iter()
            .all(|frame| frame.reps == 0 && frame.rep.is_none())
    );
}
