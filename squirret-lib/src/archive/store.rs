//! Where they are kept.

use super::{
    ClientEvent, Person, ReportLink, SessionEnd, UsageRow, UserData, WorkoutKey, WorkoutRecord,
};
use crate::{
    Day, UnixMillis,
    coach::{RepRecord, Workout},
    session::{SessionId, StoreError, Usage},
};
use uuid::Uuid;

/// Most repetitions that are kept of a workout; its summary counts all.
pub const MAX_REPS: u32 = 1_000;

/// Most events of the app that are kept of a session, the first.
pub const MAX_EVENTS: usize = 1_000;

/// Most links of a kind that are kept of a session, the newest.
pub const MAX_LINKS: usize = 32;

/// Keeps workouts and what belongs to them. Each call is atomic and returns at once; what it changed can be read from
/// then on, and lasts from the next [`flush`](Self::flush) on. [`conformance`](super::conformance) is what all
/// implementations must pass.
///
/// A *person* is a user with all sessions that belong to them, or a session that belongs to nobody.
pub trait WorkoutStore: Send + Sync + std::fmt::Debug {
    /// The session belongs to this user from now on, with all that is and will be kept of it. A user's newest address
    /// stays.
    ///
    /// # Errors
    /// [`StoreError`].
    fn claim(&self, session: SessionId, person: &Person, at: UnixMillis) -> Result<(), StoreError>;

    /// The session's workouts happen in the scope of another one: an inference session works for a guest or user.
    ///
    /// # Errors
    /// [`StoreError`].
    fn tie(&self, session: SessionId, scope: SessionId) -> Result<(), StoreError>;

    /// Adds a repetition to a workout, which begins with its first. One of the same number is left as it is, one beyond
    /// the 1,000th left out.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_rep(&self, key: WorkoutKey, rep: RepRecord) -> Result<(), StoreError>;

    /// Sums a workout up, also one without repetitions that were kept. May repeat: the newest summary counts.
    ///
    /// # Errors
    /// [`StoreError`].
    fn end_workout(&self, key: WorkoutKey, summary: Workout) -> Result<(), StoreError>;

    /// Ends a session. A second end is not looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    fn end_session(&self, session: SessionId, end: SessionEnd) -> Result<(), StoreError>;

    /// Keeps what the app told of itself, at most 1,000 events of a session.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_event(&self, session: SessionId, event: ClientEvent) -> Result<(), StoreError>;

    /// Adds to what was used in `user`'s name on the day of `at`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_usage(
        &self,
        session: SessionId,
        user: &str,
        usage: Usage,
        at: UnixMillis,
    ) -> Result<(), StoreError>;

    /// The session in whose scope this one's workouts happen: as [`tie`](Self::tie) says, else itself.
    ///
    /// # Errors
    /// [`StoreError`].
    fn scope_of(&self, session: SessionId) -> Result<SessionId, StoreError>;

    /// The user to whom a session belongs.
    ///
    /// # Errors
    /// [`StoreError`].
    fn owner_of(&self, session: SessionId) -> Result<Option<String>, StoreError>;

    /// When a user's first session became theirs; `None` for one who is not known.
    ///
    /// # Errors
    /// [`StoreError`].
    fn known_since(&self, user: &str) -> Result<Option<UnixMillis>, StoreError>;

    /// Keeps a link, the newest 32 of its kind and session. It goes with its session; links that ended before `now` go too.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_link(&self, link: &ReportLink, now: UnixMillis) -> Result<(), StoreError>;

    /// The link of this id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn link(&self, id: Uuid) -> Result<Option<ReportLink>, StoreError>;

    /// How a session ended; `None` when it did not, or is not known.
    ///
    /// # Errors
    /// [`StoreError`].
    fn session_end(&self, session: SessionId) -> Result<Option<SessionEnd>, StoreError>;

    /// The workouts in a session's scope, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn workouts(&self, scope: SessionId) -> Result<Vec<WorkoutRecord>, StoreError>;

    /// The workouts with repetitions of the same person that began before `before`, newest first, at most `max`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn history(
        &self,
        scope: SessionId,
        before: UnixMillis,
        max: usize,
    ) -> Result<Vec<WorkoutRecord>, StoreError>;

    /// The newest workout of each session, where its last repetition ended at `since` or later: what a server that
    /// was restarted goes on with.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unfinished(&self, since: UnixMillis) -> Result<Vec<WorkoutRecord>, StoreError>;

    /// What was used from the first day to the last, both included, by day and user.
    ///
    /// # Errors
    /// [`StoreError`].
    fn usage(&self, first: Day, last: Day) -> Result<Vec<UsageRow>, StoreError>;

    /// Everything of a person: of a user, or of the session of this id that belongs to nobody.
    ///
    /// # Errors
    /// [`StoreError`].
    fn export(&self, person: &str) -> Result<UserData, StoreError>;

    /// Forgets everything of a person, lastingly; gives the sessions.
    ///
    /// # Errors
    /// [`StoreError`].
    fn erase(&self, person: &str) -> Result<Vec<SessionId>, StoreError>;

    /// Forgets everything of these sessions that came after their [`erase`](Self::erase), and takes nothing more of
    /// them until `until`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn bury(&self, sessions: &[SessionId], until: UnixMillis) -> Result<(), StoreError>;

    /// Forgets what ended before `before`; says how many workouts.
    ///
    /// # Errors
    /// [`StoreError`].
    fn retain(&self, before: UnixMillis) -> Result<usize, StoreError>;

    /// Returns when everything that was changed before lasts.
    ///
    /// # Errors
    /// [`StoreError`]: it does not last yet. It is kept and tried again.
    fn flush(&self) -> Result<(), StoreError>;
}
