//! Judges a CSV of insole samples without a network, as a live session would have.
//!
//! `cargo run --example judge_csv [-- FILE [ko|en]]`; without a file it takes `examples/data/insoles.csv`: seven
//! seconds of standing and four squats, the last two on the toes.
//!
//! The header names the columns: `seconds`, `side`, and `ratio1` to `ratio6`, `voltage1` to `voltage6`, or both.

use std::{error::Error, sync::Arc};

use squirret::{
    Language, UnixMillis,
    coach::{Coach, Event, Input, Output},
    fsr::{Sample, Side, Six},
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
    let text = std::fs::read_to_string(&file)?;
    let samples = samples(&text)?;
    let start = samples.first().ok_or("no samples")?.at;

    let mut coach = Coach::new(Arc::default(), language, start);
    let mut now = start;
    for sample in &samples {
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

fn samples(text: &str) -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines
        .next()
        .ok_or("the file is empty")?
        .split(',')
        .map(str::trim)
        .collect();
    let column = |name: &str| header.iter().position(|head| *head == name);
    let six = |name: &str| -> Option<Vec<usize>> {
        (1..=6).map(|n| column(&format!("{name}{n}"))).collect()
    };
    let (ratios, volts) = (six("ratio"), six("voltage"));
    let (time, side) = (
        column("seconds").ok_or("no column seconds")?,
        column("side").ok_or("no column side")?,
    );
    let mut samples = Vec::new();
    for (line, number) in lines.filter(|line| !line.trim().is_empty()).zip(2..) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |index: usize| {
            cells
                .get(index)
                .copied()
                .ok_or(format!("line {number}: too few cells"))
        };
        let read = |columns: &Option<Vec<usize>>| -> Result<Option<Six>, Box<dyn Error>> {
            let Some(columns) = columns else {
                return Ok(None);
            };
            let values: Result<Vec<f64>, Box<dyn Error>> = columns
                .iter()
                .map(|index| Ok(cell(*index)?.parse::<f64>()?))
                .collect();
            Ok(values?.try_into().ok())
        };
        let side = if cell(side)?.eq_ignore_ascii_case("left") {
            Side::Left
        } else {
            Side::Right
        };
        let seconds: f64 = cell(time)?.parse()?;
        let at = UnixMillis((seconds * 1e3) as i64);
        samples.push(
            Sample::new(side, at, read(&ratios)?, read(&volts)?)
                .map_err(|error| format!("line {number}: {error}"))?,
        );
    }
    Ok(samples)
}
