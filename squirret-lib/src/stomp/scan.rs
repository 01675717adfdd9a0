//! Finds where a frame and its header lines end, however often its bytes stop short of that.

use memchr::memchr;

use super::{
    Command, DecodeError, Limits,
    byte_masks::{BLOCK, ByteMasks},
    command::MAX_COMMAND_LINE,
    header_index::HeaderIndex,
};

/// Looks at each byte of a frame once; every limit is checked before more bytes are asked for.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    stage: ScanStage,
    /// The next byte to look at.
    at: usize,
    head: FrameHead,
}

#[derive(Clone, Copy, Debug, Default)]
enum ScanStage {
    #[default]
    Command,
    Headers(Command),
    /// The body starts here.
    Body(Command, usize),
}

/// Where a complete frame's parts lie in its bytes; its header lines are in [`Scanner::index`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) command: Command,
    /// The header lines: from here to `headers_end`, without the empty line.
    pub(super) headers_start: usize,
    pub(super) headers_end: usize,
    pub(super) body_start: usize,
    /// The NUL that ends the body and the frame.
    pub(super) nul: usize,
}

/// The header lines so far.
#[derive(Debug, Default)]
struct FrameHead {
    /// Where they start.
    start: usize,
    /// Where the line in hand starts.
    line: usize,
    /// The first colon of the line in hand.
    colon: Option<usize>,
    count: usize,
    content_length: Option<usize>,
    index: HeaderIndex,
}

impl Scanner {
    /// Starts over with another frame.
    pub(super) const fn reset(&mut self) {
        self.stage = ScanStage::Command;
        self.head.colon = None;
        self.head.count = 0;
        self.head.content_length = None;
        self.head.index.clear();
    }

    /// The header lines of the frame.
    pub(super) const fn index(&self) -> &HeaderIndex {
        &self.head.index
    }

    /// Goes on over `bytes`, which start with the frame's first byte and may only have grown since the last call.
    /// `None` is "not yet".
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<Extent>, DecodeError> {
        loop {
            match self.stage {
                ScanStage::Command => {
                    let Some((command, start)) = command_line(bytes)? else {
                        return Ok(None);
                    };
                    self.head.start = start;
                    self.head.line = start;
                    self.at = start;
                    self.stage = ScanStage::Headers(command);
                }
                ScanStage::Headers(command) => {
                    let Some(body) = self.head.read(bytes, &mut self.at, limits)? else {
                        return Ok(None);
                    };
                    self.at = body;
                    self.stage = ScanStage::Body(command, body);
                }
                ScanStage::Body(command, body_start) => {
                    let nul = self
                        .head
                        .body_end(bytes, body_start, &mut self.at, limits)?;
                    let (headers_start, headers_end) = (self.head.start, self.head.line);
                    return Ok(nul.map(|nul| Extent {
                        command,
                        headers_start,
                        headers_end,
                        body_start,
                        nul,
                    }));
                }
            }
        }
    }
}

/// The command and where the line after it starts.
fn command_line(bytes: &[u8]) -> Result<Option<(Command, usize)>, DecodeError> {
    let window = bytes.get(..MAX_COMMAND_LINE).unwrap_or(bytes);
    let Some(end) = window.iter().position(|byte| matches!(byte, b'\n' | 0)) else {
        let full = window.len() == MAX_COMMAND_LINE;
        return if full {
            Err(DecodeError::unknown_command(window))
        } else {
            Ok(None)
        };
    };
    let (line, rest) = window.split_at_checked(end).unwrap_or_default();
    let name = line.strip_suffix(b"\r").unwrap_or(line);
    match Command::parse(name) {
        Some(command) if rest.first() == Some(&b'\n') => Ok(Some((command, end.saturating_add(1)))),
        _ => Err(DecodeError::unknown_command(line)),
    }
}

// Sums wrap here: they are places in a slice, read with `get`.
impl FrameHead {
    /// Reads header lines; gives where the body starts once the empty line was seen.
    fn read(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        limits: &Limits,
    ) -> Result<Option<usize>, DecodeError> {
        // The empty line, CR LF at most, does not count.
        let window = self
            .start
            .saturating_add(limits.max_header_bytes)
            .saturating_add(2);
        let end = bytes.len().min(window);
        let seen = bytes.get(..end).unwrap_or(bytes);
        while *at < end {
            let marks = ByteMasks::of(seen, *at, end);
            if let Some(body) = self.block(seen, *at, marks, limits)? {
                return Ok(Some(body));
            }
            *at = end.min(at.wrapping_add(BLOCK));
        }
        if end == window {
            Err(too_large(limits))
        } else {
            Ok(None)
        }
    }

    /// Takes the lines that end in one block.
    #[inline]
    fn block(
        &mut self,
        bytes: &[u8],
        base: usize,
        marks: ByteMasks,
        limits: &Limits,
    ) -> Result<Option<usize>, DecodeError> {
        let mut line_feeds = marks.line_feeds;
        let mut colons = marks.colons;
        let nul = if marks.odd == 0 {
            None
        } else {
            self.look_closer(bytes, base, marks.odd)
        };
        while line_feeds != 0 {
            let end = place(base, line_feeds);
            if nul.is_some_and(|nul| nul < end) {
                break;
            }
            let below = line_feeds.wrapping_sub(1) & !line_feeds;
            self.note_colon(base, colons & below);
            let next = end.wrapping_add(1);
            if self.is_empty_line(bytes, end) {
                let size = self.line.wrapping_sub(self.start);
                return if size > limits.max_header_bytes {
                    Err(too_large(limits))
                } else {
                    Ok(Some(next))
                };
            }
            self.take_line(bytes, next, limits)?;
            colons &= !below;
            line_feeds &= line_feeds.wrapping_sub(1);
        }
        self.note_colon(base, colons);
        // What stands behind a NUL is no header any more.
        if nul.is_some() {
            Err(DecodeError::NulInHeaders)
        } else {
            Ok(None)
        }
    }

    /// Notes that texts may hold a CR or a backslash, and gives the first NUL.
    #[cold]
    fn look_closer(&mut self, bytes: &[u8], base: usize, odd: u64) -> Option<usize> {
        self.index.set_rich();
        let first = place(base, odd);
        let end = bytes.len().min(base.saturating_add(BLOCK));
        let nul = memchr(0, bytes.get(first..end).unwrap_or_default())?;
        Some(first.wrapping_add(nul))
    }

    #[inline]
    const fn note_colon(&mut self, base: usize, colons: u64) {
        if self.colon.is_none() && colons != 0 {
            self.colon = Some(place(base, colons));
        }
    }

    #[inline]
    fn is_empty_line(&self, bytes: &[u8], end: usize) -> bool {
        self.line == end
            || (self.line.wrapping_add(1) == end && bytes.get(self.line) == Some(&b'\r'))
    }

    #[inline]
    fn take_line(&mut self, bytes: &[u8], next: usize, limits: &Limits) -> Result<(), DecodeError> {
        let line = self.line;
        let colon = self.colon.take().unwrap_or(line);
        self.count = self.count.wrapping_add(1);
        if self.count > limits.max_headers {
            return Err(DecodeError::TooManyHeaders {
                max: limits.max_headers,
            });
        }
        if colon == line {
            return Err(DecodeError::MalformedHeader);
        }
        if bytes.get(line..colon) == Some(b"content-length") && self.content_length.is_none() {
            let value = bytes.get(colon.wrapping_add(1)..next).unwrap_or_default();
            self.content_length = Some(content_length(value)?);
        }
        self.index.push(
            colon.wrapping_sub(self.start),
            next.wrapping_sub(self.start),
        );
        self.line = next;
        Ok(())
    }

    /// Where the NUL stands that ends the frame.
    fn body_end(
        &self,
        bytes: &[u8],
        start: usize,
        at: &mut usize,
        limits: &Limits,
    ) -> Result<Option<usize>, DecodeError> {
        let max = limits.max_frame_bytes;
        if let Some(content_length) = self.content_length {
            let nul = start.saturating_add(content_length);
            if nul >= max {
                return Err(DecodeError::FrameTooLarge {
                    size: nul.saturating_add(1),
                    max,
                });
            }
            return match bytes.get(nul) {
                None => Ok(None),
                Some(0) => Ok(Some(nul)),
                Some(_) => Err(DecodeError::MissingNul { content_length }),
            };
        }
        let window = bytes.get(..max).unwrap_or(bytes);
        if let Some(found) = memchr(0, window.get(*at..).unwrap_or_default()) {
            return Ok(Some(at.saturating_add(found)));
        }
        *at = window.len().max(start);
        if bytes.len() < max {
            Ok(None)
        } else {
            Err(DecodeError::FrameTooLarge {
                size: max.saturating_add(1),
                max,
            })
        }
    }
}

/// Where the lowest bit of a block's mask stands.
const fn place(base: usize, bits: u64) -> usize {
    base.wrapping_add(bits.trailing_zeros() as usize)
}

const fn too_large(limits: &Limits) -> DecodeError {
    DecodeError::HeadersTooLarge {
        max: limits.max_header_bytes,
    }
}

/// Digits with optional space around them.
fn content_length(value: &[u8]) -> Result<usize, DecodeError> {
    let digits = value.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DecodeError::InvalidContentLength);
    }
    // More digits than a usize holds is larger than any limit.
    Ok(digits.iter().fold(0_usize, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(usize::from(digit.wrapping_sub(b'0')))
    }))
}
