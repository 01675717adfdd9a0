//! Weights of a convolution of all channels, two inputs a word, in the order in which a tile reads them.

use super::super::dense::{Panel, panels};
use super::super::layout::{Buffer, Map};
use super::super::net::Conv;
use super::super::tile::Segment;
use super::{WORDS, pair};

/// Floats of a vector.
const LANES: usize = 16;

/// A convolution of all channels that reads a packed map.
#[derive(Debug)]
pub(in super::super) struct PairedDense {
    pub(super) panels: Vec<Panel>,
    /// In words, those as long as a packed pixel first.
    pub(super) segments: Vec<Segment>,
    /// How many of them are as long as a packed pixel.
    pub(super) whole: usize,
    /// For each panel and each word of the inputs, the pairs of all its outputs.
    pub(super) weights: Buffer,
    pub(super) bias: Buffer,
    /// Words of an output.
    pub(super) depth: usize,
}

impl PairedDense {
    /// For an input in the layout of `map`; `most` vectors of outputs make a tile.
    pub(in super::super) fn new(conv: &Conv, map: &Map, most: usize) -> Self {
        let (segments, taps) = segments(conv, map);
        let blocks = conv.outputs.div_ceil(LANES);
        let panels = panels(blocks, most);
        let weight = |output: usize, [input, row, column]: [usize; 3]| {
            if output < conv.outputs && input < conv.inputs {
                conv.weight(output, input, row, column)
            } else {
                0.0
            }
        };
        let mut weights = Vec::with_capacity(taps.len() * blocks * LANES);
        for panel in &panels {
            let outputs = panel.block * LANES..(panel.block + panel.vectors) * LANES;
            for &[input, row, column] in &taps {
                let pairs = outputs.clone().map(|output| {
                    let [even, odd] =
                        [input, input + 1].map(|input| weight(output, [input, row, column]));
                    pair(even, odd)
                });
                weights.extend(pairs);
            }
        }
        Self {
            panels,
            whole: segments.partition_point(|segment| segment.len == WORDS),
            depth: taps.len(),
            segments,
            weights: Buffer::from(&weights, weights.len()),
            bias: Buffer::from(&conv.bias, blocks * LANES),
        }
    }
}

/// The runs of words that lie side by side, and of each word its even input, row and column.
fn segments(conv: &Conv, map: &Map) -> (Vec<Segment>, Vec<[usize; 3]>) {
    let [rows, columns] = conv.window.size;
    let [down, right] = conv.window.dilation;
    let mut segments = Vec::new();
    let mut taps = Vec::new();
    for block in 0..map.blocks {
        let inputs = (conv.inputs - block * LANES).min(LANES);
        let len = inputs.div_ceil(2).min(WORDS);
        for row in 0..rows {
            for column in 0..columns {
                let delta = block * map.plane + row * down * map.row + column * right * map.pixel;
                segments.push(Segment { delta, len });
                taps.extend((0..len).map(|word| [block * LANES + word * 2, row, column]));
            }
        }
    }
    (segments, taps)
}
