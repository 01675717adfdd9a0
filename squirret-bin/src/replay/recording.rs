//! Recordings of live sessions: they must say again what was said then.

use squirret::coach::{
    Event, Input,
    record::{InputLine, Record, Replay},
};

use super::{Notes, Plan, ReplayFailure, Source, Teller, export::Keeper, notes_name};

/// Replays a recording; `line` is its first.
pub(super) fn replay(
    plan: &Plan,
    line: &str,
    mut source: Source<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let head = read(line, &source)?;
    let start = match &head {
        Record::Head(head) => head.start,
        _ => squirret::UnixMillis(0),
    };
    let mut replay = Replay::begin(head).map_err(|error| differs(error, &source))?;
    let mut notes = Notes::new(&notes_name(source.path()), None);
    let mut keeper = plan.export.is_some().then(Keeper::default);
    while let Some(line) = source.next_line()? {
        let record = read(&line, &source)?;
        if let (Some(keeper), Record::Input { input, .. }) = (&mut keeper, &record) {
            keep(keeper, input);
        }
        let mut events = Vec::new();
        replay
            .take(&record, |now, event| events.push((now, event.clone())))
            .map_err(|error| differs(error, &source))?;
        for (now, event) in &events {
            notes.outcome.take(event);
            if let (Some(keeper), Event::Analysis(analysis)) = (&mut keeper, event) {
                keeper.analysis(analysis);
            }
            teller.event(replay.coach(), &notes, start, *now, event)?;
        }
    }
    if let (Some(export), Some(keeper)) = (&plan.export, keeper) {
        notes.remarks.extend(keeper.write(export, &notes.name)?);
    }
    let seconds = replay.now().since(start) as f64 / 1e3;
    Ok(teller.clip(&notes, seconds, &replay.coach().workout())?)
}

fn keep(keeper: &mut Keeper, input: &InputLine) {
    match input {
        InputLine::Sample(sample) => keeper.input(&Input::Sample(*sample)),
        InputLine::Pose { frame, at, pose } => {
            let pose = pose
                .as_ref()
                .and_then(squirret::coach::record::PoseLine::pose);
            keeper.input(&Input::Pose {
                frame: *frame,
                pose: pose.as_ref(),
                at: *at,
            });
        }
        _ => {}
    }
}

fn read(line: &str, source: &Source<'_>) -> Result<Record, ReplayFailure> {
    Record::from_line(line).map_err(|error| ReplayFailure::Record {
        path: source.path().to_owned(),
        line: source.number(),
        source: error,
    })
}

fn differs(error: squirret::coach::record::ReplayError, source: &Source<'_>) -> ReplayFailure {
    ReplayFailure::Recording {
        path: source.path().to_owned(),
        line: source.number(),
        source: Box::new(error),
    }
}
