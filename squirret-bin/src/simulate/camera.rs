//! The app's camera: JPEG frames of a folder into the inference WebSocket.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite};
use tungstenite::Message;

use super::{
    client::{Base, CallError, reason},
    footage::Footage,
    report::{Report, Tally},
};

/// Frames that wait for their answer at most; a phone would not send more into a slow line either.
const MAX_IN_FLIGHT: usize = 16;
/// How long the last answers are waited for.
const PATIENCE: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// Why the camera stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CameraError {
    /// The folder cannot be read.
    #[error("{}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// Nothing in it.
    #[error("{}: no .jpg, .jpeg or .png files", path.display())]
    Empty { path: PathBuf },
    /// A call of the control plane failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The inference plane broke off.
    #[error("inference: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
    /// The inference plane refused the connection.
    #[error("inference: {status}: {reason}")]
    Refused {
        status: tungstenite::http::StatusCode,
        /// What the server says.
        reason: String,
    },
}

impl From<tungstenite::Error> for CameraError {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(answer) => Self::Refused {
                status: answer.status(),
                reason: reason(answer.body().as_deref().unwrap_or_default()),
            },
            error => Self::Socket(Box::new(error)),
        }
    }
}

/// The frames of one recording, ready to send: base64 text in the order of their names.
#[derive(Debug)]
pub(crate) struct Frames {
    encoded: Vec<String>,
}

impl Frames {
    /// Reads all pictures of a folder.
    pub(crate) fn load(folder: &Path) -> Result<Self, CameraError> {
        let failed = |source| CameraError::Folder {
            path: folder.to_owned(),
            source,
        };
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .map_err(failed)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| is_picture(path))
            .collect();
        paths.sort();
        let encoded = paths
            .iter()
            .map(|path| {
                let bytes = std::fs::read(path).map_err(|source| CameraError::Folder {
                    path: path.clone(),
                    source,
                })?;
                Ok(base64_simd::STANDARD.encode_to_string(bytes))
            })
            .collect::<Result<Vec<_>, CameraError>>()?;
        if encoded.is_empty() {
            return Err(CameraError::Empty {
                path: folder.to_owned(),
            });
        }
        Ok(Self { encoded })
    }
}

fn is_picture(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    ["jpg", "jpeg", "png"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// How the cameras send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Frames a second.
    pub(crate) fps: f64,
    /// Whether the server's advice on the rate is followed.
    pub(crate) follows_advice: bool,
    /// When to stop.
    pub(crate) until: Instant,
}

/// What comes back, as far as the simulation looks at it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    frame_number: Option<u64>,
    fps: Option<f64>,
    #[serde(default)]
    message: String,
}

/// One camera on its connection.
struct Camera<'a> {
    socket: Socket,
    frames: &'a Frames,
    report: &'a Report,
    in_flight: VecDeque<(u64, Instant)>,
    footage: Footage,
}

/// Sends the frames again and again at a pace, for the session of `user`, from the frame `first` on.
///
/// # Errors
/// [`CameraError`] when the control plane or the inference plane refuses, or the socket breaks.
pub(crate) async fn run(
    base: &Base,
    user: &str,
    frames: &Frames,
    first: usize,
    pace: Pace,
    report: &Report,
) -> Result<Footage, CameraError> {
    let session = base.create_inference(user).await?;
    let url = format!("{}?token={}", session.ws_url, session.ws_token);
    let (socket, _) = connect_async(url).await?;
    let mut camera = Camera {
        socket,
        frames,
        report,
        in_flight: VecDeque::new(),
        footage: Footage::default(),
    };
    let started = Instant::now();
    camera.film(first, pace).await?;
    let _ = camera.socket.send(Message::Close(None)).await;
    let Footage { sent, latencies } = &camera.footage;
    let (analysed, seconds) = (latencies.len() as u64, started.elapsed().as_secs());
    base.finish(&session.session_id, *sent, analysed, seconds)
        .await?;
    Ok(camera.footage)
}

impl Camera<'_> {
    async fn film(&mut self, first: usize, pace: Pace) -> Result<(), CameraError> {
        let mut tick = ticks(pace.fps);
        while Instant::now() < pace.until {
            let may_send = self.in_flight.len() < MAX_IN_FLIGHT;
            tokio::select! {
                message = self.socket.next() => match self.take(message)? {
                    Heard::Advice(fps) if pace.follows_advice => tick = ticks(fps),
                    Heard::End => return Ok(()),
                    Heard::Advice(_) | Heard::Other => {}
                },
                _ = tick.tick(), if may_send => self.send(first).await?,
            }
        }
        while !self.in_flight.is_empty() {
            let Ok(message) = timeout(PATIENCE, self.socket.next()).await else {
                break;
            };
            if let Heard::End = self.take(message)? {
                break;
            }
        }
        Ok(())
    }

    async fn send(&mut self, first: usize) -> Result<(), CameraError> {
        let number = self.footage.sent;
        let pictures = &self.frames.encoded;
        let picture = &pictures[(first + number as usize) % pictures.len()];
        self.in_flight.push_back((number, Instant::now()));
        self.socket
            .send(frame(number, picture).into())
            .await
            .map_err(Box::new)?;
        self.footage.sent += 1;
        self.report.count(Tally::FrameSent);
        Ok(())
    }

    /// Takes one message of the server.
    fn take(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<Heard, CameraError> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(frame))) => {
                let said = frame.map(|frame| format!("{} {}", frame.code, frame.reason));
                self.report
                    .problem(&format!("inference: closed {}", said.unwrap_or_default()));
                return Ok(Heard::End);
            }
            None => return Ok(Heard::End),
            Some(Ok(_)) => return Ok(Heard::Other),
            Some(Err(error)) => return Err(Box::new(error).into()),
        };
        let Ok(reply) = serde_json::from_str::<Reply<'_>>(text.as_str()) else {
            return Ok(Heard::Other);
        };
        let sent = reply.frame_number.and_then(|number| self.answered(number));
        match (reply.kind, reply.fps) {
            ("analysis", _) => {
                let latency = sent.map(|sent| sent.elapsed().as_secs_f64() * 1e3);
                self.footage.latencies.extend(latency);
                self.report.count(Tally::Analysis);
                self.report.analysis(text.as_str());
            }
            ("dropped", _) => self.report.count(Tally::FrameDropped),
            ("error", _) => self
                .report
                .problem(&format!("inference: {}", reply.message)),
            ("rate", Some(fps)) => {
                self.report.count(Tally::Advice);
                return Ok(Heard::Advice(fps));
            }
            _ => {}
        }
        Ok(Heard::Other)
    }

    /// When an answered frame was sent; answers come in the order of the frames.
    fn answered(&mut self, number: u64) -> Option<Instant> {
        loop {
            let (sent_number, at) = self.in_flight.pop_front()?;
            if sent_number == number {
                return Some(at);
            }
        }
    }
}

/// What a message meant for the sending.
enum Heard {
    /// Frames a second that are worth sending.
    Advice(f64),
    /// The connection ended.
    End,
    /// Anything else.
    Other,
}

fn ticks(fps: f64) -> Interval {
    let mut ticks = interval(Duration::from_secs_f64(1.0 / fps));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn frame(number: u64, picture: &str) -> String {
    let timestamp = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64());
    format!(
        r#"{{"type":"frame","frameNumber":{number},"image_base64":"{picture}","timestamp":{timestamp:.3}}}"#
    )
}
