//! How right the coach is: on labelled recordings of people and on simulated ones, with the default thresholds.
//!
//! ```sh
//! cargo run --release --example accuracy -- [DATA_DIR] [--only PART,…] [--no-pictures]
//! ```
//!
//! DATA_DIR holds the public data sets that CONTRIBUTING.md lists; without it only what needs none is measured. Each line
//! says what was measured, what came out, and what it must be; a line that does not hold makes the program fail. With
//! `SQUIRRET_SHOW=1` each wrong judgement is printed above its line. PART is one of people, footage, feet, times, load,
//! viewpoints, felt, cost.

mod changes;
mod coached;
mod cost;
mod data;
mod feet;
mod footage;
mod people;
mod pictures;
mod simulated;
mod table;
mod viewpoints;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, process::ExitCode};

use crate::{data::Failure, table::Table};

const USAGE: &str = "usage: accuracy [DATA_DIR] [--only PART,…] [--no-pictures]";

/// What is measured.
#[derive(Debug)]
struct Arguments {
    folder: Option<PathBuf>,
    only: Option<Vec<String>>,
    pictures: bool,
}

impl Arguments {
    fn read() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        let (mut folder, mut only, mut pictures) = (None, None, true);
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--only") => {
                    let parts = words.next()?.into_string().ok()?;
                    only = Some(parts.split(',').map(str::to_owned).collect());
                }
                Some("--no-pictures") => pictures = false,
                _ if folder.is_none() => folder = Some(word.into()),
                _ => return None,
            }
        }
        Some(Self {
            folder,
            only,
            pictures,
        })
    }

    fn wants(&self, part: &str) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|only| only.iter().any(|wanted| wanted == part))
    }
}

fn measure(arguments: &Arguments, table: &mut Table) -> Result<(), Failure> {
    if let Some(folder) = &arguments.folder {
        if arguments.wants("footage") {
            footage::measure(folder, arguments.pictures, table)?;
        }
        if arguments.wants("people") {
            people::measure(folder, table)?;
        }
        if arguments.wants("feet") {
            feet::walk(folder, table)?;
        }
    }
    type Measure = fn(&mut Table);
    let parts: [(&str, Measure); 6] = [
        ("viewpoints", viewpoints::measure),
        ("times", simulated::times),
        ("felt", simulated::phantoms),
        ("load", simulated::by_load),
        ("feet", feet::load),
        ("cost", cost::measure),
    ];
    for (part, measure) in parts {
        if arguments.wants(part) {
            measure(table);
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let Some(arguments) = Arguments::read() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut table = Table::new();
    if let Err(error) = measure(&arguments, &mut table) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if table.failed() > 0 {
        eprintln!("{} lines do not hold", table.failed());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
