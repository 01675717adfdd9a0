//! Files that cannot be written for a while: nothing that waits is lost, and reading sessions goes on.

use std::sync::Arc;

use squirret::{
    UnixMillis,
    archive::{ClientEvent, WorkoutStore, conformance::rep},
    session::{SessionStore, StoreError},
};

use super::{
    Database, NOW, Still, assert_all_is_there, change, config, end, folder, guest, id, key, open,
};

fn is_failed(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Failed { .. }))
}

#[test]
fn a_full_store_tells_so_and_writes_what_waited_once_there_is_room() {
    let folder = folder();
    let mut config = config(folder.path());
    config.max_bytes = 800_000;
    let database = Database::start(config, Arc::new(Still));
    change(&database);
    database.flush().unwrap();
    let long = "x".repeat(2_000);
    let fill = |from: i64| {
        for at in from..from + 100 {
            let event = ClientEvent::new(UnixMillis(at), long.clone());
            database.add_event(id(at as u128 + 100), event).unwrap();
        }
        database.flush()
    };
    let full = (0..20).map(|round| fill(round * 100)).find(Result::is_err);
    assert!(is_failed(&full.unwrap()));
    assert!(
        database.failure().unwrap().contains("full"),
        "{:?}",
        database.failure()
    );
    database.insert(guest(3)).unwrap();
    database.end_session(id(3), end()).unwrap();
    assert!(is_failed(&database.flush()));
    assert!(database.get(id(3)).unwrap().is_some(), "sessions live on");
    // What is old goes, and what waited is written.
    database.retain(UnixMillis(1_000_000)).unwrap();
    database.flush().unwrap();
    assert_eq!((database.failure(), database.behind()), (None, 0));
    assert_all_is_there(&database);
    assert_eq!(database.session_end(id(3)).unwrap(), Some(end()));
}

#[test]
fn a_store_that_became_read_only_is_written_once_it_is_not() {
    let folder = folder();
    let database = open(folder.path());
    change(&database);
    database.flush().unwrap();
    let freeze = |file: &mut rusqlite::Connection| file.pragma_update(None, "query_only", true);
    database.order(false, freeze).unwrap();
    database.add_rep(key(1), rep(4, NOW)).unwrap();
    assert!(is_failed(&database.flush()));
    assert!(
        database.failure().unwrap().contains("readonly"),
        "{:?}",
        database.failure()
    );
    // It is opened anew for the next attempt.
    database.flush().unwrap();
    assert_eq!(database.workouts(id(1)).unwrap()[0].reps.len(), 4);
}

#[test]
fn a_file_that_could_only_be_read_at_the_start_is_written_once_it_can_be() {
    let folder = folder();
    let database = open(folder.path());
    change(&database);
    database.flush().unwrap();
    drop(database);
    let path = config(folder.path()).path;
    let permit = |readonly| {
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(readonly);
        std::fs::set_permissions(&path, permissions).unwrap();
    };
    permit(true);
    if std::fs::File::options().append(true).open(&path).is_ok() {
        println!("skipped: this user may write every file");
        return;
    }
    let database = open(folder.path());
    assert!(database.failure().unwrap().contains("readonly"));
    assert!(database.get(id(1)).unwrap().is_some(), "it is read");
    assert_eq!(database.workouts(id(1)).ok().map(|all| all.len()), None);
    database.add_rep(key(1), rep(4, NOW)).unwrap();
    assert!(is_failed(&database.flush()));
    permit(false);
    database.flush().unwrap();
    assert_eq!(database.workouts(id(1)).unwrap()[0].reps.len(), 4);
}

#[test]
fn the_log_of_a_file_counts_as_part_of_it() {
    let folder = folder();
    let mut config = config(folder.path());
    config.max_bytes = 1_000_000;
    let path = config.path.clone();
    let database = Database::start(config, Arc::new(Still));
    let long = "x".repeat(1_000);
    for at in 0..3_000 {
        let event = ClientEvent::new(UnixMillis(at), long.clone());
        database.add_event(id(at as u128 + 100), event).unwrap();
        if at % 10 == 0 && database.flush().is_err() {
            break;
        }
        let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let both = size(&path) + size(&path.with_extension("db-wal"));
        assert!(both <= 1_000_000, "{both} bytes after {at} events");
    }
    assert!(database.failure().is_some(), "it never filled up");
}

#[test]
fn a_damaged_file_is_left_alone_and_the_store_works_once_it_is_replaced() {
    let folder = folder();
    let path = config(folder.path()).path;
    std::fs::write(
        &path,
        b"no database at all, but something that somebody may want",
    )
    .unwrap();
    let database = open(folder.path());
    assert!(
        database.failure().unwrap().contains("damaged"),
        "{:?}",
        database.failure()
    );
    change(&database);
    assert!(is_failed(&database.flush()));
    assert_eq!(database.len().unwrap(), 1, "sessions live on");
    std::fs::rename(&path, folder.path().join("kept-aside")).unwrap();
    database.flush().unwrap();
    assert_all_is_there(&database);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_and_tried_again() {
    let folder = folder();
    let in_the_way = folder.path().join("data");
    std::fs::write(&in_the_way, b"a file").unwrap();
    let database = open(&in_the_way);
    change(&database);
    assert!(is_failed(&database.flush()));
    std::fs::remove_file(&in_the_way).unwrap();
    database.flush().unwrap();
    assert_all_is_there(&database);
}

#[test]
fn a_second_server_does_not_write_the_same_file() {
    let folder = folder();
    let first = open(folder.path());
    change(&first);
    first.flush().unwrap();
    let second = open(folder.path());
    assert!(
        second.failure().unwrap().contains("another server"),
        "{:?}",
        second.failure()
    );
    second.insert(guest(7)).unwrap();
    assert!(is_failed(&second.flush()));
    drop(first);
    second.flush().unwrap();
    assert!(
        second.get(id(1)).unwrap().is_some(),
        "it takes over what was kept"
    );
}

#[test]
fn too_much_that_waits_is_refused_and_what_was_taken_is_written() {
    let folder = folder();
    let in_the_way = folder.path().join("data");
    std::fs::write(&in_the_way, b"a file").unwrap();
    let database = open(&in_the_way);
    let max = super::super::queue::MAX_WAITING;
    for _ in 0..max {
        database.tie(id(1), id(2)).unwrap();
    }
    let refused = database.tie(id(1), id(3));
    assert!(matches!(refused, Err(StoreError::Behind { max: told }) if told == max));
    std::fs::remove_file(&in_the_way).unwrap();
    database.flush().unwrap();
    assert_eq!(database.scope_of(id(1)).unwrap(), id(2));
    database.tie(id(1), id(3)).unwrap();
    assert_eq!(database.scope_of(id(1)).unwrap(), id(3));
}

#[test]
fn what_no_attempt_can_write_does_not_keep_others_from_it() {
    let folder = folder();
    let database = open(folder.path());
    let usage = squirret::session::Usage {
        duration_seconds: f64::NAN,
        ..Default::default()
    };
    database.add_usage(id(1), "alice", usage, NOW).unwrap();
    database.end_session(id(1), end()).unwrap();
    database.flush().unwrap();
    assert_eq!(database.session_end(id(1)).unwrap(), Some(end()));
}

#[test]
fn nothing_is_written_after_the_end() {
    let folder = folder();
    let database = open(folder.path());
    database.close();
    assert!(is_failed(&database.erase("anybody").map(drop)));
}
