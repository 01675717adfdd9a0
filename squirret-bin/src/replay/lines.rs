//! A file's lines, packed by gzip or not.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

use flate2::bufread::MultiGzDecoder;

use super::ReplayFailure;
use crate::models::Progress;

/// Longest line: two hours of keypoints at 60 frames a second are less.
const MAX_LINE: u64 = 1 << 30;

/// Reads lines one by one and counts them.
pub(crate) struct Lines<'p> {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    number: u64,
    done: Rc<Cell<u64>>,
    total: u64,
    progress: &'p Progress,
}

impl<'p> Lines<'p> {
    /// Opens a file.
    pub(crate) fn open(path: &Path, progress: &'p Progress) -> Result<Self, ReplayFailure> {
        let failed = |source| ReplayFailure::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        let done = Rc::new(Cell::new(0));
        let mut packed = BufReader::new(Counted {
            file,
            done: Rc::clone(&done),
        });
        let is_gzip = packed
            .fill_buf()
            .map_err(failed)?
            .starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn BufRead> = if is_gzip {
            Box::new(BufReader::new(MultiGzDecoder::new(packed)))
        } else {
            Box::new(packed)
        };
        Ok(Self {
            path: path.to_owned(),
            reader,
            number: 0,
            done,
            total,
            progress,
        })
    }

    /// Which file it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of the line that was read last, from 1.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank. A packed file that was cut off, as a crash leaves it, ends where it was cut.
    pub(crate) fn next_line(&mut self) -> Result<Option<String>, ReplayFailure> {
        loop {
            let mut line = String::new();
            let read = self.reader.by_ref().take(MAX_LINE).read_line(&mut line);
            let read = match read {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                read => read.map_err(|source| ReplayFailure::Read {
                    path: self.path.clone(),
                    source,
                })?,
            };
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.progress.bytes(self.done.get(), self.total);
            if read as u64 == MAX_LINE {
                return Err(ReplayFailure::LongLine {
                    path: self.path.clone(),
                    line: self.number,
                    max: MAX_LINE,
                });
            }
            if !line.trim().is_empty() {
                return Ok(Some(line));
            }
        }
    }
}

/// Knows how much of a file was read.
struct Counted {
    file: File,
    done: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done.set(self.done.get() + read as u64);
        Ok(read)
    }
}
