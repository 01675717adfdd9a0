//! Tables of insole samples.

use squirret::{coach::Input, fsr::CsvColumns};

use super::{Lines, Plan, Player, ReplayFailure, Teller, notes_name};

/// Replays a table; `header` is its first line.
pub(super) fn replay(
    plan: &Plan,
    header: &str,
    mut lines: Lines<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let name = notes_name(lines.path());
    let refuse = |lines: &Lines<'_>, source| ReplayFailure::Csv {
        path: lines.path().to_owned(),
        line: lines.number(),
        source,
    };
    let columns = CsvColumns::of(header).map_err(|error| refuse(&lines, error))?;
    let mut player: Option<Player> = None;
    while let Some(line) = lines.next_line()? {
        let sample = columns
            .sample(&line)
            .map_err(|error| refuse(&lines, error))?;
        let player = player.get_or_insert_with(|| Player::new(plan, &name, None, sample.at));
        player.input(Input::Sample(sample), sample.at, teller)?;
        player.tell_now(teller)?;
    }
    match player {
        Some(player) => Ok(player.end(teller)?),
        None => Err(ReplayFailure::Kind {
            path: lines.path().to_owned(),
        }),
    }
}
