//! The workouts of a person: a list with what each came to, its reports, and its deletion.

use hyper::{
    StatusCode,
    header::{CACHE_CONTROL, HeaderValue},
};
use serde::Serialize;
use squirret::{
    Language,
    archive::{Opens, WorkoutRecord},
    report,
    session::SessionId,
    time::Rfc3339,
    verdict::Rule,
};

use super::{
    Answer, Call,
    link::{self, MAX_WORKOUTS},
    report::{Kept, read, read_with_token},
    user,
};
use crate::{
    access,
    http::{self, Problem, QueryPairs},
};

/// Most faults of a workout, the most frequent.
const MAX_FAULTS: usize = 3;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    session_id: SessionId,
    /// Opens and deletes this list without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    workouts: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    session_id: SessionId,
    start: Rfc3339,
    end: Rfc3339,
    reps: u32,
    clean_reps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<f64>,
    sets: usize,
    faults: Vec<Fault>,
    report_url: String,
}

#[derive(Serialize)]
struct Fault {
    rule: Rule,
    title: &'static str,
    faults: u32,
    assessed: u32,
}

/// `GET /api/session/{id}/workouts`: those of the session's person, newest first.
pub(super) async fn list(call: Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    let kept = read_with_token(&call.app, call.request.headers(), id).await?;
    answer(&call, id, kept, false).await
}

/// `GET /api/workouts/{link}`: the same by the link that the list of a guest has.
pub(super) async fn list_linked(call: Call, id: &str) -> Answer {
    let (id, kept) = open(&call, id).await?;
    answer(&call, id, kept, true).await
}

/// `DELETE /api/session/{id}/workouts`: forgets everything of the session's person, lastingly, before it answers.
pub(super) async fn delete(call: Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    let kept = read_with_token(&call.app, call.request.headers(), id).await?;
    erase(&call, kept).await
}

/// `DELETE /api/workouts/{link}`: the same by a link.
pub(super) async fn delete_linked(call: Call, id: &str) -> Answer {
    let (_, kept) = open(&call, id).await?;
    erase(&call, kept).await
}

async fn erase(call: &Call, kept: Kept) -> Answer {
    let person = kept.owner.unwrap_or_else(|| kept.scope.to_string());
    user::erase_person(&call.app, &person).await
}

async fn answer(call: &Call, id: SessionId, kept: Kept, is_linked: bool) -> Answer {
    let (app, headers) = (&call.app, call.request.headers());
    let query = QueryPairs::new(call.request.uri().query());
    let language = http::language(query, headers, app.config.server.language.into());
    let (scope, before) = (kept.scope, app.clock.stamp_now().plus(1));
    let records = app
        .store
        .with_workouts(move |store| store.history(scope, before, MAX_WORKOUTS))
        .await?;
    let reports = link::create(app, id, kept.owner.clone(), Opens::Reports)?;
    let reports = link::url(app, &reports)?;
    let url = match kept.owner {
        None if !is_linked => {
            let link = link::create(app, id, None, Opens::Workouts)?;
            Some(link::url(app, &link)?)
        }
        _ => None,
    };
    app.store.lasting().await?;
    let squatted = records.iter().filter(|record| !record.reps.is_empty());
    let workouts = squatted
        .map(|record| row(call, record, &reports, language))
        .collect();
    let body = List {
        session_id: id,
        url,
        workouts,
    };
    let mut response = http::json(StatusCode::OK, &body);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The session of a link to workouts, and what is kept of it.
async fn open(call: &Call, id: &str) -> Result<(SessionId, Kept), Problem> {
    let link = link::open(call, id).await?;
    if link.opens != Opens::Workouts {
        return Err(link::refused());
    }
    let kept = read(&call.app, link.session).await?;
    link::check_owner(&link, kept.owner.as_deref())?;
    Ok((link.session, kept))
}

fn row(call: &Call, record: &WorkoutRecord, reports: &str, language: Language) -> Row {
    let workout = record.workout(call.app.scopes.rest_millis());
    let faults = workout.faults.iter().filter(|fault| fault.faults > 0);
    let session = record.key.session;
    Row {
        session_id: session,
        start: Rfc3339(workout.start),
        end: Rfc3339(workout.end),
        reps: workout.reps,
        clean_reps: workout.clean_reps,
        score: workout.score,
        depth: workout.depth,
        sets: workout.sets.len(),
        faults: faults
            .take(MAX_FAULTS)
            .map(|fault| Fault {
                rule: fault.rule,
                title: report::rule_name(fault.rule, language),
                faults: fault.faults,
                assessed: fault.assessed,
            })
            .collect(),
        report_url: format!("{reports}&workout={}", record.key.start.0),
    }
}
