//! From planes to RGB (JFIF: ITU-R BT.601, full range).

use super::frame::JpegFrame;
use wide::{i16x8, u8x16};

/// Pixels that are made at once.
const LANES: usize = 16;
/// Bits behind the point of a colour.
const BITS: u32 = 6;

/// Writes `width` × `height` pixels. `size` is the side of a block in the planes.
pub(super) fn to_rgb(
    frame: &JpegFrame<'_>,
    planes: [&[u8]; 3],
    size: usize,
    [width, height]: [u32; 2],
    rgb: &mut Vec<u8>,
) {
    let [width, height] = [width, height].map(|side| side as usize);
    let [columns, _] = frame.units();
    // What was there before is all written over.
    rgb.resize(width * height * 3, 0);
    let largest = frame
        .components
        .first()
        .map_or([1, 1], |c| [c.across, c.down]);
    for (y, out) in rgb.chunks_exact_mut(width.max(1) * 3).enumerate() {
        let row = |i: usize| {
            let component = frame.components.get(i)?;
            let stride = columns * component.across * size;
            let y = y * component.down / largest[1];
            Some(ColourRow {
                values: planes[i].get(y * stride..(y + 1) * stride)?,
                is_half: component.across < largest[0],
            })
        };
        match [row(0), row(1), row(2)] {
            [Some(light), Some(blue), Some(red)] => colour_row(out, light, blue, red),
            [light, ..] => {
                let greys = light.map_or(&[][..], |light| light.values);
                for (out, grey) in out.as_chunks_mut::<3>().0.iter_mut().zip(greys) {
                    *out = [*grey; 3];
                }
            }
        }
    }
}

/// A row of a plane.
#[derive(Clone, Copy)]
struct ColourRow<'a> {
    values: &'a [u8],
    /// Each value stands for two pixels.
    is_half: bool,
}

impl ColourRow<'_> {
    /// The values for the pixels from `x` on; behind the row's end there are zeros.
    #[inline(always)]
    fn lanes(&self, x: usize) -> [u8; LANES] {
        let (from, wanted) = if self.is_half {
            (x / 2, LANES / 2)
        } else {
            (x, LANES)
        };
        let rest = self.values.get(from..).unwrap_or_default();
        if let Some(values) = rest.first_chunk::<LANES>() {
            return *values;
        }
        let mut values = [0; LANES];
        let known = rest.len().min(wanted);
        values[..known].copy_from_slice(&rest[..known]);
        values
    }
}

fn colour_row(out: &mut [u8], light: ColourRow<'_>, blue: ColourRow<'_>, red: ColourRow<'_>) {
    let (whole, rest) = out.as_chunks_mut::<{ 3 * LANES }>();
    let at = |x: usize| pixels(light.lanes(x), colours(blue, x), colours(red, x));
    for (i, out) in whole.iter_mut().enumerate() {
        *out = at(i * LANES);
    }
    if !rest.is_empty() {
        let pixels = at(whole.len() * LANES);
        rest.copy_from_slice(&pixels[..rest.len()]);
    }
}

/// One of the two colours for the pixels from `x` on, -128 to 127, times 256.
#[inline(always)]
fn colours(row: ColourRow<'_>, x: usize) -> [i16x8; 2] {
    let mut values = u8x16::new(row.lanes(x));
    if row.is_half {
        values = u8x16::unpack_low(values, values);
    }
    [
        i16x8::from_u8x16_low(values),
        i16x8::from_u8x16_high(values),
    ]
    .map(|values| (values - i16x8::splat(128)) << 8)
}

/// The share of a colour in another, as a number that is multiplied with 256 times the colour and cut to its upper 16
/// bits.
const fn share(of_one: f64) -> i16 {
    (of_one * (1u32 << (BITS + 8)) as f64 + 0.5) as i16
}

/// Sixteen pixels, their three colours beside each other.
#[inline(always)]
fn pixels(light: [u8; LANES], blue: [i16x8; 2], red: [i16x8; 2]) -> [u8; 3 * LANES] {
    let light = u8x16::new(light);
    let light = [i16x8::from_u8x16_low(light), i16x8::from_u8x16_high(light)]
        .map(|light| (light << BITS as i32) + i16x8::splat(1 << (BITS - 1)));
    let part = |colour: i16x8, of_one: i16| colour.mul_keep_high(i16x8::splat(of_one));
    let bytes = |of: &dyn Fn(usize) -> i16x8| {
        let [low, high] = [of(0), of(1)].map(|values| values >> BITS as i32);
        u8x16::narrow_i16x8(low, high).to_array()
    };
    let reds = bytes(&|i| light[i] + part(red[i], const { share(1.402) }));
    let greens = bytes(&|i| {
        let taken =
            part(blue[i], const { share(0.344_136) }) + part(red[i], const { share(0.714_136) });
        light[i] - taken
    });
    let blues = bytes(&|i| light[i] + part(blue[i], const { share(1.772) }));
    let mut out = [0; 3 * LANES];
    let mut colours = reds.into_iter().zip(greens).zip(blues);
    for out in out.as_chunks_mut::<12>().0 {
        let [a, b, c, d] = std::array::from_fn(|_| {
            let ((red, green), blue) = colours.next().unwrap_or_default();
            u64::from(u32::from_le_bytes([red, green, blue, 0]))
        });
        let (first, last) = out.split_at_mut(8);
        first.copy_from_slice(&(a | b << 24 | c << 48).to_le_bytes());
        last.copy_from_slice(&((c >> 16 | d << 8) as u32).to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(light: u8, blue: u8, red: u8) -> [u8; 3] {
        let mut out = [9; 3];
        let row = |value| ColourRow {
            values: value,
            is_half: false,
        };
        colour_row(&mut out, row(&[light]), row(&[blue]), row(&[red]));
        out
    }

    #[test]
    fn greys_stay_grey_and_colours_are_clipped() {
        assert_eq!(pixel(77, 128, 128), [77; 3]);
        assert_eq!(pixel(76, 85, 255), [254, 0, 0]);
        assert_eq!(pixel(255, 255, 255)[2], 255);
    }

    #[test]
    fn every_colour_is_the_formulas_to_one() {
        for (light, blue, red) in (0..=255u8)
            .step_by(15)
            .flat_map(|light| (0..=255u8).step_by(5).map(move |blue| (light, blue)))
            .flat_map(|(light, blue)| (0..=255u8).step_by(5).map(move |red| (light, blue, red)))
        {
            let [y, b, r] = [
                f64::from(light),
                f64::from(blue) - 128.0,
                f64::from(red) - 128.0,
            ];
            let wanted = [
                y + 1.402 * r,
                y - 0.344_136 * b - 0.714_136 * r,
                y + 1.772 * b,
            ];
            for (got, want) in pixel(light, blue, red).into_iter().zip(wanted) {
                assert!(
                    (f64::from(got) - want.clamp(0.0, 255.0)).abs() < 0.6,
                    "{light} {blue} {red}"
                );
            }
        }
    }

    #[test]
    fn rows_of_any_width_with_half_the_colours_or_all_are_as_their_pixels() {
        let values = |seed: u32, len: usize| -> Vec<u8> {
            (0..len as u32)
                .map(|i| (i.wrapping_mul(seed) >> 3) as u8)
                .collect()
        };
        for (width, blue_half, red_half) in (1..70usize).flat_map(|width| {
            [(true, true), (false, false), (true, false)].map(|(blue, red)| (width, blue, red))
        }) {
            let side = |half: bool| if half { width.div_ceil(2) } else { width };
            let (light, blue, red) = (
                values(977, width),
                values(1201, side(blue_half)),
                values(3571, side(red_half)),
            );
            let row = |values, is_half| ColourRow { values, is_half };
            let mut out = vec![0; 3 * width];
            colour_row(
                &mut out,
                row(&light, false),
                row(&blue, blue_half),
                row(&red, red_half),
            );
            for (x, out) in out.as_chunks::<3>().0.iter().enumerate() {
                let at = |plane: &[u8], half: bool| plane[if half { x / 2 } else { x }];
                assert_eq!(
                    *out,
                    pixel(light[x], at(&blue, blue_half), at(&red, red_half))
                );
            }
        }
    }
}
