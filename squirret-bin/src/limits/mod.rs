//! Who may do how much: rates by address and session, connections in total and by address.

mod bucket;
mod connections;

use std::{
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

pub(crate) use bucket::{Buckets, Rate};
pub(crate) use connections::{Connections, Place, Refusal};
use squirret::session::SessionId;

use crate::config::LimitsConfig;

/// Addresses and sessions whose rates are remembered at once.
const MAX_REMEMBERED: usize = 65_536;

/// All rates of the server; nothing is limited when they are off.
#[derive(Debug)]
pub(crate) struct Limiter {
    enabled: bool,
    requests: Buckets<IpAddr>,
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

impl Limiter {
    /// As configured.
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        Self {
            enabled: config.enabled,
            requests: Buckets::new(
                Rate::new(config.requests_per_second, config.request_burst),
                MAX_REMEMBERED,
            ),
            sessions: Buckets::new(
                Rate::new(config.sessions_per_second, config.session_burst),
                MAX_REMEMBERED,
            ),
            samples: Buckets::new(
                Rate::new(config.samples_per_second, config.sample_burst),
                MAX_REMEMBERED,
            ),
        }
    }

    /// One more request of an address.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn request(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.take(&self.requests, network(address), 1, now)
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

/// Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, as one customer has one of these at least.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one_and_a_mapped_address_as_its_own() {
        let parse = |text: &str| network(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff"));
        assert_ne!(parse("2001:db8:0:1::1"), parse("2001:db8::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_ne!(parse("192.0.2.1"), parse("192.0.2.2"));
    }
}
