//! `/ws/fsr-data` and `/ws/analysis` of the control plane: the feet and the judged frames as they come, as plain JSON
//! messages, each complete in itself.

use crate::{
    access::{self, Tenure},
    app::App,
    close_code::CloseCode,
    fanout::{ReaderGuard, StreamKind, StreamSocket},
    http::{Body, Code, Problem, QueryPairs},
    metrics::{Deliveries, Limit},
    scope::Scope,
    ws::{
        allowance::Allowance,
        close::sent_away,
        driver::{End, Endpoint, Link, Transport, drive, farewell},
        frame,
        handshake::{self, Handshake},
        socket::{Incoming, ReadError, Socket, SocketLimits},
    },
};
use bytes::Bytes;
use hyper::{Request, Response, body::Incoming as HttpBody};
use squirret::{
    auth::{Audience, Claims},
    session::{SessionError, SessionId},
};
use std::sync::Arc;
use tokio::time::Instant;

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
            if let Some((_, claims)) = claims {
                deadlines.expire_at(claims.expires_at, own.clock.now());
            }
            let socket = SharedSocket {
                socket: Arc::new(StreamSocket::new(socket)),
                deliveries: own.ws.metrics.deliveries(),
            };
            let reader = Reader {
                allowance: Allowance::new(own.ws.message_rate()),
                app: own,
                tenure,
            };
            reader.run(stream, Link { socket, deadlines }).await;
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

/// A socket that the fan-out writes into.
struct SharedSocket {
    socket: Arc<StreamSocket>,
    deliveries: Deliveries,
}

impl Transport for SharedSocket {
    fn with<R>(&mut self, work: impl FnOnce(&mut Socket) -> R) -> Option<R> {
        self.socket.with(work)
    }

    async fn next(&mut self, _reads: bool) -> Result<Option<Incoming>, ReadError> {
        self.socket.next(&self.deliveries).await
    }
}

/// One reader, who sends next to nothing.
struct Reader {
    app: Arc<App>,
    allowance: Allowance,
    /// The right to see a session's data; `default` is everybody's.
    tenure: Option<Tenure>,
}

impl Reader {
    async fn run(mut self, stream: Stream, mut link: Link<SharedSocket>) {
        let app = Arc::clone(&self.app);
        let metrics = &app.ws.metrics.insole;
        let _open = metrics.open();
        let guards = stream.open(&link.socket.socket, &link.socket.deliveries);
        let end = drive(&mut self, &mut link, &app.shutdown).await;
        drop(guards);
        if let Some(socket) = link.socket.socket.take() {
            farewell(socket, end, metrics).await;
        }
    }
}

impl Endpoint for Reader {
    type Transport = SharedSocket;
    type Event = ();

    /// Waits until the owner of the session may have changed.
    async fn event(&mut self, _can_send: bool) {
        match &self.tenure {
            Some(tenure) => tenure.changed().await,
            None => std::future::pending().await,
        }
    }

    fn on_event(&mut self, _link: &mut Link<SharedSocket>, (): ()) -> Option<End> {
        let lost = self.tenure.as_ref()?.check(&self.app).err()?;
        Some(End::close(CloseCode::Expired, lost.to_string()))
    }

    fn on_message(&mut self, _link: &mut Link<SharedSocket>, incoming: Incoming) -> Option<End> {
        let now = Instant::now().into_std();
        if self.allowance.take(incoming.count(), now) {
            return None;
        }
        self.app.metrics.limit_hit(Limit::InsoleMessages);
        let code = CloseCode::TooMany;
        Some(End::close(code, sent_away(code.text())))
    }
}
