//! How many finishes a second the server answers once they are on the disk, against what SQLite alone does on the same
//! disk: one insert a transaction, same settings. Both take turns; the medians of their rounds count.
//!
//! Needs a server built before (`cargo build --release`), or its path in `SQUIRRET_BIN`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

const ROUNDS: usize = 7;
/// Finishes a round of one client.
const FINISHES: usize = 150;
/// Clients at once, in the second measurement.
const CLIENTS: usize = 32;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path())?;
    let bare = bare(&folder.path().join("bare.db"))?;
    let (mut alone, mut together, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor.push(insert(&bare, FINISHES)?);
        alone.push(server.finish(1, FINISHES)?);
        together.push(server.finish(CLIENTS, FINISHES)?);
    }
    let (floor, alone, together) = (median(floor), median(alone), median(together));
    println!("bare SQLite, one insert a transaction: {floor:8.0}/s");
    println!(
        "server, 1 client:    {alone:8.0}/s, ratio {:.2}",
        alone / floor
    );
    println!(
        "server, {CLIENTS} clients:  {together:8.0}/s, ratio {:.2}",
        together / floor
    );
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// A table like the server's, with the server's settings.
fn bare(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE finish (session TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID",
    )?;
    Ok(connection)
}

fn insert(connection: &Connection, count: usize) -> Result<f64, Failure> {
    let record =
        r#"{"at":1762672230000,"report":{"framesIn":150,"framesOut":149,"durationSeconds":30}}"#;
    let known: i64 = connection.query_row("SELECT count(*) FROM finish", [], |row| row.get(0))?;
    let started = Instant::now();
    for number in 0..count {
        let session = format!("{:036}", known + number as i64);
        connection
            .prepare_cached("INSERT INTO finish VALUES (?1, ?2, ?3)")?
            .execute((session, 1_762_672_230_000_i64, record))?;
    }
    Ok(count as f64 / started.elapsed().as_secs_f64())
}

struct Server {
    child: Child,
    control: SocketAddr,
}

impl Server {
    fn start(folder: &Path) -> Result<Self, Failure> {
        let binary = std::env::var_os("SQUIRRET_BIN").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/squirret"),
            PathBuf::from,
        );
        let ready = folder.join("ready");
        let child = Command::new(&binary)
            .env("SQUIRRET_CONTROL_LISTEN", "127.0.0.1:0")
            .env("SQUIRRET_INFERENCE_LISTEN", "127.0.0.1:0")
            .env("SQUIRRET_DATA_DIR", folder)
            .env("SQUIRRET_SERVER_READY_FILE", &ready)
            .env("SQUIRRET_MODEL_INSTALL", "false")
            .env("SQUIRRET_LIMITS", "off")
            .env("SQUIRRET_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut server = Self {
            child,
            control: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let text = loop {
            match std::fs::read_to_string(&ready) {
                Ok(text) => break text,
                Err(_) if server.child.try_wait()?.is_none() => {
                    thread::sleep(Duration::from_millis(5))
                }
                Err(error) => return Err(error.into()),
            }
        };
        let line = text.lines().find_map(|line| line.strip_prefix("control="));
        server.control = line.ok_or("no control plane")?.parse()?;
        Ok(server)
    }

    /// Finishes a second of so many clients, each with sessions of its own that are made before.
    fn finish(&self, clients: usize, each: usize) -> Result<f64, Failure> {
        let mut work = Vec::new();
        for _ in 0..clients {
            let mut client = Client::connect(self.control)?;
            let sessions: Result<Vec<String>, Failure> =
                (0..each).map(|_| client.issue()).collect();
            work.push((client, sessions?));
        }
        let started = Instant::now();
        thread::scope(|scope| {
            let threads: Vec<_> = work
                .iter_mut()
                .map(|(client, sessions)| {
                    scope.spawn(|| sessions.iter().try_for_each(|id| client.finish(id)))
                })
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().map_err(|_| "a client panicked")?)
        })?;
        Ok((clients * each) as f64 / started.elapsed().as_secs_f64())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One kept connection.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(to: SocketAddr) -> Result<Self, Failure> {
        let socket = TcpStream::connect(to)?;
        socket.set_nodelay(true)?;
        Ok(Self(BufReader::new(socket)))
    }

    fn issue(&mut self) -> Result<String, Failure> {
        let body = self.post("/internal/session", "")?;
        let reply: serde_json::Value = serde_json::from_slice(&body)?;
        Ok(reply["sessionId"]
            .as_str()
            .ok_or("no sessionId")?
            .to_owned())
    }

    fn finish(&mut self, session: &str) -> Result<(), Failure> {
        let body = r#"{"framesIn":150,"framesOut":149,"durationSeconds":30}"#;
        self.post(&format!("/api/session/{session}/finish"), body)
            .map(drop)
    }

    fn post(&mut self, path: &str, body: &str) -> Result<Vec<u8>, Failure> {
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        self.0.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length) = (String::new(), 0);
        self.0.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return Err(format!("{path}: {}", line.trim()).into());
        }
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(body)
    }
}
