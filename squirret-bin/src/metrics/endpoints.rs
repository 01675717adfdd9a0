//! What `/metrics` tells of the WebSockets, by Prometheus' conventions.

use super::Durations;
use crate::{close_code::CloseCode, inference::Timing};
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
use std::time::{Duration, Instant};

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
    pub(crate) fn open(&self) -> OpenConnection {
        self.open.inc();
        OpenConnection(self.open.clone())
    }

    /// A message came in.
    pub(crate) fn received(&self) {
        self.messages_in.inc();
    }

    /// Messages go out.
    pub(crate) fn sent(&self, count: u64) {
        self.messages_out.inc_by(count);
    }

    /// Bytes came in and went out.
    pub(crate) fn traffic(&self, (bytes_in, bytes_out): (u64, u64)) {
        if bytes_in > 0 {
            self.bytes_in.inc_by(bytes_in);
        }
        if bytes_out > 0 {
            self.bytes_out.inc_by(bytes_out);
        }
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
pub(crate) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What became of one frame at many readers.
#[derive(Debug, Default)]
pub(crate) struct DeliveryStats {
    /// Readers that the frame was written to.
    pub(crate) messages: u64,
    /// Frames that these readers never got, because a newer one replaced them.
    pub(crate) replaced: u64,
    /// Bytes received and sent.
    pub(crate) traffic: (u64, u64),
}

/// What is counted of frames that many watch.
#[derive(Clone, Debug)]
pub(crate) struct Deliveries {
    endpoint: EndpointMetrics,
    pushes: Pushes,
}

impl Deliveries {
    /// It was the turn of so many watchers for a frame that was made at `made`.
    pub(crate) fn count(&self, made: Instant, stats: &DeliveryStats) {
        if stats.messages > 0 {
            self.endpoint.sent(stats.messages);
            self.endpoint.traffic(stats.traffic);
            self.pushes.delivered(made, stats.messages, stats.replaced);
        }
    }
}

#[derive(Clone, Debug)]
struct Pushes {
    coalesced: Counter,
    delay: Durations,
}

impl Pushes {
    fn delivered(&self, made: Instant, readers: u64, replaced: u64) {
        self.delay.observe(made.elapsed(), readers);
        if replaced > 0 {
            self.coalesced.inc_by(replaced);
        }
    }
}

/// All counters of the WebSockets.
#[derive(Debug)]
pub(crate) struct WsMetrics {
    pub(crate) stomp: EndpointMetrics,
    pub(crate) insole: EndpointMetrics,
    pub(crate) inference: EndpointMetrics,
    pushes: Pushes,
    overflowed: Counter,
    frames_dropped: Family<Because, Counter>,
    frames: Counter,
    analyses: Counter,
    frame_errors: Counter,
    advice: Counter,
    latency: Histogram,
    steps: Family<Step, Histogram>,
}

/// Registers every close code at every endpoint with 0, so that alerts can watch it.
fn show_zero(closes: &Family<Close, Counter>) {
    for endpoint in ["stomp", "insole", "inference"] {
        for code in CloseCode::ALL {
            let code = code.number();
            closes.get_or_create(&Close { endpoint, code }).inc_by(0);
        }
    }
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
            "Bytes of WebSockets, frames and all",
            Unit::Bytes,
            bytes.clone(),
        );
        registry.register(
            "websocket_closes",
            "Connections that the server closed, by code",
            closes.clone(),
        );
        let dropped = Family::<Because, Counter>::default();
        registry.register(
            "websocket_dropped",
            "Messages that were not delivered, by reason",
            dropped.clone(),
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
        show_zero(&closes);
        let metrics = Self {
            stomp: endpoint("stomp"),
            insole: endpoint("insole"),
            inference: endpoint("inference"),
            pushes: Pushes {
                coalesced: dropped.get_or_create_owned(&Because {
                    reason: "coalesced",
                }),
                delay: Durations::default(),
            },
            overflowed: dropped.get_or_create_owned(&Because { reason: "overflow" }),
            frames_dropped: Family::default(),
            frames: Counter::default(),
            analyses: Counter::default(),
            frame_errors: Counter::default(),
            advice: Counter::default(),
            latency: frame_buckets(),
            steps: Family::new_with_constructor(frame_buckets),
        };
        for reason in ["replaced", "late", "overload", "rate", "stopping"] {
            let dropped = metrics.frames_dropped.get_or_create(&Because { reason });
            dropped.inc_by(0);
        }
        for step in ["wait", "decode", "estimate"] {
            drop(metrics.steps.get_or_create(&Step { step }));
        }
        metrics.register(registry);
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "push_delay",
            "Time from a push's making to its turn at a reader",
            Unit::Seconds,
            self.pushes.delay.clone(),
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

    /// It is a reader's turn for a push that was made at `made` and took the place of so many older ones.
    pub(crate) fn delivered(&self, made: Instant, replaced: u64) {
        self.pushes.delivered(made, 1, replaced);
    }

    /// For those who show frames to the readers of the insole endpoint.
    pub(crate) fn deliveries(&self) -> Deliveries {
        Deliveries {
            endpoint: self.insole.clone(),
            pushes: self.pushes.clone(),
        }
    }

    /// A push found no room; its reader is sent away.
    pub(crate) fn overflowed(&self) {
        self.overflowed.inc();
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
        metrics.stomp.closed(CloseCode::SlowConsumer.number());
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
