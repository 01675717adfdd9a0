//! Reads colours between the pixels of a picture, row by row.

use super::{Border, Crop};
use crate::pose::RgbImage;
use wide::{f32x4, i16x8, u8x16};

/// Bits behind the point of a position in the picture.
pub(super) const POSITION_BITS: u32 = 16;
/// Bits of an interpolation weight: one beside a colour fits the 16 bits of a vector's lane.
const WEIGHT_BITS: u32 = 11;
/// Weights of pairs of a left and a right colour: these, and of each step to the right so much more.
const ALL_LEFT: i16x8 = i16x8::new([ONE, 0, ONE, 0, ONE, 0, ONE, 0]);
const TOWARDS_RIGHT: i16x8 = i16x8::new([-1, 1, -1, 1, -1, 1, -1, 1]);
const ONE: i16 = 1 << WEIGHT_BITS;
/// Pixels of a row that are taken apart into planes at once.
const SPAN: usize = 64;

/// A picture with the lines that bound the fast path.
pub(super) struct PixelReader<'a> {
    width: i64,
    height: i64,
    data: &'a [u8],
    crop: Crop,
    /// `crop.scale` for colours times a weight.
    scale: [f32; 3],
}

impl<'a> PixelReader<'a> {
    pub(super) fn new(image: RgbImage<'a>, crop: Crop) -> Self {
        Self {
            width: i64::from(image.width()),
            height: i64::from(image.height()),
            data: image.data(),
            crop,
            scale: crop.scale.map(|scale| scale / (1u32 << WEIGHT_BITS) as f32),
        }
    }

    /// All rows, each colour into a plane of its own.
    pub(super) fn planes(
        &self,
        starts: impl Iterator<Item = [i64; 2]>,
        step: [i64; 2],
        out: &mut [f32],
    ) {
        let width = self.crop.width;
        let plane = width * self.crop.height;
        let mut buffer = [0.0; 3 * SPAN];
        for (row, start) in starts.enumerate() {
            for first in (0..width).step_by(SPAN) {
                let pixels = SPAN.min(width - first);
                let from = [0, 1].map(|axis| start[axis] + step[axis] * first as i64);
                let (span, _) = buffer.split_at_mut(pixels * 3);
                self.row(from, step, span);
                let colours = span.as_chunks::<3>().0;
                for c in 0..3 {
                    let at = row * width + first + plane * if self.crop.is_bgr { 2 - c } else { c };
                    out[at..at + pixels]
                        .iter_mut()
                        .zip(colours)
                        .for_each(|(out, colours)| *out = colours[c]);
                }
            }
        }
    }

    /// One row of the crop: the part whose four neighbours all lie in the picture without a question, the rest with.
    pub(super) fn row(&self, start: [i64; 2], step: [i64; 2], out: &mut [f32]) {
        let (from, to) = self.inside(start, step, out.len() / 3);
        let (before, rest) = out.split_at_mut(from * 3);
        let (inside, after) = rest.split_at_mut((to - from) * 3);
        let at = |i: usize| [0, 1].map(|axis| start[axis] + step[axis] * i as i64);
        self.each_inside(at(from), step, inside, |position| position);
        for (first, out) in [(0, before), (to, after)] {
            if self.crop.border == Border::Replicate && self.width > 1 && self.height > 1 {
                self.each_inside(at(first), step, out, |position| self.nearest(position));
            } else {
                self.each(at(first), step, out, Self::blend);
            }
        }
    }

    #[inline(always)]
    fn each(
        &self,
        mut position: [i64; 2],
        step: [i64; 2],
        out: &mut [f32],
        blend: impl Fn(&Self, [i64; 2]) -> [f32; 3],
    ) {
        for out in out.as_chunks_mut::<3>().0 {
            let sums = blend(self, position);
            *out = std::array::from_fn(|c| sums[c] * self.scale[c] + self.crop.offset[c]);
            position = [position[0] + step[0], position[1] + step[1]];
        }
    }

    /// The same, the colours of a pixel as lanes of a vector, when `within` gives positions that `inside` would pass.
    #[inline(always)]
    fn each_inside(
        &self,
        mut position: [i64; 2],
        step: [i64; 2],
        out: &mut [f32],
        within: impl Fn([i64; 2]) -> [i64; 2],
    ) {
        let lanes = |[red, green, blue]: [f32; 3]| f32x4::new([red, green, blue, 0.0]);
        let (scale, offset) = (lanes(self.scale), lanes(self.crop.offset));
        for first in (0..out.len()).step_by(3) {
            let inner = within(position);
            // The fourth lane is written over by the next pixel; the row's last one has no place for it.
            let place = out.get_mut(first..).and_then(<[f32]>::first_chunk_mut);
            match (place, self.blend_lanes(inner)) {
                (Some(out), Some(sums)) => *out = (sums * scale + offset).to_array(),
                _ => self.each(inner, step, &mut out[first..][..3], Self::blend_inside),
            }
            position = [position[0] + step[0], position[1] + step[1]];
        }
    }

    /// The nearest position whose four neighbours exist: at most 2^-11 px short of the edge.
    #[inline(always)]
    fn nearest(&self, [x, y]: [i64; 2]) -> [i64; 2] {
        let within = |at: i64, size: i64| at.clamp(0, ((size - 1) << POSITION_BITS) - 1);
        [within(x, self.width), within(y, self.height)]
    }

    /// The pixels of a row, first and one past the last, whose four neighbours lie in the picture.
    fn inside(&self, start: [i64; 2], step: [i64; 2], pixels: usize) -> (usize, usize) {
        let mut range = (0i64, pixels as i64);
        for (axis, size) in [(0, self.width), (1, self.height)] {
            // start + i·step must lie in [0, end).
            let end = (size - 1) << POSITION_BITS;
            let (start, step) = (start[axis], step[axis]);
            let span = match step {
                0 if (0..end).contains(&start) => (0, pixels as i64),
                0 => (0, 0),
                1.. => (div_ceil(-start, step), div_ceil(end - start, step)),
                _ => (
                    div_ceil(start - end + 1, -step),
                    start.div_euclid(-step) + 1,
                ),
            };
            range = (range.0.max(span.0), range.1.min(span.1));
        }
        let from = range.0.clamp(0, pixels as i64);
        (from as usize, range.1.clamp(from, pixels as i64) as usize)
    }

    /// Colours around a position that `inside` has passed, in lanes, times a weight. `None` in the picture's last
    /// bytes, where a vector does not fit.
    #[inline(always)]
    fn blend_lanes(&self, [x, y]: [i64; 2]) -> Option<f32x4> {
        let offset = ((y >> POSITION_BITS) * self.width + (x >> POSITION_BITS)) as usize * 3;
        let weights = i16x8::splat(weight(x) as i16) * TOWARDS_RIGHT + ALL_LEFT;
        let line = |offset: usize| {
            let bytes = self.data.get(offset..)?.first_chunk::<19>()?;
            let (left, right) = (bytes.first_chunk::<16>()?, bytes.last_chunk::<16>()?);
            let pairs = u8x16::unpack_low(u8x16::new(*left), u8x16::new(*right));
            Some(f32x4::from_i32x4(i16x8::from_u8x16_low(pairs).dot(weights)))
        };
        let (upper, lower) = (line(offset)?, line(offset + self.width as usize * 3)?);
        Some(upper + (lower - upper) * f32x4::splat(share(y)))
    }

    /// The same, one colour after the other.
    #[inline]
    fn blend_inside(&self, [x, y]: [i64; 2]) -> [f32; 3] {
        let offset = ((y >> POSITION_BITS) * self.width + (x >> POSITION_BITS)) as usize * 3;
        let stride = self.width as usize * 3;
        let (Some(upper), Some(lower)) = (
            self.data.get(offset..).and_then(|d| d.first_chunk::<6>()),
            self.data
                .get(offset + stride..)
                .and_then(|d| d.first_chunk::<6>()),
        ) else {
            return [0.0; 3];
        };
        let (fx, fy) = (weight(x), share(y));
        std::array::from_fn(|c| {
            mix(
                mix_u8(upper[c], upper[c + 3], fx),
                mix_u8(lower[c], lower[c + 3], fx),
                fy,
            )
        })
    }

    /// The same anywhere, pixel by pixel.
    #[inline]
    fn blend(&self, [x, y]: [i64; 2]) -> [f32; 3] {
        let [column, row] = [x >> POSITION_BITS, y >> POSITION_BITS];
        let beyond = |at: i64, size: i64| at < -1 || at >= size;
        if self.crop.border == Border::Black
            && (beyond(column, self.width) || beyond(row, self.height))
        {
            return [0.0; 3];
        }
        let (fx, fy) = (weight(x), share(y));
        let [a, b] = [self.pixel(column, row), self.pixel(column + 1, row)];
        let [c, d] = [self.pixel(column, row + 1), self.pixel(column + 1, row + 1)];
        std::array::from_fn(|i| mix(mix_u8(a[i], b[i], fx), mix_u8(c[i], d[i], fx), fy))
    }

    #[inline]
    fn pixel(&self, column: i64, row: i64) -> [u8; 3] {
        let [inner_column, inner_row] = [
            column.clamp(0, self.width - 1),
            row.clamp(0, self.height - 1),
        ];
        if self.crop.border == Border::Black && (inner_column != column || inner_row != row) {
            return [0; 3];
        }
        let offset = (inner_row * self.width + inner_column) as usize * 3;
        self.data
            .get(offset..)
            .and_then(|d| d.first_chunk::<3>())
            .copied()
            .unwrap_or_default()
    }
}

/// The part behind the point, in `WEIGHT_BITS`.
#[inline]
fn weight(position: i64) -> u32 {
    ((position >> (POSITION_BITS - WEIGHT_BITS)) & ((1 << WEIGHT_BITS) - 1)) as u32
}

/// The part behind the point.
#[inline]
fn share(position: i64) -> f32 {
    weight(position) as f32 / (1u32 << WEIGHT_BITS) as f32
}

/// Of two colours beside each other, times a weight; exact in `f32`.
#[inline]
fn mix_u8(a: u8, b: u8, weight: u32) -> f32 {
    (u32::from(a) * ((1 << WEIGHT_BITS) - weight) + u32::from(b) * weight) as i32 as f32
}

/// Of two rows.
#[inline]
fn mix(upper: f32, lower: f32, share: f32) -> f32 {
    upper + (lower - upper) * share
}

/// `a / b` rounded up, for a positive `b`.
const fn div_ceil(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}
