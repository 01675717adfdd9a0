//! A coach to whom the past happens again.

use std::{io, sync::Arc};

use squirret::{
    UnixMillis,
    coach::{Coach, DeviceState, Event, Input, Output},
    fsr::Side,
};

use super::{
    Caption, Notes, Plan, Teller,
    export::{Export, Keeper},
};

/// How long a coach hears of nothing at the end, ms: what waits for the other source to confirm it comes out then.
const END_MS: i64 = 3_000;

/// Feeds a coach inputs and the timeouts between them, as a live session would.
pub(crate) struct Player {
    coach: Coach,
    notes: Notes,
    start: UnixMillis,
    now: UnixMillis,
    due: Option<UnixMillis>,
    /// What is written into files at the end.
    export: Option<(Export, Keeper)>,
    said: Vec<(UnixMillis, Caption)>,
}

impl Player {
    /// A session that begins at `start`; `name` and `label` are the clip's.
    pub(crate) fn new(plan: &Plan, name: &str, label: Option<&str>, start: UnixMillis) -> Self {
        Self {
            coach: Coach::new(Arc::clone(&plan.coach), plan.language, start),
            notes: Notes::new(name, label),
            start,
            now: start,
            due: None,
            export: plan
                .export
                .clone()
                .map(|export| (export, Keeper::default())),
            said: Vec::new(),
        }
    }

    /// Adds to what is told beside the result: what was left out of the file or assumed.
    pub(crate) fn remark(&mut self, texts: Vec<String>) {
        self.notes.remarks.extend(texts);
    }

    /// Something happens at `now`; everything that was due before happens first.
    pub(crate) fn input(
        &mut self,
        input: Input<'_>,
        now: UnixMillis,
        teller: &mut Teller,
    ) -> io::Result<()> {
        self.until(now, teller)?;
        if let Some((_, keeper)) = &mut self.export {
            keeper.input(&input);
        }
        self.handle(input, now, teller)
    }

    /// Reports the present state, for inputs without a frame.
    pub(crate) fn tell_now(&mut self, teller: &mut Teller) -> io::Result<()> {
        teller.moment(&self.coach, &self.notes, self.start, self.now)
    }

    /// What was said and counted so far.
    pub(super) fn said(&self) -> &[(UnixMillis, Caption)] {
        &self.said
    }

    /// The end: what is left is told.
    pub(crate) fn end(mut self, teller: &mut Teller) -> io::Result<()> {
        let seconds = self.now.since(self.start) as f64 / 1e3;
        self.until(self.now.plus(END_MS), teller)?;
        if let Some((export, keeper)) = self.export.take() {
            self.notes
                .remarks
                .extend(keeper.write(&export, &self.notes.name)?);
        }
        let workout = self.coach.workout();
        teller.clip(&self.notes, seconds, &workout)
    }

    fn until(&mut self, now: UnixMillis, teller: &mut Teller) -> io::Result<()> {
        while let Some(due) = self.due.filter(|due| *due < now) {
            self.handle(Input::Timeout, due, teller)?;
            if self.due == Some(due) {
                break;
            }
        }
        Ok(())
    }

    fn handle(&mut self, input: Input<'_>, now: UnixMillis, teller: &mut Teller) -> io::Result<()> {
        self.coach.handle_input(input, now);
        self.now = self.now.max(now);
        loop {
            match self.coach.poll_output() {
                Output::Event(event) => {
                    self.notes.outcome.take(&event);
                    self.keep(&event, now);
                    teller.event(&self.coach, &self.notes, self.start, now, &event)?;
                }
                Output::Timeout(due) => {
                    self.due = due;
                    return Ok(());
                }
            }
        }
    }

    fn keep(&mut self, event: &Event, now: UnixMillis) {
        match event {
            Event::Analysis(analysis) => {
                if let Some((_, keeper)) = &mut self.export {
                    keeper.analysis(analysis);
                }
            }
            Event::Voice(cue) => self.said.push((now, Caption::Cue(cue.text.to_string()))),
            Event::Device {
                side,
                state: DeviceState::Saturated,
            } => {
                let name = if *side == Side::Left { "left" } else { "right" };
                let remark = format!(
                    "the {name} foot is saturated: all of its sensors stand at the end of their range or are frozen, and it is not judged"
                );
                if !self.notes.remarks.contains(&remark) {
                    self.notes.remarks.push(remark);
                }
            }
            Event::Rep(_) => {
                let count = self.notes.outcome.reps().len();
                self.said.push((now, Caption::Count(count)));
            }
            _ => {}
        }
    }
}
