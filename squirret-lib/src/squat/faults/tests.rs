//! Each row of the table at its limit and past it, in the view that shows it and in one that does not.

use super::{
    super::{baseline::Collector, body::Point},
    *,
};
use crate::{
    math,
    pose::{
        Keypoint,
        Landmark::{self, *},
        Pose,
    },
};

/// A figure with a torso of 0.25 and shanks of 0.2 picture heights in a square picture.
struct Figure([Keypoint; 33]);

impl Figure {
    fn from(points: &[(Landmark, Point)]) -> Self {
        let mut keypoints = [Keypoint::default(); 33];
        for (landmark, [x, y]) in points {
            keypoints[*landmark as usize] = Keypoint {
                x: *x as f32,
                y: *y as f32,
                z: 0.0,
                visibility: 0.99,
            };
        }
        Self(keypoints)
    }

    /// Standing, seen from the front: shoulders 0.2 wide, hips 0.1, ankles 0.2, knees between.
    fn front() -> Self {
        Self::from(&[
            (LeftShoulder, [0.60, 0.25]),
            (RightShoulder, [0.40, 0.25]),
            (LeftHip, [0.55, 0.50]),
            (RightHip, [0.45, 0.50]),
            (LeftKnee, [0.575, 0.70]),
            (RightKnee, [0.425, 0.70]),
            (LeftAnkle, [0.60, 0.90]),
            (RightAnkle, [0.40, 0.90]),
        ])
    }

    /// Seen from the side, looking to the right: the trunk leans by `trunk` degrees, the shank by `shank`.
    fn side(trunk: f64, shank: f64) -> Self {
        let ((trunk_sin, trunk_cos), (shank_sin, shank_cos)) = (
            math::sin_cos(trunk.to_radians()),
            math::sin_cos(shank.to_radians()),
        );
        let ankle = [0.5, 0.9];
        let knee = [ankle[0] + 0.2 * shank_sin, ankle[1] - 0.2 * shank_cos];
        let hip = [knee[0] - 0.15, knee[1] - 0.1];
        let shoulder = [hip[0] + 0.25 * trunk_sin, hip[1] - 0.25 * trunk_cos];
        let both = |left, right, place| [(left, place), (right, place)];
        let points = [
            both(LeftShoulder, RightShoulder, shoulder),
            both(LeftHip, RightHip, hip),
            both(LeftKnee, RightKnee, knee),
            both(LeftAnkle, RightAnkle, ankle),
            both(LeftHeel, RightHeel, [0.47, 0.92]),
            both(LeftFootIndex, RightFootIndex, [0.58, 0.92]),
        ];
        Self::from(points.as_flattened())
    }

    /// Squatting, seen from the front: the thighs look half as long, the knees are over the ankles.
    fn bent() -> Self {
        Self::front()
            .moved(&[LeftShoulder, RightShoulder, LeftHip, RightHip], 0.0, 0.1)
            .moved(&[LeftKnee], 0.025, 0.0)
            .moved(&[RightKnee], -0.025, 0.0)
    }

    fn moved(mut self, landmarks: &[Landmark], right: f64, down: f64) -> Self {
        for landmark in landmarks {
            let point = &mut self.0[*landmark as usize];
            (point.x, point.y) = (point.x + right as f32, point.y + down as f32);
        }
        self
    }

    fn body(&self) -> Body {
        Body::of(&Pose::new(self.0, 1.0), &SquatConfig::default()).unwrap()
    }
}

/// How `rule` comes out for a figure, against the standing of another.
fn verdict(rule: Rule, view: View, figure: &Figure, standing: Option<&Figure>) -> Verdict {
    let config = SquatConfig::default();
    let mut collector = Collector::default();
    if let Some(standing) = standing {
        collector.still(&standing.body(), view, 2.0, &config);
    }
    let sight = Sight {
        body: &figure.body(),
        view,
        view_confidence: 1.0,
        yaw: None,
        baseline: collector.done.as_ref(),
        config: &config,
    };
    let row = TABLE.iter().find(|row| row.rule == rule).unwrap();
    row.judge(&sight, &mut Steady::default(), 0.0)
}

fn outcome(rule: Rule, view: View, figure: &Figure) -> Assessment {
    let standing = match view {
        View::Side => Figure::side(0.0, 0.0),
        _ => Figure::front(),
    };
    verdict(rule, view, figure, Some(&standing)).assessment
}

use Assessment::{Bad, Good, NotAssessed, Warning};

#[test]
fn knees_closer_than_four_fifths_of_the_ankles_warn_and_are_a_fault_beyond_the_error() {
    // The ankles are 0.2 apart, and so are the knees in the squat.
    let narrow = Figure::front().moved(&[LeftKnee], 0.025, 0.0);
    let narrow = narrow.moved(&[RightKnee], -0.025, 0.0);
    let knees = |apart: f64| {
        let each = (apart - 0.2) / 2.0;
        let figure = Figure::bent().moved(&[LeftKnee], each, 0.0);
        let figure = figure.moved(&[RightKnee], -each, 0.0);
        verdict(Rule::KneeSeparation, View::Front, &figure, Some(&narrow)).assessment
    };
    assert_eq!([knees(0.161), knees(0.159)], [Good, Warning]);
    assert_eq!([knees(0.151), knees(0.149)], [Warning, Bad]);
}

#[test]
fn knees_that_are_as_close_as_the_own_wide_stance_are_no_fault() {
    // The knees of the figure that stands are 0.75 of its ankles' distance apart.
    let knees = |apart: f64| {
        let each = (apart - 0.2) / 2.0;
        let figure = Figure::bent().moved(&[LeftKnee], each, 0.0);
        let figure = figure.moved(&[RightKnee], -each, 0.0);
        outcome(Rule::KneeSeparation, View::Front, &figure)
    };
    assert_eq!(
        [knees(0.151), knees(0.149), knees(0.139)],
        [Good, Warning, Bad]
    );
}

#[test]
fn straight_legs_do_not_tell_of_knees_that_fall_in() {
    let figure = Figure::front().moved(&[LeftKnee], -0.05, 0.0);
    let found = outcome(Rule::KneeSeparation, View::Front, &figure);
    assert_eq!(found, NotAssessed(Reason::Stage));
}

#[test]
fn a_knee_that_bends_in_by_more_than_ten_degrees_beyond_the_own_standing_warns_up_to_the_error() {
    // Thigh and shank are 0.2 long: a way of x inwards bends the knee by about 2·x/0.2.
    let knee = |degrees: f64| {
        let (sin, _) = math::sin_cos((degrees / 2.0).to_radians());
        let figure = Figure::front().moved(&[LeftKnee], -0.2016 * sin, 0.0);
        outcome(Rule::KneeProjectionAngle, View::Front, &figure)
    };
    // A camera 5° aside explains up to 5° of one knee that goes in while the other does not.
    assert_eq!(
        [knee(9.5), knee(10.5), knee(15.5), knee(16.5)],
        [Good, Warning, Warning, Bad]
    );
    let alone = verdict(
        Rule::KneeProjectionAngle,
        View::Front,
        &Figure::front(),
        None,
    );
    assert_eq!(alone.assessment, NotAssessed(Reason::NoBaseline));
}

#[test]
fn a_trunk_that_leans_more_than_the_shank_warns_from_twenty_one_degrees_up_to_the_error() {
    let lean = |more: f64| {
        outcome(
            Rule::TrunkLean,
            View::Side,
            &Figure::side(25.0 + more, 25.0),
        )
    };
    assert_eq!(
        [lean(20.9), lean(21.1), lean(26.4), lean(26.6)],
        [Good, Warning, Warning, Bad]
    );
    let front = outcome(Rule::TrunkLean, View::Front, &Figure::front());
    assert_eq!(front, NotAssessed(Reason::View));
}

#[test]
fn knees_far_past_the_toes_are_no_fault() {
    let figure = Figure::side(45.0, 45.0);
    let knee = figure.0[LeftKnee as usize].x;
    assert!(knee > figure.0[LeftFootIndex as usize].x + 0.05);
    for row in &TABLE {
        let found = outcome(row.rule, View::Side, &figure);
        assert!(!matches!(found, Bad | Warning), "{:?}", row.rule);
    }
}

#[test]
fn shoulders_beside_the_hips_by_more_than_a_tenth_of_their_width_warn_up_to_the_error() {
    let aside = |right: f64| {
        let figure = Figure::front().moved(&[LeftShoulder, RightShoulder], right, 0.0);
        outcome(Rule::TrunkSideways, View::Front, &figure)
    };
    // The shoulders are 0.2 wide; a camera a little off explains a bit of the way, as whoever squats leans forward.
    for side in [1.0, -1.0] {
        let found = [0.0195, 0.0205, 0.035, 0.038].map(|way| aside(side * way));
        assert_eq!(found, [Good, Warning, Warning, Bad]);
    }
    let side = outcome(Rule::TrunkSideways, View::Side, &Figure::side(20.0, 20.0));
    assert_eq!(side, NotAssessed(Reason::View));
}

#[test]
fn hips_beside_the_ankles_by_more_than_a_tenth_of_the_shoulders_warn_up_to_the_error() {
    let aside = |right: f64| {
        let upper = [LeftShoulder, RightShoulder, LeftHip, RightHip];
        outcome(
            Rule::HipShift,
            View::Front,
            &Figure::front().moved(&upper, right, 0.0),
        )
    };
    assert_eq!(
        [0.0195, 0.0205, 0.0295, 0.033].map(aside),
        [Good, Warning, Warning, Bad]
    );
    let side = outcome(Rule::HipShift, View::Side, &Figure::side(20.0, 20.0));
    assert_eq!(side, NotAssessed(Reason::View));
}

#[test]
fn a_back_is_not_called_straight_and_a_much_shorter_one_is_a_warning() {
    let shorter = |part: f64| {
        let figure = Figure::side(0.0, 0.0).moved(&[LeftShoulder, RightShoulder], 0.0, 0.25 * part);
        outcome(Rule::BackRounding, View::Side, &figure)
    };
    // Straight backs look up to a third shorter.
    assert_eq!(
        [0.0, 0.33, 0.41, 0.5].map(shorter),
        [
            NotAssessed(Reason::Noise),
            NotAssessed(Reason::Noise),
            Warning,
            Warning
        ]
    );
    let front = outcome(Rule::BackRounding, View::Front, &Figure::front());
    assert_eq!(
        front,
        NotAssessed(Reason::Skeleton),
        "no point lies on the spine"
    );
}

#[test]
fn a_heel_that_rises_with_its_ankle_warns_from_two_twenty_fifths_of_the_shank_up_to_the_error() {
    let (heels, ankles) = ([LeftHeel, RightHeel], [LeftAnkle, RightAnkle]);
    let lifted = |part: f64| {
        let figure = Figure::side(0.0, 0.0).moved(&heels, 0.0, -0.2 * part);
        outcome(
            Rule::HeelLift,
            View::Side,
            &figure.moved(&ankles, 0.0, -0.2 * part),
        )
    };
    assert_eq!(
        [0.079, 0.081, 0.109, 0.111].map(lifted),
        [Good, Warning, Warning, Bad]
    );
    // A point of the heel that is seen elsewhere on the shoe is no lift.
    let alone = Figure::side(0.0, 0.0).moved(&heels, 0.0, -0.2 * 0.17);
    assert_eq!(outcome(Rule::HeelLift, View::Side, &alone), Good);
    let front = outcome(Rule::HeelLift, View::Front, &Figure::front());
    assert_eq!(front, NotAssessed(Reason::View));
}

#[test]
fn a_heel_that_looks_high_while_standing_is_no_lift() {
    // A camera above the floor sees the heel, which is further away than the toes, higher.
    let standing = Figure::side(0.0, 0.0).moved(&[LeftHeel, RightHeel], 0.0, -0.2 * 0.12);
    let figure = Figure::side(20.0, 20.0).moved(&[LeftHeel, RightHeel], 0.0, -0.2 * 0.17);
    let found = verdict(Rule::HeelLift, View::Side, &figure, Some(&standing));
    assert_eq!(found.assessment, Good);
}

#[test]
fn only_the_nearer_heel_is_judged() {
    let far_lifts = |nearer: [Landmark; 3]| {
        let mut standing = Figure::side(0.0, 0.0);
        for landmark in nearer {
            standing.0[landmark as usize].z = -0.2;
        }
        let figure = Figure::side(0.0, 0.0).moved(&[RightHeel, RightAnkle], 0.0, -0.05);
        verdict(Rule::HeelLift, View::Side, &figure, Some(&standing)).assessment
    };
    assert_eq!(far_lifts([LeftHip, LeftKnee, LeftAnkle]), Good);
    assert_eq!(far_lifts([RightHip, RightKnee, RightAnkle]), Bad);
}

#[test]
fn feet_that_shake_more_than_a_lift_are_not_assessed() {
    let config = SquatConfig::default();
    let mut collector = Collector::default();
    for frame in 0..64 {
        let way = if frame % 4 < 2 { 0.03 } else { -0.03 };
        let standing = Figure::side(0.0, 0.0).moved(&[LeftHeel, RightHeel], 0.0, way);
        collector.still(&standing.body(), View::Side, 1.0 / 30.0, &config);
    }
    let sight = Sight {
        body: &Figure::side(20.0, 20.0).body(),
        view: View::Side,
        view_confidence: 1.0,
        yaw: None,
        baseline: collector.done.as_ref(),
        config: &config,
    };
    let row = TABLE.iter().find(|row| row.rule == Rule::HeelLift).unwrap();
    let found = row.judge(&sight, &mut Steady::default(), 0.0);
    assert_eq!(found.assessment, NotAssessed(Reason::Noise));
}

#[test]
fn a_foot_whose_points_jump_is_not_assessed() {
    let figure = Figure::side(0.0, 0.0).moved(&[LeftFootIndex, RightFootIndex], -0.04, 0.03);
    let found = outcome(Rule::HeelLift, View::Side, &figure);
    assert_eq!(found, NotAssessed(Reason::Noise));
}

#[test]
fn toes_that_sink_while_the_ankle_stays_are_no_lift() {
    let lifted = |part: f64| {
        let toes = [LeftFootIndex, RightFootIndex];
        let figure = Figure::side(0.0, 0.0).moved(&toes, 0.0, 0.2 * part);
        outcome(Rule::HeelLift, View::Side, &figure)
    };
    assert_eq!([lifted(0.07), lifted(0.11)], [Good, Warning]);
}

#[test]
fn a_side_that_is_lower_by_more_than_fifteen_per_cent_of_the_thigh_warns_up_to_the_error() {
    let lower = |part: f64| {
        let down = part * measure::thigh(0.25);
        let figure = Figure::front().moved(&[LeftHip, LeftKnee], 0.0, down);
        outcome(Rule::SideDifference, View::Front, &figure)
    };
    assert_eq!(
        [0.14, 0.16, 0.19, 0.21].map(lower),
        [Good, Warning, Warning, Bad]
    );
    let side = outcome(Rule::SideDifference, View::Side, &Figure::side(20.0, 20.0));
    assert_eq!(side, NotAssessed(Reason::View));
}

#[test]
fn an_oblique_view_supports_no_rule() {
    for row in &TABLE {
        let found = outcome(row.rule, View::Oblique, &Figure::front());
        assert!(matches!(found, NotAssessed(_)), "{:?}: {found:?}", row.rule);
    }
}

#[test]
fn points_that_are_not_visible_are_not_judged() {
    let mut figure = Figure::front();
    for landmark in [LeftKnee, RightKnee] {
        figure.0[landmark as usize].visibility = 0.3;
    }
    let found = outcome(Rule::KneeSeparation, View::Front, &figure);
    assert_eq!(found, NotAssessed(Reason::NotVisible));
}

#[test]
fn every_verdict_has_its_value_its_threshold_and_its_confidence() {
    for (view, figure) in [
        (View::Front, Figure::front()),
        (View::Side, Figure::side(20.0, 20.0)),
    ] {
        for row in &TABLE {
            let verdict = verdict(row.rule, view, &figure, Some(&figure));
            let evidence = verdict.value.is_some() && verdict.threshold.is_some();
            assert_eq!(evidence, verdict.is_assessed(), "{:?}", row.rule);
            assert!((0.0..=1.0).contains(&verdict.confidence));
        }
    }
}
