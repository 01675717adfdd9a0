//! `/ws/fsr-data` and `/ws/analysis` of the control plane: the feet and the judged frames as they come, as plain JSON
//! messages, each complete in itself.

use super::{
    allowance::Allowance,
    deadlines::{Deadlines, Due, set},
    drain_reason,
    frame::{self, Kind},
    handshake::{self, Handshake},
    sent_away,
    socket::{Incoming, Socket, SocketLimits},
};
use crate::{
    app::App,
    http::{Body, Code, Problem, QueryPairs},
    metrics::Limit,
    routes::access,
    scope::{Scope, ScopeId, Shown},
};
use bytes::Bytes;
use hyper::{Request, Response, body::Incoming as HttpBody};
use squirret::{
    auth::{Audience, Claims},
    session::{SessionError, SessionId},
};
use std::{pin::pin, sync::Arc};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// A reader sends next to nothing.
const LIMITS: SocketLimits = SocketLimits {
    read_buffer: 256,
    max_message_bytes: 4096,
};

/// What a reader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The newest sample of each foot.
    Feet,
    /// What a camera elsewhere saw.
    Analyses,
}

impl Topic {
    fn of(self, scope: &Scope) -> watch::Receiver<Option<Shown>> {
        match self {
            Self::Feet => scope.feet(),
            Self::Analyses => scope.analyses(),
        }
    }

    fn has_any(self, scope: &Scope) -> bool {
        match self {
            Self::Feet => scope.has_feet(),
            Self::Analyses => scope.has_data(),
        }
    }
}

/// Answers the upgrade of a reader, or says why not. The `default` scope is public; a session's data are for those
/// who have its token.
pub(crate) fn upgrade(
    app: &Arc<App>,
    mut request: Request<HttpBody>,
    topic: Topic,
) -> Result<Response<Body>, Problem> {
    let handshake = Handshake::new(&mut request, &[])?;
    let claims = authenticate(app, &request)?;
    let session = claims.as_ref().map(|(session, _)| *session);
    let stream = Stream::of(app, session, topic)?;
    let own = Arc::clone(app);
    Ok(handshake.start(app, LIMITS, move |socket| async move {
        let mut deadlines = own.ws.deadlines();
        let allowance = Allowance::new(own.ws.message_rate());
        if let Some((_, claims)) = claims {
            deadlines.expire_at(claims.expires_at, own.clock.now());
        }
        Reader {
            app: own,
            socket,
            stream,
            seen: None,
            deadlines,
            allowance,
        }
        .run()
        .await;
    }))
}

fn authenticate(
    app: &App,
    request: &Request<HttpBody>,
) -> Result<Option<(SessionId, Claims)>, Problem> {
    let named = QueryPairs::new(request.uri().query()).get("sessionId");
    let token = handshake::token(request);
    if named.is_none() && token.is_none() {
        return Ok(None);
    }
    let claims = app.tokens.verify(
        &token.unwrap_or_default(),
        Audience::StompWs,
        app.clock.now(),
    )?;
    let refuse = || Problem::new(Code::Forbidden, "token is for another session");
    if named.is_some_and(|named| named != claims.subject) {
        return Err(refuse());
    }
    let session = claims.subject.parse().map_err(|_| refuse())?;
    match app.sessions.get(session) {
        Ok(record) => access::still_counts(app, &record, &claims)?,
        // Made before a restart.
        Err(SessionError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Some((session, claims)))
}

/// Whose data a reader sees: its session's, or `default`'s while only that has any and is shared.
struct Stream {
    topic: Topic,
    scope: Arc<Scope>,
    own: watch::Receiver<Option<Shown>>,
    shared: Option<Shared>,
}

struct Shared {
    scope: Arc<Scope>,
    data: watch::Receiver<Option<Shown>>,
}

impl Stream {
    fn of(app: &App, session: Option<SessionId>, topic: Topic) -> Result<Self, Problem> {
        let scope = session.map_or_else(
            || Ok(app.scopes.default_scope()),
            |session| app.scopes.of(session),
        )?;
        let shared = (session.is_some() && app.scopes.shares_default()).then(|| {
            let scope = app.scopes.default_scope();
            Shared {
                data: topic.of(&scope),
                scope,
            }
        });
        Ok(Self {
            topic,
            own: topic.of(&scope),
            scope,
            shared,
        })
    }

    /// What a reader is shown at once: the feet, which are a state. An analysis is a moment that has passed.
    fn first(&self) -> Option<Bytes> {
        if self.topic != Topic::Feet {
            return None;
        }
        let shown = self
            .shared
            .as_ref()
            .filter(|shared| self.shows(shared))
            .map_or(&self.scope, |shared| &shared.scope);
        Some(frame::text(&shown.snapshot()))
    }

    fn shows(&self, shared: &Shared) -> bool {
        !self.topic.has_any(&self.scope) && self.topic.has_any(&shared.scope)
    }

    /// The next frame.
    async fn next(&mut self) -> Option<Shown> {
        loop {
            let Some(shared) = &mut self.shared else {
                self.own.changed().await.ok()?;
                return self.own.borrow_and_update().clone();
            };
            tokio::select! {
                changed = self.own.changed() => {
                    changed.ok()?;
                    return self.own.borrow_and_update().clone();
                }
                changed = shared.data.changed() => {
                    changed.ok()?;
                    let frame = shared.data.borrow_and_update().clone();
                    if !self.topic.has_any(&self.scope) {
                        return frame;
                    }
                }
            }
        }
    }
}

/// Why a reader ends.
enum End {
    /// It closed.
    Closed,
    /// It is gone.
    Gone,
    /// We close.
    Close(u16, String),
}

struct Reader {
    app: Arc<App>,
    socket: Socket,
    stream: Stream,
    /// Whose message was shown last, and its number.
    seen: Option<(ScopeId, u64)>,
    deadlines: Deadlines,
    allowance: Allowance,
}

impl Reader {
    async fn run(mut self) {
        let _open = self.app.ws.metrics.insole.open();
        if let Some(first) = self.stream.first() {
            self.socket.send_encoded(&first);
        }
        let end = self.serve().await;
        self.app
            .ws
            .metrics
            .insole
            .traffic(self.socket.take_traffic());
        match end {
            End::Gone => {}
            End::Closed => self.socket.finish().await,
            End::Close(code, reason) => {
                self.app.ws.metrics.insole.closed(code);
                self.socket.fail(code, &reason).await;
            }
        }
    }

    fn show(&mut self, shown: &Shown) {
        let metrics = &self.app.ws.metrics;
        let before = self.seen.replace((shown.scope, shown.number));
        let before = before.filter(|(scope, _)| *scope == shown.scope);
        let replaced = before.map_or(0, |(_, seen)| shown.number.saturating_sub(seen + 1));
        metrics.delivered(shown.made, replaced);
        metrics.insole.sent();
        self.socket.send_encoded(&shown.frame);
        metrics.insole.traffic(self.socket.take_traffic());
    }

    async fn serve(&mut self) -> End {
        let app = Arc::clone(&self.app);
        let mut stop = pin!(app.shutdown.begun());
        let mut alarm = pin!(sleep_until(self.deadlines.next(&self.socket)));
        loop {
            set(alarm.as_mut(), self.deadlines.next(&self.socket));
            let reads = !self.socket.is_pending();
            tokio::select! {
                biased;
                () = stop.as_mut() => return End::Close(1001, drain_reason()),
                shown = self.stream.next(), if reads => {
                    let Some(shown) = shown else { return End::Gone };
                    self.show(&shown);
                }
                incoming = self.socket.next(true) => match incoming {
                    Ok(Some(Incoming::Closed)) => return End::Closed,
                    Ok(Some(_)) if !self.allowance.take(1, Instant::now().into_std()) => {
                        app.metrics.limit_hit(Limit::InsoleMessages);
                        return End::Close(4429, sent_away("too many messages"));
                    }
                    Ok(_) => {}
                    Err(error) => return error.close_code().map_or(End::Gone, |code| End::Close(code, error.reason().into())),
                },
                () = alarm.as_mut() => match self.deadlines.due(&self.socket) {
                    Due::Nothing => {}
                    Due::Ping => self.socket.queue(Kind::Ping, b""),
                    Due::Dead => return End::Gone,
                    Due::Slow => return End::Close(4413, sent_away("slow consumer")),
                    Due::Expired => return End::Close(4401, "token has expired".into()),
                },
            }
        }
    }
}
