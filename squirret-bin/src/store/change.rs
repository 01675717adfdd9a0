//! What waits to be written, and how it is.

use rusqlite::{Connection, params};
use squirret::{
    Day, UnixMillis,
    archive::{
        ClientEvent, MAX_EVENTS, MAX_LINKS, MAX_REPS, Person, ReportLink, SessionEnd, WorkoutKey,
    },
    coach::{RepRecord, Workout},
    session::{SessionId, SessionRecord, Usage},
};

use super::{Binding, sweep::forget_session};

/// Counts stop here: what JSON carries exactly, and a thousand of them fit into SQLite's integers together.
const MAX_COUNT: u64 = 1 << 53;

/// A session that was deleted this long before another is forgotten for good, ms.
const BURIED: i64 = 24 * 3_600_000;

/// One change of the file.
#[derive(Debug)]
pub(super) enum Change {
    Claim(SessionId, Person, UnixMillis),
    Tie(SessionId, SessionId),
    Rep(WorkoutKey, Box<RepRecord>),
    EndWorkout(WorkoutKey, Box<Workout>),
    EndSession(SessionId, Box<SessionEnd>),
    Event(SessionId, ClientEvent),
    Usage(SessionId, String, Day, Usage),
    Bind(Binding),
    Link(ReportLink, UnixMillis),
    /// Nothing of this session is kept any more, until then.
    Bury(SessionId, UnixMillis),
    Unbind(Box<str>),
    Forget(SessionId),
    /// Sessions that were last used before this live no more.
    Expire(UnixMillis),
}

impl Change {
    /// The session that it is about, if it adds something to one.
    pub(super) const fn session(&self) -> Option<SessionId> {
        match self {
            Self::Claim(session, ..)
            | Self::Tie(session, _)
            | Self::EndSession(session, _)
            | Self::Event(session, _)
            | Self::Usage(session, ..) => Some(*session),
            Self::Rep(key, _) | Self::EndWorkout(key, _) => Some(key.session),
            Self::Bind(binding) => Some(binding.session),
            Self::Link(link, _) => Some(link.session),
            Self::Unbind(_) | Self::Bury(..) | Self::Forget(_) | Self::Expire(_) => None,
        }
    }

    /// Writes it, within a transaction.
    pub(super) fn apply(&self, to: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Claim(session, person, at) => claim(to, *session, person, *at),
            Self::Tie(session, scope) => run(
                to,
                "INSERT INTO tie VALUES (?1, ?2) ON CONFLICT DO UPDATE SET scope = ?2",
                params![session.to_string(), scope.to_string()],
            ),
            Self::Rep(key, rep) => add_rep(to, *key, rep),
            Self::EndWorkout(key, summary) => run(
                to,
                "INSERT INTO workout VALUES (?1, ?2, max(?2, ?3), ?4) ON CONFLICT DO UPDATE
                 SET summary = ?4, last = max(last, ?3)",
                params![
                    key.session.to_string(),
                    key.start.0,
                    summary.end.0,
                    json(summary)?
                ],
            ),
            Self::EndSession(session, end) => run(
                to,
                "INSERT INTO finish VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![session.to_string(), end.at.0, json(end)?],
            ),
            Self::Event(session, event) => run(
                to,
                "INSERT INTO event (session, at, name) SELECT ?1, ?2, ?3
                 WHERE (SELECT count(*) FROM event WHERE session = ?1) < ?4",
                params![
                    session.to_string(),
                    event.at.0,
                    event.name,
                    MAX_EVENTS as i64
                ],
            ),
            Self::Usage(session, user, day, usage) => add_usage(to, *session, user, *day, usage),
            Self::Bind(binding) => run(
                to,
                "INSERT INTO device (id, session, used, claim) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET session = ?2, used = ?3, claim = ?4",
                params![
                    binding.device,
                    binding.session.to_string(),
                    binding.used.0,
                    binding.claim
                ],
            ),
            Self::Link(link, now) => add_link(to, link, *now),
            Self::Bury(session, until) => bury(to, *session, *until),
            Self::Unbind(device) => run(to, "DELETE FROM device WHERE id = ?1", params![device]),
            Self::Forget(session) => run(
                to,
                "DELETE FROM session WHERE id = ?1",
                params![session.to_string()],
            ),
            Self::Expire(before) => run(
                to,
                "DELETE FROM session WHERE last_seen < ?1",
                params![before.0],
            ),
        }
    }
}

/// Writes a session as it is now.
pub(super) fn put_session(to: &Connection, session: &SessionRecord) -> rusqlite::Result<()> {
    run(
        to,
        "INSERT INTO session VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET last_seen = ?2, record = ?3",
        params![session.id.to_string(), session.last_seen.0, json(session)?],
    )
}

fn claim(
    to: &Connection,
    session: SessionId,
    person: &Person,
    at: UnixMillis,
) -> rusqlite::Result<()> {
    run(
        to,
        "INSERT INTO user VALUES (?1, ?2, ?3, ?3) ON CONFLICT DO UPDATE
         SET email = coalesce(?2, email), last_seen = max(last_seen, ?3)",
        params![person.id, person.email, at.0],
    )?;
    run(
        to,
        "INSERT INTO owner VALUES (?1, ?2) ON CONFLICT DO UPDATE SET user = ?2",
        params![session.to_string(), person.id],
    )
}

fn add_rep(to: &Connection, key: WorkoutKey, rep: &RepRecord) -> rusqlite::Result<()> {
    let session = key.session.to_string();
    run(
        to,
        "INSERT INTO workout VALUES (?1, ?2, max(?2, ?3), NULL) ON CONFLICT DO UPDATE SET last = max(last, ?3)",
        params![session, key.start.0, rep.end.0],
    )?;
    if rep.number > MAX_REPS {
        return Ok(());
    }
    run(
        to,
        "INSERT INTO rep VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![session, key.start.0, rep.number, json(rep)?],
    )
}

fn add_link(to: &Connection, link: &ReportLink, now: UnixMillis) -> rusqlite::Result<()> {
    run(to, "DELETE FROM link WHERE expires < ?1", params![now.0])?;
    let session = link.session.to_string();
    run(
        to,
        "DELETE FROM link WHERE session = ?1 AND opens = ?2 AND id NOT IN
         (SELECT id FROM link WHERE session = ?1 AND opens = ?2 ORDER BY expires DESC LIMIT ?3)",
        params![session, link.opens.as_str(), MAX_LINKS as i64 - 1],
    )?;
    run(
        to,
        "INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            link.id.to_string(),
            session,
            link.opens.as_str(),
            link.owner,
            link.expires.0
        ],
    )
}

fn bury(to: &Connection, session: SessionId, until: UnixMillis) -> rusqlite::Result<()> {
    forget_session(to, session)?;
    run(
        to,
        "DELETE FROM deleted WHERE until < ?1",
        params![until.plus(-BURIED).0],
    )?;
    run(
        to,
        "INSERT INTO deleted VALUES (?1, ?2) ON CONFLICT DO UPDATE SET until = ?2",
        params![session.to_string(), until.0],
    )
}

fn add_usage(
    to: &Connection,
    session: SessionId,
    user: &str,
    day: Day,
    usage: &Usage,
) -> rusqlite::Result<()> {
    let count = |count: u64| count.min(MAX_COUNT) as i64;
    run(
        to,
        "INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET
         frames_in = min(frames_in + ?4, ?9), frames_out = min(frames_out + ?5, ?9), dropped = min(dropped + ?6, ?9),
         seconds = seconds + ?7, bytes_in = min(bytes_in + ?8, ?9)",
        params![
            day.0,
            user,
            session.to_string(),
            count(usage.frames_in),
            count(usage.frames_out),
            count(usage.dropped),
            usage.duration_seconds,
            count(usage.bytes_in),
            MAX_COUNT as i64
        ],
    )
}

fn run(to: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
    to.prepare_cached(sql)?.execute(values).map(drop)
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
