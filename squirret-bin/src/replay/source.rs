//! A file's bytes, packed by gzip or not.

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

/// Longest line, bytes: two hours of keypoints at 60 frames a second are less.
const MAX_LINE: u64 = 1 << 30;

/// Reads a file and unpacks it. A packed file that was cut off, as a crash leaves it, ends where it was cut.
pub(crate) struct Source<'p> {
    path: PathBuf,
    reader: BufReader<Box<dyn Read>>,
    number: u64,
    is_cut: bool,
    done: Rc<Cell<u64>>,
    total: u64,
    progress: &'p Progress,
}

impl<'p> Source<'p> {
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
        let reader: Box<dyn Read> = if is_gzip {
            Box::new(MultiGzDecoder::new(packed))
        } else {
            Box::new(packed)
        };
        Ok(Self {
            path: path.to_owned(),
            reader: BufReader::with_capacity(64 << 10, reader),
            number: 0,
            is_cut: false,
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

    /// Whether the packed file was cut off; known once it was read to its end.
    pub(crate) const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns the first bytes of what was not read yet, without reading them. A decoder may return fewer than
    /// [`FileKind::HEAD`](squirret::formats::FileKind::HEAD) at a time.
    pub(crate) fn head(&mut self) -> Result<Vec<u8>, ReplayFailure> {
        let head = match self.reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Vec::new()),
            other => other.map(<[u8]>::to_vec),
        };
        head.map_err(|source| self.failed(source))
    }

    /// Reads the rest as text, which must be UTF-8 and shorter than a line may be.
    pub(crate) fn text(&mut self) -> Result<String, ReplayFailure> {
        let mut text = String::new();
        let read = self.by_ref().take(MAX_LINE).read_to_string(&mut text);
        let read = read.map_err(|source| self.failed(source))?;
        self.number += 1;
        self.check_length(read as u64)?;
        Ok(text)
    }

    /// The next line that is not blank, without a byte order mark.
    pub(crate) fn next_line(&mut self) -> Result<Option<String>, ReplayFailure> {
        loop {
            let mut line = String::new();
            let mut limited = self.reader.by_ref().take(MAX_LINE);
            let read = match limited.read_line(&mut line) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.is_cut = true;
                    return Ok(None);
                }
                read => read.map_err(|source| self.failed(source))?,
            };
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.progress.bytes(self.done.get(), self.total);
            self.check_length(read as u64)?;
            if self.number == 1 && line.starts_with('\u{feff}') {
                line.drain(..'\u{feff}'.len_utf8());
            }
            if !line.trim().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn check_length(&self, read: u64) -> Result<(), ReplayFailure> {
        if read == MAX_LINE {
            return Err(ReplayFailure::LongLine {
                path: self.path.clone(),
                line: self.number,
                max: MAX_LINE,
            });
        }
        Ok(())
    }

    fn failed(&self, source: io::Error) -> ReplayFailure {
        ReplayFailure::Read {
            path: self.path.clone(),
            source,
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.progress.bytes(self.done.get(), self.total);
        match self.reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.is_cut = true;
                Ok(0)
            }
            other => other,
        }
    }
}

/// Counts what was read of a file.
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
