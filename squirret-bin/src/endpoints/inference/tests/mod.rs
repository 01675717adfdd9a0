//! The inference plane on a real socket, with a model that does what the test tells it and a clock that the test sets.

mod endings;
mod frames;
mod load;
mod sessions;

use crate::{
    app::App,
    config::{Config, Sources},
    inference::{Model, Models},
    plane::Plane,
    serve, server,
};
use futures_util::{SinkExt, StreamExt};
use parking_lot::{Condvar, Mutex};
use serde_json::Value;
use squirret::{
    Clock, UnixMillis,
    auth::Token,
    pose::{EstimateError, Pose, PoseEstimator, RgbImage, Track},
    session::{SessionId, Usage},
    sim::{Angle, Plan, Squatter},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, protocol::CloseFrame},
};
use uuid::Uuid;

/// Nothing that is waited for takes longer, unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// When the tests' clock begins.
const START: UnixMillis = UnixMillis(1_700_000_000_000);
/// One white pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// A clock that stands until it is set.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

/// Lets so many frames pass.
#[derive(Debug, Default)]
struct Gate {
    open: Mutex<u64>,
    opened: Condvar,
}

impl Gate {
    fn open(&self, frames: u64) {
        let mut open = self.open.lock();
        *open = open.saturating_add(frames);
        self.opened.notify_all();
    }

    fn pass(&self) {
        let mut open = self.open.lock();
        while *open == 0 {
            self.opened.wait(&mut open);
        }
        *open -= 1;
    }
}

/// Sees one squat that begins 6 s after the start, once the gate lets it.
#[derive(Debug)]
struct Fake {
    name: &'static str,
    gate: Arc<Gate>,
    person: Squatter,
}

impl PoseEstimator for Fake {
    fn estimate(
        &self,
        _: RgbImage<'_>,
        _: &mut Track,
        at: UnixMillis,
    ) -> Result<Option<Pose>, EstimateError> {
        self.gate.pass();
        let seconds = at.since(START) as f64 / 1e3;
        Ok(Some(self.person.pose(Angle::Front, 0.5625, 0.0, seconds)))
    }

    fn model(&self) -> &str {
        self.name
    }
}

/// A plane that listens on a port of its own.
struct Bench {
    app: Arc<App>,
    clock: Arc<Hand>,
    gate: Arc<Gate>,
    address: SocketAddr,
}

impl Bench {
    /// With settings in TOML; one runner, no limits unless the settings say so. Frames pass freely.
    async fn start(settings: &str) -> Self {
        let bench = Self::held(settings).await;
        bench.gate.open(u64::MAX);
        bench
    }

    /// The same, but frames wait in the runner for the gate.
    async fn held(settings: &str) -> Self {
        let bench = Self::empty(settings).await;
        bench.install(Duration::from_millis(1), None);
        bench
    }

    /// Without a model.
    async fn empty(settings: &str) -> Self {
        let mut table: toml::Table = settings.parse().unwrap();
        let mut set = |section: &str, key: &str, value: toml::Value| {
            let section = table
                .entry(section)
                .or_insert_with(|| toml::Table::new().into());
            section.as_table_mut().unwrap().entry(key).or_insert(value);
        };
        set("inference", "runners", 1.into());
        set("limits", "enabled", false.into());
        set("store", "kind", "memory".into());
        set(
            "auth",
            "secret",
            "a secret of the tests, thirty-two bytes".into(),
        );
        let config = Config::load(Sources::new(table, [], [])).unwrap();
        let clock = Arc::new(Hand(AtomicI64::new(START.0)));
        let app = Arc::new(serve::build_with_clock(config, Arc::<Hand>::clone(&clock)).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(server::serve(
            Arc::clone(&app),
            Plane::Inference,
            listener,
            None,
        ));
        Self {
            app,
            clock,
            gate: Arc::default(),
            address,
        }
    }

    /// A model whose frames cost so much, as its warm-up would have told, and perhaps a lite one.
    fn install(&self, usual: Duration, lite: Option<Duration>) {
        let model = |name, cost| {
            let mut plan = Plan::default();
            plan.reps = Some(1);
            let fake = Fake {
                name,
                gate: Arc::clone(&self.gate),
                person: Squatter::new(plan, 1),
            };
            Model::new(Arc::new(fake), cost)
        };
        self.app.inference.install(Models {
            usual: model("fake", usual),
            lite: lite.map(|cost| model("fake-lite", cost)),
        });
    }

    /// A session of `user` and its token.
    fn session(&self, user: &str) -> (SessionId, Token) {
        let id = SessionId(Uuid::new_v4());
        let now = self.app.clock.now();
        let issued = self.app.sessions.create_inference(id, user, now).unwrap();
        (issued.id, issued.token)
    }

    async fn connect(&self, id: SessionId, token: &Token) -> Client {
        self.try_connect(id, token).await.expect("an upgrade")
    }

    async fn try_connect(&self, id: SessionId, token: &Token) -> Result<Client, Error> {
        let socket = TcpSocket::new_v4().unwrap();
        // What a client does not read soon fills the server's buffers.
        socket.set_recv_buffer_size(4096).unwrap();
        let socket = socket.connect(self.address).await.unwrap();
        let url = format!("ws://{}/ws/{id}?token={}", self.address, token.as_str());
        Ok(Client(client_async(url, socket).await?.0))
    }

    /// Waits until no stream is open.
    async fn quiet(&self) {
        let gone = async {
            while self.app.inference.standing().streams > 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, gone).await.expect("all streams end");
    }

    /// Frames that came so far.
    fn received(&self) -> u64 {
        let text = self.app.metrics.text(self.app.holdings());
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("squirret_inference_frames_total "));
        line.unwrap().parse().unwrap()
    }

    /// What was counted of a session and not stored yet.
    fn counted(&self, id: SessionId) -> Usage {
        self.app.ws.usage.peek(id).unwrap_or_default()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.gate.open(u64::MAX);
        self.app.shutdown.begin();
    }
}

/// An app's camera.
struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends a frame that was taken at `at`.
    async fn frame(&mut self, number: u64, at: UnixMillis) {
        let seconds = at.0 as f64 / 1e3;
        self.send(format!(
            r#"{{"type":"frame","frameNumber":{number},"image_base64":"{PIXEL}","timestamp":{seconds}}}"#
        ))
        .await;
    }

    /// The next message, pings left out.
    async fn json(&mut self) -> Value {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("a message");
            match message.expect("an open connection").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads to the end: the close frame.
    async fn closed(&mut self) -> CloseFrame {
        let end = async {
            while let Some(message) = self.0.next().await {
                if let Message::Close(frame) = message.unwrap() {
                    return frame.expect("a close code");
                }
            }
            panic!("no close frame");
        };
        timeout(PATIENCE, end).await.expect("an end")
    }
}
