//! The landmark network: where the points of the person in a region are.

use crate::pose::follow::{Located, Locator};
use crate::pose::{
    Border, Crop, EstimateError, Keypoint, ModelError, RgbImage, Roi, WorldPoint, runner::Network,
};

/// Points of the network: 33 of the body, 2 that steer the region, 4 that nobody uses.
const POINTS: usize = 39;
/// Numbers of a point: x, y, z, visibility and presence as logits.
const POINT: usize = 5;
/// The hips' midpoint among the points.
const HIPS: usize = 33;
/// The point that tells the extent of the body.
const EXTENT: usize = 34;

/// Below this the network says that there is nobody in the region.
const MIN_SCORE: f32 = 0.5;

/// The landmark network.
#[derive(Debug)]
pub(super) struct LandmarkNetwork {
    network: Network,
    crop: Crop,
    points: usize,
    score: usize,
    world: usize,
}

impl LandmarkNetwork {
    pub(super) fn new(network: Network) -> Result<Self, ModelError> {
        let side = super::square_side(&network)?;
        Ok(Self {
            points: super::output_of_len(&network, POINTS * POINT, "landmarks")?,
            score: super::output_of_len(&network, 1, "score")?,
            world: super::output_of_len(&network, POINTS * 3, "world landmarks")?,
            crop: Crop::new(side, 0.0, 1.0, Border::Replicate),
            network,
        })
    }
}

impl LandmarkNetwork {
    /// Runs the network on a grey picture.
    pub(super) fn warm_up(&self) -> Result<(), EstimateError> {
        self.network.run(|input| input.fill(0.5), |_| ())
    }
}

impl Locator for LandmarkNetwork {
    /// `None` also when the network answers with something that is no number.
    fn locate(&self, image: RgbImage<'_>, roi: &Roi) -> Result<Option<Located>, EstimateError> {
        let located = self.network.run(
            |input| self.crop.sample(image, roi, input),
            |outputs| {
                decode(
                    outputs[self.points],
                    outputs[self.world],
                    outputs[self.score],
                    roi,
                    self.crop.side(),
                )
            },
        )?;
        Ok(located.filter(|located| located.score >= MIN_SCORE))
    }
}

fn decode(points: &[f32], world: &[f32], score: &[f32], roi: &Roi, side: usize) -> Option<Located> {
    let score = *score.first()?;
    if !score.is_finite() || !points.iter().chain(world).all(|v| v.is_finite()) {
        return None;
    }
    let side = side as f32;
    let raw = |i: usize| {
        points
            .get(i * POINT..)
            .and_then(|p| p.first_chunk::<POINT>())
            .copied()
            .unwrap_or_default()
    };
    let place = |i: usize| roi.to_picture(raw(i)[0] / side, raw(i)[1] / side);
    let keypoint = |i: usize| {
        let [_, _, z, visibility, presence] = raw(i);
        let [x, y] = place(i);
        // A point beyond the picture's edge can be "visible" at the place where the network supposes it.
        let visibility = super::sigmoid(visibility).min(super::sigmoid(presence));
        Keypoint {
            x,
            y,
            z: z / side * roi.size,
            visibility,
        }
    };
    let within = |i: &usize| raw(*i)[..2].iter().all(|v| (0.0..=side).contains(v));
    Some(Located {
        points: std::array::from_fn(keypoint),
        world: Some(std::array::from_fn(|i| upright(world, i, roi.rotation))),
        alignment: [place(HIPS), place(EXTENT)],
        inside: (0..33).filter(within).count() as f32 / 33.0,
        score,
    })
}

/// A point in metres, turned back from the region's rotation.
fn upright(world: &[f32], index: usize, rotation: f32) -> WorldPoint {
    let point = world.as_chunks::<3>().0.get(index).copied();
    WorldPoint::turned(point.unwrap_or_default(), rotation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roi() -> Roi {
        Roi::from_alignment([100.0, 100.0], [100.0, 60.0]).unwrap()
    }

    #[test]
    fn points_come_back_into_the_picture() {
        let mut points = [128.0; POINTS * POINT];
        points[HIPS * POINT..][..2].copy_from_slice(&[128.0, 128.0]);
        points[EXTENT * POINT..][..2].copy_from_slice(&[128.0, 0.0]);
        points[2] = 25.6;
        points[3] = 0.0;
        let found = decode(&points, &[0.0; POINTS * 3], &[0.9], &roi(), 256).unwrap();
        assert_eq!((found.points[0].x, found.points[0].y), (100.0, 100.0));
        assert!((found.points[0].z - 10.0).abs() < 1e-4);
        assert_eq!(found.points[0].visibility, 0.5);
        assert_eq!(found.alignment, [[100.0, 100.0], [100.0, 50.0]]);
        assert_eq!((found.inside, found.score), (1.0, 0.9));
    }

    #[test]
    fn a_point_that_is_not_in_the_picture_is_not_visible() {
        let mut points = [128.0; POINTS * POINT];
        points[3..5].copy_from_slice(&[9.0, -9.0]);
        let found = decode(&points, &[0.0; POINTS * 3], &[0.9], &roi(), 256).unwrap();
        assert!(found.points[0].visibility < 0.01 && found.points[1].visibility > 0.99);
    }

    #[test]
    fn points_beyond_the_region_are_counted() {
        let mut points = [128.0; POINTS * POINT];
        for i in 0..11 {
            points[i * POINT] = 300.0;
        }
        let found = decode(&points, &[0.0; POINTS * 3], &[0.9], &roi(), 256).unwrap();
        assert!((found.inside - 22.0 / 33.0).abs() < 1e-6);
    }

    #[test]
    fn metres_are_turned_with_the_region() {
        let mut world = [0.0; POINTS * 3];
        world[..3].copy_from_slice(&[0.0, -1.0, 0.25]);
        let point = upright(&world, 0, std::f32::consts::FRAC_PI_2);
        assert!(
            (point.x - 1.0).abs() < 1e-6 && point.y.abs() < 1e-6 && point.z == 0.25,
            "{point:?}"
        );
    }

    #[test]
    fn an_answer_that_is_no_number_is_no_person() {
        let mut points = [128.0; POINTS * POINT];
        points[7] = f32::NAN;
        assert_eq!(
            decode(&points, &[0.0; POINTS * 3], &[0.9], &roi(), 256),
            None
        );
        assert_eq!(
            decode(&[0.0; POINTS * POINT], &[0.0; POINTS * 3], &[], &roi(), 256),
            None
        );
    }
}
