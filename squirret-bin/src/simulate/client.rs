//! The HTTP calls of the app and of the firmware, over plain HTTP/1.1.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::net::TcpStream;

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the server's control plane is: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    authority: String,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CallError {
    /// The address is not one we can call.
    #[error("{url}: the address must be http://host:port")]
    Address { url: String },
    /// Nobody answers there.
    #[error("{authority} does not answer: {source}")]
    Connect {
        authority: String,
        source: std::io::Error,
    },
    /// The connection broke, or what came was not HTTP.
    #[error("{path}: {source}")]
    Http { path: String, source: hyper::Error },
    /// No answer in time.
    #[error("{path}: no answer within {} s", CALL_TIMEOUT.as_secs())]
    Timeout { path: String },
    /// The server refused.
    #[error("{path}: {status}: {reason}")]
    Refused {
        path: String,
        status: StatusCode,
        /// What the server says, else the beginning of its answer.
        reason: String,
    },
    /// The answer is not what the contract says.
    #[error("{path}: unexpected answer: {source}")]
    Answer {
        path: String,
        source: serde_json::Error,
    },
}

/// What `POST /internal/session` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GuestSession {
    pub(crate) session_id: String,
    pub(crate) ws_token: String,
}

/// What `POST /api/session` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InferenceSession {
    pub(crate) session_id: String,
    pub(crate) ws_url: String,
    pub(crate) ws_token: String,
}

/// A kept connection for several calls, or none: the firmware opens one per sample.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    kept: Option<http1::SendRequest<Full<Bytes>>>,
}

impl Base {
    /// Reads `http://host:port`; the port may be left out (80).
    pub(crate) fn parse(url: &str) -> Result<Self, CallError> {
        let refused = || CallError::Address {
            url: url.to_owned(),
        };
        let rest = url.strip_prefix("http://").ok_or_else(refused)?;
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
            return Err(refused());
        }
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Ok(Self {
            authority: if has_port {
                authority.to_owned()
            } else {
                format!("{authority}:80")
            },
        })
    }

    /// `ws://host:port` of the same plane.
    pub(crate) fn websocket(&self) -> String {
        format!("ws://{}", self.authority)
    }

    /// Issues a guest session.
    pub(crate) async fn issue_guest(&self) -> Result<GuestSession, CallError> {
        self.post_json("/internal/session", Bytes::new()).await
    }

    /// Issues an inference session whose results belong to `user`.
    pub(crate) async fn create_inference(&self, user: &str) -> Result<InferenceSession, CallError> {
        let body = serde_json::json!({ "userId": user }).to_string();
        self.post_json("/api/session", body.into()).await
    }

    /// Says what was sent and received, and ends an inference session.
    pub(crate) async fn finish(
        &self,
        id: &str,
        sent: u64,
        received: u64,
        seconds: u64,
    ) -> Result<(), CallError> {
        let path = format!("/api/session/{id}/finish");
        let body = serde_json::json!({ "framesIn": sent, "framesOut": received, "durationSeconds": seconds });
        self.call(
            &mut Connection::default(),
            &path,
            None,
            body.to_string().into(),
            false,
        )
        .await
        .map(drop)
    }

    async fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Bytes,
    ) -> Result<T, CallError> {
        let answer = self
            .call(&mut Connection::default(), path, None, body, false)
            .await?;
        serde_json::from_slice(&answer).map_err(|source| CallError::Answer {
            path: path.to_owned(),
            source,
        })
    }

    /// One POST; with `keep` the connection stays open for the next.
    ///
    /// # Errors
    /// See [`CallError`]; after an error the connection is not used again.
    pub(crate) async fn call(
        &self,
        connection: &mut Connection,
        path: &str,
        session: Option<&str>,
        body: Bytes,
        keep: bool,
    ) -> Result<Bytes, CallError> {
        let call = self.exchange(connection, path, session, body, keep);
        tokio::time::timeout(CALL_TIMEOUT, call)
            .await
            .map_err(|_| CallError::Timeout {
                path: path.to_owned(),
            })?
    }

    async fn exchange(
        &self,
        connection: &mut Connection,
        path: &str,
        session: Option<&str>,
        body: Bytes,
        keep: bool,
    ) -> Result<Bytes, CallError> {
        let broken = |source| CallError::Http {
            path: path.to_owned(),
            source,
        };
        let mut sender = match connection.kept.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect(path).await?,
        };
        sender.ready().await.map_err(broken)?;
        let reply = sender
            .send_request(self.request(path, session, body, keep))
            .await
            .map_err(broken)?;
        let status = reply.status();
        let answer = reply
            .into_body()
            .collect()
            .await
            .map_err(broken)?
            .to_bytes();
        if keep {
            connection.kept = Some(sender);
        }
        if status.is_success() {
            return Ok(answer);
        }
        Err(CallError::Refused {
            path: path.to_owned(),
            status,
            reason: reason(&answer),
        })
    }

    async fn connect(&self, path: &str) -> Result<http1::SendRequest<Full<Bytes>>, CallError> {
        let socket = TcpStream::connect(&self.authority)
            .await
            .map_err(|source| CallError::Connect {
                authority: self.authority.clone(),
                source,
            })?;
        let _ = socket.set_nodelay(true);
        let (sender, driver) = http1::handshake(TokioIo::new(socket))
            .await
            .map_err(|source| CallError::Http {
                path: path.to_owned(),
                source,
            })?;
        tokio::spawn(driver);
        Ok(sender)
    }

    fn request(
        &self,
        path: &str,
        session: Option<&str>,
        body: Bytes,
        keep: bool,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        };
        set("host", &self.authority);
        set("content-type", "application/json");
        if let Some(session) = session {
            set("x-session-id", session);
        }
        if !keep {
            set("connection", "close");
        }
        request
    }
}

/// The message of the server's error envelope, else the beginning of what it sent.
pub(super) fn reason(answer: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Envelope {
        code: String,
        message: String,
    }
    match serde_json::from_slice(answer) {
        Ok(Envelope { code, message }) => format!("{message} ({code})"),
        Err(_) => String::from_utf8_lossy(answer).chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_address_with_and_without_a_port() {
        assert_eq!(
            Base::parse("http://127.0.0.1:8080/").unwrap().websocket(),
            "ws://127.0.0.1:8080"
        );
        assert_eq!(
            Base::parse("http://example.org").unwrap().websocket(),
            "ws://example.org:80"
        );
        assert_eq!(
            Base::parse("http://[::1]:9").unwrap().websocket(),
            "ws://[::1]:9"
        );
    }

    #[test]
    fn refuses_what_is_no_plain_http_address() {
        for url in [
            "",
            "127.0.0.1:8080",
            "https://example.org",
            "http://",
            "http://a/b",
            "http://u@h",
        ] {
            assert!(
                matches!(Base::parse(url), Err(CallError::Address { .. })),
                "{url}"
            );
        }
    }
}
