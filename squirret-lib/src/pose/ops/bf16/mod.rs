//! Convolutions on 16-bit floats with sums of 32 bits.
//!
//! A bfloat16 is the upper half of a 32-bit float. A *packed* map holds two neighbouring channels in each 32-bit word
//! of its buffer, the even one in the lower half. One instruction (`vdpbf16ps`) then adds the products of both
//! channels to 16 sums, which is twice the work of a 32-bit multiplication.
//!
//! | file | idea |
//! |---|---|
//! | `mod` | the number format, and the choice between instructions and plain code |
//! | `calibrate` | weights rounded, and biases that make up for it |
//! | `weights` | weights of a convolution in pairs |
//! | `x86`, `x86/tile` | AVX-512 BF16; the only place with an `unsafe` call |
//! | `plain` | the same arithmetic in plain code, slow, to test the instructions on and to test without them |

mod calibrate;
mod plain;
mod weights;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::dense::DenseRows;
use super::depthwise::DepthwiseRows;
use super::layout::{Map, Shape};
use super::net::Conv;
pub(super) use calibrate::round_weights;
pub(super) use weights::PairedDense;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::Avx512Bf16;

/// Words of a packed pixel: 16 channels.
pub(super) const WORDS: usize = 8;

/// Pixels of a convolution's output from which on it runs on 16-bit floats. Smaller maps hold what the heads of a
/// network read: there the rounding shows most, and the weights have to come from far away for little work.
pub(super) const MIN_PIXELS: usize = 64;

/// Whether a convolution runs on 16-bit floats, on a path that has them; `output` is the size of what it makes.
pub(super) fn is_paired(conv: &Conv, output: Shape) -> bool {
    !conv.depthwise
        && conv.inputs >= WORDS
        && output.height * output.width >= MIN_PIXELS
        && conv.weights.iter().all(|weight| weight.is_finite())
}

/// Returns the nearest bfloat16, ties to even, as `vcvtneps2bf16` rounds: subnormal numbers become zero, and what is
/// not a number stays so.
pub(super) fn round(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    if value.is_subnormal() {
        return (bits >> 16) as u16 & 0x8000;
    }
    ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

/// Two numbers in one word.
pub(super) fn pair(even: f32, odd: f32) -> f32 {
    f32::from_bits(u32::from(round(even)) | (u32::from(round(odd)) << 16))
}

/// The two numbers of a word.
pub(super) fn unpair(word: f32) -> [f32; 2] {
    let bits = word.to_bits();
    [bits << 16, bits & 0xffff_0000].map(f32::from_bits)
}

/// What runs the convolutions on 16-bit floats.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bf16 {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512Bf16),
    Plain,
}

/// The work that 16-bit floats have kernels for.
pub(super) enum Work<'a> {
    /// From a packed map to one of either kind.
    Dense(DenseRows<'a, PairedDense>),
    /// From a map of 32-bit floats to a packed one.
    Depthwise(DepthwiseRows<'a>),
    /// From a map of 32-bit floats to a packed one.
    Pack(PackMap<'a>),
}

/// A map to be packed. What lies in the last block beyond its channels becomes zero: it may be left from another map,
/// and not even a weight of zero makes a number of what is none.
pub(super) struct PackMap<'a> {
    pub(super) input: (&'a [f32], &'a Map),
    pub(super) output: &'a mut [f32],
    pub(super) map: &'a Map,
}

impl PackMap<'_> {
    /// Channels of a block.
    fn channels(&self, block: usize) -> usize {
        (self.map.shape.channels - block * self.map.lanes).min(self.map.lanes)
    }
}

impl Bf16 {
    pub(super) fn run(self, work: &mut Work<'_>) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(instructions) => instructions.run(work),
            Self::Plain => plain::run(work),
        }
    }
}
