//! Everything that is kept of a person: theirs to read and to delete.

use std::{path::Path, sync::Arc};

use hyper::{
    StatusCode,
    header::{CONTENT_DISPOSITION, HeaderValue},
};
use serde::Serialize;
use squirret::{auth::Role, session::SessionId};

use super::{Answer, Call, access};
use crate::{
    app::App,
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
    let stored = app.store.with_workouts(move |store| store.erase(&person));
    let mut sessions = stored.await?;
    // A guest's session that lives, though nothing is kept of it yet.
    sessions.extend(own.filter(|own| !sessions.contains(own) && app.sessions.find(*own).is_ok()));
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

/// The person that the path names, if it is who calls: a signed-in user by their id, a guest by their session's.
///
/// # Errors
/// 401 without a token that counts, 403 with another's.
fn own_id(call: &Call, id: &str) -> Result<String, Problem> {
    let token = http::bearer(call.request.headers()).ok_or_else(|| {
        Problem::new(
            Code::Unauthorized,
            "authorization must be Bearer and a token of this user",
        )
    })?;
    let claims = access::verify(&call.app, token, 0)?;
    let own = match claims.role {
        Role::User => claims.user,
        Role::Guest => Some(claims.subject),
        // Anybody may start an inference session in somebody's name.
        _ => None,
    };
    own.filter(|own| id.len() <= MAX_ID && own.eq_ignore_ascii_case(id))
        .ok_or_else(|| Problem::new(Code::Forbidden, "the token belongs to another user"))
}
