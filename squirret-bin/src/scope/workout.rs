//! What the store must know of the workout that goes on.

use crate::fanout::ScopeId;
use crate::store::Store;
use squirret::{
    UnixMillis,
    archive::{ClientEvent, WorkoutKey},
    coach::{RepRecord, Workout},
    session::SessionId,
    squat::NotCounting,
};

/// A workout as it is stored, step by step; of the `default` scope nothing is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Whose it is; `None` for nobody's, and once its person wants to be forgotten.
    session: Option<SessionId>,
    start: UnixMillis,
    reps: u32,
    /// Repetitions that the stored summary counts.
    summed: u32,
    /// Why there is no repetition, as the stored summary has it.
    reason: Option<NotCounting>,
}

impl Progress {
    pub(super) const fn new(scope: ScopeId, start: UnixMillis) -> Self {
        let session = match scope {
            ScopeId::Session(session) => Some(session),
            ScopeId::Default => None,
        };
        Self {
            session,
            start,
            reps: 0,
            summed: 0,
            reason: None,
        }
    }

    /// A workout that the process before this one began goes on.
    pub(super) const fn resume(&mut self, start: UnixMillis, reps: u32) {
        (self.start, self.reps, self.summed, self.reason) = (start, reps, 0, None);
    }

    /// Another workout begins.
    pub(super) const fn restart(&mut self, start: UnixMillis) {
        (self.start, self.reps, self.summed, self.reason) = (start, 0, 0, None);
    }

    /// From now on nothing is stored.
    pub(super) const fn forget(&mut self) {
        self.session = None;
    }

    /// Stores a repetition.
    pub(super) fn add_rep(&mut self, rep: &RepRecord, store: &Store) {
        let Some(session) = self.session else { return };
        self.reps = self.reps.saturating_add(1);
        if let Err(error) = store.workouts.add_rep(self.key(session), rep.clone()) {
            tracing::warn!(%session, %error, "repetition is not stored");
        }
    }

    /// Stores what the workout came to, unless that is stored already. `reason` is why there is no repetition; of a
    /// workout for which nothing arrived, nothing is stored.
    pub(super) fn sum_up(
        &mut self,
        reason: Option<NotCounting>,
        came_to: impl FnOnce() -> Workout,
        store: &Store,
    ) {
        let reason = reason.filter(|reason| self.reps == 0 && *reason != NotCounting::NoInput);
        let is_new = self.reps != self.summed || reason != self.reason;
        let Some(session) = self.session.filter(|_| is_new) else {
            return;
        };
        match store.workouts.end_workout(self.key(session), came_to()) {
            Ok(()) => (self.summed, self.reason) = (self.reps, reason),
            Err(error) => tracing::warn!(%session, %error, "workout is not stored yet"),
        }
    }

    /// Stores what the app told of itself.
    pub(super) fn add_event(&self, event: ClientEvent, store: &Store) {
        let Some(session) = self.session else { return };
        if let Err(error) = store.workouts.add_event(session, event) {
            tracing::warn!(%session, %error, "client event is not stored");
        }
    }

    const fn key(&self, session: SessionId) -> WorkoutKey {
        let start = self.start;
        WorkoutKey { session, start }
    }
}
