//! The account of a workout while it runs.

use std::cmp::Reverse;

use super::{Evidence, FaultCount, NotAssessed, RepSummary, Set, Trend, Workout};
use crate::{
    UnixMillis,
    coach::{RepRecord, StageSource},
    fsr::LoadRecord,
    verdict::{Assessment, Reason, Rule, Source, Unit, Verdict},
};

/// Most repetitions of which a session keeps its own account; those after it still count in the totals.
pub const MAX_REPS: usize = 256;

/// Most points of a repetition's path of the centre of pressure that are kept.
pub const MAX_PATH: usize = 8;

/// Stands for "not known" where a number is kept in eight or sixteen bits.
const UNKNOWN: u16 = u16::MAX;

/// Rules as a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Rules(u32);

const _: () = assert!(Rule::ALL.len() <= 32, "rules must fit into the bits");

impl Rules {
    fn of<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> Self {
        Self(verdicts.fold(0, |bits, verdict| bits | 1 << verdict.rule as usize))
    }

    const fn contains(self, rule: Rule) -> bool {
        self.0 & (1 << rule as usize) != 0
    }

    fn list(self) -> Vec<Rule> {
        Rule::ALL
            .into_iter()
            .filter(|rule| self.contains(*rule))
            .collect()
    }
}

/// A repetition as the session keeps it: 56 bytes.
#[derive(Clone, Copy, Debug)]
struct PackedRep {
    start_ms: u32,
    end_ms: u32,
    /// Hundredths.
    score: u16,
    /// Thousandths.
    depth: u16,
    /// Hundredths of a degree.
    flexion: u16,
    descent_ms: u16,
    bottom_ms: u16,
    ascent_ms: u16,
    /// Hundredths of a per cent.
    left_load: u16,
    peak: u16,
    heel: u16,
    source: StageSource,
    points: u8,
    /// Halves of a per cent.
    path: [[u8; 2]; MAX_PATH],
    faults: Rules,
    warnings: Rules,
    assessed: Rules,
}

/// A rule over the whole workout.
#[derive(Clone, Copy, Debug)]
struct Count {
    faults: u32,
    assessed: u32,
    worst: Option<Worst>,
    reason: Reason,
}

/// Evidence in half the bytes.
#[derive(Clone, Copy, Debug)]
struct Worst {
    rep: u32,
    value: f32,
    threshold: f32,
    confidence: f32,
    unit: Unit,
    source: Source,
}

impl Worst {
    fn beyond(&self) -> f32 {
        (self.value - self.threshold).abs()
    }

    fn evidence(self) -> Evidence {
        let thousandths = |value: f32| (f64::from(value) * 1e3).round() / 1e3;
        Evidence {
            rep: self.rep,
            value: thousandths(self.value),
            threshold: thousandths(self.threshold),
            unit: self.unit,
            source: self.source,
            confidence: thousandths(self.confidence),
        }
    }
}

/// Keeps the account of a workout in bounded memory.
#[derive(Clone, Debug)]
pub struct WorkoutAccumulator {
    start: UnixMillis,
    end: UnixMillis,
    kept: Vec<PackedRep>,
    reps: u32,
    clean: u32,
    score_sum: f64,
    depth_sum: f64,
    /// Sum of the left foot's parts, and of how many repetitions.
    left_load: (f64, u32),
    rules: [Count; Rule::ALL.len()],
}

impl WorkoutAccumulator {
    /// An empty one.
    #[must_use]
    pub const fn new(start: UnixMillis) -> Self {
        let none = Count {
            faults: 0,
            assessed: 0,
            worst: None,
            reason: Reason::NoData,
        };
        Self {
            start,
            end: start,
            kept: Vec::new(),
            reps: 0,
            clean: 0,
            score_sum: 0.0,
            depth_sum: 0.0,
            left_load: (0.0, 0),
            rules: [none; Rule::ALL.len()],
        }
    }

    /// Repetitions so far.
    #[must_use]
    pub const fn reps(&self) -> u32 {
        self.reps
    }

    /// Bytes on the heap.
    #[must_use]
    pub const fn heap_bytes(&self) -> usize {
        self.kept.capacity() * size_of::<PackedRep>()
    }

    /// The workout was stopped.
    pub fn stop(&mut self, at: UnixMillis) {
        self.end = self.end.max(at);
    }

    /// Counts a repetition.
    pub fn add(&mut self, record: &RepRecord) {
        let rep = &record.rep;
        self.reps = self.reps.saturating_add(1);
        self.clean += u32::from(record.is_clean());
        self.score_sum += rep.score;
        self.depth_sum += rep.depth;
        self.end = self.end.max(rep.end);
        if let Some(left) = record.load.as_ref().and_then(|load| load.left_load) {
            self.left_load = (self.left_load.0 + left, self.left_load.1 + 1);
        }
        let counting = || rep.verdicts.iter().filter(|verdict| !verdict.overruled);
        let assessed = Rules::of(counting().filter(|verdict| verdict.is_assessed()));
        let faults = Rules::of(counting().filter(|verdict| verdict.is_fault()));
        let is_warning = |verdict: &&Verdict| verdict.assessment == Assessment::Warning;
        let warnings = Rules(Rules::of(counting().filter(is_warning)).0 & !faults.0);
        for rule in Rule::ALL {
            let count = &mut self.rules[rule as usize];
            count.assessed += u32::from(assessed.contains(rule));
            count.faults += u32::from(faults.contains(rule));
        }
        for verdict in counting() {
            self.rules[verdict.rule as usize].note(verdict, self.reps);
        }
        if self.kept.len() < MAX_REPS {
            // Grows by what a set takes, not by doubling: most sessions are short, and there are many.
            if self.kept.len() == self.kept.capacity() {
                self.kept.reserve_exact(10);
            }
            let rules = [faults, warnings, assessed];
            self.kept.push(PackedRep::new(record, self.start, rules));
        }
    }

    /// What it came to. Sets are split where nobody squatted for `rest_ms`.
    #[must_use]
    pub fn workout(&self, rest_ms: u32) -> Workout {
        let summaries: Vec<_> = (1..)
            .zip(&self.kept)
            .map(|(number, kept)| kept.summary(number))
            .collect();
        let mean = |sum: f64, of: u32| (of > 0).then(|| rounded(sum / f64::from(of)));
        let better = |a: &&RepSummary, b: &&RepSummary| a.score.total_cmp(&b.score);
        let (assessed, missing): (Vec<Rule>, Vec<Rule>) = Rule::ALL
            .into_iter()
            .partition(|rule| self.rules[*rule as usize].assessed > 0);
        let mut faults: Vec<_> = assessed.into_iter().map(|rule| self.count(rule)).collect();
        faults.sort_by_key(|count| Reverse(count.faults));
        let reason = |rule: Rule| self.rules[rule as usize].reason;
        let not_assessed = |rule| NotAssessed {
            rule,
            reason: reason(rule),
        };
        let uneven = |rep: &RepSummary| rep.left_load.map(|left| -(2.0 * left - 100.0).abs());
        Workout {
            start: self.start,
            end: self.end,
            reps: self.reps,
            clean_reps: self.clean,
            score: mean(self.score_sum, self.reps),
            depth: mean(self.depth_sum, self.reps),
            left_load: mean(self.left_load.0, self.left_load.1),
            best: summaries.iter().rev().max_by(better).cloned(),
            worst: summaries.iter().rev().min_by(better).cloned(),
            score_trend: trend(&summaries, |rep| Some(rep.score), 5.0),
            depth_trend: trend(&summaries, |rep| Some(rep.depth), 0.08),
            balance_trend: trend(&summaries, uneven, 5.0),
            sets: self.sets(summaries, rest_ms),
            faults,
            not_assessed: missing.into_iter().map(not_assessed).collect(),
            not_counting: None,
        }
    }

    fn count(&self, rule: Rule) -> FaultCount {
        let Count {
            faults,
            assessed,
            worst,
            ..
        } = self.rules[rule as usize];
        FaultCount {
            rule,
            faults,
            assessed,
            worst: worst.map(Worst::evidence),
        }
    }

    fn sets(&self, summaries: Vec<RepSummary>, rest_ms: u32) -> Vec<Set> {
        let mut sets: Vec<Set> = Vec::new();
        let mut last_end = None;
        for (kept, summary) in self.kept.iter().zip(summaries) {
            let rest = last_end.map_or(0, |end| kept.start_ms.saturating_sub(end));
            if sets.is_empty() || rest >= rest_ms {
                sets.push(Set {
                    number: sets.len() as u32 + 1,
                    reps: Vec::new(),
                    score: 0.0,
                    rest_seconds: rounded(f64::from(rest) / 1e3),
                    seconds: 0.0,
                });
            }
            if let Some(set) = sets.last_mut() {
                set.reps.push(summary);
            }
            last_end = Some(kept.end_ms);
        }
        for set in &mut sets {
            let reps = &set.reps;
            set.score = rounded(reps.iter().map(|rep| rep.score).sum::<f64>() / reps.len() as f64);
            if let (Some(first), Some(last)) = (reps.first(), reps.last()) {
                set.seconds = rounded(last.at_seconds - first.start_seconds);
            }
        }
        sets
    }
}

impl Count {
    fn note(&mut self, verdict: &Verdict, rep: u32) {
        if let Assessment::NotAssessed(reason) = verdict.assessment {
            self.reason = reason;
        }
        let (Some(value), Some(threshold)) = (verdict.value, verdict.threshold) else {
            return;
        };
        let found = Worst {
            rep,
            value: value as f32,
            threshold: threshold as f32,
            confidence: verdict.confidence as f32,
            unit: verdict.unit,
            source: verdict.source,
        };
        let worse = |worst: Worst| found.beyond() > worst.beyond();
        if verdict.is_fault() && self.worst.is_none_or(worse) {
            self.worst = Some(found);
        }
    }
}

impl PackedRep {
    fn new(
        record: &RepRecord,
        start: UnixMillis,
        [faults, warnings, assessed]: [Rules; 3],
    ) -> Self {
        let rep = &record.rep;
        let since = |at: UnixMillis| u32::try_from(at.since(start).max(0)).unwrap_or(u32::MAX);
        let none = LoadRecord::default();
        let load = record.load.as_ref().unwrap_or(&none);
        let mut path = [[0; 2]; MAX_PATH];
        let points = load.path.len().min(MAX_PATH);
        for (point, kept) in path.iter_mut().take(points).enumerate() {
            // Evenly in time: the first and the last of the path are kept.
            let place = point * (load.path.len() - 1) / (points - 1).max(1);
            *kept = load.path[place].map(|percent| (percent.clamp(0.0, 127.0) * 2.0 + 0.5) as u8);
        }
        Self {
            start_ms: since(rep.start),
            end_ms: since(rep.end),
            score: short(Some(rep.score), 1e2),
            depth: short(Some(rep.depth), 1e3),
            flexion: short(rep.knee_flexion, 1e2),
            descent_ms: short(Some(rep.descent_seconds), 1e3),
            bottom_ms: short(Some(rep.bottom_seconds), 1e3),
            ascent_ms: short(Some(rep.ascent_seconds), 1e3),
            left_load: short(load.left_load, 1e2),
            peak: short(load.peak_left_right, 1e2),
            heel: short(load.lowest_heel, 1e2),
            source: record.source,
            points: points as u8,
            path,
            faults,
            warnings,
            assessed,
        }
    }

    fn summary(&self, number: u32) -> RepSummary {
        let point = |[along, across]: &[u8; 2]| [f64::from(*along) / 2.0, f64::from(*across) / 2.0];
        let known = |value: u16, per: f64| f64::from(value) / per;
        RepSummary {
            number,
            start_seconds: f64::from(self.start_ms) / 1e3,
            at_seconds: f64::from(self.end_ms) / 1e3,
            score: known(self.score, 1e2),
            depth: known(self.depth, 1e3),
            knee_flexion: long(self.flexion, 1e2),
            descent_seconds: known(self.descent_ms, 1e3),
            bottom_seconds: known(self.bottom_ms, 1e3),
            ascent_seconds: known(self.ascent_ms, 1e3),
            source: self.source,
            left_load: long(self.left_load, 1e2),
            peak_left_right: long(self.peak, 1e2),
            lowest_heel: long(self.heel, 1e2),
            path: self.path[..usize::from(self.points)]
                .iter()
                .map(point)
                .collect(),
            faults: self.faults.list(),
            warnings: self.warnings.list(),
            assessed: self.assessed.list(),
        }
    }
}

/// A number in sixteen bits, `per` of them a unit; none below zero.
fn short(value: Option<f64>, per: f64) -> u16 {
    value.map_or(UNKNOWN, |value| {
        (value * per).round().clamp(0.0, f64::from(UNKNOWN - 1)) as u16
    })
}

fn long(value: u16, per: f64) -> Option<f64> {
    (value != UNKNOWN).then(|| f64::from(value) / per)
}

/// The mean of the last third against that of the first; `least` is the smallest change that counts.
fn trend(reps: &[RepSummary], value: impl Fn(&RepSummary) -> Option<f64>, least: f64) -> Trend {
    let values: Vec<f64> = reps.iter().filter_map(value).collect();
    let third = values.len() / 3;
    if third < 2 {
        return Trend::Steady;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let change = mean(&values[values.len() - third..]) - mean(&values[..third]);
    if change >= least {
        Trend::Better
    } else if change <= -least {
        Trend::Worse
    } else {
        Trend::Steady
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e2).round() / 1e2
}

#[cfg(test)]
mod tests;
