//! `/ws/{sessionId}` of the inference plane: frames in, analysis out.

mod accounting;
mod coach_link;
mod connection;
mod frame_clock;
mod reply_queue;

use crate::{
    access::{self, Tenure},
    app::App,
    http::{Body, Code, Problem},
    inference::{Absence, Refused},
    metrics::Limit,
    ws::{
        handshake::{self, Handshake},
        socket::SocketLimits,
    },
};
use coach_link::CoachLink;
use connection::Connection;
use hyper::{Request, Response, body::Incoming};
use squirret::{
    auth::{Audience, Claims},
    session::{Owner, SessionError, SessionId},
};
use std::{sync::Arc, time::Duration};

/// A client that is refused may come again after this; squats end soon.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A phone's picture is some ten kilobytes: read in few steps.
const READ_BUFFER: usize = 16 * 1024;

/// Answers the upgrade of an inference session, or says why not.
pub(crate) fn upgrade(
    app: &Arc<App>,
    mut request: Request<Incoming>,
    session: &str,
) -> Result<Response<Body>, Problem> {
    let handshake = Handshake::new(&mut request, &[])?;
    let (id, claims) = authenticate(app, &request, session)?;
    let user = person(app, id, &claims)?;
    if let Some(absence) = app.inference.absence() {
        return Err(without_model(absence));
    }
    let expires = claims.expires_at;
    let tenure = Tenure::begin(app, claims)?;
    let coach = CoachLink::new(app, id, user)?;
    // Last: it takes the seat of the session's connection before it.
    let stream = app
        .inference
        .open(id)
        .map_err(|refused| refuse(app, refused))?;
    let limits = SocketLimits {
        read_buffer: READ_BUFFER,
        max_message_bytes: app.config.limits.max_message_bytes,
    };
    let own = Arc::clone(app);
    Ok(
        handshake.start(&app.shutdown, limits, move |socket| async move {
            Connection::new(own, stream, coach, tenure, id)
                .run(socket, expires)
                .await;
        }),
    )
}

/// Why no frame can be looked at, and when that may have changed.
fn without_model(absence: Absence) -> Problem {
    let (code, message, seconds) = match absence {
        Absence::Loading => (Code::ModelLoading, "the pose model is being loaded", 2),
        Absence::Installing => (Code::ModelLoading, "the pose model is being downloaded", 15),
        Absence::Missing => (
            Code::ModelUnavailable,
            "no pose model is installed; run `squirret models install` on the server",
            30,
        ),
    };
    Problem::new(code, message).retry_after(Duration::from_secs(seconds))
}

/// Why there is no stream for one more client.
fn refuse(app: &App, refused: Refused) -> Problem {
    let (limit, message) = match refused {
        Refused::Full => (Some(Limit::Streams), "no more frame streams can be served"),
        Refused::Slow => (
            Some(Limit::StreamFps),
            "one more frame stream could not be served at a useful rate",
        ),
        Refused::Stopping => (None, "the server is stopping"),
    };
    if let Some(limit) = limit {
        app.metrics.limit_hit(limit);
    }
    Problem::new(Code::Overloaded, message).retry_after(RETRY_AFTER)
}

/// The session that the path names, and a token for it.
fn authenticate(
    app: &App,
    request: &Request<Incoming>,
    session: &str,
) -> Result<(SessionId, Claims), Problem> {
    let token = handshake::token(request).unwrap_or_default();
    let claims = access::verify_for(app, &token, Audience::InferenceWs)?;
    let refuse = || Problem::new(Code::Unauthorized, "token is for another session");
    if claims.subject != session {
        return Err(refuse());
    }
    Ok((session.parse().map_err(|_| refuse())?, claims))
}

/// The app's name for the person of an inference session. A session that this process does not know is fine, as its
/// token is good: it was made before a restart, or by the control plane of another process.
fn person(app: &App, id: SessionId, claims: &Claims) -> Result<Option<String>, Problem> {
    match app.sessions.get(id) {
        Ok(record) => Ok(match record.owner {
            Owner::Inference { user_id } => Some(user_id),
            _ => None,
        }),
        Err(SessionError::NotFound { .. }) => Ok(claims.user.clone()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
