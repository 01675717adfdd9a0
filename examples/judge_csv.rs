//! Judges a CSV of insole samples without a network, as a live session would have.
//!
//! `cargo run --example judge_csv [-- FILE [ko|en]]`; without a file it takes `examples/data/insoles.csv`: seven
//! seconds of standing and four squats, the last two on the toes.
//!
//! `squirret::formats::table` says which columns a table may have. Of a recording whose clock started again the first part
//! is judged.

use std::{error::Error, sync::Arc};

use squirret::{
    Language, UnixMillis,
    coach::{Coach, Event, Input, Output},
    formats::table::{self, TableMap},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/data/insoles.csv");
    let file = arguments.next().unwrap_or_else(|| bundled.to_owned());
    let language = if arguments.next().as_deref() == Some("ko") {
        Language::Ko
    } else {
        Language::En
    };
    let recording = table::read(std::fs::File::open(&file)?, &TableMap::default())?;
    for remark in recording.remarks.texts() {
        eprintln!("{remark}");
    }
    let samples = recording.parts.first().ok_or("no samples")?;
    let start = samples.first().ok_or("no samples")?.at;

    let mut coach = Coach::new(Arc::default(), language, start);
    let mut now = start;
    for sample in samples {
        now = sample.at;
        coach.handle_input(Input::Sample(*sample), now);
        tell(&mut coach, start, now);
    }
    let feedback = coach.feedback(language, now);
    println!(
        "last 10 s: {:?} {:?}: {}",
        feedback.stage, feedback.status, feedback.feedback
    );
    for verdict in feedback.verdicts {
        println!("    {}", serde_json::to_string(&verdict)?);
    }
    println!("{}", coach.workout().summary(language));
    Ok(())
}

/// Prints what the coach has to tell, but for the data of each second.
fn tell(coach: &mut Coach, start: UnixMillis, now: UnixMillis) {
    let seconds = now.since(start) as f64 / 1e3;
    while let Output::Event(event) = coach.poll_output() {
        match event {
            Event::Voice(cue) => println!("{seconds:5.1} s  says: {}", cue.text),
            Event::Rep(rep) => println!(
                "{seconds:5.1} s  squat {}: score {:.0}, {:.1} s down, {:.1} s up, faults: {}",
                rep.number,
                rep.score,
                rep.descent_seconds,
                rep.ascent_seconds,
                faults(&rep.verdicts)
            ),
            Event::Device { side, state } => {
                println!("{seconds:5.1} s  {side:?} insole: {state:?}")
            }
            Event::Calibrated => println!("{seconds:5.1} s  knows how you stand"),
            _ => {}
        }
    }
}

fn faults(verdicts: &[squirret::Verdict]) -> String {
    let faults: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.is_fault())
        .map(|verdict| format!("{:?}", verdict.rule))
        .collect();
    if faults.is_empty() {
        "none".to_owned()
    } else {
        faults.join(", ")
    }
}
