//! One connection: frames to the runners, replies in the order of the frames.

use super::{
    super::{
        allowance::Allowance,
        deadlines::{Deadlines, Due, set},
        drain_reason,
        frame::Kind,
        socket::{Incoming, ReadError, Socket},
    },
    clock::FrameClock,
    judge::Judge,
    line::Line,
    usage::Meter,
};
use crate::{
    app::App,
    inference::{Encoded, Frame, FrameError, Outcome, Stream, Submitted},
    ws::metrics::Open,
};
use bytes::Bytes;
use squirret::{
    UnixMillis,
    pose::Pose,
    session::{SessionId, Usage},
    wire::{AnalysisView, DropReason, ErrorCode, FrameMessage, FrameReply, parse_frame, to_json},
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Frames without a reply; the connection reads no more while there are so many.
const MAX_UNANSWERED: usize = 256;
/// At a drain, frames that a runner has in hand are waited for so long.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);

/// Why a connection ends.
enum End {
    /// The peer closed.
    Closed,
    /// The peer is gone.
    Gone,
    /// The peer broke a rule; what it still sends is not read.
    Failed(u16, &'static str),
    /// We close.
    Close(u16, String),
}

impl End {
    fn of(error: ReadError) -> Option<Self> {
        Some(
            error
                .close_code()
                .map_or(Self::Gone, |code| Self::Failed(code, error.reason())),
        )
    }
}

/// One inference connection.
pub(super) struct Connection {
    app: Arc<App>,
    id: SessionId,
    socket: Socket,
    stream: Stream,
    judge: Judge,
    line: Line<Vec<u8>>,
    clock: FrameClock,
    allowance: Allowance,
    /// Frames over the rate are told so; too many of them end the connection.
    patience: Allowance,
    next_number: u64,
    meter: Meter,
    deadlines: Deadlines,
    model: String,
    _open: Open,
}

impl Connection {
    pub(super) fn new(
        app: Arc<App>,
        socket: Socket,
        stream: Stream,
        judge: Judge,
        id: SessionId,
        expires: UnixMillis,
    ) -> Self {
        let mut deadlines = app.ws.deadlines();
        deadlines.expire_at(expires, app.clock.now());
        let meter = app.ws.usage.open(id);
        let (allowance, patience) = (
            Allowance::new(app.ws.message_rate()),
            Allowance::new(app.ws.message_rate()),
        );
        let model = app.inference.model().unwrap_or_default();
        let open = app.ws.metrics.inference.open();
        Self {
            app,
            id,
            socket,
            stream,
            judge,
            line: Line::default(),
            clock: FrameClock::default(),
            allowance,
            patience,
            next_number: 0,
            meter,
            deadlines,
            model,
            _open: open,
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn run(mut self) {
        tracing::info!(session = %self.id, "frames begin");
        let end = self.serve().await;
        let usage = self.app.ws.usage.peek(self.id);
        tracing::info!(session = %self.id, ?usage, "frames end");
        let metrics = &self.app.ws.metrics.inference;
        metrics.traffic(self.socket.take_traffic());
        if let End::Failed(code, _) | End::Close(code, _) = &end {
            metrics.closed(*code);
        }
        match end {
            End::Closed => self.socket.finish().await,
            End::Gone => {}
            End::Failed(code, reason) => self.socket.fail(code, reason).await,
            End::Close(code, reason) => self.socket.close(code, &reason).await,
        }
    }

    async fn serve(&mut self) -> End {
        let app = Arc::clone(&self.app);
        let mut stop = pin!(app.shutdown.begun());
        let mut alarm = pin!(sleep_until(self.deadlines.next(&self.socket)));
        loop {
            self.queue_replies();
            let reads = self.line.len() < MAX_UNANSWERED;
            set(alarm.as_mut(), self.deadlines.next(&self.socket));
            let end = tokio::select! {
                biased;
                () = stop.as_mut() => return self.drain().await,
                outcome = self.stream.outcome() => {
                    self.answer(outcome);
                    None
                }
                incoming = self.socket.next(reads) => incoming.map_or_else(End::of, |incoming| self.take(incoming?)),
                () = alarm.as_mut() => self.on_time(),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Waits for what the runners have in hand, then closes.
    async fn drain(&mut self) -> End {
        let rest = async {
            while self.stream.unanswered() > 0 {
                let outcome = self.stream.outcome().await;
                self.answer(outcome);
            }
        };
        let _ = timeout(DRAIN_PATIENCE, rest).await;
        self.queue_replies();
        End::Close(1001, drain_reason())
    }

    fn on_time(&mut self) -> Option<End> {
        match self.deadlines.due(&self.socket) {
            Due::Nothing => None,
            Due::Ping => {
                self.socket.queue(Kind::Ping, b"");
                None
            }
            Due::Dead => Some(End::Gone),
            Due::Slow => Some(End::Close(4413, "slow consumer".into())),
            Due::Expired => Some(End::Close(4401, "token has expired".into())),
        }
    }

    fn take(&mut self, incoming: Incoming) -> Option<End> {
        match incoming {
            Incoming::Text(text) => self.take_text(&text),
            Incoming::Binary(bytes) => self.submit(None, Encoded::Plain(bytes), None),
            Incoming::Control => self.lose_patience(),
            Incoming::Closed => Some(End::Closed),
        }
    }

    fn take_text(&mut self, text: &Utf8Bytes) -> Option<End> {
        match parse_frame(text) {
            Ok(FrameMessage {
                number,
                image,
                timestamp,
                ..
            }) => {
                let raw = image.as_raw();
                let picture = Encoded::Base64(Bytes::from(text.clone()).slice_ref(raw));
                self.submit(number, picture, timestamp)
            }
            Err(error) => {
                self.count_frame(0);
                let frame_number = error.number();
                let ticket = self.line.join(frame_number.unwrap_or(self.next_number));
                let message = &error.to_string();
                self.line.reply(
                    ticket,
                    to_json(&FrameReply::Error {
                        frame_number,
                        code: error.code(),
                        message,
                    }),
                );
                self.lose_patience()
            }
        }
    }

    /// What should not come is borne for a while.
    fn lose_patience(&mut self) -> Option<End> {
        if self.patience.take(Instant::now().into_std()) {
            return None;
        }
        self.app.metrics.limit_hit("frames");
        Some(End::Close(4429, "too many messages".into()))
    }

    fn count_frame(&mut self, bytes_in: usize) {
        self.app.ws.metrics.frame();
        self.meter.count(Usage {
            frames_in: 1,
            bytes_in: bytes_in as u64,
            ..Usage::default()
        });
    }

    fn submit(
        &mut self,
        number: Option<u64>,
        picture: Encoded,
        stamp: Option<UnixMillis>,
    ) -> Option<End> {
        self.count_frame(picture.len());
        let received = Instant::now().into_std();
        let number = number.unwrap_or(self.next_number);
        self.next_number = number.saturating_add(1);
        let ticket = self.line.join(number);
        if !self.allowance.take(received) {
            self.drop_frame(ticket, DropReason::Rate);
            return self.lose_patience();
        }
        let at = self.clock.taken(stamp, self.app.clock.now());
        match self.stream.submit(Frame {
            ticket,
            picture,
            at,
            received,
        }) {
            Submitted::Waiting => {}
            Submitted::Replaced(older) => self.drop_frame(older, DropReason::Replaced),
            Submitted::Refused => self.drop_frame(ticket, DropReason::Overload),
        }
        None
    }

    fn drop_frame(&mut self, ticket: u64, reason: DropReason) {
        let Some(frame_number) = self.line.frame(ticket) else {
            return;
        };
        self.line.reply(
            ticket,
            to_json(&FrameReply::Dropped {
                frame_number,
                reason,
            }),
        );
        self.meter.count(Usage {
            dropped: 1,
            ..Usage::default()
        });
        self.app.ws.metrics.frame_dropped(reason.as_str());
    }

    fn answer(&mut self, outcome: Outcome) {
        let Some(number) = self.line.frame(outcome.ticket) else {
            return;
        };
        match outcome.result {
            Ok(pose) => {
                let latency = outcome.received.elapsed();
                self.app.ws.metrics.frame_analysed(outcome.timing, latency);
                self.meter.count(Usage {
                    frames_out: 1,
                    ..Usage::default()
                });
                let reply = self.analysis(number, pose.as_ref(), outcome.at, latency);
                self.line.reply(outcome.ticket, reply);
            }
            Err(FrameError::TooOld { .. }) => self.drop_frame(outcome.ticket, DropReason::Late),
            Err(FrameError::Stopping) => self.drop_frame(outcome.ticket, DropReason::Stopping),
            Err(error) => {
                tracing::debug!(session = %self.id, number, %error, "frame");
                self.app.ws.metrics.frame_failed();
                let (code, message) = (error.code(), &error.to_string());
                let reply = FrameReply::Error {
                    frame_number: Some(number),
                    code,
                    message,
                };
                self.line.reply(outcome.ticket, to_json(&reply));
            }
        }
    }

    fn analysis(
        &mut self,
        number: u64,
        pose: Option<&Pose>,
        at: UnixMillis,
        latency: Duration,
    ) -> Vec<u8> {
        let Some(analysis) = self.judge.judge(&self.app, number, pose, at) else {
            let (code, message) = (ErrorCode::Internal, "frame could not be judged");
            return to_json(&FrameReply::Error {
                frame_number: Some(number),
                code,
                message,
            });
        };
        let view = AnalysisView::new(&analysis, pose, latency.as_secs_f64() * 1e3, &self.model);
        let json = to_json(&FrameReply::Analysis(view.into()));
        self.judge.show(&json);
        json
    }

    /// Hands over the replies that are due, while the peer reads.
    fn queue_replies(&mut self) {
        while !self.socket.is_pending()
            && let Some(reply) = self.line.pop()
        {
            self.socket.queue(Kind::Text, &reply);
        }
    }
}
