//! AVX-512 BF16: `vdpbf16ps` adds the products of 16 pairs to 16 sums.

mod depthwise;
mod tile;
mod vector;

use super::super::dense::DenseRows;
use super::{PackMap, PairedDense, Work};
use std::arch::x86_64::*;
use tile::{Pass, sweep_panel};
use vector::{LANES, load, store_packed};

/// Proof that this machine has the instructions.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx512Bf16(());

impl Avx512Bf16 {
    /// `None` when this machine lacks the instructions.
    pub(in super::super) fn try_new() -> Option<Self> {
        let is_there = std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx512vl")
            && std::is_x86_feature_detected!("avx512dq")
            && std::is_x86_feature_detected!("avx512bf16");
        is_there.then_some(Self(()))
    }

    #[expect(
        unsafe_code,
        reason = "no other way leads into a function that needs instructions which not every machine has"
    )]
    pub(super) fn run(self, work: &mut Work<'_>) {
        // SAFETY: `run` is safe but for the instructions that it needs. `self` can only come from `try_new`, which
        // found all of them on this machine.
        unsafe { run(work) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn run(work: &mut Work<'_>) {
    match work {
        Work::Dense(rows) => dense(rows),
        Work::Depthwise(rows) => depthwise::depthwise(rows),
        Work::Pack(map) => pack(map),
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn dense(rows: &mut DenseRows<'_, PairedDense>) {
    let dense = rows.dense;
    let weights = dense.weights.as_slice().as_chunks().0;
    let bias = dense.bias.as_slice().as_chunks().0;
    let many = rows.rows_a_run();
    let mut begin = 0;
    for panel in &dense.panels {
        let end = begin + dense.depth * panel.vectors;
        let pass = Pass {
            input: rows.input,
            segments: &dense.segments,
            whole: dense.whole,
            weights: &weights[begin..end],
            bias: &bias[panel.block..panel.block + panel.vectors],
            step: rows.window.stride[1] * rows.input_map.pixel,
            output_map: rows.output_map,
            residual: rows.residual,
            block: panel.block,
            clips: rows.clips,
        };
        begin = end;
        let mut y = rows.rows.start;
        while y < rows.rows.end {
            let run = rows.run_at(y, many);
            match panel.vectors {
                3 => sweep_panel::<3>(&pass, rows.output, &run),
                2 => sweep_panel::<2>(&pass, rows.output, &run),
                _ => sweep_panel::<1>(&pass, rows.output, &run),
            }
            y += many;
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn pack(pack: &mut PackMap<'_>) {
    let ((floats, from), map) = (pack.input, pack.map);
    let width = map.shape.width;
    for block in 0..map.blocks {
        let lanes = u16::MAX >> (LANES - pack.channels(block));
        for y in 0..map.shape.height {
            let at = block * from.plane + from.pixel_at(y, 0);
            let input = floats[at..at + width * from.pixel].as_chunks().0;
            let at = block * map.plane + map.pixel_at(y, 0);
            let output = &mut pack.output[at..at + width * map.pixel];
            for (to, from) in output.as_chunks_mut().0.iter_mut().zip(input) {
                store_packed(to, _mm512_maskz_mov_ps(lanes, load(from)));
            }
        }
    }
}
