//! A folder of frames: pictures, or keypoints in a JSON file each.

use std::{
    cmp::Ordering,
    path::{Path, PathBuf},
};

use super::{Plan, ReplayFailure, Teller, clips, pictures};

/// Endings of pictures.
const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// Replays the frames of a folder in the natural order of their names.
pub(super) fn replay(plan: &Plan, folder: &Path, teller: &mut Teller) -> Result<(), ReplayFailure> {
    let Listing {
        pictures,
        keypoints,
        hidden,
    } = Listing::of(folder)?;
    let mut remarks = Vec::new();
    if hidden > 0 {
        remarks.push(format!(
            "{hidden} files whose name begins with a dot were passed over"
        ));
    }
    if !pictures.is_empty() {
        return pictures::replay(plan, folder, &pictures, remarks, teller);
    }
    if keypoints.is_empty() {
        return Err(ReplayFailure::NoPictures {
            path: folder.to_owned(),
        });
    }
    clips::replay_folder(plan, folder, &keypoints, teller)
}

/// The files of a folder that may be frames.
#[derive(Debug, Default)]
struct Listing {
    pictures: Vec<PathBuf>,
    keypoints: Vec<PathBuf>,
    /// Frames whose name begins with a dot, such as the `._` files that macOS leaves on other file systems.
    hidden: usize,
}

impl Listing {
    fn of(folder: &Path) -> Result<Self, ReplayFailure> {
        let failed = |source| ReplayFailure::Read {
            path: folder.to_owned(),
            source,
        };
        let mut listing = Self::default();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let ending = |known: &str| {
                path.extension()
                    .is_some_and(|ending| ending.eq_ignore_ascii_case(known))
            };
            let (is_picture, is_json) = (PICTURES.into_iter().any(ending), ending("json"));
            let name = path.file_name().map(|name| name.to_string_lossy());
            if (is_picture || is_json) && name.is_some_and(|name| name.starts_with('.')) {
                listing.hidden += 1;
            } else if is_picture {
                listing.pictures.push(path);
            } else if is_json {
                listing.keypoints.push(path);
            }
        }
        for files in [&mut listing.pictures, &mut listing.keypoints] {
            files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
        }
        Ok(listing)
    }
}

/// Compares names as people do: runs of digits by their number, so that `frame2` comes before `frame10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        match (left.first(), right.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number, rest) = digits(left);
                let (other, other_rest) = digits(right);
                let by_number = number.len().cmp(&other.len()).then(number.cmp(other));
                if by_number != Ordering::Equal {
                    return by_number;
                }
                (left, right) = (rest, other_rest);
            }
            (Some(x), Some(y)) if x != y => return x.cmp(y),
            (Some(_), Some(_)) => (left, right) = (&left[1..], &right[1..]),
            // Names that differ in leading zeros alone.
            (None, None) => return a.cmp(b),
            (x, y) => return x.cmp(&y),
        }
    }
}

/// The digits at the beginning without leading zeros, and what follows them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(count);
    let zeros = number.iter().take_while(|digit| **digit == b'0').count();
    (&number[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_that_people_expect() {
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_by(|a, b| natural(a, b));
            names
        };
        assert_eq!(
            sorted(vec!["f10.jpg", "f2.jpg", "f1.jpg", "f002b.jpg", "e3.jpg"]),
            ["e3.jpg", "f1.jpg", "f2.jpg", "f002b.jpg", "f10.jpg"]
        );
        assert_eq!(sorted(vec!["1", "01", "0", "00"]), ["0", "00", "01", "1"]);
        assert_eq!(
            sorted(vec!["99999999999999999999999", "100000000000000000000000"]),
            ["99999999999999999999999", "100000000000000000000000"]
        );
    }
}
