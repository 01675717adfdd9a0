//! What `/metrics` tells, by Prometheus' conventions; `docs/metrics.md` lists it.

mod endpoints;
mod gauges;
mod histogram;
mod limit;
mod process;
mod text;

pub(crate) use endpoints::{Deliveries, DeliveryStats, EndpointMetrics, OpenConnection, WsMetrics};
use gauges::Gauges;
pub(crate) use histogram::Durations;
pub(crate) use limit::Limit;

use std::{sync::Arc, time::Duration};

use hyper::StatusCode;
use parking_lot::Mutex;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};

use crate::{inference::SchedulerState, limits::Connections, plane::Plane};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Hit {
    limit: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPlane {
    plane: &'static str,
}

/// What the server holds, asked for at each scrape.
#[derive(Clone, Debug, Default)]
pub(crate) struct GaugeSnapshot {
    /// Sessions in the store.
    pub(crate) sessions: usize,
    /// Changes that the store has not written yet.
    pub(crate) changes_waiting: u64,
    /// Whether the store cannot be written.
    pub(crate) store_failed: bool,
    /// Scopes with a coach.
    pub(crate) scopes: usize,
    /// How the inference plane stands.
    pub(crate) inference: SchedulerState,
    /// The pose model that is ready.
    pub(crate) model: Option<String>,
    /// Insole pairs that are bound to a session.
    pub(crate) devices: usize,
    /// Pushes that wait for their readers.
    pub(crate) queued: Queued,
}

/// What waits for readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Queued {
    /// Messages.
    pub(crate) messages: usize,
    /// The most that wait for one reader.
    pub(crate) longest: usize,
}

/// All counters of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    durations: Family<Route, Durations>,
    /// Accepted uploads, looked up once.
    uploads: (Counter, Durations),
    limits: Family<Hit, Counter>,
    connections: Family<OfPlane, Gauge>,
    samples: Counter,
    gauges: Gauges,
    watched: Mutex<Vec<(Plane, Connections)>>,
}

/// The answer that is by far the most frequent.
const UPLOAD: Request = Request {
    route: "/api/fsr_data",
    method: "POST",
    status: 202,
};

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let (requests, durations) = (Family::default(), Family::default());
        let route = Route {
            route: UPLOAD.route,
        };
        let uploads = (
            requests.get_or_create_owned(&UPLOAD),
            durations.get_or_create_owned(&route),
        );
        let metrics = Self {
            registry: Mutex::new(Registry::default()),
            requests,
            durations,
            uploads,
            limits: Family::default(),
            connections: Family::default(),
            samples: Counter::default(),
            gauges: Gauges::default(),
            watched: Mutex::default(),
        };
        metrics.extend(|registry| metrics.register(registry));
        let process = Box::new(process::Process::new());
        metrics.registry.lock().register_collector(process);
        // A limit that was never hit is told as 0, so that alerts can watch it.
        for limit in Limit::ALL {
            let limit = limit.label();
            metrics.limits.get_or_create(&Hit { limit }).inc_by(0);
        }
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What runs", build);
        registry.register("http_requests", "Answered requests", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "limits_hit",
            "What was refused because of a limit",
            self.limits.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "fsr_samples",
            "Accepted insole samples",
            self.samples.clone(),
        );
        self.gauges.register(registry);
    }

    /// Lets another part add its own.
    pub(crate) fn extend<T>(&self, register: impl FnOnce(&mut Registry) -> T) -> T {
        register(self.registry.lock().sub_registry_with_prefix("squirret"))
    }

    /// One request was answered.
    pub(crate) fn answered(
        &self,
        route: &'static str,
        method: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let status = status.as_u16();
        let request = Request {
            route,
            method,
            status,
        };
        if request == UPLOAD {
            self.uploads.0.inc();
            return self.uploads.1.observe(took, 1);
        }
        self.requests.get_or_create(&request).inc();
        self.durations
            .get_or_create(&Route { route })
            .observe(took, 1);
    }

    /// Something was refused because of a limit.
    pub(crate) fn limit_hit(&self, limit: Limit) {
        let limit = limit.label();
        self.limits.get_or_create(&Hit { limit }).inc();
    }

    /// Samples were accepted.
    pub(crate) fn samples_accepted(&self, count: usize) {
        self.samples.inc_by(count as u64);
    }

    /// Counts a plane's connections at each scrape.
    pub(crate) fn watch_connections(&self, plane: Plane, connections: Connections) {
        self.watched.lock().push((plane, connections));
    }

    /// The text of `/metrics` in the older of Prometheus' formats.
    pub(crate) fn classic_text(&self, holdings: GaugeSnapshot) -> String {
        text::classic(&self.text(holdings))
    }

    /// The text of `/metrics` as OpenMetrics.
    pub(crate) fn text(&self, holdings: GaugeSnapshot) -> String {
        for (plane, connections) in self.watched.lock().iter() {
            let plane = plane.label();
            self.connections
                .get_or_create(&OfPlane { plane })
                .set(connections.total() as i64);
        }
        self.gauges.set(holdings);
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &self.registry.lock());
        text
    }
}

/// Shared by all parts.
pub(crate) type SharedMetrics = Arc<Metrics>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::ModelTier;

    #[test]
    fn tells_what_was_counted_under_conventional_names() {
        let metrics = Metrics::new();
        metrics.answered(
            "/api/fsr_data",
            "POST",
            StatusCode::ACCEPTED,
            Duration::from_micros(150),
        );
        metrics.limit_hit(Limit::Requests);
        metrics.samples_accepted(3);
        let holdings = GaugeSnapshot {
            scopes: 2,
            model: Some("blazepose-full".into()),
            inference: SchedulerState {
                tier: ModelTier::Lite,
                changes: 3,
                cost: 0.0125,
                ..SchedulerState::default()
            },
            ..GaugeSnapshot::default()
        };
        let text = metrics.text(holdings);
        for line in [
            r#"squirret_http_requests_total{route="/api/fsr_data",method="POST",status="202"} 1"#,
            r#"squirret_http_request_duration_seconds_count{route="/api/fsr_data"} 1"#,
            r#"squirret_limits_hit_total{limit="requests"} 1"#,
            "squirret_fsr_samples_total 3",
            "squirret_scopes 2",
            "squirret_inference_model_ready 1",
            r#"squirret_inference_model_info{model="blazepose-full"} 1"#,
            r#"squirret_limits_hit_total{limit="connects"} 0"#,
            "# EOF",
            "squirret_inference_lite 1",
            "squirret_inference_model_changes_total 3",
            "squirret_inference_frame_cost_seconds 0.0125",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
