//! Which insole pair belongs to which session: one session a device, the newest binding wins.

use crate::store::Binding as Kept;
use squirret::{
    UnixMillis,
    session::{DeviceId, SessionId},
};
use std::collections::HashMap;

/// How old the stored time of a binding's last use may be, ms.
const USE_GRAIN: i64 = 3_600_000;

/// Bounds of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceLimits {
    /// Bindings at once.
    pub(crate) max_devices: usize,
    /// Devices of one session.
    pub(crate) max_per_session: usize,
}

/// Why a device was not bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BindError {
    /// The session has enough.
    #[error("session has {max} devices, no more can be bound")]
    SessionFull {
        /// How many.
        max: usize,
    },
    /// The table is full.
    #[error("no more than {max} devices can be bound at once")]
    Full {
        /// How many.
        max: usize,
    },
}

#[derive(Clone, Copy, Debug)]
struct Binding {
    session: SessionId,
    used: UnixMillis,
    /// The last use that the store knows of.
    stored: UnixMillis,
    /// When it last sent something, since it was bound.
    heard: Option<UnixMillis>,
}

impl Binding {
    const fn new(session: SessionId, used: UnixMillis) -> Self {
        Self {
            session,
            used,
            stored: used,
            heard: None,
        }
    }
}

/// Device ids and their sessions.
#[derive(Debug)]
pub(super) struct Devices {
    bindings: HashMap<Box<str>, Binding>,
    limits: DeviceLimits,
}

impl Devices {
    pub(super) fn new(limits: DeviceLimits) -> Self {
        Self {
            bindings: HashMap::new(),
            limits,
        }
    }

    /// Binds `device` to `session`; gives the session that had it before, if that was another.
    pub(super) fn bind(
        &mut self,
        session: SessionId,
        device: &DeviceId<'_>,
        now: UnixMillis,
    ) -> Result<Option<SessionId>, BindError> {
        let device = device.as_str();
        let previous = self.bindings.get(device).map(|binding| binding.session);
        if previous != Some(session) {
            let DeviceLimits {
                max_devices,
                max_per_session,
            } = self.limits;
            if self
                .bindings
                .values()
                .filter(|binding| binding.session == session)
                .count()
                >= max_per_session
            {
                return Err(BindError::SessionFull {
                    max: max_per_session,
                });
            }
            if previous.is_none() && self.bindings.len() >= max_devices {
                return Err(BindError::Full { max: max_devices });
            }
        }
        self.bindings
            .insert(device.into(), Binding::new(session, now));
        Ok(previous.filter(|previous| *previous != session))
    }

    /// Takes `device` from `session`; `false` when it was not bound to it.
    pub(super) fn unbind(&mut self, session: SessionId, device: &str) -> bool {
        let bound = self
            .bindings
            .get(device)
            .is_some_and(|binding| binding.session == session);
        if bound {
            self.bindings.remove(device);
        }
        bound
    }

    /// The session of `device`, which counts as a use of the binding.
    pub(super) fn session_of(&mut self, device: &str, now: UnixMillis) -> Option<SessionId> {
        let binding = self.bindings.get_mut(device)?;
        binding.used = now;
        binding.heard = Some(now);
        Some(binding.session)
    }

    /// The devices of a session in the order of their ids, and when each last sent something.
    pub(super) fn of_session(&self, session: SessionId) -> Vec<(Box<str>, Option<UnixMillis>)> {
        let own = self
            .bindings
            .iter()
            .filter(|(_, binding)| binding.session == session);
        let mut devices: Vec<_> = own
            .map(|(id, binding)| (id.clone(), binding.heard))
            .collect();
        devices.sort();
        devices
    }

    /// How many are bound.
    pub(super) fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Puts a kept binding back, unless the device was bound since.
    pub(super) fn restore(&mut self, kept: Kept) {
        if self.bindings.len() < self.limits.max_devices {
            let binding = Binding::new(kept.session, kept.used);
            self.bindings.entry(kept.device).or_insert(binding);
        }
    }

    /// Forgets the bindings of a session.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.bindings
            .retain(|_, binding| binding.session != session);
    }

    /// Forgets bindings that were last used before `before`; gives those of whose use the store should hear.
    pub(super) fn expire(&mut self, before: UnixMillis) -> Vec<Kept> {
        self.bindings.retain(|_, binding| binding.used >= before);
        self.bindings
            .iter_mut()
            .filter(|(_, binding)| binding.used.since(binding.stored) >= USE_GRAIN)
            .map(|(device, binding)| {
                binding.stored = binding.used;
                Kept {
                    device: device.clone(),
                    session: binding.session,
                    used: binding.used,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn devices() -> Devices {
        Devices::new(DeviceLimits {
            max_devices: 3,
            max_per_session: 2,
        })
    }

    fn device(id: &str) -> DeviceId<'_> {
        DeviceId::new(id).unwrap()
    }

    fn session(n: u128) -> SessionId {
        SessionId(Uuid::from_u128(n))
    }

    #[test]
    fn the_newest_binding_wins_and_the_older_session_is_named() {
        let mut devices = devices();
        assert_eq!(devices.bind(session(1), &device("pair"), NOW), Ok(None));
        assert_eq!(devices.bind(session(1), &device("pair"), NOW), Ok(None));
        assert_eq!(
            devices.bind(session(2), &device("pair"), NOW),
            Ok(Some(session(1)))
        );
        assert_eq!(devices.session_of("pair", NOW), Some(session(2)));
    }

    #[test]
    fn a_session_unbinds_only_what_is_its_own() {
        let mut devices = devices();
        devices.bind(session(1), &device("pair"), NOW).unwrap();
        assert!(!devices.unbind(session(2), "pair"));
        assert_eq!(devices.session_of("pair", NOW), Some(session(1)));
        assert!(devices.unbind(session(1), "pair"));
        assert!(!devices.unbind(session(1), "pair"));
    }

    #[test]
    fn bindings_are_bounded_for_a_session_and_for_all() {
        let mut devices = devices();
        devices.bind(session(1), &device("a"), NOW).unwrap();
        devices.bind(session(1), &device("b"), NOW).unwrap();
        assert_eq!(
            devices.bind(session(1), &device("c"), NOW),
            Err(BindError::SessionFull { max: 2 })
        );
        devices.bind(session(2), &device("c"), NOW).unwrap();
        assert_eq!(
            devices.bind(session(2), &device("d"), NOW),
            Err(BindError::Full { max: 3 })
        );
        assert_eq!(
            devices.bind(session(2), &device("a"), NOW),
            Ok(Some(session(1))),
            "taking one over needs no new place"
        );
    }

    #[test]
    fn a_binding_lives_as_long_as_it_is_used() {
        let mut devices = devices();
        devices.bind(session(1), &device("a"), NOW).unwrap();
        devices.bind(session(2), &device("b"), NOW).unwrap();
        assert_eq!(devices.session_of("a", NOW.plus(10)), Some(session(1)));
        assert_eq!(devices.expire(NOW.plus(1)), []);
        assert_eq!(devices.session_of("a", NOW), Some(session(1)));
        assert_eq!(devices.session_of("b", NOW), None);
    }

    #[test]
    fn the_store_hears_of_a_use_each_hour_and_gives_bindings_back() {
        let mut devices = devices();
        devices.bind(session(1), &device("a"), NOW).unwrap();
        let later = NOW.plus(USE_GRAIN);
        devices.session_of("a", later.plus(-1));
        assert_eq!(devices.expire(NOW), []);
        devices.session_of("a", later);
        let kept = devices.expire(NOW);
        assert_eq!((kept.len(), kept[0].used), (1, later));
        assert_eq!(devices.expire(NOW), []);
        let mut after = self::devices();
        after.bind(session(2), &device("b"), later).unwrap();
        let taken_over = Kept {
            device: "b".into(),
            ..kept[0].clone()
        };
        for binding in [kept[0].clone(), taken_over] {
            after.restore(binding);
        }
        assert_eq!(after.session_of("a", later), Some(session(1)));
        assert_eq!(
            after.session_of("b", later),
            Some(session(2)),
            "bound since"
        );
        after.forget(session(1));
        assert_eq!(after.session_of("a", later), None);
    }
}
