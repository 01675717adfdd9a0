//! What the instructions of AVX-512 BF16 compute, in plain code: the same rounding, the same layouts.

use super::super::dense::DenseRows;
use super::super::depthwise::{DepthwiseRows, under};
use super::super::layout::Map;
use super::super::net::Clip;
use super::{PackMap, PairedDense, Work, pair, unpair};

/// Floats of a vector.
const LANES: usize = 16;

type Vector = [f32; LANES];

pub(super) fn run(work: &mut Work<'_>) {
    match work {
        Work::Dense(rows) => dense(rows),
        Work::Depthwise(rows) => depthwise(rows),
        Work::Pack(map) => pack(map),
    }
}

fn dense(rows: &mut DenseRows<'_, PairedDense>) {
    let dense = rows.dense;
    let step = rows.window.stride[1] * rows.input_map.pixel;
    let (bias, _) = dense.bias.as_slice().as_chunks::<LANES>();
    let mut weights = dense.weights.as_slice().as_chunks::<LANES>().0;
    for panel in &dense.panels {
        let (now, later) = weights.split_at(dense.depth * panel.vectors);
        weights = later;
        let mut y = rows.rows.start;
        while y < rows.rows.end {
            let run = rows.run_at(y, 1);
            for x in 0..run.width {
                for vector in 0..panel.vectors {
                    let block = panel.block + vector;
                    let of_vector = now.iter().skip(vector).step_by(panel.vectors);
                    let mut sums = bias[block];
                    dot(&mut sums, rows, run.input + x * step, of_vector);
                    clip(&mut sums, rows.clips[0]);
                    if let Some((residual, map)) = rows.residual {
                        let at = run.residual + x * map.pixel + block * map.plane;
                        let other = load(residual, map, at);
                        sums.iter_mut().zip(other).for_each(|(a, b)| *a += b);
                        clip(&mut sums, rows.clips[1]);
                    }
                    let map = rows.output_map;
                    let at = run.output + x * map.pixel + block * map.plane;
                    store(rows.output, map, at, &sums);
                }
            }
            y += 1;
        }
    }
}

/// Adds a pixel's inputs times their weights. The product of two 16-bit floats is exact in 32 bits; each of the two
/// additions rounds.
fn dot<'a>(
    sums: &mut Vector,
    rows: &DenseRows<'_, PairedDense>,
    at: usize,
    mut weights: impl Iterator<Item = &'a Vector>,
) {
    for segment in &rows.dense.segments {
        for word in &rows.input[at + segment.delta..][..segment.len] {
            let [even, odd] = unpair(*word);
            let Some(weights) = weights.next() else {
                return;
            };
            for (sum, weight) in sums.iter_mut().zip(weights) {
                let [even_weight, odd_weight] = unpair(*weight);
                *sum += odd * odd_weight;
                *sum += even * even_weight;
            }
        }
    }
}

fn depthwise(rows: &mut DepthwiseRows<'_>) {
    let (from, to) = (rows.input_map, rows.output_map);
    let window = rows.depthwise.window;
    let taps = window.size[0] * window.size[1];
    let (weights, _) = rows.depthwise.weights.as_slice().as_chunks::<LANES>();
    let (bias, _) = rows.depthwise.bias.as_slice().as_chunks::<LANES>();
    for block in 0..to.blocks {
        for y in rows.rows.clone() {
            for x in 0..to.shape.width {
                let mut sums = bias[block];
                for tap in 0..taps {
                    let (row, column) = (tap / window.size[1], tap % window.size[1]);
                    let column = x * window.stride[1] + column * window.dilation[1];
                    let at = block * from.plane + under(&window, from, y, row) + column * LANES;
                    let input = load(rows.input, from, at);
                    let weight = weights[block * taps + tap];
                    for lane in 0..LANES {
                        sums[lane] += input[lane] * weight[lane];
                    }
                }
                clip(&mut sums, rows.clip);
                let at = block * to.plane + to.pixel_at(y, rows.output_first) + x * to.pixel;
                store(rows.output, to, at, &sums);
            }
        }
    }
}

fn pack(pack: &mut PackMap<'_>) {
    let ((floats, from), map) = (pack.input, pack.map);
    for block in 0..map.blocks {
        let channels = pack.channels(block);
        for y in 0..map.shape.height {
            for x in 0..map.shape.width {
                let at = block * from.plane + from.pixel_at(y, 0) + x * from.pixel;
                let mut vector = load(floats, from, at);
                vector[channels..].fill(0.0);
                let at = block * map.plane + map.pixel_at(y, 0) + x * map.pixel;
                store(pack.output, map, at, &vector);
            }
        }
    }
}

fn clip(sums: &mut Vector, bounds: Clip) {
    for sum in sums {
        // What is no number stays so.
        *sum = if bounds.low > *sum { bounds.low } else { *sum };
        *sum = if bounds.high < *sum {
            bounds.high
        } else {
            *sum
        };
    }
}

fn load(floats: &[f32], map: &Map, at: usize) -> Vector {
    if map.is_packed() {
        std::array::from_fn(|lane| unpair(floats[at + lane / 2])[lane % 2])
    } else {
        std::array::from_fn(|lane| floats[at + lane])
    }
}

fn store(floats: &mut [f32], map: &Map, at: usize, vector: &Vector) {
    if !map.is_packed() {
        floats[at..at + LANES].copy_from_slice(vector);
        return;
    }
    let words = &mut floats[at..at + LANES / 2];
    for (word, [even, odd]) in words.iter_mut().zip(vector.as_chunks().0) {
        *word = pair(*even, *odd);
    }
}
