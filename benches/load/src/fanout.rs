//! One source, many readers.

use std::{io, rc::Rc, time::Duration};

use clap::Args;
use tokio::{
    task::spawn_local,
    time::{MissedTickBehavior, interval},
};

use crate::{
    http::Client,
    readers::{Entry, Run, open},
    websocket::{Url, WebSocket},
};

/// Deliveries before this time do not count, so that caches and queues are as they will be.
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(crate) struct Stream {
    /// Where the readers connect: ws://host:port/ws/fsr-data, or the floor.
    url: Url,
    #[arg(long, default_value_t = 1000)]
    readers: usize,
    /// Further readers that never read.
    #[arg(long, default_value_t = 0)]
    stalled: usize,
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Where samples are uploaded: http://host:port; nowhere for the floor, which feeds itself.
    #[arg(long)]
    upload: Option<String>,
    /// Uploads a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
}

impl Stream {
    pub(crate) async fn run(self) -> io::Result<()> {
        let run = Run::new();
        let urls = |count| std::iter::repeat_n(self.url.clone(), count);
        for socket in open(urls(self.readers), None, false).await? {
            run.listen(socket);
        }
        let _stalled = open(urls(self.stalled), None, true).await?;
        if let Some(control) = &self.upload {
            let source = Source::Upload(Client::connect(control).await?);
            source.start(&run, self.rate);
        }
        report(&run, self.readers, self.seconds).await
    }
}

#[derive(Args)]
pub(crate) struct Stomp {
    /// Where the subscribers connect: ws://host:port/ws.
    url: Url,
    #[arg(long, default_value = "/topic/fsr-data")]
    destination: String,
    #[arg(long, default_value_t = 1000)]
    readers: usize,
    /// Further subscribers that never read.
    #[arg(long, default_value_t = 0)]
    stalled: usize,
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Messages a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// The control plane, where each subscriber gets a session of its own and where samples are uploaded; without
    /// it, messages are sent by SEND frames, as brokers take them.
    #[arg(long)]
    control: Option<String>,
    /// Header lines of CONNECT, such as login:guest; repeatable.
    #[arg(long)]
    header: Vec<String>,
}

impl Stomp {
    pub(crate) async fn run(self) -> io::Result<()> {
        let run = Run::new();
        let headers: String = self.header.iter().map(|line| format!("{line}\n")).collect();
        let entry = Entry {
            headers,
            destination: self.destination.clone(),
        };
        let mut urls = vec![self.url.clone(); self.readers + self.stalled];
        let source = match &self.control {
            Some(control) => {
                let mut client = Client::connect(control).await?;
                for url in &mut urls {
                    let (_, token) = client.guest().await?;
                    *url = url.with_query(&format!("token={token}"));
                }
                Source::Upload(client)
            }
            None => {
                let mut socket = WebSocket::open(&self.url, false).await?;
                entry.connect(&mut socket).await?;
                Source::Send(socket, self.destination.clone())
            }
        };
        let stalled = urls.split_off(self.readers);
        for socket in open(urls, Some(&entry), false).await? {
            run.listen(socket);
        }
        let _stalled = open(stalled, Some(&entry), true).await?;
        source.start(&run, self.rate);
        report(&run, self.readers, self.seconds).await
    }
}

/// What feeds the readers.
enum Source {
    /// Samples by HTTP.
    Upload(Client),
    /// SEND frames to a destination.
    Send(WebSocket, String),
}

impl Source {
    /// Sends so many messages a second until the program ends.
    fn start(mut self, run: &Rc<Run>, rate: u32) {
        let run = Rc::clone(run);
        spawn_local(async move {
            let mut tick = interval(Duration::from_secs(1) / rate);
            // What cannot be sent in time is left out: the server sets the pace then.
            tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
            for number in 0.. {
                tick.tick().await;
                if let Err(error) = self.send(run.clock.mark(number)).await {
                    eprintln!("the source ends: {error}");
                    return;
                }
            }
        });
    }

    async fn send(&mut self, mark: f64) -> io::Result<()> {
        match self {
            Self::Upload(client) => client.upload(mark, None).await,
            Self::Send(socket, destination) => {
                let body = snapshot(mark);
                let length = body.len();
                let head = format!("destination:{destination}\ncontent-type:application/json");
                let frame = format!("SEND\n{head}\ncontent-length:{length}\n\n{body}\0");
                socket.send(&frame).await
            }
        }
    }
}

/// What the insole stream tells of one foot, so that brokers carry the same bytes.
fn snapshot(mark: f64) -> String {
    format!(
        r#"{{"left":{{"side":"left","ratio1":{mark},"ratio2":8.4,"ratio3":5.1,"ratio4":20.0,"ratio5":32.5,"ratio6":21.7,"ts":1730892345000,"ageMs":0}},"right":null}}"#
    )
}

async fn report(run: &Run, readers: usize, seconds: u64) -> io::Result<()> {
    tokio::time::sleep(WARM_UP).await;
    let time = Duration::from_secs(seconds);
    let mut tally = run.count_for(time).await;
    let per_second = tally.messages as f64 / time.as_secs_f64();
    let (p50, p99) = (tally.quantile(0.5), tally.quantile(0.99));
    println!(
        "readers {readers} lost {} deliveries/s {per_second:.0} of-each {:.1}/s bytes {:.0} p50 {p50:.1} ms p99 {p99:.1} ms",
        run.lost(),
        per_second / readers as f64,
        tally.bytes as f64 / tally.messages as f64,
    );
    Ok(())
}
