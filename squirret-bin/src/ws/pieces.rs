//! Counts the empty continuation frames of a connection: a message of very many of them never comes to its end and
//! would cost its sender nothing.

/// Bytes of a masked frame's header at most: two, eight of a length, four of the mask.
const MAX_HEADER: usize = 14;

/// Follows the headers of the frames (RFC 6455, section 5.2) in the bytes of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pieces {
    header: [u8; MAX_HEADER],
    have: usize,
    /// Bytes of the present frame's payload that are still to come.
    payload: u64,
    empty: u32,
}

impl Pieces {
    /// Takes the next bytes.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped =
                usize::try_from(self.payload).map_or(bytes.len(), |left| left.min(bytes.len()));
            self.payload -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            self.header[self.have] = *first;
            self.have += 1;
            bytes = rest;
            if self.have == self.header_len() {
                self.begin_payload();
            }
        }
    }

    /// Empty continuation frames since the last call.
    pub(super) const fn take_empty(&mut self) -> u32 {
        let empty = self.empty;
        self.empty = 0;
        empty
    }

    /// Bytes of the present header, as far as it can be known.
    const fn header_len(&self) -> usize {
        if self.have < 2 {
            return 2;
        }
        let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
        let length = match self.header[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + mask
    }

    fn begin_payload(&mut self) {
        let long = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        self.payload = match self.header[1] & 0x7f {
            126 => long(&self.header[2..4]),
            127 => long(&self.header[2..10]),
            short => u64::from(short),
        };
        let is_continuation = self.header[0] & 0x0f == 0;
        if is_continuation && self.payload == 0 {
            self.empty = self.empty.saturating_add(1);
        }
        self.have = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame as a client sends it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match u16::try_from(payload.len()).unwrap() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            medium => {
                frame.push(0x80 | 126);
                frame.extend(medium.to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.extend(payload);
        frame
    }

    #[test]
    fn empty_continuations_are_counted_however_the_bytes_come() {
        let stream = [
            frame(0x81, b"whole"),
            frame(0x01, &[0; 300]),
            frame(0x00, b""),
            frame(0x00, b"\0\0\0"),
            frame(0x89, b""),
            frame(0x00, b""),
            frame(0x80, b""),
            frame(0x81, b""),
        ]
        .concat();
        for size in 1..=stream.len() {
            let mut pieces = Pieces::default();
            for part in stream.chunks(size) {
                pieces.read(part);
            }
            assert_eq!(pieces.take_empty(), 3, "in parts of {size}");
            assert_eq!(pieces.take_empty(), 0);
        }
    }
}
