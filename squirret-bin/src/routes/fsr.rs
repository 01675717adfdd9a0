//! Insole data: up, and what they say.

use std::sync::Arc;

use bytes::Bytes;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{CACHE_CONTROL, HeaderValue},
};
use squirret::{
    session::{DeviceId, SessionId},
    wire::{CombinedView, FeedbackView, Upload, Uploads, parse_upload},
};

use super::{Answer, Call};
use crate::{
    access::{self, too_many},
    app::App,
    clock::Time,
    fanout::{ScopeId, StreamKind},
    http::{self, Body, Code, JSON, Problem, QueryPairs, language},
    limits::{SampleSource, network},
    metrics::Limit,
    scope::Scope,
};

/// A stamp that differs by no more from the time of its arrival is believed, ms.
const BELIEVED: i64 = 60_000;

/// What an accepted upload is answered.
const ACCEPTED: Bytes = Bytes::from_static(br#"{"status":"ACCEPTED"}"#);

/// `POST /api/fsr_data`: one sample or a burst, all or nothing.
pub(super) async fn upload(mut call: Box<Call>) -> Answer {
    let named = Named::of(call.request.headers())?;
    let body = call.json().await?;
    let Call {
        app,
        request,
        client,
        received,
        ..
    } = &*call;
    let headers = request.headers();
    let (uploads, shift) = parse(&body, &app.clock)?;
    let uploads = uploads.as_slice();
    let scopes = runs(app, headers, &named, uploads)?;
    for (scope, run) in &scopes {
        let source = match scope.id() {
            ScopeId::Session(id) => SampleSource::Session(id),
            ScopeId::Default => SampleSource::Address(network(*client)),
        };
        let taken = app.limiter.samples(
            source,
            u32::try_from(run.len()).unwrap_or(u32::MAX),
            *received,
        );
        taken.map_err(|wait| too_many(app, Limit::Samples, wait))?;
    }
    for (scope, run) in &scopes {
        let mut upload: Vec<_> = run.iter().map(Upload::uploaded).collect();
        for uploaded in &mut upload {
            uploaded.sample.at = uploaded.sample.at.plus(shift);
        }
        scope.upload(&mut upload);
    }
    app.metrics.samples_accepted(uploads.len());
    Ok(http::reply(StatusCode::ACCEPTED, JSON, ACCEPTED))
}

/// Reads an upload, and by how much its stamps are to be shifted into the server's steady time, ms.
///
/// A phone's clock agrees with the machine's as it was at the start, or as it is since it was stepped: the former goes
/// on without a gap, so it is tried first.
fn parse<'a>(body: &'a [u8], time: &Time) -> Result<(Uploads<'a>, i64), Problem> {
    let now = time.now();
    let uploads = parse_upload(body, now)?;
    let stamp = time.stamp(now);
    let mut samples = uploads.as_slice().iter();
    if now.since(stamp).abs() <= BELIEVED || samples.any(|upload| upload.sample.at != now) {
        return Ok((uploads, 0));
    }
    Ok((parse_upload(body, stamp)?, now.since(stamp)))
}

/// Whose samples the headers say they are.
#[derive(Debug, Default)]
struct Named {
    session: Option<SessionId>,
    device: Option<DeviceId<'static>>,
}

impl Named {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let session = http::header(headers, http::SESSION_ID)
            .map(access::session_id)
            .transpose()?;
        // An id that is not even text must not pass for none: the samples would go to `default`.
        let device = headers.get(http::DEVICE_ID).map(|value| {
            let id = DeviceId::new(String::from_utf8_lossy(value.as_bytes()).into_owned());
            id.map_err(|error| Problem::new(Code::ValidationError, format!("X-Device-Id {error}")))
        });
        Ok(Self {
            session,
            device: device.transpose()?,
        })
    }
}

/// Neighbours of one owner in an upload, and their scope.
type Runs<'a, 'b> = Vec<(Arc<Scope>, &'a [Upload<'b>])>;

/// Cuts an upload into runs of one owner each, so that nothing is taken before every owner is known.
fn runs<'a, 'b>(
    app: &App,
    headers: &HeaderMap,
    named: &Named,
    uploads: &'a [Upload<'b>],
) -> Result<Runs<'a, 'b>, Problem> {
    let owner = |upload: &Upload<'_>| {
        (
            upload.session,
            upload.device.clone().map(DeviceId::into_owned),
        )
    };
    uploads
        .chunk_by(|left, right| owner(left) == owner(right))
        .map(|run| {
            let (session, device) = owner(&run[0]);
            let session = session.or(named.session);
            let device = device.or_else(|| named.device.clone());
            Ok((
                access::scope_to_write(
                    app,
                    headers,
                    session,
                    device.as_ref().map(DeviceId::as_str),
                )?,
                run,
            ))
        })
        .collect()
}

/// `GET /api/fsr_data/latest`: the newest sample of each foot, unless it is old.
pub(super) fn latest(call: &Call) -> Answer {
    let scope = scope_to_read(call, StreamKind::Insole)?;
    Ok(uncached(scope.snapshot()))
}

/// `GET /api/fsr_data/feedback`: the insole's judgement of the last 10 s.
pub(super) fn feedback(call: &Call) -> Answer {
    let scope = scope_to_read(call, StreamKind::Insole)?;
    let language = language(
        query(call),
        call.request.headers(),
        call.app.config.server.language.into(),
    );
    let feedback = scope.read(|coach, now| coach.feedback(language, now));
    let view = FeedbackView::new(&feedback, language);
    Ok(http::json(StatusCode::OK, &view))
}

/// `GET /api/fsr_data/feedback/combined`: AI and insole together.
pub(super) fn combined(call: &Call) -> Answer {
    let scope = scope_to_read(call, StreamKind::Analysis)?;
    let language = language(
        query(call),
        call.request.headers(),
        call.app.config.server.language.into(),
    );
    let combined = scope.read(|coach, now| coach.combined(language, now));
    let view = CombinedView::new(&combined, language);
    Ok(http::json(StatusCode::OK, &view))
}

/// The scope that a reading call sees; `insole`: it reads insole data only.
fn scope_to_read(call: &Call, stream: StreamKind) -> Result<Arc<Scope>, Problem> {
    let headers = call.request.headers();
    access::scope_to_read(&call.app, headers, query(call), stream, call.received)
}

fn query(call: &Call) -> QueryPairs<'_> {
    QueryPairs::new(call.request.uri().query())
}

fn uncached(body: Bytes) -> Response<Body> {
    let mut response = http::reply(StatusCode::OK, JSON, body);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
