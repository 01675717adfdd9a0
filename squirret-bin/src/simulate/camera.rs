//! The app's camera: JPEG frames of a folder into the inference WebSocket.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio_tungstenite::{connect_async, tungstenite};
use tungstenite::Message;

use super::{
    client::{Base, CallError},
    report::{Report, Tally},
};

/// Frames that wait for their answer at most; a phone would not send more into a slow line either.
const MAX_IN_FLIGHT: u64 = 4;

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
    /// The inference plane refused or broke off.
    #[error("inference: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
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

/// What comes back, as far as the simulation looks at it.
#[derive(Debug, Deserialize)]
struct Reply {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

/// Sends the frames again and again at `fps`, until `until`, for the session of `user`.
///
/// # Errors
/// [`CameraError`] when the control plane or the inference plane refuses, or the socket breaks.
pub(crate) async fn run(
    base: &Base,
    user: &str,
    frames: &Frames,
    fps: f64,
    until: Instant,
    report: &Report,
) -> Result<(), CameraError> {
    let session = base.create_inference(user).await?;
    let url = format!("{}?token={}", session.ws_url, session.ws_token);
    let (socket, _) = connect_async(url).await.map_err(Box::new)?;
    let (mut outgoing, mut incoming) = socket.split();
    let started = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / fps));
    let (mut sent, mut answered, mut analysed) = (0_u64, 0_u64, 0_u64);
    for (number, picture) in frames.encoded.iter().cycle().enumerate() {
        if Instant::now() >= until {
            break;
        }
        tick.tick().await;
        outgoing
            .send(frame(number, picture).into())
            .await
            .map_err(Box::new)?;
        sent += 1;
        report.count(Tally::FrameSent);
        // Takes what has come; waits only when too much is on its way.
        while sent - answered >= MAX_IN_FLIGHT {
            let Some(message) = incoming.next().await else {
                break;
            };
            let Message::Text(text) = message.map_err(Box::new)? else {
                continue;
            };
            answered += 1;
            analysed += u64::from(heard(text.as_str(), report));
        }
    }
    while answered < sent {
        let Ok(Some(message)) = tokio::time::timeout(Duration::from_secs(2), incoming.next()).await
        else {
            break;
        };
        if let Message::Text(text) = message.map_err(Box::new)? {
            answered += 1;
            analysed += u64::from(heard(text.as_str(), report));
        }
    }
    let _ = outgoing.send(Message::Close(None)).await;
    base.finish(
        &session.session_id,
        sent,
        analysed,
        started.elapsed().as_secs(),
    )
    .await?;
    Ok(())
}

fn frame(number: usize, picture: &str) -> String {
    let timestamp = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64());
    format!(
        r#"{{"type":"frame","frameNumber":{number},"image_base64":"{picture}","timestamp":{timestamp:.3}}}"#
    )
}

/// Counts one message of the server; true for an analysis.
fn heard(text: &str, report: &Report) -> bool {
    let Ok(reply) = serde_json::from_str::<Reply>(text) else {
        return false;
    };
    match reply.kind.as_str() {
        "analysis" => {
            report.count(Tally::Analysis);
            report.analysis(text);
            true
        }
        "dropped" => {
            report.count(Tally::FrameDropped);
            false
        }
        "error" => {
            report.problem(&format!("inference: {}", reply.message));
            false
        }
        _ => false,
    }
}
