//! Text exports of Moticon's OpenGo insoles: sixteen pressure sensors, motion, force and centre of pressure of each foot.
//!
//! Lines that begin with `# ` come first, the last of which names the columns, separated by tabs. The time is in seconds
//! with two decimals; rows that were lost are skipped, and a foot that is missing in a row is 25 blank cells.

use super::{
    Remarks,
    table::{InsoleRecording, TableError},
};
use crate::{
    UnixMillis,
    fsr::{SUPPLY_VOLTS, Sample, Side},
};

/// Cells of a foot: 16 pressures, 3 accelerations, 3 angular rates, force, 2 of the centre of pressure.
const CELLS: usize = 25;
/// Sensors of the sixteen that lie nearest to each of our six places; see `docs/coach.md`.
const NEAREST: [usize; 6] = [2, 6, 8, 12, 1, 9];
/// Force at which a sensor is written as half of the supply voltage, newtons. It only sets the scale: shares and balance
/// do not depend on it. The hardest pressed sensor of a jump stays below the end of the scale.
const NEWTONS_AT_HALF_SUPPLY: f64 = 60.0;
/// Rows of a file at most: ten hours at 100 Hz.
const MAX_ROWS: usize = 3_600_000;

/// One foot in a row.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct MoticonFoot {
    /// Pressure of each sensor, N/cm².
    pub pressures: [f64; 16],
    /// Acceleration, g.
    pub acceleration: [f64; 3],
    /// Angular rate, degrees a second.
    pub angular: [f64; 3],
    /// Total force, N.
    pub force: f64,
    /// Centre of pressure as fractions of the insole's length and width from its middle, each −0.5 to 0.5: x towards the
    /// toes, y towards the medial side of each foot. `None` when the file has 0, 0, which it writes below about 50 N.
    pub centre: Option<[f64; 2]>,
}

/// A row.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct MoticonRow {
    /// Since the beginning of the recording.
    pub at: UnixMillis,
    /// Left and right; `None` when the foot's data were lost.
    pub feet: [Option<MoticonFoot>; 2],
}

/// A recording.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct MoticonRecording {
    /// Rows in the order of the file.
    pub rows: Vec<MoticonRow>,
    /// What was left out.
    pub remarks: Remarks,
}

/// Whether a file begins as Moticon's exports do.
#[must_use]
pub fn is_moticon(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    head.trim_start_matches('\u{feff}')
        .starts_with("# Start time:")
        || head.lines().any(|line| {
            line.starts_with("# time\tleft pressure") || line.starts_with("# time\tright pressure")
        })
}

/// Reads an export.
///
/// # Errors
/// [`TableError`] when it lacks the columns of a foot, or has no row.
pub fn read(text: &str) -> Result<MoticonRecording, TableError> {
    let header = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.starts_with('#'))
        .last();
    let (line, names) = header.ok_or(TableError::NoSamples)?;
    let names: Vec<&str> = names.trim_start_matches(['#', ' ']).split('\t').collect();
    let first = |side: &str| {
        let place = names
            .iter()
            .position(|name| name.starts_with(&format!("{side} pressure 1[")));
        place.filter(|place| names.len() >= place + CELLS)
    };
    let feet = [first("left"), first("right")];
    if feet == [None; 2] {
        return Err(TableError::NoColumn {
            line,
            rule: "left pressure 1 and the 24 columns after it, or the same of the right foot"
                .to_owned(),
            found: names.join(", ").chars().take(80).collect(),
        });
    }
    let mut recording = MoticonRecording::default();
    for (line, row) in (1..).zip(text.lines()) {
        if row.starts_with('#') || row.trim().is_empty() {
            continue;
        }
        if recording.rows.len() == MAX_ROWS {
            return Err(TableError::TooLong { max: MAX_ROWS });
        }
        let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
        let time = cells.first().and_then(|cell| cell.parse::<f64>().ok());
        let Some(seconds) = time.filter(|seconds| (0.0..1e8).contains(seconds)) else {
            recording
                .remarks
                .at(line, "left out: the time must be a number of seconds");
            continue;
        };
        let mut found = [None; 2];
        for (foot, first) in found.iter_mut().zip(feet) {
            let Some(first) = first else { continue };
            match read_foot(&cells, first) {
                Ok(read) => *foot = read,
                Err(rule) => recording
                    .remarks
                    .at(line, format!("a foot was left out: {rule}")),
            }
        }
        recording.rows.push(MoticonRow {
            at: UnixMillis((seconds * 1e3).round() as i64),
            feet: found,
        });
    }
    if recording.rows.is_empty() {
        return Err(TableError::NoSamples);
    }
    Ok(recording)
}

fn read_foot(cells: &[&str], first: usize) -> Result<Option<MoticonFoot>, &'static str> {
    let cells = cells
        .get(first..first + CELLS)
        .ok_or("the line ends before it")?;
    if cells.iter().all(|cell| cell.is_empty()) {
        return Ok(None);
    }
    let mut numbers = [0.0; CELLS];
    for (number, cell) in numbers.iter_mut().zip(cells) {
        let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
        *number = value.ok_or("each of its cells must be a number")?;
    }
    let take = |from: usize| std::array::from_fn(|index| numbers[from + index]);
    let centre = [numbers[23], numbers[24]];
    Ok(Some(MoticonFoot {
        pressures: std::array::from_fn(|index| numbers[index]),
        acceleration: take(16),
        angular: take(19),
        force: numbers[22],
        centre: (centre != [0.0, 0.0]).then_some(centre),
    }))
}

impl MoticonFoot {
    /// Returns the sensors nearest to our six places as a sample whose volts sum up to the foot's total force.
    fn sample(&self, side: Side, at: UnixMillis) -> Option<Sample> {
        let pressures = NEAREST.map(|sensor| self.pressures[sensor - 1].max(0.0));
        let sum: f64 = pressures.iter().sum();
        let volts = pressures.map(|pressure| {
            let newtons = if sum > 0.0 {
                self.force.max(0.0) * pressure / sum
            } else {
                0.0
            };
            let force = newtons / NEWTONS_AT_HALF_SUPPLY;
            SUPPLY_VOLTS * force / (1.0 + force)
        });
        let ratios = pressures.map(|pressure| {
            if sum > 0.0 {
                (100.0 * pressure / sum).min(100.0)
            } else {
                0.0
            }
        });
        Sample::new(side, at, Some(ratios), Some(volts)).ok()
    }
}

impl MoticonRecording {
    /// Returns the six sensors nearest to our places as samples.
    #[must_use]
    pub fn to_samples(&self) -> InsoleRecording {
        let mut samples = Vec::with_capacity(self.rows.len() * 2);
        let mut lost = [0u64; 2];
        for row in &self.rows {
            for side in Side::BOTH {
                match &row.feet[side.index()] {
                    Some(foot) => samples.extend(foot.sample(side, row.at)),
                    None => lost[side.index()] += 1,
                }
            }
        }
        let mut recording = InsoleRecording {
            remarks: self.remarks.clone(),
            ..InsoleRecording::default()
        };
        for (name, lost) in ["left", "right"].into_iter().zip(lost) {
            if lost > 0 {
                recording
                    .remarks
                    .whole(format!("{lost} rows have no values of the {name} foot"));
            }
        }
        samples.sort_by_key(|sample: &Sample| sample.at);
        if !samples.is_empty() {
            recording.parts.push(samples);
        }
        recording
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(rows: &[&str]) -> String {
        let foot = |side: &str| {
            let mut names: Vec<String> = (1..=16)
                .map(|sensor| format!("{side} pressure {sensor}[N/cm²]"))
                .collect();
            names.extend(
                [
                    "acceleration X[g]",
                    "acceleration Y[g]",
                    "acceleration Z[g]",
                    "angular X[dps]",
                    "angular Y[dps]",
                    "angular Z[dps]",
                    "total force[N]",
                    "center of pressure X[-0.5...+0.5]",
                    "center of pressure Y[-0.5...+0.5]",
                ]
                .map(|name| format!("{side} {name}")),
            );
            names.join("\t")
        };
        format!(
            "# Start time: 27.09.2023 10:21:14.922\n# Size: 7\n# time\t{}\t{}\n{}\n",
            foot("left"),
            foot("right"),
            rows.join("\n")
        )
    }

    fn foot(pressure: f64, force: f64, centre: &str) -> String {
        let mut cells = vec![pressure.to_string(); 16];
        cells.extend(["0", "0", "1", "0", "0", "0"].map(str::to_owned));
        cells.extend([force.to_string(), centre.to_owned()]);
        cells.join("\t")
    }

    #[test]
    fn a_missing_foot_is_absent_and_a_centre_of_zeros_is_none() {
        let nothing = "\t".repeat(24);
        let text = export(&[
            &format!("0.00\t{}\t{}", foot(2.0, 400.0, "-0.1\t0.05"), nothing),
            &format!(
                "0.03\t{}\t{}",
                foot(0.0, 20.0, "0.0\t0.0"),
                foot(1.0, 300.0, "0.2\t0.1")
            ),
        ]);
        assert!(is_moticon(text.as_bytes()) && !is_moticon(b"seconds,side"));
        let recording = read(&text).unwrap();
        let [first, second] = recording.rows[..] else {
            panic!()
        };
        assert_eq!((first.at, second.at), (UnixMillis(0), UnixMillis(30)));
        assert_eq!(first.feet[0].unwrap().centre, Some([-0.1, 0.05]));
        assert_eq!(
            (first.feet[1], second.feet[0].unwrap().centre),
            (None, None)
        );
        let samples = recording.to_samples();
        assert_eq!(samples.parts[0].len(), 3);
        assert_eq!(
            samples.remarks.texts(),
            ["1 rows have no values of the right foot"]
        );
        let forces: f64 = samples.parts[0][0]
            .voltages
            .unwrap()
            .iter()
            .map(|volts| volts / (SUPPLY_VOLTS - volts))
            .sum();
        assert!(
            (forces * NEWTONS_AT_HALF_SUPPLY - 400.0).abs() < 1e-6,
            "{forces}"
        );
    }

    #[test]
    fn rows_that_are_cut_or_damaged_cost_themselves() {
        let whole = foot(2.0, 400.0, "-0.1\t0.05");
        let text = export(&[
            &format!("0.00\t{whole}\t{whole}"),
            "x\t1",
            &format!("0.02\t{whole}\t1.0\t2"),
        ]);
        let recording = read(&text).unwrap();
        assert_eq!(recording.rows.len(), 2);
        assert_eq!(
            recording.remarks.texts().len(),
            2,
            "{:?}",
            recording.remarks
        );
        assert!(
            read("# time\ta\n0.0\t1\n")
                .unwrap_err()
                .to_string()
                .contains("left pressure 1")
        );
    }

    /// The recordings that the layout of the insole was fitted on; see `docs/coach.md`.
    #[test]
    fn public_recordings_are_read_with_their_gaps() {
        use std::io::Read as _;
        let Ok(root) = std::env::var("SQUIRRET_TEST_DATA") else {
            println!("skipped: SQUIRRET_TEST_DATA is not set");
            return;
        };
        for name in ["230927_102114", "230927_102231"] {
            let path = format!("{root}/data/insole-walk/{name}.txt.gz");
            let packed = std::fs::read(path).unwrap();
            let mut text = String::new();
            flate2::read::GzDecoder::new(&packed[..])
                .read_to_string(&mut text)
                .unwrap();
            assert!(is_moticon(text.as_bytes()));
            let recording = read(&text).unwrap();
            assert!(recording.remarks.is_empty(), "{:?}", recording.remarks);
            let lines = text.lines().filter(|line| !line.starts_with('#')).count();
            assert_eq!(recording.rows.len(), lines);
            let feet = recording.rows.iter().flat_map(|row| row.feet);
            let (mut centred, mut light) = (0, 0);
            for foot in feet.flatten() {
                match foot.centre {
                    Some(centre) => {
                        centred += 1;
                        assert!(centre.iter().all(|place| place.abs() <= 0.5), "{centre:?}");
                    }
                    None => {
                        light += 1;
                        assert!(foot.force < 60.0, "{} N without a centre", foot.force);
                    }
                }
            }
            assert!(centred > 1_000 && light > 100, "{centred} {light}");
            let samples = recording.to_samples();
            assert_eq!(samples.parts.len(), 1);
            assert_eq!(samples.parts[0].len(), centred + light);
        }
    }
}
