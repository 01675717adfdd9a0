//! What a client listens to, and what it has yet to acknowledge.

use std::collections::VecDeque;

use super::{Limits, Message, Transmit, Version, echo::ClientId, violation::Violation};

/// How a subscription acknowledges (STOMP 1.2, "SUBSCRIBE ack Header").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AckMode {
    /// A message counts as consumed when it is sent.
    Auto,
    /// An ACK stands for all messages of the subscription before it, too.
    Cumulative,
    /// An ACK stands for one message.
    Individual,
}

impl AckMode {
    pub(super) fn parse(header: Option<&str>) -> Option<Self> {
        Some(match header {
            None | Some("auto") => Self::Auto,
            Some("client") => Self::Cumulative,
            Some("client-individual") => Self::Individual,
            Some(_) => return None,
        })
    }
}

#[derive(Debug)]
struct Subscription {
    id: ClientId<'static>,
    destination: Box<str>,
    ack: AckMode,
    pending: VecDeque<PendingMessage>,
}

#[derive(Debug)]
struct PendingMessage {
    number: u64,
    message_id: Box<str>,
}

/// Which delivery an ACK or NACK means: `id` is the `ack` header of 1.2 (or the message id, which apps pass to
/// StompClientLib), the others are those of 1.0 and 1.1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SubscriptionRef<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) message_id: Option<&'a str>,
    pub(super) subscription: Option<&'a str>,
}

/// What a SUBSCRIBE did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subscribed {
    New,
    /// An id that is its destination, again: StompClientLib chooses these, and its apps subscribe each time a screen
    /// appears.
    Again,
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recipient<'a> {
    /// All subscriptions of the message's destination.
    Destination,
    /// The subscription with this id.
    Subscription(&'a str),
}

/// The subscriptions of one session.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    all: Vec<Subscription>,
    /// Ids of the last subscriptions that ended and acknowledged what they got: a late ACK of 1.1 names one.
    ended: VecDeque<ClientId<'static>>,
    unacknowledged: usize,
    deliveries: u64,
}

impl Subscriptions {
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) const fn unacknowledged(&self) -> usize {
        self.unacknowledged
    }

    pub(super) fn acknowledges(&self, id: &str) -> bool {
        self.all
            .iter()
            .any(|known| known.id.text() == id && known.ack != AckMode::Auto)
    }

    pub(super) fn add(
        &mut self,
        id: ClientId<'_>,
        destination: &str,
        ack: AckMode,
        limits: &Limits,
    ) -> Result<Subscribed, Violation> {
        if let Some(known) = self
            .all
            .iter_mut()
            .find(|known| known.id.text() == id.text())
        {
            if &*known.destination != destination || id.text() != destination {
                return Err(Violation::SubscriptionInUse);
            }
            known.ack = ack;
            return Ok(Subscribed::Again);
        }
        if self.all.len() >= limits.max_subscriptions {
            return Err(Violation::TooManySubscriptions {
                max: limits.max_subscriptions,
            });
        }
        self.all.push(Subscription {
            id: id.into_owned(),
            destination: destination.into(),
            ack,
            pending: VecDeque::new(),
        });
        Ok(Subscribed::New)
    }

    /// Ends the subscription with this id, else the one of this destination (as 1.0 names it). Returns id and
    /// destination.
    pub(super) fn remove(
        &mut self,
        id: Option<&str>,
        destination: Option<&str>,
    ) -> Option<(String, String)> {
        let by_id = self
            .all
            .iter()
            .position(|known| Some(known.id.text()) == id);
        let index = by_id.or_else(|| {
            self.all
                .iter()
                .position(|known| Some(&*known.destination) == destination)
        })?;
        let removed = self.all.remove(index);
        self.unacknowledged = self.unacknowledged.saturating_sub(removed.pending.len());
        let id = removed.id.text().to_owned();
        if removed.ack != AckMode::Auto {
            self.ended.push_back(removed.id);
            if self.ended.len() > MAX_ENDED {
                self.ended.pop_front();
            }
        }
        Some((id, removed.destination.into()))
    }

    /// Frames of this message for all subscriptions that it reaches.
    pub(super) fn deliver(
        &mut self,
        message: &Message,
        recipient: Recipient<'_>,
        version: Version,
        limits: &Limits,
        mut transmit: impl FnMut(Transmit),
    ) -> Result<(), Violation> {
        for subscription in &mut self.all {
            let reached = match recipient {
                Recipient::Destination => &*subscription.destination == message.destination(),
                Recipient::Subscription(id) => subscription.id.text() == id,
            };
            if !reached {
                continue;
            }
            let data = if subscription.ack == AckMode::Auto {
                message.frame(version, &subscription.id, None)
            } else {
                if self.unacknowledged >= limits.max_unacknowledged {
                    return Err(Violation::TooManyUnacknowledged {
                        max: limits.max_unacknowledged,
                    });
                }
                self.unacknowledged = self.unacknowledged.saturating_add(1);
                self.deliveries = self.deliveries.wrapping_add(1);
                let number = self.deliveries;
                subscription.pending.push_back(PendingMessage {
                    number,
                    message_id: message.message_id().into(),
                });
                message.frame(version, &subscription.id, Some(&ack_id(number)))
            };
            transmit(Transmit {
                data,
                text: message.is_text(),
            });
        }
        Ok(())
    }

    /// Whether the `subscription` of an ACK or NACK contradicts what was delivered (1.1 requires that it matches): the
    /// client never had such a subscription, or the message waits in others only and none of these has the same
    /// destination. Naming a message that was settled before, or a subscription that has ended, is no contradiction.
    pub(super) fn contradicts(&self, delivery: SubscriptionRef<'_>) -> bool {
        let Some(named) = delivery.subscription else {
            return false;
        };
        let Some(known) = self.all.iter().find(|known| known.id.text() == named) else {
            return !self.ended.iter().any(|id| id.text() == named);
        };
        let by_message =
            |pending: &PendingMessage| Some(&*pending.message_id) == delivery.message_id;
        let mut waiting = self
            .all
            .iter()
            .filter(|other| other.pending.iter().any(by_message))
            .peekable();
        waiting.peek().is_some() && waiting.all(|other| other.destination != known.destination)
    }

    /// Takes what an ACK or NACK settles: message ids in the order of their delivery. Nothing when the delivery is not
    /// known: it was settled before, its subscription has ended, or it never asked for an ACK.
    pub(super) fn settle(&mut self, delivery: SubscriptionRef<'_>) -> Vec<String> {
        let Some((subscription, index)) = self.find(delivery) else {
            return Vec::new();
        };
        let first = if subscription.ack == AckMode::Individual {
            index
        } else {
            0
        };
        let settled: Vec<_> = subscription
            .pending
            .drain(first..=index)
            .map(|pending| pending.message_id.into())
            .collect();
        self.unacknowledged = self.unacknowledged.saturating_sub(settled.len());
        settled
    }

    fn find(&mut self, delivery: SubscriptionRef<'_>) -> Option<(&mut Subscription, usize)> {
        let number = delivery
            .id
            .and_then(|id| id.strip_prefix(ACK_PREFIX)?.parse().ok());
        let by_number = |pending: &PendingMessage| Some(pending.number) == number;
        let message_id = delivery.message_id.or(delivery.id);
        let by_message = |pending: &PendingMessage| Some(&*pending.message_id) == message_id;
        let (at, index) = self.position(None, by_number).or_else(|| {
            let only = delivery.subscription;
            self.position(only, by_message)
        })?;
        Some((self.all.get_mut(at)?, index))
    }

    fn position(
        &self,
        only: Option<&str>,
        wanted: impl Fn(&PendingMessage) -> bool,
    ) -> Option<(usize, usize)> {
        self.all
            .iter()
            .enumerate()
            .filter(|(_, subscription)| only.is_none_or(|id| subscription.id.text() == id))
            .find_map(|(at, subscription)| {
                Some((at, subscription.pending.iter().position(&wanted)?))
            })
    }
}

/// Ended subscriptions that are remembered.
const MAX_ENDED: usize = 32;

const ACK_PREFIX: &str = "a";

/// The `ack` header of a delivery; differs for each delivery of a session.
fn ack_id(number: u64) -> String {
    format!("{ACK_PREFIX}{number}")
}
