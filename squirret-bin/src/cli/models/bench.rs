//! `squirret models bench`: how fast each network runs here.

use std::time::{Duration, Instant};

use squirret::pose::{Manifest, Network};

use super::Outcome;
use crate::models::ModelFolder;

/// Runs of a network before it is timed.
const WARM_UP: usize = 3;

/// Prints a line for each network of the folder.
pub(super) fn run(folder: &ModelFolder, runs: u32) -> Outcome {
    println!(
        "{:<24} {:>10} {:>10} {:>16} {:>9}",
        "model", "median ms", "least ms", "frames/s a core", "load ms"
    );
    let mut bad = 0;
    for entry in folder.entries()? {
        match time(folder, &entry.name, runs as usize) {
            Ok(times) => println!("{:<24} {times}", entry.name),
            Err(error) => {
                bad += 1;
                println!("{:<24} {error}", entry.name);
            }
        }
    }
    if bad > 0 {
        return Err(format!("{bad} networks cannot be run").into());
    }
    Ok(())
}

/// How long a network takes.
#[derive(Debug)]
struct Times {
    median: Duration,
    least: Duration,
    load: Duration,
}

impl Times {
    /// Of at least one run.
    fn of(mut runs: Vec<Duration>, load: Duration) -> Self {
        runs.sort();
        Self {
            median: runs[runs.len() / 2],
            least: runs[0],
            load,
        }
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [median, least, load] = [self.median, self.least, self.load].map(millis);
        let rate = 1e3 / median.max(1e-6);
        write!(f, "{median:>10.2} {least:>10.2} {rate:>16.1} {load:>9.0}")
    }
}

fn time(
    folder: &ModelFolder,
    name: &str,
    runs: usize,
) -> Result<Times, Box<dyn std::error::Error>> {
    let bytes = folder.read(name)?;
    let manifest = folder.manifest(name)?;
    let started = Instant::now();
    let network = match manifest {
        Some(text) => Network::load_sized(name, &bytes, &Manifest::parse(&text)?.input_shape())?,
        None => Network::load(name, &bytes)?,
    };
    let load = started.elapsed();
    let mut times = Vec::with_capacity(runs);
    for run in 0..WARM_UP + runs {
        let started = Instant::now();
        network.run(ripples, |_| ())?;
        if run >= WARM_UP {
            times.push(started.elapsed());
        }
    }
    Ok(Times::of(times, load))
}

/// A picture that is not flat: networks skip nothing, but processors may slow down on numbers near zero.
fn ripples(input: &mut [f32]) {
    for (i, value) in input.iter_mut().enumerate() {
        *value = ((i % 251) as f32 / 250.0).mul_add(0.8, 0.1);
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_median_and_the_rate_that_a_core_can_hold() {
        let runs = [9, 20, 10, 50, 5].map(Duration::from_millis).to_vec();
        let times = Times::of(runs, Duration::from_millis(321));
        insta::assert_snapshot!(times.to_string().trim(), @"10.00       5.00            100.0       321");
    }
}
