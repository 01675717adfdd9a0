//! Whose data: every sample, AI status, verdict and cue belongs to a scope.
//!
//! A [`Scope`] is one session's coach and those who listen to it. Uploads and readings that name no session belong
//! to the `default` scope; sessions without data of their own see it only while it is shared.

mod devices;
mod history;
mod message_ids;
mod origin;
mod push;
mod session_scope;
mod subscriber;
mod subscription;
mod timer;
mod wall_time;
mod workout;

pub(crate) use devices::{BindError, DeviceLimits};
pub(crate) use history::HistoryLimits;
pub(crate) use push::{INSOLE_TOPIC, SESSION_QUEUE};
pub(crate) use session_scope::Scope;
pub(crate) use subscription::Subscription;

use crate::{
    clock::Time,
    fanout::{ScopeId, StreamKind},
    http::{Code, Problem},
    metrics::Queued,
    record::Recorder,
    store::{Binding, Store},
    ws::outbox::OutboxLimits,
};
use devices::Devices;
use message_ids::MessageIds;
use parking_lot::{Mutex, RwLock};
use squirret::{
    Language, UnixMillis,
    archive::WorkoutRecord,
    coach::CoachConfig,
    session::{DeviceId, SessionId},
    wire::{DeviceChange, Push as Notice},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use timer::Timer;

/// Bounds of all scopes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScopeLimits {
    /// Scopes at once, besides `default`.
    pub(crate) max_scopes: usize,
    /// A scope that nobody listens to or writes to is forgotten after this, ms.
    pub(crate) idle_millis: i64,
    /// A binding that no upload used is forgotten after this, ms.
    pub(crate) binding_millis: i64,
    /// Bindings.
    pub(crate) devices: DeviceLimits,
    /// Missed pushes.
    pub(crate) history: HistoryLimits,
    /// One listener's waiting pushes.
    pub(crate) outbox: OutboxLimits,
}

impl Default for ScopeLimits {
    fn default() -> Self {
        Self {
            max_scopes: 20_000,
            idle_millis: 15 * 60_000,
            binding_millis: 24 * 3_600_000,
            devices: DeviceLimits {
                max_devices: 20_000,
                max_per_session: 8,
            },
            history: HistoryLimits {
                max_messages: 128,
                max_bytes: 64 * 1024,
            },
            outbox: OutboxLimits {
                max_messages: 64,
                max_bytes: 64 * 1024,
            },
        }
    }
}

/// What all scopes use.
#[derive(Debug)]
struct Services {
    coach: Arc<CoachConfig>,
    language: Language,
    limits: ScopeLimits,
    clock: Arc<Time>,
    store: Store,
    timer: Timer,
    /// Keeps what happens, if that is wanted.
    recorder: Option<Recorder>,
    ids: MessageIds,
}

/// No scope can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no more than {max} sessions can be active at once")]
pub(crate) struct ScopesFull {
    /// How many.
    pub(crate) max: usize,
}

impl From<ScopesFull> for Problem {
    fn from(error: ScopesFull) -> Self {
        Self::new(Code::Overloaded, error.to_string()).retry_after(Duration::from_secs(10))
    }
}

impl From<BindError> for Problem {
    fn from(error: BindError) -> Self {
        Self::new(Code::ValidationError, error.to_string())
    }
}

/// All scopes; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Scopes(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    default: Arc<Scope>,
    shared_default: bool,
    sessions: RwLock<HashMap<SessionId, Arc<Scope>>>,
    devices: Mutex<Devices>,
    swept: Mutex<UnixMillis>,
    /// Workouts of the process before this one, which go on when their session comes back.
    unfinished: Mutex<HashMap<SessionId, WorkoutRecord>>,
    services: Arc<Services>,
}

impl Scopes {
    /// No scope but `default`; `shared_default`: sessions without data of their own see it.
    pub(crate) fn new(
        coach: Arc<CoachConfig>,
        language: Language,
        shared_default: bool,
        limits: ScopeLimits,
        clock: Arc<Time>,
        recorder: Option<Recorder>,
        store: Store,
    ) -> Self {
        let swept = Mutex::new(clock.now());
        let services = Arc::new(Services {
            coach,
            language,
            limits,
            clock,
            store,
            timer: Timer::default(),
            recorder,
            ids: MessageIds::new(),
        });
        Self(Arc::new(Registry {
            default: Scope::new(ScopeId::Default, Arc::clone(&services)),
            shared_default,
            sessions: RwLock::default(),
            devices: Mutex::new(Devices::new(limits.devices)),
            swept,
            unfinished: Mutex::default(),
            services,
        }))
    }

    /// The scope of calls that name no session.
    pub(crate) fn default_scope(&self) -> Arc<Scope> {
        Arc::clone(&self.0.default)
    }

    /// A session's scope, made if need be.
    ///
    /// # Errors
    /// [`ScopesFull`] when there are as many as may be and none is idle.
    pub(crate) fn of(&self, id: SessionId) -> Result<Arc<Scope>, ScopesFull> {
        if let Some(scope) = self.get(id) {
            return Ok(scope);
        }
        let max = self.0.services.limits.max_scopes;
        if self.len() >= max {
            self.sweep_at_most_each_second();
        }
        let mut sessions = self.0.sessions.write();
        if let Some(scope) = sessions.get(&id) {
            return Ok(Arc::clone(scope));
        }
        if sessions.len() >= max {
            return Err(ScopesFull { max });
        }
        let scope = Scope::new(ScopeId::Session(id), Arc::clone(&self.0.services));
        if let Some(record) = self.0.unfinished.lock().remove(&id) {
            scope.resume(&record);
        }
        sessions.insert(id, Arc::clone(&scope));
        Ok(scope)
    }

    /// A session's scope, if it has one.
    pub(crate) fn get(&self, id: SessionId) -> Option<Arc<Scope>> {
        self.0.sessions.read().get(&id).cloned()
    }

    /// The scope that a reader of this session sees: its own, or `default` while that is shared and the session has
    /// no data for this stream of its own.
    pub(crate) fn seen_by(&self, id: SessionId, stream: StreamKind) -> Arc<Scope> {
        let now = self.0.services.clock.now();
        match self.get(id) {
            Some(own) if !self.0.shared_default || own.activity.is_fresh(stream, now) => own,
            Some(own) if !self.0.default.activity.is_fresh(stream, now) => own,
            Some(_) => self.default_scope(),
            None if self.0.shared_default => self.default_scope(),
            // A scope of nobody: empty, and gone after the reading.
            None => Scope::new(ScopeId::Session(id), Arc::clone(&self.0.services)),
        }
    }

    /// Sets are split by rests of this length, ms.
    pub(crate) fn rest_millis(&self) -> u32 {
        self.0.services.coach.timing.rest_ms
    }

    /// Whether sessions without data of their own see `default`.
    pub(crate) fn shares_default(&self) -> bool {
        self.0.shared_default
    }

    /// Active scopes, without `default`.
    pub(crate) fn len(&self) -> usize {
        self.0.sessions.read().len()
    }

    /// Insole pairs that are bound.
    pub(crate) fn devices(&self) -> usize {
        self.0.devices.lock().len()
    }

    /// What waits for the listeners of all scopes.
    pub(crate) fn queued(&self) -> Queued {
        let scopes: Vec<_> = self.0.sessions.read().values().cloned().collect();
        let mut queued = Queued::default();
        for depth in scopes.iter().flat_map(|scope| scope.queues()) {
            queued.messages += depth;
            queued.longest = queued.longest.max(depth);
        }
        queued
    }

    /// Binds an insole pair to a session. The session that had it before is told.
    ///
    /// # Errors
    /// [`BindError`] when there are too many.
    pub(crate) fn bind_device(
        &self,
        id: SessionId,
        device: &DeviceId<'_>,
        claim: Option<&str>,
    ) -> Result<(), BindError> {
        let now = self.0.services.clock.now();
        let mut devices = self.0.devices.lock();
        let previous = devices.bind(id, device, claim, now)?;
        let claim = devices.claim_of(device.as_str());
        drop(devices);
        self.0.services.store.bind(Binding {
            device: device.as_str().into(),
            session: id,
            used: now,
            claim,
        });
        if let Some(scope) = previous.and_then(|previous| self.get(previous)) {
            scope.notify(Notice::Device(DeviceChange::Taken {
                device_id: device.as_str(),
            }));
        }
        Ok(())
    }

    /// The session that has a pair, and whether this code claims it from there.
    pub(crate) fn holder_of(&self, device: &str, claim: Option<&str>) -> Option<(SessionId, bool)> {
        self.0.devices.lock().holder(device, claim)
    }

    /// The pairs of a session, and for each how long ago it last sent something, ms; `None` when it did not since it
    /// was bound, or since the server started.
    pub(crate) fn devices_of(&self, id: SessionId) -> Vec<(Box<str>, Option<i64>)> {
        let now = self.0.services.clock.now();
        let devices = self.0.devices.lock().of_session(id);
        let age = |heard: Option<UnixMillis>| heard.map(|heard| now.since(heard).max(0));
        devices
            .into_iter()
            .map(|(device, heard)| (device, age(heard)))
            .collect()
    }

    /// Takes a pair from a session; `false` when it was not bound to it.
    pub(crate) fn unbind_device(&self, id: SessionId, device: &str) -> bool {
        let bound = self.0.devices.lock().unbind(id, device);
        if bound {
            self.0.services.store.unbind(device);
        }
        bound
    }

    /// Puts bindings back that were kept.
    pub(crate) fn restore(&self, bindings: Vec<Binding>) {
        let oldest = self
            .0
            .services
            .clock
            .now()
            .plus(-self.0.services.limits.binding_millis);
        let mut devices = self.0.devices.lock();
        for binding in bindings
            .into_iter()
            .filter(|binding| binding.used >= oldest)
        {
            devices.restore(binding);
        }
    }

    /// Keeps the workouts that the process before this one left, for their sessions to go on with.
    pub(crate) fn restore_workouts(&self) {
        let limits = self.0.services.limits;
        let since = self.0.services.clock.stamp_now().plus(-limits.idle_millis);
        match self.0.services.store.workouts.unfinished(since) {
            Ok(records) => {
                let by_session = records
                    .into_iter()
                    .map(|record| (record.key.session, record));
                *self.0.unfinished.lock() = by_session.collect();
            }
            Err(error) => tracing::warn!(%error, "workouts cannot go on where they were left"),
        }
    }

    /// Stores what the workouts came to in which nothing has happened since `before`.
    pub(crate) fn end_quiet_workouts(&self, before: UnixMillis) {
        let sessions = self.0.sessions.read();
        let quiet = sessions
            .values()
            .filter(|scope| scope.is_quiet_since(before));
        quiet.for_each(|scope| scope.end_workout());
    }

    /// Forgets a session's scope, and stores nothing more of it.
    pub(crate) fn forget(&self, id: SessionId) {
        if let Some(scope) = self.0.sessions.write().remove(&id) {
            scope.forget();
        }
        self.0.devices.lock().forget(id);
        self.0.unfinished.lock().remove(&id);
    }

    /// The session that a pair is bound to; asking counts as a use of the binding.
    pub(crate) fn of_device(&self, device: &str) -> Option<SessionId> {
        let now = self.0.services.clock.now();
        self.0.devices.lock().session_of(device, now)
    }

    /// Subscribes a connection to a session; nothing is delivered before it asks for a stream.
    ///
    /// # Errors
    /// [`ScopesFull`] when the session's scope cannot be made.
    pub(crate) fn listen(&self, id: SessionId) -> Result<Subscription, ScopesFull> {
        let own = self.of(id)?;
        let shared = self.0.shared_default.then(|| self.default_scope());
        Ok(Subscription::new(own, shared, Arc::clone(&self.0.services)))
    }

    /// Drives the deadlines of all coaches and forgets idle scopes, for ever.
    pub(crate) async fn run(&self) {
        let sweeps = async {
            let mut each = tokio::time::interval(Duration::from_secs(30));
            loop {
                each.tick().await;
                self.sweep();
            }
        };
        tokio::join!(self.0.services.timer.run(&*self.0.services.clock), sweeps);
    }

    /// Forgets scopes and bindings that were not used for long.
    pub(crate) fn sweep(&self) {
        let now = self.0.services.clock.now();
        *self.0.swept.lock() = now;
        let ScopeLimits {
            idle_millis,
            binding_millis,
            ..
        } = self.0.services.limits;
        let before = now.plus(-idle_millis);
        let mut unfinished = self.0.unfinished.lock();
        unfinished.retain(|_, record| record.last() >= before);
        drop(unfinished);
        // Whoever holds a scope besides the registry is about to use it.
        let keep =
            |scope: &Arc<Scope>| Arc::strong_count(scope) > 1 || !scope.is_idle_since(before);
        self.0.sessions.write().retain(|_, scope| keep(scope));
        let used = self.0.devices.lock().expire(now.plus(-binding_millis));
        for binding in used {
            self.0.services.store.bind(binding);
        }
    }

    fn sweep_at_most_each_second(&self) {
        let last = *self.0.swept.lock();
        if self.0.services.clock.now().since(last) >= 1000 {
            self.sweep();
        }
    }
}
