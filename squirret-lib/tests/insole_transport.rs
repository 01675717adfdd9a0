//! Squats by force, as radios, clocks and buffers of insoles deliver them: from the JSON of an upload to the count.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fmt::Write as _, sync::Arc};

use squirret::{
    Language, UnixMillis,
    coach::{Coach, Input, Output},
    fsr::{BurstClock, Side},
    sim::{Plan, Squatter},
    wire::{Upload, parse_upload},
};

const START: UnixMillis = UnixMillis(1_730_892_345_000);
const SQUATS: u32 = 4;
const SECONDS: i64 = 28;
/// Transports of each law.
const CASES: usize = 60;
/// Squatters of each transport.
const PEOPLE: u64 = 3;

struct Random(u64);

impl Random {
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, most: f64) -> f64 {
        self.part() * most
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[(self.part() * all.len() as f64) as usize % all.len()]
    }
}

/// What a device knows of the time.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Stamps {
    None,
    /// Ms since 1970, off by so many.
    Epoch(i64),
    /// Ms since the device was switched on (`millis()`), so long before the first sample.
    Millis(i64),
    /// ISO 8601, off by so many ms.
    Iso(i64),
}

#[derive(Clone, Copy, Debug)]
struct Transport {
    hertz: i64,
    /// Part of the samples that never arrive.
    loss: f64,
    /// Uploads take up to so many ms.
    jitter_ms: f64,
    /// Neighbours in an upload stand in the other order as often as not.
    swaps: bool,
    stamps: Stamps,
    /// Stamps are multiples of this, ms.
    grain_ms: i64,
    /// Samples of this time are sent together, ms; 0: both feet's newest at once.
    burst_ms: i64,
    feet: Feet,
}

/// How the feet share uploads.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Feet {
    /// Both in one, by time.
    Mixed,
    /// Both in one, the right foot's samples after all of the left's.
    OneAfterTheOther,
    /// Each foot is a device of its own; the right one sends so many ms later.
    Apart(i64),
}

/// A sample as the device measured it.
#[derive(Clone, Copy)]
struct Measured {
    side: Side,
    since_ms: i64,
    volts: [f64; 6],
}

impl Transport {
    fn any(random: &mut Random, most_loss: f64) -> Self {
        let off = random.one_of(&[0, 40, -700, -30_000, 30_000, -300_000, 300_000]);
        let stamps = random.one_of(&[
            Stamps::None,
            Stamps::Epoch(0),
            Stamps::Epoch(off),
            Stamps::Millis(4_000),
            Stamps::Millis(86_400_000),
            Stamps::Iso(off),
        ]);
        Self {
            hertz: random.one_of(&[10, 20, 25, 50, 100]),
            loss: random.below(most_loss),
            jitter_ms: random.below(60.0),
            swaps: random.part() < 0.3,
            stamps,
            grain_ms: random.one_of(&[1, 1, 10, 100, 200, 1_000]),
            burst_ms: random.one_of(&[0, 0, 100, 250, 1_000, 1_000, 2_000, 3_000]),
            feet: random.one_of(&[
                Feet::Mixed,
                Feet::Mixed,
                Feet::OneAfterTheOther,
                Feet::Apart(30),
                Feet::Apart(400),
            ]),
        }
    }

    /// The uploads of a person in the order of their arrival: when, and what.
    fn uploads(self, person: &[Measured], random: &mut Random) -> Vec<(UnixMillis, String)> {
        let every = 1_000 / self.hertz;
        // A request has at most 256 samples.
        let burst = self.burst_ms.clamp(every, 128 * every);
        let mut sent = Vec::new();
        for number in 0..SECONDS * 1_000 / burst {
            let (from, to) = (number * burst, (number + 1) * burst);
            let measured = person.iter().filter(|measured| {
                let since = measured.since_ms - self.phase(measured.side);
                (from..to).contains(&since) && measured.since_ms % every == 0
            });
            let mut kept: Vec<Measured> = measured
                .filter(|_| random.part() >= self.loss)
                .copied()
                .collect();
            if self.swaps {
                swap_neighbours(&mut kept, random);
            }
            if self.feet != Feet::Mixed {
                kept.sort_by_key(|measured| measured.side == Side::Right);
            }
            let parts: Vec<&[Measured]> = match self.feet {
                Feet::Apart(_) => kept.chunk_by(|a, b| a.side == b.side).collect(),
                _ => vec![&kept],
            };
            for part in parts {
                let Some(newest) = part.iter().map(|measured| measured.since_ms).max() else {
                    continue;
                };
                let delay = random.below(self.jitter_ms + 1.0) as i64;
                sent.push((START.plus(newest + delay), self.body(part)));
            }
        }
        sent.sort_by_key(|(arrived, _)| *arrived);
        sent
    }

    /// How much later than the other foot a foot sends, ms.
    const fn phase(self, side: Side) -> i64 {
        match (self.feet, side) {
            (Feet::Apart(phase), Side::Right) => phase,
            _ => 0,
        }
    }

    fn body(self, samples: &[Measured]) -> String {
        let mut body = String::from("[");
        for (index, measured) in samples.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let side = if measured.side == Side::Left {
                "left"
            } else {
                "right"
            };
            write!(body, "{comma}{{\"side\":\"{side}\"").unwrap();
            for (sensor, volts) in (1..).zip(measured.volts) {
                write!(body, ",\"voltage{sensor}\":{volts:.4}").unwrap();
            }
            let coarse = |ms: i64| ms.div_euclid(self.grain_ms) * self.grain_ms;
            match self.stamps {
                Stamps::None => {}
                Stamps::Epoch(off) => {
                    let ms = coarse(START.0 + measured.since_ms + off);
                    write!(body, ",\"ts\":{ms}").unwrap();
                }
                Stamps::Millis(on) => {
                    write!(body, ",\"ts\":{}", coarse(on + measured.since_ms)).unwrap();
                }
                Stamps::Iso(off) => {
                    let at = UnixMillis(coarse(START.0 + measured.since_ms + off));
                    write!(body, ",\"ts\":\"{}\"", squirret::time::Rfc3339(at)).unwrap();
                }
            }
            body.push('}');
        }
        body + "]"
    }

    /// How many of a person's squats are counted.
    fn counted(self, person: &[Measured], random: &mut Random) -> u32 {
        let mut coach = Coach::new(Arc::default(), Language::En, START);
        let mut bursts = BurstClock::default();
        for (now, body) in self.uploads(person, random) {
            let uploads = parse_upload(body.as_bytes(), now).unwrap();
            let mut upload: Vec<_> = uploads.as_slice().iter().map(Upload::uploaded).collect();
            bursts.place(&mut upload, now);
            for uploaded in upload {
                coach.handle_input(Input::Sample(uploaded.sample), now);
                while let Output::Event(_) = coach.poll_output() {}
            }
        }
        coach.workout().reps
    }
}

fn swap_neighbours(samples: &mut [Measured], random: &mut Random) {
    for index in (2..samples.len().saturating_sub(3)).step_by(4) {
        if random.part() < 0.5 {
            samples.swap(index, index + 2);
            samples.swap(index + 1, index + 3);
        }
    }
}

/// Four squats of a person, measured at 100 Hz.
fn person(seed: u64) -> Vec<Measured> {
    let mut plan = Plan::default();
    plan.reps = Some(SQUATS);
    plan.descent_seconds = 1.2 + 0.2 * (seed % 4) as f64;
    let squatter = Squatter::new(plan, seed);
    let times = (0..SECONDS * 100).map(|step| step * 10);
    times
        .flat_map(|since_ms| {
            Side::BOTH.map(|side| Measured {
                side,
                since_ms,
                volts: squatter.voltages(side, since_ms as f64 / 1e3),
            })
        })
        .collect()
}

/// The part of the squats that is counted over many transports, and those that count fewer than nine of ten.
fn law(seed: u64, most_loss: f64, allowed: impl Fn(&Transport) -> bool) -> (f64, Vec<String>) {
    let people: Vec<_> = (1..=PEOPLE).map(person).collect();
    let mut random = Random(seed);
    let (mut counted, mut done, mut poor) = (0, 0, Vec::new());
    let mut cases = 0;
    while cases < CASES {
        let transport = Transport::any(&mut random, most_loss);
        if !allowed(&transport) {
            continue;
        }
        cases += 1;
        let each: Vec<u32> = people
            .iter()
            .map(|person| transport.counted(person, &mut random))
            .collect();
        assert!(
            each.iter().all(|reps| *reps <= SQUATS),
            "{transport:?}: {each:?}"
        );
        let sum: u32 = each.iter().sum();
        counted += sum;
        done += SQUATS * PEOPLE as u32;
        if f64::from(sum) < 0.9 * f64::from(SQUATS * PEOPLE as u32) {
            poor.push(format!("{each:?} of {SQUATS}: {transport:?}"));
        }
    }
    (f64::from(counted) / f64::from(done), poor)
}

#[test]
fn squats_are_counted_however_samples_are_lost_delayed_stamped_and_buffered() {
    for seed in [0x9E37_79B9_7F4A_7C15, 0x2545_F491_4F6C_DD1D] {
        let (counted, poor) = law(seed, 0.02, |_| true);
        println!("{:.1} % of squats counted", 100.0 * counted);
        assert!(
            counted >= 0.97 && poor.is_empty(),
            "{counted:.3}: {poor:#?}"
        );
    }
}

#[test]
fn a_loss_of_up_to_five_per_cent_costs_few_squats_and_invents_none() {
    let (counted, poor) = law(0xD1B5_4A32_D192_ED03, 0.05, |transport| {
        transport.loss > 0.02
    });
    println!("{:.1} % of squats counted", 100.0 * counted);
    assert!(counted >= 0.95, "{counted:.3}: {poor:#?}");
}
