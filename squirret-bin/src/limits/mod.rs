//! Who may do how much: rates by address and session, connections in total and by address.
//!
//! `docs/limits.md` lists every limit with what its peer sees.

mod address;
mod bucket;
mod connections;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

pub(crate) use address::{client, is_trusted, network};
pub(crate) use bucket::{Buckets, Rate};
pub(crate) use connections::{ConnectionPermit, ConnectionPermits, Connections, Refusal};
use squirret::session::SessionId;

use crate::config::LimitsConfig;

/// Addresses and sessions whose rates are remembered at once.
const MAX_REMEMBERED: usize = 65_536;

/// All rates of the server; nothing is limited when they are off.
#[derive(Debug)]
pub(crate) struct Limiter {
    enabled: bool,
    connects: Buckets<IpAddr>,
    requests: Buckets<IpAddr>,
    session_requests: Buckets<SessionId>,
    handshakes: Buckets<IpAddr>,
    all_handshakes: Buckets<()>,
    sessions: Buckets<IpAddr>,
    samples: Buckets<SampleSource>,
}

/// Whose samples are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SampleSource {
    /// A session's.
    Session(SessionId),
    /// Those of an address that name no session.
    Address(IpAddr),
}

/// Why a WebSocket's handshake has to wait, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeLimit {
    /// The server takes no more at the moment.
    All(Duration),
    /// The address does.
    Address(Duration),
}

impl Limiter {
    /// As configured.
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        let all = |per_second, burst| Rate::new(per_second, burst);
        Self {
            enabled: config.enabled,
            connects: buckets(config.connects_per_second, config.connect_burst),
            requests: buckets(config.requests_per_second, config.request_burst),
            session_requests: buckets(
                config.session_requests_per_second,
                config.session_request_burst,
            ),
            handshakes: buckets(config.handshakes_per_second, config.handshake_burst),
            all_handshakes: Buckets::new(
                all(config.all_handshakes_per_second, config.all_handshake_burst),
                1,
            ),
            sessions: buckets(config.sessions_per_second, config.session_burst),
            samples: buckets(config.samples_per_second, config.sample_burst),
        }
    }

    /// One more connection of an address.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn connect(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.take(&self.connects, network(address), 1, now)
    }

    /// One more request of an address.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn request(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.take(&self.requests, network(address), 1, now)
    }

    /// One more request about a session.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn session_request(&self, id: SessionId, now: Instant) -> Result<(), Duration> {
        self.take(&self.session_requests, id, 1, now)
    }

    /// One more handshake of a WebSocket.
    ///
    /// # Errors
    /// [`HandshakeLimit`] when it has to wait.
    pub(crate) fn handshake(&self, address: IpAddr, now: Instant) -> Result<(), HandshakeLimit> {
        // The address first: what one of them sends too much must not use up what is there for all.
        self.take(&self.handshakes, network(address), 1, now)
            .map_err(HandshakeLimit::Address)?;
        self.take(&self.all_handshakes, (), 1, now)
            .map_err(HandshakeLimit::All)
    }

    /// One more session for an address.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn session(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.take(&self.sessions, network(address), 1, now)
    }

    /// Some more samples.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn samples(
        &self,
        source: SampleSource,
        count: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        self.take(&self.samples, source, count, now)
    }

    fn take<K: Copy + Eq + std::hash::Hash>(
        &self,
        buckets: &Buckets<K>,
        key: K,
        count: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        if self.enabled {
            buckets.take(key, count, now)
        } else {
            Ok(())
        }
    }
}

fn buckets<K: Copy + Eq + std::hash::Hash>(per_second: f64, burst: f64) -> Buckets<K> {
    Buckets::new(Rate::new(per_second, burst), MAX_REMEMBERED)
}

/// So long more than needed, another time at each call: who is sent away returns spread over this.
pub(crate) fn jitter(spread: Duration) -> Duration {
    let share = (uuid::Uuid::new_v4().as_u64_pair().0 >> 32) as u32;
    spread.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_use_up_the_handshakes_of_all() {
        let mut config = crate::config::Config::load(crate::config::Sources::default())
            .unwrap()
            .limits;
        config.handshakes_per_second = 1.0;
        config.handshake_burst = 2.0;
        config.all_handshakes_per_second = 1.0;
        config.all_handshake_burst = 4.0;
        let (limiter, now) = (Limiter::new(&config), Instant::now());
        let [loud, quiet]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        for _ in 0..2 {
            limiter.handshake(loud, now).unwrap();
        }
        for _ in 0..10 {
            let refused = limiter.handshake(loud, now);
            assert!(
                matches!(refused, Err(HandshakeLimit::Address(_))),
                "{refused:?}"
            );
        }
        for _ in 0..2 {
            limiter.handshake(quiet, now).unwrap();
        }
        let other = limiter.handshake([192, 0, 2, 3].into(), now);
        assert!(matches!(other, Err(HandshakeLimit::All(_))), "{other:?}");
    }
}
