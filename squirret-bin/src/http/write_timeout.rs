//! A stream with a write timeout: it fails when the peer stops reading.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::idle::IdleTracker;

/// Fails with [`io::ErrorKind::TimedOut`] when the peer reads nothing of a response for `patience`: otherwise a peer that
/// asks and does not read would keep its connection, and the memory of the response, for ever.
///
/// Lingers at its end while the peer may still send a body that was refused: our side is shut down, and what arrives is
/// discarded. If the socket were closed at once, the kernel would answer those bytes with a reset, and the peer would lose
/// the response that it has not read yet.
#[derive(Debug)]
pub(crate) struct WriteTimeout<S> {
    io: S,
    patience: Duration,
    idle: Arc<IdleTracker>,
    /// Runs while a write waits; there is none before the first that had to.
    waiting: Option<Pin<Box<Sleep>>>,
    lingering: Option<Lingering>,
}

/// The end of a connection whose peer may still be sending.
#[derive(Debug)]
struct Lingering {
    timeout: Pin<Box<Sleep>>,
    discarded: usize,
}

/// How long a connection lingers at most.
const LINGER_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes that a connection discards at most while it lingers.
const MAX_DISCARDED: usize = 64 << 20;

impl<S> WriteTimeout<S> {
    pub(crate) const fn new(io: S, patience: Duration, idle: Arc<IdleTracker>) -> Self {
        Self {
            io,
            patience,
            idle,
            waiting: None,
            lingering: None,
        }
    }

    /// The connection alone.
    pub(crate) fn into_inner(self) -> S {
        self.io
    }

    /// What a write came to, and the time it has left if it must wait.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.waiting.take().is_some() {
                self.idle.unblock();
            }
            return written;
        }
        self.idle.block();
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        waiting
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> WriteTimeout<S> {
    /// Reads and discards, to the peer's end or a limit.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let lingering = self.lingering.get_or_insert_with(|| Lingering {
            timeout: Box::pin(sleep(LINGER_TIMEOUT)),
            discarded: 0,
        });
        if lingering.timeout.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut scrap = [0; 8192];
        while lingering.discarded < MAX_DISCARDED {
            let mut scrap = ReadBuf::new(&mut scrap);
            let read = ready!(Pin::new(&mut self.io).poll_read(cx, &mut scrap));
            if read.is_err() || scrap.filled().is_empty() {
                return Poll::Ready(());
            }
            lingering.discarded += scrap.filled().len();
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            let shut = Pin::new(&mut self.io).poll_shutdown(cx);
            ready!(self.watch(cx, shut))?;
        }
        if self.idle.is_unread() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_ends_the_connection() {
        let (ours, _theirs) = duplex(4);
        let mut ours = WriteTimeout::new(ours, PATIENCE, Arc::new(IdleTracker::new()));
        let error = ours.write_all(b"too much").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_body_was_refused_lingers_for_a_bounded_time() {
        for (unread, seconds) in [(true, LINGER_TIMEOUT.as_secs()), (false, 0)] {
            let (ours, mut theirs) = duplex(64);
            let idle = Arc::new(IdleTracker::new());
            if unread {
                idle.leave_unread();
            }
            let mut ours = WriteTimeout::new(ours, PATIENCE, idle);
            let started = tokio::time::Instant::now();
            let (shut, read) = tokio::join!(ours.shutdown(), async {
                theirs.write_all(&[0; 64]).await.unwrap();
                theirs.read(&mut [0; 8]).await.unwrap()
            });
            shut.unwrap();
            assert_eq!(read, 0, "our side has ended");
            assert_eq!(started.elapsed().as_secs(), seconds);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_lingers_no_longer_than_its_peer_sends() {
        let (ours, mut theirs) = duplex(64);
        let idle = Arc::new(IdleTracker::new());
        idle.leave_unread();
        let mut ours = WriteTimeout::new(ours, PATIENCE, idle);
        let started = tokio::time::Instant::now();
        let (shut, ()) = tokio::join!(ours.shutdown(), async {
            theirs.write_all(&[0; 4096]).await.unwrap();
            theirs.shutdown().await.unwrap();
        });
        shut.unwrap();
        assert!(started.elapsed().is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_a_little_now_and_then_is_waited_for() {
        let (ours, mut theirs) = duplex(1);
        let mut ours = WriteTimeout::new(ours, PATIENCE, Arc::new(IdleTracker::new()));
        let slow = async {
            let mut taken = Vec::new();
            for _ in 0..4 {
                sleep(PATIENCE - Duration::from_secs(1)).await;
                taken.push(theirs.read_u8().await.unwrap());
            }
            taken
        };
        let (sent, taken) = tokio::join!(ours.write_all(b"slow"), slow);
        sent.unwrap();
        assert_eq!(taken, b"slow");
    }
}
