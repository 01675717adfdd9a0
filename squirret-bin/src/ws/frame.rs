//! WebSocket frames of a server: a header before the payload, never masked, never split.

use bytes::{BufMut, Bytes, BytesMut};

/// What a frame carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// UTF-8.
    Text,
    /// Bytes.
    Binary,
    /// "Are you there?"
    Ping,
}

/// The longest header of a frame that is not masked.
const MAX_HEADER: usize = 10;

/// The header of one complete frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    bytes: [u8; MAX_HEADER],
    len: usize,
}

impl Header {
    /// For a payload of `len` bytes (RFC 6455 section 5.2).
    pub(crate) fn new(kind: Kind, len: usize) -> Self {
        let mut bytes = [0; MAX_HEADER];
        bytes[0] = match kind {
            Kind::Text => 0x81,
            Kind::Binary => 0x82,
            Kind::Ping => 0x89,
        };
        let used = match (u8::try_from(len), u16::try_from(len)) {
            (Ok(short), _) if short < 126 => {
                bytes[1] = short;
                2
            }
            (_, Ok(medium)) => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&medium.to_be_bytes());
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..10].copy_from_slice(&(len as u64).to_be_bytes());
                10
            }
        };
        Self { bytes, len: used }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A text frame that is encoded once and written to many sockets.
pub(crate) fn text(payload: &[u8]) -> Bytes {
    let header = Header::new(Kind::Text, payload.len());
    let mut frame = BytesMut::with_capacity(header.len + payload.len());
    frame.put_slice(header.as_slice());
    frame.put_slice(payload);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_takes_the_fewest_bytes_on_both_sides_of_each_limit() {
        let header = |len| Header::new(Kind::Text, len).as_slice().to_vec();
        assert_eq!(header(0), [0x81, 0]);
        assert_eq!(header(125), [0x81, 125]);
        assert_eq!(header(126), [0x81, 126, 0, 126]);
        assert_eq!(header(65_535), [0x81, 126, 0xff, 0xff]);
        assert_eq!(header(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_shared_frame_is_header_and_payload() {
        assert_eq!(&text(b"{}")[..], b"\x81\x02{}");
        assert_eq!(Header::new(Kind::Ping, 0).as_slice(), [0x89, 0]);
        assert_eq!(Header::new(Kind::Binary, 1).as_slice(), [0x82, 1]);
    }
}
