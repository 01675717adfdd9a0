//! A steady load for long.

use std::{
    cell::Cell,
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Args;
use tokio::task::{JoinHandle, spawn_local};

use crate::{
    http::Client,
    process::resident_kib,
    readers::{Run, open},
    websocket::Url,
};

/// Uploads go out in batches of this interval.
const STEP: Duration = Duration::from_millis(10);
/// Readers come back with fresh tokens after this time: a token lasts 15 minutes, and its connection no longer.
const RENEWAL: Duration = Duration::from_secs(600);

#[derive(Args)]
pub(crate) struct Soak {
    /// The control plane: http://host:port.
    control: String,
    /// The server's process.
    #[arg(long)]
    pid: u32,
    #[arg(long, default_value_t = 10_000)]
    rate: u32,
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Sessions whose samples they are.
    #[arg(long, default_value_t = 200)]
    sessions: usize,
    /// Readers of the insole stream, one a session.
    #[arg(long, default_value_t = 100)]
    readers: usize,
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
}

impl Soak {
    pub(crate) async fn run(self) -> io::Result<()> {
        let (uploads, run) = (Rc::new(Cell::new(0_u64)), Run::new());
        let mut client = Client::connect(&self.control).await?;
        let mut sessions = Vec::new();
        for _ in 0..self.sessions {
            sessions.push(client.guest().await?.0);
        }
        let sessions: Rc<[String]> = sessions.into();
        let mut audience = Audience {
            control: self.control.clone(),
            sessions: Rc::clone(&sessions),
            readers: self.readers,
            stream: self.stream()?,
            run: Rc::clone(&run),
            now: Vec::new(),
        };
        audience.open().await?;
        spawn_local(audience.renew());
        for first in 0..self.connections {
            let source = Source {
                client: Client::connect(&self.control).await?,
                sessions: Rc::clone(&sessions),
                uploads: Rc::clone(&uploads),
                next: first as usize,
            };
            spawn_local(source.run(f64::from(self.rate) / f64::from(self.connections)));
        }
        let start = Instant::now();
        while start.elapsed().as_secs() < self.seconds {
            tokio::time::sleep(Duration::from_secs(self.seconds.clamp(10, 300) / 10)).await;
            let seconds = start.elapsed().as_secs();
            let rate = uploads.get() / seconds.max(1);
            println!(
                "after {seconds} s: {rate} uploads/s, {} KiB, readers lost {}",
                resident_kib(self.pid)?,
                run.lost()
            );
        }
        Ok(())
    }

    /// The insole stream's address.
    fn stream(&self) -> io::Result<Url> {
        let base = self
            .control
            .trim_end_matches('/')
            .replace("http://", "ws://");
        format!("{base}/ws/fsr-data")
            .parse()
            .map_err(io::Error::other)
    }
}

/// Readers of the insole stream, one a session.
struct Audience {
    control: String,
    sessions: Rc<[String]>,
    readers: usize,
    stream: Url,
    run: Rc<Run>,
    /// Those that read now.
    now: Vec<JoinHandle<()>>,
}

impl Audience {
    /// Opens all with fresh tokens; those that read before leave.
    async fn open(&mut self) -> io::Result<()> {
        // A connection that said nothing for long is closed by the server.
        let mut client = Client::connect(&self.control).await?;
        let mut urls = Vec::with_capacity(self.readers);
        for session in self.sessions.iter().take(self.readers) {
            let token = client.refresh(session).await?;
            urls.push(self.stream.with_query(&format!("token={token}")));
        }
        let sockets = open(urls, None, false).await?;
        let now = sockets.into_iter().map(|socket| self.run.listen(socket));
        for before in std::mem::replace(&mut self.now, now.collect()) {
            before.abort();
        }
        Ok(())
    }

    async fn renew(mut self) {
        loop {
            tokio::time::sleep(RENEWAL).await;
            if let Err(error) = self.open().await {
                eprintln!("readers could not come back: {error}");
            }
        }
    }
}

/// One connection's uploads.
struct Source {
    client: Client,
    sessions: Rc<[String]>,
    uploads: Rc<Cell<u64>>,
    next: usize,
}

impl Source {
    async fn run(mut self, rate: f64) {
        let mut tick = tokio::time::interval(STEP);
        let mut due = 0.0;
        loop {
            tick.tick().await;
            due += rate * STEP.as_secs_f64();
            while due >= 1.0 {
                due -= 1.0;
                let session = self.next % self.sessions.len();
                let sent = self.client.upload(12.3, Some(&self.sessions[session]));
                if let Err(error) = sent.await {
                    eprintln!("an upload failed: {error}");
                    return;
                }
                self.uploads.set(self.uploads.get() + 1);
                self.next += 1;
            }
        }
    }
}
