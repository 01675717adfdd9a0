//! Repetitions and verdicts from camera and load, alone and together.

use super::{
    person::{GOOD, Person, Style},
    *,
};
use crate::verdict::{Assessment, Rule, Source};

fn outcome(record: &RepRecord, rule: Rule, source: Source) -> Option<Assessment> {
    let is = |verdict: &&crate::Verdict| verdict.rule == rule && verdict.source == source;
    record
        .verdicts
        .iter()
        .find(is)
        .map(|verdict| verdict.assessment)
}

#[test]
fn five_squats_before_camera_and_on_insoles_are_five() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    (0..5).for_each(|_| person.rep(GOOD));
    person.stand(2.0);
    let reps = person.reps();
    assert_eq!(
        reps.iter().map(|rep| rep.number).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert!(
        reps.iter()
            .all(|rep| rep.source == StageSource::Pose && rep.load.is_some())
    );
}

#[test]
fn without_a_camera_the_load_shows_the_squats() {
    let mut person = Person::new(Language::En);
    person.camera = false;
    person.stand(7.0);
    (0..5).for_each(|_| person.rep(GOOD));
    person.stand(2.0);
    let reps = person.reps();
    assert_eq!(reps.len(), 5);
    assert!(reps.iter().all(|rep| rep.source == StageSource::Load));
    let unseen = outcome(reps[0], Rule::Depth, Source::Camera);
    assert!(
        matches!(unseen, Some(Assessment::NotAssessed(_))),
        "what needs a camera is not assessed"
    );
}

#[test]
fn a_camera_that_fails_hands_over_to_the_load_and_takes_over_again() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    for number in 0..12 {
        person.camera = !(3..8).contains(&number);
        person.rep(GOOD);
    }
    person.stand(3.0);
    let sources: Vec<_> = person.reps().iter().map(|rep| rep.source).collect();
    assert_eq!(sources.len(), 12, "{sources:?}");
    use StageSource::*;
    assert_eq!((sources[0], sources[5], sources[11]), (Pose, Load, Pose));
}

#[test]
fn a_camera_that_fails_in_the_middle_of_a_squat_does_not_lose_or_double_it() {
    for begin in [-500, 0, 300, 700, 1_200, 1_800, 2_300] {
        for length in [300, 700, 1_500, 3_000, 6_000] {
            let mut person = Person::new(Language::En);
            person.stand(7.0);
            person.rep(GOOD);
            let from = person.now.plus(begin);
            person.gap = Some((from, from.plus(length)));
            (0..4).for_each(|_| person.rep(GOOD));
            person.stand(3.0);
            assert_eq!(person.reps().len(), 5, "from {begin} ms for {length} ms");
        }
    }
}

#[test]
fn the_stage_names_its_source_and_falls_back_in_order() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    assert_eq!(
        person.coach.stage(person.now),
        Some((Stage::Standing, StageSource::Pose))
    );
    person.camera = false;
    person.stand(2.0);
    assert_eq!(
        person.coach.stage(person.now),
        Some((Stage::Standing, StageSource::Load))
    );
    person.insoles = false;
    person.stand(2.0);
    assert_eq!(
        person.coach.stage(person.now).map(|(_, source)| source),
        Some(StageSource::Rule)
    );
    person.stand(12.0);
    assert_eq!(person.coach.stage(person.now), None);
}

#[test]
fn standing_quietly_calibrates_once_and_is_told() {
    let mut person = Person::new(Language::En);
    person.stand(20.0);
    let calibrated = person
        .events
        .iter()
        .filter(|(_, event)| *event == Event::Calibrated)
        .count();
    assert_eq!(calibrated, 1);
    assert!(person.coach.insole().baseline().is_some());
}

#[test]
fn without_insoles_the_camera_answers_the_request_to_stand() {
    let mut person = Person::new(Language::En);
    person.insoles = false;
    person.stand(3.0);
    person.input(Input::Command(Command::Calibrate));
    assert!(!said_calibrated(&person));
    person.stand(3.0);
    assert!(said_calibrated(&person));
}

#[test]
fn nobody_is_asked_to_stand_still_once_the_camera_knows_how_they_stand() {
    let mut person = Person::new(Language::En);
    person.insoles = false;
    // What is said keeps the coach silent for ten seconds: this request waits for four of them.
    person.input(Input::Command(Command::Calibrate));
    person.stand(6.0);
    assert!(
        person
            .heard()
            .contains(Text::SayStandStill.say(Language::En))
    );
    person.events.clear();
    person.input(Input::Command(Command::Calibrate));
    person.stand(8.0);
    assert!(said_calibrated(&person));
    assert!(
        !person
            .heard()
            .contains(Text::SayStandStill.say(Language::En))
    );
}

fn said_calibrated(person: &Person) -> bool {
    let mut events = person.events.iter();
    events.any(|(_, event)| *event == Event::Calibrated)
}

#[test]
fn a_workout_goes_on_where_another_process_left_it() {
    let mut person = Person::new(Language::En);
    person.insoles = false;
    person.stand(3.0);
    for _ in 0..3 {
        person.rep(GOOD);
    }
    let reps: Vec<RepRecord> = reps_of(&person);
    assert_eq!(reps.len(), 3);
    let before = person.coach.workout();
    let mut coach = Coach::new(Arc::default(), Language::En, person.now);
    coach.resume(before.start, &reps);
    assert_eq!(coach.workout(), before);
    person.coach = coach;
    person.stand(3.0);
    person.rep(GOOD);
    assert_eq!(reps_of(&person).last().map(|rep| rep.number), Some(4));
}

fn reps_of(person: &Person) -> Vec<RepRecord> {
    let rep = |(_, event): &(UnixMillis, Event)| match event {
        Event::Rep(rep) => Some(rep.clone()),
        _ => None,
    };
    person.events.iter().filter_map(rep).collect()
}

#[test]
fn the_seed_profile_never_calibrates() {
    let mut person = Person::with(Arc::new(CoachConfig::seed()), Language::En);
    person.input(Input::Command(Command::Start));
    person.stand(10.0);
    person.input(Input::Command(Command::Calibrate));
    person.stand(10.0);
    assert!(person.coach.insole().baseline().is_none());
    // The soles carry 41 % in front: too much for the original.
    assert_eq!(
        person.coach.feedback(Language::En, person.now).status,
        Status::Bad
    );
}

#[test]
fn after_the_calibration_the_own_standing_is_good() {
    let mut person = Person::new(Language::En);
    person.stand(20.0);
    assert_eq!(
        person.coach.feedback(Language::En, person.now).status,
        Status::Good
    );
}

#[test]
fn heels_that_lift_are_felt_where_the_camera_cannot_see_them() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    person.rep(GOOD);
    person.rep(Style {
        on_toes: true,
        ..GOOD
    });
    person.stand(1.0);
    let reps = person.reps();
    assert_eq!(
        outcome(reps[0], Rule::HeelLift, Source::Insole),
        Some(Assessment::Good)
    );
    assert_eq!(
        outcome(reps[1], Rule::HeelLift, Source::Insole),
        Some(Assessment::Bad)
    );
    let unseen = outcome(reps[1], Rule::HeelLift, Source::Camera);
    assert!(matches!(unseen, Some(Assessment::NotAssessed(_))));
    assert!(reps[1].score < reps[0].score - 15.0);
}

#[test]
fn weight_on_one_foot_is_a_fault_of_balance_with_its_evidence() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    person.rep(Style { left: 66.0, ..GOOD });
    person.stand(1.0);
    let record = person.reps()[0];
    let is = |verdict: &&crate::Verdict| verdict.rule == Rule::LeftRightDiff;
    let verdict = record.verdicts.iter().find(is).unwrap();
    assert!(verdict.is_fault() && verdict.value > verdict.threshold && verdict.confidence > 0.5);
    let load = record.load.as_ref().unwrap();
    assert!((58.0..=66.0).contains(&load.left_load.unwrap()), "{load:?}");
    assert!(load.peak_left_right.unwrap() > 25.0);
    assert!(load.path.len() >= 8);
}

#[test]
fn a_dead_sensor_is_told_once() {
    let mut rig = Rig::new();
    let mut events = Vec::new();
    for step in 0..60_i64 {
        let sway = (step % 4) as f64 * 3.0;
        let ratios = [30.0 - sway, 10.0, 5.0 + sway, 0.0, 35.0 - sway, 20.0 + sway];
        events.extend(rig.sample(Side::Left, ratios));
        rig.now = rig.now.plus(1_000);
        events.extend(rig.input(Input::Timeout));
    }
    assert_eq!(
        devices(&events),
        [
            (Side::Left, DeviceState::Live),
            (Side::Left, DeviceState::SensorDead)
        ]
    );
}

#[test]
fn a_session_that_knows_everything_takes_less_than_twenty_six_kibibytes() {
    let mut person = Person::new(Language::En);
    person.stand(7.0);
    (0..10).for_each(|_| person.rep(GOOD));
    let bytes = person.coach.heap_bytes() + size_of::<Coach>();
    assert!(bytes <= 26 * 1024, "{bytes}");
}
