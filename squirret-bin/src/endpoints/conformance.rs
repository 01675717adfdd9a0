//! What suites for WebSocket servers find: their cases against an echo on our sockets, behind a route that only tests
//! have, and against tokio-tungstenite's own.

use crate::{
    app::App,
    config::{Config, Sources},
    http::{Body, Problem},
    plane::Plane,
    serve, server,
    ws::{
        frame::Kind,
        handshake::Handshake,
        socket::{Incoming, Socket, SocketLimits},
    },
};
use futures_util::{SinkExt, StreamExt};
use hyper::{Request, Response, body::Incoming as HttpBody};
use serde::Deserialize;
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

const LIMITS: SocketLimits = SocketLimits {
    read_buffer: 4096,
    max_message_bytes: 16 << 20,
};

/// Answers the upgrade to an echo.
pub(crate) fn upgrade(
    app: &App,
    mut request: Request<HttpBody>,
) -> Result<Response<Body>, Problem> {
    Ok(Handshake::new(&mut request, &[])?.start(&app.shutdown, LIMITS, echo))
}

async fn echo(mut socket: Socket) {
    loop {
        match socket.next(true).await {
            Ok(Some(Incoming::Text(text))) => socket.queue(Kind::Text, text.as_bytes()),
            Ok(Some(Incoming::Binary(bytes))) => socket.queue(Kind::Binary, &bytes),
            Ok(Some(Incoming::Control | Incoming::Empty(_)) | None) => {}
            Ok(Some(Incoming::Closed)) => return socket.finish().await,
            Err(error) => match error.close_code() {
                Some(code) => return socket.fail(code, error.reason()).await,
                None => return,
            },
        }
    }
}

/// The address of a server of ours.
async fn ours() -> SocketAddr {
    let set = [("limits.enabled", "off"), ("store.kind", "memory")];
    let set = set.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let config = Config::load(Sources::new(toml::Table::new(), [], set)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Arc::new(serve::build(config).unwrap());
    tokio::spawn(server::serve(app, Plane::Control, listener, None));
    address
}

/// The address of a server that is nothing but tokio-tungstenite.
async fn bare() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_text() || message.is_binary() {
                        socket.send(message).await.unwrap();
                    }
                }
            });
        }
    });
    address
}

/// How a server behaved in one case, and at its close.
#[derive(Deserialize)]
struct Verdict(String, String);

type Verdicts = BTreeMap<String, Verdict>;

/// Runs the Autobahn cases; `None`, and a word about it, when the suite is not installed.
async fn autobahn(address: SocketAddr) -> Option<Verdicts> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/test-tools");
    let tools = std::env::var_os("SQUIRRET_TEST_TOOLS").map_or(own, PathBuf::from);
    if !tools.join("venv/.autobahn").exists() {
        println!("skipped: the Autobahn cases are missing, run .ci/tools");
        return None;
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients/autobahn.py");
    let output = tokio::process::Command::new(tools.join("venv/bin/python"))
        .arg(script)
        .arg(format!("ws://{address}/echo"))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {problems}", output.status);
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn failed(verdicts: &Verdicts) -> Vec<&str> {
    let fine = ["OK", "NON-STRICT", "INFORMATIONAL"];
    let fails = |Verdict(behaviour, close): &Verdict| {
        !fine.contains(&behaviour.as_str()) || !fine.contains(&close.as_str())
    };
    let failed = verdicts.iter().filter(|(_, verdict)| fails(verdict));
    failed.map(|(case, _)| case.as_str()).collect()
}

fn non_strict(verdicts: &Verdicts) -> Vec<&str> {
    let lax = verdicts
        .iter()
        .filter(|(_, verdict)| verdict.0 == "NON-STRICT");
    lax.map(|(case, _)| case.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_autobahn_case_fails_and_no_more_are_lax_than_with_tungstenite_alone() {
    let Some(own) = autobahn(ours().await).await else {
        return;
    };
    assert_eq!(own.len(), 247, "all cases of groups 1 to 7 and 10 ran");
    assert_eq!(failed(&own), [""; 0]);
    let peer = autobahn(bare().await).await.unwrap();
    let (own, peer) = (non_strict(&own), non_strict(&peer));
    println!("lax: {} of ours, {} of the peer's", own.len(), peer.len());
    assert!(own.len() <= peer.len(), "{own:?} and {peer:?}");
}
