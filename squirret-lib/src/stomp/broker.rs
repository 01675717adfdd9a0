//! Routes of a plain broker, without the sessions: who gets a message that somebody sent.
//!
//! `/topic/…` goes to all subscriptions there are; `/queue/…` to one of them, in turn, and waits while there is none.
//! A queue's message that asks for an acknowledgement comes back when it is refused or its reader leaves.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::Arc,
};

use bytes::Bytes;

use super::Message;

/// Bounds of a [`Broker`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BrokerLimits {
    /// Topics and queues with a reader or a message. Default 1,024.
    pub max_destinations: usize,
    /// Messages that wait in one queue; the newest are kept. Default 1,024.
    pub max_waiting: usize,
    /// Bytes that wait in all queues; one more message is refused. Default 64 MiB.
    pub max_waiting_bytes: usize,
    /// Messages that one reader of a queue may leave unacknowledged; further ones wait. Default 64.
    pub max_in_flight: usize,
    /// Times that a message of a queue is delivered before it is dropped. Default 16.
    pub max_deliveries: u32,
}

impl Default for BrokerLimits {
    fn default() -> Self {
        Self {
            max_destinations: 1024,
            max_waiting: 1024,
            max_waiting_bytes: 64 * 1024 * 1024,
            max_in_flight: 64,
            max_deliveries: 16,
        }
    }
}

/// Why the broker takes no more.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// As many topics and queues as allowed.
    #[error("more than {max} destinations")]
    TooManyDestinations {
        /// The limit.
        max: usize,
    },
    /// As many bytes wait as allowed.
    #[error("more than {max} bytes wait in queues")]
    QueuesFull {
        /// The limit, bytes.
        max: usize,
    },
}

/// A message on its way to one subscription: hand it to the session as `Input::MessageFor`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivery<K> {
    /// The session.
    pub session: K,
    /// The subscription's id.
    pub subscription: Arc<str>,
    /// The message.
    pub message: Message,
}

/// The routing tables; `K` names a session.
///
/// ```
/// use squirret::stomp::{Broker, BrokerLimits};
/// let mut broker = Broker::new(BrokerLimits::default());
/// broker.subscribe(1, "sub-0", "/topic/news", false)?;
/// broker.subscribe(2, "sub-0", "/topic/news", false)?;
/// let deliveries = broker.publish("/topic/news", "text/plain", Vec::new(), "hello")?;
/// assert_eq!(deliveries.iter().map(|delivery| delivery.session).collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), squirret::stomp::BrokerError>(())
/// ```
#[derive(Debug)]
pub struct Broker<K> {
    limits: BrokerLimits,
    destinations: HashMap<Box<str>, Destination<K>>,
    published: u64,
    waiting_bytes: usize,
}

#[derive(Debug)]
struct Destination<K> {
    /// Whose turn it is stands first.
    readers: VecDeque<WaitingReader<K>>,
    waiting: VecDeque<Parcel>,
}

#[derive(Debug)]
struct WaitingReader<K> {
    session: K,
    subscription: Arc<str>,
    acknowledges: bool,
    in_flight: VecDeque<Parcel>,
}

#[derive(Debug)]
struct Parcel {
    message: Message,
    deliveries: u32,
}

impl<K: Copy + Eq + Hash> Broker<K> {
    /// Without subscriptions.
    #[must_use]
    pub fn new(limits: BrokerLimits) -> Self {
        Self {
            limits,
            destinations: HashMap::new(),
            published: 0,
            waiting_bytes: 0,
        }
    }

    /// Adds a subscription (`Event::Subscribed`; `Session::acknowledges` tells the last argument). Gives what waited for
    /// it.
    ///
    /// # Errors
    /// [`BrokerError::TooManyDestinations`]
    pub fn subscribe(
        &mut self,
        session: K,
        id: &str,
        destination: &str,
        acknowledges: bool,
    ) -> Result<Vec<Delivery<K>>, BrokerError> {
        let reader = WaitingReader {
            session,
            subscription: id.into(),
            acknowledges,
            in_flight: VecDeque::new(),
        };
        self.open(destination)?.readers.push_back(reader);
        Ok(self.dispatch(destination))
    }

    /// Ends a subscription (`Event::Unsubscribed`). What it left unacknowledged goes to others.
    pub fn unsubscribe(&mut self, session: K, id: &str) -> Vec<Delivery<K>> {
        self.remove(|reader| reader.session == session && &*reader.subscription == id)
    }

    /// Ends all subscriptions of a session that is gone. What it left unacknowledged goes to others.
    pub fn leave(&mut self, session: K) -> Vec<Delivery<K>> {
        self.remove(|reader| reader.session == session)
    }

    /// Takes a message that somebody sent (`Event::Sent` to a brokered destination) and says who gets it.
    ///
    /// # Errors
    /// [`BrokerError`] when it would have to wait and there is no room.
    pub fn publish(
        &mut self,
        destination: &str,
        content_type: &str,
        headers: Vec<(String, String)>,
        body: impl Into<Bytes>,
    ) -> Result<Vec<Delivery<K>>, BrokerError> {
        self.published = self.published.wrapping_add(1);
        let id = format!("m-{}", self.published);
        let message = Message::with_headers(destination, &id, content_type, headers, body);
        if !is_queue(destination) {
            return Ok(self.to_all(&message));
        }
        let max = self.limits.max_waiting_bytes;
        if self.waiting_bytes.saturating_add(message.size()) > max {
            return Err(BrokerError::QueuesFull { max });
        }
        let queue = self.open(destination)?;
        let size = message.size();
        queue.waiting.push_back(Parcel {
            message,
            deliveries: 0,
        });
        self.waiting_bytes = self.waiting_bytes.saturating_add(size);
        Ok(self.dispatch(destination))
    }

    /// Notes that a reader has consumed a message (`Event::Acked`). Gives what now finds room with it.
    pub fn acked(&mut self, session: K, message_id: &str) -> Vec<Delivery<K>> {
        self.settle(session, message_id, true)
    }

    /// Notes that a reader has refused a message (`Event::Nacked`): it goes to the next one.
    pub fn nacked(&mut self, session: K, message_id: &str) -> Vec<Delivery<K>> {
        self.settle(session, message_id, false)
    }

    /// Topics and queues with a reader or a message.
    #[must_use]
    pub fn destinations(&self) -> usize {
        self.destinations.len()
    }

    /// Bytes that wait in all queues.
    #[must_use]
    pub const fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    fn open(&mut self, name: &str) -> Result<&mut Destination<K>, BrokerError> {
        let max = self.limits.max_destinations;
        if !self.destinations.contains_key(name) && self.destinations.len() >= max {
            return Err(BrokerError::TooManyDestinations { max });
        }
        let empty = || Destination {
            readers: VecDeque::new(),
            waiting: VecDeque::new(),
        };
        Ok(self.destinations.entry(name.into()).or_insert_with(empty))
    }

    fn to_all(&self, message: &Message) -> Vec<Delivery<K>> {
        let topic = self.destinations.get(message.destination());
        let readers = topic.into_iter().flat_map(|topic| &topic.readers);
        readers.map(|reader| reader.delivery(message)).collect()
    }

    fn remove(&mut self, leaves: impl Fn(&WaitingReader<K>) -> bool) -> Vec<Delivery<K>> {
        let touched = |destination: &Destination<K>| destination.readers.iter().any(&leaves);
        let names = self
            .destinations
            .iter()
            .filter(|(_, destination)| touched(destination));
        let names: Vec<Box<str>> = names.map(|(name, _)| name.clone()).collect();
        let mut deliveries = Vec::new();
        for name in names {
            if let Some(destination) = self.destinations.get_mut(&name) {
                let (left, stay) = std::mem::take(&mut destination.readers)
                    .into_iter()
                    .partition(&leaves);
                destination.readers = stay;
                let left: VecDeque<WaitingReader<K>> = left;
                let unacknowledged: Vec<_> = left
                    .into_iter()
                    .flat_map(|reader| reader.in_flight)
                    .collect();
                for parcel in unacknowledged.into_iter().rev() {
                    self.waiting_bytes = self.waiting_bytes.saturating_add(parcel.message.size());
                    destination.waiting.push_front(parcel);
                }
            }
            deliveries.extend(self.dispatch(&name));
        }
        deliveries
    }

    fn settle(&mut self, session: K, message_id: &str, consumed: bool) -> Vec<Delivery<K>> {
        for (name, queue) in &mut self.destinations {
            let Some(parcel) = queue.take_in_flight(session, message_id) else {
                continue;
            };
            if !consumed {
                self.waiting_bytes = self.waiting_bytes.saturating_add(parcel.message.size());
                queue.waiting.push_front(parcel);
            }
            let name = name.clone();
            return self.dispatch(&name);
        }
        Vec::new()
    }

    /// Hands out what waits in a queue as far as its readers have room; forgets what is over a limit, and the queue
    /// itself when nothing is left of it.
    fn dispatch(&mut self, name: &str) -> Vec<Delivery<K>> {
        let mut deliveries = Vec::new();
        let Some(queue) = self.destinations.get_mut(name) else {
            return deliveries;
        };
        while let Some(mut parcel) = queue.waiting.pop_front() {
            let Some(reader) = queue.next_reader(self.limits.max_in_flight) else {
                queue.waiting.push_front(parcel);
                break;
            };
            self.waiting_bytes = self.waiting_bytes.saturating_sub(parcel.message.size());
            parcel.deliveries = parcel.deliveries.saturating_add(1);
            if parcel.deliveries > self.limits.max_deliveries {
                continue;
            }
            deliveries.push(reader.delivery(&parcel.message));
            if reader.acknowledges {
                reader.in_flight.push_back(parcel);
            }
        }
        while queue.waiting.len() > self.limits.max_waiting {
            let dropped = queue
                .waiting
                .pop_front()
                .map_or(0, |parcel| parcel.message.size());
            self.waiting_bytes = self.waiting_bytes.saturating_sub(dropped);
        }
        if queue.readers.is_empty() && queue.waiting.is_empty() {
            self.destinations.remove(name);
        }
        deliveries
    }
}

impl<K: Copy + Eq> Destination<K> {
    /// The reader whose turn it is among those with room; it goes to the end of the line.
    fn next_reader(&mut self, max_in_flight: usize) -> Option<&mut WaitingReader<K>> {
        let free = self
            .readers
            .iter()
            .position(|reader| reader.in_flight.len() < max_in_flight)?;
        let reader = self.readers.remove(free)?;
        self.readers.push_back(reader);
        self.readers.back_mut()
    }

    fn take_in_flight(&mut self, session: K, message_id: &str) -> Option<Parcel> {
        self.readers
            .iter_mut()
            .filter(|reader| reader.session == session)
            .find_map(|reader| {
                let at = reader
                    .in_flight
                    .iter()
                    .position(|parcel| parcel.message.message_id() == message_id)?;
                reader.in_flight.remove(at)
            })
    }
}

impl<K: Copy> WaitingReader<K> {
    fn delivery(&self, message: &Message) -> Delivery<K> {
        Delivery {
            session: self.session,
            subscription: Arc::clone(&self.subscription),
            message: message.clone(),
        }
    }
}

fn is_queue(destination: &str) -> bool {
    destination.starts_with("/queue/")
}

#[cfg(test)]
mod tests;
