//! Load for a running server, and the floors that it is measured against; `benches/README.md` tells how to use it.
//!
//! Everything runs on one thread, so that `taskset` can give the load a core of its own.

#![forbid(unsafe_code)]

mod fanout;
mod floors;
mod http;
mod idle;
mod process;
mod readers;
mod soak;
mod storm;
mod tally;
mod websocket;

use std::{io, net::SocketAddr};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Many readers of the insole stream, or of the WebSocket floor; one upload stream feeds them.
    Stream(fanout::Stream),
    /// Many STOMP subscribers of one destination, fed by uploads or by SEND frames.
    Stomp(fanout::Stomp),
    /// Many WebSockets that do nothing: what each costs the server's memory.
    Idle(idle::Idle),
    /// Many STOMP clients that all come back at once, and a bystander who must not notice.
    Storm(storm::Storm),
    /// Uploads at a steady rate for long, and the server's memory meanwhile.
    Soak(soak::Soak),
    /// A bare hyper server that reads a body and answers as an accepted upload is answered.
    HttpFloor { listen: SocketAddr },
    /// Bare tokio-tungstenite behind a broadcast channel that sends RATE messages a second of BYTES bytes.
    WebsocketFloor {
        listen: SocketAddr,
        rate: u32,
        bytes: usize,
    },
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        match Cli::parse().command {
            Command::Stream(stream) => stream.run().await,
            Command::Stomp(stomp) => stomp.run().await,
            Command::Idle(idle) => idle.run().await,
            Command::Storm(storm) => storm.run().await,
            Command::Soak(soak) => soak.run().await,
            Command::HttpFloor { listen } => floors::http(listen).await,
            Command::WebsocketFloor {
                listen,
                rate,
                bytes,
            } => floors::websocket(listen, rate, bytes).await,
        }
    })
}
