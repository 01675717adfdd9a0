//! People who walk, vanish and come back before a finder and a locator of our own, under simulated time.

use super::*;
use crate::pose::Landmark::{self, LeftAnkle, LeftHip, LeftKnee};
use std::cell::Cell;

/// Side of a person's region in px.
const SIZE: f32 = 200.0;
const PICTURE: [u32; 2] = [1000, 400];
const FRAME_MILLIS: i64 = 33;

/// A picture of people: what a detector and a landmark network would see of it.
#[derive(Default)]
struct Scene {
    /// Where their hips are, the surest first; who stands behind is hidden when the hips are near each other's.
    people: Vec<[f32; 2]>,
    /// The locator sees somebody even where nobody is, with this score.
    imagines: Option<f32>,
    /// The detector sees nobody, as in a deep squat.
    detector_is_blind: bool,
    /// Of the person in the last region: how far its centre was from their hips, in sizes.
    missed_by: Cell<f32>,
    finds: Cell<usize>,
    locates: Cell<usize>,
}

fn region([x, y]: [f32; 2]) -> Roi {
    Roi {
        x,
        y,
        size: SIZE,
        rotation: 0.0,
    }
}

impl PersonDetector for Scene {
    fn find(&self, _: RgbImage<'_>) -> Result<People, EstimateError> {
        self.finds.set(self.finds.get() + 1);
        let hidden = |i: usize| {
            let apart = |j: usize| (self.people[i][0] - self.people[j][0]).abs();
            (0..i).any(|j| apart(j) < 0.1 * SIZE)
        };
        let seen = (0..self.people.len()).filter(|i| !self.detector_is_blind && !hidden(*i));
        Ok(seen.map(|i| region(self.people[i])).collect())
    }
}

impl Locator for Scene {
    /// The person nearest to the middle of the region, if their hips are in it.
    fn locate(&self, _: RgbImage<'_>, roi: &Roi) -> Result<Option<Located>, EstimateError> {
        self.locates.set(self.locates.get() + 1);
        let off = |hips: &[f32; 2]| (hips[0] - roi.x).hypot(hips[1] - roi.y) / SIZE;
        let nearest = self
            .people
            .iter()
            .filter(|hips| off(hips) < 0.5)
            .min_by(|a, b| off(a).total_cmp(&off(b)));
        self.missed_by.set(nearest.map_or(0.0, off));
        Ok(match (nearest, self.imagines) {
            (Some(hips), _) => Some(standing(*hips, 0.99)),
            (None, Some(score)) => Some(standing([roi.x, roi.y], score)),
            (None, None) => None,
        })
    }
}

/// Somebody who stands with the hips there; left points at the right of the picture.
fn standing(hips: [f32; 2], score: f32) -> Located {
    let points = Landmark::ALL.map(|landmark| {
        let side = match landmark.name() {
            name if name.contains("left") => 15.0,
            name if name.contains("right") => -15.0,
            _ => 0.0,
        };
        let down = match landmark {
            LeftHip | Landmark::RightHip => 0.0,
            LeftKnee | Landmark::RightKnee => 35.0,
            landmark if landmark as usize >= LeftAnkle as usize => 70.0,
            _ => -50.0,
        };
        Keypoint {
            x: hips[0] + side,
            y: hips[1] + down,
            z: 0.0,
            visibility: 1.0,
        }
    });
    Located {
        points,
        world: None,
        alignment: [hips, [hips[0], hips[1] - SIZE / 2.5]],
        inside: 1.0,
        score,
    }
}

/// A stream of pictures.
#[derive(Default)]
struct Stream {
    track: Track,
    now: i64,
}

impl Stream {
    /// The next frame: the hips' place, if somebody is seen.
    fn frame(&mut self, scene: &Scene, millis: i64) -> Option<[f32; 2]> {
        self.now += millis;
        let data = vec![0; (PICTURE[0] * PICTURE[1] * 3) as usize];
        let image = RgbImage::new(PICTURE[0], PICTURE[1], &data).unwrap();
        let pose = estimate(scene, scene, image, &mut self.track, UnixMillis(self.now)).unwrap()?;
        let [left, right] = [LeftHip, Landmark::RightHip].map(|landmark| pose.get(landmark));
        let width = PICTURE[0] as f32;
        Some([(left.x + right.x) / 2.0 * width, left.y * PICTURE[1] as f32])
    }

    /// So many frames at 30 a second of a scene that does not change.
    fn frames(&mut self, scene: &Scene, count: usize) -> Option<[f32; 2]> {
        let mut last = None;
        for _ in 0..count {
            last = self.frame(scene, FRAME_MILLIS);
        }
        last
    }
}

fn one(x: f32) -> Scene {
    Scene {
        people: vec![[x, 200.0]],
        ..Scene::default()
    }
}

fn is_at(found: Option<[f32; 2]>, x: f32) {
    let found = found.expect("somebody is seen");
    assert!(
        (found[0] - x).abs() < 0.1 * SIZE,
        "{found:?} instead of {x}"
    );
}

#[test]
fn the_detector_looks_once_and_then_every_three_seconds() {
    let (scene, mut stream) = (one(300.0), Stream::default());
    for _ in 0..300 {
        is_at(stream.frame(&scene, FRAME_MILLIS), 300.0);
    }
    assert_eq!((scene.finds.get(), scene.locates.get()), (4, 300));
}

#[test]
fn deep_squats_ask_for_no_more_looks() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    // Ten frames a second: a second down, one at the bottom, one up, one at the top.
    for frame in 0..120 {
        let phase = frame % 40;
        let depth = (phase.min(30 - phase.min(30)) as f32 / 10.0).min(1.0);
        scene.people[0][1] = (0.3 * depth).mul_add(SIZE, 200.0);
        is_at(stream.frame(&scene, 100), 300.0);
    }
    assert_eq!((scene.finds.get(), scene.locates.get()), (4, 120));
}

#[test]
fn the_region_goes_ahead_of_somebody_who_walks() {
    let (mut scene, mut stream) = (one(200.0), Stream::default());
    stream.frames(&scene, 10);
    let mut missed: f32 = 0.0;
    // One and a half sizes a second (3 m/s) at eight frames a second: 0.19 sizes from frame to frame.
    for step in 0..18 {
        scene.people[0][0] += 0.19 * SIZE;
        if scene.people[0][0] > 900.0 {
            break;
        }
        assert!(stream.frame(&scene, 125).is_some());
        if step > 5 {
            missed = missed.max(scene.missed_by.get());
        }
    }
    assert!(missed < 0.12, "{missed}");
}

#[test]
fn somebody_who_walks_through_does_not_take_over() {
    for speed in [0.3, 0.6, 1.2] {
        let (mut scene, mut stream) = (one(500.0), Stream::default());
        stream.frames(&scene, 60);
        // In front of ours, and surer to be seen.
        scene.people.insert(0, [50.0, 200.0]);
        let mut elsewhere = 0;
        while scene.people[0][0] < 950.0 {
            scene.people[0][0] += speed * SIZE * FRAME_MILLIS as f32 / 1e3;
            let found = stream
                .frame(&scene, FRAME_MILLIS)
                .expect("somebody is seen");
            elsewhere += usize::from((found[0] - 500.0).abs() > 0.15 * SIZE);
        }
        assert!(
            elsewhere * FRAME_MILLIS as usize <= 700,
            "{elsewhere} frames of the other at {speed}"
        );
        is_at(stream.frames(&scene, 10), 500.0);
    }
}

/// The landmarks stick to whoever passes in front: the worst that a network can do.
#[test]
fn landmarks_that_go_along_with_another_come_back() {
    let (mut scene, mut stream) = (one(500.0), Stream::default());
    stream.frames(&scene, 60);
    // Ours is hidden while the other passes: the network has only the other to follow.
    scene.people[0][0] = 480.0;
    for _ in 0..40 {
        scene.people[0][0] += 0.5 * SIZE * FRAME_MILLIS as f32 / 1e3;
        stream.frame(&scene, FRAME_MILLIS);
        if scene.people[0][0] > 520.0 && scene.people.len() == 1 {
            scene.people.push([500.0, 200.0]);
        }
    }
    is_at(stream.frames(&scene, 15), 500.0);
}

#[test]
fn somebody_who_really_moves_is_followed_and_that_is_their_place_now() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 60);
    while scene.people[0][0] < 700.0 {
        scene.people[0][0] += 0.5 * SIZE * FRAME_MILLIS as f32 / 1e3;
        let at = scene.people[0][0];
        is_at(stream.frame(&scene, FRAME_MILLIS), at);
    }
    stream.frames(&scene, 60);
    // Somebody takes the old place, and is nobody to us.
    scene.people.insert(0, [300.0, 200.0]);
    is_at(stream.frames(&scene, 200), 700.0);
}

#[test]
fn who_leaves_is_lost_at_once_and_found_when_they_come_back() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 30);
    scene.people.clear();
    assert_eq!(stream.frame(&scene, FRAME_MILLIS), None);
    stream.frames(&scene, 60);
    scene.people.push([310.0, 200.0]);
    is_at(stream.frame(&scene, FRAME_MILLIS), 310.0);
}

#[test]
fn who_comes_back_elsewhere_is_found_within_three_hundred_milliseconds() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 30);
    scene.people[0] = [800.0, 200.0];
    let frames = (0..10).position(|_| stream.frame(&scene, FRAME_MILLIS).is_some());
    let millis = frames.expect("found") as i64 * FRAME_MILLIS;
    assert!(millis <= 300, "{millis}");
    is_at(stream.frame(&scene, FRAME_MILLIS), 800.0);
}

#[test]
fn somebody_else_is_not_taken_for_who_is_hidden_for_a_moment() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 30);
    scene.people[0] = [800.0, 200.0];
    for _ in 0..5 {
        assert_eq!(stream.frame(&scene, FRAME_MILLIS), None);
    }
    scene.people.push([300.0, 200.0]);
    is_at(stream.frame(&scene, FRAME_MILLIS), 300.0);
}

#[test]
fn a_network_that_imagines_a_person_is_not_believed_for_long() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 30);
    scene.people.clear();
    scene.imagines = Some(0.7);
    let frames = (0..30).position(|_| stream.frame(&scene, FRAME_MILLIS).is_none());
    let millis = frames.expect("lost") as i64 * FRAME_MILLIS;
    assert!(millis <= 300, "{millis}");
}

#[test]
fn who_squats_too_deep_for_the_detector_stays_found() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 30);
    scene.detector_is_blind = true;
    for _ in 0..300 {
        assert!(stream.frame(&scene, FRAME_MILLIS).is_some());
    }
}

#[test]
fn points_of_another_size_or_outside_their_region_are_not_believed() {
    let track = Track::default();
    let from = region([300.0, 200.0]);
    let good = standing([300.0, 200.0], 0.99);
    assert!(good.is_plausible(&from, &track));
    let outside = Located {
        inside: MIN_INSIDE - 0.01,
        ..good
    };
    assert!(!outside.is_plausible(&from, &track));
    for factor in [1.7, 1.0 / 1.7, 0.0, f32::NAN] {
        let extent = [300.0, 200.0 - SIZE / 2.5 * factor];
        let other = Located {
            alignment: [[300.0, 200.0], extent],
            ..good
        };
        assert!(!other.is_plausible(&from, &track), "{factor}");
    }
    let far = standing([360.0, 200.0], 0.99);
    assert!(!far.is_plausible(&from, &track));
}

#[test]
fn a_still_person_s_region_stands_still() {
    let (mut scene, mut stream) = (one(300.0), Stream::default());
    stream.frames(&scene, 30);
    let before = stream.track.region().unwrap();
    for frame in 0..60 {
        scene.people[0][0] = 300.0 + if frame % 2 == 0 { 0.5 } else { -0.5 };
        stream.frame(&scene, FRAME_MILLIS);
    }
    let expected = stream.track.expected().unwrap();
    assert!(
        (expected.x - before.x).abs() < 0.5,
        "{expected:?} {before:?}"
    );
}
