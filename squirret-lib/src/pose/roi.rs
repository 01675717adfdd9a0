//! The region of interest: the square around a person, turned so that the person stands upright.

use super::RgbImage;

/// Side of the region over the distance between the hips' midpoint and the point that tells the body's extent: the
/// circle through that point (2), with a margin of a quarter (BlazePose, Bazarevsky et al. 2020).
const SIDE_PER_RADIUS: f32 = 2.5;

/// A rotated square in px of the whole picture. `rotation` in radians, clockwise as seen, 0 is upright.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Roi {
    /// Centre, x.
    pub x: f32,
    /// Centre, y.
    pub y: f32,
    /// Length of a side.
    pub size: f32,
    /// Clockwise, in (−π, π].
    pub rotation: f32,
}

impl Roi {
    /// The region around a body with the hips' midpoint at `hips`, whose extent and up direction `extent` tells: it
    /// lies above the head on the circle around the body. `None` when they coincide or are not finite.
    #[must_use]
    pub fn from_alignment(hips: [f32; 2], extent: [f32; 2]) -> Option<Self> {
        let [dx, dy] = [extent[0] - hips[0], extent[1] - hips[1]];
        let size = SIDE_PER_RADIUS * dx.hypot(dy);
        if !size.is_finite() || size < 1.0 || !hips[0].is_finite() || !hips[1].is_finite() {
            return None;
        }
        let rotation = std::f32::consts::FRAC_PI_2 - (-dy).atan2(dx);
        Some(Self {
            x: hips[0],
            y: hips[1],
            size,
            rotation: wrap(rotation),
        })
    }

    /// The whole picture with bars left and right or above and below.
    #[must_use]
    pub fn letterbox(image: RgbImage<'_>) -> Self {
        let [width, height] = image.whole().map(|side| side as f32);
        Self {
            x: width / 2.0,
            y: height / 2.0,
            size: width.max(height),
            rotation: 0.0,
        }
    }

    /// From the square's own units, `u` right and `v` down in `[0,1]`, to px of the picture.
    #[must_use]
    pub fn to_picture(&self, u: f32, v: f32) -> [f32; 2] {
        let (sin, cos) = self.rotation.sin_cos();
        let [u, v] = [(u - 0.5) * self.size, (v - 0.5) * self.size];
        [self.x + u * cos - v * sin, self.y + u * sin + v * cos]
    }

    /// From px of the picture to the square's own units.
    #[must_use]
    pub fn from_picture(&self, x: f32, y: f32) -> [f32; 2] {
        let (sin, cos) = self.rotation.sin_cos();
        let [x, y] = [x - self.x, y - self.y];
        [
            (x * cos + y * sin) / self.size + 0.5,
            (y * cos - x * sin) / self.size + 0.5,
        ]
    }

    /// Shared area over joint area of the two squares, taken as if both were upright: 0 apart, 1 the same.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        let along = |a: f32, b: f32| {
            let low = (a - self.size / 2.0).max(b - other.size / 2.0);
            let high = (a + self.size / 2.0).min(b + other.size / 2.0);
            (high - low).max(0.0)
        };
        let shared = along(self.x, other.x) * along(self.y, other.y);
        let joint = self.size * self.size + other.size * other.size - shared;
        if joint > 0.0 { shared / joint } else { 0.0 }
    }
}

/// An angle brought into (−π, π].
fn wrap(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    let turned = angle.rem_euclid(TAU);
    if turned > PI { turned - TAU } else { turned }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_upright_body_gives_an_upright_square() {
        let roi = Roi::from_alignment([100.0, 200.0], [100.0, 100.0]).unwrap();
        assert_eq!((roi.x, roi.y, roi.size), (100.0, 200.0, 250.0));
        assert!(roi.rotation.abs() < 1e-6);
    }

    #[test]
    fn a_body_lying_to_the_right_turns_the_square_by_a_quarter() {
        let roi = Roi::from_alignment([100.0, 200.0], [180.0, 200.0]).unwrap();
        assert!((roi.rotation - std::f32::consts::FRAC_PI_2).abs() < 1e-6);
        // The top of the crop looks to where the head is.
        let [x, y] = roi.to_picture(0.5, 0.0);
        assert!(
            (x - 200.0).abs() < 1e-3 && (y - 200.0).abs() < 1e-3,
            "{x} {y}"
        );
    }

    #[test]
    fn points_without_a_distance_give_no_region() {
        assert_eq!(Roi::from_alignment([5.0, 5.0], [5.0, 5.0]), None);
        assert_eq!(Roi::from_alignment([f32::NAN, 5.0], [5.0, 9.0]), None);
        assert_eq!(Roi::from_alignment([5.0, 5.0], [f32::INFINITY, 5.0]), None);
    }

    #[test]
    fn the_letterbox_holds_the_longer_side() {
        let image = RgbImage::new(4, 2, &[0; 24]).unwrap();
        assert_eq!(
            Roi::letterbox(image),
            Roi {
                x: 2.0,
                y: 1.0,
                size: 4.0,
                rotation: 0.0
            }
        );
    }

    #[test]
    fn overlap_is_one_for_the_same_and_zero_for_apart() {
        let roi = Roi {
            x: 10.0,
            y: 10.0,
            size: 10.0,
            rotation: 0.3,
        };
        assert!((roi.overlap(&roi) - 1.0).abs() < 1e-6);
        assert_eq!(roi.overlap(&Roi { x: 30.0, ..roi }), 0.0);
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_point(x in -500f32..500.0, y in -500f32..500.0, size in 1f32..900.0, turn in -3.1f32..3.1, u in 0f32..1.0, v in 0f32..1.0) {
            let roi = Roi { x, y, size, rotation: turn };
            let [px, py] = roi.to_picture(u, v);
            let [u2, v2] = roi.from_picture(px, py);
            prop_assert!((u - u2).abs() < 2e-3 && (v - v2).abs() < 2e-3);
        }
    }
}
