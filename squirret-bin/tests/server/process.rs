//! A server under test: a process of its own.

use crate::support::{PATIENCE, post, sample, text};
use serde_json::Value;
use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// The secret of every server under test, so that tests can sign tokens of their own.
pub const SECRET: &str = "a secret of the tests, thirty-two bytes or more";

/// A server of its own on free ports; ends with the test.
pub struct Server {
    child: Child,
    folder: TempDir,
    settings: Vec<(String, String)>,
    pub control: SocketAddr,
    pub inference: SocketAddr,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further settings, as the environment names them.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (child, control, inference) = spawn(&folder, &settings, anywhere, anywhere).await;
        Self {
            child,
            folder,
            settings,
            control,
            inference,
        }
    }

    /// Ends the process at once, as a crash would.
    pub fn crash(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts another process in its place: same ports, same data.
    pub async fn start_again(&mut self) {
        (self.child, self.control, self.inference) =
            spawn(&self.folder, &self.settings, self.control, self.inference).await;
    }

    /// Asks the process to stop.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Asks the process to read again what may have changed.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Asks the process to stop and waits until it has.
    pub fn stop(mut self) {
        self.terminate();
        assert!(self.child.wait().unwrap().success());
    }

    /// Ends the process, by a signal that it obeys or one that it cannot see, and starts another on what it left.
    pub async fn restart(&mut self, graceful: bool) {
        if graceful {
            self.terminate();
            assert!(self.child.wait().unwrap().success());
        } else {
            self.crash();
        }
        self.start_again().await;
    }

    /// Where it keeps what lasts.
    pub fn data_dir(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The program with this server's data folder and settings.
    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_squirret"));
        command
            .arg(subcommand)
            .env("SQUIRRET_DATA_DIR", self.folder.path())
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Ends the process as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A guest's session and its token.
    pub async fn guest(&self) -> (String, String) {
        let reply = post(self.control, "/internal/session", &Value::Null).await;
        (text(&reply.body, "sessionId"), text(&reply.body, "wsToken"))
    }

    /// Uploads a sample of one foot, as its firmware does.
    pub async fn upload(&self, session: Option<&str>, side: &str, ratios: [f64; 6]) {
        let mut sample = sample(side, ratios);
        if let Some(session) = session {
            sample["sessionId"] = session.into();
        }
        let reply = post(self.control, "/api/fsr_data", &sample).await;
        assert_eq!(reply.status, 202, "{reply:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.crash();
    }
}

/// A process, and where its planes listen.
async fn spawn(
    folder: &TempDir,
    settings: &[(String, String)],
    control: SocketAddr,
    inference: SocketAddr,
) -> (Child, SocketAddr, SocketAddr) {
    let ready = folder.path().join("ready");
    let _ = std::fs::remove_file(&ready);
    let mut command = Command::new(env!("CARGO_BIN_EXE_squirret"));
    command
        .arg("serve")
        .env("SQUIRRET_CONTROL_LISTEN", control.to_string())
        .env("SQUIRRET_INFERENCE_LISTEN", inference.to_string())
        .env("SQUIRRET_DATA_DIR", folder.path())
        .env("SQUIRRET_SERVER_READY_FILE", &ready)
        .env("SQUIRRET_MODEL_INSTALL", "false")
        .env("SQUIRRET_LOG", "warn")
        .env("JWT_SECRET", SECRET)
        .env_remove("SQUIRRET_MODEL_DIR")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let child = command.spawn().unwrap();
    let addresses = timeout(PATIENCE, async {
        loop {
            match std::fs::read_to_string(&ready) {
                Ok(text) => return text,
                Err(_) => sleep(Duration::from_millis(5)).await,
            }
        }
    });
    let addresses = addresses.await.expect("the server starts");
    let address = |plane: &str| {
        let line = addresses
            .lines()
            .find_map(|line| line.strip_prefix(plane)?.strip_prefix('='));
        line.map_or(SocketAddr::from(([127, 0, 0, 1], 0)), |address| {
            address.parse().unwrap()
        })
    };
    (child, address("control"), address("inference"))
}
