//! Keeps wrong frames of a tracker from the analysis: sides mixed up, somebody else, a body elsewhere.
//!
//! Each frame is compared with the last one that was believed, in the person's own lengths. A frame in which exchanging left
//! and right fits much better is put right. A body that is suddenly elsewhere, or of another size, is set aside; it is
//! believed once it stays. No frame waits for a later one.

use super::{
    Body,
    body::{Point, distance},
};
use crate::{
    UnixMillis,
    pose::{Landmark, Pose},
};

/// How far the hips may be from where they were, in torso lengths: at once, and more a second (a fast squat moves them by
/// 3 torso lengths a second).
const JUMP: (f64, f64) = (0.5, 3.0);
/// How much the torso's length may change, as the logarithm of the ratio: at once, and more a second.
const RESIZE: (f64, f64) = (0.45, 1.2);
/// The allowance for time stops to grow here, s: otherwise a gap would admit anybody.
const MAX_ALLOWANCE_SECONDS: f64 = 0.4;
/// A body that stays elsewhere for this long is believed, s: longer than trackers err, and passers-by hide.
const STAYS_SECONDS: f64 = 0.5;
/// Frames that must have been believed before the gate holds another back by time; until then the majority counts.
const KNOWN_FRAMES: u32 = 3;
/// Exchanged sides must fit better than this share of the distance as told.
const SWAP_SHARE: f64 = 0.4;
/// Sides that lie closer together than this, in torso lengths, cannot be told apart, and need not.
const SWAP_LEAST: f64 = 0.15;
/// Sides that stay exchanged for this long are believed, s.
const SWAP_SECONDS: f64 = 1.0;

const UPPER: [Landmark; 4] = [
    Landmark::LeftShoulder,
    Landmark::RightShoulder,
    Landmark::LeftHip,
    Landmark::RightHip,
];
const LOWER: [Landmark; 4] = [
    Landmark::LeftKnee,
    Landmark::RightKnee,
    Landmark::LeftAnkle,
    Landmark::RightAnkle,
];

/// What to do with a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// It goes on where the last one left off.
    Continues,
    /// The body is elsewhere, and stays there: what was known of the last one does not hold.
    Replaces,
    /// Not believed.
    Held,
}

/// What is known of the last frame that was believed.
#[derive(Clone, Copy, Debug)]
struct Known {
    at: UnixMillis,
    hip: Point,
    torso: f64,
    upper: [Option<Point>; 4],
    lower: [Option<Point>; 4],
}

impl Known {
    fn of(body: &Body, at: UnixMillis) -> Option<Self> {
        Some(Self {
            at,
            hip: body.middle(Landmark::LeftHip, Landmark::RightHip)?,
            torso: body.torso,
            upper: UPPER.map(|landmark| body.point(landmark)),
            lower: LOWER.map(|landmark| body.point(landmark)),
        })
    }

    fn is_near(&self, other: &Self) -> bool {
        let seconds = (other.at.since(self.at) as f64 / 1e3).clamp(0.0, MAX_ALLOWANCE_SECONDS);
        let way = distance(self.hip, other.hip) / self.torso.max(other.torso);
        let growth = (other.torso / self.torso).max(self.torso / other.torso);
        // ln(1 + x) lies below x: a ratio stands for its logarithm, a little strictly.
        way <= JUMP.0 + JUMP.1 * seconds && growth <= 1.0 + RESIZE.0 + RESIZE.1 * seconds
    }
}

/// Compares each frame with the last one that was believed.
#[derive(Debug, Default)]
pub(super) struct Gate {
    last: Option<Known>,
    believed: u32,
    /// The body elsewhere: its latest frame, since when, and in how many frames.
    elsewhere: Option<(Known, UnixMillis, u32)>,
    swapped_since: Option<UnixMillis>,
}

impl Gate {
    /// The pose with its sides put right; `None` when they are right.
    pub(super) fn unswapped(&mut self, pose: &Pose, body: &Body, at: UnixMillis) -> Option<Pose> {
        let last = self.last.as_ref()?;
        let swaps = [
            is_swapped(&UPPER, &last.upper, body),
            is_swapped(&LOWER, &last.lower, body),
        ];
        if swaps == [false; 2] {
            self.swapped_since = None;
            return None;
        }
        let since = *self.swapped_since.get_or_insert(at);
        if at.since(since) as f64 / 1e3 >= SWAP_SECONDS {
            self.swapped_since = None;
            return None;
        }
        let mut righted = pose.clone();
        for landmark in Landmark::ALL {
            let group = usize::from(landmark as usize > Landmark::RightHip as usize);
            if swaps[group] {
                righted.keypoints[landmark as usize] = pose.get(landmark.mirrored());
            }
        }
        Some(righted)
    }

    /// Whether this body goes on where the last one left off. A last one older than `forget_seconds` binds nobody.
    pub(super) fn admit(&mut self, body: &Body, at: UnixMillis, forget_seconds: f64) -> Admission {
        let Some(now) = Known::of(body, at) else {
            return Admission::Held;
        };
        let old = |last: &Known| at.since(last.at) as f64 / 1e3 > forget_seconds;
        let last = self.last.filter(|last| !old(last));
        match last {
            None => self.believe(now),
            Some(last) if last.is_near(&now) => self.believe(now),
            Some(_) => return self.hold(now),
        }
        Admission::Continues
    }

    fn believe(&mut self, now: Known) {
        self.last = Some(now);
        self.believed = self.believed.saturating_add(1);
        self.elsewhere = None;
    }

    fn hold(&mut self, now: Known) -> Admission {
        let (since, frames) = match self.elsewhere {
            Some((before, since, frames)) if before.is_near(&now) => (since, frames + 1),
            _ => (now.at, 1),
        };
        let stays = now.at.since(since) as f64 / 1e3 >= STAYS_SECONDS;
        let outvotes = self.believed < KNOWN_FRAMES && frames > self.believed;
        if stays || outvotes {
            self.believed = frames;
            self.last = Some(now);
            self.elsewhere = None;
            return Admission::Replaces;
        }
        self.elsewhere = Some((now, since, frames));
        Admission::Held
    }
}

/// Whether the pairs of a group fit what was known much better with left and right exchanged.
fn is_swapped(group: &[Landmark; 4], known: &[Option<Point>; 4], body: &Body) -> bool {
    let (mut told, mut exchanged, mut pairs, mut apart) = (0.0, 0.0, 0, 0.0_f64);
    for (place, landmark) in group.iter().enumerate() {
        let other = place ^ 1;
        let (Some(before), Some(before_other), Some(now), Some(now_other)) = (
            known[place],
            known[other],
            body.point(*landmark),
            body.point(group[other]),
        ) else {
            continue;
        };
        told += distance(before, now);
        exchanged += distance(before, now_other);
        apart = apart.max(distance(before, before_other));
        pairs += 1;
    }
    pairs > 0 && apart > SWAP_LEAST * body.torso && exchanged < SWAP_SHARE * told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pose::Pose,
        sim::{Angle, Plan, Squatter},
        squat::SquatConfig,
    };

    fn pose(seconds: f64) -> Pose {
        Squatter::new(Plan::default(), 3).pose(Angle::Front, 9.0 / 16.0, 0.002, seconds)
    }

    fn moved(mut pose: Pose, right: f32, scale: f32) -> Pose {
        for point in &mut pose.keypoints {
            point.x = right + 0.5 + scale * (point.x - 0.5);
            point.y = 0.5 + scale * (point.y - 0.5);
        }
        pose
    }

    fn admit(gate: &mut Gate, pose: &Pose, ms: i64) -> Admission {
        let body = Body::of(pose, &SquatConfig::default()).unwrap();
        gate.admit(&body, UnixMillis(ms), 1.0)
    }

    #[test]
    fn a_squat_at_five_frames_a_second_goes_on() {
        let mut gate = Gate::default();
        for frame in 0..100 {
            let at = 200 * frame;
            let admission = admit(&mut gate, &pose(at as f64 / 1e3), at);
            assert_eq!(admission, Admission::Continues, "{at} ms");
        }
    }

    #[test]
    fn a_body_elsewhere_is_held_until_it_stays() {
        let mut gate = Gate::default();
        for frame in 0..10 {
            admit(&mut gate, &pose(0.0), 33 * frame);
        }
        let elsewhere = moved(pose(0.0), 0.3, 0.5);
        assert_eq!(admit(&mut gate, &elsewhere, 333), Admission::Held);
        assert_eq!(admit(&mut gate, &pose(0.0), 366), Admission::Continues);
        let told: Vec<Admission> = (0..20)
            .map(|frame| admit(&mut gate, &elsewhere, 400 + 33 * frame))
            .collect();
        let held = told.iter().filter(|told| **told == Admission::Held).count();
        assert!((14..=18).contains(&held), "{told:?}");
        assert_eq!(told.last(), Some(&Admission::Continues));
    }

    #[test]
    fn a_first_frame_that_was_wrong_is_outvoted() {
        let mut gate = Gate::default();
        admit(&mut gate, &moved(pose(0.0), 0.3, 0.5), 0);
        assert_eq!(admit(&mut gate, &pose(0.0), 33), Admission::Held);
        assert_eq!(admit(&mut gate, &pose(0.0), 66), Admission::Replaces);
        assert_eq!(admit(&mut gate, &pose(0.0), 100), Admission::Continues);
    }

    #[test]
    fn sides_that_are_mixed_up_are_put_right() {
        let config = SquatConfig::default();
        for legs_only in [false, true] {
            let mut gate = Gate::default();
            admit(&mut gate, &pose(0.0), 0);
            let right = pose(0.03);
            let mut wrong = right.clone();
            for landmark in Landmark::ALL {
                if !legs_only || landmark as usize > Landmark::RightHip as usize {
                    wrong.keypoints[landmark as usize] = right.get(landmark.mirrored());
                }
            }
            let body = Body::of(&wrong, &config).unwrap();
            let righted = gate.unswapped(&wrong, &body, UnixMillis(33)).unwrap();
            assert_eq!(righted.keypoints[23..], right.keypoints[23..]);
            let body = Body::of(&right, &config).unwrap();
            assert_eq!(gate.unswapped(&right, &body, UnixMillis(66)), None);
        }
    }
}
