//! `/ws/fsr-data` and `/ws/analysis` of the control plane: the feet and the judged frames as they come, as plain JSON
//! messages, each complete in itself.

use crate::{
    access::{self, Tenure},
    app::App,
    fanout::{ReaderGuard, StreamKind, StreamSocket},
    http::{Body, Code, Problem, QueryPairs},
    metrics::{Deliveries, Limit},
    scope::Scope,
    ws::{
        allowance::Allowance,
        close::{drain_reason, sent_away},
        deadlines::{Deadlines, Due, set},
        frame::{self, Kind},
        handshake::{self, Handshake},
        socket::{Incoming, SocketLimits},
    },
};
use bytes::Bytes;
use hyper::{Request, Response, body::Incoming as HttpBody};
use squirret::{
    auth::{Audience, Claims},
    session::{SessionError, SessionId},
};
use std::{pin::pin, sync::Arc};
use tokio::time::{Instant, sleep_until};

/// A reader sends next to nothing.
const LIMITS: SocketLimits = SocketLimits {
    read_buffer: 256,
    max_message_bytes: 4096,
};

/// Answers the upgrade of a reader, or says why not. The `default` scope is public; a session's data are for those
/// who have its token.
pub(crate) fn upgrade(
    app: &Arc<App>,
    mut request: Request<HttpBody>,
    kind: StreamKind,
) -> Result<Response<Body>, Problem> {
    let handshake = Handshake::new(&mut request, &[])?;
    let claims = authenticate(app, &request)?;
    let session = claims.as_ref().map(|(session, _)| *session);
    let stream = Stream::of(app, session, kind)?;
    let begin = |(_, claims): &(_, Claims)| Tenure::begin(app, claims.clone());
    let tenure = claims.as_ref().map(begin).transpose()?;
    let own = Arc::clone(app);
    Ok(
        handshake.start(&app.shutdown, LIMITS, move |socket| async move {
            let mut deadlines = own.ws.deadlines();
            let allowance = Allowance::new(own.ws.message_rate());
            if let Some((_, claims)) = claims {
                deadlines.expire_at(claims.expires_at, own.clock.now());
            }
            let reader = Reader {
                deliveries: own.ws.metrics.deliveries(),
                app: own,
                socket: Arc::new(StreamSocket::new(socket)),
                deadlines,
                allowance,
                tenure,
            };
            reader.run(stream).await;
        }),
    )
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
    let claims = access::verify_for(app, &token.unwrap_or_default(), Audience::StompWs)?;
    let refuse = || Problem::new(Code::Forbidden, "token is for another session");
    if named.is_some_and(|named| named != claims.subject) {
        return Err(refuse());
    }
    let session = claims.subject.parse().map_err(|_| refuse())?;
    match app.sessions.get(session) {
        // One that is not there was made before a restart.
        Ok(_) | Err(SessionError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Some((session, claims)))
}

/// Whose data a reader sees: its session's, or `default`'s while only that has any and is shared.
struct Stream {
    kind: StreamKind,
    scope: Arc<Scope>,
    shared: Option<Arc<Scope>>,
}

impl Stream {
    fn of(app: &App, session: Option<SessionId>, kind: StreamKind) -> Result<Self, Problem> {
        let default = || app.scopes.default_scope();
        let scope = session.map_or_else(|| Ok(default()), |session| app.scopes.of(session))?;
        let shared = (session.is_some() && app.scopes.shares_default()).then(default);
        Ok(Self {
            kind,
            scope,
            shared,
        })
    }

    /// Shows it in `socket` until the guards are dropped.
    fn open(
        &self,
        socket: &Arc<StreamSocket>,
        deliveries: &Deliveries,
    ) -> (ReaderGuard, Option<ReaderGuard>) {
        let suppress = || self.scope.suppress_shared(self.kind);
        let join = |scope: &Scope, suppress| {
            let broadcast = scope.stream(self.kind);
            broadcast.join(Arc::clone(socket), suppress, deliveries)
        };
        let own = join(&self.scope, None);
        let shared = self
            .shared
            .as_ref()
            .map(|scope| join(scope, Some(suppress())));
        let shown = self.shown();
        // In this order: the number first, then what tells at least that.
        let seen = (shown.id(), shown.stream(self.kind).number());
        socket.open(self.first(shown).as_deref(), seen);
        (own, shared)
    }

    /// What a reader is shown at once: the feet, which are a state. An analysis is a moment that has passed.
    fn first(&self, shown: &Scope) -> Option<Bytes> {
        (self.kind == StreamKind::Insole).then(|| frame::text(&shown.snapshot()))
    }

    fn shown(&self) -> &Scope {
        let has_any = |scope: &Scope| scope.has_fresh(self.kind);
        match &self.shared {
            Some(shared) if !has_any(&self.scope) && has_any(shared) => shared,
            _ => &self.scope,
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
    socket: Arc<StreamSocket>,
    deliveries: Deliveries,
    deadlines: Deadlines,
    allowance: Allowance,
    /// The right to see a session's data; `default` is everybody's.
    tenure: Option<Tenure>,
}

impl Reader {
    async fn run(mut self, stream: Stream) {
        let _open = self.app.ws.metrics.insole.open();
        let places = stream.open(&self.socket, &self.deliveries);
        let end = self.serve().await;
        drop(places);
        let metrics = &self.app.ws.metrics.insole;
        let Some(mut socket) = self.socket.take() else {
            return;
        };
        metrics.traffic(socket.take_traffic());
        match end {
            End::Gone => {}
            End::Closed => socket.finish().await,
            End::Close(code, reason) => {
                metrics.closed(code);
                socket.fail(code, &reason).await;
            }
        }
    }

    async fn serve(&mut self) -> End {
        let app = Arc::clone(&self.app);
        let mut stop = pin!(app.shutdown.begun());
        let mut alarm = pin!(sleep_until(Instant::now()));
        loop {
            let Some(next) = self.socket.with(|socket| self.deadlines.next(socket)) else {
                return End::Gone;
            };
            set(alarm.as_mut(), next);
            tokio::select! {
                biased;
                () = stop.as_mut() => return End::Close(1001, drain_reason()),
                () = changed(self.tenure.as_ref()) => {
                    if let Some(Err(lost)) = self.tenure.as_ref().map(|tenure| tenure.check(&app)) {
                        return End::Close(4401, lost.to_string());
                    }
                }
                incoming = self.socket.next(&self.deliveries) => match incoming {
                    Ok(Some(Incoming::Closed)) => return End::Closed,
                    Ok(Some(incoming)) if !self.allowance.take(incoming.count(), Instant::now().into_std()) => {
                        app.metrics.limit_hit(Limit::InsoleMessages);
                        return End::Close(4429, sent_away("too many messages"));
                    }
                    Ok(_) => {}
                    Err(error) => return error.close_code().map_or(End::Gone, |code| End::Close(code, error.reason().into())),
                },
                () = alarm.as_mut() => match self.socket.with(|socket| self.deadlines.due(socket)) {
                    Some(Due::Nothing) => {}
                    Some(Due::Ping) => drop(self.socket.with(|socket| socket.queue(Kind::Ping, b""))),
                    Some(Due::Slow) => return End::Close(4413, sent_away("slow consumer")),
                    Some(Due::Expired) => return End::Close(4401, "token has expired".into()),
                    Some(Due::Dead) | None => return End::Gone,
                },
            }
        }
    }
}

async fn changed(tenure: Option<&Tenure>) {
    match tenure {
        Some(tenure) => tenure.changed().await,
        None => std::future::pending().await,
    }
}
