//! Sessions: issued, renewed, ended; devices bound and unbound.

use std::time::Duration;

use hyper::StatusCode;
use serde::Serialize;
use squirret::{
    Language,
    coach::Workout,
    session::{DeviceId, SessionId},
    wire::{
        DeviceReply, Finished, InferenceCreated, SessionReply, parse_create, parse_device,
        parse_finish,
    },
};
use uuid::Uuid;

use super::{Answer, Call, report};
use crate::{
    access::{self, Action, too_many},
    http::{self, Code, Problem, QueryPairs},
    metrics::Limit,
};

/// When to come again, if all sessions of an address are in use.
const SHARE_RETRY: Duration = Duration::from_secs(60);

/// `POST /internal/session`: a guest's session; a body is not looked at.
pub(super) async fn issue_guest(call: Call) -> Answer {
    limit(&call)?;
    let issued = call
        .app
        .sessions
        .issue_guest(SessionId(Uuid::new_v4()), call.app.clock.now())?;
    call.app.grants.shares.started(call.client, issued.id);
    call.app.store.lasting_if_possible().await;
    tracing::info!(session = %issued.id, "guest session issued");
    Ok(http::json(
        StatusCode::OK,
        &SessionReply::new(issued.id, issued.token.as_str()),
    ))
}

/// `POST /api/session`: a session on the inference plane for a guest or user.
pub(super) async fn create_inference(mut call: Call) -> Answer {
    limit(&call)?;
    let body = call.json().await?;
    let create = parse_create(&body)?;
    let (app, headers) = (&call.app, call.request.headers());
    access::prove_person(app, headers, &create.user_id)?;
    let scope = app.sessions.scope_of(&create.user_id)?;
    let issued = app.sessions.create_inference(
        SessionId(Uuid::new_v4()),
        &create.user_id,
        app.clock.now(),
    )?;
    app.grants.shares.started(call.client, issued.id);
    match scope {
        Some(scope) => app.tie(issued.id, scope),
        None => app.claim_by_name(issued.id, &create.user_id),
    }
    app.store.lasting_if_possible().await;
    tracing::info!(session = %issued.id, "inference session issued");
    let base = app.inference_url(&call.target());
    let url = format!("{}/ws/{}", base.trim_end_matches('/'), issued.id);
    Ok(http::json(
        StatusCode::OK,
        &InferenceCreated::new(issued.id, &url, issued.token.as_str()),
    ))
}

/// `POST /api/session/{id}/refresh`: a fresh token for the same plane.
pub(super) fn refresh(call: &Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    access::prove(&call.app, call.request.headers(), id, Action::Refresh)?;
    let issued = call.app.sessions.refresh(id, call.app.clock.now())?;
    Ok(http::json(
        StatusCode::OK,
        &SessionReply::new(issued.id, issued.token.as_str()),
    ))
}

/// `POST /api/session/{id}/finish`: the client's own count; once and the same again.
pub(super) async fn finish(mut call: Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    access::prove(&call.app, call.request.headers(), id, Action::Use)?;
    let body = call.json().await?;
    let app = &call.app;
    let report = parse_finish(&body)?;
    app.finish(id, report).await?;
    let events = app
        .scopes
        .get(id)
        .map_or(0, |scope| scope.client_events().len());
    tracing::info!(session = %id, ?report, events, "session finished");
    let finished = match outcome(&call, id).await {
        Some(workout) => Finished::new(id).with_outcome(&workout, language(&call)),
        None => Finished::new(id),
    };
    Ok(http::json(StatusCode::OK, &finished))
}

/// What a session came to. A client that hears what nobody's devices send may have seen repetitions that are not its
/// session's: without data of its own, nothing is said about it.
async fn outcome(call: &Call, id: SessionId) -> Option<Workout> {
    let app = &call.app;
    let Ok(kept) = report::read_if_allowed(app, call.request.headers(), id).await else {
        return None;
    };
    let kept = kept.came_to(app.scopes.rest_millis());
    let shared = app.scopes.default_scope();
    let hears_shared = || shared.read(|coach, now| coach.has_data(now));
    if kept.is_some() || (app.scopes.shares_default() && hears_shared()) {
        return kept;
    }
    Some(Workout::without_input(app.clock.stamp_now()))
}

fn language(call: &Call) -> Language {
    let query = QueryPairs::new(call.request.uri().query());
    let preferred = call.app.config.server.language.into();
    http::language(query, call.request.headers(), preferred)
}

/// `POST /api/session/{id}/devices`: binds an insole pair; it leaves the session that had it.
pub(super) async fn bind_device(call: Call, id: &str) -> Answer {
    let (app, id, body) = device_of(call, id).await?;
    let device = body.id;
    app.scopes.of(id)?;
    app.bind_device(id, &device, body.claim.as_deref())?;
    app.store.lasting_if_possible().await;
    tracing::info!(session = %id, "device bound");
    Ok(http::json(
        StatusCode::OK,
        &DeviceReply::new(id, device.as_str(), true),
    ))
}

/// `DELETE /api/session/{id}/devices`: takes the pair from the session.
pub(super) async fn unbind_device(call: Call, id: &str) -> Answer {
    let (app, id, body) = device_of(call, id).await?;
    let device = body.id;
    if !app.scopes.unbind_device(id, device.as_str()) {
        return Err(Problem::new(
            Code::DeviceNotBound,
            "deviceId is not bound to this session",
        ));
    }
    app.store.lasting_if_possible().await;
    tracing::info!(session = %id, "device unbound");
    Ok(http::json(
        StatusCode::OK,
        &DeviceReply::new(id, device.as_str(), false),
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceList {
    session_id: SessionId,
    devices: Vec<DeviceRow>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceRow {
    device_id: Box<str>,
    /// Time since its last sample; left out while none has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_ms: Option<i64>,
}

/// `GET /api/session/{id}/devices`: the bound pairs, and whether they send.
pub(super) fn devices(call: &Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    access::prove(&call.app, call.request.headers(), id, Action::Use)?;
    let session = call.app.sessions.get(id)?;
    let scope = access::scope_session(&call.app, &session)?;
    let row = |(device_id, age_ms)| DeviceRow { device_id, age_ms };
    let list = DeviceList {
        session_id: id,
        devices: call
            .app
            .scopes
            .devices_of(scope)
            .into_iter()
            .map(row)
            .collect(),
    };
    Ok(http::json(StatusCode::OK, &list))
}

/// A pair of insoles, and the code that it shows.
struct Pair {
    id: DeviceId<'static>,
    claim: Option<String>,
}

async fn device_of(
    mut call: Call,
    id: &str,
) -> Result<(std::sync::Arc<crate::app::App>, SessionId, Pair), Problem> {
    let id = access::session_id(id)?;
    access::prove(&call.app, call.request.headers(), id, Action::Use)?;
    let session = call.app.sessions.get(id)?;
    let body = call.json().await?;
    let body = parse_device(&body)?;
    let device = Pair {
        id: body.device_id.into_owned(),
        claim: body.claim.map(|claim| claim.as_str().to_owned()),
    };
    let id = access::scope_session(&call.app, &session)?;
    Ok((call.app, id, device))
}

fn limit(call: &Call) -> Result<(), Problem> {
    let (app, client) = (&call.app, call.client);
    let taken = app.limiter.session(client, call.received);
    taken.map_err(|wait| too_many(app, Limit::Sessions, wait))?;
    if app.grants.shares.make_room(client, &app.sessions) {
        return Ok(());
    }
    Err(too_many(app, Limit::SessionsPerAddress, SHARE_RETRY))
}
