//! What `/metrics` tells of the WebSockets, by Prometheus' conventions.

use crate::inference::Timing;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::time::Duration;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfEndpoint {
    endpoint: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Direction {
    endpoint: &'static str,
    direction: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Close {
    endpoint: &'static str,
    code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Because {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Step {
    step: &'static str,
}

/// Counters of one endpoint, looked up once.
#[derive(Clone, Debug)]
pub(crate) struct EndpointMetrics {
    open: Gauge,
    messages_in: Counter,
    messages_out: Counter,
    bytes_in: Counter,
    bytes_out: Counter,
    closes: Family<Close, Counter>,
    endpoint: &'static str,
}

impl EndpointMetrics {
    /// A connection that is open until the guard is dropped.
    pub(crate) fn open(&self) -> Open {
        self.open.inc();
        Open(self.open.clone())
    }

    /// A message came in.
    pub(crate) fn received(&self) {
        self.messages_in.inc();
    }

    /// A message goes out.
    pub(crate) fn sent(&self) {
        self.messages_out.inc();
    }

    /// Bytes came in and went out.
    pub(crate) fn traffic(&self, (bytes_in, bytes_out): (u64, u64)) {
        self.bytes_in.inc_by(bytes_in);
        self.bytes_out.inc_by(bytes_out);
    }

    /// We closed a connection.
    pub(crate) fn closed(&self, code: u16) {
        self.closes
            .get_or_create(&Close {
                endpoint: self.endpoint,
                code,
            })
            .inc();
    }
}

/// Counts an open connection.
#[derive(Debug)]
pub(crate) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// All counters of the WebSockets.
#[derive(Debug)]
pub(crate) struct WsMetrics {
    pub(crate) stomp: EndpointMetrics,
    pub(crate) insole: EndpointMetrics,
    pub(crate) inference: EndpointMetrics,
    dropped: Family<Because, Counter>,
    frames_dropped: Family<Because, Counter>,
    frames: Counter,
    analyses: Counter,
    frame_errors: Counter,
    advice: Counter,
    latency: Histogram,
    steps: Family<Step, Histogram>,
}

/// 0.5 ms to about 8 s.
fn frame_buckets() -> Histogram {
    Histogram::new(exponential_buckets(5e-4, 2.0, 15))
}

impl WsMetrics {
    /// All at zero, registered.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let open = Family::<OfEndpoint, Gauge>::default();
        let messages = Family::<Direction, Counter>::default();
        let bytes = Family::<Direction, Counter>::default();
        let closes = Family::<Close, Counter>::default();
        registry.register("websocket_connections", "Open WebSockets", open.clone());
        registry.register("websocket_messages", "WebSocket messages", messages.clone());
        registry.register_with_unit(
            "websocket_traffic",
            "Bytes of closed WebSockets",
            Unit::Bytes,
            bytes.clone(),
        );
        registry.register(
            "websocket_closes",
            "Connections that the server closed, by code",
            closes.clone(),
        );
        let endpoint = |endpoint: &'static str| {
            let of = |direction| Direction {
                endpoint,
                direction,
            };
            EndpointMetrics {
                open: open.get_or_create_owned(&OfEndpoint { endpoint }),
                messages_in: messages.get_or_create_owned(&of("in")),
                messages_out: messages.get_or_create_owned(&of("out")),
                bytes_in: bytes.get_or_create_owned(&of("in")),
                bytes_out: bytes.get_or_create_owned(&of("out")),
                closes: closes.clone(),
                endpoint,
            }
        };
        let metrics = Self {
            stomp: endpoint("stomp"),
            insole: endpoint("insole"),
            inference: endpoint("inference"),
            dropped: Family::default(),
            frames_dropped: Family::default(),
            frames: Counter::default(),
            analyses: Counter::default(),
            frame_errors: Counter::default(),
            advice: Counter::default(),
            latency: frame_buckets(),
            steps: Family::new_with_constructor(frame_buckets),
        };
        metrics.register(registry);
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "websocket_dropped",
            "Messages that were not delivered, by reason",
            self.dropped.clone(),
        );
        registry.register("inference_frames", "Frames received", self.frames.clone());
        registry.register(
            "inference_analyses",
            "Frames analysed",
            self.analyses.clone(),
        );
        registry.register(
            "inference_frame_errors",
            "Frames that could not be read",
            self.frame_errors.clone(),
        );
        let help = "Frames that were not looked at, by reason";
        registry.register(
            "inference_frames_dropped",
            help,
            self.frames_dropped.clone(),
        );
        let help = "Advice to clients on their rate of frames";
        registry.register("inference_advice", help, self.advice.clone());
        let help = "Time from a frame's arrival to its reply";
        registry.register_with_unit(
            "inference_latency",
            help,
            Unit::Seconds,
            self.latency.clone(),
        );
        let help = "Time of a frame in each step";
        registry.register_with_unit("inference_step", help, Unit::Seconds, self.steps.clone());
    }

    /// A message was not delivered.
    pub(crate) fn dropped(&self, reason: &'static str) {
        self.dropped.get_or_create(&Because { reason }).inc();
    }

    /// A frame came in.
    pub(crate) fn frame(&self) {
        self.frames.inc();
    }

    /// A frame was not looked at.
    pub(crate) fn frame_dropped(&self, reason: &'static str) {
        self.frames_dropped.get_or_create(&Because { reason }).inc();
    }

    /// A frame could not be read.
    pub(crate) fn frame_failed(&self) {
        self.frame_errors.inc();
    }

    /// A client was told how many frames a second are worth sending.
    pub(crate) fn advised(&self) {
        self.advice.inc();
    }

    /// A frame was analysed.
    pub(crate) fn frame_analysed(&self, timing: Timing, latency: Duration) {
        self.analyses.inc();
        self.latency.observe(latency.as_secs_f64());
        let Timing {
            waited,
            decode,
            estimate,
        } = timing;
        for (step, took) in [("wait", waited), ("decode", decode), ("estimate", estimate)] {
            self.steps
                .get_or_create(&Step { step })
                .observe(took.as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_connection_is_counted_until_it_ends() {
        let mut registry = Registry::default();
        let metrics = WsMetrics::new(&mut registry);
        let open = metrics.stomp.open();
        metrics.stomp.closed(4413);
        metrics.frame_analysed(Timing::default(), Duration::from_millis(20));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(
            text.contains("websocket_connections{endpoint=\"stomp\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("websocket_closes_total{endpoint=\"stomp\",code=\"4413\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("inference_step_seconds_count{step=\"estimate\"} 1\n"),
            "{text}"
        );
        drop(open);
        assert_eq!(metrics.stomp.open.get(), 0);
    }
}
