//! Every call and every socket, tried by everybody who may come: the table in `docs/security.md`.
//!
//! With `SQUIRRET_WRITE_DOCS=1` the test writes the table; without, it compares.

use std::{fmt::Write, net::SocketAddr, path::Path};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::*;

/// Who comes, all by way of a proxy as strangers do, to a session that is somebody else's unless it says otherwise.
const ACTORS: [(&str, &str); 11] = [
    ("nobody", "without a token"),
    ("other", "with the token of another guest"),
    (
        "guest",
        "with the session's own token, before anybody signed in",
    ),
    (
        "old guest",
        "with the same token, or with a link that they made, after a user signed in",
    ),
    ("user", "with the token that the sign-in answered"),
    (
        "frames",
        "with the token of an inference session for the guest, about that session",
    ),
    ("old frames", "with the same token, after a user signed in"),
    (
        "deleted",
        "with the user's token, after the user was deleted",
    ),
    ("link", "with a link to the report that the guest made"),
    (
        "page",
        "with the session's own token, from a page of another site (`Origin`)",
    ),
    (
        "name",
        "with the session's own token, by a name that is not the server's (`Host`)",
    ),
];

/// One thing to try.
struct Try {
    shown: &'static str,
    method: &'static str,
    path: String,
    body: Value,
    plane: SocketAddr,
    socket: bool,
}

/// Somebody at the door.
struct Actor {
    token: Option<String>,
    headers: &'static str,
    /// The session that is meant, its person and its inference session.
    session: String,
    person: String,
    guest: String,
    frames: String,
    link: String,
}

async fn post_with(server: &Server, path: &str, token: &str, body: &Value) -> Reply {
    let headers = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    request(server, "POST", path, &headers, &body).await
}

/// Makes the scene for an actor.
async fn actor(server: &Server, name: &str) -> Actor {
    let (session, guest) = server.guest().await;
    let created = post_with(
        server,
        "/api/session",
        &guest,
        &json!({ "userId": session }),
    )
    .await;
    let (frames, frames_token) = (
        text(&created.body, "sessionId"),
        text(&created.body, "wsToken"),
    );
    let made = post_with(
        server,
        &format!("/api/session/{session}/report/link"),
        &guest,
        &Value::Null,
    )
    .await;
    let mut actor = Actor {
        token: Some(guest.clone()),
        headers: "",
        person: session.clone(),
        guest: session.clone(),
        link: text(&made.body, "url"),
        session,
        frames,
    };
    if matches!(name, "old guest" | "user" | "old frames" | "deleted") {
        let user = Uuid::new_v4().to_string();
        let body = json!({ "userId": user, "sessionId": actor.session, "email": "a@example.org" });
        let signed = post_with(server, "/auth/upgrade", &guest, &body).await;
        assert_eq!(signed.status, 200, "{signed:?}");
        let token = text(&signed.body, "wsToken");
        // The answer has arrived.
        let headers = format!("authorization: Bearer {token}\r\n");
        request(server, "GET", "/api/fsr_data/latest", &headers, "").await;
        if name == "deleted" {
            let path = format!("/api/user/{user}");
            request(server, "DELETE", &path, &headers, "").await;
        }
        if matches!(name, "user" | "deleted") {
            actor.token = Some(token);
        }
        actor.person = user;
    }
    if !matches!(name, "link" | "old guest" | "deleted") {
        // The others know no signature.
        actor.link = actor.link.split('?').next().unwrap().to_owned();
    }
    match name {
        "nobody" | "link" => actor.token = None,
        "other" => actor.token = Some(server.guest().await.1),
        "frames" | "old frames" => {
            actor.token = Some(frames_token);
            actor.session.clone_from(&actor.frames);
        }
        "page" => actor.headers = "origin: https://evil.example\r\n",
        "name" => actor.headers = "evil.example",
        _ => {}
    }
    actor
}

/// Everything that can be tried, in the order of the table.
fn tries(server: &Server, actor: &Actor) -> Vec<Try> {
    let Actor {
        session,
        person,
        frames,
        link,
        ..
    } = actor;
    let mut list = Vec::new();
    let mut rest = |shown: &'static str, path: &str, body: Value| {
        let (method, _) = shown.split_once(' ').unwrap();
        list.push(Try {
            shown,
            method,
            path: path.into(),
            body,
            plane: server.control,
            socket: false,
        });
    };
    let own = |call: &str| format!("/api/session/{session}/{call}");
    let read = |call: &str| format!("/api/fsr_data/{call}?sessionId={session}");
    let mut upload = sample("left", ratios(62.0));
    rest(
        "POST /api/fsr_data, `default`",
        "/api/fsr_data",
        upload.clone(),
    );
    upload["sessionId"] = session.as_str().into();
    // A guest signs in with an id of their own, which nobody has yet.
    let user = if *person == actor.guest {
        Uuid::new_v4().to_string()
    } else {
        person.clone()
    };
    let sign_in = json!({ "userId": user, "sessionId": session, "email": "a@example.org" });
    let pair = json!({ "deviceId": session });
    let counts = json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 0 });
    let status = json!({ "lumbar": "bad", "sessionId": session });
    rest("POST /api/fsr_data", "/api/fsr_data", upload);
    rest(
        "GET /api/fsr_data/latest, `default`",
        "/api/fsr_data/latest",
        Value::Null,
    );
    rest("GET /api/fsr_data/latest", &read("latest"), Value::Null);
    rest("GET /api/fsr_data/feedback", &read("feedback"), Value::Null);
    rest(
        "GET /api/fsr_data/feedback/combined",
        &read("feedback/combined"),
        Value::Null,
    );
    rest("POST /internal/session", "/internal/session", Value::Null);
    rest(
        "POST /api/session",
        "/api/session",
        json!({ "userId": actor.person }),
    );
    rest("POST /auth/upgrade", "/auth/upgrade", sign_in);
    rest(
        "POST /api/session/{id}/refresh",
        &own("refresh"),
        Value::Null,
    );
    rest(
        "POST /api/session/{id}/devices",
        &own("devices"),
        pair.clone(),
    );
    rest("DELETE /api/session/{id}/devices", &own("devices"), pair);
    rest(
        "GET /api/session/{id}/devices",
        &own("devices"),
        Value::Null,
    );
    rest("POST /api/session/{id}/finish", &own("finish"), counts);
    rest("GET /api/session/{id}/report", &own("report"), Value::Null);
    rest(
        "POST /api/session/{id}/report/link",
        &own("report/link"),
        Value::Null,
    );
    rest("GET /api/report/{link}", link, Value::Null);
    let workouts = own("workouts");
    rest("GET /api/session/{id}/workouts", &workouts, Value::Null);
    rest("DELETE /api/session/{id}/workouts", &workouts, Value::Null);
    rest(
        "GET /api/workouts/{link}",
        &link.replace("/report/", "/workouts/"),
        Value::Null,
    );
    rest(
        "GET /api/user/{id}",
        &format!("/api/user/{person}"),
        Value::Null,
    );
    rest(
        "DELETE /api/user/{id}",
        &format!("/api/user/{person}"),
        Value::Null,
    );
    rest(
        "POST /api/user/{id}/pairing",
        &format!("/api/user/{person}/pairing"),
        Value::Null,
    );
    rest("POST /internal/ai/status", "/internal/ai/status", status);
    rest("GET /internal/usage", "/internal/usage", Value::Null);
    rest("GET /metrics", "/metrics", Value::Null);
    rest("GET /readyz", "/readyz", Value::Null);
    rest("GET /", "/", Value::Null);
    let query = |path: &str, and: &str| match &actor.token {
        Some(token) => format!("{path}?token={token}{and}"),
        None => format!("{path}?{and}"),
    };
    let mut socket = |shown, path: String, plane| {
        list.push(Try {
            shown,
            method: "GET",
            path,
            body: Value::Null,
            plane,
            socket: true,
        });
    };
    let named = format!("&sessionId={session}");
    socket("socket /ws", query("/ws", ""), server.control);
    socket(
        "socket /ws/fsr-data, `default`",
        "/ws/fsr-data".into(),
        server.control,
    );
    socket(
        "socket /ws/fsr-data",
        query("/ws/fsr-data", &named),
        server.control,
    );
    socket(
        "socket /ws/analysis",
        query("/ws/analysis", &named),
        server.control,
    );
    socket(
        "socket /ws/{id} of frames",
        query(&format!("/ws/{frames}"), ""),
        server.inference,
    );
    list
}

/// What comes of it: `yes`, or the status of the refusal.
async fn outcome(actor: &Actor, attempt: &Try) -> String {
    let (host, origin) = match actor.headers {
        "evil.example" => ("evil.example".to_owned(), ""),
        other => (attempt.plane.to_string(), other),
    };
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {host}\r\n{origin}",
        attempt.method, attempt.path
    );
    head.push_str("x-forwarded-for: 192.0.2.77\r\ncontent-type: application/json\r\n");
    if attempt.socket {
        head.push_str(
            "connection: Upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        );
    } else {
        head.push_str("connection: close\r\n");
        if let Some(token) = &actor.token {
            let _ = write!(head, "authorization: Bearer {token}\r\n");
        }
    }
    let body = if attempt.body.is_null() {
        String::new()
    } else {
        attempt.body.to_string()
    };
    let _ = write!(head, "content-length: {}\r\n\r\n{body}", body.len());
    match status(attempt.plane, &head).await {
        // Who is let in hears 101, that there is no model, or that there is no such binding.
        101 | 200 | 202 | 503 => "yes".into(),
        status => status.to_string(),
    }
}

/// The status of an answer, of which no more is read.
async fn status(address: SocketAddr, request: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut line = [0; 12];
    socket.read_exact(&mut line).await.unwrap();
    std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

/// The table of one mode.
async fn table(mode: &str) -> String {
    let settings = [
        ("SQUIRRET_AUTH_MODE", mode),
        ("SQUIRRET_LIMITS", "off"),
        ("SQUIRRET_STORE_KIND", "memory"),
        (
            "SQUIRRET_FSR_SHARED_DEFAULT",
            if mode == "open" { "true" } else { "false" },
        ),
    ];
    let server = Server::with(&settings).await;
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    for (column, (name, _)) in ACTORS.iter().enumerate() {
        let count = tries(&server, &actor(&server, name).await).len();
        for number in 0..count {
            // Each attempt meets a session of its own: what one changes does not help another.
            let actor = actor(&server, name).await;
            let attempt = &tries(&server, &actor)[number];
            // What is unbound must have been bound.
            if attempt
                .shown
                .starts_with("DELETE /api/session/{id}/devices")
            {
                let bind = &tries(&server, &actor)[number - 1];
                outcome(&actor, bind).await;
            }
            let cell = outcome(&actor, attempt).await;
            if column == 0 {
                rows.push((attempt.shown, Vec::new()));
            }
            rows[number].1.push(cell);
        }
    }
    let mut table = format!("\n### `auth.mode = {mode}`\n\n| call |");
    for (name, _) in ACTORS {
        let _ = write!(table, " {name} |");
    }
    let _ = write!(table, "\n|---|{}\n", "---|".repeat(ACTORS.len()));
    for (shown, cells) in rows {
        let _ = writeln!(table, "| {shown} | {} |", cells.join(" | "));
    }
    table
}

#[tokio::test]
async fn the_documented_table_of_who_may_do_what_is_what_the_server_does() {
    let mut written = String::from("\n| column | who |\n|---|---|\n");
    for (name, who) in ACTORS {
        let _ = writeln!(written, "| {name} | {who} |");
    }
    for mode in ["open", "bearer"] {
        written.push_str(&table(mode).await);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        "<!-- access table -->\n",
        "\n<!-- end of the access table -->",
    );
    let (before, rest) = text.split_once(begin).expect("the beginning of the table");
    let (documented, after) = rest.split_once(end).expect("the end of the table");
    if std::env::var_os("SQUIRRET_WRITE_DOCS").is_some() {
        let whole = format!("{before}{begin}{written}{end}{after}");
        return std::fs::write(&path, whole).unwrap();
    }
    assert_eq!(
        documented, written,
        "docs/security.md: run this test with SQUIRRET_WRITE_DOCS=1 and read what changed"
    );
}
