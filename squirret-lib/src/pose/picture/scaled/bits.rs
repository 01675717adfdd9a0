//! The bits of a scan: most significant first, a zero byte stuffed after each 0xff, restart markers between.

/// Reads bits; behind the end there are zeros, and that is remembered.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, left-aligned.
    buffer: u64,
    count: u32,
    /// Zeros that were put behind the end, in bits.
    padding: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            buffer: 0,
            count: 0,
            padding: 0,
        }
    }

    /// At least 32 bits into the buffer.
    #[inline(always)]
    fn refill(&mut self) {
        if self.count > 32 {
            return;
        }
        if let Some(bytes) = self
            .data
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<4>())
        {
            let word = u32::from_be_bytes(*bytes);
            // No byte of it is 0xff when none of the inverted ones is zero.
            let inverted = !word;
            if inverted.wrapping_sub(0x0101_0101) & !inverted & 0x8080_8080 == 0 {
                self.buffer |= u64::from(word) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.refill_bytes();
    }

    #[cold]
    fn refill_bytes(&mut self) {
        while self.count <= 32 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                // A marker, or the end.
                (Some(0xff), _) | (None, _) => {
                    self.padding = self.padding.saturating_add(8);
                    0
                }
                (Some(byte), _) => {
                    self.at += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next 16 bits without taking them.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> u16 {
        self.refill();
        (self.buffer >> 48) as u16
    }

    /// Takes `count` bits, at most 16, that were peeked.
    #[inline(always)]
    pub(super) const fn take(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// A number of `size` bits (at most 15), those with a leading zero negative (ITU-T T.81, F.2.2.1). After a code
    /// was peeked and taken, its bits are in the buffer already.
    #[inline(always)]
    pub(super) const fn signed(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        let bits = (self.buffer >> (64 - size)) as i32;
        self.take(size);
        extend(bits, size)
    }

    /// Goes on behind the next restart marker; `None` when there is none.
    pub(super) fn restart(&mut self) -> Option<()> {
        let [0xff, 0xd0..=0xd7] = *self.data.get(self.at..)?.first_chunk::<2>()? else {
            return None;
        };
        *self = Self {
            at: self.at + 2,
            ..Self::new(self.data)
        };
        Some(())
    }

    /// Whether bits were taken that are not there.
    pub(super) const fn is_overrun(&self) -> bool {
        self.padding > self.count
    }
}

/// The number that `size` bits stand for.
pub(super) const fn extend(bits: i32, size: u32) -> i32 {
    if bits < 1 << (size - 1) {
        bits - (1 << size) + 1
    } else {
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_zeros_are_dropped_and_markers_end_the_bits() {
        let mut bits = Bits::new(&[0xff, 0, 0xa5, 0xff, 0xd0, 0x12, 0x34, 0x56, 0x78]);
        assert_eq!(bits.peek(), 0xffa5);
        bits.take(16);
        assert!(!bits.is_overrun());
        assert_eq!(bits.peek(), 0);
        bits.take(1);
        assert!(bits.is_overrun());
        bits.restart().unwrap();
        assert_eq!(bits.peek(), 0x1234);
        assert!(bits.restart().is_none());
    }

    #[test]
    fn numbers_with_a_leading_zero_are_negative() {
        let mut bits = Bits::new(&[0b1011_0010, 0b0000_0000, 0, 0]);
        bits.peek();
        assert_eq!(
            [
                bits.signed(1),
                bits.signed(1),
                bits.signed(2),
                bits.signed(2)
            ],
            [1, -1, 3, -3]
        );
        assert_eq!(bits.signed(0), 0);
        assert_eq!(bits.signed(3), 4);
    }

    #[test]
    fn whole_words_and_single_bytes_give_the_same_bits() {
        let data: Vec<u8> = (0..64u8).map(|i| i.wrapping_mul(37) & 0x7f).collect();
        let mut bits = Bits::new(&data);
        for byte in &data {
            assert_eq!((bits.peek() >> 8) as u8, *byte);
            bits.take(8);
        }
        assert!(!bits.is_overrun());
    }
}
