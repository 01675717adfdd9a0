//! Squats of a body whose acceleration is known.

use super::*;

/// A body on two feet: its way down at a time gives the force.
struct Body {
    motion: ForceTracker,
    config: MotionConfig,
    now: i64,
    hertz: i64,
    noise: f64,
    random: u64,
    squats: Vec<ForceRep>,
    stages: Vec<(i64, Stage)>,
}

/// Position and acceleration of a movement of one metre in one second that starts and ends at rest, half a
/// cosine.
fn swing(part: f64) -> f64 {
    let pi = std::f64::consts::PI;
    0.5 * pi * pi * (pi * part).cos()
}

impl Body {
    fn new(hertz: i64) -> Self {
        Self {
            motion: ForceTracker::default(),
            config: MotionConfig::default(),
            now: 0,
            hertz,
            noise: 0.01,
            random: 0x9E37_79B9_7F4A_7C15,
            squats: Vec::new(),
            stages: Vec::new(),
        }
    }

    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    /// Moves `down` metres in `seconds`; the sensors err by `bias`.
    fn go(&mut self, seconds: f64, down: f64, bias: f64) {
        let end = self.now + (seconds * 1e3) as i64;
        let begin = self.now;
        while self.now < end {
            let part = (self.now - begin) as f64 / (seconds * 1e3);
            let force = 1.0 - down * swing(part) / (seconds * seconds) / GRAVITY + bias;
            for side in Side::BOTH {
                let force = 2.5 * force * (1.0 + self.noise * self.random());
                let followed =
                    self.motion
                        .push(&self.config, side, force, 0.0, UnixMillis(self.now));
                self.squats.extend(followed.squat);
            }
            let stage = self.motion.stage(UnixMillis(self.now)).unwrap_or_default();
            if self.stages.last().is_none_or(|(_, last)| *last != stage) {
                self.stages.push((self.now, stage));
            }
            self.now += 1_000 / self.hertz;
        }
    }

    fn stand(&mut self, seconds: f64) {
        self.go(seconds, 0.0, 0.0);
    }
}

#[test]
fn a_squat_shows_all_five_stages_in_order() {
    let mut body = Body::new(50);
    body.stand(1.0);
    body.go(1.2, 0.4, 0.0);
    body.go(1.0, -0.4, 0.0);
    body.stand(1.0);
    let stages: Vec<_> = body.stages.iter().map(|(_, stage)| *stage).collect();
    use Stage::*;
    assert_eq!(
        stages,
        [Unknown, Standing, Descent, Bottom, Ascent, Standing]
    );
    assert_eq!(body.squats.len(), 1);
}

#[test]
fn the_boundaries_of_a_squat_are_known_within_a_sixth_of_a_second() {
    let mut body = Body::new(50);
    body.stand(1.0);
    body.go(1.2, 0.4, 0.0);
    body.stand(1.0);
    body.go(1.0, -0.4, 0.0);
    body.stand(1.0);
    let squat = body.squats[0];
    let near = |time: UnixMillis, expected: i64| (time.0 - expected).abs() <= 170;
    assert!(near(squat.start, 1_000), "{squat:?}");
    assert!(near(squat.bottom, 2_200), "{squat:?}");
    assert!(near(squat.leave, 3_200), "{squat:?}");
    assert!(near(squat.end, 4_200), "{squat:?}");
    assert!(squat.depth > 0.9);
}

#[test]
fn ten_squats_are_ten_at_every_rate_from_ten_hertz_on() {
    for hertz in [10, 20, 50, 100, 200] {
        for bias in [-0.01, 0.0, 0.01] {
            let mut body = Body::new(hertz);
            body.stand(1.5);
            for _ in 0..10 {
                body.go(1.2, 0.4, bias);
                body.go(0.9, -0.4, bias);
                body.stand(0.6);
            }
            assert_eq!(
                body.squats.len(),
                10,
                "{hertz} Hz, bias {bias} {:?}",
                body.stages
            );
        }
    }
}

#[test]
fn the_even_force_of_a_quick_turn_is_not_taken_for_the_weight() {
    for down in [0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5] {
        for up in [0.7, 0.8, 0.9, 1.0, 1.1, 1.3] {
            for lead in 0..10 {
                let mut body = Body::new(20);
                body.noise = 0.0;
                body.stand(2.0 + f64::from(lead) * 0.05);
                body.go(down, 0.4, 0.0);
                body.go(up, -0.4, 0.0);
                body.stand(2.0);
                assert_eq!(body.squats.len(), 1, "{down} s down, {up} s up, {lead}");
            }
        }
    }
}

#[test]
fn a_pause_at_the_bottom_is_one_squat() {
    let mut body = Body::new(50);
    body.stand(1.0);
    body.go(1.2, 0.4, 0.005);
    body.go(4.0, 0.0, 0.005);
    body.go(1.0, -0.4, 0.005);
    body.stand(1.0);
    assert_eq!(body.squats.len(), 1);
}

#[test]
fn a_shuffle_a_nod_and_a_jump_are_no_squats() {
    for (down, seconds) in [(0.03, 0.4), (0.08, 0.6), (-0.3, 0.5), (-0.08, 0.5)] {
        let mut body = Body::new(50);
        body.stand(1.0);
        for _ in 0..5 {
            body.go(seconds, down, 0.0);
            body.go(seconds, -down, 0.0);
            body.stand(1.0);
        }
        assert_eq!(body.squats, [], "{down} m");
    }
}

#[test]
fn sitting_down_for_good_is_no_squat() {
    let mut body = Body::new(50);
    body.stand(1.0);
    body.go(1.2, 0.4, 0.0);
    body.stand(30.0);
    assert_eq!(body.squats, []);
}

#[test]
fn without_a_second_foot_there_is_no_stage() {
    let mut motion = ForceTracker::default();
    for step in 0..200 {
        motion.push(
            &MotionConfig::default(),
            Side::Left,
            1.0,
            0.0,
            UnixMillis(step * 20),
        );
    }
    assert_eq!(motion.stage(UnixMillis(4_000)), None);
}

#[test]
fn one_sample_a_second_is_too_slow_for_a_stage() {
    let mut body = Body::new(1);
    body.stand(30.0);
    assert!(
        body.stages
            .iter()
            .all(|(_, stage)| *stage != Stage::Descent)
    );
    assert_eq!(body.motion.stage(UnixMillis(body.now)), None);
}

#[test]
fn a_stage_is_forgotten_a_quarter_of_a_second_after_the_last_force() {
    let mut body = Body::new(50);
    body.stand(1.0);
    let last = UnixMillis(body.now - 20);
    assert_eq!(body.motion.stage(last.plus(250)), Some(Stage::Standing));
    assert_eq!(body.motion.stage(last.plus(251)), None);
}
