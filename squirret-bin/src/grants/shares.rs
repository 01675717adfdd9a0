//! How many of the server's sessions one address may have: a stranger must not fill them all.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use parking_lot::Mutex;
use squirret::session::{SessionId, Sessions};

use crate::{config::Config, limits::network};

/// The sessions that each address started and that live.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Sessions of one address; `None` for no bound.
    max: Option<usize>,
    started: Mutex<HashMap<IpAddr, VecDeque<SessionId>>>,
}

impl Shares {
    pub(super) fn new(config: &Config) -> Self {
        let share = config.session.max_per_address.max(1);
        Self {
            max: config.limits.enabled.then_some(share),
            started: Mutex::default(),
        }
    }

    /// Makes room for one more session of an address: when it has its share, its oldest one that nobody used goes.
    /// `false` when all of them are in use.
    pub(crate) fn make_room(&self, address: IpAddr, sessions: &Sessions) -> bool {
        let Some(max) = self.max else { return true };
        let mut started = self.started.lock();
        let Some(own) = started.get_mut(&network(address)) else {
            return true;
        };
        if own.len() < max {
            return true;
        }
        own.retain(|id| sessions.get(*id).is_ok());
        if own.len() < max {
            return true;
        }
        let unused = |id: &SessionId| sessions.get(*id).is_ok_and(|session| !session.used);
        let Some(place) = own.iter().position(unused) else {
            return false;
        };
        own.remove(place)
            .is_some_and(|id| sessions.remove(id).is_ok())
    }

    /// An address started a session.
    pub(crate) fn started(&self, address: IpAddr, id: SessionId) {
        if self.max.is_some() {
            let mut started = self.started.lock();
            started.entry(network(address)).or_default().push_back(id);
        }
    }

    /// Forgets what lives no more.
    pub(crate) fn sweep(&self, sessions: &Sessions) {
        self.started.lock().retain(|_, own| {
            own.retain(|id| sessions.get(*id).is_ok());
            !own.is_empty()
        });
    }
}
