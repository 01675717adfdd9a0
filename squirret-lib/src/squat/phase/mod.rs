//! Where in the squat a person is: depth from 0 (standing) to 1 (thigh parallel), the stage, and the repetition's times.

mod evidence;
mod reference;
mod setup;
mod trace;

use super::{Body, NotCounting, SquatConfig, View, body::distance};
use crate::{
    Stage, UnixMillis, math,
    pose::{Landmark, OneEuro, OneEuroConfig},
};
use evidence::Evidence;
use reference::Reference;
use setup::{Feet, Setup};
use trace::Trace;

/// Below this depth the way down has not begun.
const FOOT_OF_DESCENT: f64 = 0.1;
/// Time constant of the speed by which a stand is called still, s: noise of single frames is no movement.
const DRIFT_SECONDS: f64 = 0.25;
/// Slower than this at the deepest point is the bottom, depth a second.
const BOTTOM_SPEED: f64 = 0.25;
/// Who moves slower than this, apart from the noise of single frames, rests, depth a second.
const RESTING_SPEED: f64 = 0.25;
/// Going down again by this much on the way up is a second dip of the same repetition.
const DOUBLE_DIP: f64 = 0.15;
/// The thigh's vertical projection over torso length below which a person is down: separates 99.5 % of labelled
/// frames (up/down data of NgoQuocBao1010/Exercise-Correction).
const DOWN_RATIO: f64 = 0.5;

/// A trunk that leans by more than this is not that of a standing person, degrees: those lean by up to 30 where squats begin
/// and end.
const BOWED_DEGREES: f64 = 50.0;
/// Seen from the front or at an angle, a trunk that rises less than this share of its standing length above the hips is bent
/// towards the camera or away from it. In the last frame before a descent it may lean already; where 2,300 recorded squats end it
/// rises by 0.83 at least.
const BOWED_SHARE_BEFORE: f64 = 0.5;
const BOWED_SHARE: f64 = 0.78;
/// So is one whose shoulders look this many times as wide as it is long.
const BOWED_SHOULDERS: f64 = 1.4;
/// A trunk that rises less than this share is bent, too, when the shoulders look so many times as wide as it is long: after
/// recorded squats they look 0.92 times as wide at most.
const LEANING_SHARE: f64 = 0.93;
const LEANING_SHOULDERS: f64 = 1.0;

/// A reason why a movement did not count is told for this long, s.
const REASON_SECONDS: f64 = 5.0;
/// Frames that are missing for longer than this, and for longer than three usual intervals, may hide the bottom, s.
const HIDING_SECONDS: f64 = 0.3;

/// Whether a single frame shows a person who is down, as labelled data mean it; `None` without knees.
#[must_use]
pub fn is_down(body: &Body) -> Option<bool> {
    body.thigh.map(|thigh| thigh < DOWN_RATIO)
}

/// The times of a repetition that ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Timing {
    pub(super) start: UnixMillis,
    pub(super) bottom_from: UnixMillis,
    pub(super) bottom_to: UnixMillis,
    pub(super) end: UnixMillis,
    pub(super) depth: f64,
    /// Frames were missing where the deepest point may have been.
    pub(super) bottom_hidden: bool,
}

/// What a frame changed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Change {
    None,
    /// A descent began.
    Began,
    /// It came to nothing, and why.
    Abandoned(NotCounting),
    /// A repetition ended.
    Ended(Timing),
}

/// Follows depth and stage through the frames.
#[derive(Debug)]
pub(super) struct Phase {
    filter: OneEuro<1>,
    /// How the person stands.
    reference: Option<Reference>,
    pub(super) stage: Stage,
    pub(super) depth: f64,
    pub(super) speed: f64,
    /// Speed without the noise of single frames.
    drift: f64,
    last: Option<UnixMillis>,
    trace: Trace,
    setup: Setup,
    evidence: Evidence,
    /// Usual interval of the frames, s.
    interval: f64,
    bottom_hidden: bool,
    /// Why the last movement did not count, and since when.
    refused: Option<(NotCounting, UnixMillis)>,
    low_at: UnixMillis,
    start: UnixMillis,
    deepest: f64,
    bottom_from: (UnixMillis, f64),
    bottom_to: UnixMillis,
    highest: f64,
    /// Whether the person was seen standing before this descent.
    counts: bool,
    /// Whether the legs of the last frame stood while the trunk was down.
    bowed: bool,
}

impl Default for Phase {
    fn default() -> Self {
        let zero = UnixMillis(0);
        Self {
            filter: OneEuro::default(),
            reference: None,
            stage: Stage::Unknown,
            depth: 0.0,
            speed: 0.0,
            drift: 0.0,
            last: None,
            trace: Trace::default(),
            setup: Setup::default(),
            evidence: Evidence::default(),
            interval: 0.0,
            bottom_hidden: false,
            refused: None,
            low_at: zero,
            start: zero,
            deepest: 0.0,
            bottom_from: (zero, 0.0),
            bottom_to: zero,
            highest: 0.0,
            counts: false,
            bowed: false,
        }
    }
}

impl Phase {
    /// Nobody is there, or cannot be measured: after a while all is forgotten but the person's own standing.
    pub(super) fn miss(&mut self, at: UnixMillis, config: &SquatConfig) {
        let gap = self
            .last
            .map_or(f64::INFINITY, |last| at.since(last) as f64 / 1e3);
        if gap > config.max_gap_seconds {
            let refused = if self.counts && self.is_moving() {
                Some((NotCounting::Lost, at))
            } else {
                self.refused
            };
            *self = Self {
                reference: self.reference,
                refused,
                ..Self::default()
            };
        }
    }

    /// Why a squat would not count now, or why the last movement did not.
    pub(super) fn not_counting(&self, at: UnixMillis, config: &SquatConfig) -> Option<NotCounting> {
        let recent = self
            .refused
            .filter(|(_, since)| at.since(*since) as f64 / 1e3 <= REASON_SECONDS)
            .map(|(reason, _)| reason);
        match self.stage {
            Stage::Unknown => recent.or(Some(NotCounting::NotStanding)),
            Stage::Standing if self.setup.admits(config) => recent,
            Stage::Standing => recent.or(Some(NotCounting::Stepping)),
            _ if self.counts => None,
            _ => recent.or(Some(NotCounting::NotStanding)),
        }
    }

    /// Whether the person is on the way down, at the bottom, or on the way up.
    pub(super) const fn is_moving(&self) -> bool {
        matches!(self.stage, Stage::Descent | Stage::Bottom | Stage::Ascent)
    }

    /// Takes one frame of a visible body; false when it tells no depth.
    pub(super) fn observe(
        &mut self,
        body: &Body,
        (view, heading): (View, Option<[f64; 2]>),
        at: UnixMillis,
        config: &SquatConfig,
    ) -> Option<Change> {
        self.miss(at, config);
        let dt = self.last.map_or(0.0, |last| at.since(last) as f64 / 1e3);
        self.watch_interval(dt, config);
        let raw = self.raw_depth(body, view, dt)?;
        let before = self.depth;
        let mut value = [raw as f32];
        let (min_cutoff, beta) = (
            config.smoothing_cutoff_hz as f32,
            config.smoothing_beta as f32,
        );
        self.filter.apply(
            &mut value,
            dt as f32,
            1.0,
            OneEuroConfig {
                min_cutoff,
                beta,
                derivative_cutoff: 2.0,
            },
        );
        self.depth = f64::from(value[0]);
        self.speed = if dt > 0.0 {
            (self.depth - before) / dt
        } else {
            0.0
        };
        self.drift += dt / (DRIFT_SECONDS + dt) * (self.speed - self.drift);
        self.last = Some(at);
        if self.depth <= FOOT_OF_DESCENT {
            self.low_at = at;
        }
        let stands = !self.is_moving();
        self.trace.add(at, raw, stands);
        if stands {
            self.bowed = !self.is_upright(body, view, BOWED_SHARE_BEFORE);
            let sinks = self.drift > RESTING_SPEED;
            if self.stage == Stage::Standing && !sinks {
                self.setup.stand(body, dt, config);
            }
            let feet = self.setup.feet().unwrap_or_else(|| Feet::of(body));
            let torso = self.reference.map_or(body.torso, |standing| standing.torso);
            self.evidence = Evidence::begin(body, feet, torso, heading);
        } else {
            let rests = self.drift.abs() < RESTING_SPEED;
            self.evidence.add(body, (self.depth, rests), dt, config);
        }
        Some(self.advance(body, view, at, config))
    }

    /// Whether the trunk is over the legs, as that of a standing person is; not in a bow, and not on hands and feet.
    fn is_upright(&self, body: &Body, view: View, least_share: f64) -> bool {
        if view == View::Side {
            return body.angles.trunk.is_none_or(|lean| lean <= BOWED_DEGREES);
        }
        self.trunk_share(body) >= least_share && body.shoulders <= BOWED_SHOULDERS
    }

    /// Whether the person stands on the spot again after a movement.
    fn is_up_again(&self, body: &Body, view: View) -> bool {
        let leans = view != View::Side && self.trunk_share(body) < LEANING_SHARE;
        let looks_short = leans && body.shoulders > LEANING_SHOULDERS;
        self.is_upright(body, view, BOWED_SHARE) && !looks_short
    }

    /// How far the trunk rises above the hips, as a share of its standing length.
    fn trunk_share(&self, body: &Body) -> f64 {
        let (_, upwards) = math::sin_cos(body.angles.trunk.unwrap_or_default().to_radians());
        let standing = self.reference.map_or(body.torso, |standing| standing.torso);
        upwards * body.torso / standing
    }

    /// Frames that are missing on the way down may hide the bottom.
    fn watch_interval(&mut self, dt: f64, config: &SquatConfig) {
        let missing = dt >= HIDING_SECONDS && dt > 3.0 * self.interval;
        let sinks = self.stage == Stage::Descent
            && self.speed > BOTTOM_SPEED
            && self.depth > self.deepest - config.reversal_depth;
        if missing && sinks {
            self.bottom_hidden = true;
        }
        if !missing && dt > 0.0 {
            let share = if self.interval > 0.0 { 0.1 } else { 1.0 };
            self.interval += share * (dt - self.interval);
        }
    }

    /// Whether the body does not move now.
    pub(super) fn is_still(&self, config: &SquatConfig) -> bool {
        self.drift.abs() <= config.still_speed
    }

    /// Depth of this frame alone.
    fn raw_depth(&mut self, body: &Body, view: View, dt: f64) -> Option<f64> {
        if view == View::Side {
            return side_depth(body);
        }
        let below = body.thigh? * body.torso;
        let reference = match &mut self.reference {
            Some(reference) => {
                reference.follow(body, dt);
                reference.below
            }
            known => {
                *known = Reference::of(body);
                known.map_or(reference::TYPICAL_THIGH * body.torso, |known| known.below)
            }
        };
        Some(1.0 - below / reference)
    }

    fn advance(&mut self, body: &Body, view: View, at: UnixMillis, config: &SquatConfig) -> Change {
        let risen = match self.stage {
            Stage::Unknown => return self.begin(at, config),
            Stage::Standing if self.depth > config.descent_depth => {
                return self.descend(at, config);
            }
            Stage::Standing => return Change::None,
            Stage::Descent | Stage::Bottom => self.down(at, config),
            Stage::Ascent => self.up(at, config),
        };
        if risen {
            self.stand(body, view, at, config)
        } else {
            Change::None
        }
    }

    fn begin(&mut self, at: UnixMillis, config: &SquatConfig) -> Change {
        if self.depth < config.standing_depth {
            self.stage = Stage::Standing;
            self.counts = true;
            return Change::None;
        }
        // Found in the middle of something: it has a stage, but it is no repetition.
        self.low_at = at;
        self.counts = false;
        if self.depth > config.descent_depth {
            self.descend(at, config);
        }
        Change::None
    }

    fn descend(&mut self, at: UnixMillis, config: &SquatConfig) -> Change {
        self.stage = Stage::Descent;
        let admitted = self.setup.admits(config);
        if self.counts && !admitted {
            self.refused = Some((NotCounting::Stepping, at));
        }
        if self.counts && self.bowed {
            self.refused = Some((NotCounting::TrunkDown, at));
        }
        self.counts &= admitted && !self.bowed;
        self.bottom_hidden = false;
        self.start = self.low_at;
        self.deepest = self.depth;
        self.bottom_from = (at, self.depth);
        self.bottom_to = at;
        if self.counts {
            Change::Began
        } else {
            Change::None
        }
    }

    /// Down or at the bottom; whether the person stands again.
    fn down(&mut self, at: UnixMillis, config: &SquatConfig) -> bool {
        if self.depth > self.deepest {
            self.deepest = self.depth;
            if self.deepest > self.bottom_from.1 + config.reversal_depth / 2.0 {
                self.bottom_from = (at, self.deepest);
            }
        }
        if self.depth > self.deepest - config.reversal_depth {
            self.bottom_to = at;
            let slow = self.speed.abs() < BOTTOM_SPEED;
            if slow && self.deepest >= config.min_rep_depth {
                self.stage = Stage::Bottom;
            }
            return false;
        }
        self.stage = Stage::Ascent;
        self.highest = self.depth;
        self.up(at, config)
    }

    /// On the way up; whether the person stands again.
    fn up(&mut self, at: UnixMillis, config: &SquatConfig) -> bool {
        self.highest = self.highest.min(self.depth);
        if self.depth < config.standing_depth {
            return true;
        }
        if self.depth > self.highest + DOUBLE_DIP {
            self.stage = Stage::Descent;
            return self.down(at, config);
        }
        false
    }

    fn stand(&mut self, body: &Body, view: View, at: UnixMillis, config: &SquatConfig) -> Change {
        self.stage = Stage::Standing;
        if !std::mem::replace(&mut self.counts, true) {
            return Change::None;
        }
        let timing = self.timing(at);
        match self.refuse(&timing, body, view, config) {
            Some(reason) => {
                self.refused = Some((reason, at));
                Change::Abandoned(reason)
            }
            None => {
                self.refused = None;
                Change::Ended(timing)
            }
        }
    }

    /// Why the movement that ended is no squat.
    fn refuse(
        &self,
        timing: &Timing,
        body: &Body,
        view: View,
        config: &SquatConfig,
    ) -> Option<NotCounting> {
        let seconds = |from: UnixMillis, to: UnixMillis| to.since(from) as f64 / 1e3;
        let lasts = seconds(timing.start, timing.end);
        let bowed = (!self.is_up_again(body, view)).then_some(NotCounting::TrunkDown);
        bowed
            .or_else(|| self.evidence.refuse(self.deepest, view, body, config))
            .or_else(|| (lasts < config.min_rep_seconds).then_some(NotCounting::TooShort))
            .or_else(|| (lasts > config.max_rep_seconds).then_some(NotCounting::StaysDown))
    }

    /// The times as the whole way tells them, else as they were told on the way.
    fn timing(&self, at: UnixMillis) -> Timing {
        let told = Timing {
            start: self.start,
            bottom_from: self.bottom_from.0,
            bottom_to: self.bottom_to,
            end: at,
            depth: self.deepest,
            bottom_hidden: self.bottom_hidden,
        };
        self.trace.times(at).map_or(told, |times| Timing {
            start: times.start,
            bottom_from: times.bottom_from,
            bottom_to: times.bottom_to,
            end: times.end,
            ..told
        })
    }
}

/// From the side: how far the thigh has turned from the vertical, as 1 minus the cosine.
fn side_depth(body: &Body) -> Option<f64> {
    use Landmark::{LeftHip, LeftKnee, RightHip, RightKnee};
    let thighs = [body.pair(LeftHip, LeftKnee), body.pair(RightHip, RightKnee)];
    let mut depths = thighs.into_iter().flatten().filter_map(|(hip, knee)| {
        let length = distance(hip, knee);
        (length > 0.2 * body.torso).then(|| 1.0 - (knee[1] - hip[1]) / length)
    });
    match (depths.next(), depths.next()) {
        (Some(left), Some(right)) => Some(f64::midpoint(left, right)),
        (one, other) => one.or(other),
    }
}
