//! One connection: frames to the runners, replies in the order of the frames.

use super::{
    accounting::{FrameAccounting, ReplyKind},
    coach_link::CoachLink,
    frame_clock::FrameClock,
};
use crate::{
    access::Tenure,
    app::App,
    close_code::CloseCode,
    inference::{Encoded, Frame, FrameError, Outcome, Seen, Stream, Submitted},
    metrics::{Limit, OpenConnection},
    ws::{
        allowance::Allowance,
        close::{drain_reason, sent_away},
        driver::{End, Endpoint, Link, drive, farewell},
        frame::Kind,
        socket::{Incoming, Socket},
    },
};
use bytes::Bytes;
use squirret::{
    UnixMillis,
    session::SessionId,
    wire::{AnalysisView, DropReason, ErrorCode, FrameMessage, FrameReply, parse_frame, to_json},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Replies that are due or awaited; the connection reads no more while there are so many.
const MAX_REPLIES: usize = 256;
/// At a drain, frames that a runner has in hand are waited for so long.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);

/// One inference connection.
pub(super) struct Connection {
    app: Arc<App>,
    id: SessionId,
    stream: Stream,
    coach: CoachLink,
    tenure: Tenure,
    frames: FrameAccounting,
    clock: FrameClock,
    allowance: Allowance,
    /// Frames over the rate are told so; too many of them end the connection.
    patience: Allowance,
    next_number: u64,
    /// Frames a second that the client should be told.
    advice: Option<f64>,
    _open: OpenConnection,
}

impl Connection {
    pub(super) fn new(
        app: Arc<App>,
        stream: Stream,
        coach: CoachLink,
        tenure: Tenure,
        id: SessionId,
    ) -> Self {
        let frames = FrameAccounting::new(app.ws.usage.open(id));
        let allowance = app.ws.allowances.of(id);
        let patience = Allowance::new(app.ws.message_rate());
        let open = app.ws.metrics.inference.open();
        Self {
            app,
            id,
            stream,
            coach,
            tenure,
            frames,
            clock: FrameClock::default(),
            allowance,
            patience,
            next_number: 0,
            advice: None,
            _open: open,
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn run(mut self, socket: Socket, expires: UnixMillis) {
        let (app, id) = (Arc::clone(&self.app), self.id);
        tracing::info!(session = %id, "frames begin");
        let mut deadlines = app.ws.deadlines();
        deadlines.expire_at(expires, app.clock.now());
        let mut link = Link { socket, deadlines };
        let end = drive(&mut self, &mut link, &app.shutdown).await;
        let mut socket = link.socket;
        let slow = CloseCode::SlowConsumer.number();
        if matches!(&end, End::Close(code, _) if *code != slow) {
            self.hand_over_all(&mut socket);
        }
        // Release the stream and settle the usage before the close handshake, which may be slow.
        let Self {
            frames,
            stream,
            _open,
            ..
        } = self;
        drop(frames);
        drop(stream);
        let usage = app.ws.usage.peek(id);
        tracing::info!(session = %id, ?usage, "frames end");
        farewell(socket, end, &app.ws.metrics.inference).await;
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
                let frame_number = error.number();
                let ticket = self.receive(frame_number.unwrap_or(self.next_number), 0);
                self.fail(ticket, frame_number, error.code(), &error.to_string());
                self.spend_patience(1)
            }
        }
    }

    /// Tolerates unexpected messages up to a budget, then closes with 4429.
    fn spend_patience(&mut self, times: u32) -> Option<End> {
        if self.patience.take(times, Instant::now().into_std()) {
            return None;
        }
        self.app.metrics.limit_hit(Limit::Frames);
        let code = CloseCode::TooMany;
        Some(End::close(code, sent_away(code.text())))
    }

    fn receive(&mut self, number: u64, bytes: usize) -> u64 {
        self.app.ws.metrics.frame();
        self.frames.receive(number, bytes)
    }

    fn submit(
        &mut self,
        number: Option<u64>,
        picture: Encoded,
        stamp: Option<UnixMillis>,
    ) -> Option<End> {
        let received = Instant::now().into_std();
        let number = number.unwrap_or(self.next_number);
        self.next_number = number.saturating_add(1);
        let ticket = self.receive(number, picture.len());
        if !self.allowance.take(1, received) {
            self.stream.refuse(received);
            self.drop_frame(ticket, DropReason::Rate);
            return self.spend_patience(1);
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
        let Some(frame_number) = self.frames.number(ticket) else {
            return;
        };
        let reply = FrameReply::Dropped {
            frame_number,
            reason,
        };
        self.frames
            .reply(ticket, ReplyKind::Dropped, to_json(&reply));
        self.app.ws.metrics.frame_dropped(reason.as_str());
    }

    fn fail(&mut self, ticket: u64, frame_number: Option<u64>, code: ErrorCode, message: &str) {
        let reply = FrameReply::Error {
            frame_number,
            code,
            message,
        };
        self.frames.reply(ticket, ReplyKind::Error, to_json(&reply));
        self.app.ws.metrics.frame_failed();
    }

    /// Replies to a frame. Without an outcome the connection ends.
    fn answer(&mut self, outcome: Option<Outcome>) -> Option<End> {
        let Some(outcome) = outcome else {
            let code = CloseCode::TakenOver;
            return Some(End::close(code, code.text()));
        };
        let ticket = outcome.ticket;
        let number = self.frames.number(ticket)?;
        match outcome.result {
            Ok(seen) => {
                let latency = outcome.received.elapsed();
                self.app.ws.metrics.frame_analysed(outcome.timing, latency);
                self.analyse(ticket, number, &seen, outcome.at, latency);
            }
            Err(FrameError::TooOld { .. }) => self.drop_frame(ticket, DropReason::Late),
            Err(FrameError::Stopping) => self.drop_frame(ticket, DropReason::Stopping),
            Err(error) => {
                tracing::debug!(session = %self.id, number, %error, "frame");
                self.fail(ticket, Some(number), error.code(), &error.to_string());
            }
        }
        None
    }

    fn analyse(
        &mut self,
        ticket: u64,
        number: u64,
        seen: &Seen,
        at: UnixMillis,
        latency: Duration,
    ) {
        let Seen { pose, model } = seen;
        let Some(analysis) = self.coach.judge(&self.app, number, pose.as_ref(), at) else {
            let (code, message) = (ErrorCode::Internal, "frame could not be judged");
            return self.fail(ticket, Some(number), code, message);
        };
        let millis = latency.as_secs_f64() * 1e3;
        let view = AnalysisView::new(&analysis, pose.as_ref(), millis, model);
        let reply = to_json(&FrameReply::Analysis(view.into()));
        self.coach.publish(&reply);
        self.frames.reply(ticket, ReplyKind::Analysis, reply);
    }

    /// Hands over all replies that are due: we close, and the peer reads. There are at most [`MAX_REPLIES`].
    fn hand_over_all(&mut self, socket: &mut Socket) {
        while let Some(reply) = self.frames.pop() {
            socket.queue(Kind::Text, &reply);
        }
    }
}

/// What a connection waits for besides its peer.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on the stack of its loop"
)]
pub(super) enum Event {
    /// The owner of the session may have changed.
    OwnerChanged,
    /// A frame has an outcome; `None` after another connection took over.
    Outcome(Option<Outcome>),
}

impl Endpoint for Connection {
    type Transport = Socket;
    type Event = Event;

    /// Hands over the replies that are due, while the peer reads.
    fn on_outputs(&mut self, link: &mut Link<Socket>) -> Option<End> {
        let socket = &mut link.socket;
        // The newest advice counts.
        self.advice = self.stream.take_advice().or(self.advice);
        if !socket.is_pending()
            && let Some(fps) = self.advice.take()
        {
            socket.queue(Kind::Text, &to_json(&FrameReply::Rate { fps }));
            self.app.ws.metrics.advised();
        }
        while !socket.is_pending()
            && let Some(reply) = self.frames.pop()
        {
            socket.queue(Kind::Text, &reply);
        }
        None
    }

    async fn event(&mut self, _can_send: bool) -> Event {
        tokio::select! {
            biased;
            () = self.tenure.changed() => Event::OwnerChanged,
            outcome = self.stream.outcome() => Event::Outcome(outcome),
        }
    }

    fn on_event(&mut self, _link: &mut Link<Socket>, event: Event) -> Option<End> {
        match event {
            Event::OwnerChanged => {
                let lost = self.tenure.check(&self.app).err()?;
                Some(End::close(CloseCode::Expired, lost.to_string()))
            }
            Event::Outcome(outcome) => self.answer(outcome),
        }
    }

    fn reads(&self) -> bool {
        self.frames.len() < MAX_REPLIES
    }

    fn on_message(&mut self, _link: &mut Link<Socket>, incoming: Incoming) -> Option<End> {
        match incoming {
            Incoming::Text(text) => self.take_text(&text),
            Incoming::Binary(bytes) => self.submit(None, Encoded::Plain(bytes), None),
            Incoming::Control => self.spend_patience(1),
            Incoming::Empty(parts) => self.spend_patience(parts),
            Incoming::Closed => Some(End::Closed),
        }
    }

    /// Waits for what the runners have in hand, then closes.
    async fn on_shutdown(&mut self, _link: &mut Link<Socket>) -> End {
        let rest = async {
            while self.stream.unanswered() > 0 {
                let outcome = self.stream.outcome().await;
                if self.answer(outcome).is_some() {
                    return;
                }
            }
        };
        let _ = timeout(DRAIN_PATIENCE, rest).await;
        End::close(CloseCode::GoingAway, drain_reason())
    }
}
