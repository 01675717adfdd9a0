//! Sixty-four bytes at once: where are the octets that give a frame its shape?

use wide::u8x16;

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

/// Bytes that one vector holds.
const PART: usize = 16;

/// One bit for each byte of a block, the lowest for the first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ByteMasks {
    pub(super) line_feeds: u64,
    pub(super) colons: u64,
    /// Octets that plain headers do not have: NUL, CR, backslash.
    pub(super) odd: u64,
}

impl ByteMasks {
    /// Looks at up to [`BLOCK`] bytes of `bytes` from `at`, none at or after `end`.
    #[inline]
    pub(super) fn of(bytes: &[u8], at: usize, end: usize) -> Self {
        let rest = bytes.get(at..end).unwrap_or_default();
        rest.first_chunk()
            .map_or_else(|| Self::of_short(rest), Self::classify)
    }

    /// The end of what has arrived: letters stand in for what has not.
    fn of_short(rest: &[u8]) -> Self {
        let mut block = [b'x'; BLOCK];
        if let Some(start) = block.get_mut(..rest.len()) {
            start.copy_from_slice(rest);
        }
        Self::classify(&block)
    }

    #[inline]
    fn classify(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        for (part, bytes) in block.as_chunks().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            let is = |octet: u8| bytes.simd_eq(u8x16::splat(octet));
            let shift = PART.wrapping_mul(part) as u32;
            let mask = |found: u8x16| u64::from(found.to_bitmask()).wrapping_shl(shift);
            marks.line_feeds |= mask(is(b'\n'));
            marks.colons |= mask(is(b':'));
            marks.odd |= mask(is(0) | is(b'\r') | is(b'\\'));
        }
        marks
    }
}

/// Whether none of the octets stands in the text that a header's name or value would have to escape or could not carry.
#[inline(always)]
pub(super) fn is_plain(text: &[u8]) -> bool {
    // The last vector overlaps the one before, so that no byte is looked at alone.
    if let Some(last) = text.last_chunk() {
        let (parts, _) = text.as_chunks();
        let found = parts
            .iter()
            .fold(special(last), |found, part| found | special(part));
        return found.to_bitmask() == 0;
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        let both = u128::from(u64::from_le_bytes(*first))
            | u128::from(u64::from_le_bytes(*last)).wrapping_shl(64);
        return special(&both.to_le_bytes()).to_bitmask() == 0;
    }
    !text
        .iter()
        .any(|byte| matches!(byte, b':' | b'\\' | b'\n' | b'\r' | 0))
}

#[inline]
fn special(bytes: &[u8; PART]) -> u8x16 {
    let bytes = u8x16::new(*bytes);
    let is = |octet: u8| bytes.simd_eq(u8x16::splat(octet));
    is(b':') | is(b'\\') | is(b'\n') | is(b'\r') | is(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_with(octet: u8, place: usize, len: usize) -> Vec<u8> {
        let mut block = vec![b'a'; len];
        *block.get_mut(place).unwrap() = octet;
        block
    }

    #[test]
    fn each_octet_is_found_at_each_place() {
        for place in 0..BLOCK {
            let at = |octet: u8| ByteMasks::of(&block_with(octet, place, BLOCK), 0, BLOCK);
            let bit = 1_u64.checked_shl(u32::try_from(place).unwrap()).unwrap();
            assert_eq!(
                at(b'\n'),
                ByteMasks {
                    line_feeds: bit,
                    ..ByteMasks::default()
                }
            );
            assert_eq!(
                at(b':'),
                ByteMasks {
                    colons: bit,
                    ..ByteMasks::default()
                }
            );
            for odd in [0, b'\r', b'\\'] {
                assert_eq!(
                    at(odd),
                    ByteMasks {
                        odd: bit,
                        ..ByteMasks::default()
                    }
                );
            }
            assert_eq!(at(0xff), ByteMasks::default());
        }
    }

    #[test]
    fn bytes_past_the_end_are_not_looked_at() {
        let bytes = [b'\n'; 100];
        assert_eq!(ByteMasks::of(&bytes, 20, 100).line_feeds, u64::MAX);
        assert_eq!(ByteMasks::of(&bytes, 20, 23).line_feeds, 0b111);
        assert_eq!(ByteMasks::of(&bytes, 100, 100).line_feeds, 0);
        assert_eq!(
            ByteMasks::of(&bytes, 101, 110).line_feeds,
            0,
            "out of range is empty, not a panic"
        );
    }

    #[test]
    fn a_text_of_any_length_is_plain_until_one_special_octet_stands_anywhere_in_it() {
        for len in 1..70 {
            assert!(is_plain(&vec![b'a'; len]));
            for place in 0..len {
                for special in *b":\\\n\r\0" {
                    assert!(
                        !is_plain(&block_with(special, place, len)),
                        "{special} at {place} of {len}"
                    );
                }
            }
        }
        assert!(is_plain(b""));
    }
}
