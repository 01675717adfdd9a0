use super::*;
use crate::squat::Rep;

fn verdict(rule: Rule, assessment: Assessment, value: f64) -> Verdict {
    Verdict::new(rule, assessment, Unit::Percent, Source::Insole).with_evidence(value, 50.0, 0.9)
}

/// A repetition of three seconds that begins at `start` seconds.
fn record(start: i64, score: f64, verdicts: &[Verdict]) -> RepRecord {
    let at = |ms: i64| UnixMillis(start * 1_000 + ms);
    let rep = Rep {
        number: 0,
        start: at(0),
        end: at(3_000),
        depth: 0.957,
        descent_seconds: 1.75,
        bottom_seconds: 0.25,
        ascent_seconds: 1.0,
        tempo_ratio: 1.75,
        knee_flexion: Some(101.25),
        view: None,
        score,
        verdicts: verdicts.to_vec(),
    };
    let path = (0..16).map(|step| [40.0 + f64::from(step), 50.0]).collect();
    let load = LoadRecord {
        left_load: Some(51.5),
        peak_left_right: Some(12.25),
        lowest_heel: None,
        path,
    };
    RepRecord {
        rep,
        source: StageSource::Pose,
        load: Some(load),
    }
}

fn tally(records: &[RepRecord]) -> WorkoutAccumulator {
    let mut tally = WorkoutAccumulator::new(UnixMillis(0));
    records.iter().for_each(|record| tally.add(record));
    tally
}

#[test]
fn a_repetition_keeps_what_a_report_needs() {
    let verdicts = [
        verdict(Rule::HeelLift, Assessment::Bad, 30.0),
        verdict(Rule::FrontShare, Assessment::Warning, 51.0),
        verdict(Rule::CopForward, Assessment::Good, 45.0),
    ];
    let workout = tally(&[record(10, 80.0, &verdicts)]).workout(20_000);
    let rep = workout.best.unwrap();
    insta::assert_json_snapshot!(rep, @r#"
    {
      "number": 1,
      "startSeconds": 10.0,
      "atSeconds": 13.0,
      "score": 80.0,
      "depth": 0.957,
      "kneeFlexion": 101.25,
      "descentSeconds": 1.75,
      "bottomSeconds": 0.25,
      "ascentSeconds": 1.0,
      "source": "pose",
      "leftLoad": 51.5,
      "peakLeftRight": 12.25,
      "path": [
        [
          40.0,
          50.0
        ],
        [
          42.0,
          50.0
        ],
        [
          44.0,
          50.0
        ],
        [
          46.0,
          50.0
        ],
        [
          48.0,
          50.0
        ],
        [
          50.0,
          50.0
        ],
        [
          52.0,
          50.0
        ],
        [
          55.0,
          50.0
        ]
      ],
      "faults": [
        "heel_lift"
      ],
      "warnings": [
        "front_share"
      ],
      "assessed": [
        "front_share",
        "cop_forward",
        "heel_lift"
      ]
    }
    "#);
}

#[test]
fn a_rest_splits_sets_at_its_length_and_not_below() {
    let sets = |rest: i64| {
        let records = [record(0, 90.0, &[]), record(3 + rest, 90.0, &[])];
        tally(&records).workout(20_000).sets
    };
    assert_eq!(sets(19).len(), 1);
    let two = sets(20);
    assert_eq!(
        (two.len(), two[1].rest_seconds, two[1].seconds),
        (2, 20.0, 3.0)
    );
}

#[test]
fn faults_are_counted_with_their_worst_evidence_and_what_was_not_assessed_with_its_reason() {
    let unseen = Verdict::new(
        Rule::TrunkLean,
        Assessment::NotAssessed(Reason::View),
        Unit::Degrees,
        Source::Camera,
    );
    let heel = |value| verdict(Rule::HeelLift, Assessment::Bad, value);
    let fine = verdict(Rule::HeelLift, Assessment::Good, 55.0);
    let records = [[heel(45.0), unseen], [heel(20.0), unseen], [fine, unseen]];
    let records: Vec<_> = (0..)
        .zip(records)
        .map(|(n, v)| record(n * 5, 80.0, &v))
        .collect();
    let workout = tally(&records).workout(20_000);
    let count = workout.faults[0];
    assert_eq!(
        (count.rule, count.faults, count.assessed),
        (Rule::HeelLift, 2, 3)
    );
    let worst = count.worst.unwrap();
    assert_eq!((worst.rep, worst.value), (2, 20.0));
    assert_eq!(workout.clean_reps, 1);
    let trunk = |missing: &&NotAssessed| missing.rule == Rule::TrunkLean;
    let missing = workout.not_assessed.iter().find(trunk).unwrap();
    assert_eq!(missing.reason, Reason::View);
}

#[test]
fn an_overruled_verdict_counts_neither_as_a_fault_nor_as_assessed() {
    let mut overruled = verdict(Rule::HeelLift, Assessment::Bad, 10.0);
    overruled.overruled = true;
    let workout = tally(&[record(0, 100.0, &[overruled])]).workout(20_000);
    assert!(workout.faults.is_empty() && workout.worst.unwrap().faults.is_empty());
}

#[test]
fn repetitions_beyond_the_256th_count_in_the_totals_only() {
    let records = |count: i64| -> Vec<_> { (0..count).map(|n| record(4 * n, 90.0, &[])).collect() };
    for (count, kept) in [(256, 256), (257, 256)] {
        let workout = tally(&records(count)).workout(20_000);
        assert_eq!(
            (i64::from(workout.reps), workout.all_reps().count()),
            (count, kept)
        );
    }
}

#[test]
fn the_first_of_equals_is_the_best_and_the_last_the_worst() {
    let workout = tally(&[90, 70, 90, 70].map(|score| record(0, f64::from(score), &[])));
    let workout = workout.workout(20_000);
    assert_eq!(workout.best.unwrap().number, 1);
    assert_eq!(workout.worst.unwrap().number, 4);
}

#[test]
fn a_trend_needs_six_repetitions_and_a_change_that_counts() {
    let trend = |scores: &[f64]| {
        let records: Vec<_> = scores.iter().map(|score| record(0, *score, &[])).collect();
        tally(&records).workout(20_000).score_trend
    };
    assert_eq!(trend(&[50.0, 50.0, 90.0, 90.0, 90.0]), Trend::Steady);
    assert_eq!(trend(&[50.0, 50.0, 70.0, 70.0, 55.0, 55.0]), Trend::Better);
    assert_eq!(trend(&[90.0, 90.0, 70.0, 70.0, 85.1, 85.0]), Trend::Steady);
    assert_eq!(trend(&[90.0, 90.0, 70.0, 70.0, 85.0, 85.0]), Trend::Worse);
}
