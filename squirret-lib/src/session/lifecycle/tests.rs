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

#[test]
fn tokens_and_inference_sessions_from_before_a_sign_in_are_nobodys() {
    let (sessions, now) = (fixture().sessions, UnixMillis(0));
    let (guest, user) = (SessionId(Uuid::from_u128(1)), Uuid::from_u128(900));
    let [early, late] = [2, 3].map(|number| SessionId(Uuid::from_u128(number)));
    sessions.issue_guest(guest, now).unwrap();
    let person = guest.to_string();
    sessions.create_inference(early, &person, now).unwrap();
    let current = |id, user: Option<&str>| sessions.is_current(&sessions.find(id).unwrap(), user);
    let works = |id| sessions.works_for_user(&sessions.find(id).unwrap());
    assert!(current(guest, None) && current(early, Some(&person)) && !works(early));
    sessions.upgrade(guest, user, "a@b.c", now).unwrap();
    assert!(!current(guest, None) && !current(early, Some(&person)));
    assert!(current(guest, Some(&user.to_string())) && works(early));
    sessions.create_inference(late, &person, now).unwrap();
    assert!(current(late, Some(&person)) && works(late));
    // By the user's own name no session is meant, so none can change hands.
    let named = SessionId(Uuid::from_u128(4));
    sessions
        .create_inference(named, &user.to_string(), now)
        .unwrap();
    assert!(current(named, Some(&user.to_string())) && works(named));
}
