//! Vectors to and from memory.

use super::super::WORDS;
use bytemuck::cast;
use std::arch::x86_64::*;

/// Floats of a vector.
pub(super) const LANES: usize = 16;

/// 16 floats.
pub(super) type Floats = [f32; LANES];
/// 16 packed channels.
pub(super) type Packed = [f32; WORDS];

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn load(floats: &Floats) -> __m512 {
    cast(*floats)
}

/// 16 pairs.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn load_pairs(words: &Floats) -> __m512bh {
    cast(*words)
}

/// The same pair 16 times.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn splat_pair(word: f32) -> __m512bh {
    cast(_mm512_set1_ps(word))
}

/// 16 packed channels as 32-bit floats.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn load_packed(words: &Packed) -> __m512 {
    let halves = _mm512_cvtepu16_epi32(cast(*words));
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(halves))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn store(floats: &mut Floats, vector: __m512) {
    *floats = cast(vector);
}

/// Rounds to 16 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
pub(super) fn store_packed(words: &mut Packed, vector: __m512) {
    *words = cast(_mm512_cvtneps_pbh(vector));
}
