//! Huffman codes of at most 16 bits.

use super::bits::{Bits, extend};

/// Codes up to this length are found at once.
const QUICK: u32 = 9;

/// A number of a block, with the zeros before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number {
    /// All its bits, 0 when there is none.
    length: u8,
    /// Zeros before it; [`END`] at the end of a block.
    pub(super) run: u8,
    pub(super) value: i16,
}

/// More zeros than a block has places.
pub(super) const END: u8 = 64;

/// A code table (ITU-T T.81, annex C).
#[derive(Clone, Debug)]
pub(super) struct Huffman<'a> {
    /// By the next nine bits: length and symbol; length 0 for longer codes.
    quick: [(u8, u8); 1 << QUICK],
    /// By the next nine bits, when they hold a code of a run and a size and the number behind it too, or an end.
    numbers: [Number; 1 << QUICK],
    /// Of each length: one past its last code, left-aligned in 16 bits.
    ends: [u32; 17],
    /// Of each length: what to add to a code to get the index of its symbol.
    offsets: [i32; 17],
    symbols: &'a [u8],
}

impl<'a> Huffman<'a> {
    /// From the number of codes of each length, 1 to 16, and the symbols. `None` when they do not fit.
    pub(super) fn new(counts: &[u8; 16], symbols: &'a [u8]) -> Option<Self> {
        let mut table = Self {
            quick: [(0, 0); 1 << QUICK],
            numbers: [Number::default(); 1 << QUICK],
            ends: [0; 17],
            offsets: [0; 17],
            symbols,
        };
        let (mut code, mut index) = (0u32, 0usize);
        for (length, count) in (1u32..).zip(counts) {
            table.offsets[length as usize] = index as i32 - code as i32;
            for _ in 0..*count {
                let symbol = *symbols.get(index)?;
                if length <= QUICK {
                    let first = (code << (QUICK - length)) as usize;
                    table
                        .quick
                        .get_mut(first..first + (1 << (QUICK - length)))?
                        .fill((length as u8, symbol));
                }
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return None;
            }
            table.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        table.fill_numbers();
        Some(table)
    }

    fn fill_numbers(&mut self) {
        for (next, (number, (length, symbol))) in
            self.numbers.iter_mut().zip(self.quick).enumerate()
        {
            let (length, size) = (u32::from(length), u32::from(symbol & 15));
            if length == 0 || length + size > QUICK {
                continue;
            }
            let bits = next as i32 >> (QUICK - length - size) & ((1 << size) - 1);
            let (run, value) = match (symbol >> 4, size) {
                (15, 0) => (15, 0),
                (_, 0) => (END, 0),
                (run, size) => (run, extend(bits, size) as i16),
            };
            *number = Number {
                length: (length + size) as u8,
                run,
                value,
            };
        }
    }

    /// The next number with its zeros, when it is short.
    #[inline(always)]
    pub(super) fn read_number(&self, bits: &mut Bits<'_>) -> Option<Number> {
        let number = self.numbers[usize::from(bits.peek() >> (16 - QUICK))];
        if number.length == 0 {
            return None;
        }
        bits.take(u32::from(number.length));
        Some(number)
    }

    /// The next symbol, `None` when no code begins so.
    #[inline(always)]
    pub(super) fn read(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let next = bits.peek();
        let (length, symbol) = self.quick[usize::from(next >> (16 - QUICK))];
        if length > 0 {
            bits.take(u32::from(length));
            return Some(symbol);
        }
        self.read_long(next, bits)
    }

    #[cold]
    fn read_long(&self, next: u16, bits: &mut Bits<'_>) -> Option<u8> {
        let length =
            (QUICK + 1..=16).find(|length| u32::from(next) < self.ends[*length as usize])?;
        let code = i32::from(next >> (16 - length));
        bits.take(length);
        let index = usize::try_from(code + self.offsets[length as usize]).ok()?;
        self.symbols.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One code of one bit, one of each length from 2 to 12.
    fn table() -> Huffman<'static> {
        let mut counts = [0; 16];
        counts[..12].fill(1);
        Huffman::new(&counts, &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]).unwrap()
    }

    #[test]
    fn short_and_long_codes_are_found() {
        // 0; 1110; 111111111110, over a byte of ones with its stuffed zero.
        let data = [0b0111_0111, 0xff, 0, 0, 0, 0];
        let mut bits = Bits::new(&data);
        let table = table();
        assert_eq!(table.read(&mut bits), Some(10));
        assert_eq!(table.read(&mut bits), Some(13));
        assert_eq!(table.read(&mut bits), Some(21));
    }

    #[test]
    fn tables_that_promise_too_much_are_refused() {
        assert!(Huffman::new(&[3; 16], &[0; 48]).is_none());
        assert!(Huffman::new(&[1; 16], &[0; 3]).is_none());
        let all_ones = [0xff, 0, 0xff, 0, 0xff, 0];
        assert_eq!(table().read(&mut Bits::new(&all_ones)), None);
    }
}
