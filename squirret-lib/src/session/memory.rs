//! The store that forgets when the process ends.

use super::{Owner, SessionId, SessionRecord, SessionStore, StoreError};
use crate::UnixMillis;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// A session that was used this recently is never dropped to make room, milliseconds. Connected sessions are touched
/// at least each minute.
const IDLE_AFTER: i64 = 120_000;

/// A session that was issued this recently may still be used for the first time, milliseconds.
const UNUSED_AFTER: i64 = 30_000;

/// In memory, bounded in number by itself and in age by whoever calls [`SessionStore::expire`].
///
/// Anyone may start sessions, so a full store must neither turn away everybody until old ones expire nor drop people
/// who are squatting right now. It drops the oldest session that nobody has used within half a minute of its issue,
/// whoever signed in there; else the one that has been idle longest among the finished, guest and inference sessions,
/// if it was idle for 2 minutes; sessions that signed-in users use stay. When nothing may go, the new session is refused
/// with [`StoreError::Full`].
///
/// One lock for all: it is held for less than a microsecond and never while anything waits.
#[derive(Debug)]
pub struct MemoryStore {
    max_sessions: usize,
    state: Mutex<SessionTable>,
}

impl MemoryStore {
    /// Holds at most `max_sessions`.
    #[must_use]
    pub fn new(max_sessions: usize) -> Self {
        Self {
            max_sessions,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, SessionTable> {
        // A closure of `update` that panicked has changed its copy only: the state is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records and two orders over them.
///
/// The orders by age are lazy: a use of a session does not move it. Its place is at or before its true age, and
/// whoever looks at the front puts those back that have been used since. That costs each session at most one move per
/// look of the sweeper, however often it is used.
#[derive(Debug, Default)]
struct SessionTable {
    sessions: HashMap<SessionId, SessionEntry>,
    /// By tier: which may be dropped to make room.
    orders: [BTreeSet<(UnixMillis, SessionId)>; 3],
    /// Unfinished sessions of users, oldest first.
    by_user: BTreeMap<Uuid, BTreeSet<(UnixMillis, SessionId)>>,
}

/// Which sessions go first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tier {
    /// Nobody has used it: it goes first.
    Unused,
    /// It goes to make room.
    Yielding,
    /// It goes by age only.
    Staying,
}

impl Tier {
    const ALL: [Self; 3] = [Self::Unused, Self::Yielding, Self::Staying];

    const fn of(record: &SessionRecord) -> Self {
        match record.owner {
            _ if record.finished.is_some() => Self::Yielding,
            _ if !record.used => Self::Unused,
            Owner::Guest | Owner::Inference { .. } => Self::Yielding,
            Owner::User { .. } => Self::Staying,
        }
    }
}

#[derive(Debug)]
struct SessionEntry {
    record: SessionRecord,
    /// Its place in the order of ages.
    place: UnixMillis,
}

impl SessionTable {
    const fn order(&mut self, tier: Tier) -> &mut BTreeSet<(UnixMillis, SessionId)> {
        let [unused, yielding, staying] = &mut self.orders;
        match tier {
            Tier::Unused => unused,
            Tier::Yielding => yielding,
            Tier::Staying => staying,
        }
    }

    fn add(&mut self, record: SessionRecord) {
        let (id, place) = (record.id, record.last_seen);
        self.order(Tier::of(&record)).insert((place, id));
        self.index_user(&record);
        self.sessions.insert(id, SessionEntry { record, place });
    }

    fn remove(&mut self, id: SessionId) {
        let Some(SessionEntry { record, place }) = self.sessions.remove(&id) else {
            return;
        };
        self.order(Tier::of(&record)).remove(&(place, id));
        self.forget_user(&record);
    }

    fn index_user(&mut self, record: &SessionRecord) {
        if let Some(user) = active_user(record) {
            self.by_user
                .entry(user)
                .or_default()
                .insert((record.created, record.id));
        }
    }

    fn forget_user(&mut self, record: &SessionRecord) {
        let Some(user) = active_user(record) else {
            return;
        };
        let Some(sessions) = self.by_user.get_mut(&user) else {
            return;
        };
        sessions.remove(&(record.created, record.id));
        if sessions.is_empty() {
            self.by_user.remove(&user);
        }
    }

    /// The session at the front of an order that was last used before `before`.
    fn oldest(&mut self, tier: Tier, before: UnixMillis) -> Option<SessionId> {
        loop {
            let &(place, id) = self
                .order(tier)
                .first()
                .filter(|(place, _)| *place < before)?;
            let used = self
                .sessions
                .get(&id)
                .map_or(place, |entry| entry.record.last_seen);
            if used <= place {
                return Some(id);
            }
            self.order(tier).remove(&(place, id));
            self.order(tier).insert((used, id));
            if let Some(entry) = self.sessions.get_mut(&id) {
                entry.place = used;
            }
        }
    }

    /// Puts a changed record in the place of `id`'s old one.
    fn replace(&mut self, id: SessionId, mut changed: SessionRecord) {
        changed.id = id;
        let Some(entry) = self.sessions.get_mut(&id) else {
            return;
        };
        let place = entry.place;
        let old = std::mem::replace(&mut entry.record, changed.clone());
        // Only forwards may the place lag behind: a clock that was set back, or another order, moves it now.
        if Tier::of(&old) != Tier::of(&changed) || changed.last_seen < place {
            entry.place = changed.last_seen;
            self.order(Tier::of(&old)).remove(&(place, id));
            self.order(Tier::of(&changed))
                .insert((changed.last_seen, id));
        }
        if active_user(&old) != active_user(&changed) || old.created != changed.created {
            self.forget_user(&old);
            self.index_user(&changed);
        }
    }
}

/// The user under whose id a session is found.
const fn active_user(record: &SessionRecord) -> Option<Uuid> {
    match (&record.owner, record.finished) {
        (Owner::User { user_id, .. }, None) => Some(*user_id),
        _ => None,
    }
}

impl SessionStore for MemoryStore {
    fn insert(&self, session: SessionRecord) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.sessions.contains_key(&session.id) {
            return Err(StoreError::Exists { id: session.id });
        }
        if state.sessions.len() >= self.max_sessions {
            let unused = session.last_seen.plus(-UNUSED_AFTER);
            let idle = session.last_seen.plus(-IDLE_AFTER);
            let first = state.oldest(Tier::Unused, unused);
            let first = first.or_else(|| state.oldest(Tier::Yielding, idle));
            state.remove(first.ok_or(StoreError::Full {
                max: self.max_sessions,
            })?);
        }
        state.add(session);
        Ok(())
    }

    fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self
            .state()
            .sessions
            .get(&id)
            .map(|entry| entry.record.clone()))
    }

    fn update(
        &self,
        id: SessionId,
        change: &mut dyn FnMut(&mut SessionRecord),
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(mut record) = state.sessions.get(&id).map(|entry| entry.record.clone()) else {
            return Ok(false);
        };
        change(&mut record);
        state.replace(id, record);
        Ok(true)
    }

    fn remove(&self, id: SessionId) -> Result<bool, StoreError> {
        let mut state = self.state();
        let found = state.sessions.contains_key(&id);
        state.remove(id);
        Ok(found)
    }

    fn find_by_user(&self, user_id: &str) -> Result<Option<SessionId>, StoreError> {
        let Ok(SessionId(uuid)) = user_id.parse() else {
            return Ok(None);
        };
        let state = self.state();
        if let Some((_, newest)) = state.by_user.get(&uuid).and_then(BTreeSet::last) {
            return Ok(Some(*newest));
        }
        let itself = state
            .sessions
            .get(&SessionId(uuid))
            .map(|entry| &entry.record);
        Ok(itself
            .filter(|record| {
                record.finished.is_none() && !matches!(record.owner, Owner::Inference { .. })
            })
            .map(|record| record.id))
    }

    fn expire(&self, before: UnixMillis) -> Result<usize, StoreError> {
        let mut dropped = 0;
        for tier in Tier::ALL {
            // Released in between, so that a long sweep delays nobody.
            loop {
                let mut state = self.state();
                let Some(id) = state.oldest(tier, before) else {
                    break;
                };
                state.remove(id);
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    fn len(&self) -> Result<usize, StoreError> {
        Ok(self.state().sessions.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{FinishReport, conformance};
    use proptest::prelude::*;

    fn id(number: u128) -> SessionId {
        SessionId(Uuid::from_u128(number))
    }

    fn guest(number: u128, now: i64) -> SessionRecord {
        used(SessionRecord::new(
            id(number),
            Owner::Guest,
            UnixMillis(now),
        ))
    }

    fn used(mut record: SessionRecord) -> SessionRecord {
        record.used = true;
        record
    }

    fn user(number: u128, now: i64) -> SessionRecord {
        let owner = Owner::User {
            user_id: Uuid::from_u128(900),
            email: "a@b.c".into(),
        };
        used(SessionRecord::new(id(number), owner, UnixMillis(now)))
    }

    #[test]
    fn keeps_the_rules_of_every_store() {
        conformance::session_store(&|| Box::new(MemoryStore::new(100)));
    }

    #[test]
    fn a_full_store_drops_the_longest_idle_guest() {
        let store = MemoryStore::new(2);
        store.insert(guest(1, 0)).unwrap();
        store.insert(guest(2, 10)).unwrap();
        store
            .update(id(1), &mut |record| record.last_seen = UnixMillis(20))
            .unwrap();
        store.insert(guest(3, 20 + IDLE_AFTER)).unwrap();
        assert!(store.get(id(2)).unwrap().is_none());
        assert!(store.get(id(1)).unwrap().is_some());
        assert_eq!(store.len().unwrap(), 2);
    }

    #[test]
    fn a_full_store_never_drops_who_is_there_or_signed_in() {
        let store = MemoryStore::new(2);
        store.insert(user(1, 0)).unwrap();
        store.insert(guest(2, 10)).unwrap();
        let refused = store.insert(guest(3, 10 + IDLE_AFTER));
        assert!(matches!(refused, Err(StoreError::Full { max: 2 })));
        store.insert(guest(3, 11 + IDLE_AFTER)).unwrap();
        assert!(store.get(id(1)).unwrap().is_some());
    }

    #[test]
    fn strangers_sessions_make_room_for_those_that_are_used() {
        let store = MemoryStore::new(3);
        store.insert(guest(1, 0)).unwrap();
        for mut stranger in [guest(2, 10), user(3, 20)] {
            stranger.used = false;
            store.insert(stranger).unwrap();
        }
        // Both go before a guest who has been away for long, whoever signed in there; not while they are new.
        assert!(store.insert(guest(4, 10 + UNUSED_AFTER)).is_err());
        store.insert(guest(4, 11 + UNUSED_AFTER)).unwrap();
        assert!(store.get(id(2)).unwrap().is_none());
        store.insert(guest(5, 30 + UNUSED_AFTER)).unwrap();
        assert!(store.get(id(3)).unwrap().is_none());
        assert!(store.get(id(1)).unwrap().is_some());
        assert!(store.insert(guest(6, 30 + UNUSED_AFTER)).is_err());
    }

    #[test]
    fn a_finished_session_of_a_user_yields() {
        let store = MemoryStore::new(1);
        store.insert(user(1, 0)).unwrap();
        assert!(store.insert(guest(2, IDLE_AFTER * 10)).is_err());
        let report = FinishReport {
            frames_in: 0,
            frames_out: 0,
            duration_seconds: 0,
        };
        store
            .update(id(1), &mut |record| record.finished = Some(report))
            .unwrap();
        store.insert(guest(2, IDLE_AFTER * 10)).unwrap();
        assert!(store.state().by_user.is_empty());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Insert(SessionRecord),
        Use(SessionId, i64),
        Finish(SessionId),
        Expire(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let ids = 0..12_u128;
        prop_oneof![
            (ids.clone(), 0..500_000_i64, any::<bool>()).prop_map(|(n, now, known)| Step::Insert(
                if known { user(n, now) } else { guest(n, now) }
            )),
            (ids.clone(), 0..500_000_i64).prop_map(|(n, now)| Step::Use(id(n), now)),
            ids.prop_map(|n| Step::Finish(id(n))),
            (0..500_000_i64).prop_map(Step::Expire),
        ]
    }

    fn apply(store: &MemoryStore, step: Step) {
        let report = FinishReport {
            frames_in: 0,
            frames_out: 0,
            duration_seconds: 0,
        };
        match step {
            Step::Insert(record) => drop(store.insert(record)),
            Step::Use(id, now) => {
                store
                    .update(id, &mut |record| record.last_seen = UnixMillis(now))
                    .unwrap();
            }
            Step::Finish(id) => {
                store
                    .update(id, &mut |record| record.finished = Some(report))
                    .unwrap();
            }
            Step::Expire(before) => {
                store.expire(UnixMillis(before)).unwrap();
                let state = store.state();
                assert!(
                    state
                        .sessions
                        .values()
                        .all(|entry| entry.record.last_seen.0 >= before)
                );
            }
        }
    }

    proptest! {
        #[test]
        fn the_orders_name_each_session_once_and_stay_bounded(steps in prop::collection::vec(step(), 0..200)) {
            let store = MemoryStore::new(8);
            for step in steps {
                apply(&store, step);
                let state = store.state();
                prop_assert!(state.sessions.len() <= 8);
                let ordered: usize = state.orders.iter().map(BTreeSet::len).sum();
                prop_assert_eq!(ordered, state.sessions.len());
                for entry in state.sessions.values() {
                    let tier = Tier::ALL.iter().position(|tier| *tier == Tier::of(&entry.record)).unwrap();
                    prop_assert!(state.orders[tier].contains(&(entry.place, entry.record.id)));
                    prop_assert!(entry.place <= entry.record.last_seen);
                }
                let indexed: usize = state.by_user.values().map(BTreeSet::len).sum();
                let active = state.sessions.values().filter(|entry| active_user(&entry.record).is_some()).count();
                prop_assert_eq!(indexed, active);
            }
        }
    }
}
