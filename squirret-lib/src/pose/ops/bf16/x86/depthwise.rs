//! Convolutions of each channel by itself, from 32-bit floats to packed maps.

#![expect(
    clippy::needless_range_loop,
    reason = "closures are not compiled for the vector instructions"
)]

use super::super::super::depthwise::{DepthwiseRows, strip_len, under};
use super::super::WORDS;
use super::vector::{Floats, LANES, Packed, load, store_packed};
use std::arch::x86_64::*;

/// A row of a block: the rows under the window, the weights, and what becomes of it.
struct Row<'a, const K: usize> {
    input: [&'a [Floats]; K],
    weights: &'a [Floats],
    bias: __m512,
    low: __m512,
    high: __m512,
    output: &'a mut [Packed],
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn depthwise(rows: &mut DepthwiseRows<'_>) {
    let window = rows.depthwise.window;
    match (window.size, window.stride, window.dilation) {
        ([3, 3], [1, 1], [1, 1]) => square::<3, 1>(rows),
        ([3, 3], [2, 2], [1, 1]) => square::<3, 2>(rows),
        ([5, 5], [1, 1], [1, 1]) => square::<5, 1>(rows),
        ([5, 5], [2, 2], [1, 1]) => square::<5, 2>(rows),
        _ => any(rows),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn square<const K: usize, const S: usize>(rows: &mut DepthwiseRows<'_>) {
    let (from, to) = (rows.input_map, rows.output_map);
    let weights = rows.depthwise.weights.as_slice().as_chunks().0;
    let bias = rows.depthwise.bias.as_slice().as_chunks().0;
    let width = to.shape.width;
    let pixels = strip_len(width, 8);
    for block in 0..to.blocks {
        let plane = &rows.input[block * from.plane..(block + 1) * from.plane];
        let plane = plane.as_chunks().0;
        let output = &mut rows.output[block * to.plane..(block + 1) * to.plane];
        for y in rows.rows.clone() {
            let mut input: [&[Floats]; K] = [&[]; K];
            for k in 0..K {
                let at = under(&rows.depthwise.window, from, y, k) / LANES;
                input[k] = &plane[at..][..(width - 1) * S + K];
            }
            let at = to.pixel_at(y, rows.output_first);
            let mut row = Row {
                input,
                weights: &weights[block * K * K..(block + 1) * K * K],
                bias: load(&bias[block]),
                low: _mm512_set1_ps(rows.clip.low),
                high: _mm512_set1_ps(rows.clip.high),
                output: output[at..at + width * WORDS].as_chunks_mut().0,
            };
            match pixels {
                8 => strips::<K, S, 8>(&mut row),
                7 => strips::<K, S, 7>(&mut row),
                4 => strips::<K, S, 4>(&mut row),
                _ => strips::<K, S, 1>(&mut row),
            }
        }
    }
}

/// A row in strips of `T` pixels; the last one overlaps.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn strips<const K: usize, const S: usize, const T: usize>(row: &mut Row<'_, K>) {
    let width = row.output.len();
    let mut x = 0;
    while x + T <= width {
        strip::<K, S, T>(row, x);
        x += T;
    }
    if x < width && width >= T {
        strip::<K, S, T>(row, width - T);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn strip<const K: usize, const S: usize, const T: usize>(row: &mut Row<'_, K>, x: usize) {
    let weights = &row.weights[..K * K];
    let mut sums = [row.bias; T];
    for k in 0..K {
        let input = &row.input[k][x * S..x * S + (T - 1) * S + K];
        for column in 0..K {
            let weight = load(&weights[k * K + column]);
            for t in 0..T {
                sums[t] = _mm512_fmadd_ps(load(&input[t * S + column]), weight, sums[t]);
            }
        }
    }
    let output = &mut row.output[x..x + T];
    for t in 0..T {
        let sum = _mm512_min_ps(row.high, _mm512_max_ps(row.low, sums[t]));
        store_packed(&mut output[t], sum);
    }
}

/// Any window.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn any(rows: &mut DepthwiseRows<'_>) {
    let (from, to) = (rows.input_map, rows.output_map);
    let window = rows.depthwise.window;
    let [height, width] = window.size;
    let weights: &[Floats] = rows.depthwise.weights.as_slice().as_chunks().0;
    let bias: &[Floats] = rows.depthwise.bias.as_slice().as_chunks().0;
    let (low, high) = (
        _mm512_set1_ps(rows.clip.low),
        _mm512_set1_ps(rows.clip.high),
    );
    for block in 0..to.blocks {
        let plane = &rows.input[block * from.plane..(block + 1) * from.plane];
        let plane: &[Floats] = plane.as_chunks().0;
        for y in rows.rows.clone() {
            for x in 0..to.shape.width {
                let mut sum = load(&bias[block]);
                for row in 0..height {
                    let start = under(&window, from, y, row) / LANES + x * window.stride[1];
                    for column in 0..width {
                        let weight = load(&weights[(block * height + row) * width + column]);
                        let value = load(&plane[start + column * window.dilation[1]]);
                        sum = _mm512_fmadd_ps(value, weight, sum);
                    }
                }
                let sum = _mm512_min_ps(high, _mm512_max_ps(low, sum));
                let at = block * to.plane + to.pixel_at(y, rows.output_first) + x * to.pixel;
                store_packed(&mut rows.output[at..at + WORDS].as_chunks_mut().0[0], sum);
            }
        }
    }
}
