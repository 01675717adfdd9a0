//! What every [`WorkoutStore`] must pass. Hidden from the documentation, public so that stores outside of this crate
//! run it in their tests.

use uuid::Uuid;

use super::{
    ClientEvent, MAX_EVENTS, MAX_LINKS, MAX_REPS, Opens, Person, ReportLink, SessionEnd,
    WorkoutKey, WorkoutStore,
};
use crate::{
    Day, UnixMillis,
    coach::{RepRecord, StageSource, Workout, WorkoutAccumulator},
    fsr::LoadRecord,
    session::{FinishReport, SessionId, Usage},
    squat::Rep,
    verdict::{Assessment, Reason, Rule, Source, Unit, Verdict},
};

const ALICE: &str = "00000000-0000-0000-0000-0000000a11ce";
const BOB: &str = "bob ☂ ' OR 1=1 --";
const DAY: i64 = 86_400_000;
const REPORT: FinishReport = FinishReport {
    frames_in: 3,
    frames_out: 2,
    duration_seconds: u64::MAX,
};
const USAGE: Usage = Usage {
    frames_in: 5,
    frames_out: 4,
    dropped: 1,
    duration_seconds: 2.5,
    bytes_in: 1 << 40,
};

fn id(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn key(number: u128, start: i64) -> WorkoutKey {
    WorkoutKey {
        session: id(number),
        start: UnixMillis(start),
    }
}

/// A repetition with everything that one can have.
#[must_use]
pub fn rep(number: u32, start: UnixMillis) -> RepRecord {
    let bad = Verdict::new(
        Rule::KneeSeparation,
        Assessment::Bad,
        Unit::Ratio,
        Source::Camera,
    );
    let unseen = Assessment::NotAssessed(Reason::View);
    RepRecord {
        rep: Rep {
            number,
            start,
            end: start.plus(3_100),
            depth: f64::from(91 + number % 7) / 100.0,
            descent_seconds: 1.6,
            bottom_seconds: 0.2,
            ascent_seconds: 1.3,
            tempo_ratio: 1.231,
            knee_flexion: Some(104.2),
            view: None,
            score: 80.0 + f64::from(number % 20),
            verdicts: vec![
                bad.with_evidence(0.712, 0.8, 0.9),
                Verdict::new(Rule::TrunkLean, unseen, Unit::Degrees, Source::Camera),
            ],
        },
        source: StageSource::Pose,
        load: Some(LoadRecord {
            left_load: Some(51.5),
            peak_left_right: Some(12.25),
            lowest_heel: Some(30.5),
            path: vec![[40.0, 50.5], [44.5, 49.0]],
        }),
    }
}

fn summary(start: UnixMillis, reps: u32) -> Workout {
    let mut tally = WorkoutAccumulator::new(start);
    (1..=reps).for_each(|number| tally.add(&rep(number, start.plus(i64::from(number) * 4_000))));
    tally.workout(10_000)
}

/// Runs all rules, each on a fresh store that `make` gives and that holds at least 100 sessions.
///
/// # Panics
/// When the store breaks a rule.
pub fn workout_store(make: &dyn Fn() -> Box<dyn WorkoutStore>) {
    keeps_repetitions_in_their_order_and_once(&*make());
    keeps_a_thousand_repetitions_and_events(&*make());
    the_newest_summary_counts(&*make());
    a_session_ends_once(&*make());
    the_newest_workouts_can_go_on(&*make());
    a_tied_session_shares_the_scope(&*make());
    a_person_has_all_of_their_sessions(&*make());
    usage_adds_up_by_day_and_user(&*make());
    an_export_has_everything(&*make());
    an_erased_person_is_gone_and_others_stay(&*make());
    what_is_old_goes(&*make());
    links_are_bounded_and_go_with_their_session(&*make());
    of_buried_sessions_nothing_is_kept(&*make());
    survives_many_threads(&*make());
}

fn add(store: &dyn WorkoutStore, key: WorkoutKey, number: u32) {
    let start = key.start.plus(i64::from(number) * 4_000);
    store
        .add_rep(key, rep(number, start))
        .expect("writing works");
}

fn claim(store: &dyn WorkoutStore, session: u128, user: &str) {
    let person = Person::new(user, Some("a@b.c"));
    let claimed = store.claim(id(session), &person, UnixMillis(0));
    claimed.expect("writing works");
}

fn numbers(store: &dyn WorkoutStore, session: u128) -> Vec<Vec<u32>> {
    let workouts = store.workouts(id(session)).expect("reading works");
    let numbers = |reps: &[RepRecord]| reps.iter().map(|rep| rep.number).collect();
    workouts
        .iter()
        .map(|workout| numbers(&workout.reps))
        .collect()
}

fn links_are_bounded_and_go_with_their_session(store: &dyn WorkoutStore) {
    claim(store, 1, ALICE);
    let link = |number: u128, expires: i64| ReportLink {
        id: Uuid::from_u128(number),
        session: id(1),
        owner: Some(ALICE.into()),
        opens: Opens::Reports,
        expires: UnixMillis(expires),
    };
    let at = |number| store.link(Uuid::from_u128(number)).expect("reading works");
    let add = |number, expires, now| {
        let added = store.add_link(&link(number, expires), UnixMillis(now));
        added.expect("writing works");
    };
    add(1, 10, 0);
    add(2, 20, 0);
    assert_eq!((at(1), at(3)), (Some(link(1, 10)), None));
    add(3, 30, 11);
    assert_eq!((at(1), at(2)), (None, Some(link(2, 20))));
    for number in 0..MAX_LINKS as u128 {
        add(100 + number, 100, 11);
    }
    assert_eq!((at(2), at(3)), (None, None), "the newest are kept");
    assert!(at(100).is_some() && at(99 + MAX_LINKS as u128).is_some());
    store.erase(ALICE).expect("writing works");
    assert_eq!(at(100), None);
}

fn of_buried_sessions_nothing_is_kept(store: &dyn WorkoutStore) {
    assert_eq!(store.known_since(ALICE).expect("reading works"), None);
    claim(store, 1, ALICE);
    claim(store, 2, BOB);
    let since = store.known_since(ALICE).expect("reading works");
    assert_eq!(since, Some(UnixMillis(0)));
    let erased = store.erase(ALICE).expect("writing works");
    assert_eq!(store.known_since(ALICE).expect("reading works"), None);
    add(store, key(1, 10), 1);
    let buried = store.bury(&erased, UnixMillis(DAY));
    buried.expect("writing works");
    add(store, key(1, 10), 2);
    add(store, key(2, 10), 1);
    let used = store.add_usage(id(1), ALICE, USAGE, UnixMillis(0));
    used.expect("writing works");
    claim(store, 1, ALICE);
    store.flush().expect("writing works");
    assert_eq!(numbers(store, 1), Vec::<Vec<u32>>::new());
    assert_eq!(numbers(store, 2), [vec![1]]);
    let rows = store.usage(Day(0), Day(1)).expect("reading works");
    assert_eq!(rows.len(), 0);
    assert_eq!(store.known_since(ALICE).expect("reading works"), None);
}

fn keeps_repetitions_in_their_order_and_once(store: &dyn WorkoutStore) {
    assert_eq!(numbers(store, 1), Vec::<Vec<u32>>::new());
    for (start, number) in [(500, 1), (10, 2), (10, 1), (10, 1), (500, 2), (10, 3)] {
        add(store, key(1, start), number);
    }
    let changed = RepRecord {
        source: StageSource::Load,
        ..rep(2, UnixMillis(0))
    };
    store.add_rep(key(1, 10), changed).expect("writing works");
    assert_eq!(numbers(store, 1), [vec![1, 2, 3], vec![1, 2]]);
    let workouts = store.workouts(id(1)).expect("reading works");
    assert_eq!(workouts[0].key, key(1, 10));
    assert_eq!(
        workouts[0].reps[1],
        rep(2, UnixMillis(8_010)),
        "the first stays"
    );
    assert_eq!(workouts[0].summary, None);
    assert_eq!(workouts[0].workout(10_000).reps, 3);
    assert_eq!(numbers(store, 2), Vec::<Vec<u32>>::new());
}

fn keeps_a_thousand_repetitions_and_events(store: &dyn WorkoutStore) {
    for number in [1, MAX_REPS, MAX_REPS + 1, u32::MAX] {
        add(store, key(1, 0), number);
    }
    assert_eq!(numbers(store, 1), [[1, MAX_REPS]]);
    for number in 0..=MAX_EVENTS {
        let event = ClientEvent::new(UnixMillis(number as i64), "tap");
        store.add_event(id(1), event).expect("writing works");
    }
    let kept = store.export(&id(1).to_string()).expect("reading works");
    assert_eq!(kept.sessions[0].events.len(), MAX_EVENTS);
}

fn the_newest_summary_counts(store: &dyn WorkoutStore) {
    add(store, key(1, 10), 1);
    for reps in [1, 2] {
        let summed = store.end_workout(key(1, 10), summary(UnixMillis(10), reps));
        summed.expect("writing works");
    }
    let workouts = store.workouts(id(1)).expect("reading works");
    assert_eq!(workouts[0].summary, Some(summary(UnixMillis(10), 2)));
    let empty = summary(UnixMillis(99), 0);
    store
        .end_workout(key(2, 99), empty.clone())
        .expect("writing works");
    assert_eq!(
        store.workouts(id(2)).expect("reading works")[0].summary,
        Some(empty)
    );
}

fn the_newest_workouts_can_go_on(store: &dyn WorkoutStore) {
    add(store, key(1, 0), 1);
    add(store, key(1, 60_000), 1);
    add(store, key(2, 0), 1);
    add(store, key(3, 60_000), 2);
    let since = |since| {
        let unfinished = store.unfinished(UnixMillis(since)).expect("reading works");
        let mut keys: Vec<_> = unfinished.iter().map(|workout| workout.key).collect();
        assert!(unfinished.iter().all(|workout| !workout.reps.is_empty()));
        keys.sort();
        keys
    };
    assert_eq!(since(0), [key(1, 60_000), key(2, 0), key(3, 60_000)]);
    assert_eq!(since(60_000), [key(1, 60_000), key(3, 60_000)]);
    assert_eq!(since(1_000_000), []);
}

fn a_session_ends_once(store: &dyn WorkoutStore) {
    let end = SessionEnd::new(UnixMillis(7), REPORT, USAGE);
    assert_eq!(store.session_end(id(1)).expect("reading works"), None);
    for at in [7, 8] {
        let end = SessionEnd::new(UnixMillis(at), REPORT, USAGE);
        store.end_session(id(1), end).expect("writing works");
    }
    store.flush().expect("it lasts");
    assert_eq!(store.session_end(id(1)).expect("reading works"), Some(end));
    assert_eq!(store.session_end(id(2)).expect("reading works"), None);
}

fn a_tied_session_shares_the_scope(store: &dyn WorkoutStore) {
    let scope = |number| store.scope_of(id(number)).expect("reading works");
    assert_eq!(scope(2), id(2));
    store.tie(id(2), id(1)).expect("writing works");
    assert_eq!((scope(2), scope(1)), (id(1), id(1)));
    store.tie(id(2), id(3)).expect("writing works");
    assert_eq!(scope(2), id(3));
}

fn a_person_has_all_of_their_sessions(store: &dyn WorkoutStore) {
    for (session, start) in [(1, 100), (2, 200), (3, 300), (4, 400), (1, 500)] {
        add(store, key(session, start), 1);
    }
    let starts = |session, before, max| -> Vec<i64> {
        let history = store.history(id(session), UnixMillis(before), max);
        let history = history.expect("reading works");
        history.iter().map(|workout| workout.key.start.0).collect()
    };
    assert_eq!(starts(1, 501, 9), [500, 100], "a guest is one session");
    claim(store, 1, ALICE);
    claim(store, 3, ALICE);
    claim(store, 4, BOB);
    assert_eq!(starts(3, 500, 9), [300, 100]);
    assert_eq!(starts(3, 501, 2), [500, 300]);
    assert_eq!(starts(2, 501, 9), [200]);
    assert_eq!(starts(4, 501, 9), [400]);
    assert_eq!(
        store.owner_of(id(1)).expect("reading works").as_deref(),
        Some(ALICE)
    );
    assert_eq!(store.owner_of(id(2)).expect("reading works"), None);
    claim(store, 1, BOB);
    assert_eq!(starts(1, 501, 9), [500, 400, 100]);
    let nobody_squatted = WorkoutAccumulator::new(UnixMillis(450)).workout(0);
    let ended = store.end_workout(key(1, 450), nobody_squatted);
    ended.expect("writing works");
    assert_eq!(starts(1, 501, 9), [500, 400, 100]);
}

fn usage_adds_up_by_day_and_user(store: &dyn WorkoutStore) {
    let add = |session, user, at| {
        let added = store.add_usage(id(session), user, USAGE, UnixMillis(at));
        added.expect("writing works");
    };
    add(1, BOB, DAY);
    add(1, BOB, 2 * DAY - 1);
    add(2, BOB, DAY + 5);
    add(2, ALICE, DAY);
    add(1, BOB, 2 * DAY);
    add(1, BOB, 3 * DAY);
    let rows = store.usage(Day(1), Day(2)).expect("reading works");
    let twice = USAGE.plus(USAGE);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.day.0, row.user.as_str(), row.sessions, row.usage))
        .collect();
    let expected = [
        (1, ALICE, 1, USAGE),
        (1, BOB, 2, twice.plus(USAGE)),
        (2, BOB, 1, USAGE),
    ];
    assert_eq!(seen, expected);
    assert_eq!(store.usage(Day(4), Day(9)).expect("reading works"), []);
}

/// Two sessions of Alice, one of nobody that is tied to her, one of Bob, one of nobody.
fn fill(store: &dyn WorkoutStore) {
    for session in [1, 2, 4, 5] {
        add(store, key(session, 10), 1);
        let event = ClientEvent::new(UnixMillis(11), "start ☂");
        store.add_event(id(session), event).expect("writing works");
        let end = SessionEnd::new(UnixMillis(12), REPORT, USAGE);
        store.end_session(id(session), end).expect("writing works");
    }
    claim(store, 1, ALICE);
    claim(store, 2, ALICE);
    claim(store, 4, BOB);
    store.tie(id(3), id(1)).expect("writing works");
    for (session, user) in [(3, ALICE), (4, BOB), (5, "five")] {
        let added = store.add_usage(id(session), user, USAGE, UnixMillis(DAY));
        added.expect("writing works");
    }
}

fn an_export_has_everything(store: &dyn WorkoutStore) {
    fill(store);
    let data = store.export(ALICE).expect("reading works");
    assert_eq!(data.person, Person::new(ALICE, Some("a@b.c")));
    let sessions: Vec<_> = data
        .sessions
        .iter()
        .map(|session| session.session)
        .collect();
    assert_eq!(sessions, [id(1), id(2), id(3)]);
    assert_eq!(
        data.sessions[0].events,
        [ClientEvent::new(UnixMillis(11), "start ☂")]
    );
    assert_eq!(
        data.sessions[1].end,
        Some(SessionEnd::new(UnixMillis(12), REPORT, USAGE))
    );
    assert_eq!(
        data.sessions[1].workouts[0].reps,
        [rep(1, UnixMillis(4_010))]
    );
    assert_eq!((data.sessions[2].end, data.usage.len()), (None, 1));
    assert_eq!(data.usage[0].usage, USAGE);
    let guest = store.export(&id(5).to_string()).expect("reading works");
    assert_eq!((guest.sessions.len(), guest.person.email), (1, None));
    for nobody in ["", "nobody", &id(1).to_string(), &id(9).to_string()] {
        let data = store.export(nobody).expect("reading works");
        assert!(data.is_empty(), "{nobody}: {data:?}");
    }
}

fn an_erased_person_is_gone_and_others_stay(store: &dyn WorkoutStore) {
    fill(store);
    let erased = store.erase(ALICE).expect("writing works");
    assert_eq!(erased, [id(1), id(2), id(3)]);
    let data = store.export(ALICE).expect("reading works");
    assert!(data.is_empty() && data.person.email.is_none(), "{data:?}");
    for session in [1, 2] {
        assert_eq!(numbers(store, session), Vec::<Vec<u32>>::new());
        assert_eq!(store.session_end(id(session)).expect("reading works"), None);
    }
    let users = store.usage(Day(0), Day(9)).expect("reading works");
    assert_eq!(
        users.iter().map(|row| &*row.user).collect::<Vec<_>>(),
        [BOB, "five"]
    );
    assert_eq!(store.export(BOB).expect("reading works").sessions.len(), 1);
    let guest = id(5).to_string();
    assert_eq!(store.erase(&guest).expect("writing works"), [id(5)]);
    assert_eq!(store.erase(&guest).expect("writing works"), []);
}

fn what_is_old_goes(store: &dyn WorkoutStore) {
    for (session, start) in [(1, 0), (1, DAY), (2, 5 * DAY)] {
        add(store, key(session, start), 1);
        let added = store.add_usage(id(session), BOB, USAGE, UnixMillis(start));
        added.expect("writing works");
    }
    let end = SessionEnd::new(UnixMillis(DAY), REPORT, USAGE);
    store.end_session(id(1), end).expect("writing works");
    assert_eq!(store.retain(UnixMillis(0)).expect("writing works"), 0);
    assert_eq!(store.retain(UnixMillis(DAY)).expect("writing works"), 1);
    assert!(store.session_end(id(1)).expect("reading works").is_some());
    assert_eq!(numbers(store, 1).len(), 1);
    assert_eq!(store.retain(UnixMillis(2 * DAY)).expect("writing works"), 1);
    assert_eq!(store.session_end(id(1)).expect("reading works"), None);
    assert_eq!((numbers(store, 1).len(), numbers(store, 2).len()), (0, 1));
    assert_eq!(store.usage(Day(0), Day(9)).expect("reading works").len(), 1);
}

fn survives_many_threads(store: &dyn WorkoutStore) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 1..=20 {
                    add(store, key(thread, 10), number);
                    store.flush().expect("it lasts");
                    let added = store.add_usage(id(9), BOB, USAGE, UnixMillis(0));
                    added.expect("writing works");
                }
            });
        }
    });
    for thread in 0..4 {
        assert_eq!(numbers(store, thread), [(1..=20).collect::<Vec<_>>()]);
    }
    let rows = store.usage(Day(0), Day(0)).expect("reading works");
    assert_eq!(
        (rows[0].sessions, rows[0].usage.frames_in),
        (1, 80 * USAGE.frames_in)
    );
}
