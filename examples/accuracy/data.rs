//! Reads the data sets.

use std::{
    error::Error,
    io::Read,
    path::{Path, PathBuf},
};

/// Whatever went wrong, for people.
pub(crate) type Failure = Box<dyn Error>;

/// The file in the data folder, whether that is the folder of data sets or the one above it.
pub(crate) fn find(folder: &Path, name: &str) -> PathBuf {
    let inside = folder.join("data").join(name);
    if inside.exists() {
        inside
    } else {
        folder.join(name)
    }
}

/// The text of a file packed by gzip.
pub(crate) fn unpack(path: &Path) -> Result<String, Failure> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let packed = std::fs::read(path).map_err(told)?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .map_err(told)?;
    Ok(text)
}

/// The value that half of all lie below.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    part(values, 0.5)
}

/// The value that this part of all lies below.
pub(crate) fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1)) as f64 * part;
    values
        .get(place.round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Numbers from a seed.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Evenly in [0, 1).
    pub(crate) fn even(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Near enough to normal, mean 0, deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}
