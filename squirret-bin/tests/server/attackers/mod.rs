//! Everything that somebody with a good token of their own would try to read or steer another session.
//!
//! With `auth.mode = open` REST trusts whoever knows a session's id, as the original did: what holds there is that no
//! id can be guessed or learnt, and that sockets and internal calls ask for more. With `bearer` every call that names
//! a session carries its token.

mod devices;
mod ids;
mod rest;
mod sign_in;
mod stomp;
mod tokens;

use crate::support::*;
use serde_json::{Value, json};

/// Both ways to run a server.
pub const MODES: [&str; 2] = ["open", "bearer"];

/// Someone who squats, and someone who should not know.
pub struct Scene {
    pub server: Server,
    pub victim: String,
    pub victims_token: String,
    pub victims_ear: Stomp,
    pub attacker: String,
    pub attackers_token: String,
}

pub async fn scene(mode: &str) -> Scene {
    let settings = [
        ("SQUIRRET_FSR_SHARED_DEFAULT", "false"),
        ("SQUIRRET_LIMITS", "off"),
        ("SQUIRRET_AUTH_MODE", mode),
    ];
    let server = Server::with(&settings).await;
    let (victim, victims_token) = server.guest().await;
    let (attacker, attackers_token) = server.guest().await;
    let mut victims_ear = Stomp::connect(&server, &victims_token).await;
    victims_ear.subscribe("s", QUEUE).await;
    victims_ear.sync().await;
    Scene {
        server,
        victim,
        victims_token,
        victims_ear,
        attacker,
        attackers_token,
    }
}

/// A call with a token, or without.
pub async fn call(
    server: &Server,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Reply {
    let proof = token.map_or(String::new(), |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let headers = format!("{proof}content-type: application/json\r\n");
    request(server, method, path, &headers, &body).await
}

/// An upgrade that must not be: its answer.
pub async fn refused(address: std::net::SocketAddr, path: &str) -> Reply {
    match Ws::try_open(address, path, &[]).await {
        Ok(_) => panic!("{path} was upgraded"),
        Err(reply) => reply,
    }
}

/// The whole answer to a request, as it came.
pub async fn raw(address: std::net::SocketAddr, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The user that the victim is after signing in.
pub const USER: &str = "7d444840-9dc0-11d1-b245-5ffdce74fad2";

/// Signs a session in; gives the user's token.
pub async fn sign_in(server: &Server, session: &str, token: &str) -> String {
    let body = json!({ "userId": USER, "sessionId": session, "email": "a@example.org" });
    let reply = call(server, "POST", "/auth/upgrade", Some(token), &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    text(&reply.body, "wsToken")
}

/// An inference session for somebody, and its token.
pub async fn inference(server: &Server, user: &str, token: Option<&str>) -> (String, String) {
    let reply = call(
        server,
        "POST",
        "/api/session",
        token,
        &json!({ "userId": user }),
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    (text(&reply.body, "sessionId"), text(&reply.body, "wsToken"))
}
