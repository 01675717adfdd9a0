//! A stream of which each reader gets the newest frame.
//!
//! Readers stand in groups, and each group has one task that writes a frame into all sockets of the group: on a
//! machine with many cores the groups share them, and a wake-up is paid once for all readers of a group.

use super::{Shown, listener::Activity};
use crate::{
    time::Time,
    ws::{
        Deliveries,
        watcher::{Tally, Watcher},
    },
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
    newest: watch::Sender<Option<Shown>>,
    groups: Mutex<Vec<Arc<Group>>>,
    readers: AtomicUsize,
}

/// While a session has data of its own, its reader is shown nothing of a stream that is shared.
#[derive(Debug)]
pub(crate) struct Unless {
    pub(super) own: Arc<Activity>,
    pub(super) insole: bool,
    pub(super) clock: Arc<Time>,
}

impl Unless {
    fn hides(&self) -> bool {
        self.own.is_fresh(self.insole, self.clock.now())
    }
}

#[derive(Debug)]
struct Reader {
    watcher: Arc<Watcher>,
    unless: Option<Unless>,
}

impl Reader {
    fn show(&self, shown: &Shown, tally: &mut Tally) {
        if !self.unless.as_ref().is_some_and(Unless::hides) {
            self.watcher.show(shown, tally);
        }
    }
}

#[derive(Debug, Default)]
struct Group {
    readers: Mutex<Readers>,
}

/// By a number that only grows, so that a pass over all goes on behind the last one that it saw, whoever came and
/// left meanwhile.
#[derive(Debug, Default)]
struct Readers {
    by_number: BTreeMap<u64, Arc<Reader>>,
    next: u64,
}

/// A reader's place in a stream; dropping it leaves.
#[derive(Debug)]
pub(crate) struct Place {
    broadcast: Arc<Broadcast>,
    group: Arc<Group>,
    number: u64,
}

impl Broadcast {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            newest: watch::Sender::new(None),
            groups: Mutex::default(),
            readers: AtomicUsize::new(0),
        })
    }

    /// Whether anybody reads.
    pub(super) fn is_read(&self) -> bool {
        self.readers.load(Ordering::Relaxed) > 0
    }

    /// Shows all readers the next frame; `make` is given its number.
    pub(super) fn show(&self, make: impl FnOnce(u64) -> Shown) {
        self.newest.send_modify(|shown| {
            let number = shown.as_ref().map_or(0, |shown| shown.number) + 1;
            *shown = Some(make(number));
        });
    }

    /// The number of the newest frame.
    pub(crate) fn number(&self) -> u64 {
        self.newest
            .borrow()
            .as_ref()
            .map_or(0, |shown| shown.number)
    }

    /// Shows every frame from now on in `watcher`, unless `unless` hides it.
    pub(crate) fn join(
        self: &Arc<Self>,
        watcher: Arc<Watcher>,
        unless: Option<Unless>,
        deliveries: &Deliveries,
    ) -> Place {
        self.readers.fetch_add(1, Ordering::Relaxed);
        let reader = Arc::new(Reader { watcher, unless });
        let (group, number) = self.place(&reader, deliveries);
        Place {
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
    /// Shows each frame to all readers, until the stream ends.
    async fn run(
        self: Arc<Self>,
        mut newest: watch::Receiver<Option<Shown>>,
        deliveries: Deliveries,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        while newest.changed().await.is_ok() {
            let Some(shown) = newest.borrow_and_update().clone() else {
                continue;
            };
            let mut from = 0;
            loop {
                for (number, reader) in self.readers.lock().by_number.range(from..).take(BATCH) {
                    batch.push(Arc::clone(reader));
                    from = number + 1;
                }
                let is_last = batch.len() < BATCH;
                let mut tally = Tally::default();
                for reader in batch.drain(..) {
                    reader.show(&shown, &mut tally);
                }
                deliveries.count(shown.made, &tally);
                if is_last {
                    break;
                }
                yield_now().await;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.group.readers.lock().by_number.remove(&self.number);
        self.broadcast.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
