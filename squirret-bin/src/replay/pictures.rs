//! A folder of pictures, in the order of their names.

use std::path::{Path, PathBuf};

use squirret::{
    UnixMillis,
    coach::Input,
    pose::{Picture, PictureLimits, PoseEstimator, Track},
};

use super::{Plan, Player, ReplayFailure, Teller, notes_name};
use crate::models::{self, Progress};

/// Longest side of a picture, px, as the server's default.
const MAX_SIDE: u32 = 4096;

/// Replays the pictures of a folder.
pub(super) fn replay(plan: &Plan, folder: &Path, teller: &mut Teller) -> Result<(), ReplayFailure> {
    let pictures = pictures(folder)?;
    let estimator = models::load(&plan.models, &plan.model)?;
    let progress = Progress::new();
    let (mut picture, mut track) = (Picture::default(), Track::default());
    let mut player = Player::new(plan, &notes_name(folder), None, UnixMillis(0));
    for (number, path) in pictures.iter().enumerate() {
        let at = UnixMillis((number as f64 * 1e3 / plan.fps).round() as i64);
        let pose = look(path, &*estimator, &mut picture, &mut track, at)?;
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_ref(),
            at,
        };
        player.input(input, at, teller)?;
        progress.things(number as u64 + 1, pictures.len() as u64);
    }
    Ok(player.end(teller)?)
}

fn look(
    path: &Path,
    estimator: &dyn PoseEstimator,
    picture: &mut Picture,
    track: &mut Track,
    at: UnixMillis,
) -> Result<Option<squirret::pose::Pose>, ReplayFailure> {
    let encoded = std::fs::read(path).map_err(|source| ReplayFailure::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut limits = PictureLimits::default();
    limits.max_side = MAX_SIDE;
    let image = picture
        .decode(&encoded, limits)
        .map_err(|source| ReplayFailure::Picture {
            path: path.to_owned(),
            source,
        })?;
    Ok(estimator.estimate(image, track, at)?)
}

fn pictures(folder: &Path) -> Result<Vec<PathBuf>, ReplayFailure> {
    let entries = std::fs::read_dir(folder).map_err(|source| ReplayFailure::Read {
        path: folder.to_owned(),
        source,
    })?;
    let is_picture = |path: &PathBuf| {
        let extension = path
            .extension()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        ["jpg", "jpeg", "png", "webp"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension))
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(is_picture)
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(ReplayFailure::NoPictures {
            path: folder.to_owned(),
        });
    }
    Ok(paths)
}
