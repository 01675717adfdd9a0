//! From a turned square of a picture straight into a network's input, in one pass.

mod reader;

use super::{RgbImage, Roi};
use reader::{POSITION_BITS, PixelReader};

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
pub enum PixelLayout {
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
    layout: PixelLayout,
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
            layout: PixelLayout::Interleaved,
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
    pub const fn with_layout(mut self, layout: PixelLayout) -> Self {
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
        let (len, planar) = (self.len(), self.layout == PixelLayout::Planar);
        let Some(out) = out.get_mut(..len).filter(|_| !self.is_empty()) else {
            return;
        };
        let reader = PixelReader::new(image, *self);
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

#[cfg(test)]
mod tests;
