//! The state of the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use parking_lot::RwLock;
use squirret::{
    auth::TokenService,
    session::Sessions,
    stomp::{Destinations, SessionConfig},
};

use crate::{
    broker::BrokerHub,
    bus::Bus,
    clock::Time,
    config::Config,
    grants::Grants,
    http::Doors,
    inference::Inference,
    keys::{Keys, Provider},
    limits::{Limiter, Rate},
    metrics::{GaugeSnapshot, Metrics, SharedMetrics, WsMetrics},
    proxy::Target,
    record::Recorder,
    scope::Scopes,
    shutdown::Shutdown,
    store::Store,
    usage::UsageTracker,
    ws::{allowance::Allowances, deadlines::Deadlines, outbox::OutboxLimits},
};

/// Where the planes really listen; known once they do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Addresses {
    /// The control plane's.
    pub(crate) control: Option<SocketAddr>,
    /// The inference plane's.
    pub(crate) inference: Option<SocketAddr>,
}

/// The state of the server: what handlers, endpoints and background tasks share behind one [`Arc`].
///
/// The composition in `serve` builds it; nothing here starts a task or opens a socket.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    /// What all that waits and expires goes by.
    pub(crate) clock: Arc<Time>,
    pub(crate) keys: Keys,
    pub(crate) tokens: Arc<dyn TokenService>,
    /// Who may do what.
    pub(crate) grants: Grants,
    /// Whose ID tokens vouch for a user; without one the app's word counts.
    pub(crate) provider: Option<Provider>,
    pub(crate) sessions: Sessions,
    pub(crate) store: Store,
    pub(crate) scopes: Scopes,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) inference: Inference,
    pub(crate) ws: WebSockets,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) limiter: Limiter,
    pub(crate) metrics: SharedMetrics,
    pub(crate) shutdown: Shutdown,
    pub(crate) doors: Doors,
    pub(crate) addresses: RwLock<Addresses>,
}

/// What all WebSockets share.
#[derive(Debug)]
pub(crate) struct WebSockets {
    /// How STOMP sessions behave.
    pub(crate) stomp: Arc<SessionConfig>,
    /// The open broker, where it is on.
    pub(crate) broker: Option<Arc<BrokerHub>>,
    /// What is counted of inference sessions until it is stored.
    pub(crate) usage: UsageTracker,
    pub(crate) metrics: WsMetrics,
    ping_interval: Duration,
    send_timeout: Duration,
    message_rate: Option<Rate>,
    /// How much each session may send.
    pub(crate) allowances: Allowances,
}

impl WebSockets {
    /// As configured.
    pub(crate) fn new(config: &Config, metrics: &Metrics) -> Self {
        let limits = &config.limits;
        let rate = || Rate::new(limits.messages_per_second, limits.message_burst);
        let message_rate = limits.enabled.then(rate);
        Self {
            stomp: Arc::new(session_config(config)),
            broker: config.stomp.open_broker.then(|| broker(config)),
            usage: UsageTracker::default(),
            metrics: metrics.extend(WsMetrics::new),
            ping_interval: limits.ping_interval,
            send_timeout: limits.send_timeout,
            message_rate,
            allowances: Allowances::new(message_rate),
        }
    }

    /// Returns the deadlines of a new connection.
    pub(crate) fn deadlines(&self) -> Deadlines {
        Deadlines::new(self.ping_interval, self.send_timeout)
    }

    /// Returns the rate of messages that one connection may send; `None` is no limit.
    pub(crate) const fn message_rate(&self) -> Option<Rate> {
        self.message_rate
    }
}

impl App {
    /// What `/metrics` asks for at each scrape.
    pub(crate) fn holdings(&self) -> GaugeSnapshot {
        GaugeSnapshot {
            sessions: self.sessions.count().unwrap_or_default(),
            changes_waiting: self.store.behind(),
            store_failed: self.store.failure().is_some(),
            scopes: self.scopes.len(),
            inference: self.inference.standing(),
            model: self.inference.model().map(|model| model.to_string()),
            devices: self.scopes.devices(),
            queued: self.scopes.queued(),
        }
    }

    /// Where clients are told to send frames: as configured; else where they called a trusted proxy, which leads
    /// `/ws/{sessionId}` to the inference plane; else the host that they called, with the plane's port.
    pub(crate) fn inference_url(&self, target: &Target) -> String {
        if let Some(url) = &self.config.inference.public_url {
            return url.clone();
        }
        let own_tls = self.config.server.tls_certificate.is_some();
        let scheme = |tls| if tls { "wss" } else { "ws" };
        let host = match target {
            Target::Proxy { authority, tls } => {
                return format!("{}://{authority}", scheme(tls.unwrap_or(own_tls)));
            }
            Target::Direct(host) => host.as_deref(),
        };
        let listens = self
            .addresses
            .read()
            .inference
            .unwrap_or(self.config.inference.listen);
        let host = host.map_or("localhost", without_port);
        format!("{}://{host}:{}", scheme(own_tls), listens.port())
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

fn broker(config: &Config) -> Arc<BrokerHub> {
    Arc::new(BrokerHub::new(OutboxLimits {
        max_messages: config.limits.max_queued_messages,
        max_bytes: config.limits.max_queued_bytes,
    }))
}

/// The host of an authority; an IPv6 address keeps its brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
}
