//! What the server stores, and when: at the end of a session, when a person has been away for a while, at the stop.

use std::time::Duration;

use squirret::{
    archive::{Person, SessionEnd},
    session::{FinishReport, Owner, SessionError, SessionId, SessionRecord, Usage},
};
use tokio::time::{Instant, interval};

use crate::{
    app::App,
    config::AuthMode,
    http::{Code, Problem},
};

/// A workout in which nothing happened for this long is summed up, ms.
const QUIET: i64 = 120_000;

/// How often it is looked for what is over.
const LOOK: Duration = Duration::from_secs(10);

/// Each so many looks what was counted of connected sessions is stored, so that little is lost with the process.
const LOOKS_A_SETTLEMENT: u64 = 6;

/// How often sessions expire, and, each so many times, what is old is deleted.
const SWEEP: (Duration, u64) = (Duration::from_secs(60), 60);

impl App {
    /// Stores what is over, for ever.
    pub(crate) async fn store_what_is_over(&self) {
        let mut each = interval(LOOK);
        for look in 0_u64.. {
            each.tick().await;
            self.settle(self.ws.usage.settle_gone(Instant::now()));
            if look % LOOKS_A_SETTLEMENT == 0 {
                self.settle(self.ws.usage.settle_open());
            }
            let quiet = self.clock.now().plus(-QUIET);
            self.scopes.end_quiet_workouts(quiet);
        }
    }

    /// Lets sessions expire, and deletes what is older than it may be, for ever.
    pub(crate) async fn sweep(&self) {
        let idle = millis(self.config.session.idle);
        let (pause, sweeps) = SWEEP;
        let mut each = interval(pause);
        for sweep in 0_u64.. {
            each.tick().await;
            if let Err(error) = self.sessions.expire(self.clock.now().plus(-idle)) {
                tracing::warn!(%error, "sessions could not be expired");
            }
            self.grants.shares.sweep(&self.sessions);
            if sweep % sweeps == 0 {
                self.delete_what_is_old().await;
            }
        }
    }

    async fn delete_what_is_old(&self) {
        let retention = self.config.store.retention;
        if retention.is_zero() {
            return;
        }
        // What still lives is never old.
        let age = millis(retention).max(millis(self.config.session.idle));
        let before = self.clock.stamp_now().plus(-age);
        let swept = self.store.with_workouts(move |store| store.retain(before));
        match swept.await {
            Ok(0) => {}
            Ok(workouts) => tracing::info!(workouts, "old workouts deleted"),
            Err(error) => tracing::warn!(%error, "old workouts could not be deleted"),
        }
    }

    /// Ends a session: what the server counted of it, what the client says, and the workout of its scope are stored.
    /// Returns when all of that lasts.
    ///
    /// # Errors
    /// As [`Sessions::finish`](squirret::session::Sessions::finish); 503 when it cannot be stored now.
    pub(crate) async fn finish(&self, id: SessionId, report: FinishReport) -> Result<(), Problem> {
        let now = self.clock.now();
        self.settle(self.ws.usage.settle(id).map(|usage| (id, usage)));
        match self.sessions.finish(id, report, now) {
            Err(SessionError::NotFound { .. }) => return self.finish_again(id, report).await,
            finished => finished?,
        }
        let session = self.sessions.find(id)?;
        if let Some(scope) = self.scope_of(&session).and_then(|id| self.scopes.get(id)) {
            scope.end_workout();
        }
        let end = SessionEnd::new(self.clock.stamp(now), report, session.usage);
        self.store.workouts.end_session(id, end)?;
        Ok(self.store.lasting().await?)
    }

    /// A session that lives no more may have been finished long ago: its client may still ask.
    async fn finish_again(&self, id: SessionId, report: FinishReport) -> Result<(), Problem> {
        let ended = self.store.with_workouts(move |store| store.session_end(id));
        match ended.await? {
            Some(end) if end.report == report => Ok(()),
            Some(_) => Err(Problem::new(
                Code::SessionConflict,
                format!("session {id} was finished with another report"),
            )),
            None => Err(SessionError::NotFound { id }.into()),
        }
    }

    /// The session whose coach knows this one's workout.
    fn scope_of(&self, session: &SessionRecord) -> Option<SessionId> {
        match &session.owner {
            Owner::Inference { user_id } => {
                let named = || self.sessions.scope_of(user_id).ok().flatten();
                session.scope.or_else(named).or(Some(session.id))
            }
            _ => Some(session.id),
        }
    }

    /// The results of an inference session belong to another session's scope from now on.
    pub(crate) fn tie(&self, id: SessionId, scope: SessionId) {
        let known = self.sessions.find(id).ok().and_then(|record| record.scope);
        if id == scope || known == Some(scope) || self.grants.deleted.has(id) {
            return;
        }
        let tied = self.sessions.tie(id, scope, self.clock.now());
        let stored = self.store.workouts.tie(id, scope);
        if let (Err(error), _) = (tied, stored) {
            tracing::debug!(session = %id, %error, "session is not tied");
        }
    }

    /// A session belongs to a user from now on.
    pub(crate) fn claim(&self, id: SessionId, person: &Person) {
        let claimed = self
            .store
            .workouts
            .claim(id, person, self.clock.stamp_now());
        if let Err(error) = claimed {
            tracing::warn!(session = %id, %error, "owner is not stored");
        }
    }

    /// What an inference session does belongs to whom the app names, where nobody has to prove who they are.
    pub(crate) fn claim_by_name(&self, id: SessionId, user: &str) {
        if self.config.auth.mode == AuthMode::Open {
            self.claim(id, &Person::new(user, None));
        }
    }

    /// Stores what was counted of sessions.
    pub(crate) fn settle(&self, accounts: impl IntoIterator<Item = (SessionId, Usage)>) {
        let now = self.clock.now();
        for (id, usage) in accounts {
            if usage == Usage::default() || self.grants.deleted.has(id) {
                continue;
            }
            if let Err(error) = self.sessions.record_usage(id, usage, now) {
                tracing::debug!(session = %id, %error, "usage has no session any more");
            }
            let user = self.user_of(id);
            if let Err(error) =
                self.store
                    .workouts
                    .add_usage(id, &user, usage, self.clock.stamp(now))
            {
                tracing::warn!(session = %id, %error, ?usage, "usage is not stored");
            }
        }
    }

    /// In whose name a session is counted: the user's, else as the app named them, else the session itself.
    fn user_of(&self, id: SessionId) -> String {
        let Ok(session) = self.sessions.find(id) else {
            return id.to_string();
        };
        let named = session.owner.user().unwrap_or_else(|| id.to_string());
        let scope = session.scope.and_then(|id| self.sessions.find(id).ok());
        match scope.map(|scope| scope.owner) {
            Some(Owner::User { user_id, .. }) => user_id.to_string(),
            _ => named,
        }
    }

    /// Everything that is not stored yet is, at the stop.
    pub(crate) fn store_all(&self) {
        self.settle(self.ws.usage.settle_all());
        self.scopes
            .end_quiet_workouts(squirret::UnixMillis(i64::MAX));
        self.store.close();
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
