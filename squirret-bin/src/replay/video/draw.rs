//! Skeletons on frames.

use squirret::pose::{Landmark, Pose};

/// Points below this visibility are not drawn.
const MIN_VISIBILITY: f32 = 0.5;
/// Colours of the left side, the right side and what joins them, RGB.
const LEFT: [u8; 3] = [255, 138, 0];
const RIGHT: [u8; 3] = [0, 217, 231];
const MIDDLE: [u8; 3] = [255, 255, 255];

/// Draws the bones and joints of a pose on an RGB frame.
pub(super) fn skeleton(data: &mut [u8], [width, height]: [u32; 2], pose: &Pose) {
    let mut canvas = Canvas {
        data,
        width: width as i32,
        height: height as i32,
    };
    let radius = (width.min(height) as i32 / 240).max(1);
    let place = |landmark: Landmark| {
        let point = pose.get(landmark);
        let seen = point.visibility >= MIN_VISIBILITY && point.x.abs() < 4.0 && point.y.abs() < 4.0;
        seen.then_some([
            (point.x * width as f32) as i32,
            (point.y * height as f32) as i32,
        ])
    };
    for (from, to) in Landmark::BONES {
        if let (Some(a), Some(b)) = (place(from), place(to)) {
            canvas.line(a, b, radius, colour(from, to));
        }
    }
    for landmark in Landmark::ALL {
        if let Some(at) = place(landmark) {
            canvas.dot(at, radius + 1, colour(landmark, landmark));
        }
    }
}

fn colour(from: Landmark, to: Landmark) -> [u8; 3] {
    let is = |side: &str| from.name().contains(side) && to.name().contains(side);
    match (is("left"), is("right")) {
        (true, _) => LEFT,
        (_, true) => RIGHT,
        _ => MIDDLE,
    }
}

struct Canvas<'a> {
    data: &'a mut [u8],
    width: i32,
    height: i32,
}

impl Canvas<'_> {
    fn dot(&mut self, [x, y]: [i32; 2], radius: i32, colour: [u8; 3]) {
        for down in -radius..=radius {
            for across in -radius..=radius {
                let inside = across * across + down * down <= radius * radius;
                let (column, row) = (x + across, y + down);
                if inside && (0..self.width).contains(&column) && (0..self.height).contains(&row) {
                    let place = (row * self.width + column) as usize * 3;
                    if let Some(pixel) = self.data.get_mut(place..place + 3) {
                        pixel.copy_from_slice(&colour);
                    }
                }
            }
        }
    }

    fn line(&mut self, from: [i32; 2], to: [i32; 2], radius: i32, colour: [u8; 3]) {
        let steps = (to[0] - from[0]).abs().max((to[1] - from[1]).abs()).max(1);
        for step in 0..=steps {
            let at = [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * step / steps);
            self.dot(at, radius, colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squirret::pose::Keypoint;

    #[test]
    fn bones_are_drawn_where_both_ends_are_seen_and_nothing_outside_of_the_frame() {
        let mut points = [Keypoint::default(); 33];
        let seen = |x: f32, y: f32| Keypoint {
            x,
            y,
            z: 0.0,
            visibility: 1.0,
        };
        points[Landmark::LeftHip as usize] = seen(0.5, 0.2);
        points[Landmark::LeftKnee as usize] = seen(0.5, 0.8);
        points[Landmark::LeftAnkle as usize] = seen(0.5, 3.0);
        points[Landmark::RightHip as usize] = Keypoint {
            visibility: 0.1,
            ..seen(0.1, 0.2)
        };
        let mut data = vec![0; 20 * 20 * 3];
        skeleton(&mut data, [20, 20], &Pose::new(points, 1.0));
        let at = |x: usize, y: usize| &data[(y * 20 + x) * 3..][..3];
        assert_eq!(at(10, 10), LEFT);
        assert_eq!(at(10, 19), LEFT);
        assert_eq!(at(2, 4), [0, 0, 0]);
    }
}
