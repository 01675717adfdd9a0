//! A person who squats on two insoles before a camera, with a body that accelerates as bodies do.

use super::*;
use crate::coach::record::Record;
use crate::pose::{Keypoint, Landmark, Pose};

const STANDING: SensorValues = [26.0, 9.0, 8.0, 13.0, 24.0, 20.0];
const BOTTOM: SensorValues = [24.0, 10.0, 9.0, 14.0, 22.0, 21.0];
const ON_TOES: SensorValues = [7.0, 10.0, 18.0, 27.0, 6.0, 32.0];

/// How a repetition is done.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) depth: f64,
    pub(super) down_seconds: f64,
    pub(super) up_seconds: f64,
    /// Distance of the knees over that of the ankles at the bottom.
    pub(super) knees: f64,
    pub(super) on_toes: bool,
    /// Part of the weight on the left foot at the bottom, per cent.
    pub(super) left: f64,
}

pub(super) const GOOD: Style = Style {
    depth: 1.05,
    down_seconds: 1.4,
    up_seconds: 1.0,
    knees: 1.2,
    on_toes: false,
    left: 50.0,
};

pub(super) struct Person {
    pub(super) coach: Coach,
    pub(super) now: UnixMillis,
    pub(super) events: Vec<(UnixMillis, Event)>,
    /// The recording, but for its head.
    pub(super) lines: Vec<String>,
    pub(super) camera: bool,
    pub(super) insoles: bool,
    /// The camera fails from, to.
    pub(super) gap: Option<(UnixMillis, UnixMillis)>,
    /// How far from the middle of the picture, in its heights.
    pub(super) aside: f64,
    random: u64,
    frame: u64,
    parts: [SensorValues; 2],
}

impl Person {
    pub(super) fn new(language: Language) -> Self {
        Self::with(Arc::default(), language)
    }

    pub(super) fn with(config: Arc<CoachConfig>, language: Language) -> Self {
        let mut person = Self {
            coach: Coach::new(config, language, START),
            now: START,
            events: Vec::new(),
            lines: Vec::new(),
            camera: true,
            insoles: true,
            gap: None,
            aside: 0.0,
            random: 0x2545_F491_4F6C_DD1D,
            frame: 0,
            parts: [[1.0; 6]; 2],
        };
        person.parts = [(); 2].map(|()| [(); 6].map(|()| 1.0 + 0.2 * person.noise()));
        person
    }

    /// Evenly in −1 to 1.
    fn noise(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        self.lines
            .push(Record::input(&input, self.now).to_line().unwrap());
        self.coach.handle_input(input, self.now);
        while let Output::Event(event) = self.coach.poll_output() {
            self.lines
                .extend(Record::event(&event).map(|record| record.to_line().unwrap()));
            self.events.push((self.now, event));
        }
    }

    pub(super) fn stand(&mut self, seconds: f64) {
        self.go(seconds, &GOOD, |_| (0.0, 0.0));
    }

    pub(super) fn rep(&mut self, style: Style) {
        let (down, up) = (style.down_seconds, style.up_seconds);
        self.go(down, &style, |seconds| {
            glide(seconds / down, down, style.depth)
        });
        self.go(up, &style, |seconds| {
            let (depth, pull) = glide(seconds / up, up, style.depth);
            (style.depth - depth, -pull)
        });
        self.stand(0.8);
    }

    /// From this depth to that one.
    pub(super) fn sink(&mut self, seconds: f64, from: f64, to: f64) {
        self.go(seconds, &GOOD, |time| {
            let (way, pull) = glide(time / seconds, seconds, to - from);
            (from + way, pull)
        });
    }

    /// Walks before the camera, half a picture's height in a second; the insoles are off.
    pub(super) fn walk(&mut self, to: f64) {
        let insoles = std::mem::replace(&mut self.insoles, false);
        while (self.aside - to).abs() > 1e-9 {
            self.aside += (to - self.aside).clamp(-0.05, 0.05);
            self.go(0.1, &GOOD, |_| (0.0, 0.0));
        }
        self.insoles = insoles;
    }

    pub(super) fn absent(&mut self, seconds: f64) {
        let (camera, insoles) = (self.camera, self.insoles);
        (self.camera, self.insoles) = (false, false);
        self.stand(seconds);
        (self.camera, self.insoles) = (camera, insoles);
    }

    /// Moves for `seconds`; `way` gives depth and its acceleration (depth per s²) at a time. The camera sees 15
    /// frames a second, the insoles measure 25 times.
    pub(super) fn go(&mut self, seconds: f64, style: &Style, way: impl Fn(f64) -> (f64, f64)) {
        let begin = self.now;
        let steps = (seconds * 1e3 / 10.0) as i64;
        for step in 0..steps {
            self.now = begin.plus(step * 10);
            let (depth, pull) = way(step as f64 / 100.0);
            let clock = self.now.0 / 10;
            if self.insoles && clock % 4 == 0 {
                self.feet(depth, pull, style);
            }
            let gap = self
                .gap
                .is_some_and(|(from, to)| (from..to).contains(&self.now));
            if self.camera && !gap && clock % 7 == 0 {
                self.frame += 1;
                let pose = self.pose(depth, style);
                self.input(Input::Pose {
                    frame: self.frame,
                    pose: Some(&pose),
                    at: self.now,
                });
            }
            if clock % 100 == 0 {
                self.input(Input::Timeout);
            }
        }
        self.now = begin.plus(steps * 10);
    }

    fn feet(&mut self, depth: f64, pull: f64, style: &Style) {
        // A full squat lowers the body by 0.38 m.
        let force = 1.0 - 0.38 * pull / 9.81;
        let bottom = if style.on_toes { ON_TOES } else { BOTTOM };
        let left = 50.0 + (style.left - 50.0) * depth.min(1.0);
        for (side, weight) in [(Side::Left, left), (Side::Right, 100.0 - left)] {
            let volts = std::array::from_fn(|sensor| {
                let share = STANDING[sensor] + (bottom[sensor] - STANDING[sensor]) * depth.min(1.0);
                let pressed =
                    force * weight / 50.0 * share / 30.0 * self.parts[side.index()][sensor];
                let pressed = pressed * (1.0 + 0.01 * self.noise());
                3.3 * pressed / (1.0 + pressed)
            });
            let sample = Sample::new(side, self.now, None, Some(volts)).unwrap();
            self.input(Input::Sample(sample));
        }
    }

    /// Seen from the front, in a picture of 9:16.
    fn pose(&mut self, depth: f64, style: &Style) -> Pose {
        let mut points = [Keypoint {
            x: 0.5,
            y: 0.2,
            z: 0.0,
            visibility: 0.99,
        }; 33];
        let ankle = 0.09;
        let knee = ankle * (1.0 + (style.knees - 1.0) * depth.min(1.0));
        let drop = 0.205 * depth;
        let aside = self.aside;
        let mut put = |landmark: Landmark, x: f64, y: f64| {
            let noise = 0.001 * self.noise();
            let point = &mut points[landmark as usize];
            let x = 0.5 + (x + aside) * 16.0 / 9.0;
            (point.x, point.y) = ((x + noise) as f32, (y + noise) as f32);
        };
        use Landmark::*;
        put(Nose, 0.0, 0.15 + drop);
        for (sign, [shoulder, hip, knee_at, ankle_at, heel, toe]) in [
            (
                1.0,
                [
                    LeftShoulder,
                    LeftHip,
                    LeftKnee,
                    LeftAnkle,
                    LeftHeel,
                    LeftFootIndex,
                ],
            ),
            (
                -1.0,
                [
                    RightShoulder,
                    RightHip,
                    RightKnee,
                    RightAnkle,
                    RightHeel,
                    RightFootIndex,
                ],
            ),
        ] {
            put(shoulder, sign * 0.14, 0.25 + drop);
            put(hip, sign * 0.08, 0.50 + drop);
            put(knee_at, sign * knee, 0.705);
            put(ankle_at, sign * ankle, 0.90);
            put(heel, sign * ankle, 0.92);
            put(toe, sign * (ankle + 0.01), 0.94);
        }
        Pose::new(points, 9.0 / 16.0)
    }

    pub(super) fn reps(&self) -> Vec<&RepRecord> {
        let mut reps = Vec::new();
        for (_, event) in &self.events {
            if let Event::Rep(record) = event {
                reps.push(record);
            }
        }
        reps
    }

    /// What was said, with the minute and second.
    pub(super) fn heard(&self) -> String {
        let mut heard = String::new();
        for (at, event) in &self.events {
            let seconds = at.since(START) / 1_000;
            match event {
                Event::Voice(cue) => {
                    heard += &format!("{:02}:{:02}  {}\n", seconds / 60, seconds % 60, cue.text);
                }
                Event::Rep(rep) => {
                    heard += &format!(
                        "{:02}:{:02}      ({})\n",
                        seconds / 60,
                        seconds % 60,
                        rep.number
                    );
                }
                _ => {}
            }
        }
        heard
    }
}

/// A movement of `depth` in `seconds` without a jerk: where it is at `part`, and its acceleration.
fn glide(part: f64, seconds: f64, depth: f64) -> (f64, f64) {
    let (p, pp, ppp) = (part, part * part, part * part * part);
    let way = 10.0 * ppp - 15.0 * pp * pp + 6.0 * pp * ppp;
    let pull = (60.0 * p - 180.0 * pp + 120.0 * ppp) / (seconds * seconds);
    (depth * way, depth * pull)
}
