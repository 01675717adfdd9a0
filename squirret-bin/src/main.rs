//! `squirret`: the reference server of the crate `squirret` and its tools.

#![forbid(unsafe_code)]

mod access;
mod app;
mod broker;
mod bus;
mod cli;
mod clock;
mod close_code;
mod config;
mod demo;
mod endpoints;
mod fanout;
mod grants;
mod http;
mod inference;
mod keys;
mod limits;
mod log;
mod metrics;
mod models;
mod plane;
mod proxy;
mod record;
mod replay;
mod retention;
mod routes;
mod scope;
mod secret;
mod serve;
mod server;
mod shutdown;
mod simulate;
mod store;
mod usage;
mod ws;

use std::process::ExitCode;

/// Ends the process quietly when its standard output is closed, as by `| head`: `println!` panics then.
fn leave_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    leave_when_nobody_reads();
    match cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("squirret: {error}");
            ExitCode::FAILURE
        }
    }
}
