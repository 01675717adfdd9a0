//! Keeps recordings of sessions: what went into a coach and what it said, packed lines of JSON, without pictures.
//!
//! A scope speaks its records into a [`Tape`]; one thread writes all tapes, so that no disk makes a coach wait. A tape
//! that loses a record would replay to something else: it ends there instead.

mod writer;

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use parking_lot::Mutex;
use squirret::{
    Language, UnixMillis,
    coach::{
        CoachConfig, Event, Input,
        record::{Head, Record},
    },
};

use writer::{Entry, Writer};

/// Records that may wait for the disk, of all tapes; a frame's is about 2 KB.
const MAX_WAITING: usize = 8_192;

/// Writes tapes into a folder; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    entries: SyncSender<Entry>,
    next: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    /// Begins to write into `folder`, which is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or written to, or no thread can be had.
    pub(crate) fn start(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        tempfile::tempfile_in(&folder)?;
        let (entries, waiting) = sync_channel(MAX_WAITING);
        let thread = std::thread::Builder::new()
            .name("record".into())
            .spawn(move || Writer::new(folder).run(&waiting))?;
        Ok(Self(Arc::new(Shared {
            entries,
            next: AtomicU64::new(0),
            thread: Mutex::new(Some(thread)),
        })))
    }

    /// A tape for a coach that begins at `start`. Its file, `NAME-START.jsonl.gz`, is made with the first record.
    pub(crate) fn tape(
        &self,
        name: &str,
        config: &CoachConfig,
        language: Language,
        start: UnixMillis,
    ) -> Tape {
        Tape {
            recorder: self.clone(),
            id: self.0.next.fetch_add(1, Ordering::Relaxed),
            head: Some((
                format!("{name}-{}", start.0),
                Head::new(config.clone(), language, start),
            )),
            runs: true,
        }
    }

    /// Ends all tapes and waits until they are on the disk.
    pub(crate) fn stop(&self) {
        let Some(thread) = self.0.thread.lock().take() else {
            return;
        };
        if self.0.entries.send(Entry::Stop).is_err() || thread.join().is_err() {
            tracing::error!("the recordings' thread ended before its time");
        }
    }
}

/// One session's recording.
#[derive(Debug)]
pub(crate) struct Tape {
    recorder: Recorder,
    id: u64,
    /// Name and head, until the first record.
    head: Option<(String, Head)>,
    runs: bool,
}

impl Tape {
    /// The coach is about to get this.
    pub(crate) fn input(&mut self, input: &Input<'_>, now: UnixMillis) {
        if !self.runs {
            return;
        }
        if let Some((name, head)) = self.head.take() {
            self.send(Entry::Open {
                tape: self.id,
                name,
                head: Box::new(Record::Head(Box::new(head))),
            });
        }
        self.record(Record::input(input, now));
    }

    /// The coach said this.
    pub(crate) fn event(&mut self, event: &Event) {
        if let Some(record) = Record::event(event).filter(|_| self.runs) {
            self.record(record);
        }
    }

    fn record(&mut self, record: Record) {
        self.send(Entry::Record {
            tape: self.id,
            record: Box::new(record),
        });
    }

    fn send(&mut self, entry: Entry) {
        match self.recorder.0.entries.try_send(entry) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) if self.runs => {
                self.runs = false;
                tracing::warn!("a recording ends here: the disk is too slow");
            }
            Err(_) => self.runs = false,
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        if self.head.is_none() {
            // A writer that is behind closes the file when it stops.
            let _ = self
                .recorder
                .0
                .entries
                .try_send(Entry::Close { tape: self.id });
        }
    }
}
