//! Both feet over time: calibration, sensors that fail, and how well loads are known.

use super::*;
use crate::Stage;
use crate::UnixMillis;

const STANDING: SensorValues = [26.0, 9.0, 8.0, 13.0, 24.0, 20.0];
const DEEP: SensorValues = [20.0, 11.0, 13.0, 20.0, 16.0, 20.0];

/// Voltage of a sensor under a relative force.
fn volts(force: f64) -> f64 {
    SUPPLY_VOLTS * force / (1.0 + force)
}

/// A generator of numbers in [0, 1).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A person on two insoles at 50 Hz, whose parts differ.
struct Person {
    config: FsrConfig,
    insole: Insole,
    now: UnixMillis,
    parts: [SensorValues; 2],
    random: Random,
    dead: Option<(Side, usize)>,
    drift: f64,
}

impl Person {
    fn new(seed: u64, spread: f64) -> Self {
        let mut random = Random(seed);
        for _ in 0..8 {
            random.next();
        }
        let parts = [(); 2].map(|()| [(); 6].map(|()| 1.0 - spread + 2.0 * spread * random.next()));
        let config = FsrConfig::default();
        let insole = Insole::new(&config);
        Self {
            config,
            insole,
            now: UnixMillis(0),
            parts,
            random,
            dead: None,
            drift: 1.0,
        }
    }

    /// Stands for `seconds` with this distribution and `left` per cent of the weight on the left.
    fn load(&mut self, seconds: f64, shares: SensorValues, left: f64) -> bool {
        let mut calibrated = false;
        for _ in 0..(seconds * 50.0) as i64 {
            self.now = self.now.plus(20);
            for (side, weight) in [(Side::Left, left), (Side::Right, 100.0 - left)] {
                let parts = self.parts[side.index()];
                let mut six: SensorValues = std::array::from_fn(|index| {
                    let noise = 0.99 + 0.02 * self.random.next();
                    volts(weight / 50.0 * shares[index] / 40.0 * parts[index] * noise)
                });
                if let Some((_, sensor)) = self.dead.filter(|(dead, _)| *dead == side) {
                    six[sensor] = 0.0;
                }
                if side == Side::Right {
                    six[1] *= self.drift;
                }
                let sample = Sample::new(side, self.now, None, Some(six)).unwrap();
                calibrated |= self.insole.push(&self.config, &sample, self.now).calibrated;
            }
        }
        calibrated
    }

    fn left_load(&self) -> f64 {
        self.insole
            .judge_present(&self.config, Stage::Unknown, self.now)
            .unwrap()
            .summary
            .left_load
            .unwrap()
    }
}

#[test]
fn after_the_calibration_the_load_is_known_within_three_points_for_parts_that_differ_by_twenty_per_cent()
 {
    let mut errors = Vec::new();
    for seed in 1..=40 {
        let mut person = Person::new(seed, 0.2);
        assert!(person.load(6.0, STANDING, 50.0));
        for left in [42.0, 50.0, 55.0, 60.0] {
            for shares in [STANDING, DEEP] {
                person.load(2.0, shares, left);
                errors.push((person.left_load() - left).abs());
            }
        }
    }
    errors.sort_by(f64::total_cmp);
    let (median, worst) = (errors[errors.len() / 2], errors[errors.len() - 1]);
    assert!(
        median < 0.5 && worst < 1.5,
        "median {median:.2}, worst {worst:.2}"
    );
}

#[test]
fn before_the_calibration_the_verdict_on_the_load_is_less_sure() {
    let sure = |calibrated: bool| {
        let mut person = Person::new(3, 0.0);
        person.config.calibration.unasked = calibrated;
        person.insole = Insole::new(&person.config);
        person.load(6.0, STANDING, 50.0);
        person.load(11.0, STANDING, 56.0);
        let judgement = person
            .insole
            .judge(&person.config, Stage::Unknown, person.now)
            .unwrap();
        let verdict = |verdict: &&crate::Verdict| verdict.rule == crate::Rule::LeftRightDiff;
        judgement.sheet.iter().find(verdict).unwrap().confidence
    };
    assert!(sure(true) > sure(false) + 0.02);
}

#[test]
fn a_dead_sensor_is_found_and_its_mirror_stands_in() {
    let mut person = Person::new(5, 0.0);
    person.dead = Some((Side::Left, 4));
    for step in 0..24 {
        person.load(0.5, if step % 2 == 0 { STANDING } else { DEEP }, 50.0);
    }
    assert_eq!(
        person.insole.foot(Side::Left).sensors()[4],
        SensorState::Dead
    );
    assert!(!person.insole.foot(Side::Right).has_lost_sensor());
    let left = person
        .insole
        .foot(Side::Left)
        .means(person.now)
        .unwrap()
        .ratios[4];
    let right = person
        .insole
        .foot(Side::Right)
        .means(person.now)
        .unwrap()
        .ratios[4];
    assert!(
        left > 0.35 * right,
        "{left} {right}: the first seconds were still without a stand-in"
    );
    person.load(10.5, STANDING, 50.0);
    let left = person
        .insole
        .foot(Side::Left)
        .means(person.now)
        .unwrap()
        .ratios[4];
    let right = person
        .insole
        .foot(Side::Right)
        .means(person.now)
        .unwrap()
        .ratios[4];
    assert!((left - right).abs() < 0.5, "{left} {right}");
    assert!((person.left_load() - 50.0).abs() < 0.5);
}

#[test]
fn a_sensor_that_died_before_the_calibration_does_not_upset_the_loads() {
    let mut person = Person::new(6, 0.2);
    person.dead = Some((Side::Right, 0));
    for step in 0..16 {
        person.load(0.5, if step % 2 == 0 { STANDING } else { DEEP }, 50.0);
    }
    assert!(person.load(6.0, STANDING, 50.0));
    person.load(2.0, DEEP, 60.0);
    assert!(
        (person.left_load() - 60.0).abs() < 3.0,
        "{}",
        person.left_load()
    );
}

#[test]
fn ratios_that_the_firmware_corrected_stay_as_sent_while_the_dead_voltage_is_told() {
    let config = FsrConfig::default();
    let mut insole = Insole::new(&config);
    let mut now = UnixMillis(0);
    for step in 0..600 {
        let shares = if step / 25 % 2 == 0 { STANDING } else { DEEP };
        let mut six = shares.map(|share| volts(share / 20.0));
        six[3] = 0.0;
        let sample = Sample::new(Side::Left, now, Some(shares), Some(six)).unwrap();
        insole.push(&config, &sample, now);
        now = now.plus(20);
    }
    let foot = insole.foot(Side::Left);
    assert_eq!(foot.sensors()[3], SensorState::Dead);
    let means = foot.means(now).unwrap().ratios;
    assert!((means[3] - 16.5).abs() < 0.2, "{means:?}");
}

#[test]
fn a_sensor_whose_standing_share_moves_away_drifts() {
    let mut person = Person::new(11, 0.1);
    assert!(person.load(6.0, STANDING, 50.0));
    let sensors = |person: &Person, side| person.insole.foot(side).sensors()[1];
    person.drift = 2.2;
    person.load(2.0, DEEP, 50.0);
    person.load(6.0, STANDING, 50.0);
    assert_eq!(sensors(&person, Side::Right), SensorState::Live);
    person.load(2.0, DEEP, 50.0);
    person.load(6.0, STANDING, 50.0);
    assert_eq!(sensors(&person, Side::Right), SensorState::Drifting);
    assert_eq!(sensors(&person, Side::Left), SensorState::Live);
}

#[test]
fn a_calibration_ends_the_original_rules_and_begins_the_personal_ones() {
    let mut person = Person::new(9, 0.0);
    person.load(3.0, STANDING, 50.0);
    let judge = |person: &Person| {
        person
            .insole
            .judge(&person.config, Stage::Descent, person.now)
            .unwrap()
    };
    // This sole carries 41 % in front: too much for the original, the person's own.
    assert!(judge(&person).sheet.faults().count() > 0);
    assert!(person.load(3.0, STANDING, 50.0));
    assert_eq!(judge(&person).sheet.faults().count(), 0);
}

#[test]
fn both_feet_take_less_than_twelve_kibibytes() {
    let windows = 2 * Window::new(WindowConfig::default()).heap_bytes();
    assert!(
        windows + size_of::<Insole>() < 12 * 1024,
        "{windows} + {}",
        size_of::<Insole>()
    );
}
