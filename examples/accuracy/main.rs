//! How right the coach is: on labelled recordings of people and on simulated ones, with the default thresholds.
//!
//! ```sh
//! cargo run --release --example accuracy -- DATA_DIR
//! ```
//!
//! DATA_DIR holds the public data sets that CONTRIBUTING.md lists; without it only what needs none is measured. Each line
//! tells what was measured, what came out, and what it must be; a line that does not hold makes the program fail.

mod cost;
mod data;
mod feet;
mod people;
mod simulated;

use std::{path::PathBuf, process::ExitCode};

/// The table, line by line.
#[derive(Debug, Default)]
struct Table {
    failed: u32,
}

impl Table {
    /// A line whose value must hold.
    fn line(&mut self, what: &str, came_out: &str, must: &str, holds: bool) {
        let mark = if holds { "" } else { "  ✗ does not hold" };
        println!("| {what:<66} | {came_out:<44} | {must:<24} |{mark}");
        self.failed += u32::from(!holds);
    }

    /// A line that only tells.
    fn note(&self, what: &str, came_out: &str) {
        println!("| {what:<66} | {came_out:<44} | {:<24} |", "");
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from);
    if arguments.next().is_some() {
        eprintln!("usage: accuracy [DATA_DIR]");
        return ExitCode::from(2);
    }
    let mut table = Table::default();
    println!("| {:<66} | {:<44} | {:<24} |", "what", "came out", "must");
    println!("|{}|{}|{}|", "-".repeat(68), "-".repeat(46), "-".repeat(26));
    if let Some(folder) = &folder
        && let Err(error) =
            people::measure(folder, &mut table).and_then(|()| feet::walk(folder, &mut table))
    {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    feet::load(&mut table);
    simulated::measure(&mut table);
    cost::measure(&mut table);
    if table.failed > 0 {
        eprintln!("{} lines do not hold", table.failed);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
