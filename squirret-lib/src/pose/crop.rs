//! From a turned square of a picture straight into a network's input, in one pass.

use super::{RgbImage, Roi};

/// Bits behind the point of a position in the picture.
const POSITION_BITS: u32 = 16;
/// Bits of an interpolation weight: two of them and eight of a colour fit 32 bits.
const WEIGHT_BITS: u32 = 11;

/// What lies outside the picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Border {
    /// Black.
    Black,
    /// The picture's edge goes on.
    Replicate,
}

/// How a network wants its picture: a square of `side` px, rows top down, RGB interleaved, each value
/// `colour * scale + offset` with `colour` in 0 to 255.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Crop {
    /// Side of the input in px.
    pub side: usize,
    /// Factor on 0 to 255.
    pub scale: f32,
    /// Added after the factor.
    pub offset: f32,
    /// What lies outside the picture.
    pub border: Border,
}

impl Crop {
    /// A crop of `side` px whose values run from `low` (black) to `high` (white).
    #[must_use]
    pub fn new(side: usize, low: f32, high: f32, border: Border) -> Self {
        Self {
            side,
            scale: (high - low) / 255.0,
            offset: low,
            border,
        }
    }

    /// Numbers that `sample` writes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.side * self.side * 3
    }

    /// Whether nothing is written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.side == 0
    }

    /// Writes `roi` of `image` into `out`, bilinearly between the four nearest pixels. Pixel `i` of the crop stands
    /// for `i / side` of the square (not for its middle), as the networks were fed when they were trained. Writes
    /// at most `len()` numbers; a shorter `out` gets the first rows.
    pub fn sample(&self, image: RgbImage<'_>, roi: &Roi, out: &mut [f32]) {
        let side = self.side.max(1);
        let reader = Reader::new(image, *self);
        let reduction = f64::from(image.reduction());
        let scaled = |px: f64| (px * f64::from(1 << POSITION_BITS)).round() as i64;
        // The middle of pixel 0 of a reduced picture is the middle of the pixels that it stands for.
        let fixed = |px: f32| scaled((f64::from(px) + 0.5) / reduction - 0.5);
        let [left, top] = roi.to_picture(0.0, 0.0);
        let [right, right_top] = roi.to_picture(1.0, 0.0);
        let step = [right - left, right_top - top]
            .map(|d| scaled(f64::from(d) / (reduction * side as f64)));
        for (row, out) in out.chunks_exact_mut(side * 3).take(self.side).enumerate() {
            let start = roi.to_picture(0.0, row as f32 / side as f32).map(fixed);
            reader.row(start, step, out);
        }
    }
}

/// A picture with the lines that bound the fast path.
struct Reader<'a> {
    width: i64,
    height: i64,
    data: &'a [u8],
    crop: Crop,
    /// `crop.scale` for sums of weighted colours.
    scale: f32,
}

impl<'a> Reader<'a> {
    fn new(image: RgbImage<'a>, crop: Crop) -> Self {
        Self {
            width: i64::from(image.width()),
            height: i64::from(image.height()),
            data: image.data(),
            crop,
            scale: crop.scale / (1u32 << (2 * WEIGHT_BITS)) as f32,
        }
    }

    /// One row of the crop: the part whose four neighbours all lie in the picture without a question, the rest with.
    fn row(&self, start: [i64; 2], step: [i64; 2], out: &mut [f32]) {
        let (from, to) = self.inside(start, step, out.len() / 3);
        let (before, rest) = out.split_at_mut(from * 3);
        let (inside, after) = rest.split_at_mut((to - from) * 3);
        let at = |i: usize| [0, 1].map(|axis| start[axis] + step[axis] * i as i64);
        self.each(at(0), step, before, Self::blend);
        self.each(at(from), step, inside, Self::blend_inside);
        self.each(at(to), step, after, Self::blend);
    }

    #[inline(always)]
    fn each(
        &self,
        mut position: [i64; 2],
        step: [i64; 2],
        out: &mut [f32],
        blend: impl Fn(&Self, [i64; 2]) -> [u32; 3],
    ) {
        for out in out.as_chunks_mut::<3>().0 {
            // Sums stay below 2^30; conversions from signed numbers are faster.
            *out =
                blend(self, position).map(|sum| sum as i32 as f32 * self.scale + self.crop.offset);
            position = [position[0] + step[0], position[1] + step[1]];
        }
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

    /// Weighted sums of the three colours around a position that `inside` has passed.
    #[inline]
    fn blend_inside(&self, [x, y]: [i64; 2]) -> [u32; 3] {
        let offset = ((y >> POSITION_BITS) * self.width + (x >> POSITION_BITS)) as usize * 3;
        let stride = self.width as usize * 3;
        let (Some(upper), Some(lower)) = (
            self.data.get(offset..).and_then(|d| d.first_chunk::<6>()),
            self.data
                .get(offset + stride..)
                .and_then(|d| d.first_chunk::<6>()),
        ) else {
            return [0; 3];
        };
        let [fx, fy] = [weight(x), weight(y)];
        std::array::from_fn(|c| {
            mix(
                mix_u8(upper[c], upper[c + 3], fx),
                mix_u8(lower[c], lower[c + 3], fx),
                fy,
            )
        })
    }

    /// The same anywhere.
    #[inline]
    fn blend(&self, [x, y]: [i64; 2]) -> [u32; 3] {
        if self.crop.border == Border::Replicate && self.width > 1 && self.height > 1 {
            // The last position whose neighbours exist is 2^-11 px short of the edge.
            let within = |at: i64, size: i64| at.clamp(0, ((size - 1) << POSITION_BITS) - 1);
            return self.blend_inside([within(x, self.width), within(y, self.height)]);
        }
        let [column, row] = [x >> POSITION_BITS, y >> POSITION_BITS];
        let beyond = |at: i64, size: i64| at < -1 || at >= size;
        if self.crop.border == Border::Black
            && (beyond(column, self.width) || beyond(row, self.height))
        {
            return [0; 3];
        }
        let [fx, fy] = [weight(x), weight(y)];
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

#[inline]
fn mix_u8(a: u8, b: u8, weight: u32) -> u32 {
    mix(u32::from(a), u32::from(b), weight)
}

#[inline]
fn mix(a: u32, b: u32, weight: u32) -> u32 {
    a * ((1 << WEIGHT_BITS) - weight) + b * weight
}

/// `a / b` rounded up, for a positive `b`.
const fn div_ceil(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(width: u32, height: u32) -> Vec<u8> {
        (0..width * height * 3)
            .map(|i| (i.wrapping_mul(2654435761) >> 13) as u8)
            .collect()
    }

    /// The same in floating point, one pixel at a time.
    fn naive(image: RgbImage<'_>, roi: &Roi, crop: Crop) -> Vec<f32> {
        let mut out = Vec::new();
        let pixel = |x: f64, y: f64, c: usize| {
            let (w, h) = (f64::from(image.width()), f64::from(image.height()));
            if crop.border == Border::Black && !(x >= 0.0 && y >= 0.0 && x < w && y < h) {
                return 0.0;
            }
            let index = y.clamp(0.0, h - 1.0) as usize * image.width() as usize
                + x.clamp(0.0, w - 1.0) as usize;
            f64::from(image.data()[index * 3 + c])
        };
        for v in 0..crop.side {
            for u in 0..crop.side {
                let [x, y] = roi
                    .to_picture(u as f32 / crop.side as f32, v as f32 / crop.side as f32)
                    .map(f64::from);
                let (x0, y0) = (x.floor(), y.floor());
                let (fx, fy) = (x - x0, y - y0);
                for c in 0..3 {
                    let upper = pixel(x0, y0, c) * (1.0 - fx) + pixel(x0 + 1.0, y0, c) * fx;
                    let lower =
                        pixel(x0, y0 + 1.0, c) * (1.0 - fx) + pixel(x0 + 1.0, y0 + 1.0, c) * fx;
                    out.push(((upper * (1.0 - fy) + lower * fy) as f32) * crop.scale + crop.offset);
                }
            }
        }
        out
    }

    #[test]
    fn the_identity_crop_is_the_picture() {
        let data = picture(8, 8);
        let image = RgbImage::new(8, 8, &data).unwrap();
        let crop = Crop::new(8, 0.0, 255.0, Border::Replicate);
        let mut out = vec![0.0; crop.len()];
        crop.sample(image, &Roi::letterbox(image), &mut out);
        let back: Vec<u8> = out.iter().map(|v| v.round() as u8).collect();
        assert_eq!(back, data);
    }

    #[test]
    fn bars_beside_a_narrow_picture_are_black() {
        let data = [255; 2 * 4 * 3];
        let image = RgbImage::new(2, 4, &data).unwrap();
        let crop = Crop::new(4, -1.0, 1.0, Border::Black);
        let mut out = vec![0.0; crop.len()];
        crop.sample(image, &Roi::letterbox(image), &mut out);
        let red: Vec<f32> = out[..12].iter().step_by(3).copied().collect();
        assert_eq!(red, [-1.0, 1.0, 1.0, -1.0]);
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_formula(
            width in 1u32..40, height in 1u32..40, x in -60f32..90.0, y in -60f32..90.0, size in 1f32..150.0,
            rotation in -3.1f32..3.1, side in 1usize..24, black: bool,
        ) {
            let data = picture(width, height);
            let image = RgbImage::new(width, height, &data).unwrap();
            let roi = Roi { x, y, size, rotation };
            let crop = Crop::new(side, 0.0, 255.0, if black { Border::Black } else { Border::Replicate });
            let mut out = vec![f32::NAN; crop.len()];
            crop.sample(image, &roi, &mut out);
            for (got, want) in out.iter().zip(naive(image, &roi, crop)) {
                // A position is rounded to 2^-11 px and f32 carries it to about 2^-16: a step of 255 shows 0.25.
                prop_assert!((got - want).abs() < 0.5, "{got} {want}");
            }
        }
    }
}
