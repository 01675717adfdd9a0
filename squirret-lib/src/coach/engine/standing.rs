//! Where a workout starts from: how the person stands, and what another process counted.

use super::Coach;
use crate::{
    UnixMillis,
    coach::{Event, RepRecord, WorkoutAccumulator},
    feedback::Text,
};

impl Coach {
    /// Goes on with a workout that another process began: repetitions count on from `reps`, and they are part of what
    /// the workout comes to. For a fresh coach.
    pub fn resume(&mut self, start: UnixMillis, reps: &[RepRecord]) {
        self.tally = WorkoutAccumulator::new(start);
        for rep in reps {
            self.tally.add(rep);
            self.count_in_set(rep.start, rep.end);
        }
        self.last_score = reps.last().map(|rep| rep.score);
    }

    /// Without insoles, the camera's own baseline answers the request to stand.
    pub(super) fn answer_for_the_camera(&mut self) {
        if !self.awaits_camera || !self.camera.has_baseline() {
            return;
        }
        self.awaits_camera = false;
        if self.devices.iter().all(|device| device.is_silent()) {
            self.emit(Event::Calibrated);
            self.chooser.withdraw(Text::SayStandStill);
        }
    }
}
