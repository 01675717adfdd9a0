//! The loop that networks with a region of interest share: a finder says where people are, a locator finds the points
//! of the one in a region, and each frame's points give the next frame's region.

use super::track::{Look, People, pose};
use super::{EstimateError, Keypoint, Pose, RgbImage, Roi, Track, WorldPoint};
use crate::UnixMillis;

/// Least share of the points that must lie in the region they were found in.
const MIN_INSIDE: f32 = 0.6;
/// Below this the locator is not sure that there is anybody, and the finder has a look.
const SURE_SCORE: f32 = 0.9;

/// Who says where people are.
pub(super) trait PersonDetector {
    /// Regions around people, the surest first.
    fn find(&self, image: RgbImage<'_>) -> Result<People, EstimateError>;

    /// Whether it sees people; else it only says where to begin, and is not asked about a person who is followed.
    fn sees_people(&self) -> bool {
        true
    }
}

/// Who finds the points of the person in a region.
pub(super) trait Locator {
    /// `None` when nobody is in the region.
    fn locate(&self, image: RgbImage<'_>, roi: &Roi) -> Result<Option<Located>, EstimateError>;
}

/// What a locator says about a region of a picture.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Located {
    /// The 33 points, in px of the whole picture.
    pub(super) points: [Keypoint; 33],
    /// In metres, when the network gives them.
    pub(super) world: Option<[WorldPoint; 33]>,
    /// Hips' midpoint and extent of the body in px of the picture: the next region ([`Roi::from_alignment`]).
    pub(super) alignment: [[f32; 2]; 2],
    /// Share of the points that lie in the region.
    pub(super) inside: f32,
    /// How sure, 0 to 1.
    pub(super) score: f32,
}

impl Located {
    /// The region that these points give for the next frame.
    fn next_region(&self) -> Option<Roi> {
        Roi::from_alignment(self.alignment[0], self.alignment[1])
    }

    /// Whether they look like the person of `roi` one frame later.
    fn is_plausible(&self, roi: &Roi, track: &Track) -> bool {
        self.inside >= MIN_INSIDE
            && self
                .next_region()
                .is_some_and(|next| track.may_follow(roi, &next))
    }

    /// Smooths them and gives the pose; the next frame looks where they are when `follows`.
    pub(super) fn finish(mut self, image: RgbImage<'_>, track: &mut Track, follows: bool) -> Pose {
        track.smooth(&mut self.points, self.world.as_mut(), &mut self.alignment);
        track.follow(self.next_region().filter(|_| follows));
        pose(self.points, self.world, self.score, image)
    }
}

/// One frame.
pub(super) fn estimate(
    finder: &impl PersonDetector,
    locator: &impl Locator,
    image: RgbImage<'_>,
    track: &mut Track,
    at: UnixMillis,
) -> Result<Option<Pose>, EstimateError> {
    track.begin(image.whole(), at);
    let Some(located) = locate(finder, locator, image, track, at)? else {
        track.lose(at);
        return Ok(None);
    };
    track.doubt(located.score < SURE_SCORE);
    Ok(Some(located.finish(image, track, true)))
}

/// Points of this frame that can be trusted: from the region that is followed or, when that fails, a fresh one.
fn locate(
    finder: &impl PersonDetector,
    locator: &impl Locator,
    image: RgbImage<'_>,
    track: &mut Track,
    at: UnixMillis,
) -> Result<Option<Located>, EstimateError> {
    if let Some(roi) = track.expected() {
        let look = if finder.sees_people() && track.is_look_due(at) {
            track.looked(&finder.find(image)?, at)
        } else {
            Look::Agreed
        };
        match look {
            Look::Lost => return Ok(None),
            Look::Elsewhere(other) => return locator.locate(image, &other),
            Look::Agreed => {}
        }
        let located = locator.locate(image, &roi)?;
        if let Some(located) = located.filter(|located| located.is_plausible(&roi, track)) {
            return Ok(Some(located));
        }
    }
    let people = finder.find(image)?;
    let found = if finder.sees_people() {
        track.searched(&people, at)
    } else {
        people.first()
    };
    let Some(roi) = found else { return Ok(None) };
    // What comes next is no small step from what was: it may be somebody else.
    if track
        .region()
        .is_some_and(|region| !track.may_follow(&region, &roi))
    {
        track.restart();
    }
    locator.locate(image, &roi)
}

#[cfg(test)]
mod tests;
