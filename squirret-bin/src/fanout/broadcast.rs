//! A stream of which each reader gets the newest frame.
//!
//! Readers stand in groups, and each group has one task that writes a frame into all sockets of the group: on a
//! machine with many cores the groups share them, and a wake-up is paid once for all readers of a group.

use super::{Activity, StreamFrame, StreamKind, StreamSocket};
use crate::{
    clock::Time,
    metrics::{Deliveries, DeliveryStats},
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{sync::watch, task::yield_now};

/// Readers of one group.
const GROUP: usize = 64;
/// Sockets that are written before others have their turn: some 0.1 ms.
const BATCH: usize = 16;

/// The newest frame of a stream, and those who read it.
#[derive(Debug)]
pub(crate) struct Broadcast {
    newest: watch::Sender<Option<StreamFrame>>,
    groups: Mutex<Vec<Arc<Group>>>,
    readers: AtomicUsize,
}

/// Suppresses the frames of a shared stream while the session has fresh data of its own.
#[derive(Debug)]
pub(crate) struct SuppressWhileFresh {
    pub(crate) own: Arc<Activity>,
    pub(crate) stream: StreamKind,
    pub(crate) clock: Arc<Time>,
}

impl SuppressWhileFresh {
    fn is_suppressed(&self) -> bool {
        self.own.is_fresh(self.stream, self.clock.now())
    }
}

#[derive(Debug)]
struct Reader {
    socket: Arc<StreamSocket>,
    suppress: Option<SuppressWhileFresh>,
}

impl Reader {
    fn offer(&self, frame: &StreamFrame, stats: &mut DeliveryStats) {
        if !self
            .suppress
            .as_ref()
            .is_some_and(SuppressWhileFresh::is_suppressed)
        {
            self.socket.offer(frame, stats);
        }
    }
}

#[derive(Debug, Default)]
struct Group {
    readers: Mutex<Readers>,
}

/// Keyed by a number that only grows, so that a batched pass resumes behind the last reader that it served, whatever
/// readers join and leave in the meantime.
#[derive(Debug, Default)]
struct Readers {
    by_number: BTreeMap<u64, Arc<Reader>>,
    next: u64,
}

/// Keeps a reader in a stream until it is dropped.
#[derive(Debug)]
pub(crate) struct ReaderGuard {
    broadcast: Arc<Broadcast>,
    group: Arc<Group>,
    number: u64,
}

impl Broadcast {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            newest: watch::Sender::new(None),
            groups: Mutex::default(),
            readers: AtomicUsize::new(0),
        })
    }

    /// Returns whether the stream has a reader.
    pub(crate) fn is_read(&self) -> bool {
        self.readers.load(Ordering::Relaxed) > 0
    }

    /// Publishes the next frame to all readers; `make` gets its number.
    pub(crate) fn publish(&self, make: impl FnOnce(u64) -> StreamFrame) {
        self.newest.send_modify(|frame| {
            let number = frame.as_ref().map_or(0, |frame| frame.number) + 1;
            *frame = Some(make(number));
        });
    }

    /// Returns the number of the newest frame.
    pub(crate) fn number(&self) -> u64 {
        self.newest
            .borrow()
            .as_ref()
            .map_or(0, |frame| frame.number)
    }

    /// Writes every frame from now on into `socket`, except while `suppress` holds it back.
    pub(crate) fn join(
        self: &Arc<Self>,
        socket: Arc<StreamSocket>,
        suppress: Option<SuppressWhileFresh>,
        deliveries: &Deliveries,
    ) -> ReaderGuard {
        self.readers.fetch_add(1, Ordering::Relaxed);
        let reader = Arc::new(Reader { socket, suppress });
        let (group, number) = self.place(&reader, deliveries);
        ReaderGuard {
            broadcast: Arc::clone(self),
            group,
            number,
        }
    }

    fn place(&self, reader: &Arc<Reader>, deliveries: &Deliveries) -> (Arc<Group>, u64) {
        let mut groups = self.groups.lock();
        for group in groups.iter() {
            let mut readers = group.readers.lock();
            if readers.by_number.len() < GROUP {
                return (Arc::clone(group), readers.add(reader));
            }
        }
        let group = Arc::new(Group::default());
        let number = group.readers.lock().add(reader);
        let newest = self.newest.subscribe();
        tokio::spawn(Arc::clone(&group).run(newest, deliveries.clone()));
        groups.push(Arc::clone(&group));
        (group, number)
    }
}

impl Readers {
    fn add(&mut self, reader: &Arc<Reader>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.by_number.insert(number, Arc::clone(reader));
        number
    }
}

impl Group {
    /// Writes each frame into the sockets of all readers, until the stream ends.
    async fn run(
        self: Arc<Self>,
        mut newest: watch::Receiver<Option<StreamFrame>>,
        deliveries: Deliveries,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        while newest.changed().await.is_ok() {
            let Some(frame) = newest.borrow_and_update().clone() else {
                continue;
            };
            let mut from = 0;
            loop {
                for (number, reader) in self.readers.lock().by_number.range(from..).take(BATCH) {
                    batch.push(Arc::clone(reader));
                    from = number + 1;
                }
                let is_last = batch.len() < BATCH;
                let mut stats = DeliveryStats::default();
                for reader in batch.drain(..) {
                    reader.offer(&frame, &mut stats);
                }
                deliveries.count(frame.made, &stats);
                if is_last {
                    break;
                }
                yield_now().await;
            }
        }
    }
}

impl Drop for ReaderGuard {
    fn drop(&mut self) {
        self.group.readers.lock().by_number.remove(&self.number);
        self.broadcast.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
