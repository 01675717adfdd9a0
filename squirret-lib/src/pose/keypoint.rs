//! Points and poses.

use super::Landmark;
use serde::{Deserialize, Serialize};

/// One point. `x` and `y` in units of the picture's width and height (`[0,1]` inside it), `z` in units of the width,
/// smaller is nearer, origin at the hips' midpoint.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain value")]
pub struct Keypoint {
    /// Right.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// Away from the camera.
    pub z: f32,
    /// How likely the point is seen, 0 to 1.
    pub visibility: f32,
}

impl Keypoint {
    /// Whether it lies inside of the picture. Networks place points outside, too, and guess them.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        let inside = 0.0..=1.0;
        inside.contains(&self.x) && inside.contains(&self.y)
    }
}

/// A point in metres, origin at the hips' midpoint; x right, y down, z away from the camera.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain value")]
pub struct WorldPoint {
    /// Right.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// Away.
    pub z: f32,
}

impl WorldPoint {
    /// A point of a region that is turned by `rotation` radians clockwise, as it stands in the picture.
    #[cfg(feature = "tract")]
    pub(super) fn turned([x, y, z]: [f32; 3], rotation: f32) -> Self {
        let (sin, cos) = rotation.sin_cos();
        Self {
            x: x * cos - y * sin,
            y: x * sin + y * cos,
            z,
        }
    }
}

/// A person in a picture. Points that the skeleton of the model does not have carry visibility 0.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Pose {
    /// The 33 points.
    pub keypoints: [Keypoint; 33],
    /// The same in metres, when the model gives them.
    pub world: Option<[WorldPoint; 33]>,
    /// How sure the model is that there is a person, 0 to 1.
    pub score: f32,
    /// Width over height of the picture: angles need it, as x and y are in different units.
    pub aspect: f32,
}

impl Pose {
    /// A pose from points (for recordings and simulations).
    #[must_use]
    pub const fn new(keypoints: [Keypoint; 33], aspect: f32) -> Self {
        Self {
            keypoints,
            world: None,
            score: 1.0,
            aspect,
        }
    }

    /// One point.
    #[must_use]
    pub const fn get(&self, landmark: Landmark) -> Keypoint {
        self.keypoints[landmark as usize]
    }

    /// The angle at `joint` between the lines to `from` and `to` in the picture's plane, degrees, 0 to 180. `None`
    /// when two of the points coincide or a coordinate is not finite.
    ///
    /// ```
    /// use squirret::pose::{Keypoint, Landmark::{LeftAnkle, LeftHip, LeftKnee}, Pose};
    /// let mut points = [Keypoint::default(); 33];
    /// points[LeftHip as usize] = Keypoint { x: 0.5, y: 0.2, ..Default::default() };
    /// points[LeftKnee as usize] = Keypoint { x: 0.5, y: 0.5, ..Default::default() };
    /// points[LeftAnkle as usize] = Keypoint { x: 0.9, y: 0.5, ..Default::default() };
    /// let angle = Pose::new(points, 0.5625).angle(LeftHip, LeftKnee, LeftAnkle).unwrap();
    /// assert!((angle - 90.0).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn angle(&self, from: Landmark, joint: Landmark, to: Landmark) -> Option<f32> {
        let at = |landmark: Landmark| {
            let point = self.get(landmark);
            [point.x * self.aspect, point.y, 0.0]
        };
        angle_between(at(from), at(joint), at(to))
    }

    /// The same angle in space, from the points in metres. `None` also when the model gives none.
    #[must_use]
    pub fn world_angle(&self, from: Landmark, joint: Landmark, to: Landmark) -> Option<f32> {
        let world = self.world.as_ref()?;
        let at = |landmark: Landmark| {
            let point = world[landmark as usize];
            [point.x, point.y, point.z]
        };
        angle_between(at(from), at(joint), at(to))
    }
}

/// The angle at `joint` in degrees.
fn angle_between(from: [f32; 3], joint: [f32; 3], to: [f32; 3]) -> Option<f32> {
    let [a, b] =
        [from, to].map(|end| std::array::from_fn::<f32, 3, _>(|axis| end[axis] - joint[axis]));
    let dot = |a: &[f32; 3], b: &[f32; 3]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let lengths = (dot(&a, &a) * dot(&b, &b)).sqrt();
    if lengths <= 1e-12 || !lengths.is_finite() {
        return None;
    }
    Some((dot(&a, &b) / lengths).clamp(-1.0, 1.0).acos().to_degrees())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Landmark::{LeftAnkle, LeftHip, LeftKnee};

    fn leg(hip: (f32, f32), knee: (f32, f32), ankle: (f32, f32), aspect: f32) -> Pose {
        let mut points = [Keypoint::default(); 33];
        for (landmark, (x, y)) in [(LeftHip, hip), (LeftKnee, knee), (LeftAnkle, ankle)] {
            points[landmark as usize] = Keypoint {
                x,
                y,
                z: 0.0,
                visibility: 1.0,
            };
        }
        Pose::new(points, aspect)
    }

    #[test]
    fn an_angle_takes_the_shape_of_the_picture_into_account() {
        // In a picture twice as wide as high, 0.1 across is as far as 0.2 down.
        let pose = leg((0.5, 0.3), (0.5, 0.5), (0.6, 0.7), 2.0);
        let angle = pose.angle(LeftHip, LeftKnee, LeftAnkle).unwrap();
        assert!((angle - 135.0).abs() < 1e-3, "{angle}");
    }

    #[test]
    fn points_that_coincide_or_are_not_numbers_have_no_angle() {
        assert_eq!(
            leg((0.5, 0.5), (0.5, 0.5), (0.6, 0.7), 1.0).angle(LeftHip, LeftKnee, LeftAnkle),
            None
        );
        assert_eq!(
            leg((f32::NAN, 0.5), (0.5, 0.5), (0.6, 0.7), 1.0).angle(LeftHip, LeftKnee, LeftAnkle),
            None
        );
        assert_eq!(
            leg((0.4, 0.5), (0.5, 0.5), (0.6, 0.7), 1.0).world_angle(LeftHip, LeftKnee, LeftAnkle),
            None
        );
    }

    #[test]
    fn the_angle_in_space_sees_depth() {
        let mut pose = leg((0.5, 0.3), (0.5, 0.5), (0.5, 0.7), 1.0);
        let mut world = [WorldPoint::default(); 33];
        world[LeftHip as usize] = WorldPoint {
            x: 0.0,
            y: 0.0,
            z: 0.0,
        };
        world[LeftKnee as usize] = WorldPoint {
            x: 0.0,
            y: 0.0,
            z: -0.4,
        };
        world[LeftAnkle as usize] = WorldPoint {
            x: 0.0,
            y: 0.4,
            z: -0.4,
        };
        pose.world = Some(world);
        let angle = |found: Option<f32>| found.unwrap().round() as i32;
        assert_eq!(angle(pose.angle(LeftHip, LeftKnee, LeftAnkle)), 180);
        assert_eq!(angle(pose.world_angle(LeftHip, LeftKnee, LeftAnkle)), 90);
    }
}
