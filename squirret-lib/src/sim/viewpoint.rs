//! From where a camera looks at the body, and what it sees of it.

use super::{
    figure::{Place, Skeleton},
    motion::Plan,
    noise,
};
use crate::{
    math,
    pose::{Keypoint, Landmark, Pose},
};

/// From where the camera looks, level and from far away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Angle {
    /// At the chest.
    Front,
    /// At the right flank; the person looks to the right of the picture.
    Side,
    /// At the chest, but from so many degrees towards the right flank.
    Turned(u8),
}

impl Angle {
    /// Forward and left of the body as parts of the picture's x and of the depth.
    fn axes(self) -> [[f64; 2]; 2] {
        match self {
            // Who faces the camera has the left side on the picture's right.
            Self::Front => [[0.0, 1.0], [-1.0, 0.0]],
            Self::Side => [[1.0, 0.02], [0.0, 1.0]],
            Self::Turned(degrees) => {
                let (sin, cos) = math::sin_cos(f64::from(degrees).to_radians());
                [[sin, cos], [-cos, sin]]
            }
        }
    }
}

/// A phone's camera: where it stands, how it is held, and how well the points are found.
///
/// ```
/// use squirret::sim::{Plan, Squatter, Viewpoint};
///
/// let mut viewpoint = Viewpoint::default();
/// (viewpoint.yaw_degrees, viewpoint.roll_degrees) = (40.0, 3.0);
/// let pose = Squatter::new(Plan::default(), 7).seen(&viewpoint, 0.5);
/// assert!(pose.keypoints.iter().all(|point| (0.0..1.0).contains(&point.y)));
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Viewpoint {
    /// From straight ahead towards the right flank, degrees; 90 is the side, 180 the back. Default 0.
    pub yaw_degrees: f64,
    /// How far the camera leans clockwise, degrees: the body then leans the other way. Default 0.
    pub roll_degrees: f64,
    /// Height of the camera over the floor, body heights; it looks at the body's middle. Default 0.5.
    pub height: f64,
    /// Distance from the body, body heights; default 2.5.
    pub distance: f64,
    /// Height of the body in picture heights; default 0.7.
    pub figure: f64,
    /// How many times larger the body is at first: it stands so near for 1.5 s, then walks back for 2 s. Default 1.
    pub larger_at_first: f64,
    /// How far the picture moves in a hand, picture heights to either side; default 0.
    pub sway: f64,
    /// Deviation of the points' noise, picture heights, three times that in depth; default 0.001.
    pub jitter: f64,
    /// Width of the picture over its height; default 9:16.
    pub aspect: f32,
}

impl Default for Viewpoint {
    fn default() -> Self {
        Self {
            yaw_degrees: 0.0,
            roll_degrees: 0.0,
            height: 0.5,
            distance: 2.5,
            figure: 0.7,
            larger_at_first: 1.0,
            sway: 0.0,
            jitter: 0.001,
            aspect: 9.0 / 16.0,
        }
    }
}

impl Viewpoint {
    /// A phone at hip height, at this angle from straight ahead towards the right flank.
    #[must_use]
    pub fn at(yaw_degrees: f64) -> Self {
        Self {
            yaw_degrees,
            ..Self::default()
        }
    }
}

/// The figure's height in picture heights, for an [`Angle`].
const SCALE: f64 = 0.8;
/// Where the ankles are for an [`Angle`], picture heights from the top.
const GROUND: f64 = 0.92;
/// Height of the body's middle over its ankles, body heights.
const MIDDLE: f64 = 0.46;
/// Height of the ankles over the floor, body heights (Winter 2009).
const ANKLE: f64 = 0.039;
/// Steps of the noise a second.
const NOISE_RATE: f64 = 1000.0;
/// The network finds the far side of the body less surely from this angle on.
const HIDES_DEGREES: f64 = 50.0;

/// The pose before a level camera far away.
pub(super) fn level(
    plan: &Plan,
    seed: u64,
    angle: Angle,
    aspect: f32,
    jitter: f64,
    seconds: f64,
) -> Pose {
    let body = Skeleton::of(plan, seconds);
    let [across, away] = angle.axes();
    let along = |axes: [f64; 2], place: Place| axes[0] * place[0] + axes[1] * place[1];
    let pelvis = along(away, body.pelvis());
    let noise = Noise::at(seed, jitter, seconds);
    let keypoints = Landmark::ALL.map(|landmark| {
        let place = body.place(landmark);
        let [wobble_x, wobble_y, wobble_z] = noise.of(landmark);
        let x = f64::from(aspect) / 2.0 + SCALE * along(across, place) + wobble_x;
        let y = GROUND - SCALE * place[2] + wobble_y;
        let z = SCALE * (along(away, place) - pelvis) + wobble_z;
        Keypoint {
            x: (x / f64::from(aspect)) as f32,
            y: y as f32,
            z: (z / f64::from(aspect)) as f32,
            visibility: 0.99,
        }
    });
    Pose::new(keypoints, aspect)
}

/// The pose as a phone sees it.
pub(super) fn seen(plan: &Plan, seed: u64, viewpoint: &Viewpoint, seconds: f64) -> Pose {
    let body = Skeleton::of(plan, seconds);
    let lens = Lens::of(viewpoint, seconds);
    let pelvis = lens.depth(body.pelvis());
    let noise = Noise::at(seed, viewpoint.jitter, seconds);
    let sway = sway(viewpoint.sway, seconds);
    let (roll_sin, roll_cos) = math::sin_cos(-viewpoint.roll_degrees.to_radians());
    let aspect = f64::from(viewpoint.aspect);
    let keypoints = Landmark::ALL.map(|landmark| {
        let place = lens.lifted(body.place(landmark), landmark);
        let (right, down) = lens.picture(place);
        let [wobble_x, wobble_y, wobble_z] = noise.of(landmark);
        let x = aspect / 2.0 + roll_cos * right - roll_sin * down + sway[0] + wobble_x;
        let y = 0.5 + roll_sin * right + roll_cos * down + sway[1] + wobble_y;
        let z = lens.focal / pelvis * (lens.depth(place) - pelvis) + wobble_z;
        let x = x / aspect;
        Keypoint {
            x: x as f32,
            y: y as f32,
            z: (z / aspect) as f32,
            visibility: visibility(viewpoint, landmark, x, y),
        }
    });
    Pose::new(keypoints, viewpoint.aspect)
}

/// What a network says of a point: more than one half even of those that it invents outside of the picture.
fn visibility(viewpoint: &Viewpoint, landmark: Landmark, x: f64, y: f64) -> f32 {
    let far = viewpoint.yaw_degrees.abs() > HIDES_DEGREES
        && viewpoint.yaw_degrees.abs() < 180.0 - HIDES_DEGREES
        && landmark.name().starts_with("left") == (viewpoint.yaw_degrees > 0.0);
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
        0.6
    } else if far {
        0.8
    } else {
        0.99
    }
}

/// The camera's axes at a moment.
struct Lens {
    place: Place,
    right: Place,
    up: Place,
    into: Place,
    focal: f64,
    /// How far the body has still to walk back, and whether a foot is in the air.
    ahead: Place,
    lifts: [f64; 2],
}

impl Lens {
    fn of(viewpoint: &Viewpoint, seconds: f64) -> Self {
        let (yaw_sin, yaw_cos) = math::sin_cos(viewpoint.yaw_degrees.to_radians());
        let level = [-yaw_cos, yaw_sin, 0.0];
        let (down, distance) = (viewpoint.height - ANKLE - MIDDLE, viewpoint.distance);
        let reach = math::hypot(down, distance);
        let (sin, cos) = (down / reach, distance / reach);
        let near = distance - distance / viewpoint.larger_at_first.max(0.1);
        let back = ((seconds - 1.5) / 2.0).clamp(0.0, 1.0);
        let left_to_walk = near * (1.0 - back * back * (3.0 - 2.0 * back));
        let walks = near.abs() > 0.01 && back > 0.0 && back < 1.0;
        let (step, _) = math::sin_cos(std::f64::consts::TAU * seconds);
        let lift = |side: f64| {
            if walks {
                0.05 * (side * step).max(0.0)
            } else {
                0.0
            }
        };
        Self {
            place: [
                -distance * level[0],
                -distance * level[1],
                viewpoint.height - ANKLE,
            ],
            right: [yaw_sin, yaw_cos, 0.0],
            up: [level[0] * sin, level[1] * sin, cos],
            into: [level[0] * cos, level[1] * cos, -sin],
            focal: viewpoint.figure * reach,
            ahead: [-level[0] * left_to_walk, -level[1] * left_to_walk, 0.0],
            lifts: [lift(1.0), lift(-1.0)],
        }
    }

    /// A point of the leg that steps back.
    fn lifted(&self, mut place: Place, landmark: Landmark) -> Place {
        use Landmark::*;
        let part = match landmark {
            LeftAnkle | LeftHeel | LeftFootIndex => self.lifts[0],
            RightAnkle | RightHeel | RightFootIndex => self.lifts[1],
            _ => 0.0,
        };
        place[2] += part;
        place
    }

    fn relative(&self, place: Place) -> Place {
        std::array::from_fn(|axis| place[axis] + self.ahead[axis] - self.place[axis])
    }

    fn depth(&self, place: Place) -> f64 {
        dot(self.relative(place), self.into).max(0.1)
    }

    /// To the right of the picture's middle and down, picture heights.
    fn picture(&self, place: Place) -> (f64, f64) {
        let seen = self.relative(place);
        let scale = self.focal / self.depth(place);
        (scale * dot(seen, self.right), -scale * dot(seen, self.up))
    }
}

fn dot(a: Place, b: Place) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// How far a hand has moved the picture, right and down: slow drifts, the swing of the arm, and a tremble.
pub(super) fn sway(size: f64, seconds: f64) -> [f64; 2] {
    let wave =
        |hertz: f64, begin: f64| math::sin_cos(std::f64::consts::TAU * (hertz * seconds + begin)).0;
    [
        size * (0.5 * wave(0.37, 0.1) + 0.35 * wave(1.1, 0.4) + 0.15 * wave(2.7, 0.7)),
        size * (0.5 * wave(0.29, 0.6) + 0.35 * wave(1.3, 0.2) + 0.15 * wave(3.1, 0.3)),
    ]
}

/// The noise of one frame's points.
struct Noise {
    seed: u64,
    jitter: f64,
    step: u64,
}

impl Noise {
    fn at(seed: u64, jitter: f64, seconds: f64) -> Self {
        let step = (seconds.max(0.0) * NOISE_RATE) as u64;
        Self { seed, jitter, step }
    }

    /// Of x, y and depth, picture heights.
    fn of(&self, landmark: Landmark) -> [f64; 3] {
        let normal = |channel: u64| self.jitter * noise::normal(self.seed, channel, self.step);
        let landmark = landmark as u64;
        let plane = |axis: u64| normal(1000 + 2 * landmark + axis);
        [plane(0), plane(1), 3.0 * normal(2000 + landmark)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Act, Squatter};

    fn standing(viewpoint: &Viewpoint) -> Pose {
        Squatter::new(Plan::default(), 1).seen(viewpoint, 5.0)
    }

    fn height(pose: &Pose, landmark: Landmark) -> f64 {
        f64::from(pose.get(landmark).y)
    }

    #[test]
    fn the_shoulders_depth_shows_the_yaw() {
        for yaw in [0.0, 20.0, 45.0, 70.0, 90.0, 135.0] {
            let mut viewpoint = Viewpoint::at(yaw);
            viewpoint.jitter = 0.0;
            let pose = standing(&viewpoint);
            let (left, right) = (
                pose.get(Landmark::LeftShoulder),
                pose.get(Landmark::RightShoulder),
            );
            let (across, away) = (left.x - right.x, left.z - right.z);
            let told = f64::from(away).atan2(f64::from(across)).to_degrees();
            assert!((told - yaw).abs() < 2.0, "{yaw}: {told}");
        }
    }

    #[test]
    fn a_camera_that_leans_makes_the_body_lean_the_other_way() {
        let viewpoint = Viewpoint {
            roll_degrees: 10.0,
            jitter: 0.0,
            ..Viewpoint::default()
        };
        let pose = standing(&viewpoint);
        let (nose, heel) = (pose.get(Landmark::Nose), pose.get(Landmark::LeftHeel));
        assert!(nose.x < 0.45 && heel.x > 0.5, "{nose:?} {heel:?}");
    }

    #[test]
    fn a_camera_near_the_floor_sees_feet_in_perspective() {
        let mut viewpoint = Viewpoint::at(45.0);
        viewpoint.jitter = 0.0;
        viewpoint.height = 1.2;
        let pose = standing(&viewpoint);
        // From above, what is nearer lies lower in the picture.
        let (near, far) = (
            height(&pose, Landmark::RightAnkle),
            height(&pose, Landmark::LeftAnkle),
        );
        assert!(near > far + 0.01, "{near} {far}");
    }

    #[test]
    fn who_walks_back_is_larger_before() {
        let viewpoint = Viewpoint {
            larger_at_first: 1.6,
            figure: 0.5,
            ..Viewpoint::default()
        };
        let squatter = Squatter::new(Plan::default(), 1);
        let tall = |seconds: f64| {
            let pose = squatter.seen(&viewpoint, seconds);
            height(&pose, Landmark::LeftAnkle) - height(&pose, Landmark::Nose)
        };
        let ratio = tall(0.5) / tall(5.0);
        assert!((1.5..1.7).contains(&ratio), "{ratio}");
    }

    #[test]
    fn every_movement_stays_finite_from_every_side() {
        for act in Act::NON_SQUATS {
            let plan = Plan {
                act,
                ..Plan::default()
            };
            let squatter = Squatter::new(plan, 1);
            for yaw in [0.0, 45.0, 90.0, 180.0, -60.0] {
                for step in 0..120 {
                    let pose = squatter.seen(&Viewpoint::at(yaw), f64::from(step) * 0.1);
                    let finite = |point: &Keypoint| {
                        [point.x, point.y, point.z]
                            .iter()
                            .all(|value| value.is_finite())
                    };
                    assert!(pose.keypoints.iter().all(finite), "{act:?} {yaw}");
                }
            }
        }
    }
}
