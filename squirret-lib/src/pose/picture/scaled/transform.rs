//! From frequencies to pixels.

use wide::{f32x4, i16x8, i32x4, i32x8, u8x16};

/// `cos(π/4) / 2`, which is the constant term's factor too.
const EVEN: f32 = 0.353_553_4;
/// `cos(π/8) / 2` and `cos(3π/8) / 2`.
const ODD: [f32; 2] = [0.461_939_76, 0.191_341_72];
/// What makes a level of a byte, and rounds.
const LEVEL: f32 = 128.5;

/// Where a frequency that is not needed is put.
pub(super) const ELSEWHERE: u8 = 16;

/// The frequencies of a block that are needed, four a column, and a place for the others.
pub(super) type Frequencies = [f32; ELSEWHERE as usize + 1];

/// Writes a block of `N` × `N` pixels at the start of `out`, whose rows are `stride` apart. `None` when it does not
/// fit. `is_flat`: but for the constant one all frequencies are 0.
#[inline(always)]
pub(super) fn write<const N: usize>(
    values: &Frequencies,
    is_flat: bool,
    out: &mut [u8],
    stride: usize,
) -> Option<()> {
    let mut rows = out.chunks_mut(stride);
    if is_flat || N == 1 {
        // The cast stops at 0 and 255.
        let pixel = (values[0] * EVEN * EVEN + LEVEL) as u8;
        for _ in 0..N {
            *rows.next()?.first_chunk_mut::<N>()? = [pixel; N];
        }
        return Some(());
    }
    let pixels = if N == 2 { two(values) } else { four(values) };
    for pixels in pixels.as_chunks::<4>().0.iter().take(N) {
        *rows.next()?.first_chunk_mut::<N>()? = *pixels.first_chunk::<N>()?;
    }
    Some(())
}

/// Two rows, two pixels at the start of each.
#[inline(always)]
fn two(values: &Frequencies) -> [u8; 16] {
    let [a, b, c, d] = [values[0], values[4], values[1], values[5]].map(|v| v * EVEN * EVEN);
    let [upper, lower] =
        [[a + c, b + d], [a - c, b - d]].map(|[even, odd]| [even + odd, even - odd]);
    let mut pixels = [0; 16];
    for (out, value) in [0, 1, 4, 5].into_iter().zip(upper.into_iter().chain(lower)) {
        pixels[out] = (value + LEVEL) as u8;
    }
    pixels
}

/// Four rows: the inverse cosine transform of four points over the columns and then over the rows, scaled for
/// frequencies of eight points.
#[inline(always)]
fn four(values: &Frequencies) -> [u8; 16] {
    let columns = std::array::from_fn(|u| f32x4::new(std::array::from_fn(|v| values[4 * u + v])));
    let rows = inverse(f32x4::transpose(inverse(columns)));
    let [a, b, c, d] = rows.map(|row| (row + f32x4::splat(LEVEL)).fast_trunc_int());
    let pack = |a: i32x4, b: i32x4| {
        let [a, b] = [a, b].map(i32x4::to_array);
        i16x8::from_i32x8_saturate(i32x8::new([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]]))
    };
    u8x16::narrow_i16x8(pack(a, b), pack(c, d)).to_array()
}

/// Of four points, in each lane.
#[inline(always)]
fn inverse([a, b, c, d]: [f32x4; 4]) -> [f32x4; 4] {
    let (even, [large, small]) = (f32x4::splat(EVEN), ODD.map(f32x4::splat));
    let [sum, difference] = [(a + c) * even, (a - c) * even];
    let [outer, inner] = [b * large + d * small, b * small - d * large];
    [
        sum + outer,
        difference + inner,
        difference - inner,
        sum - outer,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block<const N: usize>(set: &[(usize, f32)]) -> Vec<u8> {
        let mut values = Frequencies::default();
        for (place, value) in set {
            values[*place] = *value;
        }
        let mut out = vec![7; N * N];
        let is_flat = set.iter().all(|(place, _)| *place == 0);
        write::<N>(&values, is_flat, &mut out, N).unwrap();
        out
    }

    #[test]
    fn the_constant_term_is_the_mean() {
        assert_eq!(block::<4>(&[(0, 80.0)]), [138; 16]);
        assert_eq!(block::<4>(&[(0, 80.0), (1, 1e-3)]), [138; 16]);
        assert_eq!(block::<2>(&[(0, 80.0)]), [138; 4]);
        assert_eq!(block::<2>(&[(0, 80.0), (4, 1e-3)]), [138; 4]);
        assert_eq!(block::<1>(&[(0, 80.0)]), [138]);
    }

    #[test]
    fn it_is_the_cosine_transform() {
        fn plain<const N: usize>(u: usize, v: usize, value: f64) -> Vec<u8> {
            let angle = |i: usize, u: usize| {
                ((2 * i + 1) * u) as f64 * std::f64::consts::PI / (2 * N) as f64
            };
            let term =
                |i: usize, u: usize| angle(i, u).cos() * if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
            (0..N * N)
                .map(|i| (value / 4.0 * term(i % N, u) * term(i / N, v) + 128.5) as u8)
                .collect()
        }
        for (u, v) in (0..4).flat_map(|u| (0..4).map(move |v| (u, v))).skip(1) {
            let set = [(4 * u + v, 310.0)];
            assert_eq!(block::<4>(&set), plain::<4>(u, v, 310.0), "{u} {v}");
            if u < 2 && v < 2 {
                assert_eq!(block::<2>(&set), plain::<2>(u, v, 310.0), "{u} {v}");
            }
        }
    }

    #[test]
    fn values_beyond_a_byte_are_clipped() {
        assert_eq!(block::<1>(&[(0, 9e6)]), [255]);
        assert_eq!(block::<1>(&[(0, -9e6)]), [0]);
        assert_eq!(block::<4>(&[(0, 9e6), (1, 1.0)]), [255; 16]);
        assert_eq!(block::<2>(&[(0, -9e6), (1, 1.0)]), [0; 4]);
        assert!(write::<2>(&Frequencies::default(), true, &mut [0; 3], 2).is_none());
    }
}
