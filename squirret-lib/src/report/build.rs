//! From workouts to a report.

use super::{
    Balance, Comparison, Earlier, FaultEvidence, FaultRow, MissingRow, RepRow, Report, Totals,
    labels,
};
use crate::{
    archive::WorkoutRecord,
    coach::{FaultCount, RepRecord, Workout, WorkoutAccumulator},
    feedback::{FaultKind, Status, fault_of},
    verdict::{Assessment, Language, Reason, Rule, Verdict},
};

/// Most workouts that a report compares with.
const MAX_EARLIER: usize = 5;

/// Most things to practise: more are not remembered.
const MAX_PRACTISE: usize = 3;

/// A fault must stand in so many repetitions before it is practised: one alone may be a slip.
const MIN_FAULTS: u32 = 2;

impl Report {
    /// Of the workouts of a session, oldest first, against the same person's workouts before, newest first. Sets are
    /// split at rests of `rest_ms`.
    #[must_use]
    pub fn new(
        name: &str,
        workouts: &[WorkoutRecord],
        earlier: &[WorkoutRecord],
        rest_ms: u32,
        language: Language,
    ) -> Self {
        let squatted = squatted(workouts);
        let workouts = if squatted.is_empty() {
            workouts
        } else {
            &squatted
        };
        let whole = whole(workouts, rest_ms);
        let reps = rows(workouts);
        Self {
            name: name.to_owned(),
            language,
            start: whole.start,
            end: whole.end,
            status: whole.status(),
            not_counting: whole.not_counting,
            reason: whole.not_counting.map(|reason| reason.explain(language)),
            summary: whole.summary(language),
            totals: totals(&whole, workouts.len(), &reps),
            sets: whole.sets.clone(),
            balance: balance(&reps),
            faults: faults(&whole, workouts, language),
            not_assessed: missing(&whole, workouts, language),
            practise: practise(&whole, workouts, language),
            comparison: comparison(&whole, earlier, rest_ms, language),
            reps,
        }
    }
}

/// The workouts with repetitions.
fn squatted(workouts: &[WorkoutRecord]) -> Vec<WorkoutRecord> {
    let squatted = workouts.iter().filter(|workout| !workout.reps.is_empty());
    squatted.cloned().collect()
}

/// What several workouts of a session came to together, oldest first. Where nobody squatted, it still has a beginning and
/// a reason.
#[must_use]
pub fn together(workouts: &[WorkoutRecord], rest_ms: u32) -> Workout {
    let squatted = squatted(workouts);
    whole(
        if squatted.is_empty() {
            workouts
        } else {
            &squatted
        },
        rest_ms,
    )
}

/// All workouts as one.
fn whole(workouts: &[WorkoutRecord], rest_ms: u32) -> Workout {
    if let [only] = workouts {
        return only.workout(rest_ms);
    }
    let start = workouts.first().map(|workout| workout.key.start);
    let mut tally = WorkoutAccumulator::new(start.unwrap_or_default());
    let reps = workouts.iter().flat_map(|workout| &workout.reps);
    reps.for_each(|rep| tally.add(rep));
    let mut whole = tally.workout(rest_ms);
    if whole.reps == 0 {
        let reason = |workout: &WorkoutRecord| workout.summary.as_ref()?.not_counting;
        whole.not_counting = workouts.iter().rev().find_map(reason);
    }
    whole
}

fn rows(workouts: &[WorkoutRecord]) -> Vec<RepRow> {
    let numbered = (1..).zip(workouts);
    numbered
        .flat_map(|(number, workout)| workout.reps.iter().map(move |rep| row(number, rep)))
        .collect()
}

fn row(workout: usize, record: &RepRecord) -> RepRow {
    let rules = |wanted: fn(&Verdict) -> bool| -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for verdict in record.verdicts.iter().filter(|verdict| wanted(verdict)) {
            if !rules.contains(&verdict.rule) {
                rules.push(verdict.rule);
            }
        }
        rules
    };
    let faults = rules(Verdict::is_fault);
    let is_warning =
        |verdict: &Verdict| verdict.assessment == Assessment::Warning && !verdict.overruled;
    let mut warnings = rules(is_warning);
    warnings.retain(|rule| !faults.contains(rule));
    let assessed = rules(Verdict::is_assessed);
    let mut not_assessed = rules(|verdict| !verdict.is_assessed());
    not_assessed.retain(|rule| !assessed.contains(rule));
    if !assessed.contains(&Rule::Depth) && !not_assessed.contains(&Rule::Depth) {
        not_assessed.push(Rule::Depth);
    }
    let load = record.load.clone().unwrap_or_default();
    RepRow {
        workout,
        number: record.number,
        status: status(record),
        start: record.start,
        end: record.end,
        score: record.score,
        depth: record.depth,
        descent_seconds: record.descent_seconds,
        bottom_seconds: record.bottom_seconds,
        ascent_seconds: record.ascent_seconds,
        knee_flexion: record.knee_flexion,
        left_load: load.left_load,
        peak_left_right: load.peak_left_right,
        lowest_heel: load.lowest_heel,
        path: load.path,
        view: record.view,
        source: record.source,
        faults,
        warnings,
        not_assessed,
    }
}

fn status(record: &RepRecord) -> Status {
    let is_fault = |verdict: &&Verdict| verdict.is_fault() && verdict.rule != Rule::DescentTempo;
    if record.verdicts.iter().any(|verdict| is_fault(&verdict)) {
        Status::Bad
    } else if record.verdicts.iter().any(Verdict::is_assessed) {
        Status::Good
    } else {
        Status::NoData
    }
}

fn totals(whole: &Workout, workouts: usize, reps: &[RepRow]) -> Totals {
    Totals {
        workouts,
        reps: whole.reps,
        clean_reps: whole.clean_reps,
        score: whole.score,
        depth: mean(
            reps.iter()
                .filter(|rep| rep.depth_is_assessed())
                .map(|rep| rep.depth),
        ),
        descent_seconds: mean(reps.iter().map(|rep| rep.descent_seconds)),
        ascent_seconds: mean(reps.iter().map(|rep| rep.ascent_seconds)),
        score_trend: whole.score_trend,
        depth_trend: whole.depth_trend,
    }
}

fn balance(reps: &[RepRow]) -> Option<Balance> {
    let known = reps.iter().filter_map(|rep| rep.left_load);
    Some(Balance {
        left_load: mean(known.clone())?,
        peak_left_right: reps
            .iter()
            .filter_map(|rep| rep.peak_left_right)
            .reduce(f64::max),
        reps: known.count(),
    })
}

/// Every verdict of every repetition, with the workout and repetition that it stands in.
fn verdicts(workouts: &[WorkoutRecord]) -> impl Iterator<Item = (usize, u32, &Verdict)> {
    let numbered = (1..).zip(workouts);
    numbered.flat_map(|(number, workout)| {
        workout.reps.iter().flat_map(move |rep| {
            rep.rep
                .verdicts
                .iter()
                .map(move |verdict| (number, rep.number, verdict))
        })
    })
}

fn faults(whole: &Workout, workouts: &[WorkoutRecord], language: Language) -> Vec<FaultRow> {
    let row = |count: &FaultCount| FaultRow {
        rule: count.rule,
        title: labels::rule(count.rule).in_language(language),
        faults: count.faults,
        assessed: count.assessed,
        evidence: evidence(count.rule, workouts, language),
    };
    whole.faults.iter().map(row).collect()
}

/// The fault of this rule that passed its threshold furthest.
fn evidence(rule: Rule, workouts: &[WorkoutRecord], language: Language) -> Option<FaultEvidence> {
    let measured = verdicts(workouts)
        .filter(|(_, _, verdict)| verdict.rule == rule && verdict.is_fault())
        .filter_map(|(workout, rep, verdict)| {
            let (value, threshold) = verdict.value.zip(verdict.threshold)?;
            Some(FaultEvidence {
                workout,
                rep,
                text: labels::measured(rule, value, threshold, verdict.unit, language),
                value,
                threshold,
                unit: verdict.unit,
                source: verdict.source,
                confidence: verdict.confidence,
            })
        });
    let distance = |evidence: &FaultEvidence| (evidence.value - evidence.threshold).abs();
    measured.reduce(|worst, other| {
        if distance(&other) > distance(&worst) {
            other
        } else {
            worst
        }
    })
}

fn missing(whole: &Workout, workouts: &[WorkoutRecord], language: Language) -> Vec<MissingRow> {
    let row = |missing: &crate::coach::NotAssessed| {
        let rule = missing.rule;
        let reason = common_reason(rule, workouts);
        MissingRow {
            rule,
            title: labels::rule(rule).in_language(language),
            reason,
            why: labels::reason(reason).in_language(language),
        }
    };
    whole.not_assessed.iter().map(row).collect()
}

/// Why a rule was not assessed, most of the time; no data when nobody said anything about it.
fn common_reason(rule: Rule, workouts: &[WorkoutRecord]) -> Reason {
    let mut counts: Vec<(Reason, u32)> = Vec::new();
    for (_, _, verdict) in verdicts(workouts).filter(|(_, _, verdict)| verdict.rule == rule) {
        let Assessment::NotAssessed(reason) = verdict.assessment else {
            continue;
        };
        match counts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((reason, 1)),
        }
    }
    // The first of equals: `max_by_key` would give the last.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(Reason::NoData, |(reason, _)| *reason)
}

fn practise(whole: &Workout, workouts: &[WorkoutRecord], language: Language) -> Vec<String> {
    if whole.reps == 0 {
        return Vec::new();
    }
    let mut kinds: Vec<FaultKind> = Vec::new();
    for count in whole
        .faults
        .iter()
        .filter(|count| count.faults >= MIN_FAULTS)
    {
        let kind = verdicts(workouts)
            .find(|(_, _, verdict)| verdict.rule == count.rule && verdict.is_fault())
            .map(|(_, _, verdict)| fault_of(verdict).kind);
        kinds.extend(kind.filter(|kind| !kinds.contains(kind)));
    }
    kinds.truncate(MAX_PRACTISE);
    if kinds.is_empty() {
        let nothing = if whole.faults.is_empty() {
            labels::NOTHING_ASSESSED
        } else if whole.faults.iter().any(|count| count.faults > 0) {
            labels::ONLY_SLIPS
        } else {
            labels::NOTHING_TO_CORRECT
        };
        return vec![nothing.in_language(language).to_owned()];
    }
    let practice = |kind: &FaultKind| labels::practice(*kind).in_language(language).to_owned();
    kinds.iter().map(practice).collect()
}

fn comparison(
    whole: &Workout,
    earlier: &[WorkoutRecord],
    rest_ms: u32,
    language: Language,
) -> Option<Comparison> {
    let summaries = earlier.iter().map(|workout| workout.workout(rest_ms));
    let earlier: Vec<Earlier> = summaries
        .filter(|workout| workout.reps > 0)
        .take(MAX_EARLIER)
        .map(|workout| Earlier {
            start: workout.start,
            reps: workout.reps,
            clean_reps: workout.clean_reps,
            score: workout.score,
            depth: workout.depth.filter(|_| depth_was_assessed(&workout)),
        })
        .collect();
    if earlier.is_empty() {
        return None;
    }
    let change = |now: Option<f64>, value: fn(&Earlier) -> Option<f64>| {
        let before = mean(earlier.iter().filter_map(value))?;
        Some(rounded(now? - before))
    };
    let score_change = change(whole.score, |earlier| earlier.score);
    let depth = whole.depth.filter(|_| depth_was_assessed(whole));
    let depth_change = change(depth, |earlier| earlier.depth);
    Some(Comparison {
        text: labels::comparison(score_change, earlier.len(), language),
        earlier,
        score_change,
        depth_change,
    })
}

fn depth_was_assessed(workout: &Workout) -> bool {
    let is_depth = |count: &FaultCount| count.rule == Rule::Depth && count.assessed > 0;
    workout.faults.iter().any(is_depth)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| rounded(sum / f64::from(count)))
}

fn rounded(value: f64) -> f64 {
    (value * 1e2).round() / 1e2
}
