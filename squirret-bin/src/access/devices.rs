//! Who may bind a pair of insoles.

use squirret::session::{DeviceId, Owner, SessionId};

use crate::{
    app::App,
    config::AuthMode,
    http::{Code, Problem},
};

impl App {
    /// Binds a pair of insoles to a session. Under `open` it leaves the session that had it, as the original's did. Under
    /// `bearer`, whoever knows its id must not take it from somebody else: that needs the code that it was bound with, or
    /// that the other session lets it go, is over, or is the same person's.
    ///
    /// # Errors
    /// 409 when it is somebody else's, 400 when there are too many.
    pub(crate) fn bind_device(
        &self,
        id: SessionId,
        device: &DeviceId<'_>,
        claim: Option<&str>,
    ) -> Result<(), Problem> {
        let holder = self.scopes.holder_of(device.as_str(), claim);
        let is_free = holder.is_none_or(|(holder, claimed)| {
            claimed || holder == id || self.is_same_person(holder, id)
        });
        if self.config.auth.mode == AuthMode::Bearer && !is_free {
            let message = "deviceId is bound to another session: that session must let it go, or claim must be the \
                           code that the pair was bound with";
            return Err(Problem::new(Code::SessionConflict, message));
        }
        Ok(self.scopes.bind_device(id, device, claim)?)
    }

    /// Whether one who lives no more, or another session of the same user, has it.
    fn is_same_person(&self, holder: SessionId, id: SessionId) -> bool {
        let user = |id| match self.sessions.get(id).map(|session| session.owner) {
            Ok(Owner::User { user_id, .. }) => Some(user_id),
            _ => None,
        };
        self.sessions.get(holder).is_err() || user(holder).is_some_and(|own| user(id) == Some(own))
    }
}
