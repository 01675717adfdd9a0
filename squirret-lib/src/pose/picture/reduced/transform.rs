//! From frequencies to pixels.

/// Half of `C(u) cos((2x + 1) u π / 8)`: the four-point inverse cosine transform.
const FOUR: [[f32; 4]; 4] = [
    [0.353_553_4, 0.353_553_4, 0.353_553_4, 0.353_553_4],
    [0.461_939_76, 0.191_341_72, -0.191_341_72, -0.461_939_76],
    [0.353_553_4, -0.353_553_4, -0.353_553_4, 0.353_553_4],
    [0.191_341_72, -0.461_939_76, 0.461_939_76, -0.191_341_72],
];

/// Writes a block of `N` × `N` pixels at the start of `out`, whose rows are `stride` apart. `None` when it does not
/// fit.
#[inline(always)]
pub(super) fn write<const N: usize>(
    values: &[[f32; N]; N],
    out: &mut [u8],
    stride: usize,
) -> Option<()> {
    let pixels = inverse(values);
    for (row, pixels) in pixels.iter().enumerate() {
        let out = out.get_mut(row * stride..)?.first_chunk_mut::<N>()?;
        // The cast stops at 0 and 255.
        *out = pixels.map(|value| (value + 128.5) as u8);
    }
    Some(())
}

/// The inverse transform of `N` = 1, 2 or 4 points in each direction, scaled for coefficients of eight points.
#[inline(always)]
fn inverse<const N: usize>(values: &[[f32; N]; N]) -> [[f32; N]; N] {
    let basis: [[f32; N]; N] = std::array::from_fn(|u| std::array::from_fn(|x| basis::<N>(u, x)));
    // Each row of frequencies becomes a row over x; then the same over y.
    let rows: [[f32; N]; N] = std::array::from_fn(|v| {
        let mut row = [0.0; N];
        for u in 0..N {
            for x in 0..N {
                row[x] += values[v][u] * basis[u][x];
            }
        }
        row
    });
    let mut pixels = [[0.0; N]; N];
    for y in 0..N {
        for v in 0..N {
            for x in 0..N {
                pixels[y][x] += basis[v][y] * rows[v][x];
            }
        }
    }
    pixels
}

/// Half of `C(u) cos((2x + 1) u π / 2N)`.
#[inline(always)]
const fn basis<const N: usize>(u: usize, x: usize) -> f32 {
    match (N, u, x) {
        (4, _, _) => FOUR[u & 3][x & 3],
        // cos(π/4) and cos(3π/4), halved; the constant term is the same.
        (_, 1, 1) => -0.353_553_4,
        _ => 0.353_553_4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_term_is_the_mean() {
        let mut out = [0; 16];
        let mut values = [[0.0; 4]; 4];
        values[0][0] = 80.0;
        write(&values, &mut out, 4).unwrap();
        assert_eq!(out, [138; 16]);
        write(&[[80.0]], &mut out, 1).unwrap();
        assert_eq!(out[0], 138);
        write(&[[80.0, 0.0], [0.0, 0.0]], &mut out, 2).unwrap();
        assert_eq!(out[..4], [138; 4]);
    }

    #[test]
    fn it_is_the_cosine_transform() {
        let mut values = [[0.0; 4]; 4];
        values[1][2] = 100.0;
        let pixels = inverse(&values);
        for (y, row) in pixels.iter().enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                let cos = |i: usize, u: usize| {
                    ((2 * i + 1) as f32 * u as f32 * std::f32::consts::PI / 8.0).cos()
                };
                let expect = 100.0 / 4.0 * cos(x, 2) * cos(y, 1);
                assert!((pixel - expect).abs() < 1e-3, "{pixel} {expect}");
            }
        }
    }

    #[test]
    fn values_beyond_a_byte_are_clipped() {
        let mut out = [7; 1];
        write(&[[9e6]], &mut out, 1).unwrap();
        assert_eq!(out, [255]);
        write(&[[-9e6]], &mut out, 1).unwrap();
        assert_eq!(out, [0]);
        assert!(write(&[[0.0; 2]; 2], &mut [0; 3], 2).is_none());
    }
}
