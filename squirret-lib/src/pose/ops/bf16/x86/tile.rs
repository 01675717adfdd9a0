//! Tiles of pixels and outputs that stay in registers while pairs of inputs go by.

#![expect(
    clippy::needless_range_loop,
    reason = "closures are not compiled for the vector instructions"
)]

use super::super::super::layout::Map;
use super::super::super::net::Clip;
use super::super::super::tile::{Run, Segment};
use super::super::WORDS;
use super::vector::{
    Floats, LANES, load, load_packed, load_pairs, splat_pair, store, store_packed,
};
use std::arch::x86_64::*;

/// Does something for each pixel of a tile, up to 16 of them, with a number that is known when it is compiled: sums in
/// an array that is indexed by anything else would lie in memory and not in registers.
macro_rules! each_pixel {
    ($m:ident of $M:ident: $do:block) => {
        each_pixel!($m of $M: $do; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($m:ident of $M:ident: $do:block; $($number:literal)*) => {
        $(if $number < $M {
            let $m: usize = $number;
            $do
        })*
    };
}

/// What stays the same for all tiles of a panel.
pub(super) struct Pass<'a> {
    pub(super) input: &'a [f32],
    pub(super) segments: &'a [Segment],
    /// How many of them are as long as a packed pixel; they come first.
    pub(super) whole: usize,
    pub(super) weights: &'a [Floats],
    pub(super) bias: &'a [Floats],
    /// From a pixel's inputs to the next one's.
    pub(super) step: usize,
    pub(super) output_map: &'a Map,
    pub(super) residual: Option<(&'a [f32], &'a Map)>,
    pub(super) block: usize,
    pub(super) clips: [Clip; 2],
}

/// Where a tile's pixels lie.
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
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn sweep_panel<const N: usize>(pass: &Pass<'_>, output: &mut [f32], run: &Run) {
    let mut cursor = Cursor {
        done: 0,
        column: 0,
        input: run.input,
        output: run.output,
        residual: run.residual,
    };
    if pass.step == WORDS {
        match N {
            1 => sweep::<16, N, true>(pass, output, run, &mut cursor),
            2 => sweep::<12, N, true>(pass, output, run, &mut cursor),
            _ => {}
        }
        sweep::<8, N, true>(pass, output, run, &mut cursor);
        sweep::<4, N, true>(pass, output, run, &mut cursor);
    } else {
        sweep::<8, N, false>(pass, output, run, &mut cursor);
    }
    sweep::<1, N, false>(pass, output, run, &mut cursor);
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn sweep<const M: usize, const N: usize, const CLOSE: bool>(
    pass: &Pass<'_>,
    output: &mut [f32],
    run: &Run,
    cursor: &mut Cursor,
) {
    let output_pixel = pass.output_map.pixel;
    let output_gap = pass.output_map.row - run.width * output_pixel;
    let (residual_pixel, residual_gap) = match pass.residual {
        Some((_, map)) => (map.pixel, map.row - run.width * map.pixel),
        None => (0, 0),
    };
    while cursor.done + M <= run.pixels {
        let mut to = [0; M];
        let mut from = [0; M];
        for m in 0..M {
            to[m] = cursor.output;
            from[m] = cursor.residual;
            cursor.output += output_pixel;
            cursor.residual += residual_pixel;
            cursor.column += 1;
            if cursor.column == run.width {
                cursor.column = 0;
                cursor.output += output_gap;
                cursor.residual += residual_gap;
            }
        }
        let mut sums = [[_mm512_setzero_ps(); N]; M];
        accumulate::<M, N, CLOSE>(pass, &mut sums, cursor.input);
        finish::<M, N, CLOSE>(pass, &mut sums, &from);
        write::<M, N, CLOSE>(pass, &sums, output, &to);
        cursor.done += M;
        cursor.input += M * pass.step;
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn accumulate<const M: usize, const N: usize, const CLOSE: bool>(
    pass: &Pass<'_>,
    sums: &mut [[__m512; N]; M],
    at: usize,
) {
    let bias = &pass.bias[..N];
    each_pixel!(m of M: {
        for n in 0..N {
            sums[m][n] = load(&bias[n]);
        }
    });
    let mut weights = pass.weights;
    let (whole, rest) = if CLOSE {
        pass.segments.split_at(pass.whole)
    } else {
        (&[][..], pass.segments)
    };
    for segment in whole {
        let (now, later) = weights.split_at(WORDS * N);
        weights = later;
        let input = &pass.input[at + segment.delta..];
        multiply::<M, N>(sums, input, now, WORDS, WORDS);
    }
    for segment in rest {
        let (now, later) = weights.split_at(segment.len * N);
        weights = later;
        let input = &pass.input[at + segment.delta..];
        let step = if CLOSE { WORDS } else { pass.step };
        multiply::<M, N>(sums, input, now, step, segment.len);
    }
}

/// Adds `len` words of each pixel times their weights.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn multiply<const M: usize, const N: usize>(
    sums: &mut [[__m512; N]; M],
    input: &[f32],
    weights: &[Floats],
    step: usize,
    len: usize,
) {
    let input = &input[..(M - 1) * step + len];
    let weights = &weights[..len * N];
    for i in 0..len {
        let row = &weights[i * N..(i + 1) * N];
        for m in 0..M {
            let pair = splat_pair(input[m * step + i]);
            for n in 0..N {
                sums[m][n] = _mm512_dpbf16_ps(sums[m][n], pair, load_pairs(&row[n]));
            }
        }
    }
}

/// Bounds, and what is added.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn finish<const M: usize, const N: usize, const CLOSE: bool>(
    pass: &Pass<'_>,
    sums: &mut [[__m512; N]; M],
    from: &[usize; M],
) {
    clip::<M, N, CLOSE>(sums, pass.clips[0]);
    let Some((residual, map)) = pass.residual else {
        return;
    };
    let is_packed = map.is_packed();
    each_pixel!(m of M: {
        for n in 0..N {
            let at = from[m] + (pass.block + n) * map.plane;
            let other = if is_packed {
                load_packed(&residual[at..at + WORDS].as_chunks().0[0])
            } else {
                load(&residual[at..at + LANES].as_chunks().0[0])
            };
            sums[m][n] = _mm512_add_ps(sums[m][n], other);
        }
    });
    clip::<M, N, CLOSE>(sums, pass.clips[1]);
}

/// The second operand of `max` and `min` is the result when one is no number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn clip<const M: usize, const N: usize, const CLOSE: bool>(
    sums: &mut [[__m512; N]; M],
    bounds: Clip,
) {
    if bounds == Clip::NONE {
        return;
    }
    let (low, high) = (_mm512_set1_ps(bounds.low), _mm512_set1_ps(bounds.high));
    each_pixel!(m of M: {
        for n in 0..N {
            sums[m][n] = _mm512_min_ps(high, _mm512_max_ps(low, sums[m][n]));
        }
    });
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn write<const M: usize, const N: usize, const CLOSE: bool>(
    pass: &Pass<'_>,
    sums: &[[__m512; N]; M],
    output: &mut [f32],
    to: &[usize; M],
) {
    let plane = pass.output_map.plane;
    let output = &mut output[pass.block * plane..];
    if pass.output_map.is_packed() {
        each_pixel!(m of M: {
            for n in 0..N {
                let words = &mut output[to[m] + n * plane..][..WORDS];
                store_packed(&mut words.as_chunks_mut().0[0], sums[m][n]);
            }
        });
    } else {
        each_pixel!(m of M: {
            for n in 0..N {
                let floats = &mut output[to[m] + n * plane..][..LANES];
                store(&mut floats.as_chunks_mut().0[0], sums[m][n]);
            }
        });
    }
}
