//! Squats by force, as networks and clocks deliver them.

use super::*;
use crate::sim::{Plan, Squatter};

/// A reading as it is sent and as it arrives.
#[derive(Clone, Copy)]
struct Delivery {
    sample: Sample,
    arrived: UnixMillis,
}

/// How samples get lost, late and stamped.
#[derive(Clone, Copy, Debug)]
struct Transport {
    hertz: i64,
    /// Part of the samples that never arrive.
    loss: f64,
    /// Samples take up to so many ms.
    jitter_ms: i64,
    /// Neighbours in time arrive in the other order as often as not.
    swaps: bool,
    /// Stamps are multiples of this, in ms; 0: stamped on arrival.
    grain_ms: i64,
    /// How far the device's clock is off, in ms.
    offset_ms: i64,
}

const CLEAN: Transport = Transport {
    hertz: 50,
    loss: 0.0,
    jitter_ms: 0,
    swaps: false,
    grain_ms: 1,
    offset_ms: 0,
};

const SQUATS: u32 = 4;
const SECONDS: i64 = 28;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The samples of four squats of a person, at 100 Hz.
fn person(seed: u64) -> Vec<Sample> {
    let plan = Plan {
        reps: Some(SQUATS),
        descent_seconds: 1.2 + 0.2 * (seed % 4) as f64,
        ..Plan::default()
    };
    let squatter = Squatter::new(plan, seed);
    let mut samples = Vec::new();
    for step in 0..SECONDS * 100 {
        let at = START.plus(step * 10);
        for side in Side::BOTH {
            samples.push(squatter.sample(side, step as f64 / 100.0, at));
        }
    }
    samples
}

impl Transport {
    fn deliver(self, samples: &[Sample], random: &mut Random) -> Vec<Delivery> {
        let every = 100 / self.hertz;
        let mut sent = Vec::new();
        for sample in samples {
            let since = sample.at.since(START);
            if since / 10 % every != 0 || random.next() < self.loss {
                continue;
            }
            let delay = (random.next() * (self.jitter_ms + 1) as f64) as i64;
            let arrived = sample.at.plus(delay);
            let at = match self.grain_ms {
                0 => arrived,
                grain => UnixMillis((sample.at.0 + self.offset_ms).div_euclid(grain) * grain),
            };
            sent.push(Delivery {
                sample: Sample { at, ..*sample },
                arrived,
            });
        }
        sent.sort_by_key(|delivery| delivery.arrived);
        if self.swaps {
            for pair in sent.chunks_exact_mut(2).skip(1) {
                if random.next() < 0.5 {
                    let [first, second] = [pair[0].sample, pair[1].sample];
                    (pair[0].sample, pair[1].sample) = (second, first);
                }
            }
        }
        sent
    }

    /// How many of the people's squats are counted.
    fn counted(self, people: &[Vec<Sample>]) -> f64 {
        let mut reps = 0;
        for (seed, samples) in people.iter().enumerate() {
            let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (seed as u64 + 1));
            let mut coach = Coach::new(Arc::default(), Language::En, START);
            for delivery in self.deliver(samples, &mut random) {
                coach.handle_input(Input::Sample(delivery.sample), delivery.arrived);
                while let Output::Event(_) = coach.poll_output() {}
            }
            let counted = coach.workout().reps;
            assert!(counted <= SQUATS, "{self:?}, person {seed}: {counted}");
            reps += counted;
        }
        f64::from(reps) / (people.len() as f64 * f64::from(SQUATS))
    }
}

fn people() -> Vec<Vec<Sample>> {
    (1..=10).map(person).collect()
}

#[test]
fn squats_are_counted_whatever_the_network_loses_delays_and_reorders() {
    let people = people();
    let mut poor = Vec::new();
    for hertz in [10, 20, 50, 100] {
        for (loss, jitter_ms, swaps) in [
            (0.0, 0, false),
            (0.01, 0, false),
            (0.02, 0, true),
            (0.02, 20, false),
            (0.0, 60, true),
            (0.02, 60, false),
            (0.05, 60, true),
        ] {
            for grain_ms in [0, 1] {
                let transport = Transport {
                    hertz,
                    loss,
                    jitter_ms,
                    swaps,
                    grain_ms,
                    ..CLEAN
                };
                let counted = transport.counted(&people);
                if counted < 0.97 {
                    poor.push((counted, transport));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{poor:#?}");
}

#[test]
fn squats_are_counted_whatever_the_devices_clock_says() {
    let people = people();
    let mut poor = Vec::new();
    for hertz in [10, 50] {
        for grain_ms in [1, 10, 100, 200, 1_000] {
            for offset_ms in [0, -300_000, 300_000, -30_000, -START.0] {
                let transport = Transport {
                    hertz,
                    grain_ms,
                    offset_ms,
                    jitter_ms: 30,
                    ..CLEAN
                };
                let counted = transport.counted(&people);
                if counted < 0.97 {
                    poor.push((counted, transport));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{poor:#?}");
}
