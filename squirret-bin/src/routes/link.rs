//! Links that open something without a token. A link has an id of its own and a signature, so that it opens nothing
//! else and tells nothing of the session.

use std::sync::Arc;

use squirret::{
    UnixMillis,
    archive::{Opens, ReportLink},
    session::SessionId,
};
use uuid::Uuid;

use super::Call;
use crate::{
    access,
    app::App,
    http::{self, Code, Problem, QueryPairs},
};

/// A link to reports opens them for this long, ms.
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// A link to workouts that are kept for ever opens them for this long, ms.
const YEAR_MILLIS: i64 = 365 * DAY_MILLIS;

/// Most workouts of a person that a link is looked for in, the newest.
pub(super) const MAX_WORKOUTS: usize = 200;

/// Makes a link for whoever may read what it opens. It ends when the session's owner changes.
///
/// # Errors
/// 503 when it cannot be stored.
pub(super) fn create(
    app: &App,
    session: SessionId,
    owner: Option<String>,
    opens: Opens,
) -> Result<ReportLink, Problem> {
    let now = app.clock.stamp_now();
    let life = match opens {
        Opens::Workouts => i64::try_from(app.config.store.retention.as_millis())
            .ok()
            .filter(|kept| *kept > 0)
            .unwrap_or(YEAR_MILLIS),
        _ => DAY_MILLIS,
    };
    let link = ReportLink {
        id: Uuid::new_v4(),
        session,
        owner,
        opens,
        expires: now.plus(life),
    };
    app.store.workouts.add_link(&link, now)?;
    Ok(link)
}

/// Where a link leads to.
///
/// # Errors
/// 500 without a key that can sign.
pub(super) fn url(app: &App, link: &ReportLink) -> Result<String, Problem> {
    let what = match link.opens {
        Opens::Workouts => "workouts",
        _ => "report",
    };
    let seal = app.tokens.sign_text(&sealed(link.id))?;
    Ok(format!(
        "/api/{what}/{}?seal={}",
        link.id,
        http::encode(&seal)
    ))
}

/// The link that a call comes by.
///
/// # Errors
/// 401 for one that is none of ours, has expired, or whose session was deleted; 429 when its session is asked for too much.
pub(super) async fn open(call: &Call, id: &str) -> Result<ReportLink, Problem> {
    let app = &call.app;
    let query = QueryPairs::new(call.request.uri().query());
    let seal = query.get("seal").unwrap_or_default();
    let id = Uuid::try_parse(id).ok();
    let id = id.filter(|id| app.tokens.is_signed(&sealed(*id), &seal));
    let id = id.ok_or_else(refused)?;
    let link = app.store.with_workouts(move |store| store.link(id)).await?;
    let now = app.clock.stamp_now();
    let link = link.filter(|link| now <= link.expires).ok_or_else(|| {
        let message = "the link has expired, or its session was deleted";
        Problem::new(Code::Unauthorized, message)
    })?;
    access::limit_session(app, link.session, call.received)?;
    Ok(link)
}

/// The session of the link's person in which a workout began then.
///
/// # Errors
/// 401 when there is none.
pub(super) async fn session_of(
    app: &Arc<App>,
    link: &ReportLink,
    start: UnixMillis,
) -> Result<SessionId, Problem> {
    let session = link.session;
    let find = app
        .store
        .with_workouts(move |store| store.history(session, start.plus(1), MAX_WORKOUTS));
    let workouts = find.await?;
    let workout = workouts.iter().find(|workout| workout.key.start == start);
    workout
        .map(|workout| workout.key.session)
        .ok_or_else(refused)
}

/// What a link was made for must still be its owner's.
///
/// # Errors
/// 403 when a user signed in since.
pub(super) fn check_owner(link: &ReportLink, owner: Option<&str>) -> Result<(), Problem> {
    if link.owner.as_deref() == owner {
        return Ok(());
    }
    let message = "the link is from before the session's user signed in";
    Err(Problem::new(Code::Forbidden, message))
}

/// The refusal of a link that does not open what it is used for.
pub(super) fn refused() -> Problem {
    Problem::new(Code::Unauthorized, "the link does not open this")
}

/// What a link's seal holds for.
fn sealed(link: Uuid) -> String {
    format!("link\n{link}")
}
