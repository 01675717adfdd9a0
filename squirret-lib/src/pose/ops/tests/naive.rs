//! The operations as their definitions read, channels first, one number at a time.

use super::super::bf16;
use super::super::layout::Shape;
use super::super::net::{Conv, Kind, Net, Window};

/// All values of a net, from its inputs.
pub(super) fn run(net: &Net, inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    run_with(net, inputs, false)
}

/// The same where convolutions on 16-bit floats round what they read.
pub(super) fn run_rounded(net: &Net, inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    run_with(net, inputs, true)
}

fn run_with(net: &Net, inputs: &[Vec<f32>], round: bool) -> Vec<Vec<f32>> {
    let mut values = vec![Vec::new(); net.values.len()];
    for (port, input) in net.inputs.iter().zip(inputs) {
        values[port.value].clone_from(input);
    }
    for node in &net.nodes {
        let shape = net.values[node.inputs[0]];
        let to = net.values[node.output];
        let mut floats = values[node.inputs[0]].clone();
        if let Kind::Conv(conv) = &node.kind
            && round
            && bf16::is_paired(conv, to)
        {
            floats
                .iter_mut()
                .for_each(|float| *float = bf16::unpair(bf16::pair(*float, 0.0))[0]);
        }
        let map = Map {
            shape,
            floats: &floats,
        };
        let result = each(to, |channel, y, x| match &node.kind {
            Kind::Conv(conv) => conv_at(&map, conv, channel, y, x),
            Kind::Add => {
                map.at(channel, y, x) + values[node.inputs[1]][index(shape, channel, y, x)]
            }
            Kind::Clip(clip) => {
                let value = map.at(channel, y, x);
                let value = if value < clip.low { clip.low } else { value };
                if value > clip.high { clip.high } else { value }
            }
            Kind::MaxPool(window) => pool_at(&map, window, channel, y, x),
            Kind::Resize(resize) => {
                let (row, column) = (resize.rows[y], resize.columns[x]);
                let line = |y: usize| {
                    map.at(channel, y, column.first) * (1.0 - column.share)
                        + map.at(channel, y, column.second) * column.share
                };
                line(row.first) * (1.0 - row.share) + line(row.second) * row.share
            }
            Kind::DepthToSpace(how) => {
                let part = y % how.block * how.block + x % how.block;
                let from = if how.depth_first {
                    part * to.channels + channel
                } else {
                    channel * how.block * how.block + part
                };
                map.at(from, y / how.block, x / how.block)
            }
            Kind::Pad(rim) => map.or_zero(
                channel,
                y as isize - rim.top as isize,
                x as isize - rim.left as isize,
            ),
        });
        values[node.output] = result;
    }
    values
}

struct Map<'a> {
    shape: Shape,
    floats: &'a [f32],
}

impl Map<'_> {
    fn at(&self, channel: usize, y: usize, x: usize) -> f32 {
        self.floats[index(self.shape, channel, y, x)]
    }

    fn or_zero(&self, channel: usize, y: isize, x: isize) -> f32 {
        let inside = (0..self.shape.height as isize).contains(&y)
            && (0..self.shape.width as isize).contains(&x);
        if inside {
            self.at(channel, y as usize, x as usize)
        } else {
            0.0
        }
    }
}

fn index(shape: Shape, channel: usize, y: usize, x: usize) -> usize {
    (channel * shape.height + y) * shape.width + x
}

fn each(shape: Shape, value: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
    let mut floats = Vec::new();
    for channel in 0..shape.channels {
        for y in 0..shape.height {
            floats.extend((0..shape.width).map(|x| value(channel, y, x)));
        }
    }
    floats
}

/// Place of a window's tap in the map.
fn tap(window: &Window, axis: usize, at: usize, k: usize) -> isize {
    let pad = [window.pad.top, window.pad.left][axis];
    (at * window.stride[axis] + k * window.dilation[axis]) as isize - pad as isize
}

fn conv_at(map: &Map<'_>, conv: &Conv, output: usize, y: usize, x: usize) -> f32 {
    let window = &conv.window;
    let mut sum = f64::from(conv.bias[output]);
    let inputs = if conv.depthwise { 1 } else { conv.inputs };
    for input in 0..inputs {
        let channel = if conv.depthwise { output } else { input };
        for row in 0..window.size[0] {
            for column in 0..window.size[1] {
                let value = map.or_zero(channel, tap(window, 0, y, row), tap(window, 1, x, column));
                sum += f64::from(value) * f64::from(conv.weight(output, input, row, column));
            }
        }
    }
    sum as f32
}

fn pool_at(map: &Map<'_>, window: &Window, channel: usize, y: usize, x: usize) -> f32 {
    let mut best = f32::NEG_INFINITY;
    for row in 0..window.size[0] {
        for column in 0..window.size[1] {
            let (y, x) = (tap(window, 0, y, row), tap(window, 1, x, column));
            let inside = (0..map.shape.height as isize).contains(&y)
                && (0..map.shape.width as isize).contains(&x);
            if inside {
                best = best.max(map.at(channel, y as usize, x as usize));
            }
        }
    }
    best
}
