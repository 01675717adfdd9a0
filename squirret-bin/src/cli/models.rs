//! `squirret models`.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use squirret::pose::Network;

use crate::{
    config::Config,
    models::{self, Artefact, Entry, ModelFolder, Progress, Verified},
};

/// Runs of a network before and while it is timed.
const WARM_UP: usize = 3;

#[derive(Debug, Args)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// Show which models are there.
    List,
    /// Fetch what a server needs from where it is published, check it and convert it.
    Install {
        /// Take it from this wheel, node package or .tflite file instead; may be given several times.
        #[arg(long, value_name = "FILE")]
        from: Vec<PathBuf>,
        /// Also the lighter landmarks, through npm.
        #[arg(long)]
        lite: bool,
        /// Also the heavier landmarks, through npm.
        #[arg(long)]
        heavy: bool,
    },
    /// Convert a .tflite file, or take an .onnx file, as a model of that name.
    Import {
        /// The file.
        file: PathBuf,
        /// Its name; the file's own without its ending by default.
        #[arg(long)]
        name: Option<String>,
    },
    /// Compare all models with how they were installed, and load each.
    Verify,
    /// Time all models on this machine, one thread each.
    Bench {
        /// Timed runs of each.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        runs: u32,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Does what was asked in the folder of the configuration.
pub(super) fn run(config: &Config, args: &ModelsArgs) -> Outcome {
    let folder = ModelFolder::new(config.model.dir.clone(), &config.data_dir());
    match &args.command {
        ModelsCommand::List => list(&folder),
        ModelsCommand::Install { from, lite, heavy } => install(&folder, from, *lite, *heavy),
        ModelsCommand::Import { file, name } => import(&folder, file, name.as_deref()),
        ModelsCommand::Verify => verify(&folder),
        ModelsCommand::Bench { runs } => bench(&folder, *runs),
    }
}

fn list(folder: &ModelFolder) -> Outcome {
    println!("{}", folder.path().display());
    for entry in folder.entries()? {
        println!("  {:<24} {:>8}", entry.name, megabytes(&entry));
    }
    for artefact in Artefact::ALL
        .iter()
        .filter(|artefact| !folder.has(artefact.name))
    {
        println!(
            "  {:<24} not installed ({})",
            artefact.name, artefact.package.requirement
        );
    }
    Ok(())
}

fn install(folder: &ModelFolder, from: &[PathBuf], lite: bool, heavy: bool) -> Outcome {
    let wanted: Vec<Artefact> = Artefact::ALL
        .into_iter()
        .filter(|artefact| match artefact.name {
            "blazepose-lite" => lite,
            "blazepose-heavy" => heavy,
            _ => true,
        })
        .collect();
    let installed = models::install(folder, &wanted, from, &Progress::new())?;
    for name in &installed.present {
        println!("{name}: already there");
    }
    for name in &installed.written {
        println!("{name}: installed as {}", folder.file(name).display());
    }
    Ok(())
}

fn import(folder: &ModelFolder, file: &Path, name: Option<&str>) -> Outcome {
    let name = name
        .or_else(|| file.file_stem()?.to_str())
        .unwrap_or_default();
    let network = models::import_file(folder, file, name)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    println!(
        "{name}: takes {:?}, gives {:?}",
        network.input(),
        network.outputs()
    );
    Ok(())
}

fn verify(folder: &ModelFolder) -> Outcome {
    let mut bad = 0;
    for entry in folder.entries()? {
        let verdict = match folder.verify(&entry.name)? {
            Verified::Changed => Err("changed since it was installed".to_owned()),
            known => match Network::load(&entry.name, &folder.read(&entry.name)?) {
                Err(error) => Err(error.to_string()),
                Ok(_) if known == Verified::Unlisted => Ok("can be run; not installed by us"),
                Ok(_) => Ok("as installed"),
            },
        };
        bad += usize::from(verdict.is_err());
        let (sign, text) = match &verdict {
            Ok(text) => ("ok ", *text),
            Err(text) => ("BAD", text.as_str()),
        };
        println!("{sign} {:<24} {text}", entry.name);
    }
    if bad > 0 {
        Err(format!("{bad} models are not as they should be").into())
    } else {
        Ok(())
    }
}

fn bench(folder: &ModelFolder, runs: u32) -> Outcome {
    println!(
        "{:<24} {:>10} {:>10} {:>12}",
        "model", "median ms", "least ms", "load ms"
    );
    for entry in folder.entries()? {
        let bytes = folder.read(&entry.name)?;
        let started = Instant::now();
        let network = Network::load(&entry.name, &bytes)?;
        let loaded = started.elapsed();
        let mut times = Vec::new();
        for run in 0..WARM_UP + runs as usize {
            let started = Instant::now();
            network.run(ripples, |_| ())?;
            if run >= WARM_UP {
                times.push(started.elapsed());
            }
        }
        times.sort();
        let [median, least] = [times[times.len() / 2], times[0]].map(millis);
        println!(
            "{:<24} {median:>10.2} {least:>10.2} {:>12.0}",
            entry.name,
            millis(loaded)
        );
    }
    Ok(())
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

fn megabytes(entry: &Entry) -> String {
    format!("{:.1} MB", entry.bytes as f64 / 1e6)
}
