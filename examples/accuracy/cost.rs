//! What a session costs: memory, and time against the time that it takes people.

use std::{hint::black_box, sync::Arc, time::Instant};

use squirret::{
    Language, UnixMillis,
    coach::{
        Coach, CoachConfig, Command, Event, Input, Output,
        record::{Head, Record, Replay},
    },
    fsr::Side,
    sim::{Angle, Plan, Squatter},
};

use crate::Table;

/// A frame may take this part of the time to read its 33 points from JSON: 1.1 times what it took before views, phones and
/// other movement were told apart.
const MOST_OF_READING: f64 = 0.32;

/// Measures memory and speed.
pub(crate) fn measure(table: &mut Table) {
    memory(table);
    replay(table);
    frame(table);
}

/// Time of a frame in the coach over the time to read the same points from JSON.
fn frame(table: &mut Table) {
    let mut plan = Plan::default();
    plan.reps = Some(10);
    let squatter = Squatter::new(plan.clone(), 3);
    let poses: Vec<_> = (0..(10.0 * plan.period_seconds() * 30.0) as i64)
        .map(|step| squatter.pose(Angle::Front, 9.0 / 16.0, 0.001, step as f64 / 30.0))
        .collect();
    let texts: Vec<String> = poses
        .iter()
        .map(|pose| {
            let points = pose.keypoints.map(|p| [p.x, p.y, p.z, p.visibility]);
            serde_json::to_string(points.as_slice()).unwrap_or_default()
        })
        .collect();
    // The least of several rounds: what other processes take is not ours.
    let (mut coached, mut read) = (f64::MAX, f64::MAX);
    for _ in 0..60 {
        let mut coach = Coach::new(
            Arc::new(CoachConfig::default()),
            Language::En,
            UnixMillis(0),
        );
        let begin = Instant::now();
        for (step, pose) in poses.iter().enumerate() {
            let at = UnixMillis(step as i64 * 1000 / 30);
            let input = Input::Pose {
                frame: step as u64,
                pose: Some(pose),
                at,
            };
            coach.handle_input(input, at);
            while let Output::Event(event) = coach.poll_output() {
                black_box(event);
            }
        }
        coached = coached.min(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        for text in &texts {
            let points: Result<Vec<[f32; 4]>, _> = serde_json::from_str(black_box(text));
            black_box(points.is_ok());
        }
        read = read.min(begin.elapsed().as_secs_f64());
    }
    let (frame, ratio) = (1e6 * coached / poses.len() as f64, coached / read);
    let what = "a frame in the coach; over reading its points from JSON";
    let came_out = format!("{frame:.1} µs; {ratio:.3}");
    table.line(
        what,
        &came_out,
        &format!("≤ {MOST_OF_READING}"),
        ratio <= MOST_OF_READING,
    );
}

/// Gives a coach a session of `reps` squats with 15 frames and 2 × 25 samples a second, drained after each input.
fn session(coach: &mut Coach, reps: u32) {
    let mut plan = Plan::default();
    plan.reps = Some(reps);
    let squatter = Squatter::new(plan.clone(), 3);
    let seconds = plan.lead_seconds + f64::from(reps) * plan.period_seconds();
    coach.handle_input(Input::Command(Command::Start), UnixMillis(0));
    for step in 0..(seconds * 25.0) as i64 {
        let seconds = step as f64 / 25.0;
        let now = UnixMillis(step * 40);
        for side in Side::BOTH {
            coach.handle_input(Input::Sample(squatter.sample(side, seconds, now)), now);
        }
        if step % 2 == 0 {
            let pose = squatter.pose(Angle::Front, 9.0 / 16.0, 0.001, seconds);
            coach.handle_input(
                Input::Pose {
                    frame: step as u64,
                    pose: Some(&pose),
                    at: now,
                },
                now,
            );
        }
        while let Output::Event(event) = coach.poll_output() {
            black_box(event);
        }
    }
}

fn memory(table: &mut Table) {
    let config = Arc::new(CoachConfig::default());
    for (reps, must) in [(30, 24.0), (300, 36.0)] {
        let mut coach = Coach::new(Arc::clone(&config), Language::En, UnixMillis(0));
        session(&mut coach, reps);
        let kib = (coach.heap_bytes() + size_of::<Coach>()) as f64 / 1024.0;
        let counted = coach.workout().reps;
        let what = format!("memory of a session with camera and insoles, {reps} squats");
        let came_out = format!("{kib:.1} KiB ({counted} counted)");
        table.line(&what, &came_out, &format!("≤ {must:.0} KiB"), kib <= must);
    }
}

/// A recording of a session that is replayed, reading included.
fn replay(table: &mut Table) {
    let lines = record();
    let begin = Instant::now();
    let mut told = 0;
    let mut replay = Replay::new(Head::new(
        CoachConfig::default(),
        Language::En,
        UnixMillis(0),
    ));
    for line in &lines {
        let record = Record::from_line(line);
        if let (Ok(replay), Ok(record)) = (&mut replay, record) {
            let taken = replay.take(&record, |_, _| told += 1);
            assert!(taken.is_ok(), "the replay says something else");
        }
    }
    let took = begin.elapsed().as_secs_f64();
    let lasted = replay.map_or(0.0, |replay| replay.now().0 as f64 / 1e3);
    let times = lasted / took;
    let what = "replay of a recording with camera and insoles, from its lines";
    let came_out = format!("{times:.0} × real time, {told} events");
    table.line(what, &came_out, "≥ 1000 ×", times >= 1_000.0);
}

/// The lines of a recording of 40 squats.
fn record() -> Vec<String> {
    let mut plan = Plan::default();
    plan.reps = Some(40);
    let squatter = Squatter::new(plan.clone(), 5);
    let mut coach = Coach::new(
        Arc::new(CoachConfig::default()),
        Language::En,
        UnixMillis(0),
    );
    let mut lines = Vec::new();
    let mut give = |coach: &mut Coach, input: Input<'_>, now: UnixMillis| {
        lines.extend(Record::input(&input, now).to_line());
        coach.handle_input(input, now);
        while let Output::Event(event) = coach.poll_output() {
            let event: Event = event;
            lines.extend(Record::event(&event).and_then(|record| record.to_line().ok()));
        }
    };
    for step in 0..(40.0 * plan.period_seconds() * 25.0) as i64 {
        let (seconds, now) = (step as f64 / 25.0, UnixMillis(step * 40));
        for side in Side::BOTH {
            give(
                &mut coach,
                Input::Sample(squatter.sample(side, seconds, now)),
                now,
            );
        }
        if step % 2 == 0 {
            let pose = squatter.pose(Angle::Front, 9.0 / 16.0, 0.001, seconds);
            let input = Input::Pose {
                frame: step as u64,
                pose: Some(&pose),
                at: now,
            };
            give(&mut coach, input, now);
        }
    }
    lines
}
