//! Vectors of 32-bit floats: the same few verbs on every instruction set.
//!
//! Everything here is `#[inline(always)]`, because only what is inlined into the dispatched function is compiled for
//! its instruction set. For the same reason hot loops hold no closures.

#[cfg(target_arch = "x86_64")]
use super::bf16::Avx512Bf16;
use super::bf16::{Bf16, Work};
use pulp::{Simd, WithSimd};

/// What the kernels need of an instruction set.
pub(super) trait Lanes: Copy {
    /// A vector.
    type V: Copy;
    /// Floats in a vector.
    const LANES: usize;
    /// Whether there are 32 vector registers instead of 16.
    const WIDE: bool;
    /// Whether vectors are the compiler's arrays: then large tiles would only make large code.
    const PLAIN: bool = false;

    fn splat(self, value: f32) -> Self::V;
    /// `a · b + c`.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger one; `b` when one is no number.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller one; `b` when one is no number.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// The whole vectors of a slice.
    fn vectors(slice: &[f32]) -> &[Self::V];
    /// The whole vectors of a slice.
    fn vectors_mut(slice: &mut [f32]) -> &mut [Self::V];
}

/// Vectors of an instruction set that pulp knows.
#[derive(Clone, Copy)]
pub(super) struct Native<S>(S);

impl<S: Simd> Lanes for Native<S> {
    type V = S::f32s;
    const LANES: usize = S::F32_LANES;
    const WIDE: bool = S::REGISTER_COUNT >= 32;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::V {
        self.0.splat_f32s(value)
    }

    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        self.0.mul_add_e_f32s(a, b, c)
    }

    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.add_f32s(a, b)
    }

    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.mul_f32s(a, b)
    }

    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.max_f32s(a, b)
    }

    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.min_f32s(a, b)
    }

    #[inline(always)]
    fn vectors(slice: &[f32]) -> &[Self::V] {
        S::as_simd_f32s(slice).0
    }

    #[inline(always)]
    fn vectors_mut(slice: &mut [f32]) -> &mut [Self::V] {
        S::as_mut_simd_f32s(slice).0
    }
}

/// Vectors as arrays, for every machine. pulp's own ones call a function for each multiplication.
#[derive(Clone, Copy)]
pub(super) struct Portable<const N: usize>;

impl<const N: usize> Lanes for Portable<N> {
    type V = [f32; N];
    const LANES: usize = N;
    const WIDE: bool = false;
    const PLAIN: bool = true;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::V {
        [value; N]
    }

    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, mut c: Self::V) -> Self::V {
        for i in 0..N {
            c[i] += a[i] * b[i];
        }
        c
    }

    #[inline(always)]
    fn add(self, mut a: Self::V, b: Self::V) -> Self::V {
        for i in 0..N {
            a[i] += b[i];
        }
        a
    }

    #[inline(always)]
    fn mul(self, mut a: Self::V, b: Self::V) -> Self::V {
        for i in 0..N {
            a[i] *= b[i];
        }
        a
    }

    #[inline(always)]
    fn max(self, mut a: Self::V, b: Self::V) -> Self::V {
        for i in 0..N {
            a[i] = if a[i] > b[i] { a[i] } else { b[i] };
        }
        a
    }

    #[inline(always)]
    fn min(self, mut a: Self::V, b: Self::V) -> Self::V {
        for i in 0..N {
            a[i] = if a[i] < b[i] { a[i] } else { b[i] };
        }
        a
    }

    #[inline(always)]
    fn vectors(slice: &[f32]) -> &[Self::V] {
        slice.as_chunks().0
    }

    #[inline(always)]
    fn vectors_mut(slice: &mut [f32]) -> &mut [Self::V] {
        slice.as_chunks_mut().0
    }
}

/// Work that runs on any instruction set.
pub(super) trait Kernel {
    fn run<L: Lanes>(self, lanes: L);
}

struct Dispatched<K>(K);

impl<K: Kernel> WithSimd for Dispatched<K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.run(Native(simd));
    }
}

/// Which vector instructions the networks run on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum Dispatch {
    /// The best that this machine has, in 32-bit floats.
    #[default]
    Auto,
    /// AVX-512 BF16 where this machine has it, and otherwise the best that it has.
    AutoBf16,
    /// AVX-512 BF16: large convolutions on 16-bit floats with sums of 32 bits, everything else as on AVX-512.
    Avx512Bf16,
    /// x86-64-v4: 16 floats a vector.
    Avx512,
    /// x86-64-v3 (AVX2 and FMA): 8 floats a vector.
    Avx2,
    /// AArch64: 4 floats a vector.
    Neon,
    /// Plain code that every machine runs: 4 floats a vector, as the compiler makes of it.
    Portable,
    /// Plain code in the layout of AVX-512, 16 floats a vector: slow, there to test that layout on any machine.
    PortableWide,
    /// Plain code that rounds as AVX-512 BF16 does, in its layout: very slow, there to test that arithmetic on any
    /// machine.
    PortableBf16,
    /// The engine's own operators, none of ours.
    Stock,
}

/// A choice that this machine can run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path {
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16(pulp::x86::V4, Avx512Bf16),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    Portable,
    PortableWide,
    PortableBf16,
}

impl Path {
    /// `None` when this machine lacks the instructions.
    pub(super) fn new(dispatch: Dispatch) -> Option<Self> {
        match dispatch {
            Dispatch::Auto => [Dispatch::Avx512, Dispatch::Avx2, Dispatch::Neon]
                .into_iter()
                .find_map(Self::new)
                .or(Some(Self::Portable)),
            Dispatch::AutoBf16 => {
                Self::new(Dispatch::Avx512Bf16).or_else(|| Self::new(Dispatch::Auto))
            }
            #[cfg(target_arch = "x86_64")]
            Dispatch::Avx512Bf16 => {
                let simd = pulp::x86::V4::try_new()?;
                Avx512Bf16::try_new().map(|bf16| Self::Avx512Bf16(simd, bf16))
            }
            #[cfg(target_arch = "x86_64")]
            Dispatch::Avx512 => pulp::x86::V4::try_new().map(Self::Avx512),
            #[cfg(target_arch = "x86_64")]
            Dispatch::Avx2 => pulp::x86::V3::try_new().map(Self::Avx2),
            #[cfg(target_arch = "aarch64")]
            Dispatch::Neon => pulp::aarch64::Neon::try_new().map(Self::Neon),
            Dispatch::Portable => Some(Self::Portable),
            Dispatch::PortableWide => Some(Self::PortableWide),
            Dispatch::PortableBf16 => Some(Self::PortableBf16),
            _ => None,
        }
    }

    /// Floats in a vector.
    pub(super) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) | Self::Avx512Bf16(..) => 16,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => 8,
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => 4,
            Self::Portable => 4,
            Self::PortableWide | Self::PortableBf16 => 16,
        }
    }

    /// What runs convolutions on 16-bit floats; `None` when all numbers have 32 bits.
    pub(super) fn bf16(self) -> Option<Bf16> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16(_, bf16) => Some(Bf16::Avx512(bf16)),
            Self::PortableBf16 => Some(Bf16::Plain),
            _ => None,
        }
    }

    /// The same vectors without 16-bit floats.
    pub(super) fn with_32_bits(self) -> Self {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16(simd, _) => Self::Avx512(simd),
            Self::PortableBf16 => Self::PortableWide,
            other => other,
        }
    }

    /// Runs work that only a path with 16-bit floats makes.
    pub(super) fn run_bf16(self, work: &mut Work<'_>) {
        if let Some(bf16) = self.bf16() {
            bf16.run(work);
        }
    }

    /// Vectors of outputs in a tile of a convolution: what fits the registers without spilling.
    pub(super) fn tile_vectors(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => 3,
            Self::Portable => 2,
            _ => 3,
        }
    }

    pub(super) fn run<K: Kernel>(self, kernel: K) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) | Self::Avx512Bf16(simd, _) => {
                Simd::vectorize(simd, Dispatched(kernel))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => Simd::vectorize(simd, Dispatched(kernel)),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, Dispatched(kernel)),
            Self::Portable => kernel.run(Portable::<4>),
            Self::PortableWide | Self::PortableBf16 => kernel.run(Portable::<16>),
        }
    }
}
