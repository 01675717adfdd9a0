//! Answers connections that have no place, without waiting for what they want.

use std::{sync::Arc, time::Duration};

use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

use crate::{
    app::App,
    http::{Code, Problem},
    limits::{Refusal, jitter},
    metrics::Limit,
};

/// Refused connections that are answered at the same time; more than these are let go without a word, so that a
/// flood of connections does not become one of answers.
const MAX_ANSWERING: usize = 64;

/// An answer is taken, and what the peer still sends is thrown away, within this. To let go at once would make the
/// kernel reset the connection, and the answer be lost.
const PATIENCE: Duration = Duration::from_secs(1);

/// Returning clients are spread over this.
const SPREAD: Duration = Duration::from_secs(4);

/// Sends connections away.
#[derive(Debug)]
pub(super) struct Refuser {
    app: Arc<App>,
    /// Who speaks TLS cannot read an answer before a handshake, which a refusal is to save.
    silent: bool,
    answering: Arc<Semaphore>,
}

impl Refuser {
    pub(super) fn new(app: Arc<App>, silent: bool) -> Self {
        Self {
            app,
            silent,
            answering: Arc::new(Semaphore::new(MAX_ANSWERING)),
        }
    }

    /// Answers a peer with the reason for the refusal and the time to retry, and closes the connection.
    pub(super) fn refuse(&self, socket: TcpStream, refusal: Refusal) {
        let (code, message, limit) = match refusal {
            Refusal::Total => (
                Code::Overloaded,
                "the server has as many connections as it can serve",
                Limit::Connections,
            ),
            Refusal::Address => (
                Code::RateLimited,
                "this address has as many connections as it may",
                Limit::ConnectionsPerAddress,
            ),
            Refusal::Rate => (
                Code::RateLimited,
                "this address opens connections too fast",
                Limit::Connects,
            ),
        };
        self.app.metrics.limit_hit(limit);
        if self.silent {
            return;
        }
        let Ok(permit) = Arc::clone(&self.answering).try_acquire_owned() else {
            return;
        };
        let wait = Duration::from_secs(1) + jitter(SPREAD);
        let problem = Problem::new(code, message).retry_after(wait).closing();
        tokio::spawn(async move {
            let answer = raw(problem).await;
            let _ = timeout(PATIENCE, farewell(socket, &answer)).await;
            drop(permit);
        });
    }
}

async fn farewell(mut socket: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    socket.write_all(answer).await?;
    socket.shutdown().await?;
    let mut scrap = [0; 1024];
    while socket.read(&mut scrap).await? > 0 {}
    Ok(())
}

/// The bytes of a response that no request was read for.
async fn raw(problem: Problem) -> Vec<u8> {
    let (parts, body) = problem.into_response("").into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let mut answer = format!(
        "HTTP/1.1 {}\r\ncontent-length: {}\r\n",
        parts.status,
        body.len()
    )
    .into_bytes();
    for (name, value) in &parts.headers {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}
