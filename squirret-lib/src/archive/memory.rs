//! The store that forgets when the process ends.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    ClientEvent, MAX_EVENTS, MAX_LINKS, MAX_REPS, Person, ReportLink, SessionEnd, SessionHistory,
    UsageRow, UserData, WorkoutKey, WorkoutRecord, WorkoutStore,
};
use crate::{
    Day, UnixMillis,
    coach::{RepRecord, Workout},
    session::{SessionId, StoreError, Usage},
};
use uuid::Uuid;

/// In memory, bounded: beyond a number of sessions it forgets the one that it has known longest.
#[derive(Debug)]
pub struct MemoryWorkouts {
    max_sessions: usize,
    state: Mutex<ArchiveState>,
}

#[derive(Debug, Default)]
struct ArchiveState {
    sessions: BTreeMap<SessionId, StoredSession>,
    /// Sessions in the order in which they became known.
    order: VecDeque<SessionId>,
    addresses: HashMap<String, String>,
    /// When each owner became known.
    since: HashMap<String, UnixMillis>,
    links: HashMap<Uuid, ReportLink>,
    /// Sessions of which nothing is taken any more, and until when.
    buried: HashMap<SessionId, UnixMillis>,
}

/// What is kept of a session.
#[derive(Debug, Default)]
struct StoredSession {
    owner: Option<String>,
    scope: Option<SessionId>,
    end: Option<SessionEnd>,
    events: Vec<ClientEvent>,
    workouts: BTreeMap<UnixMillis, WorkoutRecord>,
    usage: BTreeMap<(Day, String), Usage>,
}

impl MemoryWorkouts {
    /// Knows at most `max_sessions`.
    #[must_use]
    pub fn new(max_sessions: usize) -> Self {
        Self {
            max_sessions: max_sessions.max(1),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, ArchiveState> {
        // Nothing panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, session: SessionId, change: impl FnOnce(&mut StoredSession)) {
        let mut state = self.state();
        if state.buried.contains_key(&session) {
            return;
        }
        if !state.sessions.contains_key(&session) {
            state.order.push_back(session);
            while state.order.len() > self.max_sessions
                && let Some(oldest) = state.order.pop_front()
            {
                state.sessions.remove(&oldest);
                state.forget_addresses();
            }
        }
        change(state.sessions.entry(session).or_default());
    }
}

impl ArchiveState {
    fn kept(&self, session: SessionId) -> Option<&StoredSession> {
        self.sessions.get(&session)
    }

    /// Whether a session belongs to a person: to a user, or to nobody and is the person itself.
    fn is_of(&self, session: SessionId, kept: &StoredSession, person: &str) -> bool {
        match &kept.owner {
            Some(owner) => owner == person,
            None => {
                let scope = kept.scope.unwrap_or(session);
                let owner = self.kept(scope).and_then(|kept| kept.owner.as_deref());
                owner.map_or_else(|| scope.to_string() == person, |owner| owner == person)
            }
        }
    }

    fn person_of(&self, session: SessionId) -> String {
        let scope = self
            .kept(session)
            .and_then(|kept| kept.scope)
            .unwrap_or(session);
        let owner = [session, scope].map(|id| self.kept(id).and_then(|kept| kept.owner.clone()));
        owner
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_else(|| scope.to_string())
    }

    fn sessions_of(&self, person: &str) -> Vec<SessionId> {
        let of = |(id, kept): &(&SessionId, &StoredSession)| self.is_of(**id, kept, person);
        self.sessions.iter().filter(of).map(|(id, _)| *id).collect()
    }

    fn forget_addresses(&mut self) {
        let Self {
            sessions,
            addresses,
            since,
            links,
            ..
        } = self;
        let owns = |user: &str| {
            let mut kept = sessions.values();
            kept.any(|kept| kept.owner.as_deref() == Some(user))
        };
        addresses.retain(|user, _| owns(user));
        since.retain(|user, _| owns(user));
        links.retain(|_, link| sessions.contains_key(&link.session));
    }
}

impl StoredSession {
    fn is_empty(&self) -> bool {
        self.end.is_none()
            && self.events.is_empty()
            && self.workouts.is_empty()
            && self.usage.is_empty()
    }
}

impl WorkoutStore for MemoryWorkouts {
    fn claim(&self, session: SessionId, person: &Person, at: UnixMillis) -> Result<(), StoreError> {
        self.change(session, |kept| kept.owner = Some(person.id.clone()));
        if self.state().kept(session).is_some() {
            self.state().since.entry(person.id.clone()).or_insert(at);
        }
        if let Some(email) = &person.email {
            self.state()
                .addresses
                .insert(person.id.clone(), email.clone());
        }
        Ok(())
    }

    fn tie(&self, session: SessionId, scope: SessionId) -> Result<(), StoreError> {
        self.change(session, |kept| kept.scope = Some(scope));
        Ok(())
    }

    fn add_rep(&self, key: WorkoutKey, rep: RepRecord) -> Result<(), StoreError> {
        self.change(key.session, |kept| {
            let empty = || WorkoutRecord::new(key, Vec::new());
            let reps = &mut kept.workouts.entry(key.start).or_insert_with(empty).reps;
            if let Err(place) = reps.binary_search_by_key(&rep.number, |kept| kept.number)
                && rep.number <= MAX_REPS
            {
                reps.insert(place, rep);
            }
        });
        Ok(())
    }

    fn end_workout(&self, key: WorkoutKey, summary: Workout) -> Result<(), StoreError> {
        self.change(key.session, |kept| {
            let empty = || WorkoutRecord::new(key, Vec::new());
            kept.workouts.entry(key.start).or_insert_with(empty).summary = Some(summary);
        });
        Ok(())
    }

    fn end_session(&self, session: SessionId, end: SessionEnd) -> Result<(), StoreError> {
        self.change(session, |kept| {
            kept.end.get_or_insert(end);
        });
        Ok(())
    }

    fn add_event(&self, session: SessionId, event: ClientEvent) -> Result<(), StoreError> {
        self.change(session, |kept| {
            if kept.events.len() < MAX_EVENTS {
                kept.events.push(event);
            }
        });
        Ok(())
    }

    fn add_usage(
        &self,
        session: SessionId,
        user: &str,
        usage: Usage,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.change(session, |kept| {
            let sum = kept.usage.entry((at.day(), user.to_owned())).or_default();
            *sum = sum.plus(usage);
        });
        Ok(())
    }

    fn scope_of(&self, session: SessionId) -> Result<SessionId, StoreError> {
        let state = self.state();
        Ok(state
            .kept(session)
            .and_then(|kept| kept.scope)
            .unwrap_or(session))
    }

    fn owner_of(&self, session: SessionId) -> Result<Option<String>, StoreError> {
        let state = self.state();
        Ok(state.kept(session).and_then(|kept| kept.owner.clone()))
    }

    fn known_since(&self, user: &str) -> Result<Option<UnixMillis>, StoreError> {
        Ok(self.state().since.get(user).copied())
    }

    fn add_link(&self, link: &ReportLink, now: UnixMillis) -> Result<(), StoreError> {
        // So that it goes when its session does.
        self.change(link.session, |_| ());
        let mut state = self.state();
        state.links.retain(|_, kept| kept.expires >= now);
        let own = state
            .links
            .values()
            .filter(|kept| (kept.session, kept.opens) == (link.session, link.opens));
        let mut own: Vec<_> = own.map(|kept| (kept.expires, kept.id)).collect();
        own.sort_unstable();
        for (_, oldest) in own.iter().rev().skip(MAX_LINKS - 1) {
            state.links.remove(oldest);
        }
        if !state.buried.contains_key(&link.session) {
            state.links.insert(link.id, link.clone());
        }
        Ok(())
    }

    fn link(&self, id: Uuid) -> Result<Option<ReportLink>, StoreError> {
        Ok(self.state().links.get(&id).cloned())
    }

    fn bury(&self, sessions: &[SessionId], until: UnixMillis) -> Result<(), StoreError> {
        let mut state = self.state();
        state
            .buried
            .retain(|_, kept| kept.plus(24 * 3_600_000) >= until);
        for session in sessions {
            state.sessions.remove(session);
            state.order.retain(|known| known != session);
            state.buried.insert(*session, until);
        }
        state.forget_addresses();
        Ok(())
    }

    fn session_end(&self, session: SessionId) -> Result<Option<SessionEnd>, StoreError> {
        Ok(self.state().kept(session).and_then(|kept| kept.end))
    }

    fn workouts(&self, scope: SessionId) -> Result<Vec<WorkoutRecord>, StoreError> {
        let state = self.state();
        let workouts = state.kept(scope).map(|kept| kept.workouts.values());
        Ok(workouts.into_iter().flatten().cloned().collect())
    }

    fn history(
        &self,
        scope: SessionId,
        before: UnixMillis,
        max: usize,
    ) -> Result<Vec<WorkoutRecord>, StoreError> {
        let state = self.state();
        let person = state.person_of(scope);
        let earlier = state.sessions_of(&person).into_iter().flat_map(|session| {
            let kept = state.kept(session);
            kept.into_iter()
                .flat_map(|kept| kept.workouts.range(..before).map(|(_, workout)| workout))
        });
        let mut workouts: Vec<WorkoutRecord> = earlier
            .filter(|workout| !workout.reps.is_empty())
            .cloned()
            .collect();
        workouts.sort_by_key(|workout| std::cmp::Reverse((workout.key.start, workout.key.session)));
        workouts.truncate(max);
        Ok(workouts)
    }

    fn unfinished(&self, since: UnixMillis) -> Result<Vec<WorkoutRecord>, StoreError> {
        let state = self.state();
        let newest = state.sessions.values().filter_map(|kept| {
            let (_, workout) = kept.workouts.last_key_value()?;
            (workout.last() >= since).then(|| workout.clone())
        });
        Ok(newest.collect())
    }

    fn usage(&self, first: Day, last: Day) -> Result<Vec<UsageRow>, StoreError> {
        let state = self.state();
        let mut days: BTreeMap<(Day, String), UsageRow> = BTreeMap::new();
        for ((day, user), usage) in state.sessions.values().flat_map(|kept| &kept.usage) {
            if (first..=last).contains(day) {
                let row = days
                    .entry((*day, user.clone()))
                    .or_insert_with(|| UsageRow::new(*day, user, 0, Usage::default()));
                row.sessions += 1;
                row.usage = row.usage.plus(*usage);
            }
        }
        Ok(days.into_values().collect())
    }

    fn export(&self, person: &str) -> Result<UserData, StoreError> {
        let state = self.state();
        let email = state.addresses.get(person).map(String::as_str);
        let mut data = UserData::new(Person::new(person, email));
        let mut days: BTreeMap<(Day, String), UsageRow> = BTreeMap::new();
        for session in state.sessions_of(person) {
            let Some(kept) = state.kept(session) else {
                continue;
            };
            for ((day, user), usage) in &kept.usage {
                let row = days
                    .entry((*day, user.clone()))
                    .or_insert_with(|| UsageRow::new(*day, user, 0, Usage::default()));
                row.sessions += 1;
                row.usage = row.usage.plus(*usage);
            }
            let mut history = SessionHistory::new(session);
            history.end = kept.end;
            history.events.clone_from(&kept.events);
            history.workouts = kept.workouts.values().cloned().collect();
            data.sessions.push(history);
        }
        data.usage = days.into_values().collect();
        Ok(data)
    }

    fn erase(&self, person: &str) -> Result<Vec<SessionId>, StoreError> {
        let mut state = self.state();
        let sessions = state.sessions_of(person);
        for session in &sessions {
            state.sessions.remove(session);
        }
        state.order.retain(|session| !sessions.contains(session));
        state.forget_addresses();
        Ok(sessions)
    }

    fn retain(&self, before: UnixMillis) -> Result<usize, StoreError> {
        let mut state = self.state();
        let mut dropped = 0;
        for kept in state.sessions.values_mut() {
            let count = kept.workouts.len();
            kept.workouts.retain(|_, workout| workout.last() >= before);
            dropped += count - kept.workouts.len();
            kept.end = kept.end.filter(|end| end.at >= before);
            kept.events.retain(|event| event.at >= before);
            kept.usage.retain(|(day, _), _| *day >= before.day());
        }
        // A session whose owner or scope is all that is known may be alive: nothing of it is old.
        let ArchiveState {
            sessions, order, ..
        } = &mut *state;
        sessions.retain(|_, kept| !kept.is_empty() || kept.owner.is_some() || kept.scope.is_some());
        order.retain(|session| sessions.contains_key(session));
        Ok(dropped)
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::conformance;

    #[test]
    fn keeps_the_rules_of_every_store() {
        conformance::workout_store(&|| Box::new(MemoryWorkouts::new(100)));
    }

    #[test]
    fn forgets_the_session_that_it_has_known_longest() {
        let store = MemoryWorkouts::new(2);
        let id = |number| SessionId(Uuid::from_u128(number));
        for number in [3, 1, 3, 2] {
            let event = ClientEvent::new(UnixMillis(0), "start");
            store.add_event(id(number), event).unwrap();
        }
        let kept = |number| !store.export(&id(number).to_string()).unwrap().is_empty();
        assert_eq!([1, 2, 3].map(kept), [true, true, false]);
        assert_eq!(store.state().order.len(), 2);
    }
}
