//! Recordings of live sessions: they must say again what was said then.

use squirret::coach::record::{Record, Replay};

use super::{Lines, Notes, ReplayFailure, Teller, notes_name};

/// Replays a recording; `line` is its first.
pub(super) fn replay(
    line: &str,
    mut lines: Lines<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let head = read(line, &lines)?;
    let start = match &head {
        Record::Head(head) => head.start,
        _ => squirret::UnixMillis(0),
    };
    let mut replay = Replay::begin(head).map_err(|error| differs(error, &lines))?;
    let mut notes = Notes::new(&notes_name(lines.path()), None);
    while let Some(line) = lines.next_line()? {
        let record = read(&line, &lines)?;
        let mut events = Vec::new();
        replay
            .take(&record, |now, event| events.push((now, event.clone())))
            .map_err(|error| differs(error, &lines))?;
        for (now, event) in &events {
            notes.outcome.take(event);
            teller.event(replay.coach(), &notes, start, *now, event)?;
        }
    }
    let seconds = replay.now().since(start) as f64 / 1e3;
    Ok(teller.clip(&notes, seconds, &replay.coach().workout())?)
}

fn read(line: &str, lines: &Lines<'_>) -> Result<Record, ReplayFailure> {
    Record::from_line(line).map_err(|source| ReplayFailure::Record {
        path: lines.path().to_owned(),
        line: lines.number(),
        source,
    })
}

fn differs(error: squirret::coach::record::ReplayError, lines: &Lines<'_>) -> ReplayFailure {
    ReplayFailure::Recording {
        path: lines.path().to_owned(),
        line: lines.number(),
        source: Box::new(error),
    }
}
