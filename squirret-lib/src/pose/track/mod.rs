//! What is remembered from frame to frame.

mod people;
mod place;
mod sides;

pub(super) use people::People;
pub(super) use place::Look;

use super::filter::{LowPass, OneEuro, OneEuroConfig};
use super::{Keypoint, Pose, RgbImage, Roi, WorldPoint};
use crate::UnixMillis;
use place::PersonSlot;
use sides::{FramePoints, SideCheck, Sides};

/// A gap after which a stream starts anew.
const MAX_GAP_MILLIS: i64 = 2_000;
/// What a frame counts for when its time repeats or runs backwards.
const NOMINAL_SECONDS: f32 = 1.0 / 30.0;
/// Share of a new visibility at 30 frames/s.
const VISIBILITY_SHARE: f32 = 0.1;

/// Px across of the largest network's input.
const NETWORK_SIDE: f32 = 256.0;
/// Px of the longer side that a picture keeps while nobody is followed: enough for a person who fills half of it.
const SEARCH_SIDE: f32 = 512.0;

/// What an estimator remembers of one stream of frames: the region of interest, the filter, when it last looked.
/// Its size is fixed, about 5 KiB. A track belongs to one stream and one estimator; a new one starts fresh.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Sizes of the last picture in px.
    picture: [u32; 2],
    last: Option<UnixMillis>,
    /// Seconds since the last frame.
    dt: f32,
    place: PersonSlot,
    sides: Sides,
    points: OneEuro<99>,
    world: OneEuro<99>,
    alignment: OneEuro<4>,
    visibility: LowPass<33>,
}

impl Track {
    /// Forgets the person: the next frame starts with the detector.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Where the person was in the last frame, px; `None` when nobody is followed.
    #[must_use]
    pub const fn region(&self) -> Option<Roi> {
        self.place.region()
    }

    /// How much smaller a picture of that size may be without loss for the next frame: 1, 2, 4 or 8. A network sees
    /// the region of interest with 256 px across; while nobody is followed, the region may be small.
    #[must_use]
    pub fn reduction(&self, [width, height]: [u32; 2]) -> u32 {
        let seen = match self.region().filter(|_| self.picture == [width, height]) {
            Some(region) => region.size / NETWORK_SIDE,
            None => width.max(height) as f32 / SEARCH_SIDE,
        };
        [8, 4, 2]
            .into_iter()
            .find(|reduction| seen >= *reduction as f32)
            .unwrap_or(1)
    }

    /// A frame begins. Pictures of another size and long gaps start anew.
    pub(super) fn begin(&mut self, picture: [u32; 2], at: UnixMillis) {
        let gap = self.last.map_or(0, |last| at.since(last));
        if self.picture != picture || !(-MAX_GAP_MILLIS..=MAX_GAP_MILLIS).contains(&gap) {
            self.reset();
        }
        self.picture = picture;
        self.dt = if gap > 0 {
            gap as f32 / 1e3
        } else {
            NOMINAL_SECONDS
        };
        self.last = Some(at);
    }

    /// Where the person should be in this frame, by how they moved; `None` when nobody is followed.
    pub(super) fn expected(&self) -> Option<Roi> {
        self.place.expected(self.dt)
    }

    /// Whether the detector should have another look although somebody is followed.
    pub(super) fn is_look_due(&self, at: UnixMillis) -> bool {
        self.place.is_look_due(at)
    }

    /// The detector was asked because nobody was followed, or not where they should be: who of `people` it is.
    pub(super) fn searched(&mut self, people: &People, at: UnixMillis) -> Option<Roi> {
        self.place.searched(people, at)
    }

    /// The detector had another look and saw `people`. When the person is elsewhere, the filters start anew there.
    pub(super) fn looked(&mut self, people: &People, at: UnixMillis) -> Look {
        let look = self.place.looked(people, at);
        match look {
            Look::Agreed => {}
            Look::Elsewhere(_) => self.restart(),
            Look::Lost => self.lose(at),
        }
        look
    }

    /// Whether the person of region `from` may be in `next` one frame later. A network is sure of itself in a wrong
    /// region too.
    pub(super) fn may_follow(&self, from: &Roi, next: &Roi) -> bool {
        PersonSlot::may_follow(from, next, self.dt)
    }

    /// The landmarks are there, but not sure that there is anybody.
    pub(super) const fn doubt(&mut self, unsure: bool) {
        self.place.doubt(unsure);
    }

    /// Nobody is followed any more.
    pub(super) fn lose(&mut self, at: UnixMillis) {
        self.restart();
        self.place.lose(at);
    }

    /// Somebody is followed from somewhere else.
    pub(super) fn restart(&mut self) {
        self.place.restart();
        self.start_filters();
        self.alignment.reset();
    }

    fn start_filters(&mut self) {
        self.sides = Sides::default();
        self.points.reset();
        self.world.reset();
        self.visibility.reset();
    }

    /// Puts left and right back where they were when a network mixes them up for a moment.
    fn keep_sides(
        &mut self,
        points: &mut [Keypoint; 33],
        world: Option<&mut [WorldPoint; 33]>,
        body: f32,
    ) {
        let Some(last) = self.points.last() else {
            return;
        };
        let frame = FramePoints {
            points,
            world,
            last,
            body,
            dt: self.dt,
        };
        if self.sides.keep(frame) == SideCheck::Turned {
            self.start_filters();
        }
    }

    /// The next frame's region.
    pub(super) fn follow(&mut self, region: Option<Roi>) {
        self.place.follow(region, self.dt);
    }

    /// Smooths points (px), points in metres and the two that steer the region, in place.
    pub(super) fn smooth(
        &mut self,
        points: &mut [Keypoint; 33],
        mut world: Option<&mut [WorldPoint; 33]>,
        alignment: &mut [[f32; 2]; 2],
    ) {
        let dt = self.dt;
        // Twice the distance from the hips to the end of the body: how large the person is in the picture.
        let [hips, extent] = *alignment;
        let body = 2.0 * (extent[0] - hips[0]).hypot(extent[1] - hips[1]);
        let per_px = 1.0 / body.max(1.0);
        self.keep_sides(points, world.as_deref_mut(), body);

        let mut visibility: [f32; 33] = std::array::from_fn(|i| points[i].visibility);
        self.visibility.apply(&mut visibility, dt, VISIBILITY_SHARE);
        let mut flat = flatten(points.map(|p| [p.x, p.y, p.z]));
        self.points
            .apply(&mut flat, dt, per_px, OneEuroConfig::POINTS);
        for (i, point) in points.iter_mut().enumerate() {
            let [x, y, z] = [flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]];
            *point = Keypoint {
                x,
                y,
                z,
                visibility: visibility[i],
            };
        }
        if let Some(world) = world {
            let mut flat = flatten(world.map(|p| [p.x, p.y, p.z]));
            self.world.apply(&mut flat, dt, 1.0, OneEuroConfig::WORLD);
            for (i, point) in world.iter_mut().enumerate() {
                *point = WorldPoint {
                    x: flat[3 * i],
                    y: flat[3 * i + 1],
                    z: flat[3 * i + 2],
                };
            }
        }
        let mut flat = [hips[0], hips[1], extent[0], extent[1]];
        self.alignment
            .apply(&mut flat, dt, per_px, OneEuroConfig::REGION);
        *alignment = [[flat[0], flat[1]], [flat[2], flat[3]]];
    }
}

fn flatten(points: [[f32; 3]; 33]) -> [f32; 99] {
    std::array::from_fn(|i| points[i / 3][i % 3])
}

/// A pose from points in px.
pub(super) fn pose(
    points: [Keypoint; 33],
    world: Option<[WorldPoint; 33]>,
    score: f32,
    image: RgbImage<'_>,
) -> Pose {
    let [width, height] = image.whole().map(|side| side as f32);
    let keypoints = points.map(|p| Keypoint {
        x: p.x / width,
        y: p.y / height,
        z: p.z / width,
        ..p
    });
    Pose {
        keypoints,
        world,
        score: score.clamp(0.0, 1.0),
        aspect: image.aspect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::Landmark::{self, LeftAnkle, LeftHip, LeftKnee, Nose};

    const AT: [UnixMillis; 2] = [UnixMillis(1_000), UnixMillis(1_033)];

    fn roi(x: f32) -> Roi {
        Roi {
            x,
            y: 200.0,
            size: 300.0,
            rotation: 0.0,
        }
    }

    fn following(track: &mut Track, at: UnixMillis) {
        track.begin([400, 400], at);
        track.searched(&std::iter::once(roi(200.0)).collect(), at);
        track.follow(Some(roi(200.0)));
    }

    #[test]
    fn a_clock_that_was_set_back_lets_the_detector_look() {
        let mut track = Track::default();
        following(&mut track, UnixMillis(0));
        assert!(!track.is_look_due(UnixMillis(2_999)));
        assert!(track.is_look_due(UnixMillis(3_000)));
        assert!(track.is_look_due(UnixMillis(-1)));
    }

    #[test]
    fn another_picture_size_or_a_long_gap_starts_anew() {
        let mut track = Track::default();
        following(&mut track, UnixMillis(0));
        track.begin([400, 400], UnixMillis(MAX_GAP_MILLIS));
        assert!(track.region().is_some());
        track.begin([400, 400], UnixMillis(2 * MAX_GAP_MILLIS + 1));
        assert!(track.region().is_none());
        following(&mut track, UnixMillis(0));
        track.begin([401, 400], UnixMillis(1));
        assert!(track.region().is_none());
    }

    #[test]
    fn a_picture_may_be_as_small_as_the_region_allows() {
        let mut track = Track::default();
        assert_eq!(
            [400, 1023, 1024, 2048, 4096].map(|side| track.reduction([side, 100])),
            [1, 1, 2, 4, 8]
        );
        track.begin([4000, 4000], UnixMillis(0));
        for (size, reduction) in [
            (100.0, 1),
            (511.0, 1),
            (512.0, 2),
            (1100.0, 4),
            (2100.0, 8),
            (9000.0, 8),
        ] {
            track.follow(Some(Roi { size, ..roi(0.0) }));
            assert_eq!(track.reduction([4000, 4000]), reduction, "{size}");
        }
        assert_eq!(
            track.reduction([100, 100]),
            1,
            "another picture, nobody followed there"
        );
    }

    #[test]
    fn a_time_that_repeats_counts_as_one_frame() {
        let mut track = Track::default();
        for at in [5, 5, 4] {
            track.begin([400, 400], UnixMillis(at));
            assert_eq!(track.dt, NOMINAL_SECONDS);
        }
        track.begin([400, 400], UnixMillis(104));
        assert!((track.dt - 0.1).abs() < 1e-6);
    }

    /// A person who faces the camera: left points at the right of the picture.
    fn person() -> [Keypoint; 33] {
        Landmark::ALL.map(|landmark| {
            let side = if landmark.name().contains("left") {
                40.0
            } else {
                -40.0
            };
            Keypoint {
                x: 200.0 + side,
                y: 100.0 + landmark as u8 as f32 * 5.0,
                z: 0.0,
                visibility: 1.0,
            }
        })
    }

    fn step(track: &mut Track, points: [Keypoint; 33], at: UnixMillis) -> [Keypoint; 33] {
        let mut points = points;
        track.begin([400, 400], at);
        track.smooth(&mut points, None, &mut [[200.0, 200.0], [200.0, 100.0]]);
        points
    }

    /// The points with left and right of some of them changed.
    fn crossed(points: [Keypoint; 33], from: Landmark) -> [Keypoint; 33] {
        Landmark::ALL.map(|landmark| {
            if landmark as usize >= from as usize {
                points[landmark.mirrored() as usize]
            } else {
                points[landmark as usize]
            }
        })
    }

    #[test]
    fn sides_that_are_mixed_up_for_a_moment_are_put_back_and_a_turn_is_believed() {
        // The whole body, and the legs below the hips alone.
        for from in [Nose, LeftKnee] {
            let mut track = Track::default();
            let seen = person();
            let crossed = crossed(seen, from);
            step(&mut track, seen, AT[0]);
            let kept = step(&mut track, crossed, AT[1]);
            for landmark in Landmark::ALL {
                let off = kept[landmark as usize].x - seen[landmark as usize].x;
                assert!(off.abs() < 1.0, "{landmark:?} {off}");
            }
            let mut turned = kept;
            for frame in 2..30 {
                turned = step(&mut track, crossed, AT[0].plus(frame * 33));
            }
            let off = turned[LeftKnee as usize].x - crossed[LeftKnee as usize].x;
            assert!(off.abs() < 1.0, "{off}");
        }
    }

    /// Every fifth frame of a squat has its sides mixed up: the knee's angle must not show it.
    #[test]
    fn frames_with_mixed_up_sides_do_not_show_in_the_angles() {
        let squat = |frame: i64| {
            let down = (frame as f32 / 15.0 * std::f32::consts::PI).sin().abs() * 40.0;
            person().map(|p| {
                // Hips sink, knees go outwards, unlike on both sides.
                let out = if (180.0..240.0).contains(&p.y) {
                    down * 0.3
                } else {
                    0.0
                };
                let lean = if p.x > 200.0 { 1.5 } else { 0.5 };
                Keypoint {
                    x: (p.x - 200.0).signum().mul_add(out * lean, p.x),
                    y: p.y + if p.y < 230.0 { down } else { 0.0 },
                    ..p
                }
            })
        };
        let angles = |mixed: &dyn Fn(i64) -> bool| -> Vec<f32> {
            let mut track = Track::default();
            (0..90)
                .map(|frame| {
                    let seen = squat(frame);
                    let told = if mixed(frame) {
                        crossed(seen, Nose)
                    } else {
                        seen
                    };
                    let points = step(&mut track, told, UnixMillis(frame * 33));
                    Pose::new(points, 1.0)
                        .angle(LeftHip, LeftKnee, LeftAnkle)
                        .unwrap()
                })
                .collect()
        };
        let right = angles(&|_| false);
        let mixed = angles(&|frame| frame % 5 == 4);
        let worst = right
            .iter()
            .zip(&mixed)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(
            right.iter().any(|angle| (angle - right[0]).abs() > 10.0),
            "it is a squat"
        );
        assert!(worst < 0.1, "{worst}");
    }

    #[test]
    fn its_size_is_as_told() {
        assert!(size_of::<Track>() <= 5 * 1024, "{}", size_of::<Track>());
    }
}
