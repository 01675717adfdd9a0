//! The table's promises, part by part; only the costs are left to a release build.

use super::*;

/// Measures a part and fails when one of its lines does not hold.
fn holds(part: &str, needs_data: bool) {
    let folder = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from);
    if needs_data && folder.is_none() {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return;
    }
    let arguments = Arguments {
        folder: folder.filter(|_| needs_data),
        only: Some(vec![part.to_owned()]),
        pictures: false,
    };
    let mut table = Table::new();
    measure(&arguments, &mut table).expect("measured");
    assert_eq!(table.failed(), 0, "lines of {part} do not hold");
}

#[test]
fn recorded_clips_are_judged_as_people_judged_them_however_they_are_changed() {
    holds("people", true);
}

#[test]
fn squats_of_strangers_are_found_and_nothing_else_is() {
    holds("footage", true);
}

#[test]
fn the_centre_of_pressure_in_walking_is_where_the_maker_says() {
    holds("feet", true);
}

#[test]
fn squats_from_all_around_are_found_faults_are_told_and_other_movements_are_not_counted() {
    holds("viewpoints", false);
}

#[test]
fn the_times_of_simulated_squats_are_right() {
    holds("times", false);
}

#[test]
fn what_is_no_squat_counts_neither_by_camera_nor_by_insoles() {
    holds("felt", false);
}

#[test]
fn squats_are_counted_by_the_force_alone() {
    holds("load", false);
}
