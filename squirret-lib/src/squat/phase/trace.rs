//! When a squat began, reached the bottom, left it and ended, seen from its end.
//!
//! While a squat goes on, smoothing and hysteresis tell its stages late by tenths of a second, and rarer frames tell
//! them later. Once it is over, its whole way is known: the way that bodies go is fitted to it, down, a pause, and up,
//! and the fit tells the times between the frames. Two shapes are fitted, minimum jerk (Flash & Hogan 1985) and half a
//! cosine, and the times are their mean, weighted by how likely each makes the frames. (Of 54 squats of the keypoint
//! clips 40 are nearer to half a cosine than to minimum jerk or the mean of both.)

use crate::{UnixMillis, math};

/// Most points that are kept.
const POINTS: usize = 96;

/// Time between two points at first, ms; it doubles whenever the trace is full.
const STEP_MS: u32 = 30;

/// How much of the standing before a squat is kept, ms: the slow beginning of the way down is in it.
const BEFORE_MS: u32 = 1_500;

/// Rounds of the fit; it is settled long before.
const ROUNDS: usize = 20;

/// A round that makes the squared error smaller by less than this share of it was the last: the times move by less than a
/// millisecond.
const SETTLED: f64 = 1e-4;

/// A fit that is off by more than this, in depth, explains nothing: a double dip, somebody who fell.
const MAX_ERROR: f64 = 0.12;

/// The error of a depth that is always reckoned with, so that a perfect fit does not outvote the other.
const LEAST_ERROR: f64 = 0.01;

/// Shortest way down or up, s.
const SHORTEST: f64 = 0.15;

/// How far beyond the last frame an end may be told, s: the last tenth of the way up takes about that long.
const BEYOND: f64 = 0.3;

/// Number of parameters.
const N: usize = 6;

/// Start s, way down s, pause s, way up s, standing depth, way in depth.
type Parameters = [f64; N];

/// A depth at a time, in four bytes: ms since the origin, and ten thousandths.
#[derive(Clone, Copy, Debug)]
struct Point {
    ms: u16,
    depth: i16,
}

impl Point {
    fn seconds(self) -> f64 {
        f64::from(self.ms) / 1e3
    }

    fn depth(self) -> f64 {
        f64::from(self.depth) / 1e4
    }
}

/// The four times of a squat.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Times {
    pub(super) start: UnixMillis,
    pub(super) bottom_from: UnixMillis,
    pub(super) bottom_to: UnixMillis,
    pub(super) end: UnixMillis,
}

/// The depths of the present squat and of the standing before it.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    origin: UnixMillis,
    points: [Point; POINTS],
    len: usize,
    step_ms: u32,
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            origin: UnixMillis(0),
            points: [Point { ms: 0, depth: 0 }; POINTS],
            len: 0,
            step_ms: STEP_MS,
        }
    }
}

impl Trace {
    /// Adds a frame's depth; of a standing person only the last moments are kept.
    pub(super) fn add(&mut self, at: UnixMillis, depth: f64, stands: bool) {
        if self.len == 0 {
            self.origin = at;
        }
        let Ok(since) = u32::try_from(at.since(self.origin)) else {
            return;
        };
        if stands {
            self.step_ms = STEP_MS;
            self.forget_before(since.saturating_sub(BEFORE_MS));
        }
        // A squat of more than a minute counts for nothing, so its end need not be kept.
        let Ok(ms) = u16::try_from(at.since(self.origin)) else {
            return;
        };
        let near = |last: &Point| u32::from(ms) < u32::from(last.ms) + self.step_ms;
        if self.points[..self.len].last().is_some_and(near) {
            return;
        }
        if self.len == POINTS {
            self.thin();
        }
        let depth = (depth * 1e4).round() as i16;
        self.points[self.len] = Point { ms, depth };
        self.len += 1;
    }

    /// Forgets the points before `since`, and counts from the first that is left.
    fn forget_before(&mut self, since: u32) {
        let old = self.points[..self.len]
            .iter()
            .take_while(|point| u32::from(point.ms) < since)
            .count();
        if old == 0 {
            return;
        }
        self.points.copy_within(old..self.len, 0);
        self.len -= old;
        let first = if self.len == 0 {
            since
        } else {
            u32::from(self.points[0].ms)
        };
        for point in &mut self.points[..self.len] {
            point.ms -= first as u16;
        }
        self.origin = self.origin.plus(i64::from(first));
    }

    /// Keeps every second point.
    fn thin(&mut self) {
        self.len = POINTS / 2;
        for place in 0..self.len {
            self.points[place] = self.points[2 * place];
        }
        self.step_ms = self.step_ms.saturating_mul(2);
    }

    /// The times of the squat that ended `at` this frame; `None` when it was none that the shapes explain.
    pub(super) fn times(&self, at: UnixMillis) -> Option<Times> {
        let points = &self.points[..self.len];
        let first = guess(points)?;
        let fits = [Shape::MinimumJerk, Shape::HalfCosine].map(|shape| fit(points, shape, first));
        let least = fits
            .iter()
            .map(|(_, error)| *error)
            .fold(f64::INFINITY, f64::min);
        let spread = least + LEAST_ERROR * LEAST_ERROR;
        if least.is_nan() || least.sqrt() > MAX_ERROR {
            return None;
        }
        let free = points.len().saturating_sub(N).max(1) as f64;
        let (mut sum, mut mean) = (0.0, [0.0; 4]);
        for (parameters, error) in fits {
            let weight = math::exp(-free * (error - least) / (2.0 * spread));
            sum += weight;
            let [start, down, pause, up, ..] = parameters;
            let times = [
                start,
                start + down,
                start + down + pause,
                start + down + pause + up,
            ];
            mean.iter_mut()
                .zip(times)
                .for_each(|(mean, time)| *mean += weight * time);
        }
        let last = at.since(self.origin) as f64 / 1e3;
        let latest = [last, last, last, last + BEYOND];
        let mut times = [0, 1, 2, 3].map(|place| (mean[place] / sum).clamp(-0.3, latest[place]));
        for place in 1..4 {
            times[place] = times[place].max(times[place - 1]);
        }
        let [start, bottom_from, bottom_to, end] =
            times.map(|seconds| self.origin.plus((seconds * 1e3).round() as i64));
        Some(Times {
            start,
            bottom_from,
            bottom_to,
            end,
        })
    }
}

/// How a body goes from one place to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    MinimumJerk,
    HalfCosine,
}

impl Shape {
    /// Place, 0 to 1, and speed at `part` of the time.
    fn at(self, part: f64) -> (f64, f64) {
        if part <= 0.0 {
            return (0.0, 0.0);
        }
        if part >= 1.0 {
            return (1.0, 0.0);
        }
        match self {
            Self::MinimumJerk => {
                let rest = 1.0 - part;
                let place = part * part * part * (10.0 + part * (-15.0 + 6.0 * part));
                (place, 30.0 * part * part * rest * rest)
            }
            Self::HalfCosine => {
                let (sin, cos) = math::sin_cos(std::f64::consts::PI * part);
                (0.5 - 0.5 * cos, 0.5 * std::f64::consts::PI * sin)
            }
        }
    }

    /// Depth at `time`, and how it changes with each parameter.
    fn depth(self, time: f64, parameters: &Parameters) -> (f64, Parameters) {
        let [start, down, pause, up, standing, way] = *parameters;
        let (here, there) = ((time - start) / down, (time - start - down - pause) / up);
        let ((gone, falling), (back, rising)) = (self.at(here), self.at(there));
        let (falling, rising) = (way * falling / down, way * rising / up);
        let slopes = [
            rising - falling,
            rising - falling * here,
            rising,
            rising * there,
            1.0,
            gone - back,
        ];
        (standing + way * (gone - back), slopes)
    }
}

/// Parameters from the times at which three and seven tenths of the way were passed.
fn guess(points: &[Point]) -> Option<Parameters> {
    let way = points.iter().map(|point| point.depth()).fold(0.0, f64::max);
    if points.len() < N || way <= 0.0 {
        return None;
    }
    let (low, high) = (0.3 * way, 0.7 * way);
    let passes = |pair: &[Point], level: f64| {
        let (before, after) = (pair[0].depth(), pair[1].depth());
        ((before < level) != (after < level)).then(|| {
            let part = (level - before) / (after - before);
            pair[0].seconds() + part * (pair[1].seconds() - pair[0].seconds())
        })
    };
    let first = |level| points.windows(2).find_map(|pair| passes(pair, level));
    let last = |level| points.windows(2).rev().find_map(|pair| passes(pair, level));
    // Between three and seven tenths lie 0.35 (minimum jerk) to 0.37 (half a cosine) of the time.
    let stretch = 2.8;
    let (a, b) = (first(low)?, first(high)?);
    let d = last(low)?;
    let c = last(high).filter(|c| *c < d).unwrap_or(d - 0.2);
    let (down, up) = (
        (stretch * (b - a)).max(SHORTEST),
        (stretch * (d - c)).max(SHORTEST),
    );
    let start = f64::midpoint(a, b) - down / 2.0;
    let pause = (f64::midpoint(c, d) - up / 2.0 - start - down).max(0.0);
    Some([start, down, pause, up, 0.0, way])
}

/// Least squares by Levenberg and Marquardt: parameters and the mean of the squared errors.
fn fit(points: &[Point], shape: Shape, first: Parameters) -> (Parameters, f64) {
    let mut best = first;
    let (mut matrix, mut vector, mut error) = normal(points, shape, &best);
    let mut damping = 1e-2;
    for _ in 0..ROUNDS {
        let mut damped = matrix;
        for (place, row) in damped.iter_mut().enumerate() {
            row[place] += damping * matrix[place][place] + 1e-9;
        }
        let Some(step) = solve(damped, vector) else {
            break;
        };
        let mut next: Parameters = std::array::from_fn(|place| best[place] + step[place]);
        (next[1], next[3]) = (next[1].max(SHORTEST), next[3].max(SHORTEST));
        next[2] = next[2].max(0.0);
        let tried = normal(points, shape, &next);
        if tried.2 < error {
            let settled = error - tried.2 < SETTLED * error;
            best = next;
            (matrix, vector, error) = tried;
            damping *= 0.3;
            if settled {
                break;
            }
        } else {
            damping *= 4.0;
        }
    }
    (best, error / points.len() as f64)
}

/// The normal equations and the sum of the squared errors.
fn normal(
    points: &[Point],
    shape: Shape,
    parameters: &Parameters,
) -> ([Parameters; N], Parameters, f64) {
    let (mut matrix, mut vector, mut error) = ([[0.0; N]; N], [0.0; N], 0.0);
    for point in points {
        let (model, slopes) = shape.depth(point.seconds(), parameters);
        let miss = point.depth() - model;
        error += miss * miss;
        for place in 0..N {
            vector[place] += slopes[place] * miss;
            for other in place..N {
                matrix[place][other] += slopes[place] * slopes[other];
            }
        }
    }
    // The half below the diagonal mirrors the half above it.
    let below = (1..N).flat_map(|place| (0..place).map(move |other| (place, other)));
    below.for_each(|(place, other)| matrix[place][other] = matrix[other][place]);
    (matrix, vector, error)
}

/// Solves a system of equations by elimination; `None` when it has no single solution.
fn solve(mut matrix: [Parameters; N], mut vector: Parameters) -> Option<Parameters> {
    for place in 0..N {
        let size = |row: &usize| matrix[*row][place].abs();
        let pivot = (place..N).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        matrix.swap(place, pivot);
        vector.swap(place, pivot);
        let row_of_pivot = matrix[place];
        if row_of_pivot[place].is_nan() || row_of_pivot[place].abs() <= 1e-12 {
            return None;
        }
        for row in place + 1..N {
            let part = matrix[row][place] / row_of_pivot[place];
            for (value, above) in matrix[row].iter_mut().zip(row_of_pivot).skip(place) {
                *value -= part * above;
            }
            vector[row] -= part * vector[place];
        }
    }
    for place in (0..N).rev() {
        let known: f64 = (place + 1..N)
            .map(|column| matrix[place][column] * vector[column])
            .sum();
        vector[place] = (vector[place] - known) / matrix[place][place];
    }
    Some(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A squat from 2 s on: 1.6 s down, 0.4 s at the bottom, 1 s up.
    fn depth(shape: Shape, seconds: f64) -> f64 {
        shape.depth(seconds, &[2.0, 1.6, 0.4, 1.0, 0.01, 0.95]).0
    }

    /// The errors of the four times in ms, from frames until a tenth of the way is left.
    fn errors(shape: Shape, per_second: f64, drop: impl Fn(u32) -> bool) -> [i64; 4] {
        let mut trace = Trace::default();
        let mut frame = 0;
        let at = |seconds: f64| UnixMillis(7_000 + (seconds * 1e3) as i64);
        let end = loop {
            let seconds = f64::from(frame) / per_second;
            let here = depth(shape, seconds);
            frame += 1;
            if !drop(frame) {
                trace.add(
                    UnixMillis(7_000 + (seconds * 1e3) as i64),
                    here,
                    seconds < 2.4,
                );
            }
            if seconds > 4.2 && here < 0.1 {
                break at(seconds);
            }
        };
        let times = trace.times(end).unwrap();
        let found = [times.start, times.bottom_from, times.bottom_to, times.end];
        let truth = [9_000, 10_600, 11_000, 12_000];
        [0, 1, 2, 3].map(|place| (found[place].0 - truth[place]).abs())
    }

    #[test]
    fn the_times_of_a_squat_are_found_between_the_frames_of_either_shape() {
        for shape in [Shape::MinimumJerk, Shape::HalfCosine] {
            for per_second in [5.0, 8.0, 15.0, 30.0, 60.0] {
                let all = errors(shape, per_second, |_| false);
                assert!(
                    all.iter().all(|ms| *ms <= 60),
                    "{shape:?} at {per_second}: {all:?}"
                );
                let some = errors(shape, per_second, |frame| frame % 5 == 3);
                assert!(
                    some.iter().all(|ms| *ms <= 90),
                    "{shape:?} at {per_second}: {some:?}"
                );
            }
        }
    }

    #[test]
    fn a_long_squat_keeps_its_times() {
        let mut trace = Trace::default();
        let way = [2.0, 5.0, 6.0, 4.0, 0.0, 1.0];
        for frame in 0..16 * 60 + 30 {
            let seconds = f64::from(frame) / 60.0;
            let here = Shape::HalfCosine.depth(seconds, &way).0;
            trace.add(UnixMillis((seconds * 1e3) as i64), here, seconds < 2.5);
        }
        let times = trace.times(UnixMillis(16_483)).unwrap();
        assert!(trace.len <= POINTS);
        assert!((times.start.0 - 2_000).abs() <= 100, "{times:?}");
        assert!((times.end.0 - 17_000).abs() <= 300, "{times:?}");
    }

    #[test]
    fn too_few_points_and_no_way_have_no_times() {
        let mut trace = Trace::default();
        assert_eq!(trace.times(UnixMillis(2_000)), None);
        for step in 0..40 {
            trace.add(UnixMillis(step * 40), 0.0, false);
        }
        assert_eq!(trace.times(UnixMillis(2_000)), None);
    }

    #[test]
    fn standing_for_hours_keeps_a_second_and_a_half() {
        let mut trace = Trace::default();
        for step in 0..200_000 {
            trace.add(UnixMillis(step * 33), 0.0, true);
        }
        assert!(trace.len <= 51, "{}", trace.len);
    }
}
