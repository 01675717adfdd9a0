//! Converts the coach's monotonic time to wall time.

use crate::clock::Time;
use bytes::Bytes;
use squirret::{
    UnixMillis,
    coach::{Coach, Event, Workout},
    fsr::Side,
    wire::{Snapshot, to_json},
};

/// Puts wall time in the place of the coach's own.
pub(super) fn stamp(event: &mut Event, time: &Time) {
    match event {
        Event::Data(data) => data.at = time.stamp(data.at),
        Event::Rep(rep) => {
            rep.rep.start = time.stamp(rep.rep.start);
            rep.rep.end = time.stamp(rep.rep.end);
        }
        _ => {}
    }
}

/// What a coach's workout has come to, in times of day.
pub(super) fn came_to(coach: &Coach, clock: &Time) -> Workout {
    let mut workout = coach.workout();
    for at in [&mut workout.start, &mut workout.end] {
        *at = clock.stamp(*at);
    }
    workout
}

/// `{left, right}` as `GET /api/fsr_data/latest` answers it.
pub(super) fn snapshot(coach: &Coach, now: UnixMillis, time: &Time) -> Bytes {
    let [left, right] = [Side::Left, Side::Right].map(|side| {
        let sample = coach.latest(side, now).cloned();
        sample.map(|mut sample| {
            sample.at = time.stamp(sample.at);
            sample
        })
    });
    to_json(&Snapshot::new(
        left.as_ref(),
        right.as_ref(),
        time.stamp(now),
    ))
    .into()
}
