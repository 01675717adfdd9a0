//! What `/metrics` tells, by Prometheus' conventions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;
use parking_lot::Mutex;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};

use crate::{
    inference::{Gear, Standing},
    limits::Connections,
    server::Plane,
};

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
struct Limit {
    limit: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPlane {
    plane: &'static str,
}

/// One value of what the server holds, asked for at each scrape.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Holdings {
    /// Sessions in the store.
    pub(crate) sessions: usize,
    /// Changes that the store has not written yet.
    pub(crate) changes_waiting: u64,
    /// Whether the store cannot be written.
    pub(crate) store_failed: bool,
    /// Scopes with a coach.
    pub(crate) scopes: usize,
    /// How the inference plane stands.
    pub(crate) inference: Standing,
    /// Whether a model is ready.
    pub(crate) model_ready: bool,
}

/// All counters of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram>,
    limits: Family<Limit, Counter>,
    connections: Family<OfPlane, Gauge>,
    samples: Counter,
    sessions: Gauge,
    changes_waiting: Gauge,
    store_failed: Gauge,
    scopes: Gauge,
    streams: Gauge,
    frames_waiting: Gauge,
    model_ready: Gauge,
    lite: Gauge,
    model_changes: Counter,
    capacity: Gauge<f64, AtomicU64>,
    frame_cost: Gauge<f64, AtomicU64>,
    watched: Mutex<Vec<(Plane, Connections)>>,
}

/// 0.1 ms to about 3 s.
fn latency_buckets() -> Histogram {
    Histogram::new(exponential_buckets(1e-4, 2.0, 16))
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("squirret")),
            requests: Family::default(),
            durations: Family::new_with_constructor(latency_buckets),
            limits: Family::default(),
            connections: Family::default(),
            samples: Counter::default(),
            sessions: Gauge::default(),
            changes_waiting: Gauge::default(),
            store_failed: Gauge::default(),
            scopes: Gauge::default(),
            streams: Gauge::default(),
            frames_waiting: Gauge::default(),
            model_ready: Gauge::default(),
            lite: Gauge::default(),
            model_changes: Counter::default(),
            capacity: Gauge::default(),
            frame_cost: Gauge::default(),
            watched: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&self) {
        let mut registry = self.registry.lock();
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What runs", build);
        registry.register("http_requests", "Answered requests", self.requests.clone());
        let help = "Time from a request's head to its answer";
        registry.register_with_unit(
            "http_request_duration",
            help,
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
        registry.register("sessions", "Sessions in the store", self.sessions.clone());
        registry.register(
            "store_changes_waiting",
            "Changes that the store has not written yet",
            self.changes_waiting.clone(),
        );
        registry.register(
            "store_failed",
            "1 while the store cannot be written",
            self.store_failed.clone(),
        );
        registry.register("scopes", "Sessions with a coach", self.scopes.clone());
        registry.register(
            "inference_streams",
            "Open streams of frames",
            self.streams.clone(),
        );
        registry.register(
            "inference_frames_waiting",
            "Frames that wait for a runner",
            self.frames_waiting.clone(),
        );
        registry.register(
            "inference_model_ready",
            "1 when a pose model is ready",
            self.model_ready.clone(),
        );
        drop(registry);
        self.register_load();
    }

    fn register_load(&self) {
        let mut registry = self.registry.lock();
        let help = "1 while the lite model runs in place of the usual one";
        registry.register("inference_lite", help, self.lite.clone());
        let help = "Changes between the usual model and the lite one";
        registry.register("inference_model_changes", help, self.model_changes.clone());
        let help = "Frames a second that can be looked at, as measured";
        registry.register("inference_capacity", help, self.capacity.clone());
        let help = "A runner's time for one frame, as measured";
        registry.register_with_unit(
            "inference_frame_cost",
            help,
            Unit::Seconds,
            self.frame_cost.clone(),
        );
    }

    /// Lets another part add its own.
    pub(crate) fn extend<T>(&self, register: impl FnOnce(&mut Registry) -> T) -> T {
        register(&mut self.registry.lock())
    }

    /// One request was answered.
    pub(crate) fn answered(
        &self,
        route: &'static str,
        method: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        self.requests
            .get_or_create(&Request {
                route,
                method,
                status: status.as_u16(),
            })
            .inc();
        self.durations
            .get_or_create(&Route { route })
            .observe(took.as_secs_f64());
    }

    /// Something was refused because of a limit.
    pub(crate) fn limit_hit(&self, limit: &'static str) {
        self.limits.get_or_create(&Limit { limit }).inc();
    }

    /// Samples were accepted.
    pub(crate) fn samples_accepted(&self, count: usize) {
        self.samples.inc_by(count as u64);
    }

    /// Counts a plane's connections at each scrape.
    pub(crate) fn watch_connections(&self, plane: Plane, connections: Connections) {
        self.watched.lock().push((plane, connections));
    }

    /// The text of `/metrics`.
    pub(crate) fn text(&self, holdings: Holdings) -> String {
        for (plane, connections) in self.watched.lock().iter() {
            let plane = match plane {
                Plane::Control => "control",
                Plane::Inference => "inference",
            };
            self.connections
                .get_or_create(&OfPlane { plane })
                .set(connections.total() as i64);
        }
        self.sessions.set(holdings.sessions as i64);
        self.changes_waiting.set(holdings.changes_waiting as i64);
        self.store_failed.set(i64::from(holdings.store_failed));
        self.scopes.set(holdings.scopes as i64);
        self.tell_load(holdings.inference);
        self.model_ready.set(i64::from(holdings.model_ready));
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &self.registry.lock());
        text
    }
}

impl Metrics {
    fn tell_load(&self, standing: Standing) {
        self.streams.set(standing.streams as i64);
        self.frames_waiting.set(standing.waiting as i64);
        self.lite.set(i64::from(standing.gear == Gear::Lite));
        self.model_changes
            .inner()
            .store(standing.changes, Ordering::Relaxed);
        self.capacity.set(standing.capacity);
        self.frame_cost.set(standing.cost);
    }
}

/// Shared by all parts.
pub(crate) type SharedMetrics = Arc<Metrics>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_was_counted_under_conventional_names() {
        let metrics = Metrics::new();
        metrics.answered(
            "/api/fsr_data",
            "POST",
            StatusCode::ACCEPTED,
            Duration::from_micros(150),
        );
        metrics.limit_hit("requests");
        metrics.samples_accepted(3);
        let text = metrics.text(Holdings {
            scopes: 2,
            model_ready: true,
            inference: Standing {
                gear: Gear::Lite,
                changes: 3,
                cost: 0.0125,
                ..Standing::default()
            },
            ..Holdings::default()
        });
        for line in [
            r#"squirret_http_requests_total{route="/api/fsr_data",method="POST",status="202"} 1"#,
            r#"squirret_http_request_duration_seconds_count{route="/api/fsr_data"} 1"#,
            r#"squirret_limits_hit_total{limit="requests"} 1"#,
            "squirret_fsr_samples_total 3",
            "squirret_scopes 2",
            "squirret_inference_model_ready 1",
            "squirret_inference_lite 1",
            "squirret_inference_model_changes_total 3",
            "squirret_inference_frame_cost_seconds 0.0125",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
