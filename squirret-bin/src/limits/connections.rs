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
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Places for connections; cheap to clone.
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

    /// A place for one more connection; dropping it gives it back.
    ///
    /// # Errors
    /// [`Refusal`] when there is none.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<Place, Refusal> {
        let address = network(address);
        let mut counts = self.counts.lock();
        if counts.total >= self.max {
            return Err(Refusal::Total);
        }
        let own = counts.by_address.entry(address).or_default();
        if *own >= self.max_per_address {
            return Err(Refusal::Address);
        }
        *own += 1;
        counts.total += 1;
        Ok(Place {
            address,
            counts: Arc::clone(&self.counts),
        })
    }

    /// Connections now.
    pub(crate) fn total(&self) -> usize {
        self.counts.lock().total
    }
}

/// One connection's place.
#[derive(Debug)]
pub(crate) struct Place {
    address: IpAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        counts.total -= 1;
        if let Some(own) = counts.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                counts.by_address.remove(&self.address);
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
        let first = connections.enter(a).unwrap();
        let _second = connections.enter(a).unwrap();
        assert_eq!(connections.enter(a).unwrap_err(), Refusal::Address);
        let _third = connections.enter(b).unwrap();
        assert_eq!(connections.enter(b).unwrap_err(), Refusal::Total);
        drop(first);
        assert_eq!(connections.total(), 2);
        connections.enter(a).unwrap();
        assert_eq!(connections.counts.lock().by_address.len(), 2);
    }
}
