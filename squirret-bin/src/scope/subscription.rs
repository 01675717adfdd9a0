//! One connection's subscription to its scopes.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{
    Services, history::Seen, origin::Origin, push::Push, session_scope::Scope,
    subscriber::Subscriber,
};
use crate::{
    fanout::StreamKind,
    ws::outbox::{Overflow, Popped},
};

/// A connection's subscription to its session's scope and, while `fsr.shared_default` is on, to `default`. Unsubscribes
/// on drop.
#[derive(Debug)]
pub(crate) struct Subscription {
    own: Arc<Scope>,
    shared: Option<Arc<Scope>>,
    listener: Arc<Subscriber>,
    services: Arc<Services>,
    /// The id of the last push that was taken.
    last: Mutex<String>,
}

impl Subscription {
    /// Attaches a new connection to its scopes.
    pub(super) fn new(
        own: Arc<Scope>,
        shared: Option<Arc<Scope>>,
        services: Arc<Services>,
    ) -> Self {
        let activity = |scope: &Arc<Scope>| Arc::clone(&scope.activity);
        let listener = Arc::new(Subscriber::new(
            activity(&own),
            shared.as_ref().map(activity),
            services.limits.outbox,
        ));
        own.attach(Origin::Own, Arc::clone(&listener));
        if let Some(shared) = &shared {
            shared.attach(Origin::Shared, Arc::clone(&listener));
        }
        Self {
            own,
            shared,
            listener,
            services,
            last: Mutex::default(),
        }
    }

    /// The session's own scope.
    pub(crate) const fn own(&self) -> &Arc<Scope> {
        &self.own
    }

    /// Returns the scope whose state the connection gets: `default` while that is shared and only it has data.
    pub(crate) fn visible_scope(&self) -> &Arc<Scope> {
        self.scope(StreamKind::Analysis)
    }

    /// Starts or stops the delivery of session pushes. Returns what is to be sent at once: what was missed after the
    /// message `resume`, and the present state.
    pub(crate) fn receive_session(&self, on: bool, resume: Option<&str>) -> Vec<Arc<Push>> {
        if !on {
            self.listener.set(StreamKind::Analysis, false);
            return Vec::new();
        }
        let resume = resume.map(|id| self.seen(id));
        let (greeting, position) = self
            .scope(StreamKind::Analysis)
            .greet(&self.listener, resume);
        *self.last.lock() = greeting
            .last()
            .map_or(position, |push| push.message.message_id().to_owned());
        greeting
    }

    /// Returns what a client that holds this message id has seen of the scope that it gets now.
    fn seen(&self, id: &str) -> Seen {
        let Some((origin, number)) = self.services.ids.position(id) else {
            return Seen::Nothing;
        };
        let (scope, shared) = (self.scope(StreamKind::Analysis), self.shared.as_ref());
        let hears = match shared {
            Some(shared) if Arc::ptr_eq(shared, scope) => Origin::Shared,
            _ => Origin::Own,
        };
        if origin == hears {
            return Seen::Push(number);
        }
        // The id is one of the connection's other scope; the rank of that push stands for it.
        let other = match origin {
            Origin::Own => Some(&self.own),
            Origin::Shared => shared,
        };
        other
            .and_then(|other| other.rank_of(number))
            .map_or(Seen::Nothing, Seen::Rank)
    }

    /// Starts or stops the delivery of the insole stream. Returns the present state of the feet.
    pub(crate) fn receive_insole(&self, on: bool) -> Option<Arc<Push>> {
        self.listener.set(StreamKind::Insole, on);
        if on {
            self.scope(StreamKind::Insole).feet_push()
        } else {
            None
        }
    }

    /// The next push.
    ///
    /// # Errors
    /// [`Overflow`] when the connection reads too slowly.
    pub(crate) fn pop(&self) -> Result<Option<Popped<Arc<Push>>>, Overflow> {
        let popped = self.listener.pop()?;
        if let Some(Popped { item, .. }) = &popped {
            item.message.message_id().clone_into(&mut self.last.lock());
        }
        Ok(popped)
    }

    /// Returns when [`Self::pop`] may have something.
    pub(crate) async fn filled(&self) {
        self.listener.filled().await;
    }

    /// The id of a message to this connection alone: who resumes with it has seen all pushes before it.
    pub(crate) fn reply_id(&self) -> String {
        self.services.ids.reply(&self.last.lock())
    }

    fn scope(&self, stream: StreamKind) -> &Arc<Scope> {
        match (
            &self.shared,
            self.listener.hears(stream, self.services.clock.now()),
        ) {
            (Some(shared), Origin::Shared) => shared,
            _ => &self.own,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.own.detach(&self.listener);
        if let Some(shared) = &self.shared {
            shared.detach(&self.listener);
        }
    }
}
