//! SIGHUP: read again what may have changed.

use tokio::sync::watch;

/// Reports each SIGHUP; clones receive the same ones. There are none outside Unix.
#[derive(Clone, Debug)]
pub(crate) struct ReloadSignal(watch::Receiver<u64>);

impl ReloadSignal {
    /// Listens from now on; without this a SIGHUP ends the process.
    ///
    /// # Errors
    /// When the signal cannot be listened to.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let (sender, receiver) = watch::channel(0);
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut signals = signal(SignalKind::hangup())?;
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    sender.send_modify(|count| *count += 1);
                }
            });
        }
        #[cfg(not(unix))]
        drop(sender);
        Ok(Self(receiver))
    }

    /// Ends at the next one.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
