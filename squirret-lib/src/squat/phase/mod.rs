//! Where in the squat a person is: depth from 0 (standing) to 1 (thigh parallel), the stage, and the repetition's times.

mod setup;
mod trace;

use super::{Body, SquatConfig, View, body::distance};
use crate::{
    UnixMillis,
    fsr::Stage,
    pose::{Landmark, OneEuro, OneEuroConfig},
};
use setup::{Feet, Setup};
use trace::Trace;

/// How far the knees of a standing person lie below the hips, in torso lengths: the median of people seen from the
/// front. Stands in until the person was seen standing.
const TYPICAL_THIGH: f64 = 0.82;
/// A knee straighter than this stands, degrees.
const STRAIGHT_KNEE: f64 = 160.0;
/// The standing reference follows with this time constant, s.
const REFERENCE_SECONDS: f64 = 0.5;
/// Below this depth the way down has not begun.
const FOOT_OF_DESCENT: f64 = 0.1;
/// Time constant of the speed by which a stand is called still, s: noise of single frames is no movement.
const DRIFT_SECONDS: f64 = 0.25;
/// Slower than this at the deepest point is the bottom, depth a second.
const BOTTOM_SPEED: f64 = 0.25;
/// Going down again by this much on the way up is a second dip of the same repetition.
const DOUBLE_DIP: f64 = 0.15;
/// The thigh's vertical projection over torso length below which a person is down: separates 99.5 % of labelled
/// frames (up/down data of NgoQuocBao1010/Exercise-Correction).
const DOWN_RATIO: f64 = 0.5;

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
}

/// What a frame changed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Change {
    None,
    /// A descent began.
    Began,
    /// It came to nothing.
    Abandoned,
    /// A repetition ended.
    Ended(Timing),
}

/// Follows depth and stage through the frames.
#[derive(Debug)]
pub(super) struct Phase {
    filter: OneEuro<1>,
    /// How far a standing person's knees lie below the hips, picture heights.
    reference: Option<f64>,
    pub(super) stage: Stage,
    pub(super) depth: f64,
    pub(super) speed: f64,
    /// Speed without the noise of single frames.
    drift: f64,
    last: Option<UnixMillis>,
    trace: Trace,
    setup: Setup,
    /// Where the feet stood when the descent began, and whether they left.
    feet: Option<Feet>,
    left_spot: bool,
    low_at: UnixMillis,
    start: UnixMillis,
    deepest: f64,
    bottom_from: (UnixMillis, f64),
    bottom_to: UnixMillis,
    highest: f64,
    /// Whether the person was seen standing before this descent.
    counts: bool,
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
            feet: None,
            left_spot: false,
            low_at: zero,
            start: zero,
            deepest: 0.0,
            bottom_from: (zero, 0.0),
            bottom_to: zero,
            highest: 0.0,
            counts: false,
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
            *self = Self {
                reference: self.reference,
                ..Self::default()
            };
        }
    }

    /// Takes one frame of a visible body; false when it tells no depth.
    pub(super) fn observe(
        &mut self,
        body: &Body,
        view: View,
        at: UnixMillis,
        config: &SquatConfig,
    ) -> Option<Change> {
        self.miss(at, config);
        let dt = self.last.map_or(0.0, |last| at.since(last) as f64 / 1e3);
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
        let stands = matches!(self.stage, Stage::Standing | Stage::Unknown);
        self.trace.add(at, raw, stands);
        if stands {
            self.feet = Some(Feet::of(body));
            self.setup.stand(body, self.is_still(config), dt, config);
        } else if self
            .feet
            .is_some_and(|feet| feet.have_moved(body, config.step_ratio))
        {
            self.left_spot = true;
        }
        Some(self.advance(at, config))
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
        let straight = body.angles.knee().is_some_and(|knee| knee > STRAIGHT_KNEE);
        if straight && below > 0.5 * body.torso {
            let known = self.reference.get_or_insert(below);
            // Whoever stands taller than known stands better than known; shrinking is believed slowly.
            let share = if below > *known {
                0.5
            } else {
                (dt / REFERENCE_SECONDS / 4.0).min(0.1)
            };
            *known += share * (below - *known);
        }
        let reference = self.reference.unwrap_or(TYPICAL_THIGH * body.torso);
        Some(1.0 - below / reference)
    }

    fn advance(&mut self, at: UnixMillis, config: &SquatConfig) -> Change {
        match self.stage {
            Stage::Unknown => self.begin(at, config),
            Stage::Standing if self.depth > config.descent_depth => self.descend(at),
            Stage::Standing => Change::None,
            Stage::Descent | Stage::Bottom => self.down(at, config),
            Stage::Ascent => self.up(at, config),
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
            self.descend(at);
        }
        Change::None
    }

    fn descend(&mut self, at: UnixMillis) -> Change {
        self.stage = Stage::Descent;
        self.counts &= self.setup.admits();
        self.left_spot = false;
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

    fn down(&mut self, at: UnixMillis, config: &SquatConfig) -> Change {
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
            return Change::None;
        }
        self.stage = Stage::Ascent;
        self.highest = self.depth;
        self.up(at, config)
    }

    fn up(&mut self, at: UnixMillis, config: &SquatConfig) -> Change {
        self.highest = self.highest.min(self.depth);
        if self.depth < config.standing_depth {
            return self.stand(at, config);
        }
        if self.depth > self.highest + DOUBLE_DIP {
            self.stage = Stage::Descent;
            return self.down(at, config);
        }
        Change::None
    }

    fn stand(&mut self, at: UnixMillis, config: &SquatConfig) -> Change {
        self.stage = Stage::Standing;
        let counted = std::mem::replace(&mut self.counts, true);
        if !counted {
            return Change::None;
        }
        let timing = self.timing(at);
        let seconds = timing.end.since(timing.start) as f64 / 1e3;
        let lasts = (config.min_rep_seconds..=config.max_rep_seconds).contains(&seconds);
        if self.deepest < config.min_rep_depth || self.left_spot || !lasts {
            return Change::Abandoned;
        }
        Change::Ended(timing)
    }

    /// The times as the whole way tells them, else as they were told on the way.
    fn timing(&self, at: UnixMillis) -> Timing {
        let told = Timing {
            start: self.start,
            bottom_from: self.bottom_from.0,
            bottom_to: self.bottom_to,
            end: at,
            depth: self.deepest,
        };
        self.trace.times(at).map_or(told, |times| Timing {
            start: times.start,
            bottom_from: times.bottom_from,
            bottom_to: times.bottom_to,
            end: times.end,
            depth: self.deepest,
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
