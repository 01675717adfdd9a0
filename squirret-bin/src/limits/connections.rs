//! Counts connections, in total and by address.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use parking_lot::Mutex;

use super::network;

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The plane has as many as it may.
    Total,
    /// The address has.
    Address,
    /// The address opens them too fast.
    Rate,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Counts {
    /// Counts one more of an address, if it has less than `max`.
    fn count(&mut self, address: IpAddr, max: usize) -> Result<(), Refusal> {
        let own = self.by_address.entry(address).or_default();
        if *own >= max {
            return Err(Refusal::Address);
        }
        *own += 1;
        Ok(())
    }
}

/// ConnectionPermits for connections; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    max: usize,
    max_per_address: usize,
    counts: Arc<Mutex<Counts>>,
}

impl Connections {
    pub(crate) fn new(max: usize, max_per_address: usize) -> Self {
        Self {
            max,
            max_per_address,
            counts: Arc::default(),
        }
    }

    /// A place for one more connection of an address (`None`: of a proxy that speaks for many); dropping it gives it
    /// back.
    ///
    /// # Errors
    /// [`Refusal`] when there is none.
    pub(crate) fn enter(&self, address: Option<IpAddr>) -> Result<ConnectionPermit, Refusal> {
        let mut counts = self.counts.lock();
        if counts.total >= self.max {
            return Err(Refusal::Total);
        }
        let address = address.map(network);
        if let Some(address) = address {
            counts.count(address, self.max_per_address)?;
        }
        counts.total += 1;
        Ok(ConnectionPermit {
            address,
            is_connection: true,
            connections: self.clone(),
        })
    }

    /// Connections now.
    pub(crate) fn total(&self) -> usize {
        self.counts.lock().total
    }
}

/// One connection's place.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    address: Option<IpAddr>,
    /// Whether it counts among all, and not only among its address's.
    is_connection: bool,
    connections: Connections,
}

impl ConnectionPermit {
    /// The place of a client behind this connection's proxy; nothing for one who has a place of their own.
    ///
    /// # Errors
    /// [`Refusal::Address`] when that client has as many as it may.
    pub(crate) fn of_client(&self, client: IpAddr) -> Result<Option<Self>, Refusal> {
        if self.address.is_some() {
            return Ok(None);
        }
        let connections = &self.connections;
        let address = network(client);
        let mut counts = connections.counts.lock();
        counts.count(address, connections.max_per_address)?;
        Ok(Some(Self {
            address: Some(address),
            is_connection: false,
            connections: connections.clone(),
        }))
    }
}

/// What a connection that became a WebSocket holds until its end.
#[derive(Debug)]
pub(crate) struct ConnectionPermits {
    _connection: Arc<ConnectionPermit>,
    _client: Option<ConnectionPermit>,
}

impl ConnectionPermits {
    /// The connection's own place, and its client's behind a proxy.
    pub(crate) const fn new(
        connection: Arc<ConnectionPermit>,
        client: Option<ConnectionPermit>,
    ) -> Self {
        Self {
            _connection: connection,
            _client: client,
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock();
        counts.total -= usize::from(self.is_connection);
        let Some(address) = self.address else { return };
        if let Some(own) = counts.by_address.get_mut(&address) {
            *own -= 1;
            if *own == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_up_to_the_limits_and_come_back() {
        let connections = Connections::new(3, 2);
        let [a, b]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        let first = connections.enter(Some(a)).unwrap();
        let _second = connections.enter(Some(a)).unwrap();
        assert_eq!(connections.enter(Some(a)).unwrap_err(), Refusal::Address);
        let _third = connections.enter(Some(b)).unwrap();
        assert_eq!(connections.enter(Some(b)).unwrap_err(), Refusal::Total);
        drop(first);
        assert_eq!(connections.total(), 2);
        connections.enter(Some(a)).unwrap();
        assert_eq!(connections.counts.lock().by_address.len(), 2);
    }

    #[test]
    fn a_proxys_clients_are_counted_each_for_itself() {
        let connections = Connections::new(8, 2);
        let [a, b]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        let proxied: Vec<_> = (0..4).map(|_| connections.enter(None).unwrap()).collect();
        let held: Vec<_> = (0..2).map(|place| proxied[place].of_client(a)).collect();
        assert!(held.iter().all(|place| matches!(place, Ok(Some(_)))));
        assert_eq!(proxied[2].of_client(a).unwrap_err(), Refusal::Address);
        assert!(proxied[2].of_client(b).unwrap().is_some());
        assert_eq!(
            connections.total(),
            4,
            "a client behind a proxy is no further connection"
        );
        drop(held);
        assert!(proxied[3].of_client(a).unwrap().is_some());
        let direct = connections.enter(Some(a)).unwrap();
        assert!(direct.of_client(b).unwrap().is_none(), "it has its place");
        drop((proxied, direct));
        assert_eq!(connections.total(), 0);
        assert!(connections.counts.lock().by_address.is_empty());
    }
}
