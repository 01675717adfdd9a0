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
use frame::{Component, Frame};

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
    let frame = Frame::read(encoded)?;
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
fn fill<const N: usize>(frame: &Frame<'_>, planes: &mut Planes) -> Option<()> {
    let [columns, rows] = frame.units();
    for (component, plane) in frame.components.iter().zip(&mut planes.0) {
        plane.clear();
        plane.resize(
            columns * rows * component.across * component.down * N * N,
            0,
        );
    }
    let mut bits = Bits::new(frame.data);
    let mut last = [0i32; 3];
    for unit in 0..columns * rows {
        if frame.restart > 0 && unit > 0 && unit % frame.restart == 0 {
            bits.restart()?;
            last = [0; 3];
        }
        let [column, row] = [unit % columns, unit / columns];
        for (i, component) in frame.components.iter().enumerate() {
            let stride = columns * component.across * N;
            for block in 0..component.across * component.down {
                let x = (column * component.across + block % component.across) * N;
                let y = (row * component.down + block / component.across) * N;
                let values = read_block::<N>(&mut bits, frame, component, &mut last[i])?;
                let out = planes.0[i].get_mut(y * stride + x..)?;
                transform::write::<N>(&values, out, stride)?;
            }
        }
        if bits.is_overrun() {
            return None;
        }
    }
    Some(())
}

/// The frequencies of one block that are needed, times their quantisation, row by row.
fn read_block<const N: usize>(
    bits: &mut Bits<'_>,
    frame: &Frame<'_>,
    component: &Component,
    last: &mut i32,
) -> Option<[[f32; N]; N]> {
    let quantisation = frame.quantisation.get(component.quantisation)?.as_ref()?;
    let [dc, ac] = [
        frame.dc.get(component.dc)?.as_ref()?,
        frame.ac.get(component.ac)?.as_ref()?,
    ];
    let mut values = [[0.0; N]; N];
    let size = dc.read(bits)?;
    *last = last.wrapping_add(bits.signed(u32::from(size) & 15));
    values[0][0] = last.wrapping_mul(i32::from(quantisation[0])) as f32;
    let mut index = 1;
    while index < 64 {
        let (run, value) = match ac.read_number(bits) {
            Some(number) => (usize::from(number.run), i32::from(number.value)),
            None => match ac.read(bits)? {
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
        let place = *ZIGZAG.get(index)?;
        let (row, column) = (usize::from(place >> 3), usize::from(place & 7));
        if row < N && column < N {
            values[row][column] = (value * i32::from(quantisation[index & 63])) as f32;
        }
        index += 1;
    }
    Some(values)
}

/// Place in the block (row × 8 + column) of each coefficient in coding order (ITU-T T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
