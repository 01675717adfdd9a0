//! How a feature map lies in memory: blocks of channels as wide as a vector, each block a plane of pixels with a rim
//! of zeroes as wide as the convolutions that read it need, so that no convolution has border cases.

use super::bf16::WORDS;

/// Floats of a cache line.
const LINE: usize = 16;

/// Channels, rows and columns of a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

/// Rows and columns of zeroes around a map.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Rim {
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) bottom: usize,
    pub(super) right: usize,
}

impl Rim {
    /// One that holds both.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            top: self.top.max(other.top),
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.max(other.right),
        }
    }
}

/// Which rows of a map are in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rows {
    /// All of them.
    All,
    /// The newest ones, row `y` in slot `y` modulo this many; one slot of zeroes follows.
    Ring(usize),
    /// The ones that were made last, at most this many, from slot 0 on.
    Band(usize),
}

/// The layout of a map. Distances are in words: a 32-bit float, or two 16-bit floats of a packed map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Map {
    pub(super) shape: Shape,
    pub(super) rim: Rim,
    pub(super) rows: Rows,
    /// Channels of a block.
    pub(super) lanes: usize,
    /// Blocks of channels.
    pub(super) blocks: usize,
    /// From a pixel to the next.
    pub(super) pixel: usize,
    /// From a row to the next.
    pub(super) row: usize,
    /// From a block to the next.
    pub(super) plane: usize,
}

impl Map {
    /// Channels in blocks of `lanes`.
    pub(super) fn new(shape: Shape, rim: Rim, rows: Rows, lanes: usize) -> Self {
        let blocks = shape.channels.div_ceil(lanes);
        Self::with_blocks(shape, rim, rows, blocks, [lanes; 2])
    }

    /// Channels in blocks of 16, two neighbours a word as 16-bit floats.
    pub(super) fn packed(shape: Shape, rim: Rim, rows: Rows) -> Self {
        let blocks = shape.channels.div_ceil(2 * WORDS);
        Self::with_blocks(shape, rim, rows, blocks, [2 * WORDS, WORDS])
    }

    /// All channels of a pixel side by side without padding: the picture, of which a convolution reads whole rows of
    /// its window at once.
    pub(super) fn interleaved(shape: Shape, rim: Rim) -> Self {
        Self::with_blocks(shape, rim, Rows::All, 1, [shape.channels; 2])
    }

    fn with_blocks(
        shape: Shape,
        mut rim: Rim,
        rows: Rows,
        blocks: usize,
        [lanes, pixel]: [usize; 2],
    ) -> Self {
        let slots = match rows {
            Rows::All => shape.height + rim.top + rim.bottom,
            Rows::Ring(slots) => slots + 1,
            Rows::Band(slots) => slots,
        };
        if rows != Rows::All {
            (rim.top, rim.bottom) = (0, 0);
        }
        let row = (shape.width + rim.left + rim.right) * pixel;
        // Planes an even number of lines apart would share few sets of the caches.
        let lines = (slots * row).div_ceil(LINE) | 1;
        Self {
            shape,
            rim,
            rows,
            lanes,
            blocks,
            pixel,
            row,
            plane: lines * LINE,
        }
    }

    /// Whether each word holds two channels.
    pub(super) fn is_packed(&self) -> bool {
        self.pixel < self.lanes
    }

    /// Words of the whole map.
    pub(super) fn len(&self) -> usize {
        self.plane * self.blocks
    }

    /// Where row `y` begins in a block, its rim included. Rows of the rim lie outside 0 to the height.
    pub(super) fn row_at(&self, y: isize) -> usize {
        let inside = (0..self.shape.height as isize).contains(&y);
        match self.rows {
            Rows::All => (y + self.rim.top as isize) as usize * self.row,
            Rows::Ring(slots) if inside => (y as usize % slots) * self.row,
            Rows::Ring(slots) => slots * self.row,
            Rows::Band(_) => 0,
        }
    }

    /// Where pixel 0 of row `y` lies in a block, for rows that are in the map; `first` is the oldest row of a band.
    pub(super) fn pixel_at(&self, y: usize, first: usize) -> usize {
        let row = match self.rows {
            Rows::Band(_) => (y - first) * self.row,
            _ => self.row_at(y as isize),
        };
        row + self.rim.left * self.pixel
    }

    /// Whether a row's last pixel is followed by the next row's first.
    pub(super) fn is_flat(&self) -> bool {
        self.row == self.shape.width * self.pixel
    }

    /// How many of `count` rows from `y` on lie one after the other.
    pub(super) fn unbroken(&self, y: usize, count: usize) -> usize {
        match self.rows {
            Rows::Ring(slots) => count.min(slots - y % slots),
            _ => count,
        }
    }
}

/// Floats that begin at a cache line.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    floats: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Zeroes.
    pub(super) fn new(len: usize) -> Self {
        let floats = vec![0.0; len + LINE];
        let start = floats.as_ptr().align_offset(LINE * size_of::<f32>());
        Self {
            // `align_offset` may give up.
            start: start.min(LINE),
            floats,
            len,
        }
    }

    /// Some floats and then zeroes up to `len`.
    pub(super) fn from(floats: &[f32], len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.as_mut_slice()[..floats.len()].copy_from_slice(floats);
        buffer
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        &self.floats[self.start..self.start + self.len]
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.floats[self.start..self.start + self.len]
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len);
        copy.as_mut_slice().copy_from_slice(self.as_slice());
        copy
    }
}
