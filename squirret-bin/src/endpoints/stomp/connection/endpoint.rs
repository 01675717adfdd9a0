//! What the driver of the connection calls.

use tokio::time::Instant;

use super::{Connection, Input, Limit, Lost, beats, filled};
use crate::{
    close_code::CloseCode,
    ws::{
        close::sent_away,
        driver::{End, Endpoint, Link},
        socket::{Incoming, Socket},
    },
};

impl Endpoint for Connection {
    type Transport = Socket;
    type Event = Wake;

    fn on_outputs(&mut self, link: &mut Link<Socket>) -> Option<End> {
        let end = self
            .pump(link)
            .or_else(|| self.take_pushes(link))
            .or_else(|| self.take_deliveries(link));
        if end.is_none() {
            let traffic = link.socket.take_traffic();
            self.app.ws.metrics.stomp.traffic(traffic);
        }
        end
    }

    async fn event(&mut self, can_send: bool) -> Wake {
        let Some(member) = &self.member else {
            return std::future::pending().await;
        };
        tokio::select! {
            biased;
            () = member.tenure.changed() => Wake::OwnerChanged,
            () = filled(member), if can_send && member.suspended.is_none() => Wake::Filled,
        }
    }

    fn on_event(&mut self, link: &mut Link<Socket>, event: Wake) -> Option<End> {
        match event {
            Wake::OwnerChanged => self.check(link),
            Wake::Filled => None,
        }
    }

    fn reads(&self) -> bool {
        self.paused.is_none()
    }

    fn on_message(&mut self, link: &mut Link<Socket>, incoming: Incoming) -> Option<End> {
        let before = self.session.frames();
        let is_beat = beats::is_heart_beat(&incoming);
        let parts = incoming.count();
        match incoming {
            Incoming::Text(text) => self.input(Input::Bytes(text.as_bytes())),
            Incoming::Binary(bytes) => self.input(Input::Bytes(&bytes)),
            Incoming::Control | Incoming::Empty(_) => {}
            Incoming::Closed => return Some(End::Closed),
        }
        self.app.ws.metrics.stomp.received();
        if is_beat {
            self.slow_down_beats();
            return None;
        }
        // A message may hold many frames; one without any (a ping, a part of a frame) counts as one.
        let frames = self.session.frames().saturating_sub(before);
        let frames = u32::try_from(frames).unwrap_or(u32::MAX).max(parts);
        if self.allowance.take(frames, Instant::now().into_std()) {
            return None;
        }
        self.app.metrics.limit_hit(Limit::StompFrames);
        Some(self.close(link, CloseCode::TooMany, &sent_away("too many frames")))
    }

    fn deadline(&self) -> Option<Instant> {
        let member = self.member.as_ref();
        let warn = member
            .filter(|member| member.subscriptions[0] > 0)
            .and_then(|member| member.warn);
        let touch = member.map(|member| member.touch);
        let suspended = member.and_then(|member| member.suspended);
        [self.wake, warn, touch, self.paused, suspended]
            .into_iter()
            .flatten()
            .min()
    }

    fn on_tick(&mut self, link: &mut Link<Socket>) -> Option<End> {
        let now = Instant::now();
        self.paused = self.paused.filter(|until| now < *until);
        if self.wake.is_some_and(|wake| wake <= now) {
            self.input(Input::Timeout);
        }
        self.warn(now);
        self.touch(now);
        let suspended = self.member.as_ref().and_then(|member| member.suspended);
        if suspended.is_some_and(|until| until <= now) {
            return Some(self.close(link, CloseCode::Expired, &Lost::SignedIn.to_string()));
        }
        None
    }

    /// Lets the STOMP session end in its own way (nothing is sent after it), and closes.
    fn close(&mut self, link: &mut Link<Socket>, code: CloseCode, reason: &str) -> End {
        self.input(Input::Close {
            code: code.number(),
            reason,
            error: None,
        });
        self.pump(link).unwrap_or_else(|| End::close(code, reason))
    }
}

/// What a connection waits for besides its peer.
pub(crate) enum Wake {
    /// The owner of the session may have changed.
    OwnerChanged,
    /// A push or a delivery waits.
    Filled,
}
