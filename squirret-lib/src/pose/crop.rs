//! From a turned square of a picture straight into a network's input, in one pass.

use super::{RgbImage, Roi};
use wide::{f32x4, i16x8, u8x16};

/// Bits behind the point of a position in the picture.
const POSITION_BITS: u32 = 16;
/// Bits of an interpolation weight: one beside a colour fits the 16 bits of a vector's lane.
const WEIGHT_BITS: u32 = 11;
/// Weights of pairs of a left and a right colour: these, and of each step to the right so much more.
const ALL_LEFT: i16x8 = i16x8::new([ONE, 0, ONE, 0, ONE, 0, ONE, 0]);
const TOWARDS_RIGHT: i16x8 = i16x8::new([-1, 1, -1, 1, -1, 1, -1, 1]);
const ONE: i16 = 1 << WEIGHT_BITS;
/// Pixels of a row that are taken apart into planes at once.
const SPAN: usize = 64;

/// What lies outside the picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Border {
    /// Black.
    Black,
    /// The picture's edge goes on.
    Replicate,
}

/// The order of a network's input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Layout {
    /// Colours of a pixel beside each other: rows, columns, colours (NHWC).
    #[default]
    Interleaved,
    /// One colour after the other: colours, rows, columns (NCHW).
    Planar,
}

/// How a network wants its picture: `width` × `height` px, rows top down, each value `colour * scale + offset` with
/// `colour` in 0 to 255.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Crop {
    width: usize,
    height: usize,
    /// Of red, green and blue.
    scale: [f32; 3],
    offset: [f32; 3],
    border: Border,
    layout: Layout,
    /// Blue comes first.
    is_bgr: bool,
}

impl Crop {
    /// A square crop of `side` px, red first, colours interleaved, whose values run from `low` (black) to `high`
    /// (white).
    #[must_use]
    pub fn new(side: usize, low: f32, high: f32, border: Border) -> Self {
        Self {
            width: side,
            height: side,
            scale: [(high - low) / 255.0; 3],
            offset: [low; 3],
            border,
            layout: Layout::Interleaved,
            is_bgr: false,
        }
    }

    /// The same with `width` × `height` px. The middle of the square region comes into the middle, and the longer
    /// side shows as much of the picture as the square's.
    #[must_use]
    pub const fn with_size(mut self, width: usize, height: usize) -> Self {
        self.width = width;
        self.height = height;
        self
    }

    /// The same with values `(colour - mean) / std` of red, green and blue, with `colour` in 0 to 255.
    #[must_use]
    pub fn with_normalisation(mut self, mean: [f32; 3], std: [f32; 3]) -> Self {
        self.scale = std.map(|std| 1.0 / std);
        self.offset = std::array::from_fn(|c| -mean[c] / std[c]);
        self
    }

    /// The same in another order.
    #[must_use]
    pub const fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// The same with blue first.
    #[must_use]
    pub const fn blue_first(mut self) -> Self {
        self.is_bgr = true;
        self
    }

    /// The longer side in px.
    #[must_use]
    pub const fn side(&self) -> usize {
        if self.width > self.height {
            self.width
        } else {
            self.height
        }
    }

    /// Width and height in px.
    #[must_use]
    pub const fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Numbers that `sample` writes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.width * self.height * 3
    }

    /// Whether nothing is written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// From px of the crop to units of the square region.
    pub(super) fn to_region(self, x: f32, y: f32) -> [f32; 2] {
        let side = self.side().max(1) as f32;
        [(x, self.width), (y, self.height)].map(|(at, size)| (at - size as f32 / 2.0) / side + 0.5)
    }

    /// Writes `roi` of `image` into `out`, bilinearly between the four nearest pixels. Pixel `i` of a square crop
    /// stands for `i / side` of the square (not for its middle), as the networks were fed when they were trained.
    /// Writes `len()` numbers, or nothing when `out` is shorter.
    pub fn sample(&self, image: RgbImage<'_>, roi: &Roi, out: &mut [f32]) {
        let (len, planar) = (self.len(), self.layout == Layout::Planar);
        let Some(out) = out.get_mut(..len).filter(|_| !self.is_empty()) else {
            return;
        };
        let reader = Reader::new(image, *self);
        let reduction = f64::from(image.reduction());
        let scaled = |px: f64| (px * f64::from(1 << POSITION_BITS)).round() as i64;
        // The middle of pixel 0 of a reduced picture is the middle of the pixels that it stands for.
        let fixed = |px: f32| scaled((f64::from(px) + 0.5) / reduction - 0.5);
        let place = |column: f32, row: f32| {
            let [u, v] = self.to_region(column, row);
            roi.to_picture(u, v)
        };
        let [left, top] = place(0.0, 0.0);
        let [right, right_top] = place(self.side() as f32, 0.0);
        let step = [right - left, right_top - top]
            .map(|d| scaled(f64::from(d) / (reduction * self.side() as f64)));
        let starts = (0..self.height).map(|row| place(0.0, row as f32).map(fixed));
        if planar {
            reader.planes(starts, step, out);
            return;
        }
        for (start, out) in starts.zip(out.chunks_exact_mut(self.width * 3)) {
            reader.row(start, step, out);
            if self.is_bgr {
                out.as_chunks_mut::<3>()
                    .0
                    .iter_mut()
                    .for_each(|colours| colours.swap(0, 2));
            }
        }
    }
}

/// A picture with the lines that bound the fast path.
struct Reader<'a> {
    width: i64,
    height: i64,
    data: &'a [u8],
    crop: Crop,
    /// `crop.scale` for colours times a weight.
    scale: [f32; 3],
}

impl<'a> Reader<'a> {
    fn new(image: RgbImage<'a>, crop: Crop) -> Self {
        Self {
            width: i64::from(image.width()),
            height: i64::from(image.height()),
            data: image.data(),
            crop,
            scale: crop.scale.map(|scale| scale / (1u32 << WEIGHT_BITS) as f32),
        }
    }

    /// All rows, each colour into a plane of its own.
    fn planes(&self, starts: impl Iterator<Item = [i64; 2]>, step: [i64; 2], out: &mut [f32]) {
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
    fn row(&self, start: [i64; 2], step: [i64; 2], out: &mut [f32]) {
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
        for v in 0..crop.height {
            for u in 0..crop.width {
                let [u, v] = crop.to_region(u as f32, v as f32);
                let [x, y] = roi.to_picture(u, v).map(f64::from);
                let (x0, y0) = (x.floor(), y.floor());
                let (fx, fy) = (x - x0, y - y0);
                for c in 0..3 {
                    let upper = pixel(x0, y0, c) * (1.0 - fx) + pixel(x0 + 1.0, y0, c) * fx;
                    let lower =
                        pixel(x0, y0 + 1.0, c) * (1.0 - fx) + pixel(x0 + 1.0, y0 + 1.0, c) * fx;
                    out.push(
                        ((upper * (1.0 - fy) + lower * fy) as f32) * crop.scale[c] + crop.offset[c],
                    );
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
            rotation in -3.1f32..3.1, across in 1usize..24, down in 1usize..24, black: bool,
        ) {
            let data = picture(width, height);
            let image = RgbImage::new(width, height, &data).unwrap();
            let roi = Roi { x, y, size, rotation };
            let border = if black { Border::Black } else { Border::Replicate };
            let crop = Crop::new(1, 0.0, 255.0, border).with_size(across, down);
            let mut out = vec![f32::NAN; crop.len()];
            crop.sample(image, &roi, &mut out);
            for (got, want) in out.iter().zip(naive(image, &roi, crop)) {
                // A position is rounded to 2^-11 px and f32 carries it to about 2^-16: a step of 255 shows 0.25.
                prop_assert!((got - want).abs() < 0.5, "{got} {want}");
            }
        }
    }

    proptest! {
        #[test]
        fn planes_and_blue_first_hold_the_same_numbers(across in 1usize..150, down in 1usize..5, turn in -3.1f32..3.1, bgr: bool) {
            let data = picture(30, 20);
            let image = RgbImage::new(30, 20, &data).unwrap();
            let roi = Roi { x: 12.0, y: 9.0, size: 25.0, rotation: turn };
            let mean = [10.0, 20.0, 30.0];
            let crop = Crop::new(1, 0.0, 1.0, Border::Replicate)
                .with_size(across, down)
                .with_normalisation(mean, [2.0, 3.0, 4.0]);
            let mut plain = vec![f32::NAN; crop.len()];
            crop.sample(image, &roi, &mut plain);
            let mut other = crop.with_layout(Layout::Planar);
            if bgr {
                other = other.blue_first();
            }
            let mut planar = vec![f32::NAN; other.len()];
            other.sample(image, &roi, &mut planar);
            let mut interleaved = vec![f32::NAN; other.len()];
            other.with_layout(Layout::Interleaved).sample(image, &roi, &mut interleaved);
            for (pixel, colours) in plain.as_chunks::<3>().0.iter().enumerate() {
                for (c, colour) in colours.iter().enumerate() {
                    let channel = if bgr { 2 - c } else { c };
                    // A span starts from its own position, which is rounded as each pixel's is.
                    prop_assert_eq!(planar[channel * across * down + pixel], *colour);
                    prop_assert_eq!(interleaved[pixel * 3 + channel], *colour);
                }
            }
        }
    }

    #[test]
    fn a_mean_and_a_deviation_normalise_each_colour() {
        let data = [100, 150, 200].repeat(16);
        let image = RgbImage::new(4, 4, &data).unwrap();
        let crop = Crop::new(4, 0.0, 1.0, Border::Replicate)
            .with_normalisation([90.0, 100.0, 220.0], [10.0, 25.0, 40.0]);
        let mut out = vec![0.0; crop.len()];
        crop.sample(image, &Roi::letterbox(image), &mut out);
        assert!(out.as_chunks::<3>().0.iter().all(|colours| {
            let off = [1.0, 2.0, -0.5]
                .iter()
                .zip(colours)
                .map(|(want, got)| (want - got).abs());
            off.fold(0.0, f32::max) < 1e-5
        }));
    }

    #[test]
    fn an_output_that_is_too_short_is_left_alone() {
        let image = RgbImage::new(1, 1, &[9; 3]).unwrap();
        let crop = Crop::new(4, 0.0, 255.0, Border::Black);
        let mut out = [5.0; 47];
        crop.sample(image, &Roi::letterbox(image), &mut out);
        assert_eq!(out, [5.0; 47]);
    }
}
