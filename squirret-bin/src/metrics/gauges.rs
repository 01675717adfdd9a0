//! What the server holds, as gauges that are set at each scrape.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

use super::GaugeSnapshot;
use crate::inference::{ModelTier, SchedulerState};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Model {
    model: String,
}

/// Gauges of [`GaugeSnapshot`].
#[derive(Debug, Default)]
pub(super) struct Gauges {
    sessions: Gauge,
    changes_waiting: Gauge,
    store_failed: Gauge,
    scopes: Gauge,
    devices: Gauge,
    queued: Gauge,
    longest_queue: Gauge,
    streams: Gauge,
    frames_waiting: Gauge,
    model_ready: Gauge,
    lite: Gauge,
    model: Family<Model, Gauge>,
    model_changes: Counter,
    capacity: Gauge<f64, AtomicU64>,
    frame_cost: Gauge<f64, AtomicU64>,
}

impl Gauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        for (name, help, gauge) in self.counts() {
            registry.register(name, help, gauge.clone());
        }
        let help = "The pose model that is ready";
        registry.register("inference_model_info", help, self.model.clone());
        let help = "Changes between the usual model and the lite one";
        registry.register("inference_model_changes", help, self.model_changes.clone());
        let help = "Frames a second that can be looked at, as measured";
        registry.register("inference_capacity", help, self.capacity.clone());
        let help = "A runner's time for one frame, as measured";
        let cost = self.frame_cost.clone();
        registry.register_with_unit("inference_frame_cost", help, Unit::Seconds, cost);
    }

    fn counts(&self) -> [(&'static str, &'static str, &Gauge); 11] {
        [
            ("sessions", "Sessions in the store", &self.sessions),
            (
                "store_changes_waiting",
                "Changes that the store has not written yet",
                &self.changes_waiting,
            ),
            (
                "store_failed",
                "1 while the store cannot be written",
                &self.store_failed,
            ),
            ("scopes", "Sessions with a coach", &self.scopes),
            (
                "devices",
                "Insole pairs that are bound to a session",
                &self.devices,
            ),
            (
                "queued_messages",
                "Pushes that wait for their readers",
                &self.queued,
            ),
            (
                "longest_queue_messages",
                "Pushes that wait for the slowest reader",
                &self.longest_queue,
            ),
            ("inference_streams", "Open streams of frames", &self.streams),
            (
                "inference_frames_waiting",
                "Frames that wait for a runner",
                &self.frames_waiting,
            ),
            (
                "inference_model_ready",
                "1 when a pose model is ready",
                &self.model_ready,
            ),
            (
                "inference_lite",
                "1 while the lite model runs in place of the usual one",
                &self.lite,
            ),
        ]
    }

    pub(super) fn set(&self, holdings: GaugeSnapshot) {
        let count = |gauge: &Gauge, count: usize| {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        };
        count(&self.sessions, holdings.sessions);
        let waiting = i64::try_from(holdings.changes_waiting);
        self.changes_waiting.set(waiting.unwrap_or(i64::MAX));
        count(&self.store_failed, usize::from(holdings.store_failed));
        count(&self.scopes, holdings.scopes);
        count(&self.devices, holdings.devices);
        count(&self.queued, holdings.queued.messages);
        count(&self.longest_queue, holdings.queued.longest);
        self.set_load(holdings.inference);
        count(&self.model_ready, usize::from(holdings.model.is_some()));
        self.model.clear();
        if let Some(model) = holdings.model {
            self.model.get_or_create(&Model { model }).set(1);
        }
    }

    fn set_load(&self, standing: SchedulerState) {
        self.streams.set(standing.streams as i64);
        self.frames_waiting.set(standing.waiting as i64);
        self.lite.set(i64::from(standing.tier == ModelTier::Lite));
        self.model_changes
            .inner()
            .store(standing.changes, Ordering::Relaxed);
        self.capacity.set(standing.capacity);
        self.frame_cost.set(standing.cost);
    }
}
