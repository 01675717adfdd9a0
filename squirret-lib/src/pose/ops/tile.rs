//! Tiles of pixels and outputs that stay in registers while the inputs go by.

#![expect(
    clippy::needless_range_loop,
    reason = "iterators bring closures, which are not compiled for the vector instructions"
)]

use super::lanes::Lanes;
use super::layout::Map;
use super::net::Clip;

/// How the inputs of neighbouring pixels lie, known to the compiler so that it unrolls: one vector apart.
pub(super) const CLOSE: u8 = 0;
/// Three rows of 3 × 3 inputs side by side, six apart: the first convolution of a network of pictures.
pub(super) const STEM: u8 = 1;
/// Somehow.
pub(super) const ANY: u8 = 2;

/// Inputs that lie side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// From the window's first pixel.
    pub(super) delta: usize,
    pub(super) len: usize,
}

/// Pixels whose inputs follow each other at one distance.
pub(super) struct Run {
    pub(super) pixels: usize,
    /// Pixels of a row.
    pub(super) width: usize,
    /// Where the first pixel lies: input, output, residual.
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) residual: usize,
}

/// What stays the same for all tiles of a panel and a chunk.
pub(super) struct Pass<'a, L: Lanes> {
    pub(super) lanes: L,
    pub(super) input: &'a [f32],
    pub(super) segments: &'a [Segment],
    /// How many of them are as long as a vector; they come first.
    pub(super) whole: usize,
    pub(super) weights: &'a [L::V],
    pub(super) bias: &'a [L::V],
    /// From a pixel's inputs to the next one's.
    pub(super) step: usize,
    pub(super) output_map: &'a Map,
    pub(super) residual: Option<(&'a [f32], &'a Map)>,
    pub(super) block: usize,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    pub(super) clips: [Clip; 2],
}

/// Where a tile's pixels lie.
#[derive(Clone, Copy)]
struct Cursor {
    /// Pixels before it.
    done: usize,
    /// Column of its first pixel.
    column: usize,
    /// In input, output and residual.
    input: usize,
    output: usize,
    residual: usize,
}

/// All pixels of a run, in tiles of many pixels and then of few.
#[inline(always)]
pub(super) fn sweep_panel<L: Lanes, const N: usize, const HOW: u8>(
    pass: &Pass<'_, L>,
    output: &mut [f32],
    run: &Run,
) {
    let mut cursor = Cursor {
        done: 0,
        column: 0,
        input: run.input,
        output: run.output,
        residual: run.residual,
    };
    if HOW != ANY {
        if L::WIDE || N == 1 {
            sweep::<L, 8, N, HOW>(pass, output, run, &mut cursor);
        } else if N == 2 {
            sweep::<L, 6, N, HOW>(pass, output, run, &mut cursor);
        } else if N == 3 {
            sweep::<L, 3, N, HOW>(pass, output, run, &mut cursor);
            sweep::<L, 2, N, HOW>(pass, output, run, &mut cursor);
        }
    }
    if !L::PLAIN {
        sweep::<L, 4, N, HOW>(pass, output, run, &mut cursor);
    }
    sweep::<L, 1, N, HOW>(pass, output, run, &mut cursor);
}

#[inline(always)]
fn sweep<L: Lanes, const M: usize, const N: usize, const HOW: u8>(
    pass: &Pass<'_, L>,
    output: &mut [f32],
    run: &Run,
    cursor: &mut Cursor,
) {
    let gap = |map: &Map| map.row - run.width * map.pixel;
    let output_gap = gap(pass.output_map);
    let residual_gap = match pass.residual {
        Some((_, map)) => gap(map),
        None => 0,
    };
    while cursor.done + M <= run.pixels {
        let mut to = [0; M];
        let mut from = [0; M];
        for m in 0..M {
            to[m] = cursor.output;
            from[m] = cursor.residual;
            cursor.output += L::LANES;
            cursor.residual += L::LANES;
            cursor.column += 1;
            if cursor.column == run.width {
                cursor.column = 0;
                cursor.output += output_gap;
                cursor.residual += residual_gap;
            }
        }
        tile::<L, M, N, HOW>(pass, output, cursor.input, &to, &from);
        cursor.done += M;
        cursor.input += M * pass.step;
    }
}

#[inline(always)]
fn tile<L: Lanes, const M: usize, const N: usize, const HOW: u8>(
    pass: &Pass<'_, L>,
    output: &mut [f32],
    at: usize,
    to: &[usize; M],
    from: &[usize; M],
) {
    let lanes = pass.lanes;
    let plane = pass.output_map.plane;
    let mut sums = [[lanes.splat(0.0); N]; M];
    accumulate::<L, M, N, HOW>(pass, &mut sums, at);
    // What may be large comes last: each addition before it would lose what it rounds away at that size.
    for m in 0..M {
        for n in 0..N {
            let start = if pass.is_first {
                pass.bias[n]
            } else {
                load::<L>(output, to[m] + (pass.block + n) * plane)
            };
            sums[m][n] = lanes.add(sums[m][n], start);
        }
    }
    if pass.is_last {
        clip::<L, M, N>(lanes, &mut sums, pass.clips[0]);
        if let Some((residual, map)) = pass.residual {
            for m in 0..M {
                for n in 0..N {
                    let other = load::<L>(residual, from[m] + (pass.block + n) * map.plane);
                    sums[m][n] = lanes.add(sums[m][n], other);
                }
            }
            clip::<L, M, N>(lanes, &mut sums, pass.clips[1]);
        }
    }
    for m in 0..M {
        for n in 0..N {
            store::<L>(output, to[m] + (pass.block + n) * plane, sums[m][n]);
        }
    }
}

#[inline(always)]
fn accumulate<L: Lanes, const M: usize, const N: usize, const HOW: u8>(
    pass: &Pass<'_, L>,
    sums: &mut [[L::V; N]; M],
    at: usize,
) {
    let mut weights = pass.weights;
    let (whole, rest) = match HOW {
        CLOSE => pass.segments.split_at(pass.whole),
        STEM => (pass.segments, &[][..]),
        _ => (&[][..], pass.segments),
    };
    for segment in whole {
        let (step, len) = match HOW {
            CLOSE => (L::LANES, L::LANES),
            _ => (6, 9),
        };
        let (now, later) = weights.split_at(len * N);
        weights = later;
        let input = &pass.input[at + segment.delta..];
        multiply::<L, M, N>(pass.lanes, sums, input, now, step, len);
    }
    for segment in rest {
        let (now, later) = weights.split_at(segment.len * N);
        weights = later;
        let input = &pass.input[at + segment.delta..];
        if L::PLAIN {
            // Each product is rounded, unlike with fused additions: short sums, which are then added, lose less.
            let mut part = [[pass.lanes.splat(0.0); N]; M];
            multiply::<L, M, N>(pass.lanes, &mut part, input, now, pass.step, segment.len);
            add::<L, M, N>(pass.lanes, sums, &part);
        } else {
            multiply::<L, M, N>(pass.lanes, sums, input, now, pass.step, segment.len);
        }
    }
}

#[inline(always)]
fn add<L: Lanes, const M: usize, const N: usize>(
    lanes: L,
    sums: &mut [[L::V; N]; M],
    others: &[[L::V; N]; M],
) {
    for m in 0..M {
        for n in 0..N {
            sums[m][n] = lanes.add(sums[m][n], others[m][n]);
        }
    }
}

/// Adds `len` inputs of each pixel times their weights.
#[inline(always)]
fn multiply<L: Lanes, const M: usize, const N: usize>(
    lanes: L,
    sums: &mut [[L::V; N]; M],
    input: &[f32],
    weights: &[L::V],
    step: usize,
    len: usize,
) {
    let input = &input[..(M - 1) * step + len];
    let weights = &weights[..len * N];
    for i in 0..len {
        let row = &weights[i * N..(i + 1) * N];
        for m in 0..M {
            let value = lanes.splat(input[m * step + i]);
            for n in 0..N {
                sums[m][n] = lanes.mul_add(value, row[n], sums[m][n]);
            }
        }
    }
}

#[inline(always)]
fn clip<L: Lanes, const M: usize, const N: usize>(
    lanes: L,
    sums: &mut [[L::V; N]; M],
    bounds: Clip,
) {
    if bounds == Clip::NONE {
        return;
    }
    let (low, high) = (lanes.splat(bounds.low), lanes.splat(bounds.high));
    for m in 0..M {
        for n in 0..N {
            sums[m][n] = lanes.min(high, lanes.max(low, sums[m][n]));
        }
    }
}

#[inline(always)]
fn load<L: Lanes>(slice: &[f32], at: usize) -> L::V {
    L::vectors(&slice[at..at + L::LANES])[0]
}

#[inline(always)]
fn store<L: Lanes>(slice: &mut [f32], at: usize, vector: L::V) {
    L::vectors_mut(&mut slice[at..at + L::LANES])[0] = vector;
}
