//! What is deleted: a person's data at their wish, and what is old.

use rusqlite::{Connection, TransactionBehavior, params};
use squirret::{UnixMillis, session::SessionId};

use super::read::sessions_of;

/// Tables with a row a session, or several.
const OF_SESSION: [&str; 10] = [
    "session", "device", "owner", "tie", "workout", "rep", "finish", "usage", "event", "link",
];

/// Most pages of any file.
const MAX_PAGES: i64 = 4_294_967_294;

/// Pages that a full file may grow by while something is deleted from it.
const SLACK: i64 = 256;

/// Works on a file that may be full: to delete takes a little room, too.
fn with_room<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let limit = |connection: &Connection, pages: i64| {
        connection.pragma_update_and_check(None, "max_page_count", pages, |row| row.get(0))
    };
    let max: i64 = connection.pragma_query_value(None, "max_page_count", |row| row.get(0))?;
    let _: i64 = limit(connection, max.saturating_add(SLACK).min(MAX_PAGES))?;
    let done = work(connection);
    let _: i64 = limit(connection, max)?;
    done
}

/// Deletes everything of a person, in the file and in its log.
pub(super) fn erase(connection: &mut Connection, person: &str) -> rusqlite::Result<Vec<SessionId>> {
    with_room(connection, |connection| erase_now(connection, person))
}

fn erase_now(connection: &mut Connection, person: &str) -> rusqlite::Result<Vec<SessionId>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sessions = sessions_of(&transaction, person)?;
    for session in &sessions {
        forget_session(&transaction, *session)?;
    }
    transaction.execute("DELETE FROM user WHERE id = ?1", [person])?;
    transaction.commit()?;
    shrink(connection)?;
    Ok(sessions)
}

/// Deletes every row of a session.
pub(super) fn forget_session(to: &Connection, session: SessionId) -> rusqlite::Result<()> {
    for table in OF_SESSION {
        let column = if table == "session" { "id" } else { "session" };
        to.prepare_cached(&format!("DELETE FROM {table} WHERE {column} = ?1"))?
            .execute([session.to_string()])?;
    }
    Ok(())
}

/// Deletes what ended before `before`; says how many workouts.
pub(super) fn retain(connection: &mut Connection, before: UnixMillis) -> rusqlite::Result<usize> {
    with_room(connection, |connection| retain_now(connection, before))
}

fn retain_now(connection: &mut Connection, before: UnixMillis) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "DELETE FROM rep WHERE (session, start) IN (SELECT session, start FROM workout WHERE last < ?1)",
        [before.0],
    )?;
    let workouts = transaction.execute("DELETE FROM workout WHERE last < ?1", [before.0])?;
    for sql in [
        "DELETE FROM finish WHERE at < ?1",
        "DELETE FROM event WHERE at < ?1",
        "DELETE FROM session WHERE last_seen < ?1",
        "DELETE FROM device WHERE used < ?1",
    ] {
        transaction.execute(sql, [before.0])?;
    }
    transaction.execute("DELETE FROM usage WHERE day < ?1", params![before.day().0])?;
    for sql in [
        "DELETE FROM tie WHERE session NOT IN (SELECT id FROM session)
             AND session NOT IN (SELECT session FROM finish) AND session NOT IN (SELECT session FROM usage)
             AND scope NOT IN (SELECT session FROM workout)",
        "DELETE FROM owner WHERE session NOT IN (SELECT id FROM session)
             AND session NOT IN (SELECT session FROM workout) AND session NOT IN (SELECT session FROM finish)
             AND session NOT IN (SELECT session FROM usage) AND session NOT IN (SELECT session FROM event)
             AND session NOT IN (SELECT scope FROM tie)",
        "DELETE FROM user WHERE id NOT IN (SELECT user FROM owner)",
    ] {
        transaction.execute(sql, [])?;
    }
    transaction.commit()?;
    if workouts > 0 {
        shrink(connection)?;
    }
    Ok(workouts)
}

/// Frees unused pages and truncates the log, so that no deleted row remains in it.
fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    let mut vacuum = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut freed = vacuum.query([])?;
    while freed.next()?.is_some() {}
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
