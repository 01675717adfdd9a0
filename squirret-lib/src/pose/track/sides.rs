//! Left and right: a network that mixes them up for a moment is put right.

use crate::pose::Landmark::{
    self, LeftAnkle, LeftElbow, LeftFootIndex, LeftHeel, LeftHip, LeftKnee, LeftShoulder,
};
use crate::pose::{Keypoint, WorldPoint};

/// Left and right of these tell whether the whole body was mixed up.
const BODY: [Landmark; 5] = [LeftShoulder, LeftElbow, LeftHip, LeftKnee, LeftAnkle];
/// And of these whether the legs alone were.
const LEGS: [Landmark; 2] = [LeftKnee, LeftAnkle];
/// What belongs to a leg below the hip.
const LEG: [Landmark; 4] = [LeftKnee, LeftAnkle, LeftHeel, LeftFootIndex];
/// The sides were mixed up when crossed over the points moved less than this share of what they moved as told.
const CROSSED_SHARE: f32 = 0.4;
/// And when as told they moved by more than this share of the body's size, on average.
const CROSSED_MOVE: f32 = 0.06;
/// After a longer gap a person may have turned round.
const MAX_GAP_SECONDS: f32 = 0.5;
/// Sides that stay crossed for longer are believed: the person turned round.
const MAX_CROSSED_SECONDS: f32 = 0.5;

/// For how long the sides have been crossed over, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides {
    body: f32,
    legs: f32,
}

/// What became of the sides in one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SideCheck {
    /// As they should be now.
    Right,
    /// They have been the other way round for so long that this is how they are: what was before no longer counts.
    Turned,
}

/// One frame's points, and where they were before.
pub(super) struct FramePoints<'a> {
    /// In px.
    pub(super) points: &'a mut [Keypoint; 33],
    /// In metres.
    pub(super) world: Option<&'a mut [WorldPoint; 33]>,
    /// The last frame's, x, y and z of each in turn.
    pub(super) last: &'a [f32; 99],
    /// Size of the body in px.
    pub(super) body: f32,
    /// Seconds since the last frame.
    pub(super) dt: f32,
}

impl Sides {
    /// Puts left and right back where they were: of the whole body, then of the legs.
    pub(super) fn keep(&mut self, mut frame: FramePoints<'_>) -> SideCheck {
        if keep(&mut self.body, &mut frame, &BODY, &|_| true) == SideCheck::Turned {
            *self = Self::default();
            return SideCheck::Turned;
        }
        let is_leg = |landmark: Landmark| {
            LEG.iter()
                .any(|left| [*left, left.mirrored()].contains(&landmark))
        };
        keep(&mut self.legs, &mut frame, &LEGS, &is_leg)
    }
}

fn keep(
    crossed_for: &mut f32,
    frame: &mut FramePoints<'_>,
    telling: &[Landmark],
    belongs: &dyn Fn(Landmark) -> bool,
) -> SideCheck {
    if frame.dt > MAX_GAP_SECONDS || !are_crossed(frame, telling) {
        *crossed_for = 0.0;
        return SideCheck::Right;
    }
    *crossed_for += frame.dt;
    if *crossed_for > MAX_CROSSED_SECONDS {
        return SideCheck::Turned;
    }
    let source = |landmark: Landmark| {
        if belongs(landmark) {
            landmark.mirrored() as usize
        } else {
            landmark as usize
        }
    };
    let told = *frame.points;
    *frame.points = Landmark::ALL.map(|landmark| told[source(landmark)]);
    if let Some(world) = frame.world.as_deref_mut() {
        let told = *world;
        *world = Landmark::ALL.map(|landmark| told[source(landmark)]);
    }
    SideCheck::Right
}

fn are_crossed(frame: &FramePoints<'_>, telling: &[Landmark]) -> bool {
    let moved = |from: Landmark, to: Landmark| {
        let [x, y] = [0, 1].map(|axis| frame.last[from as usize * 3 + axis]);
        let to = frame.points[to as usize];
        (to.x - x).hypot(to.y - y)
    };
    let both = || telling.iter().flat_map(|left| [*left, left.mirrored()]);
    let as_told: f32 = both().map(|landmark| moved(landmark, landmark)).sum();
    let crossed: f32 = both()
        .map(|landmark| moved(landmark, landmark.mirrored()))
        .sum();
    let points = 2.0 * telling.len() as f32;
    as_told > CROSSED_MOVE * frame.body * points && crossed < CROSSED_SHARE * as_told
}
