//! One scope: a coach, those who listen to it, and what they may have missed.

use super::{
    Services,
    history::{History, KEPT_MILLIS, Seen},
    origin::Origin,
    push::{Push, notice_of},
    subscriber::Subscriber,
    wall_time::{came_to, snapshot, stamp},
    workout::Progress,
};
use crate::{
    fanout::{Activity, Broadcast, ScopeId, StreamFrame, StreamKind, SuppressWhileFresh},
    record::Tape,
    ws::frame,
};
use bytes::Bytes;
use parking_lot::Mutex;
use squirret::{
    UnixMillis,
    archive::{ClientEvent, WorkoutRecord},
    coach::{Analysis, Coach, Command, Event, Input, Output, Workout},
    fsr::{BurstClock, Sample, UploadedSample},
    pose::Pose,
    wire::Push as Notice,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
    time::Instant,
};

/// Events of the app that a scope remembers.
const MAX_CLIENT_EVENTS: usize = 64;

/// One session's data and coach, or the default one's.
#[derive(Debug)]
pub(crate) struct Scope {
    id: ScopeId,
    core: Mutex<Core>,
    /// The feet for readers of the insole stream; the newest wins.
    feet: Arc<Broadcast>,
    /// The newest analysis likewise, for those who watch what a camera elsewhere sees.
    analyses: Arc<Broadcast>,
    pub(super) activity: Arc<Activity>,
    services: Arc<Services>,
    this: Weak<Self>,
}

#[derive(Debug)]
struct Core {
    coach: Coach,
    bursts: BurstClock,
    tape: Option<Tape>,
    listeners: Vec<(Origin, Arc<Subscriber>)>,
    history: History,
    /// The last state that was pushed.
    state: Option<Arc<Push>>,
    number: u64,
    /// When the timer will wake this scope; `None` while nobody would hear it.
    armed: Option<UnixMillis>,
    /// What the app told of itself, the newest.
    events: VecDeque<(UnixMillis, Box<str>)>,
    /// The workout that goes on.
    workout: Progress,
    /// When somebody last listened.
    heard: Option<UnixMillis>,
    touched: UnixMillis,
}

impl Scope {
    pub(super) fn new(id: ScopeId, services: Arc<Services>) -> Arc<Self> {
        let now = services.clock.now();
        let core = Core {
            coach: Coach::new(Arc::clone(&services.coach), services.language, now),
            bursts: BurstClock::default(),
            tape: services.recorder.as_ref().map(|recorder| {
                recorder.tape(&id.to_string(), &services.coach, services.language, now)
            }),
            listeners: Vec::new(),
            history: History::new(services.limits.history),
            state: None,
            number: 0,
            armed: None,
            events: VecDeque::new(),
            workout: Progress::new(id, services.clock.stamp(now)),
            heard: None,
            touched: now,
        };
        Arc::new_cyclic(|this| Self {
            id,
            core: Mutex::new(core),
            feet: Broadcast::new(),
            analyses: Broadcast::new(),
            activity: Arc::default(),
            services,
            this: this.clone(),
        })
    }

    /// Goes on with a workout of the process before this one.
    pub(super) fn resume(&self, record: &WorkoutRecord) {
        let mut core = self.core.lock();
        core.coach.resume(record.key.start, &record.reps);
        let reps = u32::try_from(record.reps.len()).unwrap_or(u32::MAX);
        core.workout.resume(record.key.start, reps);
    }

    /// Whose it is.
    pub(crate) const fn id(&self) -> ScopeId {
        self.id
    }

    /// Feeds the coach an input and publishes the resulting events to the listeners.
    pub(crate) fn input(&self, input: Input<'_>) {
        if let Input::Sample(sample) = input {
            return self.samples([sample]);
        }
        let data = matches!(input, Input::Pose { .. } | Input::AiStatus(_));
        self.with(|scope, core, now| {
            if data {
                scope.activity.note(StreamKind::Analysis, now);
            }
            core.feed(input, now);
            scope.drain(core, now, |_| ());
        });
    }

    /// Lets the coach obey. A start begins another workout, so the one before it ends.
    fn command(&self, command: Command) {
        self.with(|scope, core, now| {
            if matches!(command, Command::Start | Command::Stop) {
                core.sum_up(&scope.services);
            }
            core.feed(Input::Command(command), now);
            if command == Command::Start {
                core.workout.restart(scope.services.clock.stamp(now));
            }
            scope.drain(core, now, |_| ());
        });
    }

    /// What the workout has come to so far.
    pub(crate) fn workout(&self) -> Workout {
        came_to(&self.core.lock().coach, &self.services.clock)
    }

    /// Stores what the workout came to, unless that is stored already.
    pub(crate) fn end_workout(&self) {
        self.core.lock().sum_up(&self.services);
    }

    /// Whether no data of its own came since `before`.
    pub(super) fn is_quiet_since(&self, before: UnixMillis) -> bool {
        !self.activity.has_come_since(before)
    }

    /// From now on nothing of this scope is stored or recorded.
    pub(super) fn forget(&self) {
        let mut core = self.core.lock();
        core.workout.forget();
        core.tape = None;
        core.events.clear();
    }

    /// Takes the samples of one upload, each at the time at which it was measured.
    pub(crate) fn upload(&self, upload: &mut [UploadedSample]) {
        let now = self.services.clock.now();
        self.core.lock().bursts.place(upload, now);
        self.samples(upload.iter().map(|uploaded| uploaded.sample));
    }

    /// Takes samples in their order and publishes the feet once.
    pub(crate) fn samples(&self, samples: impl IntoIterator<Item = Sample>) {
        self.with(|scope, core, now| {
            scope.activity.note(StreamKind::Insole, now);
            for sample in samples {
                core.feed(Input::Sample(sample), now);
                scope.drain(core, now, |_| ());
            }
            scope.publish_feet(core, now);
        });
    }

    /// Judges a frame: the asker gets the analysis, the listeners all else.
    pub(crate) fn judge(
        &self,
        frame: u64,
        pose: Option<&Pose>,
        at: UnixMillis,
    ) -> Option<Analysis> {
        let mut judged = None;
        self.with(|scope, core, now| {
            scope.activity.note(StreamKind::Analysis, now);
            core.feed(Input::Pose { frame, pose, at }, now);
            scope.drain(core, now, |analysis| judged = Some(analysis));
        });
        judged
    }

    /// Reads from the coach at the present moment.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Coach, UnixMillis) -> R) -> R {
        let now = self.services.clock.now();
        read(&self.core.lock().coach, now)
    }

    /// Returns one of the scope's streams of encoded WebSocket text frames; a slow reader gets the newest frame.
    pub(crate) const fn stream(&self, stream: StreamKind) -> &Arc<Broadcast> {
        match stream {
            StreamKind::Analysis => &self.analyses,
            StreamKind::Insole => &self.feet,
        }
    }

    /// Returns the rule that suppresses a shared stream while this scope has fresh data for it.
    pub(crate) fn suppress_shared(&self, stream: StreamKind) -> SuppressWhileFresh {
        SuppressWhileFresh {
            own: Arc::clone(&self.activity),
            stream,
            clock: Arc::clone(&self.services.clock),
        }
    }

    /// Shows an analysis, as its asker got it, to those who watch; nobody watches most of the time.
    pub(crate) fn publish_analysis(&self, json: &[u8]) {
        if self.analyses.is_read() {
            self.show(&self.analyses, json);
        }
    }

    /// Returns whether data for a stream arrived within 10 s.
    pub(crate) fn has_fresh(&self, stream: StreamKind) -> bool {
        self.activity.is_fresh(stream, self.services.clock.now())
    }

    /// The feet now, as JSON.
    pub(crate) fn snapshot(&self) -> Bytes {
        self.read(|coach, now| snapshot(coach, now, &self.services.clock))
    }

    /// Keeps what the app tells of itself; the coach obeys what it knows.
    pub(crate) fn client_event(&self, name: &str, command: Option<Command>) {
        self.with(|scope, core, now| {
            if core.events.len() >= MAX_CLIENT_EVENTS {
                core.events.pop_front();
            }
            let at = scope.services.clock.stamp(now);
            core.events.push_back((at, name.into()));
            let event = ClientEvent::new(at, name);
            core.workout.add_event(event, &scope.services.store);
        });
        if let Some(command) = command {
            self.command(command);
        }
    }

    /// What the app told of itself, oldest first: when, and what.
    pub(crate) fn client_events(&self) -> Vec<(UnixMillis, Box<str>)> {
        self.core.lock().events.iter().cloned().collect()
    }

    /// Publishes to the listeners something that does not come from the coach.
    pub(super) fn notify(&self, notice: Notice<'_>) {
        self.with(|scope, core, now| scope.publish(core, notice, now));
    }

    pub(super) fn attach(&self, origin: Origin, listener: Arc<Subscriber>) {
        self.with(|_, core, now| {
            core.listeners.push((origin, listener));
            core.heard = Some(now);
        });
    }

    pub(super) fn detach(&self, listener: &Arc<Subscriber>) {
        self.with(|_, core, now| {
            core.listeners
                .retain(|(_, other)| !Arc::ptr_eq(other, listener));
            core.heard = Some(now);
        });
    }

    /// Lets a listener hear this scope's session pushes. Gives what it is sent at once: what it missed after `resume`
    /// (if it says that it comes back), and the present state; and the id of the last push so far.
    pub(super) fn greet(
        &self,
        listener: &Subscriber,
        resume: Option<Seen>,
    ) -> (Vec<Arc<Push>>, String) {
        let (mut greeting, mut number) = (Vec::new(), 0);
        self.with(|scope, core, now| {
            core.feed(Input::Timeout, now);
            scope.drain(core, now, |_| ());
            if let Some(seen) = resume {
                greeting = core.history.since(seen, now);
            }
            let told = |state: &Arc<Push>| greeting.iter().any(|push| push.number == state.number);
            let state = core.state.clone().filter(|state| !told(state));
            greeting.extend(state);
            // Under the same lock as the pushes: what is in the greeting is not pushed again, and nothing is lost.
            listener.set(StreamKind::Analysis, true);
            number = core.number;
        });
        (greeting, self.services.ids.push(self.id, number))
    }

    /// Returns the rank, over all scopes, of the push with this number or of the last one before it that is kept.
    pub(super) fn rank_of(&self, number: u64) -> Option<u64> {
        self.core.lock().history.rank_of(number)
    }

    /// The feet now, as a message to the insole topic.
    pub(super) fn feet_push(&self) -> Option<Arc<Push>> {
        let mut push = None;
        self.with(|scope, core, now| {
            let body = snapshot(&core.coach, now, &scope.services.clock);
            push = Some(scope.insole_push(core, body));
        });
        push
    }

    /// How much waits for each of the session's own listeners.
    pub(super) fn queues(&self) -> Vec<usize> {
        let core = self.core.lock();
        let listeners = core.listeners.iter();
        let own = listeners.filter(|(origin, _)| *origin == Origin::Own);
        own.map(|(_, listener)| listener.depth()).collect()
    }

    /// The timer's call.
    pub(super) fn tick(&self, due: UnixMillis) {
        let now = self.services.clock.now();
        let mut core = self.core.lock();
        if core.armed != Some(due) {
            return;
        }
        core.armed = None;
        core.feed(Input::Timeout, now);
        self.drain(&mut core, now, |_| ());
    }

    /// Whether nobody has listened or written since `before`.
    pub(super) fn is_idle_since(&self, before: UnixMillis) -> bool {
        let core = self.core.lock();
        let watched = self.feet.is_read() || self.analyses.is_read();
        core.listeners.is_empty() && !watched && core.touched < before
    }

    fn with(&self, change: impl FnOnce(&Self, &mut Core, UnixMillis)) {
        let now = self.services.clock.now();
        let mut core = self.core.lock();
        core.touched = now;
        change(self, &mut core, now);
    }

    /// Takes all outputs of the coach and sets the timer.
    fn drain(&self, core: &mut Core, now: UnixMillis, mut judged: impl FnMut(Analysis)) {
        let due = loop {
            match core.coach.poll_output() {
                Output::Event(Event::Analysis(analysis)) => judged(analysis),
                Output::Event(mut event) => {
                    if let Some(tape) = &mut core.tape {
                        tape.event(&event);
                    }
                    stamp(&mut event, &self.services.clock);
                    if let Event::Rep(rep) = &event {
                        core.workout.add_rep(rep, &self.services.store);
                    }
                    if let Some(notice) = notice_of(&event) {
                        self.publish(core, notice, now);
                    }
                }
                Output::Timeout(due) => break due,
            }
        };
        let Some(due) = due.filter(|_| core.is_heard(now)) else {
            return;
        };
        if core.armed.is_none_or(|armed| due < armed || armed < now) {
            core.armed = Some(due);
            self.services.timer.schedule(self.this.clone(), due);
        }
    }

    /// Serialises a notice once and offers it to every listener. While nobody listens, and nobody may come back
    /// for it, nothing is serialised.
    fn publish(&self, core: &mut Core, notice: Notice<'_>, now: UnixMillis) {
        if !core.is_heard(now) {
            return;
        }
        core.number += 1;
        let push = Arc::new(Push::new(
            &self.services.ids.push(self.id, core.number),
            core.number,
            notice,
        ));
        if matches!(notice, Notice::Data(_)) {
            core.state = Some(Arc::clone(&push));
        }
        let rank = self.services.ids.next_rank();
        core.history.push(Arc::clone(&push), rank, now);
        core.offer(&push, now);
    }

    fn publish_feet(&self, core: &mut Core, now: UnixMillis) {
        let readers = self.feet.is_read();
        let mut listeners = core.listeners.iter();
        let subscribers = listeners.any(|(_, listener)| listener.wants(StreamKind::Insole));
        if !readers && !subscribers {
            return;
        }
        let body = snapshot(&core.coach, now, &self.services.clock);
        if readers {
            self.show(&self.feet, &body);
        }
        if subscribers {
            let push = self.insole_push(core, body);
            core.offer(&push, now);
        }
    }

    /// Encodes a message once for all who read it.
    fn show(&self, readers: &Broadcast, body: &[u8]) {
        let bytes = frame::text(body);
        readers.publish(|number| StreamFrame {
            scope: self.id,
            number,
            made: Instant::now(),
            bytes,
        });
    }

    fn insole_push(&self, core: &mut Core, body: Bytes) -> Arc<Push> {
        core.number += 1;
        Arc::new(Push::insole(
            &self.services.ids.push(self.id, core.number),
            core.number,
            body,
        ))
    }
}

impl Core {
    /// Feeds the coach an input, and records it.
    fn feed(&mut self, input: Input<'_>, now: UnixMillis) {
        if let Some(tape) = &mut self.tape {
            tape.input(&input, now);
        }
        self.coach.handle_input(input, now);
    }

    fn sum_up(&mut self, services: &Services) {
        let reason = self.coach.why_no_repetition();
        let came_to = || came_to(&self.coach, &services.clock);
        self.workout.sum_up(reason, came_to, &services.store);
    }

    /// Whether somebody listens, or left so recently that they may come back for what they missed.
    fn is_heard(&self, now: UnixMillis) -> bool {
        let recently = |heard| now.since(heard) <= KEPT_MILLIS;
        !self.listeners.is_empty() || self.heard.is_some_and(recently)
    }

    fn offer(&self, push: &Arc<Push>, now: UnixMillis) {
        for (origin, listener) in &self.listeners {
            listener.offer(push, *origin, now);
        }
    }
}
