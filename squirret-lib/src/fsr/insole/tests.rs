//! The hard cases of a pair of insoles.

use super::*;
use crate::fsr::SensorValues;

const NOW: UnixMillis = UnixMillis(1_000_000);

fn sample(side: Side, at: i64, ratios: SensorValues) -> Sample {
    Sample::new(side, UnixMillis(at), Some(ratios), None).unwrap()
}

struct Rig {
    insole: Insole,
    config: FsrConfig,
}

impl Rig {
    fn new() -> Self {
        let config = FsrConfig::default();
        Self {
            insole: Insole::new(&config),
            config,
        }
    }

    fn push(&mut self, side: Side, at: i64, ratios: SensorValues) {
        self.insole.push(
            &self.config,
            &sample(side, at, ratios),
            UnixMillis(at).max(NOW),
        );
    }
}

const GOOD: SensorValues = [25.0, 5.0, 5.0, 15.0, 35.0, 15.0];

#[test]
fn a_foot_in_the_air_is_unloaded_and_not_averaged() {
    let mut rig = Rig::new();
    rig.push(Side::Left, NOW.0, GOOD);
    rig.push(Side::Left, NOW.0 + 10, [0.0; 6]);
    let foot = rig.insole.foot(Side::Left);
    assert!(foot.is_unloaded());
    assert_eq!(foot.means(NOW).unwrap().ratios, GOOD);
    assert_eq!(foot.counts().unloaded, 1);
    assert_eq!(rig.insole.centre(&rig.config, NOW), None);
}

#[test]
fn two_feet_in_the_air_are_no_data_and_not_praise() {
    let mut rig = Rig::new();
    rig.push(Side::Left, NOW.0, [0.0; 6]);
    rig.push(Side::Right, NOW.0, [0.0; 6]);
    assert_eq!(rig.insole.judge(&rig.config, Stage::Unknown, NOW), None);
}

#[test]
fn noise_of_a_few_millivolts_is_a_foot_in_the_air() {
    let mut rig = Rig::new();
    let volts = |volts| Sample::new(Side::Left, NOW, None, Some([volts; 6])).unwrap();
    rig.insole.push(&rig.config, &volts(0.0099), NOW);
    assert!(rig.insole.foot(Side::Left).is_unloaded());
    rig.insole.push(&rig.config, &volts(0.0101), NOW);
    assert!(!rig.insole.foot(Side::Left).is_unloaded());
}

#[test]
fn ratios_within_five_of_a_hundred_stay_as_sent_and_others_are_renormalised_and_counted() {
    let scaled = |factor: f64| {
        let mut rig = Rig::new();
        rig.push(
            Side::Left,
            NOW.0,
            [20.0, 10.0, 10.0, 20.0, 20.0, 20.0].map(|ratio| ratio * factor),
        );
        let foot = rig.insole.foot(Side::Left);
        (
            foot.means(NOW).unwrap().ratios[0],
            foot.counts().renormalised,
        )
    };
    assert_eq!(scaled(1.05), (21.0, 0));
    assert_eq!(scaled(0.95), (19.0, 0));
    assert_eq!(scaled(1.06), (20.0, 1));
    assert_eq!(scaled(0.94), (20.0, 1));
    assert_eq!(scaled(0.01), (20.0, 1));
}

#[test]
fn one_hertz_and_a_hundred_hertz_in_one_session_count_alike_per_foot() {
    let mut rig = Rig::new();
    for step in 0..1_000 {
        rig.push(Side::Left, NOW.0 + step * 10, GOOD);
        if step % 100 == 0 {
            rig.push(
                Side::Right,
                NOW.0 + step * 10,
                [35.0, 5.0, 5.0, 15.0, 25.0, 15.0],
            );
        }
    }
    let now = UnixMillis(NOW.0 + 9_990);
    let metrics = rig.insole.summary(&rig.config, now).unwrap().metrics;
    assert_eq!((metrics.outer, metrics.inner), (55.0, 45.0));
    assert_eq!(metrics.left_right_diff, Some(10.0));
}

#[test]
fn a_sample_out_of_order_counts_but_is_not_the_newest() {
    let mut rig = Rig::new();
    rig.push(Side::Left, NOW.0, GOOD);
    rig.push(Side::Left, NOW.0 - 500, [35.0, 5.0, 5.0, 15.0, 25.0, 15.0]);
    let foot = rig.insole.foot(Side::Left);
    assert_eq!(foot.latest(&rig.config, NOW).unwrap().ratios, GOOD);
    assert_eq!(foot.means(NOW).unwrap().samples, 2);
    assert_eq!(foot.counts().late, 1);
}

#[test]
fn a_sample_from_the_future_counts_as_measured_on_arrival() {
    let mut rig = Rig::new();
    let ahead = sample(Side::Left, NOW.0 + 30_000, GOOD);
    rig.insole.push(&rig.config, &ahead, NOW);
    rig.insole.push(
        &rig.config,
        &sample(Side::Left, NOW.0 + 100, GOOD),
        UnixMillis(NOW.0 + 100),
    );
    let foot = rig.insole.foot(Side::Left);
    assert_eq!(foot.counts().future, 1);
    assert_eq!(foot.means(NOW).unwrap().samples, 2);
    assert_eq!(
        rig.insole.summary(&rig.config, UnixMillis(NOW.0 + 10_101)),
        None
    );
}

#[test]
fn the_very_same_sample_again_counts_once() {
    let mut rig = Rig::new();
    rig.push(Side::Left, NOW.0, GOOD);
    rig.push(Side::Left, NOW.0, GOOD);
    assert_eq!(rig.insole.foot(Side::Left).means(NOW).unwrap().samples, 1);
    assert_eq!(rig.insole.foot(Side::Left).counts().repeated, 1);
}

#[test]
fn a_silent_foot_leaves_the_metrics_after_ten_seconds() {
    let mut rig = Rig::new();
    rig.push(Side::Right, NOW.0, GOOD);
    for second in 0..=11 {
        rig.push(Side::Left, NOW.0 + second * 1_000, GOOD);
    }
    let metrics = |ms| {
        rig.insole
            .summary(&rig.config, UnixMillis(NOW.0 + ms))
            .unwrap()
            .metrics
    };
    assert_eq!(metrics(10_000).left_right_diff, Some(0.0));
    assert_eq!(metrics(10_001).left_right_diff, None);
}

#[test]
fn a_stage_that_is_known_decides_which_rules_apply() {
    let mut rig = Rig::new();
    rig.push(Side::Left, NOW.0, GOOD);
    let stage = |stage| rig.insole.judge(&rig.config, stage, NOW).unwrap().stage;
    assert_eq!(stage(Stage::Ascent), Stage::Ascent);
    assert_eq!(stage(Stage::Bottom), Stage::Descent);
    assert_eq!(stage(Stage::Unknown), Stage::Descent);
}

/// Squats of a healthy right foot while the left one sends `left`; the state of the left foot.
fn left_foot_sends(left: impl Fn(i64) -> SensorValues) -> (Rig, UnixMillis) {
    let mut rig = Rig::new();
    let mut now = NOW;
    for step in 0..650 {
        let sway = f64::from((step % 50) as u8) / 50.0;
        let right = [1.0 + sway, 0.8, 0.7, 1.1 - sway / 2.0, 1.4, 1.3];
        for (side, volts) in [(Side::Left, left(step)), (Side::Right, right)] {
            let sample = Sample::new(side, now, None, Some(volts)).unwrap();
            rig.insole.push(&rig.config, &sample, now);
        }
        now = now.plus(20);
    }
    (rig, now)
}

#[test]
fn a_foot_at_full_scale_or_frozen_is_saturated_and_not_judged() {
    let full = |_| [3.3; 6];
    let nearly = |step: i64| [3.25 + 0.001 * (step % 7) as f64; 6];
    let full_or_open = |_| [3.3, 3.3, 0.0, 3.3, 3.3, 0.0];
    let frozen = |_| [1.0, 0.8, 0.7, 1.1, 1.4, 1.3];
    let cases: [&dyn Fn(i64) -> SensorValues; 4] = [&full, &nearly, &full_or_open, &frozen];
    for (case, left) in cases.into_iter().enumerate() {
        let (rig, now) = left_foot_sends(left);
        let foot = rig.insole.foot(Side::Left);
        assert!(foot.is_saturated() && foot.counts().saturated > 0, "{case}");
        assert_eq!(foot.means(now), None, "{case}");
        assert!(!rig.insole.foot(Side::Right).is_saturated(), "{case}");
        let summary = rig.insole.summary(&rig.config, now).unwrap();
        assert_eq!(summary.metrics.left_right_diff, None, "{case}");
    }
}

#[test]
fn a_foot_with_some_sensors_at_full_scale_is_judged_by_the_others() {
    let (rig, now) = left_foot_sends(|step| {
        let sway = (step % 50) as f64 / 100.0;
        [3.3, 0.8, 0.7 + sway, 1.1, 1.4, 3.3]
    });
    let foot = rig.insole.foot(Side::Left);
    assert!(!foot.is_saturated() && foot.means(now).is_some());
}
