//! Behind a real nginx, by the configuration that `docs/troubleshooting.md` shows.

use crate::support::*;
use serde_json::json;
use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream, rustls};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};

const NAME: &str = "coach.example.org";

/// A proxy that ends with the test.
struct Nginx {
    child: Child,
    address: SocketAddr,
    tls: TlsConnector,
    _folder: tempfile::TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The configuration of the documentation, with the places of this test.
fn documented() -> String {
    let text = include_str!("../../../docs/troubleshooting.md");
    let (_, rest) = text.split_once("```nginx\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

impl Nginx {
    /// `None`, aloud, where nginx is not installed.
    async fn start(server: &Server, configuration: &str) -> Option<Self> {
        if Command::new("nginx")
            .arg("-v")
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            println!("skipped: nginx is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        std::fs::write(folder.path().join("coach.pem"), own.cert.pem()).unwrap();
        std::fs::write(
            folder.path().join("coach.key"),
            own.signing_key.serialize_pem(),
        )
        .unwrap();
        let port = free_port().await;
        write_configuration(folder.path(), configuration, port, server);
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder.path())
            .args(["-e", "stderr", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(own.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let nginx = Self {
            child,
            address: ([127, 0, 0, 1], port).into(),
            tls: TlsConnector::from(Arc::new(tls)),
            _folder: folder,
        };
        until("nginx listens", async || {
            TcpStream::connect(nginx.address).await.is_ok()
        })
        .await;
        Some(nginx)
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let socket = TcpStream::connect(self.address).await.unwrap();
        let name = NAME.try_into().unwrap();
        self.tls.connect(name, socket).await.unwrap()
    }

    async fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let (port, length) = (self.address.port(), body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {NAME}:{port}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut reply = Vec::new();
        // nginx may close without the TLS farewell.
        let _ = timeout(PATIENCE, socket.read_to_end(&mut reply))
            .await
            .expect("a reply");
        parse(&String::from_utf8(reply).unwrap())
    }

    async fn open(
        &self,
        url: &str,
    ) -> Result<WebSocketStream<TlsStream<TcpStream>>, tungstenite::Error> {
        let socket = self.connect().await;
        let (socket, _) = client_async(url, socket).await?;
        Ok(socket)
    }
}

fn write_configuration(folder: &Path, configuration: &str, port: u16, server: &Server) {
    let shown = folder.display();
    let own = configuration
        .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"))
        .replace("/etc/nginx/", &format!("{shown}/"))
        .replace("/var/log/nginx/", &format!("{shown}/"))
        .replace("127.0.0.1:8080", &server.control.to_string())
        .replace("127.0.0.1:8000", &server.inference.to_string());
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {shown}/{kind};\n"))
        .collect();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {shown}/pid;\nevents {{}}\nhttp {{\n{temporary}access_log off;\n{own}\n}}\n"
    );
    std::fs::write(folder.join("nginx.conf"), whole).unwrap();
}

#[tokio::test]
async fn the_documented_nginx_carries_every_call_and_socket() {
    let server = Server::with(&[
        ("SQUIRRET_SERVER_TRUSTED_PROXIES", "127.0.0.1,::1"),
        ("SQUIRRET_AUTH_MODE", "bearer"),
        ("SQUIRRET_AUTH_INTERNAL_KEY", "a key of the tests"),
    ])
    .await;
    let Some(nginx) = Nginx::start(&server, &documented()).await else {
        return;
    };
    let guest = nginx.request("POST", "/internal/session", "", "").await;
    let (session, token) = (text(&guest.body, "sessionId"), text(&guest.body, "wsToken"));
    for path in ["/internal/usage", "/internal/ai/status", "/metrics"] {
        let reply = nginx
            .request("GET", path, "x-internal-key: a key of the tests\r\n", "")
            .await;
        assert_eq!(reply.status, 404, "{path}");
    }

    let port = nginx.address.port();
    let mut stomp = nginx
        .open(&format!("wss://{NAME}:{port}/ws?token={token}"))
        .await
        .unwrap();
    let connect = "CONNECT\naccept-version:1.2\n\n\0";
    futures_util::SinkExt::send(&mut stomp, tungstenite::Message::text(connect))
        .await
        .unwrap();
    let connected = futures_util::StreamExt::next(&mut stomp)
        .await
        .unwrap()
        .unwrap();
    assert!(
        connected.to_text().unwrap().starts_with("CONNECTED\n"),
        "{connected:?}"
    );

    let bearer = format!("authorization: Bearer {token}\r\n");
    let body = json!({ "userId": session }).to_string();
    let created = nginx.request("POST", "/api/session", &bearer, &body).await;
    let (url, id) = (
        text(&created.body, "wsUrl"),
        text(&created.body, "sessionId"),
    );
    assert_eq!(url, format!("wss://{NAME}:{port}/ws/{id}"));
    let frames = nginx
        .open(&format!("{url}?token={}", text(&created.body, "wsToken")))
        .await;
    let Err(tungstenite::Error::Http(reply)) = frames else {
        panic!("there is no model");
    };
    assert_eq!(reply.status(), 503, "the inference plane answered");

    let large = " ".repeat(200 * 1024);
    let refused = nginx.request("POST", "/api/fsr_data", "", &large).await;
    assert_refused(&refused, 413, "PAYLOAD_TOO_LARGE", "/api/fsr_data");
}

#[tokio::test]
async fn a_plain_proxy_pass_does_not_open_the_inside() {
    let server = Server::start().await;
    let plain = "server {\n listen 443 ssl;\n ssl_certificate /etc/nginx/coach.pem;\n \
                 ssl_certificate_key /etc/nginx/coach.key;\n location / { proxy_pass http://127.0.0.1:8080; }\n}";
    let Some(nginx) = Nginx::start(&server, plain).await else {
        return;
    };
    let usage = nginx.request("GET", "/internal/usage", "", "").await;
    assert_refused(&usage, 403, "FORBIDDEN", "/internal/usage");
    let status = nginx
        .request("POST", "/internal/ai/status", "", r#"{"knee":"bad"}"#)
        .await;
    assert_refused(&status, 403, "FORBIDDEN", "/internal/ai/status");
    let session = nginx.request("POST", "/internal/session", "", "").await;
    assert_eq!(session.status, 200);
}
