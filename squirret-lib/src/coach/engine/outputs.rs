//! Outputs of the coach: the state of each second, cues, and events in the caller's time.

use super::{Coach, MAX_OUTPUTS};
use crate::{
    Stage, UnixMillis,
    coach::Event,
    feedback::{CueContext, Status, Text},
    fsr::Side,
    verdict::Verdict,
};

impl Coach {
    /// Asks for a cue on why nothing counts; the cue policy decides whether there is room for it.
    pub(super) fn say_why_nothing_counts(&mut self) {
        let policy = &self.config.cues;
        let reason = self
            .camera
            .reason_to_say(self.now, policy.uncounted_ms, policy.repeat_ms);
        if let Some(text) = reason.and_then(Text::why_not_counting) {
            self.chooser.instruct(text, self.now);
            self.speak(CueContext {
                data: true,
                ..CueContext::new(self.now, self.language)
            });
        }
    }

    /// A second has passed. Seconds that were missed are not made up for.
    pub(super) fn tick(&mut self) {
        let interval = i64::from(self.config.timing.data_interval_ms.max(1));
        let missed = self.now.since(self.next_data) / interval;
        self.next_data = self.next_data.plus((missed + 1).saturating_mul(interval));
        Side::BOTH
            .into_iter()
            .for_each(|side| self.tell_device(side));
        let judgement = self.judgement(self.now);
        if let Some(judgement) = judgement.filter(|_| !self.calibrates()) {
            self.habits.observe(&judgement.sheet, self.now);
        }
        if let Some(ai) = self.live_ai(self.now).filter(|ai| ai.outer) {
            self.habits.observe_marks(ai.status.marks(), self.now);
        }
        let data = self.data(judgement.as_ref());
        self.emit(Event::Data(data));
        // Where repetitions are seen, counts and praise say that all is well.
        self.ask_for_a_baseline();
        let all_good = |verdict: &Verdict| verdict.is_assessed() && !verdict.is_fault();
        let known = self.insole.baseline().is_some() || !self.calibrates();
        let usable = !self.insole.has_saturated_foot();
        let faultless = known
            && usable
            && judgement.is_some_and(|judgement| judgement.sheet.iter().all(all_good));
        let unseen = self.live_stage(self.now).is_none();
        self.speak(CueContext {
            data: self.has_data(self.now),
            steady: faultless && unseen && self.ai(self.now).status() != Status::Bad,
            ..CueContext::new(self.now, self.language)
        });
    }

    /// Says what the standing calibration waits for, while the person stands on the insoles and does nothing else.
    pub(super) fn ask_for_a_baseline(&mut self) {
        const LATELY_MS: i64 = 10_000;
        let waits = self.insole.is_waiting_for_standing() && self.insole.baseline().is_none();
        let on_the_ground = |side: Side| {
            let foot = self.insole.foot(side);
            let fresh = foot.arrived().is_some_and(|at| self.now.since(at) <= 2_000);
            fresh && !foot.is_unloaded() && !foot.is_saturated()
        };
        let moves = matches!(self.stage, Stage::Descent | Stage::Bottom | Stage::Ascent);
        let (_, last_end) = self.set;
        let rest_ms = i64::from(self.config.timing.rest_ms);
        let moves = moves || last_end.is_some_and(|at| self.now.since(at) < rest_ms);
        if !waits || moves || !Side::BOTH.into_iter().any(on_the_ground) {
            return;
        }
        let uneven = self.insole.uneven_stand();
        let text = match uneven.filter(|(_, at)| self.now.since(*at) <= LATELY_MS) {
            Some((left, _)) if left < 50.0 => Text::SayMoreLeft,
            Some(_) => Text::SayMoreRight,
            None => Text::SayStandStill,
        };
        let repeat_ms = i64::from(self.config.cues.repeat_ms);
        let recent =
            |(said, at): (Text, UnixMillis)| said == text && self.now.since(at) < repeat_ms;
        if !self.asked.is_some_and(recent) && self.chooser.is_free(&self.config.cues, self.now) {
            self.asked = Some((text, self.now));
            self.chooser.instruct(text, self.now);
        }
    }

    pub(super) fn speak(&mut self, moment: CueContext) {
        if self.stopped {
            return;
        }
        if let Some(cue) = self
            .chooser
            .choose(&self.config.cues, &mut self.habits, moment)
        {
            self.emit(Event::Voice(cue));
        }
    }

    pub(super) fn emit(&mut self, mut event: Event) {
        self.reasons.take(&event);
        self.to_callers_time(&mut event);
        if self.outputs.len() >= MAX_OUTPUTS {
            self.outputs.pop_front();
        }
        self.outputs.push_back(event);
    }

    pub(super) fn to_callers_time(&self, event: &mut Event) {
        let set = |time: &mut UnixMillis| *time = self.clock.callers(*time);
        match event {
            Event::Data(data) => set(&mut data.at),
            Event::Voice(cue) => set(&mut cue.at),
            Event::Uncounted(uncounted) => {
                set(&mut uncounted.start);
                set(&mut uncounted.end);
            }
            Event::Rep(_)
            | Event::Analysis(_)
            | Event::Device { .. }
            | Event::Calibrated
            | Event::UnevenStand { .. } => {}
        }
    }
}
