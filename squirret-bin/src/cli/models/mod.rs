//! `squirret models`.

mod bench;

use std::path::{Path, PathBuf};

use crate::{
    config::Config,
    models::{self, Artefact, DETECTOR, Entry, Imported, ModelFolder, Progress, Verified},
};
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// Show which models are there.
    List,
    /// Fetch models from where they are published, check them and convert them.
    Install {
        /// Which: full, lite or heavy, each with the detector; full by default.
        #[arg(value_name = "MODEL", value_parser = artefact)]
        models: Vec<Artefact>,
        /// Take it from this wheel, node package, .tflite or .onnx file instead; may be given several times.
        #[arg(long, value_name = "FILE")]
        from: Vec<PathBuf>,
    },
    /// Convert a .tflite file, take an .onnx file, or take both networks of a .task bundle, as a model of that name.
    Import {
        /// The file.
        file: PathBuf,
        /// Its name; the file's own without its ending by default.
        #[arg(long)]
        name: Option<String>,
        /// How it is fed and read, in TOML (see docs/models.md); the file beside it that ends in .toml by default.
        #[arg(long, value_name = "FILE")]
        manifest: Option<PathBuf>,
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
        ModelsCommand::List => list(config, &folder),
        ModelsCommand::Install { models, from } => install(&folder, models, from),
        ModelsCommand::Import {
            file,
            name,
            manifest,
        } => import(&folder, file, name.as_deref(), manifest.as_deref()),
        ModelsCommand::Verify => verify(&folder),
        ModelsCommand::Bench { runs } => bench::run(&folder, *runs),
    }
}

/// A model that can be installed.
fn artefact(name: &str) -> Result<Artefact, String> {
    Artefact::by_name(name).ok_or_else(|| {
        let names: Vec<&str> = Artefact::ALL.iter().map(Artefact::short_name).collect();
        format!("can be {}", names.join(", "))
    })
}

fn list(config: &Config, folder: &ModelFolder) -> Outcome {
    println!("{}", folder.path().display());
    for entry in folder.entries()? {
        let used = if entry.name == config.model.name {
            "  in use"
        } else {
            ""
        };
        let kind = kind(folder, &entry);
        println!(
            "  {:<24} {:>8}  {kind}{used}",
            entry.name,
            megabytes(entry.bytes)
        );
    }
    for artefact in Artefact::ALL
        .iter()
        .filter(|artefact| !folder.has(artefact.name))
    {
        println!(
            "  {:<24} {:>8}  squirret models install {}",
            artefact.name,
            "-",
            artefact.short_name(),
        );
    }
    Ok(())
}

/// What a network is for.
fn kind(folder: &ModelFolder, entry: &Entry) -> &'static str {
    match entry.name.as_str() {
        name if folder.manifest_file(name).is_file() => "by its manifest",
        name if name == DETECTOR.name => "finds people for others",
        name if name.starts_with("blazepose") => "BlazePose, 33 points",
        name if name.starts_with("movenet") => "MoveNet, 17 points",
        _ => "no model without a manifest",
    }
}

fn install(folder: &ModelFolder, models: &[Artefact], from: &[PathBuf]) -> Outcome {
    let mut wanted: Vec<Artefact> = Vec::new();
    let chosen = if models.is_empty() {
        &Artefact::DEFAULT[..]
    } else {
        models
    };
    for artefact in chosen.iter().flat_map(|artefact| artefact.with_detector()) {
        if !wanted.contains(&artefact) {
            wanted.push(artefact);
        }
    }
    let installed = models::install(folder, &wanted, from, &Progress::new())?;
    for name in &installed.present {
        println!("{name}: already there");
    }
    for name in &installed.written {
        println!("{name}: installed as {}", folder.file(name).display());
    }
    Ok(())
}

fn import(
    folder: &ModelFolder,
    file: &Path,
    name: Option<&str>,
    manifest: Option<&Path>,
) -> Outcome {
    let name = name
        .or_else(|| file.file_stem()?.to_str())
        .unwrap_or_default();
    let beside = file.with_extension("toml");
    let manifest = manifest.or_else(|| beside.is_file().then_some(beside.as_path()));
    let Imported {
        name,
        network,
        detector,
    } = models::import_file(folder, file, manifest, name)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{name}: takes {:?}", network.input());
    for (output, shape) in network.output_names().iter().zip(network.outputs()) {
        println!("  gives {output:?} {shape:?}");
    }
    match manifest {
        Some(manifest) => println!("fed and read as {} says", manifest.display()),
        None if models::load(folder, &name).is_ok() => {}
        None => println!(
            "to run it, describe it in {} (docs/models.md)",
            folder.manifest_file(&name).display()
        ),
    }
    match detector {
        Some(true) => println!("{}: installed from the bundle", DETECTOR.name),
        Some(false) => println!("{}: already there", DETECTOR.name),
        None => {}
    }
    Ok(())
}

fn verify(folder: &ModelFolder) -> Outcome {
    let mut bad = 0;
    for entry in folder.entries()? {
        let verdict = match folder.verify(&entry.name)? {
            Verified::Changed => Err("changed since it was installed".to_owned()),
            known => match runs(folder, &entry.name) {
                Err(error) => Err(error.to_string()),
                Ok(Some(remark)) => Ok(remark),
                Ok(None) if known == Verified::Unlisted => Ok("can be run; not installed by us"),
                Ok(None) => Ok("as installed"),
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

/// Whether a network can be run as what it is, by the rules of import; what else a user should know about it.
fn runs(
    folder: &ModelFolder,
    name: &str,
) -> Result<Option<&'static str>, Box<dyn std::error::Error>> {
    let manifest = match folder.manifest(name)? {
        Some(text) => Some(models::parse_manifest(&folder.manifest_file(name), &text)?),
        None => None,
    };
    let is_known =
        manifest.is_some() || name.starts_with("blazepose") || name.starts_with("movenet");
    models::check(folder, name, manifest, &folder.read(name)?)?;
    Ok((!is_known).then_some("can be run, but has no manifest that says how (docs/models.md)"))
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
