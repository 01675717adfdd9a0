//! Each rule of what is said, and when.

use super::*;
use crate::verdict::{Assessment, Rule, Source, Unit, Verdict};
use proptest::prelude::*;

fn verdict(rule: Rule, assessment: Assessment) -> Verdict {
    Verdict::new(rule, assessment, Unit::Percent, Source::Camera).with_evidence(2.0, 1.0, 1.0)
}

/// A session that is told of faults and reps and asked for a cue each second.
struct Rig {
    policy: CuePolicy,
    habits: FaultTracker,
    chooser: CueScheduler,
    now: UnixMillis,
    data: bool,
}

impl Rig {
    fn new() -> Self {
        let now = UnixMillis(1_000_000);
        let policy = CuePolicy::default();
        Self {
            policy,
            habits: FaultTracker::default(),
            chooser: CueScheduler::new(now),
            now,
            data: true,
        }
    }

    fn choose(&mut self, clean_rep: Option<u32>) -> Option<Cue> {
        let moment = CueContext {
            data: self.data,
            clean_rep,
            ..CueContext::new(self.now, Language::En)
        };
        self.chooser.choose(&self.policy, &mut self.habits, moment)
    }

    /// `seconds` with these rules at fault; what was said.
    fn lasting(&mut self, rules: &[Rule], seconds: i64) -> Vec<String> {
        let bad: Vec<_> = rules
            .iter()
            .map(|rule| verdict(*rule, Assessment::Bad))
            .collect();
        let mut said = Vec::new();
        for _ in 0..seconds {
            self.habits.observe(&bad, self.now);
            said.extend(self.choose(None).map(|cue| cue.text));
            self.now = self.now.plus(1_000);
        }
        said
    }

    /// A repetition of three seconds with these outcomes; what was said at its end.
    fn rep(&mut self, number: u32, outcomes: &[(Rule, Assessment)]) -> Option<Cue> {
        self.now = self.now.plus(3_000);
        let verdicts: Vec<_> = outcomes
            .iter()
            .map(|(rule, outcome)| verdict(*rule, *outcome))
            .collect();
        let clean = !verdicts
            .iter()
            .any(|verdict| verdict.assessment == Assessment::Bad);
        self.habits.rep_ended(&verdicts, self.now);
        self.choose(clean.then_some(number))
    }
}

const BAD: Assessment = Assessment::Bad;
const GOOD: Assessment = Assessment::Good;

#[test]
fn at_most_one_cue_in_ten_seconds() {
    let mut rig = Rig::new();
    let said = rig.lasting(&[Rule::TrunkLean, Rule::KneeSeparation, Rule::Depth], 11);
    assert_eq!(said, ["Chest up, brace your core"]);
    assert_eq!(
        rig.lasting(&[Rule::TrunkLean, Rule::KneeSeparation, Rule::Depth], 1),
        ["Push your knees out"]
    );
}

#[test]
fn safety_comes_before_depth_and_depth_before_tempo() {
    let mut rig = Rig::new();
    use Rule::*;
    let said = rig.lasting(
        &[
            DescentTempo,
            Depth,
            LeftRightDiff,
            HeelLift,
            KneeSeparation,
            TrunkLean,
        ],
        29,
    );
    let expected = [
        "Chest up, brace your core",
        "Push your knees out",
        "Keep your heels on the floor",
    ];
    assert_eq!(said, expected);
    let mut rig = Rig::new();
    let said = rig.lasting(&[DescentTempo, Depth, LeftRightDiff], 29);
    let expected = [
        "Put equal weight on both feet",
        "Sit a little deeper",
        "Slow down on the way down",
    ];
    assert_eq!(said, expected);
}

#[test]
fn the_same_fault_is_not_said_within_thirty_seconds_and_then_in_other_words() {
    let mut rig = Rig::new();
    assert_eq!(
        rig.lasting(&[Rule::KneeSeparation], 31),
        ["Push your knees out"]
    );
    assert_eq!(
        rig.lasting(&[Rule::KneeSeparation], 1),
        ["Knees in line with your toes"]
    );
}

#[test]
fn a_fault_is_said_once_it_lasted_a_second_and_not_before() {
    let mut rig = Rig::new();
    let bad = [verdict(Rule::KneeSeparation, BAD)];
    rig.habits.observe(&bad, rig.now);
    rig.now = rig.now.plus(999);
    rig.habits.observe(&bad, rig.now);
    assert_eq!(rig.choose(None), None);
    rig.now = rig.now.plus(1);
    rig.habits.observe(&bad, rig.now);
    assert_eq!(rig.choose(None).unwrap().topic, Some(Topic::Knee));
}

#[test]
fn a_fault_that_is_interrupted_starts_again() {
    let mut rig = Rig::new();
    for _ in 0..5 {
        rig.habits
            .observe(&[verdict(Rule::KneeSeparation, BAD)], rig.now);
        rig.now = rig.now.plus(900);
        rig.habits
            .observe(&[verdict(Rule::KneeSeparation, GOOD)], rig.now);
        assert_eq!(rig.choose(None), None);
        rig.now = rig.now.plus(900);
    }
}

#[test]
fn a_fault_of_one_repetition_is_not_said_and_of_two_is() {
    let mut rig = Rig::new();
    assert_eq!(rig.rep(1, &[(Rule::Depth, BAD)]), None);
    assert_eq!(
        rig.rep(2, &[(Rule::Depth, BAD)]).unwrap().text,
        "Sit a little deeper"
    );
}

#[test]
fn a_fault_ten_repetitions_ago_no_longer_counts() {
    let said_after = |clean: u32| {
        let mut rig = Rig::new();
        rig.rep(1, &[(Rule::Depth, BAD)]);
        (0..clean).for_each(|number| drop(rig.rep(2 + number, &[(Rule::Depth, GOOD)])));
        rig.rep(2 + clean, &[(Rule::Depth, BAD)])
            .map(|cue| cue.text)
    };
    assert_eq!(said_after(8).as_deref(), Some("Sit a little deeper"));
    assert_eq!(said_after(9), None);
}

#[test]
fn a_fault_that_was_cued_and_is_gone_for_three_repetitions_is_praised_once() {
    let mut rig = Rig::new();
    rig.rep(1, &[(Rule::Depth, BAD)]);
    assert!(rig.rep(2, &[(Rule::Depth, BAD)]).is_some());
    rig.now = rig.now.plus(10_000);
    assert_eq!(rig.rep(3, &[(Rule::Depth, GOOD)]), None);
    assert_eq!(rig.rep(4, &[(Rule::Depth, GOOD)]), None);
    let cue = rig.rep(5, &[(Rule::Depth, GOOD)]).unwrap();
    assert_eq!(
        (cue.kind, cue.text.as_str()),
        (CueKind::Praise, "Good, that is deep enough")
    );
    rig.now = rig.now.plus(60_000);
    assert_eq!(rig.rep(6, &[(Rule::Depth, GOOD)]), None);
}

#[test]
fn nothing_is_praised_while_one_of_the_last_three_repetitions_had_another_fault() {
    let mut rig = Rig::new();
    rig.rep(1, &[(Rule::Depth, BAD)]);
    assert!(rig.rep(2, &[(Rule::Depth, BAD)]).is_some());
    rig.now = rig.now.plus(10_000);
    for number in 3..9 {
        let knees = if number == 6 { BAD } else { GOOD };
        let cue = rig.rep(
            number,
            &[(Rule::Depth, GOOD), (Rule::KneeSeparation, knees)],
        );
        assert_eq!(cue.is_some(), number == 5, "{number}");
        rig.now = rig.now.plus(10_000);
    }
}

#[test]
fn a_fault_in_the_other_direction_is_another_fault() {
    let mut rig = Rig::new();
    let front = |value: f64| {
        let verdict = Verdict::new(Rule::FrontShare, BAD, Unit::Percent, Source::Insole);
        verdict.with_evidence(value, 45.0, 1.0)
    };
    let mut said = Vec::new();
    for second in 0..25 {
        let value = if second < 8 { 30.0 } else { 60.0 };
        rig.habits.observe(&[front(value)], rig.now);
        said.extend(rig.choose(None).map(|cue| cue.id.into_owned()));
        rig.now = rig.now.plus(1_000);
    }
    assert_eq!(said, ["say_backward", "say_forward"]);
}

#[test]
fn heels_that_lift_are_spoken_of_before_the_weight_on_the_toes() {
    let mut rig = Rig::new();
    for second in 0..9 {
        let lifts = if second % 2 == 0 { BAD } else { GOOD };
        let both = [verdict(Rule::FrontShare, BAD), verdict(Rule::HeelLift, BAD)];
        rig.habits
            .observe(&both[..1 + usize::from(lifts == BAD)], rig.now);
        if let Some(cue) = rig.choose(None) {
            assert_eq!(cue.topic, Some(Topic::Ankle));
        }
        rig.now = rig.now.plus(1_000);
    }
}

#[test]
fn what_was_not_assessed_is_not_praised() {
    let mut rig = Rig::new();
    rig.rep(1, &[(Rule::Depth, BAD)]);
    rig.rep(2, &[(Rule::Depth, BAD)]);
    let unknown = Assessment::NotAssessed(crate::verdict::Reason::View);
    for number in 3..10 {
        rig.now = rig.now.plus(10_000);
        assert_eq!(rig.rep(number, &[(Rule::Depth, unknown)]), None);
    }
}

#[test]
fn a_fault_that_was_never_cued_is_not_praised() {
    let mut rig = Rig::new();
    rig.rep(1, &[(Rule::Depth, BAD)]);
    for number in 2..6 {
        rig.now = rig.now.plus(10_000);
        assert_eq!(rig.rep(number, &[(Rule::Depth, GOOD)]), None);
    }
}

#[test]
fn counts_are_silent_or_come_with_every_clean_repetition_whatever_else_was_said() {
    let mut rig = Rig::new();
    assert_eq!(rig.rep(1, &[(Rule::Depth, GOOD)]), None);
    rig.policy.count = true;
    for number in 2..6 {
        let cue = rig.rep(number, &[(Rule::Depth, GOOD)]).unwrap();
        assert_eq!((cue.kind, &*cue.id), (CueKind::Count, "count"));
    }
    assert_eq!(rig.rep(6, &[(Rule::Depth, BAD)]), None);
    let cue = rig.rep(7, &[(Rule::Depth, BAD)]).unwrap();
    assert_eq!(cue.kind, CueKind::Fault, "counts hold nothing up");
    assert_eq!(rig.rep(8, &[(Rule::Depth, GOOD)]).unwrap().text, "Eight!");
}

#[test]
fn without_data_encouragement_rotates_every_ten_seconds_from_the_tenth_on() {
    let mut rig = Rig::new();
    rig.data = false;
    let said = rig.lasting(&[], 72);
    assert_eq!(said.len(), 7);
    assert_eq!(said[0], said[5]);
    assert_eq!(
        said[..5]
            .iter()
            .collect::<std::collections::HashSet<_>>()
            .len(),
        5
    );
    rig.data = true;
    assert_eq!(rig.lasting(&[], 30), [""; 0]);
}

#[test]
fn all_well_is_said_in_turns_and_only_when_something_was_assessed() {
    let mut rig = Rig::new();
    let mut said = Vec::new();
    for _ in 0..100 {
        rig.now = rig.now.plus(1_000);
        let moment = CueContext {
            data: true,
            steady: true,
            ..CueContext::new(rig.now, Language::En)
        };
        said.extend(
            rig.chooser
                .choose(&rig.policy, &mut rig.habits, moment)
                .map(|cue| cue.text),
        );
    }
    let expected = [
        "Your balance is good, carry on",
        "Your weight is well placed",
        "Your feet are steady, well done",
    ];
    assert_eq!(said[..3], expected);
    assert_eq!(said.len(), 4);
}

#[test]
fn an_instruction_goes_first_but_waits_for_the_interval_and_not_longer_than_five_seconds() {
    let mut rig = Rig::new();
    rig.habits
        .observe(&[verdict(Rule::TrunkLean, BAD)], rig.now);
    rig.chooser.instruct(Text::SayStandStill, rig.now);
    assert_eq!(rig.choose(None).unwrap().kind, CueKind::Instruction);
    rig.chooser.instruct(Text::SayCalibrated, rig.now);
    rig.now = rig.now.plus(9_999);
    assert_eq!(rig.choose(None), None);
    rig.now = rig.now.plus(1);
    assert_eq!(rig.choose(None), None);
}

#[test]
fn a_topic_left_out_of_the_policy_is_not_spoken_of() {
    let mut rig = Rig::new();
    rig.policy.priority = vec![Topic::Depth];
    assert_eq!(
        rig.lasting(&[Rule::TrunkLean, Rule::Depth], 5),
        ["Sit a little deeper"]
    );
}

proptest! {
    /// Whatever happens: ten seconds between cues, thirty between the same text, never twice running.
    #[test]
    fn the_limits_hold_whatever_happens(
        steps in prop::collection::vec((0_usize..18, 0_u8..6, 0_i64..4_000), 1..200),
    ) {
        let mut rig = Rig::new();
        let mut said: Vec<(i64, String)> = Vec::new();
        for (number, (rule, what, step)) in steps.into_iter().enumerate() {
            let rule = Rule::ALL[rule];
            rig.now = rig.now.plus(step);
            rig.data = what != 5;
            let outcome = if what % 2 == 0 { BAD } else { GOOD };
            if what < 3 {
                rig.habits.observe(&[verdict(rule, outcome)], rig.now);
            } else {
                rig.habits.rep_ended(&[verdict(rule, outcome)], rig.now);
            }
            let cue = rig.choose((what == 3).then_some(number as u32));
            said.extend(cue.map(|cue| (cue.at.0, cue.text)));
        }
        for pair in said.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= 10_000);
            prop_assert_ne!(&pair[0].1, &pair[1].1);
        }
        for (index, (at, text)) in said.iter().enumerate() {
            let again = said[index + 1..].iter().find(|(_, other)| other == text);
            prop_assert!(again.is_none_or(|(later, _)| later - at >= 30_000));
        }
    }
}
