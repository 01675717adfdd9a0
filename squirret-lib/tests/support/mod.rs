//! Real data for tests, found through `SQUIRRET_TEST_DATA`.

use std::path::{Path, PathBuf};

/// The folder of test data with `data/` and `models/`, or `None` with a line that says so.
pub(crate) fn test_data() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("SQUIRRET_TEST_DATA") else {
        eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    Some(PathBuf::from(folder))
}

/// A model's bytes.
pub(crate) fn model(data: &Path, name: &str) -> Vec<u8> {
    let path = data.join("models").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A clip's frames as JPEG, in order.
pub(crate) fn frames(data: &Path, clip: &str) -> Vec<Vec<u8>> {
    let folder = data.join("data/squat-video").join(clip);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}
