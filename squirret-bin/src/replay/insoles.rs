//! Tables of insole samples.

use squirret::{
    coach::Input,
    formats::{
        moticon,
        table::{self, InsoleRecording, TableError},
    },
};

use super::{Plan, Player, ReplayFailure, Source, Teller, notes_name};

/// Replays a table.
pub(super) fn replay(
    plan: &Plan,
    mut source: Source<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let read = table::read(&mut source, &plan.table);
    let mut recording = read.map_err(|error| ReplayFailure::Table {
        path: source.path().to_owned(),
        source: error,
    })?;
    if source.is_cut() {
        recording
            .remarks
            .whole("the packed file is cut off; what comes before the cut was read");
    }
    play(plan, &notes_name(source.path()), &recording, teller)
}

/// Replays a text export of Moticon's insoles.
pub(super) fn replay_moticon(
    plan: &Plan,
    mut source: Source<'_>,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let text = source.text()?;
    let refuse = |error: TableError| ReplayFailure::Table {
        path: source.path().to_owned(),
        source: error,
    };
    let recording = moticon::read(&text).map_err(refuse)?.to_samples();
    if recording.parts.is_empty() {
        return Err(refuse(TableError::NoSamples));
    }
    play(plan, &notes_name(source.path()), &recording, teller)
}

/// Replays a recording as one session, of however many parts: what was learned of the person still holds after a logger
/// restarted.
fn play(
    plan: &Plan,
    name: &str,
    recording: &InsoleRecording,
    teller: &mut Teller,
) -> Result<(), ReplayFailure> {
    let samples = recording.joined();
    let Some(first) = samples.first() else {
        return Ok(());
    };
    let mut player = Player::new(plan, name, None, first.at);
    player.remark(recording.remarks.texts());
    for sample in &samples {
        player.input(Input::Sample(*sample), sample.at, teller)?;
        player.tell_now(teller)?;
    }
    Ok(player.end(teller)?)
}
