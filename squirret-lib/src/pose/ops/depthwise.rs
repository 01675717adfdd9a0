//! Convolutions of each channel by itself: a strip of pixels of one block of channels stays in registers while the
//! window's pixels go by.

use super::lanes::{Kernel, Lanes};
use super::layout::{Buffer, Map};
use super::net::{Clip, Conv, Window};
use std::ops::Range;

/// A convolution of each channel with its weights in blocks of channels.
#[derive(Debug)]
pub(super) struct Depthwise {
    pub(super) window: Window,
    pub(super) weights: Buffer,
    pub(super) bias: Buffer,
}

impl Depthwise {
    pub(super) fn new(conv: &Conv, lanes: usize) -> Self {
        let [rows, columns] = conv.window.size;
        let blocks = conv.outputs.div_ceil(lanes);
        let mut weights = Vec::with_capacity(blocks * rows * columns * lanes);
        for block in 0..blocks {
            for tap in 0..rows * columns {
                for output in block * lanes..(block + 1) * lanes {
                    weights.push(if output < conv.outputs {
                        conv.weight(output, 0, tap / columns, tap % columns)
                    } else {
                        0.0
                    });
                }
            }
        }
        Self {
            window: conv.window,
            weights: Buffer::from(&weights, weights.len()),
            bias: Buffer::from(&conv.bias, blocks * lanes),
        }
    }
}

/// Some rows of a convolution's output.
pub(super) struct DepthwiseRows<'a> {
    pub(super) depthwise: &'a Depthwise,
    pub(super) input: &'a [f32],
    pub(super) input_map: &'a Map,
    pub(super) output: &'a mut [f32],
    pub(super) output_map: &'a Map,
    pub(super) clip: Clip,
    /// Of the output; they lie one after the other.
    pub(super) rows: Range<usize>,
    /// Oldest row of the output, when it is a band.
    pub(super) output_first: usize,
}

/// A row of a block: the rows under the window, the weights, and what becomes of it.
struct Row<'a, L: Lanes, const K: usize> {
    lanes: L,
    input: [&'a [L::V]; K],
    weights: &'a [L::V],
    bias: L::V,
    low: L::V,
    high: L::V,
    output: &'a mut [L::V],
}

impl Kernel for DepthwiseRows<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let window = self.depthwise.window;
        match (window.size, window.stride, window.dilation) {
            ([3, 3], [1, 1], [1, 1]) => self.square::<L, 3, 1>(lanes),
            ([3, 3], [2, 2], [1, 1]) => self.square::<L, 3, 2>(lanes),
            ([5, 5], [1, 1], [1, 1]) => self.square::<L, 5, 1>(lanes),
            ([5, 5], [2, 2], [1, 1]) => self.square::<L, 5, 2>(lanes),
            _ => self.any(lanes),
        }
    }
}

impl DepthwiseRows<'_> {
    #[inline(always)]
    fn square<L: Lanes, const K: usize, const S: usize>(self, lanes: L) {
        let window = &self.depthwise.window;
        let (from, to) = (self.input_map, self.output_map);
        let weights = L::vectors(self.depthwise.weights.as_slice());
        let bias = L::vectors(self.depthwise.bias.as_slice());
        let width = to.shape.width;
        let pixels = strip_len(width, if L::WIDE { 8 } else { 4 });
        for block in 0..to.blocks {
            let plane = L::vectors(&self.input[block * from.plane..(block + 1) * from.plane]);
            let output = &mut self.output[block * to.plane..(block + 1) * to.plane];
            for y in self.rows.clone() {
                let mut input: [&[L::V]; K] = [&[]; K];
                for k in 0..K {
                    input[k] =
                        &plane[under(window, from, y, k) / L::LANES..][..(width - 1) * S + K];
                }
                let at = to.pixel_at(y, self.output_first);
                let mut row = Row {
                    lanes,
                    input,
                    weights: &weights[block * K * K..(block + 1) * K * K],
                    bias: bias[block],
                    low: lanes.splat(self.clip.low),
                    high: lanes.splat(self.clip.high),
                    output: L::vectors_mut(&mut output[at..at + width * L::LANES]),
                };
                if L::PLAIN {
                    strips::<L, K, S, 1>(&mut row);
                    continue;
                }
                match pixels {
                    8 if L::WIDE => strips::<L, K, S, 8>(&mut row),
                    7 if L::WIDE => strips::<L, K, S, 7>(&mut row),
                    4 => strips::<L, K, S, 4>(&mut row),
                    _ => strips::<L, K, S, 1>(&mut row),
                }
            }
        }
    }

    /// Any window.
    #[inline(always)]
    fn any<L: Lanes>(self, lanes: L) {
        let (from, to) = (self.input_map, self.output_map);
        let window = self.depthwise.window;
        let [rows, columns] = window.size;
        let weights = L::vectors(self.depthwise.weights.as_slice());
        let bias = L::vectors(self.depthwise.bias.as_slice());
        let (low, high) = (lanes.splat(self.clip.low), lanes.splat(self.clip.high));
        for block in 0..to.blocks {
            let plane = L::vectors(&self.input[block * from.plane..(block + 1) * from.plane]);
            for y in self.rows.clone() {
                for x in 0..to.shape.width {
                    let mut sum = bias[block];
                    for row in 0..rows {
                        let start = under(&window, from, y, row) / L::LANES + x * window.stride[1];
                        for column in 0..columns {
                            let weight = weights[(block * rows + row) * columns + column];
                            let value = plane[start + column * window.dilation[1]];
                            sum = lanes.mul_add(value, weight, sum);
                        }
                    }
                    let at = block * to.plane + to.pixel_at(y, self.output_first) + x * L::LANES;
                    let sum = lanes.min(high, lanes.max(low, sum));
                    L::vectors_mut(&mut self.output[at..at + L::LANES])[0] = sum;
                }
            }
        }
    }
}

/// Where the window's row `k` begins in a block of its map, for row `y` of the output.
#[inline(always)]
pub(super) fn under(window: &Window, map: &Map, y: usize, k: usize) -> usize {
    let row = (y * window.stride[0] + k * window.dilation[0]) as isize;
    map.row_at(row - window.pad.top as isize) + (map.rim.left - window.pad.left) * map.pixel
}

/// How many pixels at once leave the fewest to be done twice. Sums, inputs of a row and a weight share the registers.
pub(super) fn strip_len(width: usize, most: usize) -> usize {
    let work = |len: &usize| (width.div_ceil(*len) * len, 8 - len);
    let fits = |len: &usize| *len <= most && *len <= width;
    let lens = [8, 7, 4, 1].into_iter();
    lens.filter(fits).min_by_key(work).unwrap_or(1)
}

/// A row in strips of `T` pixels; the last one overlaps.
#[inline(always)]
fn strips<L: Lanes, const K: usize, const S: usize, const T: usize>(row: &mut Row<'_, L, K>) {
    let width = row.output.len();
    let mut x = 0;
    while x + T <= width {
        strip::<L, K, S, T>(row, x);
        x += T;
    }
    if x < width && width >= T {
        strip::<L, K, S, T>(row, width - T);
    }
}

#[inline(always)]
fn strip<L: Lanes, const K: usize, const S: usize, const T: usize>(
    row: &mut Row<'_, L, K>,
    x: usize,
) {
    let lanes = row.lanes;
    let weights = &row.weights[..K * K];
    let mut sums = [row.bias; T];
    for k in 0..K {
        let input = &row.input[k][x * S..x * S + (T - 1) * S + K];
        for column in 0..K {
            let weight = weights[k * K + column];
            for t in 0..T {
                sums[t] = lanes.mul_add(input[t * S + column], weight, sums[t]);
            }
        }
    }
    let output = &mut row.output[x..x + T];
    for t in 0..T {
        output[t] = lanes.min(row.high, lanes.max(row.low, sums[t]));
    }
}
