//! The rules of a session's life.

use super::{FinishReport, Owner, SessionId, SessionRecord, SessionStore, StoreError, Usage};
use crate::{
    UnixMillis,
    auth::{Grant, IssueError, Token, TokenService},
};
use std::sync::Arc;
use uuid::Uuid;

/// The life of sessions: issue, upgrade, refresh, finish, expire. Clones share the store.
#[derive(Debug, Clone)]
pub struct Sessions {
    store: Arc<dyn SessionStore>,
    tokens: Arc<dyn TokenService>,
}

/// A session and its token.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a reply")]
pub struct Issued {
    /// Id.
    pub id: SessionId,
    /// Token.
    pub token: Token,
}

/// Why a call on a session failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Unknown.
    #[error("session {id} does not exist")]
    NotFound {
        /// Which.
        id: SessionId,
    },
    /// Finished.
    #[error("session {id} is finished")]
    Finished {
        /// Which.
        id: SessionId,
    },
    /// Belongs to another user, or finished with other numbers.
    #[error("session {id} {detail}")]
    Conflict {
        /// Which.
        id: SessionId,
        /// Why.
        detail: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Signing failed.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Sessions {
    /// Over a store and a token service.
    pub fn new(store: Arc<dyn SessionStore>, tokens: Arc<dyn TokenService>) -> Self {
        Self { store, tokens }
    }

    /// Starts a guest's session (`POST /internal/session`). `id` must be random.
    ///
    /// # Errors
    /// [`SessionError::Store`], [`SessionError::Issue`].
    pub fn issue_guest(&self, id: SessionId, now: UnixMillis) -> Result<Issued, SessionError> {
        self.start(id, Owner::Guest, now)
    }

    /// Starts an inference session (`POST /api/session`). `id` must be random.
    ///
    /// # Errors
    /// [`SessionError::Store`], [`SessionError::Issue`].
    pub fn create_inference(
        &self,
        id: SessionId,
        user_id: &str,
        now: UnixMillis,
    ) -> Result<Issued, SessionError> {
        let owner = Owner::Inference {
            user_id: user_id.into(),
        };
        let made_for = self.user_of(user_id)?;
        // Signed first: a session without a token would only fill the store.
        let issued = self.sign(id, &owner, now)?;
        let mut record = SessionRecord::new(id, owner, now);
        record.made_for = made_for;
        self.store.insert(record)?;
        Ok(issued)
    }

    /// Whether a token of this session that names `user` (its `uid` claim) is of the owner that the session has now.
    /// When a user signs in, the tokens from before are nobody's, and so are the inference sessions that were issued
    /// for the session before.
    #[must_use]
    pub fn is_current(&self, session: &SessionRecord, user: Option<&str>) -> bool {
        match &session.owner {
            Owner::Guest => true,
            Owner::User { user_id, .. } => user == Some(user_id.to_string().as_str()),
            Owner::Inference { user_id } => self
                .user_of(user_id)
                .is_ok_and(|present| present == session.made_for),
        }
    }

    /// Whether an inference session works for somebody who has signed in.
    #[must_use]
    pub fn works_for_user(&self, session: &SessionRecord) -> bool {
        let Owner::Inference { user_id } = &session.owner else {
            return false;
        };
        let person = self.scope_of(user_id).ok().flatten();
        let person = person.or(session.scope).and_then(|id| self.find(id).ok());
        person.is_some_and(|person| matches!(person.owner, Owner::User { .. }))
    }

    /// The user who is signed in at the session that a `userId` names, if it names one.
    fn user_of(&self, user_id: &str) -> Result<Option<Uuid>, SessionError> {
        let Ok(id) = user_id.parse() else {
            return Ok(None);
        };
        let owner = self.store.get(id)?.map(|session| session.owner);
        Ok(match owner {
            Some(Owner::User { user_id, .. }) => Some(user_id),
            _ => None,
        })
    }

    /// Makes a guest's session that of a user (`POST /auth/upgrade`); again for the same user gives a fresh token.
    ///
    /// # Errors
    /// [`SessionError::NotFound`]; [`SessionError::Finished`]; [`SessionError::Conflict`] when it belongs to another
    /// user or is an inference session.
    pub fn upgrade(
        &self,
        id: SessionId,
        user_id: Uuid,
        email: &str,
        now: UnixMillis,
    ) -> Result<Issued, SessionError> {
        let owner = self.change(id, now, |record| {
            refuse_finished(record)?;
            match &record.owner {
                Owner::User { user_id: other, .. } if *other != user_id => {
                    return Err(SessionError::Conflict {
                        id,
                        detail: "belongs to another user",
                    });
                }
                Owner::Inference { .. } => {
                    return Err(SessionError::Conflict {
                        id,
                        detail: "is an inference session",
                    });
                }
                Owner::Guest | Owner::User { .. } => {}
            }
            record.owner = Owner::User {
                user_id,
                email: email.into(),
            };
            Ok(record.owner.clone())
        })?;
        self.sign(id, &owner, now)
    }

    /// A fresh token of the same audience (`POST /api/session/{id}/refresh`).
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Finished`].
    pub fn refresh(&self, id: SessionId, now: UnixMillis) -> Result<Issued, SessionError> {
        let owner = self.change(id, now, |record| {
            refuse_finished(record)?;
            Ok(record.owner.clone())
        })?;
        self.sign(id, &owner, now)
    }

    /// Ends a session (`POST /api/session/{id}/finish`). The same report again is fine.
    ///
    /// # Errors
    /// [`SessionError::NotFound`]; [`SessionError::Conflict`] when it was finished with another report.
    pub fn finish(
        &self,
        id: SessionId,
        report: FinishReport,
        now: UnixMillis,
    ) -> Result<(), SessionError> {
        self.change(id, now, |record| match record.finished {
            Some(earlier) if earlier != report => Err(SessionError::Conflict {
                id,
                detail: "was finished with another report",
            }),
            _ => {
                record.finished = Some(report);
                Ok(())
            }
        })
    }

    /// An inference session's results belong to the scope of another session from now on.
    ///
    /// # Errors
    /// [`SessionError::NotFound`].
    pub fn tie(
        &self,
        id: SessionId,
        scope: SessionId,
        now: UnixMillis,
    ) -> Result<(), SessionError> {
        self.change(id, now, |record| {
            record.scope = Some(scope);
            Ok(())
        })
    }

    /// Forgets a session; `false` when there is none.
    ///
    /// # Errors
    /// [`SessionError::Store`].
    pub fn remove(&self, id: SessionId) -> Result<bool, SessionError> {
        Ok(self.store.remove(id)?)
    }

    /// Adds what the server counted; also after the end, as the socket may close later than `finish` comes.
    ///
    /// # Errors
    /// [`SessionError::NotFound`].
    pub fn record_usage(
        &self,
        id: SessionId,
        usage: Usage,
        now: UnixMillis,
    ) -> Result<(), SessionError> {
        self.change(id, now, |record| {
            record.usage = record.usage.plus(usage);
            Ok(())
        })
    }

    /// Records that a session is in use: connected ones at least each minute, so that they are neither expired nor
    /// dropped to make room.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Finished`].
    pub fn touch(&self, id: SessionId, now: UnixMillis) -> Result<(), SessionError> {
        self.change(id, now, |record| {
            refuse_finished(record)?;
            record.used = true;
            Ok(())
        })
    }

    /// One session, if it is there and not finished.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Finished`].
    pub fn get(&self, id: SessionId) -> Result<SessionRecord, SessionError> {
        let record = self.find(id)?;
        refuse_finished(&record)?;
        Ok(record)
    }

    /// One session, finished or not.
    ///
    /// # Errors
    /// [`SessionError::NotFound`].
    pub fn find(&self, id: SessionId) -> Result<SessionRecord, SessionError> {
        self.store.get(id)?.ok_or(SessionError::NotFound { id })
    }

    /// The session whose scope an inference session's `userId` means: the newest unfinished session of that user, or
    /// the guest's or user's session of that id. `None` for any other name.
    ///
    /// Whoever knows a user's id can name it, so a server that trusts nobody (`auth.mode = bearer`) asks for that
    /// session's token first.
    ///
    /// # Errors
    /// [`SessionError::Store`].
    pub fn scope_of(&self, user_id: &str) -> Result<Option<SessionId>, SessionError> {
        Ok(self.store.find_by_user(user_id)?)
    }

    /// Drops sessions that were last used before `before`; says how many.
    ///
    /// # Errors
    /// [`SessionError::Store`].
    pub fn expire(&self, before: UnixMillis) -> Result<usize, SessionError> {
        Ok(self.store.expire(before)?)
    }

    /// How many sessions there are.
    ///
    /// # Errors
    /// [`SessionError::Store`].
    pub fn count(&self) -> Result<usize, SessionError> {
        Ok(self.store.len()?)
    }

    fn start(&self, id: SessionId, owner: Owner, now: UnixMillis) -> Result<Issued, SessionError> {
        // Signed first: a session without a token would only fill the store.
        let issued = self.sign(id, &owner, now)?;
        self.store.insert(SessionRecord::new(id, owner, now))?;
        Ok(issued)
    }

    fn sign(&self, id: SessionId, owner: &Owner, now: UnixMillis) -> Result<Issued, SessionError> {
        let grant = Grant {
            subject: id.to_string(),
            audience: owner.audience(),
            role: owner.role(),
            user: owner.user(),
        };
        Ok(Issued {
            id,
            token: self.tokens.issue(&grant, now)?,
        })
    }

    /// Changes a record in one step and marks it as used; a refusal changes nothing.
    fn change<T>(
        &self,
        id: SessionId,
        now: UnixMillis,
        mut rule: impl FnMut(&mut SessionRecord) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        let mut outcome = Err(SessionError::NotFound { id });
        self.store.update(id, &mut |record| {
            outcome = rule(record);
            if outcome.is_ok() {
                // Never back in time: `now` may repeat or run backwards.
                record.last_seen = record.last_seen.max(now);
            }
        })?;
        outcome
    }
}

const fn refuse_finished(record: &SessionRecord) -> Result<(), SessionError> {
    match record.finished {
        Some(_) => Err(SessionError::Finished { id: record.id }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
