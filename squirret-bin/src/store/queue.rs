//! What was accepted and waits for the writer, and who waits for it to last.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use squirret::session::{SessionId, StoreError};
use tokio::sync::watch;

use super::change::Change;

/// Most changes that wait while the file cannot be written. Beyond it, changes that nobody was promised are refused.
pub(super) const MAX_WAITING: usize = 100_000;

/// Whoever waits for a write that neither succeeds nor fails is told so after this.
const PATIENCE: Duration = Duration::from_secs(10);

/// How far the writer is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Changes that last, counted from the beginning.
    written: u64,
    /// Attempts to write that failed.
    failures: u64,
    /// Why the last attempt failed; `None` when it did not.
    failed: Option<String>,
}

/// What the writer takes at once.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Sessions that changed.
    pub(super) sessions: HashSet<SessionId>,
    /// All else in its order.
    pub(super) changes: Vec<Change>,
    /// Orders of those who wait for their answer.
    pub(super) orders: Vec<Order>,
    /// The number of the last change.
    pub(super) end: u64,
}

/// Something that the writer does apart from the changes before it; the answer goes to who asked.
pub(super) struct Order {
    pub(super) work: Work,
    /// Also while the changes before it cannot be written: it makes room.
    pub(super) makes_room: bool,
}

/// Gets the file, or why there is none.
pub(super) type Work = Box<dyn FnOnce(Result<&mut rusqlite::Connection, StoreError>) + Send>;

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

#[derive(Debug, Default)]
struct State {
    waiting: Batch,
    progress: Progress,
    /// Sessions of which nothing is taken any more.
    buried: HashSet<SessionId>,
    /// Somebody waits: the writer shall try now.
    poked: bool,
    stopping: bool,
}

/// Between those who change and the one who writes.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// There is something to write.
    filled: Condvar,
    /// An attempt was made.
    tried: Condvar,
    told: watch::Sender<Progress>,
}

impl Queue {
    /// From now on nothing more is accepted of these sessions, and what waits of them is thrown away.
    pub(super) fn bury(&self, sessions: &[SessionId]) {
        let mut state = self.state.lock();
        state.buried.extend(sessions);
        let State {
            waiting, buried, ..
        } = &mut *state;
        waiting.sessions.retain(|id| !buried.contains(id));
        waiting.changes.retain(|change| !of_one_of(change, buried));
    }

    /// A session changed; the writer reads what it is then.
    pub(super) fn touch(&self, session: SessionId) {
        let mut state = self.state.lock();
        if state.buried.contains(&session) {
            return;
        }
        state.waiting.sessions.insert(session);
        state.waiting.end += 1;
        self.filled.notify_one();
    }

    /// Accepts a change.
    ///
    /// # Errors
    /// [`StoreError::Behind`] when too many wait.
    pub(super) fn push(&self, change: Change) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if of_one_of(&change, &state.buried) {
            return Ok(());
        }
        if state.waiting.changes.len() >= MAX_WAITING {
            return Err(StoreError::Behind { max: MAX_WAITING });
        }
        state.waiting.changes.push(change);
        state.waiting.end += 1;
        self.filled.notify_one();
        Ok(())
    }

    /// Queues a job for the writer.
    pub(super) fn order(&self, order: Order) {
        let mut state = self.state.lock();
        if state.stopping {
            return; // and who asked finds that nobody answers
        }
        state.waiting.orders.push(order);
        state.poked = true;
        self.filled.notify_one();
    }

    /// The writer shall come to its end once it has written what waits.
    pub(super) fn stop(&self) {
        self.state.lock().stopping = true;
        self.filled.notify_one();
    }

    /// Whether it shall come to an end.
    pub(super) fn is_stopping(&self) -> bool {
        self.state.lock().stopping
    }

    /// Why the last attempt to write failed.
    pub(super) fn failure(&self) -> Option<String> {
        self.state.lock().progress.failed.clone()
    }

    /// Changes that do not last yet.
    pub(super) fn behind(&self) -> u64 {
        let state = self.state.lock();
        state.waiting.end - state.progress.written
    }

    /// Returns when what was changed before lasts.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the next attempt to write fails, or none comes to its end in time.
    pub(super) async fn lasting(&self) -> Result<(), StoreError> {
        let (mut told, goal, failures) = {
            let mut state = self.state.lock();
            if state.progress.written >= state.waiting.end {
                return Ok(());
            }
            state.poked = true;
            self.filled.notify_one();
            let progress = &state.progress;
            (self.told.subscribe(), state.waiting.end, progress.failures)
        };
        let settled = told.wait_for(|progress| progress.has_tried(goal, failures));
        match tokio::time::timeout(PATIENCE, settled).await {
            Ok(Ok(progress)) => progress.outcome(goal),
            _ => Err(silent()),
        }
    }

    /// The same for a thread that may block.
    ///
    /// # Errors
    /// As [`lasting`](Self::lasting).
    pub(super) fn wait_until_lasting(&self) -> Result<(), StoreError> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state.lock();
        let (goal, failures) = (state.waiting.end, state.progress.failures);
        while !state.progress.has_tried(goal, failures) {
            state.poked = true;
            self.filled.notify_one();
            if self.tried.wait_until(&mut state, until).timed_out() {
                return Err(silent());
            }
        }
        state.progress.outcome(goal)
    }

    /// Waits for work, then takes all of it; `None` when there will be none. After a failure it waits for `pause`,
    /// unless somebody asks for an attempt.
    pub(super) fn take(&self, pause: Option<Duration>) -> Option<Batch> {
        let mut state = self.state.lock();
        if let Some(pause) = pause {
            let until = Instant::now() + pause;
            while !state.poked && !state.stopping {
                if self.filled.wait_until(&mut state, until).timed_out() {
                    break;
                }
            }
        } else {
            while state.is_idle() && !state.stopping {
                self.filled.wait(&mut state);
            }
        }
        if state.stopping && state.is_idle() {
            return None;
        }
        state.poked = false;
        let end = state.waiting.end;
        let taken = std::mem::take(&mut state.waiting);
        state.waiting.end = end;
        Some(taken)
    }

    /// What was taken lasts.
    pub(super) fn written(&self, end: u64) {
        self.tell(|state| {
            state.progress.written = end;
            state.progress.failed = None;
        });
    }

    /// What was taken could not be written; it waits again, before what came since.
    pub(super) fn failed(&self, mut batch: Batch, detail: String) {
        self.tell(|state| {
            let newer = std::mem::take(&mut state.waiting.changes);
            batch.changes.extend(newer);
            state.waiting.changes = batch.changes;
            state.waiting.sessions.extend(batch.sessions);
            state.progress.failures += 1;
            state.progress.failed = Some(detail);
        });
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        self.told.send_replace(state.progress.clone());
        self.tried.notify_all();
    }
}

/// Whether a change adds something to one of these sessions.
fn of_one_of(change: &Change, sessions: &HashSet<SessionId>) -> bool {
    !sessions.is_empty() && change.session().is_some_and(|id| sessions.contains(&id))
}

impl State {
    fn is_idle(&self) -> bool {
        let Batch {
            sessions,
            changes,
            orders,
            ..
        } = &self.waiting;
        sessions.is_empty() && changes.is_empty() && orders.is_empty()
    }
}

impl Progress {
    fn has_tried(&self, goal: u64, failures: u64) -> bool {
        self.written >= goal || self.failures > failures
    }

    fn outcome(&self, goal: u64) -> Result<(), StoreError> {
        if self.written >= goal {
            return Ok(());
        }
        Err(StoreError::Failed {
            detail: self.failed.clone().unwrap_or_default(),
        })
    }
}

fn silent() -> StoreError {
    StoreError::Failed {
        detail: "the disk does not answer".into(),
    }
}
