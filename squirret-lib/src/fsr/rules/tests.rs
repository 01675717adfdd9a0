//! Each row of both rule sets, at its limit and past it.

use super::*;

/// In order for both stages would be impossible: a base that is GOOD going down.
const DOWN: Metrics = Metrics {
    front: 30.0,
    rear: 60.0,
    inner: 50.0,
    outer: 50.0,
    heel: 60.0,
    inner_outer_diff: 0.0,
    left_right_diff: Some(0.0),
};
/// GOOD coming up.
const UP: Metrics = Metrics {
    front: 50.0,
    rear: 50.0,
    heel: 50.0,
    ..DOWN
};

fn rules() -> SeedRules {
    SeedRules::default()
}

fn down(metrics: Metrics) -> Vec<Rule> {
    rules()
        .descent(&metrics)
        .faults()
        .map(|verdict| verdict.rule)
        .collect()
}

fn up(metrics: Metrics) -> Vec<(Rule, Option<f64>)> {
    rules()
        .ascent(&metrics)
        .faults()
        .map(|verdict| (verdict.rule, verdict.threshold))
        .collect()
}

#[test]
fn descent_front_is_good_at_forty_and_bad_above() {
    assert_eq!(
        down(Metrics {
            front: 40.0,
            ..DOWN
        }),
        []
    );
    assert_eq!(
        down(Metrics {
            front: 40.0001,
            ..DOWN
        }),
        [Rule::FrontShare]
    );
}

#[test]
fn descent_front_between_thirty_five_and_forty_alone_is_good() {
    assert_eq!(
        down(Metrics {
            front: 35.0001,
            ..DOWN
        }),
        []
    );
    assert_eq!(
        down(Metrics {
            front: 38.0,
            ..DOWN
        }),
        []
    );
}

#[test]
fn descent_inner_is_good_at_sixty_and_bad_above() {
    assert_eq!(
        down(Metrics {
            inner: 60.0,
            ..DOWN
        }),
        []
    );
    assert_eq!(
        down(Metrics {
            inner: 60.0001,
            ..DOWN
        }),
        [Rule::InnerShare]
    );
}

#[test]
fn descent_outer_is_good_at_sixty_and_bad_above() {
    assert_eq!(
        down(Metrics {
            outer: 60.0,
            ..DOWN
        }),
        []
    );
    assert_eq!(
        down(Metrics {
            outer: 60.0001,
            ..DOWN
        }),
        [Rule::OuterShare]
    );
}

#[test]
fn descent_heel_is_good_at_fifty_five_and_bad_below() {
    assert_eq!(down(Metrics { heel: 55.0, ..DOWN }), []);
    assert_eq!(
        down(Metrics {
            heel: 54.9999,
            ..DOWN
        }),
        [Rule::HeelShare]
    );
}

#[test]
fn descent_rear_is_good_from_fifty_five_to_seventy_and_bad_outside() {
    assert_eq!(down(Metrics { rear: 55.0, ..DOWN }), []);
    assert_eq!(down(Metrics { rear: 70.0, ..DOWN }), []);
    assert_eq!(
        down(Metrics {
            rear: 54.9999,
            ..DOWN
        }),
        [Rule::RearShare]
    );
    assert_eq!(
        down(Metrics {
            rear: 70.0001,
            ..DOWN
        }),
        [Rule::RearShare]
    );
}

#[test]
fn descent_inner_outer_difference_is_good_at_ten_and_bad_above() {
    assert_eq!(
        down(Metrics {
            inner_outer_diff: 10.0,
            ..DOWN
        }),
        []
    );
    assert_eq!(
        down(Metrics {
            inner_outer_diff: 10.0001,
            ..DOWN
        }),
        [Rule::InnerOuterDiff]
    );
}

#[test]
fn left_right_difference_is_good_at_fifteen_and_bad_above_in_both_stages() {
    assert_eq!(
        down(Metrics {
            left_right_diff: Some(15.0),
            ..DOWN
        }),
        []
    );
    assert_eq!(
        down(Metrics {
            left_right_diff: Some(15.0001),
            ..DOWN
        }),
        [Rule::LeftRightDiff]
    );
    assert_eq!(
        up(Metrics {
            left_right_diff: Some(15.0),
            ..UP
        }),
        []
    );
    assert_eq!(
        up(Metrics {
            left_right_diff: Some(15.0001),
            ..UP
        }),
        [(Rule::LeftRightDiff, Some(15.0))]
    );
}

#[test]
fn with_one_foot_the_difference_between_the_feet_is_not_assessed() {
    let sheet = rules().descent(&Metrics {
        left_right_diff: None,
        ..DOWN
    });
    assert_eq!(sheet.faults().count(), 0);
    assert_eq!(
        sheet.last().unwrap().assessment,
        Assessment::NotAssessed(Reason::NoData)
    );
}

#[test]
fn ascent_heel_lifts_below_forty_and_is_weak_below_forty_five() {
    assert_eq!(up(Metrics { heel: 45.0, ..UP }), []);
    assert_eq!(
        up(Metrics {
            heel: 44.9999,
            ..UP
        }),
        [(Rule::HeelShare, Some(45.0))]
    );
    assert_eq!(
        up(Metrics { heel: 40.0, ..UP }),
        [(Rule::HeelShare, Some(45.0))]
    );
    let lifts = [(Rule::HeelLift, Some(40.0)), (Rule::HeelShare, Some(45.0))];
    assert_eq!(
        up(Metrics {
            heel: 39.9999,
            ..UP
        }),
        lifts
    );
}

#[test]
fn ascent_outer_and_inner_are_good_at_sixty_and_bad_above() {
    assert_eq!(
        up(Metrics {
            outer: 60.0,
            inner: 60.0,
            ..UP
        }),
        []
    );
    assert_eq!(
        up(Metrics {
            outer: 60.0001,
            ..UP
        }),
        [(Rule::OuterShare, Some(60.0))]
    );
    assert_eq!(
        up(Metrics {
            inner: 60.0001,
            ..UP
        }),
        [(Rule::InnerShare, Some(60.0))]
    );
}

#[test]
fn ascent_front_or_rear_outside_their_half_is_one_fault_told_by_the_worse() {
    for good in [45.0, 55.0] {
        assert_eq!(
            up(Metrics {
                rear: good,
                front: good,
                ..UP
            }),
            []
        );
    }
    assert_eq!(
        up(Metrics {
            rear: 44.9999,
            ..UP
        }),
        [(Rule::RearShare, Some(45.0))]
    );
    assert_eq!(
        up(Metrics {
            front: 55.0001,
            ..UP
        }),
        [(Rule::FrontShare, Some(55.0))]
    );
    assert_eq!(
        up(Metrics {
            front: 60.0,
            rear: 44.0,
            ..UP
        }),
        [(Rule::FrontShare, Some(55.0))]
    );
}

#[test]
fn ascent_inner_outer_difference_is_good_at_ten_and_bad_above() {
    assert_eq!(
        up(Metrics {
            inner_outer_diff: 10.0,
            ..UP
        }),
        []
    );
    assert_eq!(
        up(Metrics {
            inner_outer_diff: 10.0001,
            ..UP
        }),
        [(Rule::InnerOuterDiff, Some(10.0))]
    );
}

#[test]
fn all_descent_faults_come_in_the_originals_order() {
    let all = Metrics {
        front: 50.0,
        rear: 40.0,
        inner: 61.0,
        outer: 61.0,
        heel: 40.0,
        inner_outer_diff: 11.0,
        left_right_diff: Some(16.0),
    };
    use Rule::*;
    let order = [
        FrontShare,
        InnerShare,
        OuterShare,
        HeelShare,
        RearShare,
        InnerOuterDiff,
        LeftRightDiff,
    ];
    assert_eq!(down(all), order);
}

#[test]
fn all_ascent_faults_come_in_the_originals_order() {
    let all = Metrics {
        front: 50.0,
        rear: 39.0,
        inner: 61.0,
        outer: 61.0,
        heel: 39.0,
        inner_outer_diff: 11.0,
        left_right_diff: Some(16.0),
    };
    use Rule::*;
    let order = [
        HeelLift,
        OuterShare,
        InnerShare,
        RearShare,
        InnerOuterDiff,
        HeelShare,
        LeftRightDiff,
    ];
    assert_eq!(
        up(all)
            .into_iter()
            .map(|(rule, _)| rule)
            .collect::<Vec<_>>(),
        order
    );
}

#[test]
fn the_empty_list_wins_the_stage() {
    assert_eq!(rules().choose(&DOWN).0, Stage::Descent);
    assert_eq!(rules().choose(&UP).0, Stage::Ascent);
}

#[test]
fn the_shorter_list_wins_the_stage() {
    let metrics = Metrics {
        inner: 61.0,
        inner_outer_diff: 11.0,
        ..UP
    };
    let (stage, sheet) = rules().choose(&metrics);
    assert_eq!(stage, Stage::Ascent);
    assert_eq!(sheet.faults().count(), 2);
    assert!(rules().descent(&metrics).faults().count() > 2);
}

#[test]
fn a_tie_is_descent() {
    // The uniformly loaded sole: five faults either way.
    let even = Metrics {
        front: 50.0,
        rear: 33.3333,
        inner: 33.3333,
        outer: 66.6667,
        heel: 33.3333,
        inner_outer_diff: 33.3333,
        left_right_diff: Some(0.0),
    };
    assert_eq!(
        rules().descent(&even).faults().count(),
        rules().ascent(&even).faults().count()
    );
    assert_eq!(rules().choose(&even).0, Stage::Descent);
}
