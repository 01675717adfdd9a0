//! The thread that writes tapes.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use squirret::coach::record::Record;

/// What a crash may cost.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// What tapes tell the thread.
#[derive(Debug)]
pub(super) enum Entry {
    /// A tape begins.
    Open {
        tape: u64,
        name: String,
        head: Box<Record>,
    },
    /// A line.
    Record { tape: u64, record: Box<Record> },
    /// A tape ends.
    Close { tape: u64 },
    /// All tapes end.
    Stop,
}

type Packed = GzEncoder<BufWriter<File>>;

/// All open tapes.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    tapes: HashMap<u64, Packed>,
}

impl Writer {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            tapes: HashMap::new(),
        }
    }

    /// Writes what comes until it shall stop.
    pub(super) fn run(mut self, entries: &Receiver<Entry>) {
        let mut flushed = Instant::now();
        loop {
            let due = FLUSH_EVERY.saturating_sub(flushed.elapsed());
            match entries.recv_timeout(due) {
                Ok(Entry::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(entry) => self.take(entry),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if flushed.elapsed() >= FLUSH_EVERY {
                self.flush();
                flushed = Instant::now();
            }
        }
        for (_, packed) in self.tapes.drain() {
            report(close(packed));
        }
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Open { tape, name, head } => {
                let path = self.folder.join(format!("{name}.jsonl.gz"));
                let opened = File::create_new(&path).and_then(|file| {
                    let mut packed = GzEncoder::new(BufWriter::new(file), Compression::fast());
                    write(&mut packed, &head)?;
                    Ok(packed)
                });
                match opened {
                    Ok(packed) => {
                        self.tapes.insert(tape, packed);
                    }
                    Err(error) => tracing::error!(%error, path = %path.display(), "no recording"),
                }
            }
            Entry::Record { tape, record } => {
                let written = self
                    .tapes
                    .get_mut(&tape)
                    .map(|packed| write(packed, &record));
                if let Some(Err(error)) = written {
                    tracing::error!(%error, "a recording ends here");
                    self.tapes.remove(&tape);
                }
            }
            Entry::Close { tape } => {
                if let Some(packed) = self.tapes.remove(&tape) {
                    report(close(packed));
                }
            }
            Entry::Stop => {}
        }
    }

    fn flush(&mut self) {
        self.tapes.retain(|_, packed| {
            let flushed = packed.flush();
            let keeps = flushed.is_ok();
            report(flushed);
            keeps
        });
    }
}

fn write(packed: &mut Packed, record: &Record) -> io::Result<()> {
    let line = record.to_line().map_err(io::Error::other)?;
    packed.write_all(line.as_bytes())?;
    packed.write_all(b"\n")
}

fn close(packed: Packed) -> io::Result<()> {
    packed.finish()?.into_inner()?.sync_all()
}

fn report(done: io::Result<()>) {
    if let Err(error) = done {
        tracing::error!(%error, "a recording could not be finished");
    }
}
