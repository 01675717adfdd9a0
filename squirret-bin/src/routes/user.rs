//! Everything that is kept of a person: theirs to read and to delete.

use std::{path::Path, sync::Arc, time::Instant};

use hyper::{
    StatusCode,
    header::{CONTENT_DISPOSITION, HeaderValue},
};
use serde::Serialize;
use squirret::{archive::WorkoutStore, session::SessionId, wire::PairingReply};
use uuid::Uuid;

use super::{Answer, Call};
use crate::{
    access,
    app::App,
    grants::PAIRING_LIFE,
    http::{self, Code, Problem},
};

/// Longest id that is looked at, bytes.
const MAX_ID: usize = 128;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted<'a> {
    status: &'static str,
    user_id: &'a str,
    sessions: usize,
}

/// `GET /api/user/{id}`: everything, as JSON.
pub(super) async fn export(call: Call, id: &str) -> Answer {
    let person = own_id(&call, id)?;
    let data = call
        .app
        .store
        .with_workouts(move |store| store.export(&person));
    let mut response = http::json(StatusCode::OK, &data.await?);
    let name = HeaderValue::from_static("attachment; filename=\"squirret-data.json\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// `DELETE /api/user/{id}`: forgets everything, lastingly, before it answers.
pub(super) async fn erase(call: Call, id: &str) -> Answer {
    let person = own_id(&call, id)?;
    erase_person(&call.app, &person).await
}

/// Forgets everything of a person, lastingly, and answers with the number of their sessions.
pub(super) async fn erase_person(app: &Arc<App>, person: &str) -> Answer {
    let sessions = forget(app, person.to_owned()).await?;
    tracing::info!(sessions, "a person's data deleted");
    let deleted = Deleted {
        status: "deleted",
        user_id: person,
        sessions,
    };
    Ok(http::json(StatusCode::OK, &deleted))
}

/// Forgets a person on the disk and in memory; gives the number of their sessions.
async fn forget(app: &Arc<App>, person: String) -> Result<usize, Problem> {
    let own = person.parse().ok();
    let name = person.clone();
    let stored = app.store.with_workouts(move |store| store.erase(&person));
    let mut sessions = stored.await?;
    // A guest's session that lives, though nothing is kept of it yet.
    sessions.extend(own.filter(|own| !sessions.contains(own) && app.sessions.find(*own).is_ok()));
    // What is under way still arrives: from here on nothing is kept of it, and what came in between goes too.
    let until = app
        .grants
        .deleted
        .remember(&name, &sessions, app.clock.now());
    let (buried, until) = (sessions.clone(), app.clock.stamp(until));
    let bury = move |store: &dyn WorkoutStore| store.bury(&buried, until);
    app.store.with_workouts(bury).await?;
    app.grants.owner_changed(&sessions);
    for id in &sessions {
        app.ws.usage.settle(*id);
        app.scopes.forget(*id);
        app.sessions.remove(*id)?;
    }
    app.store.lasting().await?;
    let count = sessions.len();
    if let Some(folder) = app.config.record.dir.clone() {
        let deleted = tokio::task::spawn_blocking(move || delete_recordings(&folder, &sessions));
        let failed = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "recordings could not be deleted");
            Problem::internal()
        };
        deleted
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))?;
    }
    Ok(count)
}

/// Deletes the recordings of these sessions: their names begin with the session's id.
fn delete_recordings(folder: &Path, sessions: &[SessionId]) -> std::io::Result<()> {
    let names: Vec<String> = sessions.iter().map(|id| format!("{id}-")).collect();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if names.iter().any(|session| name.starts_with(session)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// `POST /api/user/{id}/pairing`: a code by which another phone of this user signs in; for the user, and for whoever
/// has the internal key.
pub(super) fn pair(call: &Call, id: &str) -> Answer {
    let (app, headers) = (&call.app, call.request.headers());
    if http::header(headers, http::INTERNAL_KEY).is_some() {
        access::prove_internal(app, &call.request, call.peer.ip(), "pair a user's phone")?;
    } else {
        access::own_person(app, headers, id)?;
    }
    let user = Uuid::try_parse(id)
        .map_err(|_| Problem::new(Code::ValidationError, "userId must be a UUID"))?;
    if app.sessions.find(SessionId(user)).is_ok() {
        let message = "a guest has one phone; sign in first";
        return Err(Problem::new(Code::Forbidden, message));
    }
    let code = app.grants.pairings.issue(user, Instant::now());
    let code = code.ok_or_else(|| {
        let message = "no more phones can be paired at present";
        Problem::new(Code::Overloaded, message).retry_after(PAIRING_LIFE)
    })?;
    tracing::info!("pairing code issued");
    let reply = PairingReply::new(user, &code, PAIRING_LIFE.as_secs());
    Ok(http::json(StatusCode::OK, &reply))
}

/// The person that the path names, if it is who calls.
///
/// # Errors
/// 401 without a token that counts, 403 with another's.
fn own_id(call: &Call, id: &str) -> Result<String, Problem> {
    let (app, headers) = (&call.app, call.request.headers());
    access::own_person(app, headers, id.get(..MAX_ID).unwrap_or(id))
}
