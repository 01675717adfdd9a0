//! Clean squats before every kind of camera are accused of nothing, and real faults are told.

use std::collections::BTreeMap;

use super::*;
use crate::{
    UnixMillis,
    sim::{Distortion, Fault, FaultSize, Plan, Squatter, TimedPose, Viewpoint},
    squat::{Analyzer, Rep, SquatConfig},
};

/// Three squats as a phone sees them, 20 frames a second.
fn clip(plan: &Plan, viewpoint: &Viewpoint, seed: u64) -> Vec<TimedPose> {
    let squatter = Squatter::new(plan.clone(), seed);
    let seconds = plan.lead_seconds + 3.0 * plan.period_seconds();
    (0..(20.0 * seconds) as u32)
        .map(|frame| f64::from(frame) / 20.0)
        .map(|at| (at, Some(squatter.seen(viewpoint, at))))
        .collect()
}

fn plan(faults: &[Fault]) -> Plan {
    Plan {
        reps: Some(3),
        lead_seconds: 3.0,
        faults: faults.to_vec(),
        ..Plan::default()
    }
}

fn reps(clip: &[TimedPose]) -> Vec<Rep> {
    let mut analyzer = Analyzer::new(SquatConfig::default());
    clip.iter()
        .filter_map(|(at, pose)| {
            let at = UnixMillis((at * 1e3) as i64);
            analyzer.observe(pose.as_ref(), at).rep
        })
        .collect()
}

/// How often each rule came out so.
fn count(reps: &[Rep], wanted: fn(Assessment) -> bool) -> BTreeMap<Rule, usize> {
    let mut counts = BTreeMap::new();
    let verdicts = reps.iter().flat_map(|rep| &rep.verdicts);
    for verdict in verdicts.filter(|verdict| wanted(verdict.assessment)) {
        *counts.entry(verdict.rule).or_default() += 1;
    }
    counts
}

fn is_bad(assessment: Assessment) -> bool {
    assessment == Assessment::Bad
}

fn is_told(assessment: Assessment) -> bool {
    matches!(assessment, Assessment::Bad | Assessment::Warning)
}

fn viewpoint(yaw_degrees: f64, change: impl FnOnce(&mut Viewpoint)) -> Viewpoint {
    let mut viewpoint = Viewpoint::at(yaw_degrees);
    change(&mut viewpoint);
    viewpoint
}

/// Whether a rule of form (not of depth) is at fault in clean squats.
fn accused(viewpoint: &Viewpoint, distortion: Option<Distortion>) -> BTreeMap<Rule, usize> {
    let mut clip = clip(&plan(&[]), viewpoint, 3);
    if let Some(distortion) = distortion {
        clip = distortion.apply(&clip, 5);
    }
    let mut counts = count(&reps(&clip), is_bad);
    counts.remove(&Rule::Depth);
    counts
}

#[test]
fn clean_squats_are_accused_of_nothing_from_any_side() {
    for yaw in (-90..=90).step_by(15) {
        for height in [0.1, 0.5, 0.9] {
            let seen = viewpoint(f64::from(yaw), |seen| seen.height = height);
            let accused = accused(&seen, None);
            assert!(accused.is_empty(), "{yaw}°, {height} up: {accused:?}");
        }
    }
}

#[test]
fn a_phone_that_leans_makes_no_fault() {
    for yaw in [0.0, 10.0, 85.0] {
        for roll in [-15.0, -5.0, -2.0, 2.0, 5.0, 15.0] {
            let seen = viewpoint(yaw, |seen| seen.roll_degrees = roll);
            let accused = accused(&seen, None);
            assert!(accused.is_empty(), "{yaw}°, rolled {roll}°: {accused:?}");
            let reps = reps(&clip(&plan(&[]), &seen, 3));
            let good = count(&reps, |found| found == Assessment::Good);
            let shown = if yaw > 45.0 {
                Rule::TrunkLean
            } else {
                Rule::KneeSeparation
            };
            assert_eq!(good.get(&shown), Some(&3), "{yaw}°, rolled {roll}°");
        }
    }
}

#[test]
fn what_hands_and_networks_do_to_a_clip_makes_no_fault() {
    for yaw in [0.0, 85.0] {
        for distortion in [
            Distortion::Shaken(0.0015),
            Distortion::Shaken(0.003),
            Distortion::Shaken(0.006),
            Distortion::Swayed(0.02),
            Distortion::OneFrameSwapped,
            Distortion::OneFrameElsewhere,
            Distortion::Dropped(0.3),
        ] {
            let accused = accused(&Viewpoint::at(yaw), Some(distortion));
            assert!(accused.is_empty(), "{yaw}°, {distortion:?}: {accused:?}");
        }
    }
}

/// The share of repetitions in which `rule` is at fault, in per cent.
fn told(fault: Fault, size: &FaultSize, rule: Rule, viewpoints: &[Viewpoint]) -> f64 {
    let (mut found, mut all) = (0, 0);
    for (seed, viewpoint) in viewpoints.iter().enumerate() {
        let mut plan = plan(&[fault]);
        plan.fault_size = size.clone();
        let reps = reps(&clip(&plan, viewpoint, 10 + seed as u64));
        found += count(&reps, is_bad).get(&rule).copied().unwrap_or_default();
        all += 3;
    }
    100.0 * f64::from(found as u32) / f64::from(all)
}

#[test]
fn faults_of_one_and_a_half_times_the_threshold_are_told() {
    let config = SquatConfig::default();
    let size = FaultSize {
        heel_rise: 1.5 * config.heel_lift_ratio,
        knee_separation: 1.0 - 1.5 * (1.0 - config.knee_separation_fault),
        lean_degrees: 1.5 * config.trunk_lean_fault_degrees,
        ..FaultSize::default()
    };
    let seen = |yaws: [f64; 3]| -> Vec<Viewpoint> {
        let rolls = [-5.0, 0.0, 5.0];
        let angles = yaws.into_iter().zip(rolls);
        angles
            .map(|(yaw, roll)| viewpoint(yaw, |seen| seen.roll_degrees = roll))
            .collect()
    };
    for (fault, rule, viewpoints) in [
        (Fault::HeelLift, Rule::HeelLift, seen([-90.0, 85.0, 90.0])),
        (
            Fault::ForwardLean,
            Rule::TrunkLean,
            seen([-90.0, 85.0, 90.0]),
        ),
        (
            Fault::KneesIn,
            Rule::KneeSeparation,
            seen([-5.0, 0.0, 10.0]),
        ),
    ] {
        let share = told(fault, &size, rule, &viewpoints);
        assert!(share >= 95.0, "{fault:?}: {share:.0} %");
    }
}

#[test]
fn the_noise_of_pictures_turns_no_good_verdict_into_a_fault() {
    let clean = clip(&plan(&[]), &Viewpoint::default(), 3);
    let good = count(&reps(&clean), |found| found == Assessment::Good);
    assert!(good.len() >= 5, "{good:?}");
    for seed in 0..6 {
        let noisy = reps(&Distortion::Shaken(0.0015).apply(&clean, seed));
        let mut told = count(&noisy, is_told);
        told.remove(&Rule::Depth);
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn the_noise_of_pictures_turns_no_measure_at_its_threshold_into_a_fault() {
    let config = SquatConfig::default();
    let size = FaultSize {
        heel_rise: config.heel_lift_ratio,
        knee_separation: config.knee_separation_fault,
        lean_degrees: config.trunk_lean_fault_degrees,
        shift: config.hip_shift_ratio,
        ..FaultSize::default()
    };
    for (fault, rule, yaw) in [
        (Fault::HeelLift, Rule::HeelLift, 90.0),
        (Fault::ForwardLean, Rule::TrunkLean, 90.0),
        (Fault::KneesIn, Rule::KneeSeparation, 0.0),
        (Fault::RightShift, Rule::HipShift, 0.0),
    ] {
        let mut plan = plan(&[fault]);
        plan.fault_size = size.clone();
        let clip = clip(&plan, &Viewpoint::at(yaw), 3);
        // What JPEG at quality 95 and at 86 does to the points.
        for shake in [0.0007, 0.0015] {
            for seed in 0..4 {
                let bad = count(&reps(&Distortion::Shaken(shake).apply(&clip, seed)), is_bad);
                assert_eq!(bad.get(&rule), None, "{fault:?}, {shake}, {seed}");
            }
        }
    }
}

#[test]
fn landscape_clips_that_are_taken_for_upright_ones_are_accused_of_nothing() {
    for yaw in [-90, -75, -10, 0, 10, 20, 80, 90] {
        let clip = clip(&plan(&[]), &Viewpoint::at(f64::from(yaw)), 3);
        let mut clip = Distortion::LandscapeTakenForPortrait.apply(&clip, 5);
        let poses: Vec<_> = clip.iter().map(|(_, pose)| pose.clone()).collect();
        let aspect = crate::squat::impossible_aspect(&poses);
        for pose in clip.iter_mut().filter_map(|(_, pose)| pose.as_mut()) {
            pose.aspect = aspect.unwrap_or(pose.aspect);
        }
        let bad = count(&reps(&clip), is_bad);
        assert!(bad.is_empty(), "{yaw}°: {aspect:?}, {bad:?}");
    }
}

#[test]
fn feet_below_the_picture_make_no_fault_from_any_side() {
    for yaw in (-90..=180).step_by(15) {
        let clip = clip(&plan(&[]), &Viewpoint::at(f64::from(yaw)), 3);
        for height in [0.72, 0.8] {
            let bad = count(&reps(&Distortion::CutBelow(height).apply(&clip, 5)), is_bad);
            assert!(bad.is_empty(), "{yaw}°, cut at {height}: {bad:?}");
        }
    }
}

#[test]
fn a_picture_that_lies_on_its_side_or_upside_down_is_told_and_nothing_else() {
    for yaw in [0.0, 85.0] {
        for distortion in [
            Distortion::Sideways { head_right: true },
            Distortion::Sideways { head_right: false },
            Distortion::UpsideDown,
        ] {
            let clip = distortion.apply(&clip(&plan(&[]), &Viewpoint::at(yaw), 3), 5);
            let mut analyzer = Analyzer::new(SquatConfig::default());
            let frames = clip
                .iter()
                .map(|(at, pose)| analyzer.observe(pose.as_ref(), UnixMillis((at * 1e3) as i64)));
            let frames: Vec<_> = frames.collect();
            let turned = Assessment::NotAssessed(Reason::PhoneTurned);
            let is_told = frames[40..].iter().all(|frame| {
                frame
                    .verdicts
                    .iter()
                    .all(|verdict| verdict.assessment == turned)
            });
            assert!(is_told, "{yaw}°, {distortion:?}");
            assert_eq!(frames.last().unwrap().reps, 0, "{yaw}°, {distortion:?}");
        }
    }
}

#[test]
fn whoever_does_push_ups_on_the_floor_or_on_a_bench_is_not_asked_to_turn_the_phone() {
    let mut plan = plan(&[]);
    plan.act = crate::sim::Act::PushUp;
    // The shoulders of somebody who leans on a bench are higher than those on the floor, as before a phone that leans.
    for (yaw, roll) in [(90.0, 0.0), (90.0, -20.0), (-90.0, 20.0)] {
        let seen = viewpoint(yaw, |seen| seen.roll_degrees = roll);
        let clip = clip(&plan, &seen, 3);
        let mut analyzer = Analyzer::new(SquatConfig::default());
        for (at, pose) in &clip {
            let frame = analyzer.observe(pose.as_ref(), UnixMillis((at * 1e3) as i64));
            let asked = frame
                .verdicts
                .iter()
                .any(|verdict| verdict.assessment == Assessment::NotAssessed(Reason::PhoneTurned));
            assert!(!asked, "{yaw}°, rolled {roll}°, at {at} s");
        }
    }
}
