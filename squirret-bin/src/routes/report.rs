//! The report of a session, and links that open it.

use std::sync::{Arc, LazyLock};

use hyper::{
    HeaderMap, StatusCode,
    header::{
        ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
        HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use serde::Serialize;
use squirret::{
    Language, UnixMillis,
    archive::{Opens, WorkoutKey, WorkoutRecord, WorkoutStore},
    auth::{Claims, Role},
    coach::Workout,
    report::{self, Report},
    session::{SessionError, SessionId, StoreError},
    squat::NotCounting,
    time::Rfc3339,
};

use super::{Answer, Call, link};
use crate::{
    access,
    app::App,
    config::AuthMode,
    http::{self, Code, Problem, QueryPairs},
};

/// Workouts before that a report is compared with, at most.
const MAX_EARLIER: usize = 5;

/// Nothing but the page's own style sheet and script, known by their hashes.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = http::hash_source(report::STYLE);
    let script = http::hash_source(report::SCRIPT);
    let policy = format!(
        "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Html,
    Json,
    Csv,
}

/// What is kept of a session, read at once.
pub(super) struct Kept {
    pub(super) scope: SessionId,
    pub(super) owner: Option<String>,
    is_known: bool,
    workouts: Vec<WorkoutRecord>,
    earlier: Vec<WorkoutRecord>,
}

/// The answer of a new link.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewLink {
    session_id: SessionId,
    url: String,
    expires_at: Rfc3339,
}

/// Which of a session's workouts a report is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Which {
    All,
    Last,
    /// The one that began then.
    At(UnixMillis),
}

/// `GET /api/session/{id}/report`.
pub(super) async fn report(call: Call, id: &str) -> Answer {
    let opened = async {
        let id = access::session_id(id)?;
        let kept = read_with_token(&call.app, call.request.headers(), id).await?;
        Ok((kept, id.to_string()))
    };
    answer_with(&call, opened.await)
}

/// `GET /api/report/{link}`: the same by a link, under the link's name.
pub(super) async fn linked(call: Call, id: &str) -> Answer {
    answer_with(&call, open_link(&call, id).await)
}

/// What a link opens: the report of its session, or of one workout of its person.
async fn open_link(call: &Call, id: &str) -> Result<(Kept, String), Problem> {
    let app = &call.app;
    let query = QueryPairs::new(call.request.uri().query());
    let link = link::open(call, id).await?;
    let mut session = link.session;
    match (link.opens, which(query)?) {
        (Opens::Report, _) => {}
        (Opens::Reports, Which::At(start)) => session = link::session_of(app, &link, start).await?,
        _ => return Err(link::refused()),
    }
    let kept = read(app, session).await?;
    link::check_owner(&link, kept.owner.as_deref())?;
    Ok((kept, link.id.to_string()))
}

/// The report of what was opened, in the form that is asked for.
fn answer_with(call: &Call, opened: Result<(Kept, String), Problem>) -> Answer {
    let (app, headers) = (&call.app, call.request.headers());
    let query = QueryPairs::new(call.request.uri().query());
    let form = form(query, headers)?;
    let language = http::language(query, headers, app.config.server.language.into());
    let chosen = opened.and_then(|(mut kept, name)| {
        kept.choose(which(query)?)?;
        Ok((kept, name))
    });
    match chosen {
        Ok((kept, name)) => {
            let rest = app.scopes.rest_millis();
            let report = Report::new(&name, &kept.workouts, &kept.earlier, rest, language);
            Ok(answer(&report, form, utc_offset(query)?, &name))
        }
        // A person who follows an old link gets a page, not JSON.
        Err(problem) if form == Form::Html => Ok(dead_link(problem, language)),
        Err(problem) => Err(problem),
    }
}

impl Kept {
    /// Adds the workout that goes on where none has a repetition yet: it knows why.
    fn add_present(&mut self, app: &App) {
        if self.workouts.iter().any(|workout| !workout.reps.is_empty()) {
            return;
        }
        let Some(scope) = app.scopes.get(self.scope) else {
            return;
        };
        let present = scope.workout();
        if present.reps > 0 || present.not_counting == Some(NotCounting::NoInput) {
            return;
        }
        let (session, start) = (self.scope, present.start);
        self.workouts.retain(|workout| workout.key.start != start);
        let mut record = WorkoutRecord::new(WorkoutKey { session, start }, Vec::new());
        record.summary = Some(present);
        self.workouts.push(record);
    }

    /// What the session's workouts came to together.
    pub(super) fn came_to(&self, rest_ms: u32) -> Option<Workout> {
        (!self.workouts.is_empty()).then(|| report::together(&self.workouts, rest_ms))
    }

    /// Keeps the workouts that are asked for; those before them are what they are compared with.
    fn choose(&mut self, which: Which) -> Result<(), Problem> {
        let start = match which {
            Which::All => return Ok(()),
            Which::Last => {
                let squatted = |workout: &&WorkoutRecord| !workout.reps.is_empty();
                match self.workouts.iter().rfind(squatted) {
                    Some(workout) => workout.key.start,
                    None => return Ok(()),
                }
            }
            Which::At(start) => start,
        };
        let (chosen, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.workouts)
            .into_iter()
            .partition(|workout| workout.key.start == start);
        if chosen.is_empty() {
            let message = "workout must be last, or the start of one of the session's workouts";
            return Err(Problem::new(Code::ValidationError, message));
        }
        let before = others
            .into_iter()
            .rev()
            .filter(|other| other.key.start < start && !other.reps.is_empty());
        self.earlier.splice(0..0, before);
        self.earlier.truncate(MAX_EARLIER);
        self.workouts = chosen;
        Ok(())
    }
}

/// Which workouts `?workout=` asks for.
fn which(query: QueryPairs<'_>) -> Result<Which, Problem> {
    let Some(text) = query.get("workout") else {
        return Ok(Which::All);
    };
    if text == "last" {
        return Ok(Which::Last);
    }
    let start = text.parse().map(|start| Which::At(UnixMillis(start)));
    start.map_err(|_| {
        let message = "workout must be last, or the start of a workout in ms since 1970";
        Problem::new(Code::ValidationError, message)
    })
}

/// A page for a person whose link does not open a report, with the problem's status.
fn dead_link(problem: Problem, language: Language) -> hyper::Response<http::Body> {
    let mut response = problem.into_response("");
    *response.body_mut() = report::dead_link(language).into();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    protect(&mut response);
    response
}

/// `POST /api/session/{id}/report/link`: a URL that opens the report for a day, without a token.
pub(super) async fn create_link(call: Call, id: &str) -> Answer {
    let session = access::session_id(id)?;
    let app = &call.app;
    let kept = read_with_token(app, call.request.headers(), session).await?;
    let link = link::create(app, session, kept.owner, Opens::Report)?;
    app.store.lasting().await?;
    let reply = NewLink {
        session_id: session,
        url: link::url(app, &link)?,
        expires_at: Rfc3339(link.expires),
    };
    tracing::info!(%session, "report link made");
    Ok(http::json(StatusCode::OK, &reply))
}

/// Reads what is kept; where people prove who they are, if the caller's token opens it.
pub(super) async fn read_if_allowed(
    app: &Arc<App>,
    headers: &HeaderMap,
    id: SessionId,
) -> Result<Kept, Problem> {
    match app.config.auth.mode {
        AuthMode::Bearer => read_with_token(app, headers, id).await,
        AuthMode::Open => read(app, id).await,
    }
}

/// Reads what is kept if the caller's token is that of its owner.
pub(super) async fn read_with_token(
    app: &Arc<App>,
    headers: &HeaderMap,
    id: SessionId,
) -> Result<Kept, Problem> {
    let token = http::bearer(headers).ok_or_else(|| {
        Problem::new(
            Code::Unauthorized,
            "authorization must be Bearer and the token of the session or its user",
        )
    })?;
    let claims = access::verify(app, token, 0)?;
    let kept = read(app, id).await;
    // Who may not read learns nothing of what is there.
    match &kept {
        Ok(kept) if may_read(app, &claims, kept, id) => {}
        Err(_) if claims.subject == id.to_string() => {}
        _ => {
            let message = "the token belongs to another session";
            return Err(Problem::new(Code::Forbidden, message));
        }
    }
    kept
}

/// The session itself, the one in whose scope it happened, and the signed-in user may. Where people prove who they are,
/// an inference session alone does not open what happened in the scope that its maker named.
fn may_read(app: &App, claims: &Claims, kept: &Kept, id: SessionId) -> bool {
    let is = |session: SessionId| claims.subject == session.to_string();
    let proves = app.config.auth.mode == AuthMode::Bearer;
    if claims.role == Role::User && claims.user.is_some() && claims.user == kept.owner {
        return true;
    }
    // Whoever started the session does not come along when a user signs in.
    if proves && claims.role == Role::Guest && kept.owner.is_some() {
        return false;
    }
    is(kept.scope) || (is(id) && !proves)
}

pub(super) async fn read(app: &Arc<App>, id: SessionId) -> Result<Kept, Problem> {
    let lives = app.sessions.find(id).is_ok();
    let now = app.clock.stamp_now();
    let mut kept = app
        .store
        .with_workouts(move |store| collect(store, id, now))
        .await?;
    kept.add_present(app);
    if lives || kept.is_known {
        Ok(kept)
    } else {
        Err(SessionError::NotFound { id }.into())
    }
}

fn collect(store: &dyn WorkoutStore, id: SessionId, now: UnixMillis) -> Result<Kept, StoreError> {
    let scope = store.scope_of(id)?;
    let owner = match store.owner_of(id)? {
        Some(owner) => Some(owner),
        None => store.owner_of(scope)?,
    };
    let workouts = store.workouts(scope)?;
    let begun = workouts.first().map_or(now, |first| first.key.start);
    let earlier = store.history(scope, begun, MAX_EARLIER)?;
    let is_known =
        !workouts.is_empty() || scope != id || owner.is_some() || store.session_end(id)?.is_some();
    Ok(Kept {
        scope,
        owner,
        is_known,
        workouts,
        earlier,
    })
}

fn answer(report: &Report, form: Form, offset: i32, name: &str) -> hyper::Response<http::Body> {
    let mut response = match form {
        Form::Html => http::reply(
            StatusCode::OK,
            HeaderValue::from_static("text/html; charset=utf-8"),
            report.html(offset),
        ),
        Form::Json => http::json(StatusCode::OK, report),
        Form::Csv => http::reply(
            StatusCode::OK,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
            report.csv(),
        ),
    };
    protect(&mut response);
    let headers = response.headers_mut();
    if form == Form::Csv
        && let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\""))
    {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// What a report may do, and who may keep it: nothing, and nobody.
fn protect(response: &mut hyper::Response<http::Body>) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-language"));
}

/// The form that a caller asks for: `?format=`, else what they accept first, else JSON.
fn form(query: QueryPairs<'_>, headers: &HeaderMap) -> Result<Form, Problem> {
    if let Some(format) = query.get("format") {
        return match format.as_str() {
            "html" => Ok(Form::Html),
            "json" => Ok(Form::Json),
            "csv" => Ok(Form::Csv),
            _ => Err(Problem::new(
                Code::ValidationError,
                "format must be html, json or csv",
            )),
        };
    }
    let accepted = http::header(headers, ACCEPT.as_str()).unwrap_or_default();
    Ok(preferred(accepted).unwrap_or(Form::Json))
}

/// The form of the greatest weight in `Accept` (RFC 9110, section 12.5.1), the first of equals.
fn preferred(accept: &str) -> Option<Form> {
    let mut best: Option<(f32, Form)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next()?.to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" | "text/*" => Form::Html,
            "application/json" | "application/*" | "*/*" => Form::Json,
            "text/csv" => Form::Csv,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        let weight = weight.unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(greatest, _)| weight > greatest) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form)
}

/// Minutes ahead of UTC in which times are told: `?tz=+09:00`.
fn utc_offset(query: QueryPairs<'_>) -> Result<i32, Problem> {
    let Some(text) = query.get("tz") else {
        return Ok(0);
    };
    let refuse = || Problem::new(Code::ValidationError, "tz must be an offset such as +09:00");
    // A plus that was not escaped comes as a blank.
    let (sign, clock) = match text.split_at_checked(1) {
        Some(("+" | " ", clock)) => (1, clock),
        Some(("-", clock)) => (-1, clock),
        _ => return Err(refuse()),
    };
    let (hours, minutes) = clock.split_once(':').ok_or_else(refuse)?;
    let number = |text: &str, max: i32| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<i32>().ok().filter(|_| digits);
        number.filter(|number| *number <= max)
    };
    let (hours, minutes) = number(hours, 14)
        .zip(number(minutes, 59))
        .ok_or_else(refuse)?;
    Ok(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_about_the_workout_that_is_asked_for() {
        let of = |text| which(QueryPairs::new(Some(text))).ok();
        assert_eq!(of("a=b"), Some(Which::All));
        assert_eq!(of("workout=last"), Some(Which::Last));
        assert_eq!(of("workout=12"), Some(Which::At(UnixMillis(12))));
        assert_eq!(of("workout="), None);
        assert_eq!(of("workout=first"), None);
    }

    #[test]
    fn the_form_is_what_is_accepted_most() {
        for (accept, form) in [
            ("", None),
            ("*/*", Some(Form::Json)),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Some(Form::Html),
            ),
            ("application/json;q=0.4, text/csv;q=0.5", Some(Form::Csv)),
            ("image/png", None),
            ("text/html;q=0, application/json", Some(Form::Json)),
        ] {
            assert_eq!(preferred(accept), form, "{accept}");
        }
    }

    #[test]
    fn offsets_are_hours_and_minutes() {
        let offset = |text| utc_offset(QueryPairs::new(Some(text))).ok();
        assert_eq!(offset("a=b"), Some(0));
        assert_eq!(offset("tz=%2B09:00"), Some(540));
        assert_eq!(offset("tz=+05:30"), Some(330));
        assert_eq!(offset("tz=-03:30"), Some(-210));
        for wrong in [
            "tz=",
            "tz=9",
            "tz=+9:00",
            "tz=+15:00",
            "tz=+09:60",
            "tz=+0a:00",
            "tz=09:00",
        ] {
            assert_eq!(offset(wrong), None, "{wrong}");
        }
    }
}
