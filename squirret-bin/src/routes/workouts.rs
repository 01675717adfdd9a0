//! The workouts of a person: a list with what each came to, its reports, and its deletion.

use hyper::{
    StatusCode,
    header::{CACHE_CONTROL, HeaderValue},
};
use serde::Serialize;
use squirret::{
    Language, archive::WorkoutRecord, report, session::SessionId, verdict::Rule, wire::Rfc3339,
};

use super::{
    Answer, Call, access,
    report::{Kept, Link, read, read_with_token, report_url, workouts_url},
    user,
};
use crate::http::{self, Code, Problem, QueryPairs};

/// Most workouts in a list, the newest.
const MAX_WORKOUTS: usize = 200;

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
    let (app, headers) = (&call.app, call.request.headers());
    let query = QueryPairs::new(call.request.uri().query());
    let language = http::language(query, headers, app.config.server.language.into());
    let (kept, is_linked) = open(&call, id).await?;
    let (scope, before) = (kept.scope, app.clock.now().plus(1));
    let records = app
        .store
        .with_workouts(move |store| store.history(scope, before, MAX_WORKOUTS))
        .await?;
    let squatted = records.iter().filter(|record| !record.reps.is_empty());
    let workouts = squatted
        .map(|record| row(&call, record, language))
        .collect::<Result<_, _>>()?;
    let url = match kept.owner {
        None if !is_linked => Some(workouts_url(app, id)?),
        _ => None,
    };
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

/// `DELETE /api/session/{id}/workouts`: forgets everything of the session's person, lastingly, before it answers.
pub(super) async fn delete(call: Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    let (kept, _) = open(&call, id).await?;
    let person = kept.owner.unwrap_or_else(|| kept.scope.to_string());
    user::erase_person(&call.app, &person).await
}

/// What is kept of the session, for the holder of its token or of its link. A link from before a user signed in opens
/// nothing any more.
async fn open(call: &Call, id: SessionId) -> Result<(Kept, bool), Problem> {
    let query = QueryPairs::new(call.request.uri().query());
    if !Link::Workouts.opens(&call.app, query, id)? {
        let kept = read_with_token(&call.app, call.request.headers(), id).await?;
        return Ok((kept, false));
    }
    let kept = read(&call.app, id).await?;
    match kept.owner {
        None => Ok((kept, true)),
        Some(_) => Err(Problem::new(
            Code::Unauthorized,
            "the link is from before the session's user signed in",
        )),
    }
}

fn row(call: &Call, record: &WorkoutRecord, language: Language) -> Result<Row, Problem> {
    let workout = record.workout(call.app.scopes.rest_millis());
    let faults = workout.faults.iter().filter(|fault| fault.faults > 0);
    let session = record.key.session;
    Ok(Row {
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
        report_url: format!(
            "{}&workout={}",
            report_url(&call.app, session)?.0,
            record.key.start.0
        ),
    })
}
