//! `squirret`: the reference server of the crate `squirret` and its tools.

mod app;
mod bus;
mod cli;
mod config;
mod demo;
mod http;
mod inference;
mod keys;
mod lasting;
mod limits;
mod log;
mod metrics;
mod model;
mod models;
mod proxy;
mod record;
mod replay;
mod routes;
mod scope;
mod server;
mod simulate;
mod store;
mod ws;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("squirret: {error}");
            ExitCode::FAILURE
        }
    }
}
