//! Keypoint clips, one a line.

use squirret::{
    UnixMillis,
    coach::Input,
    squat::{Clip, parse_clip},
};

use super::{Lines, Plan, Player, ReplayFailure, Teller};

/// Replays every clip of a file; `line` is its first.
pub(super) fn replay(
    plan: &Plan,
    line: String,
    mut lines: Lines<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let mut next = Some(line);
    while let Some(line) = next {
        let clip = parse_clip(&line, plan.aspect).map_err(|source| ReplayFailure::Clip {
            path: lines.path().to_owned(),
            line: lines.number(),
            source,
        })?;
        play(plan, &clip, teller)?;
        next = lines.next_line()?;
    }
    Ok(())
}

fn play(plan: &Plan, clip: &Clip, teller: &mut Teller) -> Result<(), ReplayFailure> {
    let mut player = Player::new(plan, &clip.name, clip.label.as_deref(), UnixMillis(0));
    for (number, pose) in clip.frames.iter().enumerate() {
        let at = UnixMillis((number as f64 * 1e3 / plan.fps).round() as i64);
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_ref(),
            at,
        };
        player.input(input, at, teller)?;
    }
    Ok(player.end(teller)?)
}
