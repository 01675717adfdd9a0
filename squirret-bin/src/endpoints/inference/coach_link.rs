//! To whom the results of an inference connection belong.

use crate::{
    app::App,
    fanout::ScopeId,
    scope::{Scope, ScopesFull},
};
use squirret::{
    UnixMillis,
    coach::{Analysis, Input},
    feedback::AiStatus,
    pose::Pose,
    session::SessionId,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How often the person's session is looked for while there is none: the app may open it later.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How often an unchanged status is told to scopes that only hear of it; it counts for ten seconds there.
const TELL_AGAIN: Duration = Duration::from_secs(1);

/// Forwards poses to the coach that they belong to.
#[derive(Debug)]
pub(super) struct CoachLink {
    session: SessionId,
    /// The app's name for the person.
    user: Option<String>,
    scope: Arc<Scope>,
    looked: Instant,
    told: Option<(AiStatus, Instant)>,
}

impl CoachLink {
    /// For the inference session `session` of the person that the app calls `user`.
    pub(super) fn new(
        app: &App,
        session: SessionId,
        user: Option<String>,
    ) -> Result<Self, ScopesFull> {
        let scope = find(app, session, user.as_deref())?;
        Ok(Self {
            session,
            user,
            scope,
            looked: Instant::now(),
            told: None,
        })
    }

    /// Judges one frame. The pose goes to the coach of the person's own session, so that camera and insoles are
    /// judged together. While that is not known, this session has a coach of its own, and its status is told where
    /// the original would have told it.
    pub(super) fn judge(
        &mut self,
        app: &App,
        frame: u64,
        pose: Option<&Pose>,
        at: UnixMillis,
    ) -> Option<Analysis> {
        self.look_again(app);
        let analysis = self.scope.judge(frame, pose, at)?;
        self.tell(app, analysis.marks);
        Some(analysis)
    }

    /// Shows the analysis, as the app gets it, to those who watch the session.
    pub(super) fn publish(&self, json: &[u8]) {
        self.scope.publish_analysis(json);
    }

    fn is_tied(&self) -> bool {
        self.scope.id() != ScopeId::Session(self.session)
    }

    fn look_again(&mut self, app: &App) {
        let now = Instant::now();
        if self.is_tied() || now < self.looked + LOOK_AGAIN {
            return;
        }
        self.looked = now;
        if let Ok(scope) = find(app, self.session, self.user.as_deref()) {
            self.scope = scope;
        }
    }

    fn tell(&mut self, app: &App, status: AiStatus) {
        let now = Instant::now();
        let is_new = self
            .told
            .is_none_or(|(told, at)| told != status || now >= at + TELL_AGAIN);
        if self.is_tied() || !is_new {
            return;
        }
        self.told = Some((status, now));
        if app.scopes.shares_default() && app.bus.is_local() {
            app.scopes.default_scope().input(Input::AiStatus(status));
        }
        app.bus.publish(self.user.as_deref(), status);
    }
}

/// The scope of the person's own session, else of the inference session itself.
fn find(app: &App, session: SessionId, user: Option<&str>) -> Result<Arc<Scope>, ScopesFull> {
    let owner = user.and_then(|user| app.sessions.scope_of(user).ok().flatten());
    if let Some(owner) = owner {
        app.tie(session, owner);
    }
    app.scopes.of(owner.unwrap_or(session))
}
