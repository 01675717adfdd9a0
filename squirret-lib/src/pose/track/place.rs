//! Where the person of a stream is: the region from frame to frame, and whose it is.
//!
//! Landmarks follow whom they see in the region, also when somebody else walks through it. So the place where the
//! person has been is remembered as *home*: a person who squats stays there. When the region moves away, the detector
//! looks; whoever stands at home is the person, and only when nobody does, the region has moved for good.

use super::People;
use crate::UnixMillis;
use crate::pose::Roi;

/// The detector looks again after this time, although the landmarks follow by themselves.
const LOOK_INTERVAL_MILLIS: i64 = 3_000;
/// And after this one while it is not certain that they follow the right person, or anybody.
const DOUBT_INTERVAL_MILLIS: i64 = 100;
/// Looks in a row that must see the person elsewhere before the region is given up.
const MAX_DOUBTS: u8 = 3;
/// The same when the landmarks are not sure either.
const MAX_UNSURE_DOUBTS: u8 = 2;
/// Looks in a row that must see nobody at home before the person has moved.
const MAX_EMPTY: u8 = 4;
/// Centres farther apart than this share of the region's size are not the same person's: a third is about 0.7 m.
const REACH: f32 = 0.33;
/// How far the region may stray from home, in sizes, before it is asked who stands there.
const STRAY: f32 = 0.2;
/// Of that way, height counts by this share: a deep squat lowers the hips by more than a quarter of the region.
const STRAY_DOWN_SHARE: f32 = 0.5;
/// Home moves with the person by this share of the way in a second.
const HOME_SHARE: f32 = 0.5;

/// A region may not grow or shrink by more than this from one frame to the next.
const MAX_SIZE_JUMP: f32 = 1.6;
/// Nor move by more than this share of its size, whatever the time between,
const MAX_JUMP: f32 = 0.2;
/// and this much more a second.
const MAX_JUMP_SPEED: f32 = 2.0;

/// Share of a new velocity of the region, a second: half of it counts after 50 ms.
const VELOCITY_RATE: f32 = 10.0;
/// Slower moves, in sizes a second, are left to the filter; a still person's region stands still.
const MIN_SPEED: f32 = 0.1;
/// Prediction ends after this time, and at this share of the size.
const MAX_AHEAD_SECONDS: f32 = 0.3;
const MAX_AHEAD: f32 = 0.25;

/// For this long after the person was lost nobody else is taken for them.
const FAITH_MILLIS: i64 = 250;
/// For this long whoever is nearest to where the person was is preferred to the surest.
const MEMORY_MILLIS: i64 = 10_000;

/// The region of one stream over time.
#[derive(Clone, Debug, Default)]
pub(super) struct PersonSlot {
    region: Option<Roi>,
    /// Px a second.
    velocity: [f32; 2],
    /// Where the person has been for the last seconds.
    home: Option<Roi>,
    looked_at: Option<UnixMillis>,
    /// Looks in a row that contradicted the region.
    doubts: u8,
    /// Looks in a row that saw nobody at home.
    empty: u8,
    /// The landmarks are not sure that there is anybody.
    unsure: bool,
    lost_at: Option<UnixMillis>,
}

impl PersonSlot {
    pub(super) const fn region(&self) -> Option<Roi> {
        self.region
    }

    /// Where the person should be `dt` seconds after the last frame.
    pub(super) fn expected(&self, dt: f32) -> Option<Roi> {
        let region = self.region?;
        let speed = self.velocity[0].hypot(self.velocity[1]);
        let counted = (speed - MIN_SPEED * region.size).max(0.0);
        let ahead = (counted * dt.min(MAX_AHEAD_SECONDS)).min(MAX_AHEAD * region.size);
        if ahead <= 0.0 {
            return Some(region);
        }
        let [dx, dy] = self.velocity.map(|v| v / speed * ahead);
        Some(Roi {
            x: region.x + dx,
            y: region.y + dy,
            ..region
        })
    }

    /// Whether the detector should have another look although somebody is followed.
    pub(super) fn is_look_due(&self, at: UnixMillis) -> bool {
        let strays =
            matches!((&self.region, &self.home), (Some(region), Some(home)) if region.strays(home));
        let interval = if strays || self.unsure || self.doubts > 0 {
            DOUBT_INTERVAL_MILLIS
        } else {
            LOOK_INTERVAL_MILLIS
        };
        self.looked_at
            .is_none_or(|looked| !(0..interval).contains(&at.since(looked)))
    }

    /// The detector was asked because nobody was followed, and saw `people`: who of them is the person?
    pub(super) fn searched(&mut self, people: &People, at: UnixMillis) -> Option<Roi> {
        self.looked_at = Some(at);
        self.doubts = 0;
        let lost_for = self.lost_at.map(|lost| at.since(lost));
        let Some(home) = self
            .home
            .filter(|_| lost_for.is_none_or(|lost| (0..=MEMORY_MILLIS).contains(&lost)))
        else {
            return people.first();
        };
        let same = people.nearest(&home, REACH);
        if lost_for.is_some_and(|lost| lost > FAITH_MILLIS) {
            return same.or(people.first());
        }
        same
    }

    /// The detector had another look and saw `people`. Gives the region to change to when the person is elsewhere;
    /// seeing nobody is no reason (a deep squat may hide one) unless the landmarks are not sure either.
    pub(super) fn looked(&mut self, people: &People, at: UnixMillis) -> Look {
        self.looked_at = Some(at);
        let Some(region) = self.region else {
            return Look::Lost;
        };
        let followed = people.nearest(&region, REACH);
        let at_home = self.home.and_then(|home| people.nearest(&home, REACH));
        self.empty = if at_home.is_some() || people.is_empty() {
            0
        } else {
            self.empty.saturating_add(1)
        };
        if at_home.is_some() && at_home != followed {
            self.doubts = 0;
            return at_home.map_or(Look::Agreed, Look::Elsewhere);
        }
        if followed.is_some() && self.empty >= MAX_EMPTY {
            self.home = Some(region);
        }
        let contradicts = followed.is_none() && (self.unsure || !people.is_empty());
        self.doubts = if contradicts {
            self.doubts.saturating_add(1)
        } else {
            0
        };
        let patience = if self.unsure {
            MAX_UNSURE_DOUBTS
        } else {
            MAX_DOUBTS
        };
        match people.first() {
            _ if self.doubts < patience => Look::Agreed,
            Some(other) => Look::Elsewhere(other),
            None => Look::Lost,
        }
    }

    /// Whether a region may follow on another, `dt` seconds later: not of a wholly different size, nor far away.
    pub(super) fn may_follow(from: &Roi, next: &Roi, dt: f32) -> bool {
        let moved = next.apart(from);
        next.is_like(from) && moved <= MAX_JUMP_SPEED.mul_add(dt, MAX_JUMP)
    }

    /// The landmarks are there, and say how sure they are.
    pub(super) const fn doubt(&mut self, unsure: bool) {
        self.unsure = unsure;
    }

    /// The next frame's region, `dt` seconds after the last one's.
    pub(super) fn follow(&mut self, region: Option<Roi>, dt: f32) {
        if let (Some(from), Some(to)) = (self.region, region) {
            let share = (VELOCITY_RATE * dt).min(1.0);
            for (v, moved) in self.velocity.iter_mut().zip([to.x - from.x, to.y - from.y]) {
                *v += share * (moved / dt - *v);
            }
        }
        self.region = region;
        let Some(region) = region else { return };
        self.lost_at = None;
        self.home = Some(match self.home {
            Some(home) if !region.strays(&home) => {
                home.towards(&region, (HOME_SHARE * dt).min(1.0))
            }
            Some(home) => home,
            None => region,
        });
    }

    /// Somebody else, or the same person elsewhere: what moved so far does not count.
    pub(super) const fn restart(&mut self) {
        self.region = None;
        self.velocity = [0.0; 2];
        self.doubts = 0;
        self.empty = 0;
        self.unsure = false;
    }

    /// Nobody is followed any more.
    pub(super) fn lose(&mut self, at: UnixMillis) {
        if self.home.is_some() && self.lost_at.is_none() {
            self.lost_at = Some(at);
        }
        self.restart();
    }
}

/// What another look of the detector says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::pose) enum Look {
    /// The region is right, as far as one can see.
    Agreed,
    /// The person is here.
    Elsewhere(Roi),
    /// There is nobody.
    Lost,
}

impl Roi {
    /// Distance of the centres in mean sizes.
    pub(super) fn apart(&self, other: &Self) -> f32 {
        2.0 * (self.x - other.x).hypot(self.y - other.y) / (self.size + other.size)
    }

    /// Whether it is so far from home that it may be somebody else's.
    fn strays(&self, home: &Self) -> bool {
        let down = STRAY_DOWN_SHARE * (self.y - home.y);
        2.0 * (self.x - home.x).hypot(down) / (self.size + home.size) > STRAY
    }

    /// Whether it may be the same person, by size.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (1.0 / MAX_SIZE_JUMP..=MAX_SIZE_JUMP).contains(&(self.size / other.size))
    }

    /// Moved towards another by a share of the way.
    fn towards(&self, other: &Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| (b - a).mul_add(share, a);
        Self {
            x: mix(self.x, other.x),
            y: mix(self.y, other.y),
            size: mix(self.size, other.size),
            rotation: other.rotation,
        }
    }
}
