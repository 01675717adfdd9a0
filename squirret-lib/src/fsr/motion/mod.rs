//! Stage and repetitions from the force on both feet.
//!
//! A scale shows how a body accelerates: force over weight minus one is the acceleration in units of gravity. The
//! force falls to 0.85–0.95 of the weight when a descent begins and rises to about 1.3 in its last quarter.
//! Summed up from the standing still before it, the acceleration gives the speed, and the stages are told by its
//! sign. Speed drifts when the sensors' error moves with the centre of pressure, so every stillness sets it back to
//! zero and the force of that moment to the weight.

use serde::{Deserialize, Serialize};

mod config;
mod excursion;
mod grid;
mod rise;

use super::Side;
use crate::{Stage, UnixMillis};
pub use config::MotionConfig;
use excursion::{Excursion, ExcursionFollower};
use grid::{Grid, GridStep};
use rise::{Rise, Risen};

/// Acceleration of gravity in m/s².
const GRAVITY: f64 = 9.81;

/// How many times as long as a stillness a new weight must show (*proposed*: a descent of three seconds is faster than
/// `moving_speed` by then, and no longer taken for standing).
const NEW_WEIGHT_STILLS: i64 = 3;

/// How long a stage holds after the last force, in ms, beside the wait for late samples.
const FRESH_MS: i64 = 250;

/// A squat as the force shows it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForceRep {
    /// Start of the descent.
    pub start: UnixMillis,
    /// The body came to rest at the bottom.
    pub bottom: UnixMillis,
    /// It left the bottom.
    pub leave: UnixMillis,
    /// Standing again.
    pub end: UnixMillis,
    /// How far the body went down, over the way of a full squat; 0 to 1, roughly.
    pub depth: f64,
    /// Whether the force showed the descent. Else it was too slow, only the rise tells that it happened, and `start` is
    /// no more than the latest time that is likely.
    pub descent_seen: bool,
}

/// A movement that began and was not counted, because samples are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Uncounted {
    /// When the movement began.
    pub start: UnixMillis,
    /// When the body was seen at rest again.
    pub end: UnixMillis,
}

/// What the force on both feet led to.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Followed {
    /// A squat that ended.
    pub squat: Option<ForceRep>,
    /// A movement that a gap in the data cut in two.
    pub uncounted: Option<Uncounted>,
}

/// A stretch of time in which the force may turn out to be still.
#[derive(Clone, Copy, Debug)]
struct Stillness {
    from: UnixMillis,
    min: f64,
    max: f64,
    sum: f64,
    count: u32,
}

impl Stillness {
    const fn new(from: UnixMillis) -> Self {
        Self {
            from,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            count: 0,
        }
    }

    fn add(&mut self, force: f64) {
        self.min = self.min.min(force);
        self.max = self.max.max(force);
        self.sum += force;
        self.count += 1;
    }

    fn mean(&self) -> f64 {
        self.sum / f64::from(self.count.max(1))
    }

    /// Whether the force varied by no more than this part of its mean.
    fn is_within(&self, part: f64) -> bool {
        self.max - self.min <= part * self.mean()
    }
}

/// Follows the force on both feet.
#[derive(Clone, Debug)]
pub struct ForceTracker {
    grid: Grid,
    weight: Option<f64>,
    still: Option<Stillness>,
    at: Option<UnixMillis>,
    stage: Stage,
    /// Upwards, in m/s.
    speed: f64,
    /// Downwards since the start, in m, and the most of it.
    way: f64,
    deepest: f64,
    /// First acceleration that was not noise.
    onset: Option<UnixMillis>,
    bottom: UnixMillis,
    leave: UnixMillis,
    /// The force rose above, and after that fell below the weight.
    braked: bool,
    slowed: bool,
    rise: Rise,
    /// A rise without a descent that was seen, and when it ended; stillness must confirm it.
    risen: Option<(Risen, UnixMillis)>,
    excursion: ExcursionFollower,
    /// Error of the force, as part of the weight, over the part of the load that is elsewhere than in standing.
    factor: f64,
    /// When the last squat ended.
    last_end: Option<UnixMillis>,
    /// When the movement began that a gap in the data cut in two.
    cut: Option<UnixMillis>,
}

impl Default for ForceTracker {
    fn default() -> Self {
        let never = UnixMillis(0);
        Self {
            grid: Grid::default(),
            weight: None,
            still: None,
            at: None,
            stage: Stage::Unknown,
            speed: 0.0,
            way: 0.0,
            deepest: 0.0,
            onset: None,
            bottom: never,
            leave: never,
            braked: false,
            slowed: false,
            rise: Rise::default(),
            risen: None,
            excursion: ExcursionFollower::default(),
            factor: 0.0,
            last_end: None,
            cut: None,
        }
    }
}

impl ForceTracker {
    /// Whether the person was seen at rest, so that their weight is known.
    #[must_use]
    pub const fn has_weight(&self) -> bool {
        self.weight.is_some()
    }

    /// Of a person who stands still and whose weight is known, in the unit of the force.
    #[must_use]
    pub fn at_rest(weight: Option<f64>) -> Self {
        Self {
            weight,
            stage: weight.map_or(Stage::Unknown, |_| Stage::Standing),
            ..Self::default()
        }
    }

    /// The stage, unless the force is not known for more than a quarter of a second, or no stillness was seen yet.
    #[must_use]
    pub fn stage(&self, now: UnixMillis) -> Option<Stage> {
        let fresh_ms = FRESH_MS + self.grid.hold_ms();
        let fresh = self.at.is_some_and(|at| now.since(at) <= fresh_ms);
        (fresh && self.stage != Stage::Unknown).then_some(self.stage)
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.grid.heap_bytes()
    }

    /// How deep the body is, 0 to 1, roughly; `None` where the stage is.
    #[must_use]
    pub fn depth(&self, config: &MotionConfig, now: UnixMillis) -> Option<f64> {
        self.stage(now)
            .map(|_| (self.way / config.full_way).clamp(0.0, 1.0))
    }

    /// A foot left the ground, or its force is no longer known: everything begins anew but the weight.
    pub fn interrupt(&mut self) {
        self.grid.clear();
        self.begin_anew();
    }

    fn begin_anew(&mut self) {
        *self = Self {
            grid: std::mem::take(&mut self.grid),
            weight: self.weight,
            factor: self.factor,
            last_end: self.last_end,
            ..Self::default()
        };
    }

    /// Takes the relative force of one foot, in any order within `max_hold_ms`; returns what ended with it. `shift` is the
    /// part of the foot's load that is elsewhere than when the person stands, 0 to 1; 0 where that is not known.
    pub fn push(
        &mut self,
        config: &MotionConfig,
        side: Side,
        force: f64,
        shift: f64,
        at: UnixMillis,
    ) -> Followed {
        self.grid.push(config, side, (force, shift), at);
        let mut followed = Followed::default();
        while let Some(step) = self.grid.next(config) {
            match step {
                GridStep::Force {
                    force,
                    shift,
                    at,
                    step,
                } => {
                    let (squat, uncounted) = self.follow(config, (force, shift), at, step);
                    followed.squat = squat.or(followed.squat);
                    followed.uncounted = uncounted.or(followed.uncounted);
                }
                GridStep::Gap { from } => self.cut(from),
            }
        }
        followed
    }

    /// The force is not known after `from`. A movement that had begun by then is cut in two.
    fn cut(&mut self, from: UnixMillis) {
        let moving = matches!(self.stage, Stage::Descent | Stage::Bottom | Stage::Ascent);
        let began = moving.then(|| self.onset.unwrap_or(from)).or(self.cut);
        self.begin_anew();
        self.cut = began;
    }

    /// Takes the force on both feet, `step` ms after the one before.
    fn follow(
        &mut self,
        config: &MotionConfig,
        (force, shift): (f64, f64),
        at: UnixMillis,
        step: i64,
    ) -> (Option<ForceRep>, Option<Uncounted>) {
        self.at = Some(at);
        let raw = force;
        // What the distribution adds to the force, as the movements so far have shown.
        let force = force - self.factor * shift * self.weight.unwrap_or(0.0);
        let rests = self.settle(config, force, at);
        let settled = if rests {
            self.after_rise(config, at)
        } else {
            None
        };
        let Some(weight) = self.weight else {
            return (settled, None);
        };
        let pull = force / weight - 1.0;
        self.speed += pull * GRAVITY * step as f64 / 1e3;
        self.way -= self.speed * step as f64 / 1e3;
        self.deepest = self.deepest.max(self.way);
        if self.risen.is_some() && pull.abs() > 2.0 * config.noise_part {
            self.risen = None;
        }
        let risen = self.rise.follow(config, pull, step, at);
        let squat = self.turn(config, pull, at);
        if squat.is_none() && matches!(self.stage, Stage::Standing | Stage::Unknown) {
            self.risen = risen.map(|risen| (risen, at)).or(self.risen);
        }
        let pull = (raw / weight - 1.0, shift);
        let ended = self.excursion.follow(config, pull, step, at);
        let squat = squat
            .or(settled)
            .or_else(|| self.after_excursion(config, ended?));
        let cut = self.cut.take_if(|_| rests || squat.is_some());
        let uncounted = cut.filter(|_| squat.is_none());
        (squat, uncounted.map(|start| Uncounted { start, end: at }))
    }

    /// The person stands again. Where the force erred too much to be followed, the whole movement shows the squat.
    fn after_excursion(&mut self, config: &MotionConfig, ended: Excursion) -> Option<ForceRep> {
        if let Some(factor) = ended.factor.filter(|_| ended.deepest >= config.min_way) {
            self.factor = factor;
        }
        let long = i64::from(config.min_ms)..=i64::from(config.max_ms);
        let counted = self.last_end.is_some_and(|last| last > ended.start);
        let squats = ended.deepest >= config.min_way
            && long.contains(&ended.end.since(ended.start))
            && ended.bottom > ended.start;
        if counted || !squats {
            return None;
        }
        self.stand();
        self.rise = Rise::default();
        self.risen = None;
        self.last_end = Some(ended.end);
        Some(ForceRep {
            start: ended.start,
            bottom: ended.bottom,
            leave: ended.bottom,
            end: ended.end,
            depth: (ended.deepest / config.full_way).clamp(0.0, 1.0),
            descent_seen: true,
        })
    }

    /// The person stands still. If a rise without a descent that was seen led there, a squat came before it: nobody
    /// stays higher than standing.
    fn after_rise(&mut self, config: &MotionConfig, at: UnixMillis) -> Option<ForceRep> {
        let (risen, end) = self.risen.take()?;
        let last_end = self.last_end.replace(end);
        let start = risen.from.plus(-i64::from(config.slow_descent_ms));
        let fresh = at.since(end) <= 2 * i64::from(config.still_ms) + 500;
        fresh.then(|| ForceRep {
            start: last_end.map_or(start, |last| start.max(last)),
            bottom: risen.from,
            leave: risen.from,
            end,
            depth: (risen.way / config.full_way).clamp(0.0, 1.0),
            descent_seen: false,
        })
    }

    /// Looks for stillness, which is where the weight is read; whether the person stands still.
    fn settle(&mut self, config: &MotionConfig, force: f64, at: UnixMillis) -> bool {
        let still = self.still.get_or_insert(Stillness::new(at));
        still.add(force);
        if !still.is_within(config.still_part) {
            let mut anew = Stillness::new(at);
            anew.add(force);
            self.still = Some(anew);
            return false;
        }
        let (mean, near) = (still.mean(), config.noise_part / 2.0);
        let alike = |force: f64, other: f64| (force / other - 1.0).abs() <= near;
        let lasted = at.since(still.from);
        // A slow fall has an even force for a while, too: another weight than the known one must show for longer.
        let is_known = self.weight.is_none_or(|weight| alike(mean, weight));
        let is_long = lasted >= NEW_WEIGHT_STILLS * i64::from(config.still_ms)
            && still.is_within(config.noise_part);
        let is_still = lasted >= i64::from(config.still_ms)
            && still.count >= 3
            && mean > 0.0
            && alike(force, mean)
            && (is_known || is_long);
        let rests = is_still && self.is_rest(config, mean);
        if rests {
            self.still = None;
            self.weight = Some(mean);
            self.speed = 0.0;
            if self.stage != Stage::Bottom {
                self.stand();
            }
        }
        rests && self.stage == Stage::Standing
    }

    /// Whether an even force is that of a body at rest: an even fall, and the brake of a quick turn at the bottom, have
    /// an even force too.
    fn is_rest(&self, config: &MotionConfig, force: f64) -> bool {
        match self.stage {
            Stage::Standing | Stage::Unknown => true,
            Stage::Bottom => {
                let change = self
                    .weight
                    .map_or(0.0, |weight| (force / weight - 1.0).abs());
                change <= config.still_part && self.speed.abs() < 2.0 * config.moving_speed
            }
            Stage::Descent | Stage::Ascent => false,
        }
    }

    /// Goes from stage to stage.
    fn turn(&mut self, config: &MotionConfig, pull: f64, at: UnixMillis) -> Option<ForceRep> {
        match self.stage {
            Stage::Standing => self.leave_standing(config, pull, at),
            Stage::Descent => {
                self.braked |= pull > config.noise_part;
                if self.braked && self.speed > -config.turning_speed {
                    self.bottom = at;
                    self.leave = at;
                    if self.deepest >= config.min_way {
                        self.stage = Stage::Bottom
                    } else {
                        self.abandon()
                    }
                }
            }
            Stage::Bottom if self.speed > config.moving_speed => {
                self.leave = at;
                self.stage = Stage::Ascent;
            }
            Stage::Bottom if self.speed < -config.moving_speed => self.stage = Stage::Descent,
            Stage::Ascent => {
                self.slowed |= pull < -config.noise_part;
                // The force comes back to the weight; the speed would end too early when it drifted.
                if self.slowed && pull > -config.noise_part / 2.0 {
                    return self.finish(config, at);
                }
            }
            Stage::Bottom | Stage::Unknown => {}
        }
        let too_long = self
            .onset
            .is_some_and(|onset| at.since(onset) > i64::from(config.max_ms));
        // Nobody goes down twice the way of a squat: the speed has drifted.
        if too_long || self.way > 2.0 * config.full_way {
            self.abandon();
        }
        None
    }

    fn leave_standing(&mut self, config: &MotionConfig, pull: f64, at: UnixMillis) {
        if pull.abs() < config.noise_part && self.speed.abs() < config.turning_speed {
            self.stand();
        } else if self.onset.is_none() {
            self.onset = Some(at);
        }
        if self.speed < -config.moving_speed {
            self.stage = Stage::Descent;
            self.braked = false;
        } else if self.speed > config.moving_speed {
            // Up from standing is no squat: a jump, or onto the toes.
            self.abandon();
        }
    }

    fn finish(&mut self, config: &MotionConfig, at: UnixMillis) -> Option<ForceRep> {
        let squat = self.onset.map(|start| ForceRep {
            start,
            bottom: self.bottom,
            leave: self.leave,
            end: at,
            depth: (self.deepest / config.full_way).clamp(0.0, 1.0),
            descent_seen: true,
        });
        self.stand();
        self.rise = Rise::default();
        self.risen = None;
        self.last_end = Some(at);
        let long = i64::from(config.min_ms)..=i64::from(config.max_ms);
        squat.filter(|squat| long.contains(&squat.end.since(squat.start)))
    }

    fn stand(&mut self) {
        self.stage = Stage::Standing;
        self.speed = 0.0;
        self.way = 0.0;
        self.deepest = 0.0;
        self.onset = None;
        self.braked = false;
        self.slowed = false;
    }

    /// What began is no squat; the next stillness begins anew.
    fn abandon(&mut self) {
        self.stand();
        self.stage = Stage::Unknown;
    }
}

#[cfg(test)]
mod tests;
