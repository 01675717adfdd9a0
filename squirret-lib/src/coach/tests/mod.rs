//! The coach through its public verbs, under simulated time.

mod faults;
mod person;
mod phantoms;
mod sources;
mod transport;
mod workout;

use std::sync::Arc;

use super::*;
use crate::{
    Stage, UnixMillis,
    feedback::{AiStatus, CueKind, Status, Text},
    fsr::{Sample, SensorValues, Side},
    verdict::{Language, Mark},
};

const START: UnixMillis = UnixMillis(1_730_892_345_000);
const GOOD: SensorValues = [30.0, 10.0, 5.0, 5.0, 30.0, 20.0];
const FORWARD: SensorValues = [10.0, 5.0, 15.0, 25.0, 20.0, 25.0];

struct Rig {
    coach: Coach,
    now: UnixMillis,
}

impl Rig {
    fn new() -> Self {
        Self {
            coach: Coach::new(Arc::default(), Language::En, START),
            now: START,
        }
    }

    fn drain(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Output::Event(event) = self.coach.poll_output() {
            events.push(event);
        }
        events
    }

    fn input(&mut self, input: Input<'_>) -> Vec<Event> {
        self.coach.handle_input(input, self.now);
        self.drain()
    }

    fn sample(&mut self, side: Side, ratios: SensorValues) -> Vec<Event> {
        let sample = Sample::new(side, self.now, Some(ratios), None).unwrap();
        self.input(Input::Sample(sample))
    }

    /// Lets `seconds` pass, with a sample of both feet at the beginning of each when there is one.
    fn pass(&mut self, seconds: i64, ratios: Option<SensorValues>) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..seconds {
            if let Some(ratios) = ratios {
                events.extend(
                    Side::BOTH
                        .into_iter()
                        .flat_map(|side| self.sample(side, ratios)),
                );
            }
            self.now = self.now.plus(1_000);
            events.extend(self.input(Input::Timeout));
        }
        events
    }
}

fn data(events: &[Event]) -> Vec<&Data> {
    let mut all = Vec::new();
    for event in events {
        if let Event::Data(data) = event {
            all.push(data);
        }
    }
    all
}

fn voices(events: &[Event]) -> Vec<&str> {
    let mut texts = Vec::new();
    for event in events {
        if let Event::Voice(cue) = event {
            texts.push(cue.text.as_str());
        }
    }
    texts
}

fn devices(events: &[Event]) -> Vec<(Side, DeviceState)> {
    let mut devices = Vec::new();
    for event in events {
        if let Event::Device { side, state } = event {
            devices.push((*side, *state));
        }
    }
    devices
}

#[test]
fn drained_means_quiet_until_the_next_second() {
    let mut rig = Rig::new();
    let Output::Timeout(Some(due)) = rig.coach.poll_output() else {
        panic!("something to tell already")
    };
    assert_eq!(due, START.plus(1_000));
    rig.now = due.plus(-1);
    assert_eq!(rig.input(Input::Timeout), []);
    rig.now = due;
    assert_eq!(data(&rig.input(Input::Timeout)).len(), 1);
}

#[test]
fn data_comes_each_second_with_value_zero_while_nobody_sends() {
    let mut rig = Rig::new();
    let events = rig.pass(40, None);
    let data = data(&events);
    assert_eq!(data.len(), 40);
    assert!(
        data.iter()
            .all(|data| data.value == 0.0 && data.stage == Stage::Unknown)
    );
    assert_eq!(data[39].at, START.plus(40_000));
}

#[test]
fn missed_seconds_are_not_made_up_for() {
    let mut rig = Rig::new();
    rig.now = START.plus(3_600_500);
    assert_eq!(data(&rig.input(Input::Timeout)).len(), 1);
    let Output::Timeout(due) = rig.coach.poll_output() else {
        panic!("not drained")
    };
    assert_eq!(due, Some(START.plus(3_601_000)));
}

#[test]
fn time_that_runs_backwards_by_up_to_a_second_counts_as_the_latest_seen() {
    let mut rig = Rig::new();
    rig.pass(5, None);
    rig.now = START.plus(4_000);
    assert_eq!(data(&rig.input(Input::Timeout)), [] as [&Data; 0]);
    rig.sample(Side::Left, GOOD);
    assert_eq!(rig.coach.latest(Side::Left, START).unwrap().ratios, GOOD);
}

#[test]
fn a_clock_that_is_set_back_or_forward_by_any_amount_mutes_nothing() {
    for step in [-86_400_000, -3_600_000, -60_000, -1_500, 60_000, 3_600_000] {
        let mut rig = Rig::new();
        rig.pass(20, Some(GOOD));
        rig.now = rig.now.plus(step);
        let events = rig.pass(100, Some(GOOD));
        let data = data(&events);
        assert!(data.len() >= 99, "{step}: {}", data.len());
        assert_eq!(data.last().unwrap().at, rig.now, "{step}");
        assert!(data.iter().skip(1).all(|data| data.value > 0.0), "{step}");
        assert!(!voices(&events).is_empty(), "{step}");
    }
}

#[test]
fn the_value_is_one_without_fault_and_falls_with_each_topic_at_fault() {
    let mut rig = Rig::new();
    let events = rig.pass(1, Some(GOOD));
    assert_eq!(data(&events)[0].value, 1.0);
    let events = Rig::new().pass(1, Some(FORWARD));
    assert_eq!(data(&events)[0].value, 0.85);
}

#[test]
fn by_the_originals_rules_a_persistent_insole_fault_is_said_after_it_lasted_a_second() {
    let mut rig = Rig::new();
    rig.coach = Coach::new(Arc::new(CoachConfig::seed()), Language::En, START);
    let events = rig.pass(9, Some(FORWARD));
    assert_eq!(voices(&events), [Text::SayForward.say(Language::En)]);
}

#[test]
fn before_the_own_standing_is_known_the_insoles_only_ask_to_stand_still() {
    let mut rig = Rig::new();
    let events = rig.pass(20, Some(FORWARD));
    assert_eq!(voices(&events), [Text::SayStandStill.say(Language::En)]);
}

#[test]
fn without_data_there_is_an_encouragement_each_ten_seconds() {
    let mut rig = Rig::new();
    let events = rig.pass(60, None);
    assert_eq!(voices(&events).len(), 6);
}

#[test]
fn the_language_can_change_during_a_session() {
    let mut rig = Rig::new();
    rig.input(Input::Language(Language::Ko));
    let events = rig.pass(10, None);
    assert_eq!(voices(&events), [Text::CheerOne.say(Language::Ko)]);
}

#[test]
fn after_stop_nothing_is_said_until_the_next_start() {
    let mut rig = Rig::new();
    rig.coach = Coach::new(Arc::new(CoachConfig::seed()), Language::En, START);
    rig.input(Input::Command(Command::Stop));
    let events = rig.pass(30, Some(FORWARD));
    assert_eq!(voices(&events), [""; 0]);
    assert_eq!(data(&events).len(), 30);
    let mut events = rig.input(Input::Command(Command::Start));
    events.extend(rig.pass(12, Some(FORWARD)));
    let expected = [Text::SayStandStill, Text::SayForward].map(|text| text.say(Language::En));
    assert_eq!(voices(&events), expected);
}

#[test]
fn an_ai_status_counts_for_ten_seconds_and_not_longer() {
    let mut rig = Rig::new();
    let status = AiStatus {
        knee: Mark::Bad,
        ..AiStatus::default()
    };
    rig.input(Input::AiStatus(status));
    assert_eq!(rig.coach.ai(START.plus(10_000)), status);
    assert!(rig.coach.has_data(START.plus(10_000)));
    assert_eq!(rig.coach.ai(START.plus(10_001)), AiStatus::default());
    assert!(!rig.coach.has_data(START.plus(10_001)));
}

#[test]
fn an_outer_ai_alone_gives_a_value_and_a_voice() {
    let mut rig = Rig::new();
    rig.input(Input::AiStatus(AiStatus {
        knee: Mark::Bad,
        lumbar: Mark::Good,
        ankle: Mark::Null,
    }));
    let events = rig.pass(3, None);
    assert_eq!(data(&events)[0].value, 0.75);
    assert_eq!(voices(&events), [Text::SayKnee.say(Language::En)]);
}

#[test]
fn an_ai_that_assessed_nothing_gives_no_value_and_no_praise() {
    let mut rig = Rig::new();
    rig.input(Input::AiStatus(AiStatus::default()));
    let events = rig.pass(9, None);
    assert!(data(&events).iter().all(|data| data.value == 0.0));
    let combined = rig.coach.combined(Language::En, rig.now);
    assert_eq!(combined.ai.status, Status::NoData);
    assert_eq!(
        combined.overall_messages,
        [Text::NothingYet.say(Language::En)]
    );
}

#[test]
fn each_change_of_a_device_is_told_once() {
    let mut rig = Rig::new();
    let events = rig.pass(3, Some(GOOD));
    assert_eq!(
        devices(&events),
        [
            (Side::Left, DeviceState::Live),
            (Side::Right, DeviceState::Live)
        ]
    );
    let events = rig.pass(3, Some([0.0; 6]));
    assert_eq!(
        devices(&events),
        [
            (Side::Left, DeviceState::Unloaded),
            (Side::Right, DeviceState::Unloaded)
        ]
    );
    let events = rig.pass(30, None);
    assert_eq!(
        devices(&events),
        [
            (Side::Left, DeviceState::Silent),
            (Side::Right, DeviceState::Silent)
        ]
    );
    let events = rig.sample(Side::Right, GOOD);
    assert_eq!(devices(&events), [(Side::Right, DeviceState::Live)]);
}

#[test]
fn a_foot_in_the_air_is_no_data_and_not_praise() {
    let mut rig = Rig::new();
    let events = rig.pass(20, Some([0.0; 6]));
    assert!(
        data(&events)
            .iter()
            .all(|data| data.value == 0.0 && data.cop.is_none())
    );
    assert_eq!(voices(&events), [""; 0]);
    assert_eq!(
        rig.coach.feedback(Language::En, rig.now).status,
        Status::NoData
    );
}

#[test]
fn outputs_that_are_not_drained_stay_bounded_and_the_newest_are_kept() {
    let mut rig = Rig::new();
    for second in 1..=200 {
        rig.coach
            .handle_input(Input::Timeout, START.plus(second * 1_000));
    }
    let events = rig.drain();
    assert_eq!(events.len(), 64);
    assert_eq!(data(&events).last().unwrap().at, START.plus(200_000));
}

#[test]
fn calibrate_asks_the_person_to_stand_still() {
    let mut rig = Rig::new();
    let events = rig.input(Input::Command(Command::Calibrate));
    let Some(Event::Voice(cue)) = events.first() else {
        panic!("nothing said")
    };
    assert_eq!(
        (cue.kind, cue.text.as_str()),
        (CueKind::Instruction, Text::SayStandStill.say(Language::En))
    );
}

#[test]
fn a_coach_can_be_sent_between_threads() {
    const fn is_send<T: Send + Sync>() {}
    is_send::<Coach>();
}
