//! The pictures of a folder.

use std::path::{Path, PathBuf};

use squirret::{
    UnixMillis,
    coach::Input,
    pose::{Picture, PictureError, PictureLimits, Pose, PoseEstimator, Track},
};

use super::{Plan, Player, ReplayFailure, Teller, notes_name};
use crate::models::{self, Progress};

/// Limits of a picture from a disk.
const LIMITS: PictureLimits = PictureLimits::local();

/// Damaged pictures that are named one by one.
const MAX_NAMED: usize = 10;

/// Replays pictures in the order given.
pub(super) fn replay(
    plan: &Plan,
    folder: &Path,
    pictures: &[PathBuf],
    mut remarks: Vec<String>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let estimator = models::load(&plan.models, &plan.model)?;
    let progress = Progress::new();
    let (mut picture, mut track) = (Picture::default(), Track::default());
    let mut player = Player::new(plan, &notes_name(folder), None, UnixMillis(0));
    let mut damaged = 0;
    for (number, path) in pictures.iter().enumerate() {
        let at = UnixMillis((number as f64 * 1e3 / plan.fps).round() as i64);
        progress.things(number as u64 + 1, pictures.len() as u64);
        let pose = match look(path, &*estimator, &mut picture, &mut track, at)? {
            Looked::At(pose) => pose,
            Looked::Damaged(error) => {
                damaged += 1;
                if damaged <= MAX_NAMED {
                    remarks.push(format!("{}: passed over: {error}", notes_name(path)));
                }
                continue;
            }
        };
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_deref(),
            at,
        };
        player.input(input, at, teller)?;
    }
    if damaged == pictures.len() {
        return Err(ReplayFailure::NoGoodPictures {
            path: folder.to_owned(),
            first: remarks.pop().unwrap_or_default(),
        });
    }
    if damaged > MAX_NAMED {
        remarks.push(format!("{damaged} pictures in all were passed over"));
    }
    player.remark(remarks);
    Ok(player.end(teller)?)
}

/// What came of a picture.
enum Looked {
    At(Option<Box<Pose>>),
    /// Its time passes, and nothing is known of it.
    Damaged(PictureError),
}

fn look(
    path: &Path,
    estimator: &dyn PoseEstimator,
    picture: &mut Picture,
    track: &mut Track,
    at: UnixMillis,
) -> Result<Looked, ReplayFailure> {
    let failed = |source| ReplayFailure::Read {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LIMITS.max_bytes as u64 {
        return Ok(Looked::Damaged(PictureError::TooManyBytes {
            size: usize::try_from(size).unwrap_or(usize::MAX),
            max: LIMITS.max_bytes,
        }));
    }
    let encoded = std::fs::read(path).map_err(failed)?;
    match picture.decode_for(&encoded, LIMITS, track) {
        Ok(image) => Ok(Looked::At(
            estimator.estimate(image, track, at)?.map(Box::new),
        )),
        Err(error) => Ok(Looked::Damaged(error)),
    }
}
