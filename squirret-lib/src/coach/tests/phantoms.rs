//! What is no squat does not count, and what is one counts once.

use super::{
    person::{GOOD, Person},
    *,
};
use crate::sim::{Act, Angle, Plan, Squatter};

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
fn after_walking_in_the_first_repetition_counts_only_when_a_second_of_standing_still_came_before_it()
 {
    for (still, counted) in [(0.3, 0), (1.6, 1)] {
        let mut person = Person::new(Language::En);
        person.insoles = false;
        person.aside = -0.2;
        person.walk(0.2);
        person.walk(0.0);
        person.stand(still);
        person.rep(GOOD);
        person.stand(1.0);
        assert_eq!(person.reps().len(), counted, "still for {still} s");
    }
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
