//! What is remembered from frame to frame.
#![cfg_attr(
    not(feature = "tract"),
    expect(dead_code, reason = "only a pose network moves a track on")
)]

use super::Landmark::{self, LeftAnkle, LeftElbow, LeftHip, LeftKnee, LeftShoulder};
use super::filter::{LowPass, OneEuro, OneEuroConfig};
use super::{Keypoint, Pose, RgbImage, Roi, WorldPoint};
use crate::UnixMillis;

/// A gap after which a stream starts anew.
const MAX_GAP_MILLIS: i64 = 2_000;
/// What a frame counts for when its time repeats or runs backwards.
const NOMINAL_SECONDS: f32 = 1.0 / 30.0;
/// The detector looks again after this time, although the landmarks follow by themselves.
const LOOK_INTERVAL_MILLIS: i64 = 3_000;
/// And after this one when it saw somebody, but not where the landmarks are.
const DOUBT_INTERVAL_MILLIS: i64 = 500;
/// Looks in a row that must disagree before the region is given up.
const MAX_DOUBTS: u8 = 3;
/// Regions that overlap less than this are not the same person.
const SAME_PERSON: f32 = 0.2;
/// Least share of the points that must lie in the region they were found in.
const MIN_INSIDE: f32 = 0.6;
/// A region may not grow or shrink by more than this from one frame to the next.
const MAX_SIZE_JUMP: f32 = 1.6;
/// Share of a new visibility at 30 frames/s.
const VISIBILITY_SHARE: f32 = 0.1;

/// Px across of the largest network's input.
const NETWORK_SIDE: f32 = 256.0;
/// Px of the longer side that a picture keeps while nobody is followed: enough for a person who fills half of it.
const SEARCH_SIDE: f32 = 512.0;

/// Left and right of these tell whether the sides were mixed up.
const SIDED: [Landmark; 5] = [LeftShoulder, LeftElbow, LeftHip, LeftKnee, LeftAnkle];
/// The sides were mixed up when crossed over the points moved less than this share of what they moved as told.
const CROSSED_SHARE: f32 = 0.4;
/// And when as told they moved by more than this share of the body's size, on average.
const CROSSED_MOVE: f32 = 0.06;
/// After a longer gap a person may have turned round.
const MAX_CROSSED_GAP_SECONDS: f32 = 0.25;
/// Sides that stay crossed for longer are believed: the person turned round.
const MAX_CROSSED_SECONDS: f32 = 0.5;

/// What an estimator remembers of one stream of frames: the region of interest, the filter, when it last looked.
/// Its size is fixed, about 5 KiB. A track belongs to one stream and one estimator; a new one starts fresh.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Sizes of the last picture in px.
    picture: [u32; 2],
    last: Option<UnixMillis>,
    /// Seconds since the last frame.
    dt: f32,
    region: Option<Roi>,
    looked_at: Option<UnixMillis>,
    doubts: u8,
    /// Seconds for which the sides have been crossed over.
    crossed_for: f32,
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

    /// Where the next frame's person is expected, px; `None` when nobody is followed.
    #[must_use]
    pub const fn region(&self) -> Option<Roi> {
        self.region
    }

    /// How much smaller a picture of that size may be without loss for the next frame: 1, 2, 4 or 8. A network sees
    /// the region of interest with 256 px across; while nobody is followed, the region may be small.
    #[must_use]
    pub fn reduction(&self, [width, height]: [u32; 2]) -> u32 {
        let seen = match self.region.filter(|_| self.picture == [width, height]) {
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

    /// Whether the detector should have another look although somebody is followed.
    pub(super) fn is_look_due(&self, at: UnixMillis) -> bool {
        let interval = if self.doubts > 0 {
            DOUBT_INTERVAL_MILLIS
        } else {
            LOOK_INTERVAL_MILLIS
        };
        self.looked_at
            .is_none_or(|looked| !(0..interval).contains(&at.since(looked)))
    }

    /// The detector was asked because nobody was followed.
    pub(super) const fn searched(&mut self, at: UnixMillis) {
        self.looked_at = Some(at);
        self.doubts = 0;
    }

    /// The detector had another look and saw people in `regions`. Gives the region to change to when it has now
    /// said several times that the person is elsewhere; seeing nobody is no reason (a deep squat may hide one).
    pub(super) fn looked(&mut self, regions: &[Roi], at: UnixMillis) -> Option<Roi> {
        self.looked_at = Some(at);
        let tracked = self.region?;
        let agrees = regions
            .iter()
            .any(|region| region.overlap(&tracked) >= SAME_PERSON);
        self.doubts = if agrees || regions.is_empty() {
            0
        } else {
            self.doubts.saturating_add(1)
        };
        if self.doubts < MAX_DOUBTS {
            return None;
        }
        self.lose();
        regions.first().copied()
    }

    /// Whether points found in `roi` look like the person in it: enough of them inside, and the region that they
    /// give next not of a wholly different size. A network is sure of itself in a wrong region too.
    pub(super) fn is_plausible(&self, roi: &Roi, next: Option<Roi>, inside: f32) -> bool {
        next.is_some_and(|next| {
            let jump = next.size / roi.size;
            inside >= MIN_INSIDE && (1.0 / MAX_SIZE_JUMP..=MAX_SIZE_JUMP).contains(&jump)
        })
    }

    /// Nobody is followed any more.
    pub(super) const fn lose(&mut self) {
        self.region = None;
        self.doubts = 0;
        self.start_filters();
        self.alignment.reset();
    }

    const fn start_filters(&mut self) {
        self.crossed_for = 0.0;
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
        let moved = |from: Landmark, to: Landmark| {
            let [x, y] = [last[from as usize * 3], last[from as usize * 3 + 1]];
            (points[to as usize].x - x).hypot(points[to as usize].y - y)
        };
        let both = |left: Landmark| [(left, left), (left.mirrored(), left.mirrored())];
        let as_told: f32 = SIDED
            .iter()
            .flat_map(|l| both(*l))
            .map(|(from, to)| moved(from, to))
            .sum();
        let crossed: f32 = SIDED
            .iter()
            .flat_map(|l| both(*l))
            .map(|(from, to)| moved(from, to.mirrored()))
            .sum();
        let is_crossed = self.dt <= MAX_CROSSED_GAP_SECONDS
            && as_told > CROSSED_MOVE * body * (2 * SIDED.len()) as f32
            && crossed < CROSSED_SHARE * as_told;
        if !is_crossed {
            self.crossed_for = 0.0;
            return;
        }
        self.crossed_for += self.dt;
        if self.crossed_for > MAX_CROSSED_SECONDS {
            self.start_filters();
            return;
        }
        let told = *points;
        *points = Landmark::ALL.map(|landmark| told[landmark.mirrored() as usize]);
        if let Some(world) = world {
            let told = *world;
            *world = Landmark::ALL.map(|landmark| told[landmark.mirrored() as usize]);
        }
    }

    /// The next frame's region.
    pub(super) const fn follow(&mut self, region: Option<Roi>) {
        self.region = region;
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
        track.searched(at);
        track.follow(Some(roi(200.0)));
    }

    #[test]
    fn the_detector_looks_again_after_its_interval() {
        let mut track = Track::default();
        following(&mut track, UnixMillis(0));
        assert!(!track.is_look_due(UnixMillis(LOOK_INTERVAL_MILLIS - 1)));
        assert!(track.is_look_due(UnixMillis(LOOK_INTERVAL_MILLIS)));
        assert!(
            track.is_look_due(UnixMillis(-1)),
            "a clock that was set back"
        );
    }

    #[test]
    fn somebody_who_walks_through_does_not_take_over_and_one_who_stays_does() {
        let mut track = Track::default();
        following(&mut track, UnixMillis(0));
        // Both are seen: nothing changes.
        assert_eq!(
            track.looked(&[roi(900.0), roi(210.0)], UnixMillis(3_000)),
            None
        );
        // Only the other one, once; then ours again.
        assert_eq!(track.looked(&[roi(900.0)], UnixMillis(6_000)), None);
        assert!(
            track.is_look_due(UnixMillis(6_500)),
            "in doubt it looks sooner"
        );
        assert_eq!(track.looked(&[roi(200.0)], UnixMillis(6_500)), None);
        // Nobody: a deep squat.
        assert_eq!(track.looked(&[], UnixMillis(9_500)), None);
        assert_eq!(track.region(), Some(roi(200.0)));
        // Ours is gone for good.
        let looks = [12_000, 12_500, 13_000].map(|at| track.looked(&[roi(900.0)], UnixMillis(at)));
        assert_eq!(looks, [None, None, Some(roi(900.0))]);
    }

    #[test]
    fn points_outside_and_sudden_sizes_are_not_plausible() {
        let track = Track::default();
        let from = roi(200.0);
        assert!(track.is_plausible(&from, Some(from), MIN_INSIDE));
        assert!(!track.is_plausible(&from, Some(from), MIN_INSIDE - 0.01));
        assert!(!track.is_plausible(
            &from,
            Some(Roi {
                size: 300.0 * 1.7,
                ..from
            }),
            1.0
        ));
        assert!(!track.is_plausible(
            &from,
            Some(Roi {
                size: 300.0 / 1.7,
                ..from
            }),
            1.0
        ));
        assert!(!track.is_plausible(&from, None, 1.0));
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

    #[test]
    fn sides_that_are_mixed_up_for_a_moment_are_put_back_and_a_turn_is_believed() {
        let mut track = Track::default();
        let seen = person();
        let crossed = Landmark::ALL.map(|landmark| seen[landmark.mirrored() as usize]);
        step(&mut track, seen, AT[0]);
        let kept = step(&mut track, crossed, AT[1]);
        assert!((kept[LeftKnee as usize].x - seen[LeftKnee as usize].x).abs() < 1.0);
        let mut turned = kept;
        for frame in 2..30 {
            turned = step(&mut track, crossed, AT[0].plus(frame * 33));
        }
        assert!((turned[LeftKnee as usize].x - crossed[LeftKnee as usize].x).abs() < 1.0);
    }

    #[test]
    fn its_size_is_as_told() {
        assert!(size_of::<Track>() <= 5 * 1024, "{}", size_of::<Track>());
    }
}
