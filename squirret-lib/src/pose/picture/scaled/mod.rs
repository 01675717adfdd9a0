//! JPEG decoded at a half, a quarter or an eighth of its size.
//!
//! A network looks at a few hundred pixels of a picture that may have a thousand across. The cosine transform gives a
//! smaller picture for less work: of each block of 8 × 8 only the lowest frequencies are turned into pixels. This
//! reads what cameras and phones send (sequential Huffman coding, 8 bits, grey or YCbCr); everything else is left to
//! the whole decoder.

mod bits;
mod colour;
mod frame;
mod huffman;
mod transform;

use bits::Bits;
use frame::JpegFrame;
use huffman::{END, Huffman};
use transform::{ELSEWHERE, Frequencies};

/// Buffers that are used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Planes([Vec<u8>; 3]);

/// Decodes into `rgb` with sides divided by `reduction` (2, 4 or 8), rounded up. `None` when the picture is of
/// another kind or damaged.
pub(super) fn decode(
    encoded: &[u8],
    reduction: u32,
    planes: &mut Planes,
    rgb: &mut Vec<u8>,
) -> Option<[u32; 2]> {
    let frame = JpegFrame::read(encoded)?;
    let size = match reduction {
        2 => {
            fill::<4>(&frame, planes)?;
            4
        }
        4 => {
            fill::<2>(&frame, planes)?;
            2
        }
        8 => {
            fill::<1>(&frame, planes)?;
            1
        }
        _ => return None,
    };
    let [width, height] = [frame.width, frame.height].map(|side| side.div_ceil(reduction));
    colour::to_rgb(
        &frame,
        planes.0.each_ref().map(Vec::as_slice),
        size,
        [width, height],
        rgb,
    );
    Some([width, height])
}

/// Decodes all blocks into planes, `N` × `N` pixels each.
fn fill<const N: usize>(frame: &JpegFrame<'_>, planes: &mut Planes) -> Option<()> {
    let [columns, rows] = frame.units();
    let mut coders = [None; 3];
    for (i, component) in frame.components.iter().enumerate() {
        // What was there before is all written over.
        planes.0[i].resize(
            columns * rows * component.across * component.down * N * N,
            0,
        );
        coders[i] = Some(Coder {
            quantisation: frame.quantisation.get(component.quantisation)?.as_ref()?,
            dc: frame.dc.get(component.dc)?.as_ref()?,
            ac: frame.ac.get(component.ac)?.as_ref()?,
        });
    }
    let mut bits = Bits::new(frame.data);
    let mut last = [0i32; 3];
    let mut until_restart = frame.restart;
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        if frame.restart > 0 {
            if until_restart == 0 {
                bits.restart()?;
                last = [0; 3];
                until_restart = frame.restart;
            }
            until_restart -= 1;
        }
        for (i, component) in frame.components.iter().enumerate() {
            let coder = coders[i]?;
            let stride = columns * component.across * N;
            for down in 0..component.down {
                for across in 0..component.across {
                    let mut values = Frequencies::default();
                    let is_flat = coder.read::<N>(&mut bits, &mut last[i], &mut values)?;
                    let place = (row * component.down + down) * N * stride
                        + (column * component.across + across) * N;
                    let out = planes.0[i].get_mut(place..)?;
                    transform::write::<N>(&values, is_flat, out, stride)?;
                }
            }
        }
        if bits.is_overrun() {
            return None;
        }
    }
    Some(())
}

/// How the blocks of a component are written.
#[derive(Clone, Copy)]
struct Coder<'a> {
    quantisation: &'a [u16; 64],
    dc: &'a Huffman<'a>,
    ac: &'a Huffman<'a>,
}

impl Coder<'_> {
    /// The frequencies of the next block that are needed, times their quantisation, and whether all of them but the
    /// constant one are 0.
    #[inline(always)]
    fn read<const N: usize>(
        &self,
        bits: &mut Bits<'_>,
        last: &mut i32,
        values: &mut Frequencies,
    ) -> Option<bool> {
        let places = const { places::<N>() };
        let size = self.dc.read(bits)?;
        *last = last.wrapping_add(bits.signed(u32::from(size) & 15));
        values[0] = last.wrapping_mul(i32::from(self.quantisation[0])) as f32;
        let mut is_flat = true;
        let mut index = 1;
        while index < 64 {
            let (run, value) = match self.ac.read_number(bits) {
                Some(number) if number.run == END => break,
                Some(number) => (usize::from(number.run), i32::from(number.value)),
                None => match self.ac.read(bits)? {
                    // Sixteen zeros, and the end of the block.
                    0xf0 => (15, 0),
                    symbol if symbol & 15 == 0 => break,
                    symbol => (
                        usize::from(symbol >> 4),
                        bits.signed(u32::from(symbol & 15)),
                    ),
                },
            };
            index += run;
            let place = *places.get(index)?;
            values[usize::from(place)] = (value * i32::from(self.quantisation[index & 63])) as f32;
            is_flat &= place == ELSEWHERE;
            index += 1;
        }
        Some(is_flat)
    }
}

/// Where the frequency at each place of the coding order goes.
const fn places<const N: usize>() -> [u8; 64] {
    let mut places = [ELSEWHERE; 64];
    let mut i = 0;
    while i < 64 {
        let (row, column) = (ZIGZAG[i] >> 3, ZIGZAG[i] & 7);
        if (row as usize) < N && (column as usize) < N {
            places[i] = 4 * column + row;
        }
        i += 1;
    }
    places
}

/// Place in the block (row × 8 + column) of each coefficient in coding order (ITU-T T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
