//! WebSockets: the handshake on hyper, the sockets, and the drivers of the three endpoints.

mod allowance;
#[cfg(test)]
pub(crate) mod conformance;
mod deadlines;
pub(crate) mod frame;
mod handshake;
pub(crate) mod inference;
pub(crate) mod insole;
mod keepalive;
mod metrics;
pub(crate) mod outbox;
mod pieces;
mod socket;
pub(crate) mod stomp;
pub(crate) mod watcher;

pub(crate) use inference::UsageBook;
pub(crate) use metrics::{Deliveries, WsMetrics};

use crate::{
    config::Config,
    limits::{Rate, jitter},
    metrics::Metrics,
};
use allowance::Allowances;
use deadlines::Deadlines;
use outbox::OutboxLimits;
use squirret::stomp::{Destinations, SessionConfig};
use std::{sync::Arc, time::Duration};

/// Clients that are sent away return spread over this.
const RETURN_SPREAD: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// What all WebSockets share.
#[derive(Debug)]
pub(crate) struct WebSockets {
    /// How STOMP sessions behave.
    stomp: Arc<SessionConfig>,
    /// The open broker, where it is on.
    exchange: Option<Arc<stomp::Exchange>>,
    /// What is counted of inference sessions until it is stored.
    pub(crate) usage: UsageBook,
    pub(crate) metrics: WsMetrics,
    ping_interval: Duration,
    send_timeout: Duration,
    message_rate: Option<Rate>,
    /// How much each session may send.
    allowances: Allowances,
}

impl WebSockets {
    /// As configured.
    pub(crate) fn new(config: &Config, metrics: &Metrics) -> Self {
        let limits = &config.limits;
        let rate = || Rate::new(limits.messages_per_second, limits.message_burst);
        let message_rate = limits.enabled.then(rate);
        Self {
            stomp: Arc::new(session_config(config)),
            exchange: config.stomp.open_broker.then(|| exchange(config)),
            usage: UsageBook::default(),
            metrics: metrics.extend(WsMetrics::new),
            ping_interval: limits.ping_interval,
            send_timeout: limits.send_timeout,
            message_rate,
            allowances: Allowances::new(message_rate),
        }
    }

    fn deadlines(&self) -> Deadlines {
        Deadlines::new(self.ping_interval, self.send_timeout)
    }

    const fn message_rate(&self) -> Option<Rate> {
        self.message_rate
    }
}

fn session_config(config: &Config) -> SessionConfig {
    let mut session = SessionConfig::default();
    session.limits.max_frame_bytes = config.stomp.max_frame_bytes;
    session.limits.max_subscriptions = config.stomp.max_subscriptions;
    session.heart_beat = (config.stomp.heart_beat, config.stomp.heart_beat);
    session.login_timeout = config.stomp.login_timeout;
    if config.stomp.open_broker {
        session.destinations = Destinations::default().opened();
    }
    session
}

fn exchange(config: &Config) -> Arc<stomp::Exchange> {
    Arc::new(stomp::Exchange::new(OutboxLimits {
        max_messages: config.limits.max_queued_messages,
        max_bytes: config.limits.max_queued_bytes,
    }))
}

/// The close reason of a drain: when to come back, another time for each client.
fn drain_reason() -> String {
    let (least, most) = RETURN_SPREAD;
    let wait = least + jitter(most - least);
    format!("retry-after-ms={}", wait.as_millis())
}

/// The close reason of one who is sent away for what it did: why, and when it may come back.
fn sent_away(why: &str) -> String {
    format!("{why}; {}", drain_reason())
}
