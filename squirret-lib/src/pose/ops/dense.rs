//! Convolutions of all channels as a product of matrices: pixels × inputs by inputs × outputs.
//!
//! Weights lie in the order in which a tile reads them; inputs are read where they are.

use super::lanes::{Kernel, Lanes};
use super::layout::{Buffer, Map};
use super::net::{Clip, Conv, Window};
use super::tile::{ANY, CLOSE, Pass, Run, STEM, Segment, sweep_panel};
use std::ops::Range;

/// Inputs that a tile takes before the next tile does the same: the weights of three vectors of eight outputs then fill
/// three quarters of a 32 KiB cache.
const MAX_DEPTH: usize = 256;

/// A convolution of all channels with its weights in the order of use.
#[derive(Debug)]
pub(super) struct Dense {
    panels: Vec<Panel>,
    segments: Vec<Segment>,
    chunks: Vec<Chunk>,
    weights: Buffer,
    bias: Buffer,
    /// Inputs of an output.
    depth: usize,
}

/// Outputs that a tile computes at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    /// First block of outputs.
    pub(super) block: usize,
    /// How many blocks.
    pub(super) vectors: usize,
}

/// Segments that a tile takes in one go, and where their weights begin.
#[derive(Clone, Debug)]
struct Chunk {
    segments: Range<usize>,
    inputs: Range<usize>,
}

impl Dense {
    /// For an input in the layout of `map`; `most` vectors of outputs make a tile.
    pub(super) fn new(conv: &Conv, map: &Map, lanes: usize, most: usize) -> Self {
        let (segments, taps) = segments(conv, map);
        let blocks = conv.outputs.div_ceil(lanes);
        let panels = panels(blocks, most);
        let mut weights = Vec::with_capacity(taps.len() * blocks * lanes);
        for panel in &panels {
            for &[input, row, column] in &taps {
                for lane in 0..panel.vectors * lanes {
                    let output = panel.block * lanes + lane;
                    weights.push(if output < conv.outputs {
                        conv.weight(output, input, row, column)
                    } else {
                        0.0
                    });
                }
            }
        }
        Self {
            panels,
            chunks: chunks(&segments),
            segments,
            depth: taps.len(),
            weights: Buffer::from(&weights, weights.len()),
            bias: Buffer::from(&conv.bias, blocks * lanes),
        }
    }
}

/// The runs of inputs that lie side by side, and input, row and column of each one.
fn segments(conv: &Conv, map: &Map) -> (Vec<Segment>, Vec<[usize; 3]>) {
    let [rows, columns] = conv.window.size;
    let [down, right] = conv.window.dilation;
    let mut segments = Vec::new();
    let mut taps = Vec::new();
    let mut push =
        |block: usize, row: usize, column: usize, inputs: Range<usize>, columns: usize| {
            let len = inputs.len() * columns;
            let delta = block * map.plane + row * down * map.row + column * right * map.pixel;
            segments.push(Segment { delta, len });
            for column in column..column + columns {
                taps.extend(inputs.clone().map(|input| [input, row, column]));
            }
        };
    let side_by_side = map.pixel == conv.inputs && right == 1;
    for block in 0..map.blocks {
        let inputs = block * map.lanes..((block + 1) * map.lanes).min(conv.inputs);
        for row in 0..rows {
            if side_by_side && map.blocks == 1 {
                push(block, row, 0, inputs.clone(), columns);
                continue;
            }
            for column in 0..columns {
                push(block, row, column, inputs.clone(), 1);
            }
        }
    }
    (segments, taps)
}

/// As many as possible at once, so that no single one remains.
pub(super) fn panels(blocks: usize, most: usize) -> Vec<Panel> {
    let mut panels = Vec::new();
    let mut block = 0;
    while block < blocks {
        let vectors = match blocks - block {
            3 => 3,
            4 => 2,
            left => left.min(most),
        };
        panels.push(Panel { block, vectors });
        block += vectors;
    }
    panels
}

/// Parts of about equal depth, none beyond the limit unless a segment is.
fn chunks(segments: &[Segment]) -> Vec<Chunk> {
    let depth: usize = segments.iter().map(|s| s.len).sum();
    let target = depth.div_ceil(depth.div_ceil(MAX_DEPTH).max(1));
    let mut chunks: Vec<Chunk> = Vec::new();
    let (mut first, mut start, mut end) = (0, 0, 0);
    for (i, segment) in segments.iter().enumerate() {
        if end > start && end + segment.len - start > target {
            chunks.push(Chunk {
                segments: first..i,
                inputs: start..end,
            });
            (first, start) = (i, end);
        }
        end += segment.len;
    }
    chunks.push(Chunk {
        segments: first..segments.len(),
        inputs: start..end,
    });
    chunks
}

/// Some rows of a convolution's output.
pub(super) struct DenseRows<'a, D> {
    pub(super) dense: &'a D,
    pub(super) window: &'a Window,
    pub(super) input: &'a [f32],
    pub(super) input_map: &'a Map,
    /// Oldest row of the input, when it is a band.
    pub(super) input_first: usize,
    pub(super) output: &'a mut [f32],
    pub(super) output_map: &'a Map,
    /// A map that is added.
    pub(super) residual: Option<(&'a [f32], &'a Map)>,
    /// Before the addition, and after.
    pub(super) clips: [Clip; 2],
    /// Of the output; they lie one after the other.
    pub(super) rows: Range<usize>,
    /// Oldest row of the output, when it is a band.
    pub(super) output_first: usize,
}

impl Kernel for DenseRows<'_, Dense> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let dense = self.dense;
        let step = self.window.stride[1] * self.input_map.pixel;
        if L::PLAIN {
            self.panels::<L, ANY>(lanes, step);
        } else if step == L::LANES {
            self.panels::<L, CLOSE>(lanes, step);
        } else if step == 6 && dense.segments.iter().all(|segment| segment.len == 9) {
            self.panels::<L, STEM>(lanes, step);
        } else {
            self.panels::<L, ANY>(lanes, step);
        }
    }
}

impl DenseRows<'_, Dense> {
    #[inline(always)]
    fn panels<L: Lanes, const HOW: u8>(&mut self, lanes: L, step: usize) {
        let dense = self.dense;
        let weights = L::vectors(dense.weights.as_slice());
        let bias = L::vectors(dense.bias.as_slice());
        let mut begin = 0;
        for panel in &dense.panels {
            let end = begin + dense.depth * panel.vectors;
            let panel_weights = &weights[begin..end];
            begin = end;
            for (i, chunk) in dense.chunks.iter().enumerate() {
                let segments = &dense.segments[chunk.segments.clone()];
                let pass = Pass {
                    lanes,
                    input: self.input,
                    segments,
                    whole: segments.partition_point(|segment| segment.len == L::LANES),
                    weights: &panel_weights
                        [chunk.inputs.start * panel.vectors..chunk.inputs.end * panel.vectors],
                    bias: &bias[panel.block..panel.block + panel.vectors],
                    step,
                    output_map: self.output_map,
                    residual: self.residual,
                    block: panel.block,
                    is_first: i == 0,
                    is_last: i + 1 == dense.chunks.len(),
                    clips: self.clips,
                };
                self.pass::<L, HOW>(&pass, panel.vectors);
            }
        }
    }

    #[inline(always)]
    fn pass<L: Lanes, const HOW: u8>(&mut self, pass: &Pass<'_, L>, vectors: usize) {
        let rows_a_run = self.rows_a_run();
        let mut y = self.rows.start;
        while y < self.rows.end {
            let run = self.run_at(y, rows_a_run);
            match vectors {
                3 => sweep_panel::<L, 3, HOW>(pass, self.output, &run),
                2 => sweep_panel::<L, 2, HOW>(pass, self.output, &run),
                _ => sweep_panel::<L, 1, HOW>(pass, self.output, &run),
            }
            y += rows_a_run;
        }
    }
}

impl<D> DenseRows<'_, D> {
    /// How many rows follow each other at one distance of pixels.
    #[inline(always)]
    pub(super) fn rows_a_run(&self) -> usize {
        let whole = self.input_map.is_flat() && self.window.is_pointwise();
        if whole { self.rows.len() } else { 1 }
    }

    /// Where `rows` rows from `y` on lie.
    #[inline(always)]
    pub(super) fn run_at(&self, y: usize, rows: usize) -> Run {
        let width = self.output_map.shape.width;
        Run {
            pixels: rows * width,
            width,
            input: self.input_at(y),
            output: self.output_map.pixel_at(y, self.output_first),
            residual: match self.residual {
                Some((_, map)) => map.pixel_at(y, 0),
                None => 0,
            },
        }
    }

    /// The window's first pixel for the first pixel of row `y` of the output.
    #[inline(always)]
    fn input_at(&self, y: usize) -> usize {
        let (map, window) = (self.input_map, self.window);
        if window.is_pointwise() {
            return map.pixel_at(y, self.input_first);
        }
        let top = (y * window.stride[0]) as isize - window.pad.top as isize;
        map.row_at(top) + (map.rim.left - window.pad.left) * map.pixel
    }
}
