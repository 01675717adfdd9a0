//! A frame as a view into the bytes that it came in.

use std::borrow::Cow;

use memchr::memchr;

use super::{Command, Encoder, Version, escape::Escaping, header_index::HeaderIndex};

/// One frame, borrowed from the bytes that carried it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// What it asks or tells.
    pub command: Command,
    /// Its headers, still as they stand on the wire.
    pub headers: Headers<'a>,
    /// Its body; NUL octets may stand in it when the frame has a `content-length`.
    pub body: &'a [u8],
}

impl Frame<'_> {
    /// Appends the frame as `version` writes it, with a `content-length` of its own when the body is not empty.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        let mut encoder = Encoder::new(out, version, self.command);
        for (name, value) in self
            .headers
            .iter()
            .filter(|(name, _)| name != "content-length")
        {
            encoder = encoder.header(&name, &value);
        }
        if self.body.is_empty() {
            encoder.end()
        } else {
            encoder.body(self.body)
        }
    }
}

/// The headers of a frame. When a name is repeated, the first one counts (STOMP 1.2, "Repeated Header Entries").
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// Whole lines, each `name:value` and LF.
    text: &'a str,
    index: &'a HeaderIndex,
    escaping: Escaping,
}

impl<'a> Headers<'a> {
    pub(super) const fn new(text: &'a str, index: &'a HeaderIndex, escaping: Escaping) -> Self {
        Self {
            text,
            index,
            escaping,
        }
    }

    /// The first value of this name. Names are case-sensitive.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value)
    }

    /// The first value of this name as it stood on the wire, when it is not plain text. `None` for a value with a CR
    /// inside, which has to be written anew.
    #[cold]
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        let mut lines = self.iter();
        loop {
            let start = lines.at;
            let (found, _) = lines.next()?;
            if found != name {
                continue;
            }
            let line = self.text.get(start..lines.at.saturating_sub(1))?;
            let (_, value) = line.split_once(':')?;
            let value = value.strip_suffix('\r').unwrap_or(value);
            let value = if self.escaping.trims() {
                value.trim_matches([' ', '\t'])
            } else {
                value
            };
            return (!value.contains('\r')).then_some(value);
        }
    }

    /// All headers in their order, repeated ones too, with their escapes resolved.
    #[must_use]
    pub const fn iter(&self) -> HeadersIter<'a> {
        HeadersIter {
            headers: *self,
            line: 0,
            at: 0,
        }
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> HeadersIter<'a> {
        self.iter()
    }
}

/// Iterator of [`Headers::iter`]: names and values.
#[derive(Clone, Debug)]
pub struct HeadersIter<'a> {
    headers: Headers<'a>,
    /// Number of the next line.
    line: usize,
    /// Where it starts.
    at: usize,
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Headers {
            text,
            index,
            escaping,
        } = &self.headers;
        let (colon, next) = match index.get(self.line) {
            Some(line) => (line.colon as usize, line.next as usize),
            None => find_line(text, self.at)?,
        };
        let name = text.get(self.at..colon)?;
        let value = text.get(colon.saturating_add(1)..next.saturating_sub(1))?;
        self.line = self.line.saturating_add(1);
        self.at = next;
        if index.is_rich() || escaping.trims() {
            return Some(escaping.decode_line(name, value));
        }
        Some((Cow::Borrowed(name), Cow::Borrowed(value)))
    }
}

/// The first colon of the line that starts here, and where the next line starts.
fn find_line(text: &str, start: usize) -> Option<(usize, usize)> {
    let rest = text.as_bytes().get(start..)?;
    let end = memchr(b'\n', rest)?;
    let colon = memchr(b':', rest)?;
    Some((
        start.saturating_add(colon),
        start.saturating_add(end).saturating_add(1),
    ))
}
