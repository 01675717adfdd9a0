//! Simulated people: the times of squats at every frame rate, what is no squat, and what the force alone shows.

use std::sync::Arc;

use squirret::{
    Language, UnixMillis,
    coach::{Coach, CoachConfig, Event, Input, Output, RepRecord},
    fsr::Side,
    sim::{Act, Angle, Plan, Squatter},
};

use crate::{
    Table,
    data::{Random, median, part},
};

/// Points that shake by this, in picture heights, make the knee's angle shake by 2° (shank and thigh of the figure are
/// 0.2 picture heights long).
const SHAKE: f64 = 0.0034;

/// Width over height of the pictures.
const ASPECT: f32 = 9.0 / 16.0;

/// The times of squats.
pub(crate) fn times(table: &mut Table) {
    for angle in [Angle::Front, Angle::Side] {
        times_from(angle, table);
    }
}

/// What a session gives a coach.
#[derive(Clone, Copy)]
struct Session {
    seconds: f64,
    frames: Option<(Angle, f64)>,
    /// Samples a second of each foot.
    samples: Option<f64>,
    shake: f64,
    drop: f64,
}

/// The repetitions that a fresh coach with the default thresholds sees.
fn watch(plan: &Plan, seed: u64, session: Session) -> Vec<RepRecord> {
    let squatter = Squatter::new(plan.clone(), seed);
    let mut coach = Coach::new(
        Arc::new(CoachConfig::default()),
        Language::En,
        UnixMillis(0),
    );
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut reps = Vec::new();
    let ticks = (session.seconds * 1e3) as i64;
    let due = |tick: i64, per_second: f64| {
        let count = |tick: i64| (tick as f64 * per_second / 1e3).floor();
        tick == 0 || count(tick) > count(tick - 1)
    };
    for tick in 0..ticks {
        let (at, seconds) = (UnixMillis(tick), tick as f64 / 1e3);
        if let Some((angle, per_second)) = session.frames
            && due(tick, per_second)
            && random.even() >= session.drop
        {
            let pose = squatter.pose(angle, ASPECT, session.shake, seconds);
            let input = Input::Pose {
                frame: tick as u64,
                pose: Some(&pose),
                at,
            };
            coach.handle_input(input, at);
        }
        if let Some(per_second) = session.samples
            && due(tick, per_second)
        {
            for side in Side::BOTH {
                coach.handle_input(Input::Sample(squatter.sample(side, seconds, at)), at);
            }
        }
        while let Output::Event(event) = coach.poll_output() {
            if let Event::Rep(rep) = event {
                reps.push(rep);
            }
        }
    }
    reps
}

/// Squats of this plan, whose times are known, before a camera.
fn times_from(angle: Angle, table: &mut Table) {
    let (mut all, mut missed, mut extra) = (Vec::new(), 0, 0);
    for per_second in [5.0, 8.0, 10.0, 15.0, 24.0, 30.0, 60.0] {
        let mut errors = Vec::new();
        for seed in 1..=12 {
            let mut plan = Plan::default();
            let mut random = Random(seed * 77 + 1);
            plan.reps = Some(5);
            plan.descent_seconds = 1.0 + 1.2 * random.even();
            plan.bottom_seconds = 0.6 * random.even();
            plan.ascent_seconds = 0.8 + 0.7 * random.even();
            plan.depth = 0.8 + 0.25 * random.even();
            let seconds = plan.lead_seconds + 5.0 * plan.period_seconds() + 1.0;
            let frames = Some((angle, per_second));
            let session = Session {
                seconds,
                frames,
                samples: None,
                shake: SHAKE,
                drop: 0.2,
            };
            let reps = watch(&plan, seed, session);
            extra += reps.len().saturating_sub(5);
            missed += 5_usize.saturating_sub(reps.len());
            for (number, rep) in reps.iter().enumerate().take(5) {
                let start = plan.lead_seconds + number as f64 * plan.period_seconds();
                let bottom = start + plan.descent_seconds;
                let leave = bottom + plan.bottom_seconds;
                let end = leave + plan.ascent_seconds;
                let told = rep.start.0 as f64 / 1e3;
                let told_bottom = told + rep.descent_seconds;
                let pairs = [
                    (told, start),
                    (told_bottom, bottom),
                    (told_bottom + rep.bottom_seconds, leave),
                    (rep.end.0 as f64 / 1e3, end),
                ];
                errors.extend(pairs.map(|(told, truth)| 1e3 * (told - truth).abs()));
            }
        }
        let what = format!("simulated, {angle:?}, {per_second} frames/s: times of stages");
        let came_out = format!(
            "median {:.0} ms, 90 % below {:.0} ms",
            median(&mut errors),
            part(&mut errors, 0.9)
        );
        table.line(
            &what,
            &came_out,
            "median ≤ 100 ms",
            median(&mut errors) <= 100.0,
        );
        all.extend(errors);
    }
    let what = format!("simulated, {angle:?}, all: times; missed; too many");
    let came_out = format!("median {:.0} ms; {missed}; {extra}", median(&mut all));
    let holds = median(&mut all) <= 60.0 && missed + extra == 0;
    table.line(&what, &came_out, "≤ 60 ms; 0; 0", holds);
}

/// What is no squat, before cameras and on insoles.
pub(crate) fn phantoms(table: &mut Table) {
    let views = [
        Angle::Front,
        Angle::Side,
        Angle::Turned(5),
        Angle::Turned(30),
        Angle::Turned(60),
    ];
    for act in Act::NON_SQUATS {
        let (mut seen, mut felt, mut both, mut tries) = (0, 0, 0, 0);
        for seed in 1..=4 {
            for descent_seconds in [0.5, 1.0, 2.0] {
                let mut plan = Plan::default();
                plan.act = act;
                plan.reps = Some(4);
                plan.descent_seconds = descent_seconds;
                let seconds = plan.lead_seconds + 4.0 * plan.period_seconds() + 1.0;
                let session = Session {
                    seconds,
                    frames: None,
                    samples: None,
                    shake: 0.002,
                    drop: 0.0,
                };
                tries += 4;
                felt += watch(
                    &plan,
                    seed,
                    Session {
                        samples: Some(50.0),
                        ..session
                    },
                )
                .len();
                for view in views {
                    for per_second in [10.0, 30.0] {
                        let frames = Some((view, per_second));
                        seen += watch(&plan, seed, Session { frames, ..session }).len();
                    }
                }
                let frames = Some((Angle::Front, 15.0));
                both += watch(
                    &plan,
                    seed,
                    Session {
                        frames,
                        samples: Some(25.0),
                        ..session
                    },
                )
                .len();
            }
        }
        let what = format!(
            "no squat: {act:?} {tries} times; seen ({} ways), felt, both",
            2 * views.len()
        );
        let came_out = format!("{seen}, {felt}, {both}");
        // By force alone nobody tells a lunge whose feet stay from a squat.
        let must_felt = if act == Act::SplitSquat { 0 } else { felt };
        let rule = if act == Act::SplitSquat {
            "0, –, 0"
        } else {
            "0, 0, 0"
        };
        table.line(&what, &came_out, rule, seen + must_felt + both == 0);
    }
}

/// Squats that only the force on the insoles shows.
pub(crate) fn by_load(table: &mut Table) {
    for (descent_seconds, must) in [
        (1.0, 0.97),
        (1.5, 0.97),
        (2.0, 0.97),
        // Slower descents take less force than sensors err: only their rise is felt.
        (2.5, 0.75),
        (3.0, 0.5),
        (4.0, 0.5),
    ] {
        let (mut counted, mut extra, mut all) = (0, 0, 0);
        for seed in 1..=20 {
            for (hertz, part_spread) in [(10.0, 0.2), (25.0, 0.1), (50.0, 0.2)] {
                let mut plan = Plan::default();
                (plan.reps, plan.descent_seconds, plan.part_spread) =
                    (Some(4), descent_seconds, part_spread);
                let seconds = plan.lead_seconds + 4.0 * plan.period_seconds() + 2.0;
                let session = Session {
                    seconds,
                    frames: None,
                    samples: Some(hertz),
                    shake: 0.0,
                    drop: 0.0,
                };
                let reps = watch(&plan, seed, session).len();
                counted += reps.min(4);
                extra += reps.saturating_sub(4);
                all += 4;
            }
        }
        let part = counted as f64 / all as f64;
        let what = format!("by the force alone, {descent_seconds} s down: counted; too many");
        let came_out = format!("{counted} of {all} = {:.1} %; {extra}", 100.0 * part);
        let rule = format!("≥ {:.0} %; 0", 100.0 * must);
        table.line(&what, &came_out, &rule, part >= must && extra == 0);
    }
}
