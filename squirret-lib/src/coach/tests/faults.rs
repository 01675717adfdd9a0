//! Simulated faults, as insoles alone feel them.

use super::*;
use crate::{
    feedback::{Cue, Topic},
    sim::{Fault, Plan, Squatter},
};

const SQUATS: u32 = 12;

/// What twelve squats with this fault led to.
struct Heard {
    reps: Vec<UnixMillis>,
    cues: Vec<Cue>,
    uneven: Vec<f64>,
    calibrated: bool,
}

fn squat(fault: Option<Fault>, hertz: i64, seed: u64) -> Heard {
    let mut plan = Plan {
        reps: Some(SQUATS),
        faults: fault.into_iter().collect(),
        ..Plan::default()
    };
    // The default is a drop in which the feet leave the ground: no insole can follow it.
    plan.fault_size.descent_seconds = 0.5;
    let seconds = plan.lead_seconds + f64::from(SQUATS) * plan.period_seconds() + 2.0;
    let squatter = Squatter::new(plan, seed);
    let mut coach = Coach::new(Arc::default(), Language::En, START);
    let mut heard = Heard {
        reps: Vec::new(),
        cues: Vec::new(),
        uneven: Vec::new(),
        calibrated: false,
    };
    for step in 0..(seconds * hertz as f64) as i64 {
        let since = step as f64 / hertz as f64;
        let now = START.plus((since * 1e3) as i64);
        for side in Side::BOTH {
            let sample = squatter.sample(side, since, now);
            coach.handle_input(Input::Sample(sample), now);
            while let Output::Event(event) = coach.poll_output() {
                match event {
                    Event::Rep(_) => heard.reps.push(now),
                    Event::Voice(cue) => heard.cues.push(cue),
                    Event::UnevenStand { left_load } => heard.uneven.push(left_load),
                    Event::Calibrated => heard.calibrated = true,
                    _ => {}
                }
            }
        }
    }
    heard
}

const FAULTS: [(Fault, Topic); 4] = [
    (Fault::HeelLift, Topic::Ankle),
    (Fault::KneesIn, Topic::Balance),
    (Fault::ForwardLean, Topic::Balance),
    (Fault::RightShift, Topic::Balance),
];

#[test]
fn each_fault_is_counted_and_named_within_three_repetitions_and_nothing_false_is_said() {
    let mut wrong = Vec::new();
    for (fault, topic) in FAULTS {
        for hertz in [10, 50] {
            for seed in 1..=3 {
                let heard = squat(Some(fault), hertz, seed);
                let name = format!("{fault:?} {hertz} Hz seed {seed}");
                let said: Vec<_> = heard
                    .cues
                    .iter()
                    .map(|cue| (cue.at.since(START) / 1_000, cue.text.as_str()))
                    .collect();
                if heard.reps.len() != SQUATS as usize {
                    wrong.push(format!("{name}: {} counted, {said:?}", heard.reps.len()));
                    continue;
                }
                let named = heard
                    .cues
                    .iter()
                    .find(|cue| cue.kind == CueKind::Fault)
                    .is_some_and(|cue| cue.topic == Some(topic) && cue.at <= heard.reps[2]);
                let only = heard
                    .cues
                    .iter()
                    .all(|cue| cue.kind == CueKind::Instruction || cue.topic == Some(topic));
                let praised = heard
                    .cues
                    .iter()
                    .any(|cue| matches!(cue.kind, CueKind::Praise | CueKind::Steady));
                if !named || !only || praised {
                    wrong.push(format!("{name}: {said:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn good_and_quick_squats_are_counted_and_nothing_is_found_fault_with() {
    for (fault, hertz) in [
        (None, 10),
        (None, 50),
        (Some(Fault::TooFast), 10),
        (Some(Fault::TooFast), 50),
    ] {
        for seed in 1..=5 {
            let heard = squat(fault, hertz, seed);
            assert_eq!(
                heard.reps.len(),
                SQUATS as usize,
                "{fault:?} {hertz} Hz seed {seed}"
            );
            assert!(heard.calibrated && heard.uneven.is_empty());
            let fault = heard.cues.iter().find(|cue| cue.kind == CueKind::Fault);
            assert_eq!(fault, None, "{hertz} Hz seed {seed}");
        }
    }
}

#[test]
fn before_the_baseline_nothing_is_said_but_to_stand_still() {
    for (fault, _) in FAULTS
        .into_iter()
        .filter(|(fault, _)| *fault != Fault::RightShift)
    {
        let heard = squat(Some(fault), 50, 1);
        let first = &heard.cues[0];
        assert_eq!(first.id, Text::SayStandStill.id(), "{fault:?}");
        assert!(first.at.since(START) <= 2_000);
    }
}

#[test]
fn an_uneven_stand_is_told_and_not_calibrated_until_it_is_confirmed() {
    let plan = Plan {
        reps: Some(0),
        faults: vec![Fault::RightShift],
        ..Plan::default()
    };
    let squatter = Squatter::new(plan, 4);
    let mut coach = Coach::new(Arc::default(), Language::En, START);
    let mut events = Vec::new();
    for step in 0..30 * 50 {
        let now = START.plus(step * 20);
        if step == 20 * 50 {
            coach.handle_input(Input::Command(Command::Calibrate), now);
        }
        for side in Side::BOTH {
            let sample = squatter.sample(side, step as f64 / 50.0, now);
            coach.handle_input(Input::Sample(sample), now);
        }
        while let Output::Event(event) = coach.poll_output() {
            events.push((step * 20, event));
        }
    }
    let uneven = events.iter().find_map(|(_, event)| match event {
        Event::UnevenStand { left_load } => Some(*left_load),
        _ => None,
    });
    assert!((uneven.unwrap() - 38.0).abs() < 4.0, "{uneven:?}");
    let calibrated = events.iter().find(|(_, event)| *event == Event::Calibrated);
    assert!(
        calibrated.is_some_and(|(at, _)| *at > 20_000),
        "{calibrated:?}"
    );
    let texts: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    assert!(voices(&texts).contains(&Text::SayMoreLeft.say(Language::En)));
}
