//! What every [`SessionStore`] must pass. Hidden from the documentation, public so that stores outside of this crate
//! run it in their tests.

use super::{FinishReport, Owner, SessionId, SessionRecord, SessionStore, StoreError};
use crate::UnixMillis;
use uuid::Uuid;

const ALICE: Uuid = Uuid::from_u128(0xa11ce);
const REPORT: FinishReport = FinishReport {
    frames_in: 3,
    frames_out: 2,
    duration_seconds: 1,
};

fn id(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn guest(number: u128, now: i64) -> SessionRecord {
    SessionRecord::new(id(number), Owner::Guest, UnixMillis(now))
}

fn user(number: u128, now: i64) -> SessionRecord {
    let owner = Owner::User {
        user_id: ALICE,
        email: "alice@example.com".into(),
    };
    SessionRecord::new(id(number), owner, UnixMillis(now))
}

/// Runs all rules, each on a fresh store that `make` gives and that holds at least 100 sessions.
///
/// # Panics
/// When the store breaks a rule.
pub fn session_store(make: &dyn Fn() -> Box<dyn SessionStore>) {
    keeps_what_was_inserted(&*make());
    refuses_an_id_twice(&*make());
    updates_in_place(&*make());
    keeps_the_id_whatever_a_change_does(&*make());
    forgets_what_is_removed(&*make());
    expires_by_last_use(&*make());
    expires_by_last_use_when_the_clock_was_set_back(&*make());
    finds_the_newest_session_of_a_user(&*make());
    finds_a_session_by_its_own_id(&*make());
    updates_are_atomic(&*make());
}

fn insert(store: &dyn SessionStore, record: SessionRecord) {
    store.insert(record).expect("there is room");
}

fn get(store: &dyn SessionStore, number: u128) -> Option<SessionRecord> {
    store.get(id(number)).expect("reading works")
}

fn update(store: &dyn SessionStore, number: u128, mut change: impl FnMut(&mut SessionRecord)) {
    let found = store
        .update(id(number), &mut change)
        .expect("writing works");
    assert!(found, "session {number} must be there");
}

fn find(store: &dyn SessionStore, user: &str) -> Option<SessionId> {
    store.find_by_user(user).expect("searching works")
}

fn keeps_what_was_inserted(store: &dyn SessionStore) {
    assert!(store.is_empty().expect("counting works"));
    let records = [
        guest(1, 10),
        user(2, 20),
        SessionRecord::new(
            id(3),
            Owner::Inference {
                user_id: "user 123 ☂".into(),
            },
            UnixMillis(30),
        ),
    ];
    for record in &records {
        insert(store, record.clone());
    }
    for (number, record) in (1..).zip(records) {
        assert_eq!(get(store, number), Some(record));
    }
    assert_eq!(get(store, 4), None);
    assert_eq!(store.len().expect("counting works"), 3);
}

fn refuses_an_id_twice(store: &dyn SessionStore) {
    insert(store, user(1, 10));
    let again = store.insert(guest(1, 20));
    assert!(matches!(again, Err(StoreError::Exists { id: taken }) if taken == id(1)));
    assert_eq!(get(store, 1), Some(user(1, 10)));
}

fn updates_in_place(store: &dyn SessionStore) {
    insert(store, guest(1, 10));
    update(store, 1, |record| {
        record.owner = user(1, 10).owner;
        record.last_seen = UnixMillis(99);
        record.finished = Some(REPORT);
        record.usage.frames_in = u64::from(u32::MAX);
        record.usage.duration_seconds = 0.25;
        record.scope = Some(id(7));
    });
    let changed = get(store, 1).expect("still there");
    assert_eq!(changed.owner, user(1, 10).owner);
    assert_eq!(changed.last_seen, UnixMillis(99));
    assert_eq!(changed.finished, Some(REPORT));
    assert_eq!(changed.scope, Some(id(7)));
    assert_eq!(changed.usage.frames_in, u64::from(u32::MAX));
    assert!((changed.usage.duration_seconds - 0.25).abs() < f64::EPSILON);
    let mut called = false;
    let found = store
        .update(id(2), &mut |_| called = true)
        .expect("writing works");
    assert!(
        !found && !called,
        "a session that is not there is not changed"
    );
}

fn keeps_the_id_whatever_a_change_does(store: &dyn SessionStore) {
    insert(store, guest(1, 10));
    update(store, 1, |record| record.id = id(2));
    assert_eq!(get(store, 1), Some(guest(1, 10)));
    assert_eq!(get(store, 2), None);
}

fn forgets_what_is_removed(store: &dyn SessionStore) {
    insert(store, user(1, 10));
    assert!(store.remove(id(1)).expect("writing works"));
    assert!(!store.remove(id(1)).expect("writing works"));
    assert_eq!(
        (get(store, 1), find(store, &ALICE.to_string())),
        (None, None)
    );
    insert(store, guest(1, 20));
    assert_eq!(get(store, 1), Some(guest(1, 20)));
}

fn expires_by_last_use(store: &dyn SessionStore) {
    for number in 1..=4 {
        insert(store, guest(number, 0));
    }
    insert(store, user(5, 0));
    update(store, 2, |record| record.last_seen = UnixMillis(50));
    update(store, 3, |record| record.last_seen = UnixMillis(100));
    assert_eq!(store.expire(UnixMillis(0)).expect("sweeping works"), 0);
    assert_eq!(store.expire(UnixMillis(50)).expect("sweeping works"), 3);
    assert!(get(store, 2).is_some(), "used at the limit stays");
    assert_eq!(store.expire(UnixMillis(51)).expect("sweeping works"), 1);
    assert_eq!(store.len().expect("counting works"), 1);
    assert!(get(store, 3).is_some());
}

fn expires_by_last_use_when_the_clock_was_set_back(store: &dyn SessionStore) {
    insert(store, guest(1, 100));
    insert(store, guest(2, 50));
    update(store, 1, |record| record.last_seen = UnixMillis(10));
    assert_eq!(store.expire(UnixMillis(11)).expect("sweeping works"), 1);
    assert!(get(store, 1).is_none());
    assert!(get(store, 2).is_some());
}

fn finds_the_newest_session_of_a_user(store: &dyn SessionStore) {
    insert(store, user(1, 30));
    insert(store, guest(2, 20));
    insert(store, user(3, 10));
    assert_eq!(find(store, &ALICE.to_string()), Some(id(1)));
    update(store, 2, |record| {
        record.owner = user(2, 20).owner;
        record.created = UnixMillis(40);
    });
    assert_eq!(find(store, &ALICE.to_string().to_uppercase()), Some(id(2)));
    update(store, 2, |record| record.finished = Some(REPORT));
    assert_eq!(find(store, &ALICE.to_string()), Some(id(1)));
    store.expire(UnixMillis(31)).expect("sweeping works");
    assert_eq!(find(store, &ALICE.to_string()), None);
}

fn finds_a_session_by_its_own_id(store: &dyn SessionStore) {
    insert(store, guest(1, 0));
    let inference = Owner::Inference {
        user_id: id(1).to_string(),
    };
    insert(store, SessionRecord::new(id(2), inference, UnixMillis(5)));
    assert_eq!(find(store, &id(1).to_string()), Some(id(1)));
    assert_eq!(find(store, &id(2).to_string()), None);
    for stranger in ["", "user123", "e0e1c6af", "☂", "' OR 1=1 --"] {
        assert_eq!(find(store, stranger), None);
    }
    update(store, 1, |record| record.finished = Some(REPORT));
    assert_eq!(find(store, &id(1).to_string()), None);
}

fn updates_are_atomic(store: &dyn SessionStore) {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 100;
    insert(store, guest(1, 0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    update(store, 1, |record| record.usage.frames_in += 1);
                }
            });
        }
    });
    let counted = get(store, 1).expect("still there").usage.frames_in;
    assert_eq!(counted, THREADS * ROUNDS);
}
