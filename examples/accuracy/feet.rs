//! Insoles: the centre of pressure against a maker's own, and how well the load on each foot is known.

use std::path::Path;

use squirret::{
    Rule, Stage, UnixMillis,
    fsr::{
        CentreOfPressure, FsrConfig, Insole, SUPPLY_VOLTS, Sample, SensorLayout, SensorValues, Side,
    },
};

use crate::{
    Table,
    data::{Failure, Random, find, median, part, unpack},
};

/// Places of a research insole's sixteen sensors, per cent from the heel and from the medial side; the maker's centre of
/// pressure is the mean of these, weighted by pressure and area, from which they were solved.
const PLACES: [(f64, f64); 16] = [
    (9.6, 39.1),
    (8.4, 66.6),
    (23.4, 41.1),
    (21.2, 72.5),
    (37.5, 43.9),
    (34.8, 77.3),
    (58.0, 25.8),
    (48.8, 89.2),
    (75.6, 22.6),
    (74.1, 43.6),
    (72.6, 61.6),
    (70.7, 79.4),
    (67.0, 96.3),
    (91.3, 32.2),
    (90.8, 58.2),
    (85.9, 81.3),
];

/// Length and width of the insole, mm, taken larger than those of most feet.
const SIZE: (f64, f64) = (280.0, 100.0);

/// A foot that carries less is not looked at, N.
const LOADED: f64 = 100.0;

/// For each sensor of our layout the nearest of the sixteen; a foot is 2.8 times as long as it is wide.
fn nearest(layout: &SensorLayout) -> [usize; 6] {
    layout.places.map(|place| {
        let distance = |index: &usize| {
            let (along, across) = PLACES[*index];
            (along - place.along).hypot((across - place.across) / 2.8)
        };
        let near = (0..16).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        near.unwrap_or_default()
    })
}

/// The centre of pressure in walking, of every loaded moment of both feet.
pub(crate) fn walk(folder: &Path, table: &mut Table) -> Result<(), Failure> {
    let layout = SensorLayout::default();
    let sensors = nearest(&layout);
    let folder = find(folder, "insole-walk");
    let told = |error| format!("{}: {error}", folder.display());
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .map_err(told)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".txt.gz"))
        .collect();
    paths.sort();
    let (mut along, mut across) = (Vec::new(), Vec::new());
    for path in paths {
        for line in unpack(&path)?.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<Option<f64>> = line
                .split('\t')
                .map(|cell| cell.trim().parse().ok())
                .collect();
            // A foot has 16 pressures, 6 inertial values, the force and the centre; the first cell is the time.
            for first in [1, 26] {
                let cell = |index: usize| cells.get(first + index).copied().flatten();
                let (Some(force), Some(x), Some(y)) = (cell(22), cell(23), cell(24)) else {
                    continue;
                };
                let ratios = sensors.map(|sensor| cell(sensor).unwrap_or(0.0));
                let centre = CentreOfPressure::of(&ratios, &layout).filter(|_| force > LOADED);
                if let Some(centre) = centre {
                    along.push((centre.along / 100.0 - x - 0.5).abs() * SIZE.0);
                    across.push((centre.across / 100.0 + y - 0.5).abs() * SIZE.1);
                }
            }
        }
    }
    let (along, across) = (median(&mut along), median(&mut across));
    let came_out = format!("{along:.1} mm along, {across:.1} mm across");
    let holds = along <= 15.0 && across <= 7.0;
    table.line(
        "walking: centre of pressure, median error",
        &came_out,
        "≤ 15 mm, ≤ 7 mm",
        holds,
    );
    Ok(())
}

/// How a person stands, and how at the bottom of a squat.
const STANDING: SensorValues = [26.0, 9.0, 8.0, 13.0, 24.0, 20.0];
const DEEP: SensorValues = [20.0, 11.0, 13.0, 20.0, 16.0, 20.0];

/// The load on the left foot from voltages of parts that differ by up to 20 %, after five seconds of standing: 200
/// people, whose weight moves by up to 15 points to either side while they squat.
pub(crate) fn load(table: &mut Table) {
    let mut errors = Vec::new();
    let mut flagged = (0, 0);
    for seed in 1..=200 {
        let mut person = Person::new(seed);
        person.stand(6.0, STANDING, 50.0);
        for left in [35.0, 42.0, 46.0, 50.0, 54.0, 58.0, 65.0] {
            let shares = if seed % 2 == 0 { STANDING } else { DEEP };
            person.stand(11.0, shares, left);
            let summary = person.insole.summary(&person.config, person.now);
            let told = summary
                .and_then(|summary| summary.left_load)
                .unwrap_or(f64::NAN);
            errors.push((told - left).abs());
            let judgement = person
                .insole
                .judge(&person.config, Stage::Unknown, person.now);
            let fault = judgement.is_some_and(|judgement| {
                let mut faults = judgement.sheet.faults();
                faults.any(|verdict| verdict.rule == Rule::LeftRightDiff)
            });
            // 15 per cent of difference are 57.5 of one foot.
            flagged.0 += u32::from(fault == ((left - 50.0_f64).abs() > 7.5));
            flagged.1 += 1;
        }
    }
    let count = errors.len();
    let (middle, most) = (median(&mut errors), part(&mut errors, 0.95));
    let came_out = format!("median {middle:.2}, 95 % below {most:.2} points");
    let holds = middle <= 1.5 && most <= 3.0;
    let what = format!("left/right load, parts ±20 %, calibrated, {count} loads");
    table.line(&what, &came_out, "≤ 3 points", holds);
    let came_out = format!("{} of {}", flagged.0, flagged.1);
    table.note(
        "the same: more than 15 % of difference told, less not",
        &came_out,
    );
}

/// A person on two insoles at 50 Hz, whose parts differ.
struct Person {
    config: FsrConfig,
    insole: Insole,
    now: UnixMillis,
    parts: [SensorValues; 2],
    random: Random,
}

impl Person {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let parts = [(); 2].map(|()| [(); 6].map(|()| 0.8 + 0.4 * random.even()));
        let config = FsrConfig::default();
        Self {
            insole: Insole::new(&config),
            config,
            now: UnixMillis(0),
            parts,
            random,
        }
    }

    fn stand(&mut self, seconds: f64, shares: SensorValues, left: f64) {
        for _ in 0..(seconds * 50.0) as u32 {
            for (side, weight) in [(Side::Left, left), (Side::Right, 100.0 - left)] {
                let parts = self.parts[usize::from(side == Side::Right)];
                let volts = std::array::from_fn(|sensor| {
                    let noise = 1.0 + 0.01 * self.random.normal();
                    let force = shares[sensor] / 30.0 * weight / 50.0 * parts[sensor] * noise;
                    SUPPLY_VOLTS * force / (1.0 + force)
                });
                if let Ok(sample) = Sample::new(side, self.now, None, Some(volts)) {
                    self.insole.push(&self.config, &sample, self.now);
                }
            }
            self.now = self.now.plus(20);
        }
    }
}
