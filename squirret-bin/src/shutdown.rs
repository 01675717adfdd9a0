//! The signal to stop, and the wait for what is in flight.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Signals the stop to all tasks and waits for them; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// Starts a task that [`Self::finish`] waits for.
    pub(crate) fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task);
    }

    /// Signals the stop.
    pub(crate) fn begin(&self) {
        self.token.cancel();
        self.tasks.close();
    }

    /// Whether it has begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Ends when it begins.
    pub(crate) async fn begun(&self) {
        self.token.cancelled().await;
    }

    /// Waits for all tasks, at most this long; false when some had to be left.
    pub(crate) async fn finish(&self, timeout: Duration) -> bool {
        tokio::time::timeout(timeout, self.tasks.wait())
            .await
            .is_ok()
    }
}

/// Ends at SIGTERM or SIGINT (elsewhere: Ctrl-C).
pub(crate) async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_for_tasks_but_not_for_ever() {
        let shutdown = Shutdown::default();
        let own = shutdown.clone();
        shutdown.spawn(async move { own.begun().await });
        shutdown.begin();
        assert!(shutdown.finish(Duration::from_secs(1)).await);

        let stuck = Shutdown::default();
        stuck.spawn(std::future::pending());
        stuck.begin();
        assert!(!stuck.finish(Duration::from_secs(1)).await);
    }
}
