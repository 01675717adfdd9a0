//! The centre of pressure against that of a research insole: sixteen sensors a foot at 100 Hz, walking
//! (moticon-rego). Six of the sixteen, those nearest to the default layout's places, stand for ours.

use std::{io::Read, path::PathBuf};

use super::*;

/// Places of the sixteen sensors, per cent from the heel and from the medial side. The maker's centre of pressure is
/// exactly the mean of these, weighted by pressure and area, from which they can be solved.
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

/// Length and width of the insole in mm, taken larger than those of most feet.
const SIZE: (f64, f64) = (280.0, 100.0);

/// A foot that carries less than this is not looked at, in newtons.
const LOADED: f64 = 100.0;

fn recordings() -> Option<Vec<String>> {
    let Ok(root) = std::env::var("SQUIRRET_TEST_DATA") else {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(root).join("data/insole-walk");
    let names = ["230927_102114.txt.gz", "230927_102231.txt.gz"];
    let read = |name| {
        let packed = std::fs::read(folder.join(name)).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    Some(names.map(read).into())
}

/// For each of our sensors the nearest of the sixteen; a foot is 2.8 times as long as it is wide.
fn nearest(layout: &SensorLayout) -> [usize; 6] {
    layout.places.map(|place| {
        let distance = |index: &usize| {
            let (along, across) = PLACES[*index];
            (along - place.along).hypot((across - place.across) / 2.8)
        };
        (0..16)
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap()
    })
}

/// Errors along and across the foot in mm, of every loaded moment of both feet.
fn errors(text: &str, layout: &SensorLayout, sensors: [usize; 6]) -> Vec<(f64, f64)> {
    let mut errors = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
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
            let Some(centre) = CentreOfPressure::of(&ratios, layout).filter(|_| force > LOADED)
            else {
                continue;
            };
            let (along, across) = (100.0 * (x + 0.5), 100.0 * (0.5 - y));
            errors.push((
                (centre.along - along).abs() * SIZE.0 / 100.0,
                (centre.across - across).abs() * SIZE.1 / 100.0,
            ));
        }
    }
    errors
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn six_sensors_find_the_centre_of_pressure_of_a_walking_foot() {
    let Some(recordings) = recordings() else {
        return;
    };
    let layout = SensorLayout::default();
    let sensors = nearest(&layout);
    assert_eq!(sensors.map(|sensor| sensor + 1), [2, 6, 8, 12, 1, 9]);
    let errors: Vec<_> = recordings
        .iter()
        .flat_map(|text| errors(text, &layout, sensors))
        .collect();
    let along = median(errors.iter().map(|(along, _)| *along).collect());
    let across = median(errors.iter().map(|(_, across)| *across).collect());
    println!(
        "{} moments: median {along:.1} mm along, {across:.1} mm across",
        errors.len()
    );
    assert!(errors.len() > 3_000);
    assert!(
        along <= 8.0 && across <= 5.0,
        "{along:.1} mm along, {across:.1} mm across"
    );
}
