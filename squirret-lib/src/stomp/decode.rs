//! From bytes, split or joined anywhere, to frames.

use std::mem;

use super::{
    Frame, Headers, Limits, Version,
    command::MAX_COMMAND_LINE,
    escape::Escaping,
    header_index::HeaderIndex,
    scan::{Extent, Scanner},
};

/// Why bytes are not a frame. The stream cannot be read on after one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The first line is none of the protocol's commands.
    #[error("unknown command {command}")]
    UnknownCommand {
        /// The line, at most 13 bytes, what is not a letter or digit replaced.
        command: String,
    },
    /// A header line without a colon, or without a name before it.
    #[error("malformed header")]
    MalformedHeader,
    /// A NUL before the empty line: the frame ended within its headers.
    #[error("the frame ends within its headers")]
    NulInHeaders,
    /// More header lines than allowed.
    #[error("more than {max} headers")]
    TooManyHeaders {
        /// The limit.
        max: usize,
    },
    /// Longer header lines, all together, than allowed.
    #[error("headers larger than {max} bytes")]
    HeadersTooLarge {
        /// The limit, bytes.
        max: usize,
    },
    /// A longer frame than allowed.
    #[error("frame of {size} bytes or more, {max} are allowed")]
    FrameTooLarge {
        /// Bytes that the frame has at least.
        size: usize,
        /// The limit, bytes.
        max: usize,
    },
    /// `content-length` is not a decimal number.
    #[error("invalid content-length")]
    InvalidContentLength,
    /// The octet after the body, as `content-length` counts it, is not NUL.
    #[error("no NUL after content-length {content_length}")]
    MissingNul {
        /// What the header said, bytes.
        content_length: usize,
    },
    /// Headers are not UTF-8.
    #[error("headers are not UTF-8")]
    InvalidUtf8,
    /// An escape that the version does not define.
    #[error("undefined escape in a header")]
    UndefinedEscape,
}

impl DecodeError {
    pub(super) fn unknown_command(line: &[u8]) -> Self {
        let printable = |byte: &u8| {
            if byte.is_ascii_alphanumeric() {
                char::from(*byte)
            } else {
                '?'
            }
        };
        Self::UnknownCommand {
            command: line.iter().map(printable).collect(),
        }
    }
}

/// One thing found in the bytes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a stream holds nothing else")]
pub enum Item<'a> {
    /// One or more line ends between frames.
    HeartBeat,
    /// A frame.
    Frame(Frame<'a>),
}

/// What one call of [`Decoder::decode`] did.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// Bytes of the input that are done with; at least one of a non-empty input.
    pub consumed: usize,
    /// What they completed, if anything.
    pub item: Option<Item<'a>>,
}

/// An incremental decoder for one direction of one connection.
///
/// A frame that arrives whole is a view into the input; only one that arrives in parts is copied together. What is
/// kept never exceeds the limits, and memory is given back after each frame that had to be kept.
///
/// ```
/// use squirret::stomp::{Decoder, Item, Limits};
/// let mut decoder = Decoder::new(&Limits::default());
/// let mut commands = Vec::new();
/// for mut bytes in [b"\nSEND\ndesti".as_slice(), b"nation:/a\n\nhi\0BEGIN\ntransaction:1\n\n\0"] {
///     while !bytes.is_empty() {
///         let decoded = decoder.decode(bytes)?;
///         if let Some(Item::Frame(frame)) = decoded.item {
///             commands.push(frame.command.as_str());
///         }
///         bytes = &bytes[decoded.consumed..];
///     }
/// }
/// assert_eq!(commands, ["SEND", "BEGIN"]);
/// # Ok::<(), squirret::stomp::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    version: Version,
    /// The part of a frame that has arrived so far.
    kept: Vec<u8>,
    scanner: Scanner,
    /// The frame was handed out.
    done: bool,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder at the start of a stream; escapes are those of 1.2 until [`set_version`](Self::set_version).
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            version: Version::default(),
            kept: Vec::new(),
            scanner: Scanner::default(),
            done: false,
            failed: None,
        }
    }

    /// Reads the escapes of this version from the next frame on.
    pub const fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Bytes kept of a frame that is not complete.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        if self.done { 0 } else { self.kept.len() }
    }

    /// Takes bytes up to the end of the next item; call again with the rest until all are consumed.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are no frame or exceed a limit; from then on always the same.
    pub fn decode<'d>(&'d mut self, input: &'d [u8]) -> Result<Decoded<'d>, DecodeError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if mem::take(&mut self.done) {
            self.scanner.reset();
            self.kept = Vec::new();
        }
        if self.kept.is_empty()
            && let Some(decoded) = between_frames(input)
        {
            return Ok(decoded);
        }
        let whole = self.kept.is_empty();
        let (consumed, extent) = match self.advance(input) {
            Ok((consumed, Some(extent))) => (consumed, extent),
            Ok((consumed, None)) => {
                return Ok(Decoded {
                    consumed,
                    item: None,
                });
            }
            Err(error) => {
                self.kept = Vec::new();
                return Err(self.failed.insert(error).clone());
            }
        };
        self.done = true;
        let bytes = if whole { input } else { &self.kept };
        match view(bytes, &extent, self.scanner.index(), self.version) {
            Ok(frame) => Ok(Decoded {
                consumed,
                item: Some(Item::Frame(frame)),
            }),
            Err(error) => Err(self.failed.insert(error).clone()),
        }
    }

    /// Scans on; keeps the input when it does not complete the frame. Gives the bytes used of the input.
    fn advance(&mut self, input: &[u8]) -> Result<(usize, Option<Extent>), DecodeError> {
        let before = self.kept.len();
        if before == 0 {
            let extent = self.scanner.scan(input, &self.limits)?;
            if extent.is_none() {
                self.kept.extend_from_slice(input);
            }
            return Ok((
                extent.map_or(input.len(), |extent| extent.nul.saturating_add(1)),
                extent,
            ));
        }
        // The scanner asks for no more than this; what lies behind belongs to later frames.
        let wanted = input
            .get(..self.max_kept().saturating_sub(before))
            .unwrap_or(input);
        self.kept.extend_from_slice(wanted);
        let extent = self.scanner.scan(&self.kept, &self.limits)?;
        let consumed = |extent: Extent| extent.nul.saturating_add(1).saturating_sub(before);
        Ok((extent.map_or(wanted.len(), consumed), extent))
    }

    fn max_kept(&self) -> usize {
        let head = self
            .limits
            .max_header_bytes
            .saturating_add(MAX_COMMAND_LINE)
            .saturating_add(2);
        self.limits.max_frame_bytes.max(head)
    }
}

/// Line ends and stray NULs before a frame.
fn between_frames(input: &[u8]) -> Option<Decoded<'_>> {
    if !matches!(input.first(), Some(b'\n' | b'\r' | 0)) {
        return None;
    }
    let end = input
        .iter()
        .position(|byte| !matches!(byte, b'\n' | b'\r' | 0))
        .unwrap_or(input.len());
    let beat = input.get(..end).is_some_and(|gap| gap.contains(&b'\n'));
    Some(Decoded {
        consumed: end,
        item: beat.then_some(Item::HeartBeat),
    })
}

fn view<'a>(
    bytes: &'a [u8],
    extent: &Extent,
    index: &'a HeaderIndex,
    version: Version,
) -> Result<Frame<'a>, DecodeError> {
    let Extent {
        command,
        headers_start,
        headers_end,
        body_start,
        nul,
    } = *extent;
    let lines = bytes.get(headers_start..headers_end).unwrap_or_default();
    let text = str::from_utf8(lines).map_err(|_| DecodeError::InvalidUtf8)?;
    let escaping = Escaping::of(version, command);
    if index.is_rich() && !escaping.accepts(text) {
        return Err(DecodeError::UndefinedEscape);
    }
    let body = bytes.get(body_start..nul).unwrap_or_default();
    Ok(Frame {
        command,
        headers: Headers::new(text, index, escaping),
        body,
    })
}
