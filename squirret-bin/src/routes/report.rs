//! The report of a session, and links that open it.

use std::sync::{Arc, LazyLock};

use hyper::{
    HeaderMap, StatusCode,
    header::{
        ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderValue,
        REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use serde::Serialize;
use squirret::{
    UnixMillis,
    archive::{WorkoutRecord, WorkoutStore},
    auth::{Claims, Role},
    report::{self, Report},
    session::{SessionError, SessionId, StoreError},
    wire::Rfc3339,
};

use super::{Answer, Call, access};
use crate::{
    app::App,
    config::AuthMode,
    http::{self, Code, Problem, QueryPairs},
};

/// A link opens a report for this long, s.
const LINK_SECONDS: i64 = 24 * 3600;

/// Workouts before that a report is compared with, at most.
const MAX_EARLIER: usize = 5;

/// Nothing but the page's own style sheet, known by its hash.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = http::style_source(report::STYLE);
    let policy = format!(
        "default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
struct Kept {
    scope: SessionId,
    owner: Option<String>,
    is_known: bool,
    workouts: Vec<WorkoutRecord>,
    earlier: Vec<WorkoutRecord>,
}

/// The answer of a new link.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    session_id: SessionId,
    url: String,
    expires_at: Rfc3339,
}

/// `GET /api/session/{id}/report`.
pub(super) async fn report(call: Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    let Call { app, request, .. } = call;
    let (headers, query) = (request.headers(), QueryPairs::new(request.uri().query()));
    let form = form(query, headers)?;
    let offset = utc_offset(query)?;
    let language = http::language(query, headers, app.config.server.language.into());
    let kept = match link(&app, query, id)? {
        true => read(&app, id).await?,
        false => read_with_token(&app, headers, id).await?,
    };
    let report = Report::new(
        &id.to_string(),
        &kept.workouts,
        &kept.earlier,
        app.scopes.rest_millis(),
        language,
    );
    Ok(answer(&report, form, offset, id))
}

/// `POST /api/session/{id}/report/link`: a URL that opens the report for a day, without a token.
pub(super) async fn create_link(call: Call, id: &str) -> Answer {
    let id = access::session_id(id)?;
    read_with_token(&call.app, call.request.headers(), id).await?;
    let expires = call
        .app
        .clock
        .now()
        .as_seconds()
        .saturating_add(LINK_SECONDS);
    let seal = call.app.tokens.seal(&sealed(id, expires))?;
    let link = Link {
        session_id: id,
        url: format!(
            "/api/session/{id}/report?expires={expires}&seal={}",
            http::encode(&seal)
        ),
        expires_at: Rfc3339(UnixMillis(expires.saturating_mul(1000))),
    };
    tracing::info!(session = %id, "report link made");
    Ok(http::json(StatusCode::OK, &link))
}

/// What a link's seal holds for.
fn sealed(id: SessionId, expires: i64) -> String {
    format!("report\n{id}\n{expires}")
}

/// Whether the call comes by a link that opens this report; `false` without any link.
fn link(app: &App, query: QueryPairs<'_>, id: SessionId) -> Result<bool, Problem> {
    let Some(seal) = query.get("seal") else {
        return Ok(false);
    };
    let expires = query
        .get("expires")
        .and_then(|expires| expires.parse::<i64>().ok());
    let refuse = |message| Err(Problem::new(Code::Unauthorized, message));
    match expires {
        Some(expires) if app.tokens.is_sealed(&sealed(id, expires), &seal) => {
            if app.clock.now().as_seconds() > expires {
                return refuse("the link has expired");
            }
            Ok(true)
        }
        _ => refuse("the link does not open this report"),
    }
}

/// Reads what is kept if the caller's token is that of its owner.
async fn read_with_token(
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

async fn read(app: &Arc<App>, id: SessionId) -> Result<Kept, Problem> {
    let lives = app.sessions.find(id).is_ok();
    let now = app.clock.now();
    let kept = app
        .store
        .with_workouts(move |store| collect(store, id, now))
        .await?;
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

fn answer(report: &Report, form: Form, offset: i32, id: SessionId) -> hyper::Response<http::Body> {
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
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-language"));
    if form == Form::Csv
        && let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.csv\""))
    {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
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
