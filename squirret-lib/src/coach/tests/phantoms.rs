//! What is no squat does not count, and what is one counts once.

use super::{
    person::{GOOD, Person},
    *,
};
use crate::{
    pose::Pose,
    sim::{Act, Angle, Distortion, Plan, Squatter, TimedPose, Viewpoint},
    verdict::{Assessment, Reason, Rule, Verdict},
};

/// What shows the movement.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Camera(Angle),
    Insoles,
    Both,
}

const WAYS: [Shown; 5] = [
    Shown::Camera(Angle::Front),
    Shown::Camera(Angle::Side),
    Shown::Camera(Angle::Turned(30)),
    Shown::Insoles,
    Shown::Both,
];

/// The repetitions of somebody who does this four times.
fn reps(act: Act, descent_seconds: f64, shown: Shown) -> u32 {
    let plan = Plan {
        act,
        reps: Some(4),
        descent_seconds,
        ..Plan::default()
    };
    let seconds = plan.lead_seconds + 4.0 * plan.period_seconds() + 2.0;
    let squatter = Squatter::new(plan, 7);
    let mut coach = Coach::new(Arc::default(), Language::En, START);
    for step in 0..(seconds * 25.0) as i64 {
        let (seconds, now) = (step as f64 / 25.0, START.plus(step * 40));
        if let Shown::Camera(_) | Shown::Both = shown {
            let angle = match shown {
                Shown::Camera(angle) => angle,
                _ => Angle::Front,
            };
            let pose = squatter.pose(angle, 9.0 / 16.0, 0.002, seconds);
            let input = Input::Pose {
                frame: step as u64,
                pose: Some(&pose),
                at: now,
            };
            coach.handle_input(input, now);
        }
        if let Shown::Insoles | Shown::Both = shown {
            for side in Side::BOTH {
                coach.handle_input(Input::Sample(squatter.sample(side, seconds, now)), now);
            }
        }
        while let Output::Event(_) = coach.poll_output() {}
    }
    coach.workout().reps
}

fn never_counts(act: Act) {
    for descent_seconds in [0.5, 1.0, 2.0] {
        for shown in WAYS {
            let reps = reps(act, descent_seconds, shown);
            assert_eq!(reps, 0, "{act:?} in {descent_seconds} s, {shown:?}");
        }
    }
}

#[test]
fn four_squats_are_four_however_they_are_shown() {
    for descent_seconds in [1.0, 2.0] {
        for shown in WAYS {
            let reps = reps(Act::Squat, descent_seconds, shown);
            assert_eq!(reps, 4, "{descent_seconds} s, {shown:?}");
        }
    }
}

/// The outcome of a camera's frames.
fn outcome(frames: &[TimedPose]) -> Outcome {
    let mut coach = Coach::new(Arc::default(), Language::En, START);
    let mut outcome = Outcome::default();
    for (number, (seconds, pose)) in frames.iter().enumerate() {
        let at = START.plus((seconds * 1e3) as i64);
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_ref(),
            at,
        };
        coach.handle_input(input, at);
        while let Output::Event(event) = coach.poll_output() {
            outcome.take(&event);
        }
    }
    outcome
}

/// What a camera sees of somebody who does this four times, at 15 frames a second.
fn clip(act: Act, angle: Angle) -> Vec<TimedPose> {
    filmed(act, 1.2, |squatter, at| {
        squatter.pose(angle, 9.0 / 16.0, 0.002, at)
    })
}

fn filmed(act: Act, descent_seconds: f64, see: impl Fn(&Squatter, f64) -> Pose) -> Vec<TimedPose> {
    let plan = Plan {
        act,
        reps: Some(4),
        lead_seconds: 2.0,
        descent_seconds,
        ..Plan::default()
    };
    let seconds = plan.lead_seconds + 4.0 * plan.period_seconds() + 2.0;
    let squatter = Squatter::new(plan, 11);
    (0..(seconds * 15.0) as i64)
        .map(|frame| frame as f64 / 15.0)
        .map(|at| (at, Some(see(&squatter, at))))
        .collect()
}

#[test]
fn trunks_that_go_down_and_legs_that_move_differently_do_not_count_before_phones_that_are_low_high_or_near()
 {
    for act in [Act::Burpee, Act::Deadlift, Act::PushUp, Act::SideLunge] {
        for yaw in [-150.0, -40.0, 20.0, 75.0, 102.0, 175.0] {
            for (height, distance) in [(0.06, 2.5), (0.14, 1.9), (0.5, 3.0), (0.9, 2.0)] {
                let mut phone = Viewpoint::at(yaw);
                (phone.height, phone.distance, phone.figure) = (height, distance, 0.45);
                for descent_seconds in [0.6, 1.5] {
                    let clip = filmed(act, descent_seconds, |squatter, at| {
                        squatter.seen(&phone, at)
                    });
                    let counted = outcome(&clip).reps().len();
                    assert_eq!(counted, 0, "{act:?} in {descent_seconds} s, {phone:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_squat_has_a_reason_and_no_status() {
    for act in Act::NON_SQUATS {
        for angle in [
            Angle::Front,
            Angle::Turned(25),
            Angle::Turned(50),
            Angle::Side,
        ] {
            let outcome = outcome(&clip(act, angle));
            assert_eq!(outcome.reps().len(), 0, "{act:?}, {angle:?}");
            assert_eq!(outcome.status(), Status::NoData, "{act:?}, {angle:?}");
            assert!(outcome.not_counting().is_some(), "{act:?}, {angle:?}");
        }
    }
}

#[test]
fn what_hands_and_networks_do_to_a_clip_costs_no_squat() {
    for angle in [Angle::Front, Angle::Turned(50), Angle::Side] {
        let clip = clip(Act::Squat, angle);
        for distortion in [
            Distortion::Swayed(0.02),
            Distortion::OneFrameSwapped,
            Distortion::OneFrameElsewhere,
            Distortion::Dropped(0.2),
            Distortion::Landscape,
        ] {
            for seed in 1..6 {
                let outcome = outcome(&distortion.apply(&clip, seed));
                let counted = outcome.reps().len();
                assert_eq!(counted, 4, "{distortion:?} {seed}, {angle:?}");
            }
        }
    }
}

#[test]
fn whoever_walks_back_from_the_phone_is_measured_anew() {
    let clip = clip(Act::Squat, Angle::Front);
    let scaled = |pose: &Pose, scale: f32| {
        let mut pose = pose.clone();
        for point in &mut pose.keypoints {
            point.x = 0.5 + scale * (point.x - 0.5);
            point.y = 0.5 + scale * (point.y - 0.5);
            point.z *= scale;
        }
        pose
    };
    for near in [1.4, 1.8] {
        let first = clip[0].1.as_ref().unwrap();
        let far = 1.0 / near;
        let walk = (0..30).map(|frame| {
            let gone = frame as f32 / 30.0;
            (
                f64::from(frame) / 15.0,
                Some(scaled(first, 1.0 + gone * (far - 1.0))),
            )
        });
        let squats = clip
            .iter()
            .map(|(at, pose)| (at + 2.0, pose.as_ref().map(|pose| scaled(pose, far))));
        let frames: Vec<TimedPose> = walk.chain(squats).collect();
        assert_eq!(
            outcome(&frames).reps().len(),
            4,
            "{near} times larger before"
        );
    }
}

#[test]
fn a_bottom_that_a_passer_by_hides_is_not_judged_by_its_depth() {
    let plan = Plan {
        reps: Some(1),
        lead_seconds: 2.0,
        descent_seconds: 1.2,
        bottom_seconds: 0.0,
        ascent_seconds: 0.5,
        ..Plan::default()
    };
    let bottom = plan.lead_seconds + plan.descent_seconds;
    let squatter = Squatter::new(plan, 11);
    let frames: Vec<TimedPose> = (0..140)
        .map(|frame| f64::from(frame) / 15.0)
        .map(|at| {
            let hidden = (bottom - 0.5..bottom + 0.4).contains(&at);
            let pose = squatter.pose(Angle::Front, 9.0 / 16.0, 0.001, at);
            (at, (!hidden).then_some(pose))
        })
        .collect();
    let outcome = outcome(&frames);
    assert_eq!(outcome.reps().len(), 1);
    let depth = |verdict: &&Verdict| verdict.rule == Rule::Depth;
    let depth = outcome.reps()[0].verdicts.iter().find(depth).unwrap();
    assert_eq!(
        depth.assessment,
        Assessment::NotAssessed(Reason::NotVisible)
    );
}

#[test]
fn a_half_dip_does_not_count() {
    never_counts(Act::HalfDip);
}

#[test]
fn a_shuffle_does_not_count() {
    never_counts(Act::Shuffle);
}

#[test]
fn a_bend_to_the_phone_does_not_count() {
    never_counts(Act::Bend);
}

#[test]
fn walking_out_and_in_does_not_count() {
    never_counts(Act::Walk);
}

#[test]
fn rising_onto_the_toes_does_not_count() {
    never_counts(Act::CalfRaise);
}

#[test]
fn a_hop_does_not_count() {
    never_counts(Act::Hop);
}

#[test]
fn a_double_dip_counts_once() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    for (seconds, from, to) in [
        (1.4, 0.0, 1.0),
        (0.6, 1.0, 0.65),
        (0.6, 0.65, 1.0),
        (1.0, 1.0, 0.0),
    ] {
        person.sink(seconds, from, to);
    }
    person.stand(2.0);
    assert_eq!(person.reps().len(), 1);
}

#[test]
fn a_pause_at_the_bottom_is_one_repetition_with_its_seconds() {
    for (camera, insoles) in [(true, false), (false, true), (true, true)] {
        let mut person = Person::new(Language::En);
        (person.camera, person.insoles) = (camera, insoles);
        person.stand(7.0);
        person.sink(1.4, 0.0, 1.0);
        person.sink(3.0, 1.0, 1.0);
        person.sink(1.0, 1.0, 0.0);
        person.stand(2.0);
        let reps = person.reps();
        assert_eq!(reps.len(), 1, "camera {camera}, insoles {insoles}");
        let bottom = reps[0].bottom_seconds;
        assert!(
            (bottom - 3.0).abs() < 0.5,
            "camera {camera}, insoles {insoles}: {bottom}"
        );
    }
}

#[test]
fn who_sits_down_for_half_a_minute_has_abandoned_the_squat() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    person.sink(1.4, 0.0, 1.0);
    person.sink(30.0, 1.0, 1.0);
    person.sink(1.0, 1.0, 0.0);
    person.stand(2.0);
    assert_eq!(person.reps().len(), 0);
    person.rep(GOOD);
    person.stand(1.0);
    assert_eq!(person.reps().len(), 1, "the next one counts again");
}

#[test]
fn who_leaves_at_the_bottom_has_abandoned_the_squat() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    person.sink(1.4, 0.0, 1.0);
    person.absent(5.0);
    person.stand(3.0);
    assert_eq!(person.reps().len(), 0);
}

#[test]
fn who_is_found_at_the_bottom_and_stands_up_has_not_squatted() {
    let mut person = Person::new(Language::En);
    person.sink(2.0, 1.0, 1.0);
    person.sink(1.0, 1.0, 0.0);
    person.stand(2.0);
    assert_eq!(person.reps().len(), 0);
}

#[test]
fn whoever_walked_in_and_has_stood_for_a_moment_counts() {
    let mut person = Person::new(Language::En);
    person.insoles = false;
    person.aside = -0.2;
    person.walk(0.2);
    person.walk(0.0);
    person.stand(0.7);
    person.rep(GOOD);
    person.stand(1.0);
    assert_eq!(person.reps().len(), 1);
}

#[test]
fn who_stands_from_the_first_frame_on_need_not_wait_for_a_second() {
    let mut person = Person::new(Language::En);
    person.insoles = false;
    person.stand(0.4);
    person.rep(GOOD);
    person.stand(1.0);
    assert_eq!(person.reps().len(), 1);
}
