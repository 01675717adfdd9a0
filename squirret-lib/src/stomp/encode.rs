//! From headers and a body to the bytes of one frame.

use super::{Command, Version, echo::ClientId, escape::Escaping};

/// Writes one frame to the end of a buffer: command, headers, then [`body`](Self::body) or [`end`](Self::end).
///
/// Lines end in LF. Names and values are escaped as the version says; what it cannot carry (LF in 1.0, CR before
/// 1.2, NUL) becomes a space, so that no text can end a line or a frame early.
///
/// ```
/// use squirret::stomp::{Command, Encoder, Version};
/// let mut out = Vec::new();
/// Encoder::new(&mut out, Version::V1_2, Command::Send).header("destination", "/queue/a:b").body(b"hi");
/// assert_eq!(out, b"SEND\ndestination:/queue/a\\cb\ncontent-length:2\n\nhi\0");
/// ```
#[derive(Debug)]
#[must_use = "a frame is complete after `body` or `end`"]
pub struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    escaping: Escaping,
}

impl<'o> Encoder<'o> {
    /// Starts a frame at the end of `out`.
    #[inline]
    pub fn new(out: &'o mut Vec<u8>, version: Version, command: Command) -> Self {
        out.extend_from_slice(command.line().as_bytes());
        Self {
            out,
            escaping: Escaping::of(version, command),
        }
    }

    /// Adds a header; one without a name is left out, for it would end the headers.
    #[inline(always)] // most names are literals: what is checked and measured of them folds away
    pub fn header(self, name: &str, value: &str) -> Self {
        if !name.is_empty() {
            self.out
                .reserve(name.len().saturating_add(value.len()).saturating_add(2));
            self.escaping.write_name(self.out, name);
            self.out.push(b':');
            self.escaping.write_value(self.out, value);
            self.out.push(b'\n');
        }
        self
    }

    /// Adds a header if there is a value.
    #[inline]
    pub fn header_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Adds an id that the client chose, in the octets that the client used.
    #[inline]
    pub(super) fn client_id(self, name: &str, id: &ClientId<'_>) -> Self {
        let Some(raw) = id.raw() else {
            return self.header(name, id.text());
        };
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b':');
        self.out.extend_from_slice(raw.as_bytes());
        self.out.push(b'\n');
        self
    }

    /// Ends the frame with `content-length` and this body.
    pub fn body(self, body: &[u8]) {
        self.out.reserve(body.len().saturating_add(BODY_OVERHEAD));
        self.out.extend_from_slice(b"content-length:");
        write_decimal(self.out, body.len());
        self.out.extend_from_slice(b"\n\n");
        self.out.extend_from_slice(body);
        self.out.push(0);
    }

    /// Ends the frame without a body.
    pub fn end(self) {
        self.out.extend_from_slice(b"\n\0");
    }
}

/// Digits of the largest number.
const MAX_DIGITS: usize = 20;

/// Bytes around a body: `content-length:`, the digits, two line ends, the NUL.
const BODY_OVERHEAD: usize = 15 + MAX_DIGITS + 3;

/// Appends `number` in decimal.
pub(super) fn write_decimal(out: &mut Vec<u8>, number: usize) {
    let mut digits = [0; MAX_DIGITS];
    let mut rest = number;
    let mut first = MAX_DIGITS;
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' | (rest % 10) as u8;
        rest /= 10;
        first = place;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(first..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_no_leading_zero_and_no_upper_end() {
        for number in [0, 7, 10, 1234, usize::MAX] {
            let mut out = Vec::new();
            write_decimal(&mut out, number);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }

    #[test]
    fn a_header_without_a_name_does_not_end_the_headers() {
        let mut out = Vec::new();
        Encoder::new(&mut out, Version::V1_2, Command::Receipt)
            .header("", "x")
            .header("receipt-id", "1")
            .end();
        assert_eq!(out, b"RECEIPT\nreceipt-id:1\n\n\0");
    }

    #[test]
    fn connected_is_never_escaped_but_keeps_to_its_lines() {
        let mut out = Vec::new();
        Encoder::new(&mut out, Version::V1_2, Command::Connected)
            .header("user-name", "a:b\nrole:admin")
            .end();
        assert_eq!(out, b"CONNECTED\nuser-name:a:b role:admin\n\n\0");
    }
}
