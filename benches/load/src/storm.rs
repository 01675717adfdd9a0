//! All clients return at once.

use std::{
    cell::Cell,
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::future::try_join_all;
use tokio::{task::spawn_local, time::sleep};

use crate::{
    http::Client,
    readers::{Entry, Run, open},
    websocket::{Refused, Url, WebSocket},
};

/// Who has not returned after this is lost.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Storm {
    /// The control plane: http://host:port; sessions without data must see `default` there.
    control: String,
    #[arg(long, default_value_t = 5000)]
    clients: usize,
    /// The bystander's samples a second.
    #[arg(long, default_value_t = 20)]
    rate: u32,
}

impl Storm {
    pub(crate) async fn run(self) -> io::Result<()> {
        let base = self
            .control
            .trim_end_matches('/')
            .replace("http://", "ws://");
        let base: Url = format!("{base}/ws").parse().map_err(io::Error::other)?;
        let mut client = Client::connect(&self.control).await?;
        let bystander = Bystander::start(&self, &base, &mut client).await?;
        let mut urls = Vec::new();
        for _ in 0..self.clients {
            let (_, token) = client.guest().await?;
            urls.push(base.with_query(&format!("token={token}")));
        }
        drop(all_back(&urls, &Cell::default()).await?);

        let refused = Cell::new(0_usize);
        let start = Instant::now();
        let returned = async {
            let sockets = all_back(&urls, &refused).await?;
            io::Result::Ok((sockets, start.elapsed()))
        };
        let storm = tokio::time::timeout(PATIENCE, returned);
        let (storm, mut heard) =
            tokio::join!(storm, bystander.run.count_for(Duration::from_secs(10)));
        let (sockets, took) = storm.map_err(io::Error::other)??;
        let hearing = everybody_hears(sockets, &self.control).await?;
        let (p50, p99) = (heard.quantile(0.5), heard.quantile(0.99));
        println!(
            "clients {} back after {:.2} s refused meanwhile {} hear {hearing} bystander {} pushes p50 {p50:.1} ms p99 {p99:.1} ms",
            self.clients,
            took.as_secs_f64(),
            refused.get(),
            heard.messages,
        );
        Ok(())
    }
}

fn entry() -> Entry {
    Entry {
        headers: String::new(),
        destination: "/topic/fsr-data".into(),
    }
}

async fn all_back(urls: &[Url], refused: &Cell<usize>) -> io::Result<Vec<WebSocket>> {
    let returns = urls.iter().zip(0..);
    try_join_all(returns.map(|(url, number)| back(url, number, refused))).await
}

/// Comes back; who is refused tries again a little later.
async fn back(url: &Url, number: u64, refused: &Cell<usize>) -> io::Result<WebSocket> {
    for attempt in 1.. {
        match WebSocket::open(url, false).await {
            Ok(mut socket) => {
                entry().enter(&mut socket).await?;
                return Ok(socket);
            }
            Err(Refused::Status(429 | 503) | Refused::Io(_)) => {
                refused.set(refused.get() + 1);
                // Spread over a second, another time at each attempt.
                let spread = (number * 7919 + attempt * 104_729) % 1000;
                sleep(Duration::from_millis(500 + spread)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// How many hear a sample that is uploaded now.
async fn everybody_hears(sockets: Vec<WebSocket>, control: &str) -> io::Result<usize> {
    // Another connection than before, which the server has closed for its silence.
    let mut client = Client::connect(control).await?;
    let run = Run::new();
    let count = sockets.len();
    for socket in sockets {
        run.listen(socket);
    }
    client.upload(run.clock.mark(1), None).await?;
    let heard = run.count_for(Duration::from_secs(5)).await.messages;
    Ok(count.min(usize::try_from(heard).unwrap_or(usize::MAX)))
}

/// Somebody who squats on while others return.
struct Bystander {
    run: Rc<Run>,
}

impl Bystander {
    async fn start(storm: &Storm, base: &Url, client: &mut Client) -> io::Result<Self> {
        let run = Run::new();
        let (session, token) = client.guest().await?;
        let url = base.with_query(&format!("token={token}"));
        for socket in open([url], Some(&entry()), false).await? {
            run.listen(socket);
        }
        let (source, mut uploads) = (Rc::clone(&run), Client::connect(&storm.control).await?);
        let mut tick = tokio::time::interval(Duration::from_secs(1) / storm.rate);
        spawn_local(async move {
            for number in 0.. {
                tick.tick().await;
                let sent = uploads.upload(source.clock.mark(number), Some(&session));
                if let Err(error) = sent.await {
                    eprintln!("the bystander ends: {error}");
                    return;
                }
            }
        });
        Ok(Self { run })
    }
}
