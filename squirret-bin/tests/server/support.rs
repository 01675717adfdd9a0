//! The clients that talk to a real server.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::{collections::HashMap, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

pub use crate::process::{SECRET, Server};
pub use crate::signed::{claims, header_of, token};

/// Nothing that is waited for takes longer, unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Now, ms since 1970.
pub fn unix_millis() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}

/// Ratios that lean to the heel by `heel` per cent.
pub fn ratios(heel: f64) -> [f64; 6] {
    let rest = (100.0 - heel) / 4.0;
    [heel / 2.0, rest, rest, rest, heel / 2.0, rest]
}

pub fn sample(side: &str, ratios: [f64; 6]) -> Value {
    let mut sample = serde_json::json!({ "side": side });
    for (index, ratio) in ratios.iter().enumerate() {
        sample[format!("ratio{}", index + 1)] = (*ratio).into();
    }
    sample
}

/// A field that must be text.
pub fn text(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {value}"))
        .to_owned()
}

/// Waits until it is so.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !so().await {
            sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

pub async fn post(address: SocketAddr, path: &str, body: &Value) -> Reply {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    send(
        address,
        &format!(
            "{head}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
    )
    .await
}

pub async fn get(address: SocketAddr, path: &str) -> Reply {
    send(
        address,
        &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"),
    )
    .await
}

/// Sends a whole request and reads a whole answer.
pub async fn send(address: SocketAddr, request: &str) -> Reply {
    timeout(PATIENCE, try_send(address, request))
        .await
        .expect("an answer in time")
        .expect("an answer")
}

/// The same with a server that may die meanwhile.
pub async fn try_send(address: SocketAddr, request: &str) -> Option<Reply> {
    let mut socket = TcpStream::connect(address).await.ok()?;
    socket.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).unwrap();
    let (reply, whole) = try_parse(&answer)?;
    (whole || request.starts_with("HEAD")).then_some(reply)
}

/// A whole answer.
pub fn parse(answer: &str) -> Reply {
    try_parse(answer).expect("an answer").0
}

/// An answer, and whether all of its body is there.
fn try_parse(answer: &str) -> Option<(Reply, bool)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: HashMap<String, String> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length");
    let whole = length.is_none_or(|length| *length == body.len().to_string());
    let reply = Reply {
        status,
        headers,
        body: serde_json::from_str(body).unwrap_or(Value::Null),
        text: body.to_owned(),
    };
    Some((reply, whole))
}

/// A WebSocket client.
pub struct Ws(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Ws {
    pub async fn open(address: SocketAddr, path: &str) -> Self {
        Self::try_open(address, path, &[])
            .await
            .unwrap_or_else(|reply| panic!("{reply:?}"))
    }

    /// With further headers; the HTTP answer when there is no upgrade.
    pub async fn try_open(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Reply> {
        let mut request = format!("ws://{address}{path}")
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match timeout(PATIENCE, connect_async(request))
            .await
            .expect("an answer")
        {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::Error::Http(response)) => Err(Reply {
                status: response.status().as_u16(),
                headers: response
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                    .collect(),
                body: response
                    .body()
                    .as_ref()
                    .and_then(|body| serde_json::from_slice(body).ok())
                    .unwrap_or_default(),
                text: String::new(),
            }),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    pub async fn send_binary(&mut self, bytes: impl Into<bytes::Bytes>) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    /// The next text, pings left out.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Received::Text(text) => text,
            Received::Closed(code, reason) => panic!("closed with {code} {reason}"),
        }
    }

    pub async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    pub async fn next(&mut self) -> Received {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("a message") {
                Some(Ok(Message::Text(text))) => return Received::Text(text.to_string()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Received::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return Received::Closed(1005, String::new()),
                Some(Ok(_)) => {}
                end => return Received::Closed(1006, format!("{end:?}")),
            }
        }
    }

    /// Reads to the end: its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Received::Closed(code, reason) = self.next().await {
                return (code, reason);
            }
        }
    }
}

/// What a client received.
#[derive(Debug)]
pub enum Received {
    Text(String),
    Closed(u16, String),
}

/// A STOMP frame.
#[derive(Debug, Clone)]
pub struct Frame {
    pub command: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Frame {
    fn parse(text: &str) -> Self {
        let text = text
            .strip_suffix('\0')
            .unwrap_or_else(|| panic!("no NUL at the end: {text:?}"));
        let (head, body) = text.split_once("\n\n").expect("an empty line");
        let mut lines = head.lines();
        let command = lines.next().unwrap().to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            command,
            headers,
            body: body.to_owned(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}

pub const QUEUE: &str = "/user/queue/session";
pub const TOPIC: &str = "/topic/fsr-data";
pub const APP: &str = "/app/session.message";

/// A STOMP client over a WebSocket.
pub struct Stomp(pub Ws);

impl Stomp {
    /// Opens and connects with a token in the query.
    pub async fn connect(server: &Server, token: &str) -> Self {
        Self::connect_with(server, token, "").await
    }

    /// With further header lines in CONNECT.
    pub async fn connect_with(server: &Server, token: &str, headers: &str) -> Self {
        let mut stomp = Self(Ws::open(server.control, &format!("/ws?token={token}")).await);
        stomp
            .send(&format!(
                "CONNECT\naccept-version:1.1,1.2\nheart-beat:0,0\n{headers}\n\0"
            ))
            .await;
        let connected = stomp.frame().await;
        assert_eq!(connected.command, "CONNECTED", "{connected:?}");
        stomp
    }

    pub async fn send(&mut self, frame: &str) {
        self.0.send(frame).await;
    }

    pub async fn subscribe(&mut self, id: &str, destination: &str) {
        self.send(&format!(
            "SUBSCRIBE\nid:{id}\ndestination:{destination}\n\n\0"
        ))
        .await;
    }

    /// Sends a message of the app.
    pub async fn tell(&mut self, message: &Value) {
        let body = message.to_string();
        let length = body.len();
        self.send(&format!(
            "SEND\ndestination:{APP}\ncontent-length:{length}\n\n{body}\0"
        ))
        .await;
    }

    /// The next frame, heart-beats left out.
    pub async fn frame(&mut self) -> Frame {
        loop {
            let text = self.0.text().await;
            if text != "\n" {
                return Frame::parse(&text);
            }
        }
    }

    /// The next message of a type; others are read over.
    pub async fn message(&mut self, kind: &str) -> Frame {
        timeout(PATIENCE, async {
            loop {
                let frame = self.frame().await;
                assert_ne!(frame.command, "ERROR", "{frame:?}");
                if frame.command == "MESSAGE" && frame.kind() == kind {
                    return frame;
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no {kind}"))
    }

    /// A ping's answer: everything that was sent before it has been obeyed.
    pub async fn sync(&mut self) {
        self.tell(&serde_json::json!({ "type": "PING", "payload": {} }))
            .await;
        self.message("PONG").await;
    }
}

/// Checks the status, the code and the envelope of an error.
pub fn assert_refused(reply: &Reply, status: u16, code: &str, path: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.body["status"], status, "{reply:?}");
    assert_eq!(reply.body["code"], code, "{reply:?}");
    assert_eq!(reply.body["path"], path, "{reply:?}");
    assert!(!text(&reply.body, "message").is_empty() && !text(&reply.body, "error").is_empty());
    let timestamp = text(&reply.body, "timestamp");
    assert!(
        timestamp.ends_with('Z') && timestamp.contains('T'),
        "{timestamp}"
    );
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert!(reply.headers.contains_key("x-request-id"));
}

/// One call with headers of its own, a line each.
pub async fn request(
    server: &Server,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Reply {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    send(server.control, &format!("{head}{body}")).await
}
