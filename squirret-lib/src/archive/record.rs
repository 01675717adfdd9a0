//! What is kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Day, UnixMillis,
    coach::{RepRecord, Workout, WorkoutAccumulator},
    session::{FinishReport, SessionId, Usage},
};

/// Which workout: the session in whose scope it happened, and when it began there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a key")]
pub struct WorkoutKey {
    /// The session.
    pub session: SessionId,
    /// Its beginning.
    pub start: UnixMillis,
}

/// One workout.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkoutRecord {
    /// Which.
    #[serde(flatten)]
    pub key: WorkoutKey,
    /// Its repetitions in their order.
    pub reps: Vec<RepRecord>,
    /// What it came to; `None` while it goes on, or when the process died in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub summary: Option<Workout>,
}

impl WorkoutRecord {
    /// A workout without a summary.
    #[must_use]
    pub const fn new(key: WorkoutKey, reps: Vec<RepRecord>) -> Self {
        Self {
            key,
            reps,
            summary: None,
        }
    }

    /// What it came to: as summed up at its end, else from its repetitions, with sets split at rests of `rest_ms`. A
    /// summary that lacks repetitions is from before the workout went on, and is not used.
    #[must_use]
    pub fn workout(&self, rest_ms: u32) -> Workout {
        let is_whole = |summary: &&Workout| summary.reps as usize >= self.reps.len();
        let whole = self.summary.as_ref().filter(is_whole);
        whole.cloned().unwrap_or_else(|| {
            let mut tally = WorkoutAccumulator::new(self.key.start);
            self.reps.iter().for_each(|rep| tally.add(rep));
            tally.workout(rest_ms)
        })
    }

    /// When something last happened in it.
    #[must_use]
    pub fn last(&self) -> UnixMillis {
        let reps = self.reps.last().map(|rep| rep.end);
        reps.max(Some(self.key.start)).unwrap_or(self.key.start)
    }
}

/// The end of a session: what the client says, beside what the server counted.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionEnd {
    /// When.
    pub at: UnixMillis,
    /// What the client says.
    pub report: FinishReport,
    /// What the server had counted by then.
    pub counted: Usage,
}

impl SessionEnd {
    /// At `at`.
    #[must_use]
    pub const fn new(at: UnixMillis, report: FinishReport, counted: Usage) -> Self {
        Self {
            at,
            report,
            counted,
        }
    }
}

/// Something that the app told of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClientEvent {
    /// When.
    pub at: UnixMillis,
    /// What.
    pub name: String,
}

impl ClientEvent {
    /// `name` at `at`.
    #[must_use]
    pub fn new(at: UnixMillis, name: impl Into<String>) -> Self {
        Self {
            at,
            name: name.into(),
        }
    }
}

/// Who sessions belong to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Person {
    /// The user's id, as the app names it.
    pub id: String,
    /// Address, as the app sent it last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
}

impl Person {
    /// The user `id`.
    #[must_use]
    pub fn new(id: impl Into<String>, email: Option<&str>) -> Self {
        Self {
            id: id.into(),
            email: email.map(str::to_owned),
        }
    }
}

/// What a link opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Opens {
    /// The report of its session.
    Report,
    /// The reports of all workouts of its session's person.
    Reports,
    /// The list of these workouts, which it also deletes.
    Workouts,
}

impl Opens {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Report, Self::Reports, Self::Workouts];

    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Reports => "reports",
            Self::Workouts => "workouts",
        }
    }
}

/// A link that opens what is kept of a session without a token.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a row")]
pub struct ReportLink {
    /// Random: it tells nothing of the session.
    pub id: Uuid,
    /// The session.
    pub session: SessionId,
    /// The user to whom the session belonged when the link was made; with another owner it opens nothing.
    pub owner: Option<String>,
    /// What it opens.
    pub opens: Opens,
    /// It does so until then.
    pub expires: UnixMillis,
}

/// What was used on a day in the name of a user.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageRow {
    /// The day, UTC.
    pub day: Day,
    /// The user's id as the app names it; for a guest, the id of the guest's session.
    pub user: String,
    /// Sessions that were counted.
    pub sessions: u64,
    /// What was counted.
    #[serde(flatten)]
    pub usage: Usage,
}

impl UsageRow {
    /// A row.
    #[must_use]
    pub fn new(day: Day, user: impl Into<String>, sessions: u64, usage: Usage) -> Self {
        Self {
            day,
            user: user.into(),
            sessions,
            usage,
        }
    }
}

/// One session in an export.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionHistory {
    /// Which.
    pub session: SessionId,
    /// Its end, if it was finished.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<SessionEnd>,
    /// What the app told of itself in it.
    pub events: Vec<ClientEvent>,
    /// Its workouts.
    pub workouts: Vec<WorkoutRecord>,
}

impl SessionHistory {
    /// A session of which nothing is known yet.
    #[must_use]
    pub const fn new(session: SessionId) -> Self {
        Self {
            session,
            end: None,
            events: Vec::new(),
            workouts: Vec::new(),
        }
    }
}

/// Everything that is kept of a user.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserData {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// The sessions, in the order of their ids.
    pub sessions: Vec<SessionHistory>,
    /// What was used, by day.
    pub usage: Vec<UsageRow>,
}

impl UserData {
    /// Nothing yet of `person`.
    #[must_use]
    pub const fn new(person: Person) -> Self {
        Self {
            person,
            sessions: Vec::new(),
            usage: Vec::new(),
        }
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.usage.is_empty()
    }
}
