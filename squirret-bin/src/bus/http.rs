//! AI states by HTTP to another process.

use super::Bus;
use crate::http::INTERNAL_KEY;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde::Serialize;
use squirret::{Mark, feedback::AiStatus};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::Notify,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

/// People whose state waits; more are not told (and would not be heard in time).
const MAX_WAITING: usize = 10_000;
/// A state counts for this long; an older one is not worth telling.
const COUNTS_FOR: Duration = Duration::from_secs(10);
/// One request, connecting included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// The first wait after a failure, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Where the control plane is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ControlAddress {
    authority: String,
    prefix: String,
}

/// An address that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be http://HOST:PORT")]
pub(crate) struct AddressError;

impl std::str::FromStr for ControlAddress {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        let rest = url.strip_prefix("http://").ok_or(AddressError)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.is_empty() || authority.contains('@') {
            return Err(AddressError);
        }
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port {
            authority.to_owned()
        } else {
            format!("{authority}:80")
        };
        let path = path.trim_end_matches('/');
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        Ok(Self { authority, prefix })
    }
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    status: AiStatus,
    since: Instant,
}

/// Posts states to the control plane, the newest of each person.
#[derive(Debug)]
pub(crate) struct HttpBus {
    waiting: Mutex<HashMap<Option<String>, Waiting>>,
    filled: Notify,
    healthy: AtomicBool,
    control: ControlAddress,
    key: Option<String>,
}

impl Bus for HttpBus {
    fn is_local(&self) -> bool {
        false
    }

    fn publish(&self, user: Option<&str>, status: AiStatus) {
        // The control plane knows people by the id of their session or user; other names mean nobody in particular.
        let user = user
            .filter(|user| Uuid::try_parse(user).is_ok())
            .map(str::to_owned);
        let mut waiting = self.waiting.lock();
        if waiting.len() < MAX_WAITING || waiting.contains_key(&user) {
            waiting.insert(
                user,
                Waiting {
                    status,
                    since: Instant::now(),
                },
            );
        }
        drop(waiting);
        self.filled.notify_one();
    }

    fn run(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.send())
    }

    fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }
}

impl HttpBus {
    /// To the control plane at `control`, with `key` as `X-Internal-Key`. Nothing is sent before [`Self::run`].
    pub(crate) fn new(control: ControlAddress, key: Option<String>) -> Self {
        let (waiting, filled) = (Mutex::default(), Notify::new());
        Self {
            waiting,
            filled,
            healthy: AtomicBool::new(true),
            control,
            key,
        }
    }

    /// Sends states for ever.
    async fn send(&self) {
        let mut connection = None;
        let mut pause = RETRY.0;
        loop {
            self.filled.notified().await;
            while let Some((user, waiting)) = self.take() {
                let body = body(user.as_deref(), waiting.status);
                let sent = timeout(REQUEST_TIMEOUT, self.post(&mut connection, body)).await;
                let healthy = matches!(sent, Ok(Ok(())));
                self.healthy.store(healthy, Ordering::Relaxed);
                if healthy {
                    pause = RETRY.0;
                    continue;
                }
                tracing::warn!(
                    control = self.control.authority,
                    "AI status could not be told, trying again"
                );
                connection = None;
                self.waiting.lock().entry(user).or_insert(waiting);
                sleep(pause).await;
                pause = (pause * 2).min(RETRY.1);
            }
        }
    }

    /// Any state that waits and still counts.
    fn take(&self) -> Option<(Option<String>, Waiting)> {
        let mut waiting = self.waiting.lock();
        let now = Instant::now();
        waiting.retain(|_, state| now.saturating_duration_since(state.since) < COUNTS_FOR);
        let user = waiting.keys().next().cloned()?;
        waiting.remove_entry(&user)
    }

    async fn post(&self, connection: &mut Option<Sender>, body: Bytes) -> Result<(), PostError> {
        if connection.as_ref().is_none_or(SendRequest::is_closed) {
            *connection = Some(self.connect().await?);
        }
        let sender = connection.as_mut().ok_or(PostError::Closed)?;
        sender.ready().await?;
        let mut request = Request::post(format!("{}/internal/ai/status", self.control.prefix))
            .header(HOST, &self.control.authority)
            .header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            request = request.header(INTERNAL_KEY, key);
        }
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        // A person that the control plane does not know (any more) is no failure of the bus.
        let status = response.status();
        let taken = status.is_success() || matches!(status.as_u16(), 404 | 410);
        let mut body = response.into_body();
        while let Some(frame) = http_body_util::BodyExt::frame(&mut body).await {
            frame?;
        }
        if taken {
            Ok(())
        } else {
            Err(PostError::Status(status))
        }
    }

    async fn connect(&self) -> Result<Sender, PostError> {
        let tcp = TcpStream::connect(&self.control.authority).await?;
        tcp.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(tcp)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

type Sender = SendRequest<Full<Bytes>>;

#[derive(Debug, thiserror::Error)]
enum PostError {
    #[error("connection is closed")]
    Closed,
    #[error("control plane answered {0}")]
    Status(hyper::StatusCode),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Request(#[from] hyper::http::Error),
}

fn body(user: Option<&str>, status: AiStatus) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lumbar: Mark,
        knee: Mark,
        ankle: Mark,
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id: Option<&'a str>,
    }
    let AiStatus {
        lumbar,
        knee,
        ankle,
    } = status;
    serde_json::to_vec(&Body {
        lumbar,
        knee,
        ankle,
        session_id: user,
    })
    .unwrap_or_default()
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    const BAD_KNEE: AiStatus = AiStatus {
        lumbar: Mark::Good,
        knee: Mark::Bad,
        ankle: Mark::Null,
    };

    #[test]
    fn reads_addresses() {
        let address = |url: &str| {
            url.parse::<ControlAddress>()
                .map(|address| (address.authority, address.prefix))
        };
        assert_eq!(
            address("http://control:8080"),
            Ok(("control:8080".into(), String::new()))
        );
        assert_eq!(
            address("http://control/base/"),
            Ok(("control:80".into(), "/base".into()))
        );
        assert_eq!(address("https://control"), Err(AddressError));
        assert_eq!(address("http://"), Err(AddressError));
        assert_eq!(address("http://user@control"), Err(AddressError));
    }

    #[test]
    fn bodies_are_those_of_the_contract() {
        let id = "0195f5a0-0000-7000-8000-000000000001";
        insta::assert_snapshot!(String::from_utf8_lossy(&body(Some(id), BAD_KNEE)), @r#"{"lumbar":"good","knee":"bad","ankle":"null","sessionId":"0195f5a0-0000-7000-8000-000000000001"}"#);
        insta::assert_snapshot!(String::from_utf8_lossy(&body(None, BAD_KNEE)), @r#"{"lumbar":"good","knee":"bad","ankle":"null"}"#);
    }

    /// A control plane that fails once and then takes everything; gives the requests it took.
    async fn control(listener: TcpListener) -> String {
        drop(listener.accept().await.unwrap());
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let size = socket.read(&mut request).await.unwrap();
        socket
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..size]).into_owned()
    }

    #[tokio::test]
    async fn tells_the_newest_state_and_tries_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let bus = HttpBus::new(address, Some("secret".into()));
        bus.publish(Some("user123"), AiStatus::default());
        bus.publish(None, BAD_KNEE);
        let request = tokio::select! {
            request = control(listener) => request,
            () = bus.run() => unreachable!(),
        };
        assert!(
            request.starts_with("POST /internal/ai/status HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("x-internal-key: secret"), "{request}");
        assert!(
            request.ends_with(r#"{"lumbar":"good","knee":"bad","ankle":"null"}"#),
            "{request}"
        );
    }
}
