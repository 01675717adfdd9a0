//! Rounding of weights, and what it does to the mean.
//!
//! To round a weight moves its output by the error times the input, and that is much the same for every picture: inputs
//! behind a ReLU are positive, and each channel has a mean of its own. So the mean of what rounding does is taken from
//! the bias. The channels' means come from one run in 32 bits on a picture that is made up; a real one gives hardly
//! better ones.

use super::super::compile::compile;
use super::super::lanes::Path;
use super::super::net::{Between, Conv, Kind, Net, Order, Port, ValueId};
use super::{is_paired, pair, unpair};

/// Side of the grid of random colours that the made-up picture is interpolated from.
const GRID: usize = 8;

/// Rounds the weights of all convolutions that run on 16-bit floats, and corrects their biases.
pub(in super::super) fn round_weights(net: &mut Net, path: Path) {
    let is_paired = |net: &Net, at: usize| match &net.nodes[at].kind {
        Kind::Conv(conv) => is_paired(conv, net.values[net.nodes[at].output]),
        _ => false,
    };
    let paired: Vec<usize> = (0..net.nodes.len())
        .filter(|at| is_paired(net, *at))
        .collect();
    if paired.is_empty() {
        return;
    }
    let mut inputs: Vec<ValueId> = paired.iter().map(|at| net.nodes[*at].inputs[0]).collect();
    inputs.sort_unstable();
    inputs.dedup();
    let means = channel_means(net, &inputs, path);
    for at in paired {
        let node = &mut net.nodes[at];
        let Kind::Conv(conv) = &mut node.kind else {
            continue;
        };
        if let Ok(index) = inputs.binary_search(&node.inputs[0]) {
            round(conv, &means[index]);
        }
    }
}

fn round(conv: &mut Conv, means: &[f32]) {
    let each = conv.weights.len() / conv.outputs;
    let taps = each / conv.inputs;
    for (weights, bias) in conv.weights.chunks_mut(each).zip(&mut conv.bias) {
        let mut moved = 0.0;
        for (weights, mean) in weights.chunks_mut(taps).zip(means) {
            for weight in weights {
                let [rounded, _] = unpair(pair(*weight, 0.0));
                moved += (*weight - rounded) * mean;
                *weight = rounded;
            }
        }
        if moved.is_finite() {
            *bias += moved;
        }
    }
}

/// The mean of each channel of some values.
fn channel_means(net: &Net, values: &[ValueId], path: Path) -> Vec<Vec<f32>> {
    let mut net = net.clone();
    let port = |value: &ValueId| Port {
        value: *value,
        order: Order::ChannelsFirst,
    };
    net.outputs = values.iter().map(port).collect();
    net.inputs
        .iter_mut()
        .for_each(|port| port.order = Order::ChannelsFirst);
    let shapes = net.values.clone();
    let pictures: Vec<Vec<f32>> = net
        .inputs
        .iter()
        .map(|port| {
            let shape = shapes[port.value];
            picture(shape.channels, shape.height, shape.width)
        })
        .collect();
    let program = compile(net, path.with_32_bits());
    let mut memory = program.memory();
    for (index, picture) in pictures.iter().enumerate() {
        program.import(&mut memory, index, picture);
    }
    program.compute(&mut memory);
    let mut means = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let shape = shapes[*value];
        let pixels = shape.height * shape.width;
        let mut floats = vec![0.0; shape.channels * pixels];
        program.export(&memory, index, &mut floats);
        let mean = |channel: &[f32]| channel.iter().sum::<f32>() / pixels as f32;
        means.push(floats.chunks(pixels).map(mean).collect());
    }
    means
}

/// Soft blots of colour between 0 and 1, the same each time, channels first.
fn picture(channels: usize, height: usize, width: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let rows = Between::half_pixel(GRID, height, height as f32 / GRID as f32);
    let columns = Between::half_pixel(GRID, width, width as f32 / GRID as f32);
    let mut floats = Vec::with_capacity(channels * height * width);
    for _ in 0..channels {
        let grid: [[f32; GRID]; GRID] = std::array::from_fn(|_| std::array::from_fn(|_| random()));
        for row in &rows {
            floats.extend(columns.iter().map(|column| {
                let line = |y: usize| {
                    grid[y][column.first] * (1.0 - column.share)
                        + grid[y][column.second] * column.share
                };
                line(row.first) * (1.0 - row.share) + line(row.second) * row.share
            }));
        }
    }
    floats
}
