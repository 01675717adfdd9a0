//! Files of earlier, later and other programs.

use rusqlite::Connection;
use squirret::{Day, archive::WorkoutStore, session::SessionStore};

use uuid::Uuid;

use super::{FILE, folder, id, open};
use crate::store::schema::{MIGRATIONS, OpenError, migrate, open as open_file};

/// What stores of each form held.
const ROWS: &[&str] = &[
    include_str!("../schema/1.rows.sql"),
    include_str!("../schema/2.rows.sql"),
];

#[test]
fn a_store_of_every_earlier_form_is_read_to_the_last_row() {
    assert_eq!(
        ROWS.len(),
        MIGRATIONS.len(),
        "each form has rows to be read by later ones"
    );
    for form in 1..=MIGRATIONS.len() {
        let folder = folder();
        let mut file = Connection::open(folder.path().join(FILE)).unwrap();
        for (step, rows) in (1..=form).zip(ROWS) {
            migrate(&mut file, &MIGRATIONS[..step]).unwrap();
            file.execute_batch(rows).unwrap();
        }
        drop(file);
        let database = open(folder.path());
        let session = database.get(id(1)).unwrap().expect("the session");
        assert_eq!(session.finished.map(|report| report.frames_in), Some(150));
        assert_eq!(database.get(id(2)).unwrap().unwrap().scope, Some(id(1)));
        let bindings = database.bindings().unwrap();
        assert_eq!(bindings.len(), 1);
        assert_eq!(bindings[0].claim.is_some(), form > 1);
        assert_eq!(database.deleted().unwrap().len(), usize::from(form > 1));
        let link = database.link(Uuid::from_u128(0x111c)).unwrap();
        assert_eq!(link.map(|link| link.session), (form > 1).then(|| id(1)));
        let data = database
            .export("00000000-0000-0000-0000-0000000a11ce")
            .unwrap();
        assert_eq!(data.person.email.as_deref(), Some("alice@example.com"));
        assert_eq!((data.sessions.len(), data.usage.len()), (2, 1));
        let workout = &data.sessions[0].workouts[0];
        assert_eq!((workout.reps.len(), workout.reps[0].verdicts.len()), (1, 2));
        assert_eq!(workout.summary.as_ref().unwrap().faults[0].faults, 1);
        assert_eq!(data.sessions[0].events[0].name, "start");
        assert!(database.session_end(id(1)).unwrap().is_some());
        assert_eq!(
            database.usage(Day(20_401), Day(20_401)).unwrap()[0]
                .usage
                .dropped,
            2
        );
    }
}

#[test]
fn a_new_file_has_the_newest_form_and_is_not_migrated_twice() {
    let folder = folder();
    let path = folder.path().join(FILE);
    for _ in 0..2 {
        let file = open_file(&path, 0).unwrap();
        let form: i64 = file
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(form as usize, MIGRATIONS.len());
    }
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let folder = folder();
    let mut file = Connection::open(folder.path().join(FILE)).unwrap();
    let steps = [
        "CREATE TABLE a (b)",
        "CREATE TABLE c (d); CREATE TABLE a (b)",
    ];
    migrate(&mut file, &steps).unwrap_err();
    let form: i64 = file
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let tables: i64 = file
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!((form, tables), (1, 1));
}

#[test]
fn a_later_form_a_foreign_and_a_damaged_file_are_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join(FILE);
    let file = open_file(&path, 0).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let newer = open_file(&path, 0).unwrap_err();
    assert!(
        matches!(newer, OpenError::Newer { found: 99, .. }),
        "{newer}"
    );
    assert!(newer.to_string().contains("a later version"), "{newer}");

    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x)")
        .unwrap();
    let error = open_file(&foreign, 0).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");

    let garbage = folder.path().join("garbage.db");
    let bytes = b"this is no database, but somebody's letter ".repeat(200);
    std::fs::write(&garbage, &bytes).unwrap();
    let error = open_file(&garbage, 0).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("left as it is"), "{error}");
    assert_eq!(std::fs::read(&garbage).unwrap(), bytes);
}

#[test]
fn a_page_that_was_overwritten_is_found_when_the_file_is_opened() {
    let folder = folder();
    let database = open(folder.path());
    super::change(&database);
    drop(database);
    let path = folder.path().join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 3 * 4096, "{}", bytes.len());
    bytes[4096..].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let error = open_file(&path, 0).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "it is left as it is");
}
