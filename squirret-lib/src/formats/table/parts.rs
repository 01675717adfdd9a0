//! The order of samples, and where a clock starts again.

use super::{Remarks, side_name, stamps::Timed};
use crate::{
    UnixMillis,
    fsr::{Sample, Side},
};

/// A clock that goes back by more than this, ms, started again; by less, lines are out of order.
const RESTART_MS: i64 = 2_000;
/// A clock that jumps ahead by more than this, ms, was set: the recording before and after are two.
const JUMP_MS: i64 = 600_000;

/// Sorts samples by time, and splits them where a clock starts again or is set.
pub(super) fn split(samples: Vec<Timed>, remarks: &mut Remarks) -> Vec<Vec<Sample>> {
    let mut parts: Vec<Vec<Sample>> = Vec::new();
    let mut clocks = [SourceClock::default(), SourceClock::default()];
    let mut unordered = 0u64;
    for Timed { line, sample } in samples {
        let clock = &mut clocks[sample.side.index()];
        let step = clock.last.map_or(0, |last| sample.at.since(last));
        if !(-RESTART_MS..=JUMP_MS).contains(&step) {
            clock.part += 1;
            clock.last = None;
            if clock.part >= parts.len() {
                let what = if step < 0 {
                    "starts again"
                } else {
                    "jumps ahead"
                };
                let side = side_name(sample.side);
                remarks.at(
                    line,
                    format!(
                        "the clock of the {side} foot {what} ({:+.1} s): part {} of the recording begins, and is taken to follow at once",
                        step as f64 / 1e3,
                        clock.part + 1
                    ),
                );
            }
        }
        unordered += u64::from((-RESTART_MS..0).contains(&step));
        clock.last = clock.last.max(Some(sample.at));
        while parts.len() <= clock.part {
            parts.push(Vec::new());
        }
        parts[clock.part].push(sample);
    }
    if unordered > 0 {
        remarks.whole(format!(
            "{unordered} lines were out of order and were sorted"
        ));
    }
    let mut grains = None;
    for part in &mut parts {
        part.sort_by_key(|sample| sample.at);
        for side in Side::BOTH {
            grains = grains.max(spread(part, side));
        }
        part.sort_by_key(|sample| sample.at);
    }
    if let Some(grain) = grains {
        remarks.whole(format!(
            "several samples of a foot carry the same time, in steps of {:.3} s: they were spread evenly over each step",
            grain as f64 / 1e3
        ));
    }
    parts
}

#[derive(Clone, Copy, Default)]
struct SourceClock {
    last: Option<UnixMillis>,
    part: usize,
}

/// Spreads the samples of a foot that share a time evenly up to the next time; returns the usual step, in ms, when
/// times are that coarse.
fn spread(part: &mut [Sample], side: Side) -> Option<i64> {
    let places: Vec<usize> = (0..part.len())
        .filter(|at| part[*at].side == side)
        .collect();
    let groups: Vec<&[usize]> = places.chunk_by(|a, b| part[*a].at == part[*b].at).collect();
    if groups.len() < 2 || places.len() < 2 * groups.len() {
        return None;
    }
    let starts: Vec<UnixMillis> = groups.iter().map(|group| part[group[0]].at).collect();
    let mut steps: Vec<i64> = starts
        .windows(2)
        .map(|pair| pair[1].since(pair[0]))
        .collect();
    let mut sizes: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    steps.sort_unstable();
    sizes.sort_unstable();
    let (step, size) = (steps[steps.len() / 2], sizes[sizes.len() / 2]);
    let spacing = step as f64 / size as f64;
    let mut times = Vec::with_capacity(places.len());
    for (index, group) in groups.iter().enumerate() {
        let next = starts.get(index + 1).map(|next| next.since(starts[index]));
        // The first step was cut by the beginning, so its samples end with it; the last one by the end.
        let (from, spacing) = match next {
            Some(next) if next > step + step / 2 => (0.0, spacing),
            Some(next) if index == 0 && group.len() < size => {
                (next as f64 - spacing * group.len() as f64, spacing)
            }
            Some(next) => (0.0, next as f64 / group.len() as f64),
            None => (0.0, spacing.min(step as f64 / group.len() as f64)),
        };
        for place in 0..group.len() {
            times.push(starts[index].plus((from + spacing * place as f64).round() as i64));
        }
    }
    for (place, at) in places.iter().zip(times) {
        part[*place].at = at;
    }
    Some(step)
}
