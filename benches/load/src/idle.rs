//! What an idle WebSocket costs.

use std::{io, time::Duration};

use clap::Args;

use crate::{
    http::Client,
    process::resident_kib,
    readers::{Entry, open},
    websocket::Url,
};

/// The server's memory settles within this.
const SETTLE: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(crate) struct Idle {
    /// Where they connect.
    url: Url,
    #[arg(long, default_value_t = 5000)]
    connections: usize,
    /// The server's process.
    #[arg(long)]
    pid: u32,
    /// STOMP: the control plane, where each gets a session of its own, which it subscribes to.
    #[arg(long)]
    stomp: Option<String>,
}

impl Idle {
    pub(crate) async fn run(self) -> io::Result<()> {
        let mut urls = vec![self.url.clone(); self.connections];
        let entry = self.stomp.is_some().then(|| Entry {
            headers: String::new(),
            destination: "/user/queue/session".into(),
        });
        if let Some(control) = &self.stomp {
            let mut client = Client::connect(control).await?;
            for url in &mut urls {
                let (_, token) = client.guest().await?;
                *url = url.with_query(&format!("token={token}"));
            }
        }
        let before = resident_kib(self.pid)?;
        let open = open(urls, entry.as_ref(), false).await?;
        tokio::time::sleep(SETTLE).await;
        let after = resident_kib(self.pid)?;
        let each = after.saturating_sub(before) as f64 / open.len() as f64;
        println!(
            "connections {} before {before} KiB after {after} KiB each {each:.2} KiB",
            open.len()
        );
        Ok(())
    }
}
