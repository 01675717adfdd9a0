//! What is read from the file.

use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::de::DeserializeOwned;
use squirret::{
    Day, UnixMillis,
    archive::{
        ClientEvent, Opens, Person, ReportLink, SessionEnd, SessionHistory, UsageRow, UserData,
        WorkoutKey, WorkoutRecord,
    },
    session::{SessionId, Usage},
};

use uuid::Uuid;

use super::Binding;

/// The sessions of person ?1: of a user, or the one of this id that belongs to nobody; those tied to them included.
const SESSIONS_OF: &str = "
WITH own AS (
    SELECT session FROM owner WHERE user = ?1
    UNION SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM owner WHERE session = ?1)
                      AND NOT EXISTS (SELECT 1 FROM tie WHERE session = ?1)
), mine AS (
    SELECT session FROM own
    UNION SELECT tie.session FROM tie JOIN own ON tie.scope = own.session
    WHERE NOT EXISTS (SELECT 1 FROM owner WHERE owner.session = tie.session)
)";

/// Every binding.
pub(super) fn bindings(from: &Connection) -> rusqlite::Result<Vec<Binding>> {
    let mut statement = from.prepare("SELECT id, session, used, claim FROM device")?;
    let binding = |row: &Row<'_>| {
        Ok(Binding {
            device: row.get::<_, String>(0)?.into(),
            session: parsed(row, 1)?,
            used: UnixMillis(row.get(2)?),
            claim: row.get::<_, Option<String>>(3)?.map(Into::into),
        })
    };
    statement.query_map([], binding)?.collect::<Result<_, _>>()
}

pub(super) fn scope_of(from: &Connection, session: SessionId) -> rusqlite::Result<SessionId> {
    let scope = from
        .prepare_cached("SELECT scope FROM tie WHERE session = ?1")?
        .query_row([session.to_string()], |row| parsed(row, 0))
        .optional()?;
    Ok(scope.unwrap_or(session))
}

pub(super) fn owner_of(from: &Connection, session: SessionId) -> rusqlite::Result<Option<String>> {
    from.prepare_cached("SELECT user FROM owner WHERE session = ?1")?
        .query_row([session.to_string()], |row| row.get(0))
        .optional()
}

pub(super) fn known_since(from: &Connection, user: &str) -> rusqlite::Result<Option<UnixMillis>> {
    from.prepare_cached("SELECT first_seen FROM user WHERE id = ?1")?
        .query_row([user], |row| row.get(0).map(UnixMillis))
        .optional()
}

pub(super) fn link(from: &Connection, id: Uuid) -> rusqlite::Result<Option<ReportLink>> {
    let read = |row: &Row<'_>| {
        Ok(ReportLink {
            id,
            session: parsed(row, 0)?,
            owner: row.get(1)?,
            expires: UnixMillis(row.get(2)?),
            opens: opens(&row.get::<_, String>(3)?),
        })
    };
    from.prepare_cached("SELECT session, owner, expires, opens FROM link WHERE id = ?1")?
        .query_row([id.to_string()], read)
        .optional()
}

/// What a link opens; of a kind that a later version made, the least.
fn opens(text: &str) -> Opens {
    let mut all = Opens::ALL.into_iter();
    all.find(|opens| opens.as_str() == text)
        .unwrap_or(Opens::Report)
}

/// Deleted sessions, and until when they are remembered.
pub(super) fn deleted(from: &Connection) -> rusqlite::Result<Vec<(SessionId, UnixMillis)>> {
    let mut statement = from.prepare("SELECT session, until FROM deleted")?;
    let row = |row: &Row<'_>| Ok((parsed(row, 0)?, UnixMillis(row.get(1)?)));
    statement.query_map([], row)?.collect()
}

pub(super) fn session_end(
    from: &Connection,
    session: SessionId,
) -> rusqlite::Result<Option<SessionEnd>> {
    from.prepare_cached("SELECT record FROM finish WHERE session = ?1")?
        .query_row([session.to_string()], |row| json(row, 0))
        .optional()
}

pub(super) fn workouts(
    from: &Connection,
    scope: SessionId,
) -> rusqlite::Result<Vec<WorkoutRecord>> {
    let mut statement = from.prepare_cached(
        "SELECT session, start, summary FROM workout WHERE session = ?1 ORDER BY start",
    )?;
    let workouts = statement.query_map([scope.to_string()], workout)?;
    with_reps(from, workouts.collect::<Result<_, _>>()?)
}

pub(super) fn history(
    from: &Connection,
    scope: SessionId,
    before: UnixMillis,
    max: usize,
) -> rusqlite::Result<Vec<WorkoutRecord>> {
    let owner = match owner_of(from, scope)? {
        Some(owner) => Some(owner),
        None => owner_of(from, scope_of(from, scope)?)?,
    };
    let person = match owner {
        Some(owner) => owner,
        None => scope_of(from, scope)?.to_string(),
    };
    let mut statement = from.prepare_cached(&format!(
        "{SESSIONS_OF} SELECT session, start, summary FROM workout
         WHERE session IN mine AND start < ?2
            AND EXISTS (SELECT 1 FROM rep WHERE rep.session = workout.session AND rep.start = workout.start)
         ORDER BY start DESC, session DESC LIMIT ?3"
    ))?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let workouts = statement.query_map(params![person, before.0, max], workout)?;
    with_reps(from, workouts.collect::<Result<_, _>>()?)
}

pub(super) fn unfinished(
    from: &Connection,
    since: UnixMillis,
) -> rusqlite::Result<Vec<WorkoutRecord>> {
    let mut statement = from.prepare_cached(
        "SELECT session, start, summary FROM workout AS newest WHERE last >= ?1
         AND start = (SELECT max(start) FROM workout WHERE session = newest.session)",
    )?;
    let workouts = statement.query_map([since.0], workout)?;
    with_reps(from, workouts.collect::<Result<_, _>>()?)
}

pub(super) fn usage(from: &Connection, first: Day, last: Day) -> rusqlite::Result<Vec<UsageRow>> {
    let mut statement = from.prepare_cached(
        "SELECT day, user, count(DISTINCT session), sum(frames_in), sum(frames_out), sum(dropped), sum(seconds),
         sum(bytes_in) FROM usage WHERE day BETWEEN ?1 AND ?2 GROUP BY day, user ORDER BY day, user",
    )?;
    statement
        .query_map([first.0, last.0], usage_row)?
        .collect::<Result<_, _>>()
}

pub(super) fn export(from: &Connection, person: &str) -> rusqlite::Result<UserData> {
    let email = from
        .prepare_cached("SELECT email FROM user WHERE id = ?1")?
        .query_row([person], |row| row.get::<_, Option<String>>(0))
        .optional()?
        .flatten();
    let mut data = UserData::new(Person::new(person, email.as_deref()));
    for session in sessions_of(from, person)? {
        let mut history = SessionHistory::new(session);
        history.end = session_end(from, session)?;
        history.events = events(from, session)?;
        history.workouts = workouts(from, session)?;
        data.sessions.push(history);
    }
    let mut statement = from.prepare_cached(&format!(
        "{SESSIONS_OF} SELECT day, user, count(DISTINCT session), sum(frames_in), sum(frames_out), sum(dropped),
         sum(seconds), sum(bytes_in) FROM usage WHERE session IN mine GROUP BY day, user ORDER BY day, user"
    ))?;
    data.usage = statement
        .query_map([person], usage_row)?
        .collect::<Result<_, _>>()?;
    Ok(data)
}

/// The sessions of a person of which something is known, in the order of their ids.
pub(super) fn sessions_of(from: &Connection, person: &str) -> rusqlite::Result<Vec<SessionId>> {
    let mut statement = from.prepare_cached(&format!(
        "{SESSIONS_OF} SELECT session FROM mine WHERE session <> ?1
            OR EXISTS (SELECT 1 FROM workout WHERE workout.session = ?1)
            OR EXISTS (SELECT 1 FROM finish WHERE finish.session = ?1)
            OR EXISTS (SELECT 1 FROM event WHERE event.session = ?1)
            OR EXISTS (SELECT 1 FROM usage WHERE usage.session = ?1)
         ORDER BY session"
    ))?;
    statement
        .query_map([person], |row| parsed(row, 0))?
        .collect::<Result<_, _>>()
}

fn events(from: &Connection, session: SessionId) -> rusqlite::Result<Vec<ClientEvent>> {
    let mut statement =
        from.prepare_cached("SELECT at, name FROM event WHERE session = ?1 ORDER BY number")?;
    let event = |row: &Row<'_>| {
        let name: String = row.get(1)?;
        Ok(ClientEvent::new(UnixMillis(row.get(0)?), name))
    };
    statement
        .query_map([session.to_string()], event)?
        .collect::<Result<_, _>>()
}

fn workout(row: &Row<'_>) -> rusqlite::Result<WorkoutRecord> {
    let key = WorkoutKey {
        session: parsed(row, 0)?,
        start: UnixMillis(row.get(1)?),
    };
    let mut workout = WorkoutRecord::new(key, Vec::new());
    if row.get_ref(2)?.data_type() != Type::Null {
        workout.summary = Some(json(row, 2)?);
    }
    Ok(workout)
}

fn with_reps(
    from: &Connection,
    mut workouts: Vec<WorkoutRecord>,
) -> rusqlite::Result<Vec<WorkoutRecord>> {
    let mut statement = from.prepare_cached(
        "SELECT record FROM rep WHERE session = ?1 AND start = ?2 ORDER BY number",
    )?;
    for workout in &mut workouts {
        let WorkoutKey { session, start } = workout.key;
        let reps =
            statement.query_map(params![session.to_string(), start.0], |row| json(row, 0))?;
        workout.reps = reps.collect::<Result<_, _>>()?;
    }
    Ok(workouts)
}

fn usage_row(row: &Row<'_>) -> rusqlite::Result<UsageRow> {
    let count = |index| Ok::<_, rusqlite::Error>(row.get::<_, i64>(index)?.max(0) as u64);
    let usage = Usage {
        frames_in: count(3)?,
        frames_out: count(4)?,
        dropped: count(5)?,
        duration_seconds: row.get(6)?,
        bytes_in: count(7)?,
    };
    let (day, user): (i64, String) = (row.get(0)?, row.get(1)?);
    Ok(UsageRow::new(Day(day), user, count(2)?, usage))
}

fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<T> {
    let text = row.get::<_, String>(index)?;
    text.parse()
        .map_err(|error: T::Err| unreadable(index, error.into()))
}

fn json<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get::<_, String>(index)?;
    serde_json::from_str(&text).map_err(|error| unreadable(index, error.into()))
}

fn unreadable(index: usize, error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error)
}
