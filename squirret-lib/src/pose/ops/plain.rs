//! The operations that are no convolutions, on whole maps.

use super::lanes::{Kernel, Lanes};
use super::layout::Map;
use super::net::{Clip, DepthToSpace, Order, Resize, Window};

/// Rows of two maps added and clipped.
pub(super) struct AddMaps<'a> {
    pub(super) a: (&'a [f32], &'a Map),
    pub(super) b: (&'a [f32], &'a Map),
    pub(super) output: &'a mut [f32],
    pub(super) map: &'a Map,
    pub(super) clip: Clip,
}

impl Kernel for AddMaps<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (low, high) = (lanes.splat(self.clip.low), lanes.splat(self.clip.high));
        for block in 0..self.map.blocks {
            for y in 0..self.map.shape.height {
                let a = L::vectors(row(self.a, block, y));
                let b = L::vectors(row(self.b, block, y));
                let output = L::vectors_mut(row_mut((&mut *self.output, self.map), block, y));
                for ((output, a), b) in output.iter_mut().zip(a).zip(b) {
                    *output = lanes.min(high, lanes.max(low, lanes.add(*a, *b)));
                }
            }
        }
    }
}

/// A map clipped.
pub(super) struct ClipMap<'a> {
    pub(super) input: (&'a [f32], &'a Map),
    pub(super) output: &'a mut [f32],
    pub(super) map: &'a Map,
    pub(super) clip: Clip,
}

impl Kernel for ClipMap<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (low, high) = (lanes.splat(self.clip.low), lanes.splat(self.clip.high));
        for block in 0..self.map.blocks {
            for y in 0..self.map.shape.height {
                let input = L::vectors(row(self.input, block, y));
                let output = L::vectors_mut(row_mut((&mut *self.output, self.map), block, y));
                for (output, input) in output.iter_mut().zip(input) {
                    *output = lanes.min(high, lanes.max(low, *input));
                }
            }
        }
    }
}

/// A bilinear resize, clipped.
pub(super) struct ResizeMap<'a> {
    pub(super) resize: &'a Resize,
    pub(super) input: (&'a [f32], &'a Map),
    pub(super) output: &'a mut [f32],
    pub(super) map: &'a Map,
    pub(super) clip: Clip,
}

impl Kernel for ResizeMap<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (low, high) = (lanes.splat(self.clip.low), lanes.splat(self.clip.high));
        for block in 0..self.map.blocks {
            for (y, at) in self.resize.rows.iter().enumerate() {
                let above = L::vectors(row(self.input, block, at.first));
                let below = L::vectors(row(self.input, block, at.second));
                let up = lanes.splat(1.0 - at.share);
                let down = lanes.splat(at.share);
                let output = L::vectors_mut(row_mut((&mut *self.output, self.map), block, y));
                for (output, at) in output.iter_mut().zip(&self.resize.columns) {
                    let (left, right) = (lanes.splat(1.0 - at.share), lanes.splat(at.share));
                    let first =
                        lanes.mul_add(below[at.first], down, lanes.mul(above[at.first], up));
                    let second =
                        lanes.mul_add(below[at.second], down, lanes.mul(above[at.second], up));
                    let sum = lanes.mul_add(second, right, lanes.mul(first, left));
                    *output = lanes.min(high, lanes.max(low, sum));
                }
            }
        }
    }
}

/// The greatest of each window; what lies beyond the map does not count.
pub(super) struct PoolMap<'a> {
    pub(super) window: &'a Window,
    pub(super) input: (&'a [f32], &'a Map),
    pub(super) output: &'a mut [f32],
    pub(super) map: &'a Map,
}

impl Kernel for PoolMap<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Window {
            size,
            stride,
            dilation,
            pad,
        } = *self.window;
        let shape = self.input.1.shape;
        for block in 0..self.map.blocks {
            for y in 0..self.map.shape.height {
                for x in 0..self.map.shape.width {
                    let mut best = lanes.splat(f32::NEG_INFINITY);
                    for k in 0..size[0] {
                        let y = (y * stride[0] + k * dilation[0]).wrapping_sub(pad.top);
                        if y >= shape.height {
                            continue;
                        }
                        let input = L::vectors(row(self.input, block, y));
                        for k in 0..size[1] {
                            let x = (x * stride[1] + k * dilation[1]).wrapping_sub(pad.left);
                            if x < shape.width {
                                best = lanes.max(best, input[x]);
                            }
                        }
                    }
                    let output = row_mut((&mut *self.output, self.map), block, y);
                    L::vectors_mut(output)[x] = best;
                }
            }
        }
    }
}

/// Row `y` of a block, without its rim.
#[inline(always)]
fn row<'a>((floats, map): (&'a [f32], &Map), block: usize, y: usize) -> &'a [f32] {
    let at = block * map.plane + map.pixel_at(y, 0);
    &floats[at..at + map.shape.width * map.pixel]
}

#[inline(always)]
fn row_mut<'a>((floats, map): (&'a mut [f32], &Map), block: usize, y: usize) -> &'a mut [f32] {
    let at = block * map.plane + map.pixel_at(y, 0);
    &mut floats[at..at + map.shape.width * map.pixel]
}

/// Copies a map to where another one's pixel `(top, left)` lies.
pub(super) fn copy(input: (&[f32], &Map), output: &mut [f32], map: &Map, top: usize, left: usize) {
    for block in 0..map.blocks {
        for y in 0..input.1.shape.height {
            let from = row(input, block, y);
            let to = row_mut((&mut *output, map), block, top + y);
            to[left * map.pixel..][..from.len()].copy_from_slice(from);
        }
    }
}

/// Channels become blocks of pixels.
pub(super) fn depth_to_space(
    input: (&[f32], &Map),
    output: &mut [f32],
    map: &Map,
    how: DepthToSpace,
) {
    let (side, channels, lanes) = (how.block, map.shape.channels, map.lanes);
    for channel in 0..channels {
        for part in 0..side * side {
            let source = if how.depth_first {
                part * channels + channel
            } else {
                channel * side * side + part
            };
            // Whole vectors at once where channels stay in their lanes.
            let together = how.depth_first && channels % lanes == 0;
            if together && channel % lanes != 0 {
                continue;
            }
            let run = if together { lanes } else { 1 };
            for y in 0..input.1.shape.height {
                let from = &row(input, source / lanes, y)[source % lanes..];
                let to = row_mut((&mut *output, map), channel / lanes, y * side + part / side);
                let to = &mut to[part % side * lanes + channel % lanes..];
                let pixels = from.chunks(lanes).zip(to.chunks_mut(side * lanes));
                for (from, to) in pixels {
                    to[..run].copy_from_slice(&from[..run]);
                }
            }
        }
    }
}

/// From the engine's tensor of one picture into a map.
pub(super) fn import(tensor: &[f32], order: Order, output: &mut [f32], map: &Map) {
    let (channels, width) = (map.shape.channels, map.shape.width);
    for y in 0..map.shape.height {
        if map.pixel == channels && order == Order::ChannelsLast {
            let len = width * channels;
            row_mut((&mut *output, map), 0, y).copy_from_slice(&tensor[y * len..(y + 1) * len]);
            continue;
        }
        for channel in 0..channels {
            let to = row_mut((&mut *output, map), channel / map.lanes, y);
            let (start, step) = strides(map, order, channel, y);
            let from = tensor[start..].iter().step_by(step);
            let to = to.iter_mut().skip(channel % map.lanes).step_by(map.pixel);
            to.zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}

/// From a map into the engine's tensor of one picture.
pub(super) fn export(input: (&[f32], &Map), order: Order, tensor: &mut [f32]) {
    let map = input.1;
    for y in 0..map.shape.height {
        for channel in 0..map.shape.channels {
            let from = row(input, channel / map.lanes, y);
            let (start, step) = strides(map, order, channel, y);
            let to = tensor[start..].iter_mut().step_by(step);
            let from = from.iter().skip(channel % map.lanes).step_by(map.pixel);
            to.zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}

/// Where a channel's row begins in the tensor, and from a pixel to the next.
fn strides(map: &Map, order: Order, channel: usize, y: usize) -> (usize, usize) {
    let (channels, height, width) = (map.shape.channels, map.shape.height, map.shape.width);
    match order {
        Order::ChannelsFirst => ((channel * height + y) * width, 1),
        Order::ChannelsLast => (y * width * channels + channel, channels),
    }
}
