//! What was used, by user and day: what billing reads.

use hyper::{StatusCode, header::HeaderValue};
use serde::Serialize;
use squirret::{
    Day,
    archive::{UsageRow, usage_csv},
};

use super::{Answer, Call};
use crate::{
    access,
    http::{self, Code, Problem, QueryPairs},
};

/// Most days of one answer: ten years.
const MAX_DAYS: i64 = 3_660;

#[derive(Serialize)]
struct Usage {
    from: Day,
    to: Day,
    rows: Vec<UsageRow>,
}

/// `GET /internal/usage`: from this machine, or with the internal key.
pub(super) async fn usage(call: Call) -> Answer {
    let Call {
        app, request, peer, ..
    } = call;
    access::prove_internal(&app, &request, peer.ip(), "read the usage")?;
    let query = QueryPairs::new(request.uri().query());
    let today = app.clock.stamp_now().day();
    let to = day(query, "to")?.unwrap_or(today);
    let from = day(query, "from")?.unwrap_or(to);
    if from > to || to.0 - from.0 >= MAX_DAYS {
        let message =
            format!("from must not be after to, and at most {MAX_DAYS} days are told at once");
        return Err(Problem::new(Code::ValidationError, message));
    }
    let csv = match query.get("format").as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => {
            let message = "format must be json or csv";
            return Err(Problem::new(Code::ValidationError, message));
        }
    };
    // What is being counted belongs to it.
    app.settle(app.ws.usage.settle_open());
    let read = app.store.with_workouts(move |store| store.usage(from, to));
    let rows = read.await?;
    if csv {
        let table = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
        return Ok(http::reply(StatusCode::OK, table, usage_csv(&rows)));
    }
    Ok(http::json(StatusCode::OK, &Usage { from, to, rows }))
}

fn day(query: QueryPairs<'_>, name: &str) -> Result<Option<Day>, Problem> {
    let read = |text: String| {
        text.parse()
            .map_err(|error| Problem::new(Code::ValidationError, format!("{name} {error}")))
    };
    query.get(name).map(read).transpose()
}
