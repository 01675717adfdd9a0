//! `squirret simulate`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use squirret::{
    fsr::Side,
    sim::{Fault, Plan as Body},
};

use crate::simulate::{self, Plan};

/// What to simulate.
#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// The server's control plane.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// People, each with a pair of insoles and a session.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    devices: u32,
    /// Samples a second and foot, 1 to 100.
    #[arg(long, default_value_t = 10.0, value_parser = rate)]
    rate: f64,
    /// Seconds; 0 goes on until stopped.
    #[arg(long, default_value_t = 0.0, value_parser = seconds)]
    duration: f64,
    /// What is wrong with the squats; may be given several times.
    #[arg(long, value_enum)]
    fault: Vec<FaultName>,
    /// A sensor that gives nothing, such as left:3.
    #[arg(long, value_parser = dead_sensor)]
    dead_sensor: Option<(Side, u8)>,
    /// A foot that does not send.
    #[arg(long, value_enum)]
    silent: Option<SideName>,
    /// Repetitions; without it they squat until the end.
    #[arg(long)]
    reps: Option<u32>,
    /// Seed of the first person; the others count up.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of JPEG or PNG frames that go into the inference WebSocket, in the order of their names, again and again.
    #[arg(long, value_name = "DIR")]
    frames: Option<PathBuf>,
    /// Frames a second.
    #[arg(long, default_value_t = 12.5, value_parser = rate)]
    fps: f64,
    /// Cameras that send frames at the same time, each with a session of its own.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    cameras: u32,
    /// Cameras follow the server's advice on the rate.
    #[arg(long)]
    follow_advice: bool,
    /// Cameras only.
    #[arg(long, requires = "frames")]
    no_insoles: bool,
    /// One connection for all samples of a foot; the firmware opens one each.
    #[arg(long)]
    keep_alive: bool,
    /// One call for each sample, however many that makes; without it many people at a high rate send bursts.
    #[arg(long)]
    no_bursts: bool,
    /// Upload without a session, as the first firmware does: into the server's default scope.
    #[arg(long)]
    default_scope: bool,
    /// Print only the summary.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FaultName {
    HeelLift,
    KneesIn,
    ForwardLean,
    Shallow,
    TooFast,
    RightShift,
}

impl From<FaultName> for Fault {
    fn from(name: FaultName) -> Self {
        match name {
            FaultName::HeelLift => Self::HeelLift,
            FaultName::KneesIn => Self::KneesIn,
            FaultName::ForwardLean => Self::ForwardLean,
            FaultName::Shallow => Self::Shallow,
            FaultName::TooFast => Self::TooFast,
            FaultName::RightShift => Self::RightShift,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SideName {
    Left,
    Right,
}

impl From<SideName> for Side {
    fn from(name: SideName) -> Self {
        match name {
            SideName::Left => Self::Left,
            SideName::Right => Self::Right,
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.1..=100.0).contains(&rate) => Ok(rate),
        _ => Err("must be a number from 0.1 to 100".into()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=31_536_000.0).contains(&seconds) => Ok(seconds),
        _ => Err("must be a number of seconds, at most a year".into()),
    }
}

fn dead_sensor(text: &str) -> Result<(Side, u8), String> {
    let wrong = || "must be a side and a sensor from 1 to 6, such as left:3".to_owned();
    let (side, sensor) = text.split_once(':').ok_or_else(wrong)?;
    let side = SideName::from_str(side, true).map_err(|_| wrong())?;
    let sensor = sensor
        .parse()
        .ok()
        .filter(|sensor| (1..=6).contains(sensor))
        .ok_or_else(wrong)?;
    Ok((side.into(), sensor))
}

/// Runs the simulation.
pub(super) fn run(args: SimulateArgs) -> Result<(), Box<dyn std::error::Error>> {
    let mut body = Body::default();
    body.faults = args.fault.into_iter().map(Fault::from).collect();
    body.dead = args.dead_sensor;
    body.reps = args.reps;
    let plan = Plan {
        url: args.url,
        people: args.devices,
        rate: args.rate,
        duration: (args.duration > 0.0).then(|| Duration::from_secs_f64(args.duration)),
        body,
        seed: args.seed,
        silent: args.silent.map(Side::from),
        insoles: !args.no_insoles,
        frames: args.frames,
        cameras: args.cameras,
        fps: args.fps,
        follows_advice: args.follow_advice,
        keep_alive: args.keep_alive,
        no_bursts: args.no_bursts,
        default_scope: args.default_scope,
        quiet: args.quiet,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(simulate::run(plan))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_sensor_is_a_side_and_a_number() {
        assert_eq!(dead_sensor("left:3"), Ok((Side::Left, 3)));
        assert_eq!(dead_sensor("Right:6"), Ok((Side::Right, 6)));
        for wrong in ["left", "left:0", "left:7", "up:1", "left:3:4"] {
            assert!(dead_sensor(wrong).is_err(), "{wrong}");
        }
    }
}
