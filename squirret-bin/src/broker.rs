//! The open broker (`stomp.open_broker`): who hears what others send to `/topic/**` and `/queue/**`.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use squirret::stomp::{Broker, BrokerError, BrokerLimits, Delivery, Event, Session, SessionConfig};

use crate::ws::outbox::{Lane, Outbox, OutboxLimits, Overflow, Popped};

/// The number of a connection.
type Member = u64;

/// What the connections of a server send to each other.
#[derive(Debug)]
pub(crate) struct BrokerHub {
    state: Mutex<BrokerState>,
    next: AtomicU64,
    limits: OutboxLimits,
}

#[derive(Debug)]
struct BrokerState {
    broker: Broker<Member>,
    outboxes: HashMap<Member, Arc<Outbox<Delivery<Member>>>>,
}

impl BrokerHub {
    /// Nobody is there; each connection's waiting deliveries have these bounds.
    pub(crate) fn new(limits: OutboxLimits) -> Self {
        let state = BrokerState {
            broker: Broker::new(BrokerLimits::default()),
            outboxes: HashMap::new(),
        };
        Self {
            state: Mutex::new(state),
            next: AtomicU64::new(0),
            limits,
        }
    }

    /// A place for one connection; it is left when the seat is dropped.
    pub(crate) fn join(self: &Arc<Self>) -> BrokerSession {
        let member = self.next.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::new(self.limits));
        self.state
            .lock()
            .outboxes
            .insert(member, Arc::clone(&outbox));
        BrokerSession {
            hub: Arc::clone(self),
            member,
            outbox,
        }
    }
}

impl BrokerState {
    /// Puts deliveries where their readers take them; under the lock, so that their order is the broker's.
    fn hand_out(&self, deliveries: Vec<Delivery<Member>>) {
        for delivery in deliveries {
            if let Some(outbox) = self.outboxes.get(&delivery.session) {
                outbox.push(Lane::Ordered, delivery.message.size(), delivery);
            }
        }
    }
}

/// One connection's place at the hub.
pub(crate) struct BrokerSession {
    hub: Arc<BrokerHub>,
    member: Member,
    outbox: Arc<Outbox<Delivery<Member>>>,
}

impl BrokerSession {
    /// Does what a client asks of the broker; other events are not the broker's.
    ///
    /// # Errors
    /// [`BrokerError`] when there is no room for it.
    pub(crate) fn take(
        &self,
        event: Event,
        session: &Session,
        config: &SessionConfig,
    ) -> Result<(), BrokerError> {
        let brokered = |destination: &str| config.destinations.is_brokered(destination);
        let mut state = self.hub.state.lock();
        let broker = &mut state.broker;
        let deliveries = match event {
            Event::Subscribed { id, destination } if brokered(&destination) => {
                broker.subscribe(self.member, &id, &destination, session.acknowledges(&id))?
            }
            Event::Unsubscribed { id, destination } if brokered(&destination) => {
                broker.unsubscribe(self.member, &id)
            }
            Event::Sent {
                destination,
                content_type,
                headers,
                body,
            } if brokered(&destination) => {
                let kind = content_type.unwrap_or_default();
                broker.publish(&destination, &kind, headers, body)?
            }
            Event::Acked { message_id } => broker.acked(self.member, &message_id),
            Event::Nacked { message_id } => broker.nacked(self.member, &message_id),
            _ => return Ok(()),
        };
        state.hand_out(deliveries);
        Ok(())
    }

    /// The next delivery for this connection.
    ///
    /// # Errors
    /// [`Overflow`] when one found no room: the client reads too slowly.
    pub(crate) fn pop(&self) -> Result<Option<Popped<Delivery<Member>>>, Overflow> {
        self.outbox.pop()
    }

    /// Returns when a delivery waits or may wait.
    pub(crate) async fn filled(&self) {
        self.outbox.filled().await;
    }
}

impl fmt::Debug for BrokerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BrokerSession").field(&self.member).finish()
    }
}

impl Drop for BrokerSession {
    fn drop(&mut self) {
        let mut state = self.hub.state.lock();
        state.outboxes.remove(&self.member);
        let deliveries = state.broker.leave(self.member);
        state.hand_out(deliveries);
    }
}
