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
        self.start(
            id,
            Owner::Inference {
                user_id: user_id.into(),
            },
            now,
        )
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

    /// Says that a session is in use: connected ones at least each minute, so that they are neither expired nor
    /// dropped to make room.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Finished`].
    pub fn touch(&self, id: SessionId, now: UnixMillis) -> Result<(), SessionError> {
        self.change(id, now, |record| refuse_finished(record))
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
mod tests {
    use super::*;
    use crate::{
        auth::{Audience, Hs256, Role},
        session::MemoryStore,
    };

    const REPORT: FinishReport = FinishReport {
        frames_in: 150,
        frames_out: 149,
        duration_seconds: 30,
    };
    const NOW: UnixMillis = UnixMillis(1_730_892_345_000);

    struct Fixture {
        sessions: Sessions,
        tokens: Arc<Hs256>,
    }

    fn fixture() -> Fixture {
        let tokens = Arc::new(Hs256::new(&[("1", &[7; 32])]).unwrap());
        Fixture {
            sessions: Sessions::new(Arc::new(MemoryStore::new(10)), tokens.clone()),
            tokens,
        }
    }

    impl Fixture {
        fn role(&self, issued: &Issued, audience: Audience) -> Role {
            let claims = self
                .tokens
                .verify(issued.token.as_str(), audience, NOW)
                .unwrap();
            assert_eq!(claims.subject, issued.id.to_string());
            claims.role
        }
    }

    fn id(number: u128) -> SessionId {
        SessionId(Uuid::from_u128(number))
    }

    const ALICE: Uuid = Uuid::from_u128(0xa11ce);
    const BOB: Uuid = Uuid::from_u128(0xb0b);

    #[test]
    fn a_guest_becomes_a_user_and_stays_the_same_session() {
        let fixture = fixture();
        let guest = fixture.sessions.issue_guest(id(1), NOW).unwrap();
        assert_eq!(fixture.role(&guest, Audience::StompWs), Role::Guest);
        let user = fixture
            .sessions
            .upgrade(id(1), ALICE, "a@b.c", NOW)
            .unwrap();
        assert_eq!(fixture.role(&user, Audience::StompWs), Role::User);
        let again = fixture
            .sessions
            .upgrade(id(1), ALICE, "new@b.c", NOW)
            .unwrap();
        assert_ne!(again.token, user.token);
        let refreshed = fixture.sessions.refresh(id(1), NOW).unwrap();
        assert_eq!(fixture.role(&refreshed, Audience::StompWs), Role::User);
    }

    #[test]
    fn an_upgrade_is_refused_for_unknown_foreign_inference_and_finished_sessions() {
        let Fixture { sessions, .. } = fixture();
        let upgrade = |number, user| sessions.upgrade(id(number), user, "a@b.c", NOW).map(|_| ());
        assert!(matches!(
            upgrade(1, ALICE),
            Err(SessionError::NotFound { .. })
        ));
        sessions.issue_guest(id(1), NOW).unwrap();
        upgrade(1, ALICE).unwrap();
        assert!(matches!(
            upgrade(1, BOB),
            Err(SessionError::Conflict { .. })
        ));
        sessions.create_inference(id(2), "user123", NOW).unwrap();
        assert!(matches!(
            upgrade(2, ALICE),
            Err(SessionError::Conflict { .. })
        ));
        sessions.finish(id(1), REPORT, NOW).unwrap();
        assert!(matches!(
            upgrade(1, ALICE),
            Err(SessionError::Finished { .. })
        ));
        let owner = sessions.find(id(1)).unwrap().owner;
        assert_eq!(
            owner,
            Owner::User {
                user_id: ALICE,
                email: "a@b.c".into()
            }
        );
    }

    #[test]
    fn an_inference_token_stays_an_inference_token() {
        let fixture = fixture();
        let created = fixture
            .sessions
            .create_inference(id(1), "user123", NOW)
            .unwrap();
        assert_eq!(
            fixture.role(&created, Audience::InferenceWs),
            Role::Inference
        );
        let refreshed = fixture.sessions.refresh(id(1), NOW).unwrap();
        assert_eq!(
            fixture.role(&refreshed, Audience::InferenceWs),
            Role::Inference
        );
    }

    #[test]
    fn refresh_knows_unknown_from_finished() {
        let Fixture { sessions, .. } = fixture();
        assert!(matches!(
            sessions.refresh(id(1), NOW),
            Err(SessionError::NotFound { .. })
        ));
        sessions.issue_guest(id(1), NOW).unwrap();
        sessions.finish(id(1), REPORT, NOW).unwrap();
        assert!(matches!(
            sessions.refresh(id(1), NOW),
            Err(SessionError::Finished { .. })
        ));
        assert!(matches!(
            sessions.get(id(1)),
            Err(SessionError::Finished { .. })
        ));
    }

    #[test]
    fn finish_may_repeat_but_not_change() {
        let Fixture { sessions, .. } = fixture();
        assert!(matches!(
            sessions.finish(id(1), REPORT, NOW),
            Err(SessionError::NotFound { .. })
        ));
        sessions.create_inference(id(1), "user123", NOW).unwrap();
        sessions.finish(id(1), REPORT, NOW).unwrap();
        sessions.finish(id(1), REPORT, NOW).unwrap();
        let other = FinishReport {
            frames_in: 1,
            ..REPORT
        };
        assert!(matches!(
            sessions.finish(id(1), other, NOW),
            Err(SessionError::Conflict { .. })
        ));
        assert_eq!(sessions.find(id(1)).unwrap().finished, Some(REPORT));
    }

    #[test]
    fn usage_adds_up_even_after_the_end() {
        let Fixture { sessions, .. } = fixture();
        sessions.create_inference(id(1), "user123", NOW).unwrap();
        let usage = Usage {
            frames_in: 2,
            frames_out: 1,
            dropped: 1,
            duration_seconds: 0.5,
            bytes_in: 100,
        };
        sessions.record_usage(id(1), usage, NOW).unwrap();
        sessions.finish(id(1), REPORT, NOW).unwrap();
        sessions.record_usage(id(1), usage, NOW).unwrap();
        assert_eq!(sessions.find(id(1)).unwrap().usage, usage.plus(usage));
    }

    #[test]
    fn use_keeps_a_session_and_a_refusal_does_not() {
        let Fixture { sessions, .. } = fixture();
        for number in 1..=2 {
            sessions.issue_guest(id(number), NOW).unwrap();
        }
        sessions.touch(id(1), NOW.plus(1000)).unwrap();
        sessions.touch(id(1), NOW.plus(-9000)).unwrap();
        sessions.finish(id(2), REPORT, NOW).unwrap();
        assert!(sessions.refresh(id(2), NOW.plus(1000)).is_err());
        assert_eq!(sessions.expire(NOW.plus(1000)).unwrap(), 1);
        assert!(sessions.get(id(1)).is_ok());
        assert_eq!(sessions.count().unwrap(), 1);
    }

    #[test]
    fn an_inference_session_finds_its_guest_or_user() {
        let Fixture { sessions, .. } = fixture();
        sessions.issue_guest(id(1), NOW).unwrap();
        assert_eq!(sessions.scope_of(&id(1).to_string()).unwrap(), Some(id(1)));
        assert_eq!(sessions.scope_of("user123").unwrap(), None);
        sessions.upgrade(id(1), ALICE, "a@b.c", NOW).unwrap();
        sessions.issue_guest(id(2), NOW.plus(1)).unwrap();
        sessions
            .upgrade(id(2), ALICE, "a@b.c", NOW.plus(1))
            .unwrap();
        assert_eq!(sessions.scope_of(&ALICE.to_string()).unwrap(), Some(id(2)));
        sessions.finish(id(2), REPORT, NOW).unwrap();
        assert_eq!(sessions.scope_of(&ALICE.to_string()).unwrap(), Some(id(1)));
    }
}
