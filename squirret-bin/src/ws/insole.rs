//! `/ws/fsr-data` of the control plane: the feet as they come, as plain JSON messages.

use super::{
    deadlines::{Deadlines, Due, set},
    drain_reason,
    frame::{self, Kind},
    handshake::{self, Handshake},
    socket::{Incoming, Socket, SocketLimits},
};
use crate::{
    app::App,
    http::{Body, Code, Problem, QueryPairs},
    scope::Scope,
};
use bytes::Bytes;
use hyper::{Request, Response, body::Incoming as HttpBody};
use squirret::{
    auth::{Audience, Claims},
    session::SessionId,
};
use std::{pin::pin, sync::Arc};
use tokio::{sync::watch, time::sleep_until};

/// A reader sends next to nothing.
const LIMITS: SocketLimits = SocketLimits {
    read_buffer: 256,
    max_message_bytes: 4096,
};

/// Answers the upgrade of a reader, or says why not. The `default` scope is public; a session's feet are for those
/// who have its token.
pub(crate) fn upgrade(
    app: &Arc<App>,
    mut request: Request<HttpBody>,
) -> Result<Response<Body>, Problem> {
    let handshake = Handshake::new(&mut request, &[])?;
    let claims = authenticate(app, &request)?;
    let session = claims.as_ref().map(|(session, _)| *session);
    let feet = Feet::of(app, session)?;
    let own = Arc::clone(app);
    Ok(handshake.start(app, LIMITS, move |socket| async move {
        let mut deadlines = own.ws.deadlines();
        if let Some((_, claims)) = claims {
            deadlines.expire_at(claims.expires_at, own.clock.now());
        }
        Reader {
            app: own,
            socket,
            feet,
            deadlines,
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
    Ok(Some((session, claims)))
}

/// Whose feet a reader sees: its session's, or `default`'s while only that has any and is shared.
struct Feet {
    scope: Arc<Scope>,
    own: watch::Receiver<Option<Bytes>>,
    shared: Option<Shared>,
}

struct Shared {
    scope: Arc<Scope>,
    feet: watch::Receiver<Option<Bytes>>,
}

impl Feet {
    fn of(app: &App, session: Option<SessionId>) -> Result<Self, Problem> {
        let scope = session.map_or_else(
            || Ok(app.scopes.default_scope()),
            |session| app.scopes.of(session),
        )?;
        let shared = (session.is_some() && app.scopes.shares_default()).then(|| {
            let scope = app.scopes.default_scope();
            Shared {
                feet: scope.feet(),
                scope,
            }
        });
        Ok(Self {
            own: scope.feet(),
            scope,
            shared,
        })
    }

    /// What a reader is shown at once.
    fn first(&self) -> Bytes {
        let shown = self
            .shared
            .as_ref()
            .filter(|shared| self.shows(shared))
            .map_or(&self.scope, |shared| &shared.scope);
        frame::text(&shown.snapshot())
    }

    fn shows(&self, shared: &Shared) -> bool {
        !self.scope.has_feet() && shared.scope.has_feet()
    }

    /// The next frame.
    async fn next(&mut self) -> Option<Bytes> {
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
                changed = shared.feet.changed() => {
                    changed.ok()?;
                    let frame = shared.feet.borrow_and_update().clone();
                    if !self.scope.has_feet() {
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
    feet: Feet,
    deadlines: Deadlines,
}

impl Reader {
    async fn run(mut self) {
        let _open = self.app.ws.metrics.insole.open();
        let first = self.feet.first();
        self.socket.send_encoded(&first);
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
                frame = self.feet.next(), if reads => {
                    let Some(frame) = frame else { return End::Gone };
                    app.ws.metrics.insole.sent();
                    self.socket.send_encoded(&frame);
                }
                incoming = self.socket.next(true) => match incoming {
                    Ok(Some(Incoming::Closed)) => return End::Closed,
                    Ok(_) => {}
                    Err(error) => return error.close_code().map_or(End::Gone, |code| End::Close(code, error.reason().into())),
                },
                () = alarm.as_mut() => match self.deadlines.due(&self.socket) {
                    Due::Nothing => {}
                    Due::Ping => self.socket.queue(Kind::Ping, b""),
                    Due::Dead => return End::Gone,
                    Due::Slow => return End::Close(4413, "slow consumer".into()),
                    Due::Expired => return End::Close(4401, "token has expired".into()),
                },
            }
        }
    }
}
