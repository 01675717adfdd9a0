//! The app's STOMP side: connects as a guest, subscribes to its queue and shows what the server pushes.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::{connect_async, tungstenite};
use tungstenite::Message;

use super::{
    client::{Base, GuestSession},
    report::Report,
};

/// What the app subscribes to.
const QUEUE: &str = "/user/queue/session";

/// Shows the pushes of one session until `until` or until the server closes.
///
/// # Errors
/// When the server refuses the connection or the socket breaks.
pub(crate) async fn run(
    base: &Base,
    session: &GuestSession,
    who: &str,
    until: Instant,
    report: &Report,
) -> Result<(), Box<tungstenite::Error>> {
    let url = format!("{}/ws?token={}", base.websocket(), session.ws_token);
    let (mut socket, _) = connect_async(url).await?;
    socket
        .send(frame(
            "CONNECT",
            &[("accept-version", "1.2"), ("heart-beat", "0,0")],
        ))
        .await?;
    socket
        .send(frame(
            "SUBSCRIBE",
            &[("destination", QUEUE), ("id", "0"), ("ack", "auto")],
        ))
        .await?;
    let end = tokio::time::sleep_until(until.into());
    tokio::pin!(end);
    loop {
        let message = tokio::select! {
            () = &mut end => break,
            message = socket.next() => message,
        };
        match message {
            Some(Ok(Message::Text(text))) => show(text.as_str(), who, report),
            Some(Ok(Message::Close(_))) | None => return Ok(()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.into()),
        }
    }
    socket
        .send(frame("DISCONNECT", &[("receipt", "bye")]))
        .await?;
    let _ = tokio::time::timeout(Duration::from_secs(2), async {
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
    })
    .await;
    Ok(())
}

fn frame(command: &str, headers: &[(&str, &str)]) -> Message {
    let mut text = format!("{command}\n");
    for (name, value) in headers {
        text.extend([name, ":", value, "\n"]);
    }
    text.push_str("\n\0");
    text.into()
}

fn show(frame: &str, who: &str, report: &Report) {
    let Some((head, rest)) = frame.split_once("\n\n") else {
        return;
    };
    let body = rest.trim_end_matches(['\0', '\n']);
    match head.lines().next() {
        Some("MESSAGE") => report.push(who, body),
        Some("ERROR") => report.problem(&format!("STOMP: {}", head.replace('\n', " "))),
        _ => {}
    }
}
