//! Where a workout starts from: how the person stands, and what another process counted.

use super::Coach;
use crate::{
    UnixMillis,
    coach::{Command, Event, Profile, RepRecord, WorkoutAccumulator, outcome::Reasons},
    feedback::{CueContext, Text},
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

    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Start => {
                self.stopped = false;
                self.tally = WorkoutAccumulator::new(self.now);
                self.reasons = Reasons::default();
                self.set = (0, None);
                self.last_score = None;
                self.habits.clear();
                if self.calibrates() && self.config.fsr.calibration.unasked {
                    self.insole.await_standing();
                }
                self.ask_to_stand();
            }
            Command::Stop => {
                self.stopped = true;
                self.tally.stop(self.now);
            }
            Command::Calibrate => {
                if self.calibrates() {
                    self.insole.calibrate(&self.config.fsr, self.now);
                }
                self.ask_to_stand();
            }
        }
    }

    pub(super) fn calibrates(&self) -> bool {
        self.config.profile == Profile::Calibrated
    }

    pub(super) fn ask_to_stand(&mut self) {
        self.camera.recalibrate();
        self.awaits_camera = true;
        self.asked = Some((Text::SayStandStill, self.now));
        self.chooser.instruct(Text::SayStandStill, self.now);
        self.speak(CueContext {
            data: true,
            ..CueContext::new(self.now, self.language)
        });
    }
}
