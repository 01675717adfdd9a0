//! What operators ask: alive, ready, figures.

use hyper::{
    StatusCode,
    header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER},
};
use serde::Serialize;

use super::{Answer, Call};
use crate::{access, http, inference::Absence, models::ModelFolder, plane::Plane};

/// Media types of Prometheus' texts, the newer and the older.
const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const CLASSIC: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Services that check our tokens may keep the public keys for five minutes.
const JWKS_KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A probe that is told "not ready" may ask again after two seconds.
const READY_SOON: HeaderValue = HeaderValue::from_static("2");

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Readiness<'a> {
    status: &'static str,
    store: &'static str,
    bus: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    inference: &'static str,
    /// Without a model, where its files belong; for callers from this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_folder: Option<String>,
    /// Without a model, the command that installs one; for callers from this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_command: Option<String>,
    /// Whether there is room for further sessions.
    sessions: &'static str,
    /// Whether a simulated person squats in the `default` scope.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    demo: bool,
}

/// The process lives.
pub(super) fn health(_: &Call) -> Answer {
    Ok(http::json(StatusCode::OK, &Health { status: "ok" }))
}

/// Whether this plane can do its work: the store answers and nobody said to stop; for inference, a model is loaded.
pub(super) fn ready(call: &Call) -> Answer {
    let store = call.app.store.failure().is_none();
    let model = call.app.inference.model();
    let bus = call.app.bus.is_healthy();
    let absence = call.app.inference.absence();
    let serves_inference = call.app.config.server.role.serves_inference();
    // A control plane works without a model; while one that is installed is read and warmed up, which takes seconds,
    // the process has not started yet.
    let has_model = match (absence, call.plane) {
        (None, _) => true,
        (Some(Absence::Loading), _) => !serves_inference,
        (Some(_), plane) => plane == Plane::Control,
    };
    let ready = store && bus && !call.app.shutdown.has_begun() && has_model;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let inference = match (absence, serves_inference) {
        (_, false) => "elsewhere",
        (None, true) => "ready",
        (Some(Absence::Loading), true) => "loading",
        (Some(Absence::Installing), true) => "installing",
        (Some(Absence::Missing), true) => "no model",
    };
    let missing = missing_model(call).filter(|_| inference == "no model");
    let (model_folder, model_command) = missing.unzip();
    let readiness = Readiness {
        status: if ready { "ready" } else { "not ready" },
        store: if store { "ok" } else { "failed" },
        bus: if bus { "ok" } else { "failed" },
        model: model.as_deref(),
        inference,
        model_folder,
        model_command: model_command.flatten(),
        sessions: room_for_sessions(call),
        demo: call.app.config.server.demo,
    };
    let mut response = http::json(status, &readiness);
    if !ready {
        response.headers_mut().insert(RETRY_AFTER, READY_SOON);
    }
    Ok(response)
}

/// Returns the folder of the models and the command that fills it, to callers from this machine only: nobody else learns its paths.
fn missing_model(call: &Call) -> Option<(String, Option<String>)> {
    let (config, peer) = (&call.app.config, call.peer.ip());
    access::prove_internal(&call.app, &call.request, peer, "see where models lie").ok()?;
    let folder = ModelFolder::new(config.model.dir.clone(), &config.data_dir());
    let command = folder.install_command(config.data.dir.as_deref());
    Some((folder.path().display().to_string(), command))
}

/// `full`: a further session takes the place of one that nobody uses, or is refused.
fn room_for_sessions(call: &Call) -> &'static str {
    let (count, max) = (
        call.app.sessions.count().unwrap_or_default(),
        call.app.config.session.max,
    );
    match count {
        _ if count >= max => "full",
        _ if count >= max - max / 10 => "nearly full",
        _ => "ok",
    }
}

/// Figures for Prometheus, in the newer format for whoever accepts it.
pub(super) fn metrics(call: &Call) -> Answer {
    let accepted = http::header(call.request.headers(), "accept").unwrap_or_default();
    let newer = accepted.contains("application/openmetrics-text");
    let (metrics, holdings) = (&call.app.metrics, call.app.holdings());
    let (kind, text) = if newer {
        (OPENMETRICS, metrics.text(holdings))
    } else {
        (CLASSIC, metrics.classic_text(holdings))
    };
    Ok(http::reply(StatusCode::OK, kind, text))
}

/// The public keys that check our tokens; shared secrets are not among them.
pub(super) fn public_keys(call: &Call) -> Answer {
    let body = squirret::wire::to_json(&call.app.keys.public());
    let mut response = http::reply(StatusCode::OK, http::JSON, body);
    response.headers_mut().insert(CACHE_CONTROL, JWKS_KEPT);
    Ok(response)
}
