//! Which insole pair belongs to which session: one session a device, the newest binding wins.

use crate::{secret::is_same_secret, store::Binding as Kept};
use sha2::{Digest, Sha256};
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

#[derive(Clone, Debug)]
struct Binding {
    session: SessionId,
    /// The digest of the code that it must be claimed with.
    claim: Option<Box<str>>,
    used: UnixMillis,
    /// The last use that the store knows of.
    stored: UnixMillis,
    /// When it last sent something, since it was bound.
    heard: Option<UnixMillis>,
}

impl Binding {
    const fn new(session: SessionId, claim: Option<Box<str>>, used: UnixMillis) -> Self {
        Self {
            session,
            claim,
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
        claim: Option<&str>,
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
        // The first code that comes with a pair stays with it.
        let kept = self
            .bindings
            .remove(device)
            .and_then(|binding| binding.claim);
        let claim = kept.or_else(|| claim.map(digest));
        self.bindings
            .insert(device.into(), Binding::new(session, claim, now));
        Ok(previous.filter(|previous| *previous != session))
    }

    /// The session that has `device`, and whether this code claims it from there; asking is no use of the binding.
    pub(super) fn holder(&self, device: &str, claim: Option<&str>) -> Option<(SessionId, bool)> {
        let binding = self.bindings.get(device)?;
        let claims = match (&binding.claim, claim) {
            (Some(kept), Some(given)) => is_same_secret(&digest(given), kept),
            _ => false,
        };
        Some((binding.session, claims))
    }

    /// The digest of the code that `device` must be claimed with.
    pub(super) fn claim_of(&self, device: &str) -> Option<Box<str>> {
        self.bindings.get(device)?.claim.clone()
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
            let binding = Binding::new(kept.session, kept.claim, kept.used);
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
                    claim: binding.claim.clone(),
                }
            })
            .collect()
    }
}

/// What is kept of a claim code.
fn digest(claim: &str) -> Box<str> {
    let digest = Sha256::digest(claim.as_bytes());
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(digest).into()
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
        assert_eq!(
            devices.bind(session(1), &device("pair"), None, NOW),
            Ok(None)
        );
        assert_eq!(
            devices.bind(session(1), &device("pair"), None, NOW),
            Ok(None)
        );
        assert_eq!(
            devices.bind(session(2), &device("pair"), None, NOW),
            Ok(Some(session(1)))
        );
        assert_eq!(devices.session_of("pair", NOW), Some(session(2)));
    }

    #[test]
    fn a_session_unbinds_only_what_is_its_own() {
        let mut devices = devices();
        devices
            .bind(session(1), &device("pair"), None, NOW)
            .unwrap();
        assert!(!devices.unbind(session(2), "pair"));
        assert_eq!(devices.session_of("pair", NOW), Some(session(1)));
        assert!(devices.unbind(session(1), "pair"));
        assert!(!devices.unbind(session(1), "pair"));
    }

    #[test]
    fn bindings_are_bounded_for_a_session_and_for_all() {
        let mut devices = devices();
        devices.bind(session(1), &device("a"), None, NOW).unwrap();
        devices.bind(session(1), &device("b"), None, NOW).unwrap();
        assert_eq!(
            devices.bind(session(1), &device("c"), None, NOW),
            Err(BindError::SessionFull { max: 2 })
        );
        devices.bind(session(2), &device("c"), None, NOW).unwrap();
        assert_eq!(
            devices.bind(session(2), &device("d"), None, NOW),
            Err(BindError::Full { max: 3 })
        );
        assert_eq!(
            devices.bind(session(2), &device("a"), None, NOW),
            Ok(Some(session(1))),
            "taking one over needs no new place"
        );
    }

    #[test]
    fn the_first_code_of_a_pair_claims_it_until_it_is_let_go() {
        let mut devices = devices();
        let bind = |devices: &mut Devices, number, id, claim| {
            devices
                .bind(session(number), &device(id), claim, NOW)
                .unwrap();
        };
        bind(&mut devices, 1, "pair", Some("4711"));
        assert_eq!(
            devices.holder("pair", Some("4711")),
            Some((session(1), true))
        );
        for wrong in [None, Some(""), Some("4712")] {
            assert_eq!(devices.holder("pair", wrong), Some((session(1), false)));
        }
        bind(&mut devices, 2, "pair", Some("another"));
        assert_eq!(
            devices.holder("pair", Some("4711")),
            Some((session(2), true))
        );
        devices.unbind(session(2), "pair");
        assert_eq!(devices.holder("pair", None), None);
        bind(&mut devices, 1, "plain", None);
        assert_eq!(devices.holder("plain", Some("")), Some((session(1), false)));
    }

    #[test]
    fn a_binding_lives_as_long_as_it_is_used() {
        let mut devices = devices();
        devices.bind(session(1), &device("a"), None, NOW).unwrap();
        devices.bind(session(2), &device("b"), None, NOW).unwrap();
        assert_eq!(devices.session_of("a", NOW.plus(10)), Some(session(1)));
        assert_eq!(devices.expire(NOW.plus(1)), []);
        assert_eq!(devices.session_of("a", NOW), Some(session(1)));
        assert_eq!(devices.session_of("b", NOW), None);
    }

    #[test]
    fn the_store_hears_of_a_use_each_hour_and_gives_bindings_back() {
        let mut devices = devices();
        devices.bind(session(1), &device("a"), None, NOW).unwrap();
        let later = NOW.plus(USE_GRAIN);
        devices.session_of("a", later.plus(-1));
        assert_eq!(devices.expire(NOW), []);
        devices.session_of("a", later);
        let kept = devices.expire(NOW);
        assert_eq!((kept.len(), kept[0].used), (1, later));
        assert_eq!(devices.expire(NOW), []);
        let mut after = self::devices();
        after.bind(session(2), &device("b"), None, later).unwrap();
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
