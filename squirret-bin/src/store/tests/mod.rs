//! The store over a real file: what every store must do, restarts, older and foreign files, and files that fail.

mod failing;
mod forms;

use std::{cell::RefCell, path::Path, sync::Arc};

use squirret::{
    Clock, UnixMillis,
    archive::{ClientEvent, SessionEnd, WorkoutKey, WorkoutStore, conformance as workouts},
    session::{
        FinishReport, Owner, SessionId, SessionRecord, SessionStore, Usage, conformance as sessions,
    },
};
use tempfile::TempDir;
use uuid::Uuid;

use super::{Binding, Database, FileConfig, backup, backup::BackupError, schema::FILE};

const NOW: UnixMillis = UnixMillis(1_762_672_223_000);
const REPORT: FinishReport = FinishReport {
    frames_in: 150,
    frames_out: 149,
    duration_seconds: 30,
};

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> UnixMillis {
        NOW
    }
}

fn config(folder: &Path) -> FileConfig {
    FileConfig {
        path: folder.join(FILE),
        max_bytes: 0,
        idle_millis: 3_600_000,
        max_sessions: 100,
    }
}

fn open(folder: &Path) -> Database {
    Database::start(config(folder), Arc::new(Still))
}

fn id(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn guest(number: u128) -> SessionRecord {
    SessionRecord::new(id(number), Owner::Guest, NOW)
}

fn end() -> SessionEnd {
    SessionEnd::new(NOW, REPORT, Usage::default())
}

fn key(number: u128) -> WorkoutKey {
    WorkoutKey {
        session: id(number),
        start: NOW,
    }
}

#[test]
fn keeps_the_rules_of_every_store() {
    let folders = RefCell::new(Vec::new());
    let fresh = || {
        let folder = tempfile::tempdir().unwrap();
        let database = open(folder.path());
        folders.borrow_mut().push(folder);
        Box::new(database)
    };
    sessions::session_store(&|| fresh());
    workouts::workout_store(&|| fresh());
}

/// Changes of every kind.
fn change(database: &Database) {
    database.insert(guest(1)).unwrap();
    database.insert(guest(2)).unwrap();
    database
        .update(id(1), &mut |session| session.finished = Some(REPORT))
        .unwrap();
    database.remove(id(2)).unwrap();
    for number in 1..=3 {
        let rep = workouts::rep(number, NOW.plus(i64::from(number) * 4_000));
        database.add_rep(key(1), rep).unwrap();
    }
    database.end_session(id(1), end()).unwrap();
    database
        .add_event(id(1), ClientEvent::new(NOW, "start"))
        .unwrap();
    database
        .add_usage(id(1), "alice", Usage::default(), NOW)
        .unwrap();
    for device in ["pair-1", "pair-2"] {
        database.bind(Binding {
            device: device.into(),
            session: id(1),
            used: NOW,
            claim: None,
        });
    }
    database.unbind("pair-2");
}

fn assert_all_is_there(database: &Database) {
    let session = database.get(id(1)).unwrap().expect("the session lives");
    assert_eq!(session.finished, Some(REPORT));
    assert_eq!(database.get(id(2)).unwrap(), None);
    assert_eq!(database.session_end(id(1)).unwrap(), Some(end()));
    let workouts = database.workouts(id(1)).unwrap();
    assert_eq!((workouts.len(), workouts[0].reps.len()), (1, 3));
    let kept = database.export("00000000-0000-0000-0000-000000000001");
    assert_eq!(kept.unwrap().sessions[0].events.len(), 1);
    let bindings = database.bindings().unwrap();
    assert_eq!((bindings.len(), &*bindings[0].device), (1, "pair-1"));
}

#[test]
fn everything_is_there_after_a_restart() {
    let folder = folder();
    for start in 0..3 {
        let database = open(folder.path());
        if start == 0 {
            change(&database);
        }
        assert_all_is_there(&database);
    }
}

#[test]
fn a_session_that_was_not_used_for_long_does_not_come_back() {
    let folder = folder();
    let old = SessionRecord::new(id(1), Owner::Guest, NOW.plus(-3_600_001));
    let database = open(folder.path());
    database.insert(old).unwrap();
    database.insert(guest(2)).unwrap();
    drop(database);
    let database = open(folder.path());
    assert_eq!(database.get(id(1)).unwrap(), None);
    assert_eq!(database.len().unwrap(), 1);
}

#[test]
fn a_use_alone_is_written_only_now_and_then() {
    let folder = folder();
    let database = open(folder.path());
    database.insert(guest(1)).unwrap();
    database.flush().unwrap();
    let touch = |later: i64| {
        let used = |session: &mut SessionRecord| session.last_seen = NOW.plus(later);
        database.update(id(1), &mut { used }).unwrap();
        database.behind()
    };
    assert_eq!(touch(1_000), 0, "nothing waits to be written");
    touch(400_000);
    drop(database);
    let database = open(folder.path());
    let seen = database.get(id(1)).unwrap().expect("it lives").last_seen;
    assert_eq!(seen, NOW.plus(400_000));
}

#[test]
fn a_backup_is_whole_while_the_store_is_written_and_overwrites_nothing() {
    let folder = folder();
    let store = folder.path().join(FILE);
    let target = folder.path().join("backup.db");
    let nothing = backup(&store, &target).unwrap_err();
    assert!(matches!(nothing, BackupError::Nothing { .. }), "{nothing}");
    let database = open(folder.path());
    change(&database);
    database.flush().unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for number in 10..60 {
                database
                    .add_rep(key(number), workouts::rep(1, NOW))
                    .unwrap();
                database.flush().unwrap();
            }
        });
        assert!(backup(&store, &target).unwrap() > 0);
        writing.join().unwrap();
    });
    let again = backup(&store, &target).unwrap_err();
    assert!(matches!(again, BackupError::Exists { .. }), "{again}");
    let restored = self::folder();
    std::fs::copy(&target, restored.path().join(FILE)).unwrap();
    assert_all_is_there(&open(restored.path()));
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".squirret-backup"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A folder that is gone with the test.
fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
