//! One STOMP connection: drives the session without I/O between the socket and the scope.

mod beats;
mod messages;
mod owner;

use super::{end::End, login::Login};
use crate::{
    access::{Lost, Tenure},
    app::App,
    broker::{BrokerHub, BrokerSession},
    http::spoken,
    metrics::Limit,
    scope::{INSOLE_TOPIC, SESSION_QUEUE, Subscription},
    ws::{
        allowance::Allowance,
        close::{drain_reason, sent_away},
        deadlines::{Deadlines, Due, set, until},
        frame::Kind,
        outbox::Popped,
        socket::{Incoming, Socket},
    },
};
use owner::changed;
use squirret::{
    Language, coach,
    stomp::{Connect, Event, Input, Message, Output, Session, Transmit},
    wire::Push,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};

/// Where an app sends its messages.
const APP_DESTINATION: &str = "/app/session.message";
/// Pushes are taken while less than this waits for the socket.
const BATCH_BYTES: usize = 16 * 1024;
/// So long before its end a client is told that its token expires.
const WARN_BEFORE: Duration = Duration::from_secs(60);
/// How often the store is told that the session is in use.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

/// Somebody who is let in.
struct Member {
    login: Login,
    /// Its right to be here.
    tenure: Tenure,
    /// Until when another token may come, after this one counts no more; nothing is told or obeyed meanwhile.
    suspended: Option<Instant>,
    subscription: Subscription,
    /// Its place at the open broker, where there is one.
    seat: Option<BrokerSession>,
    /// When to tell that the token ends; `None` once told.
    warn: Option<Instant>,
    touch: Instant,
    /// Subscriptions to the session queue and to the insole topic.
    subscriptions: [usize; 2],
    resume: Option<String>,
}

/// One connection.
pub(super) struct Connection {
    app: Arc<App>,
    socket: Socket,
    session: Session,
    /// When the session wants to be woken.
    wake: Option<Instant>,
    /// What the handshake's token said.
    login: Option<Login>,
    member: Option<Member>,
    language: Option<Language>,
    allowance: Allowance,
    beats: Allowance,
    /// Nothing is read before this, as heart-beats came too fast.
    paused: Option<Instant>,
    deadlines: Deadlines,
}

impl Connection {
    pub(super) fn new(
        app: Arc<App>,
        socket: Socket,
        login: Option<Login>,
        language: Option<Language>,
    ) -> Self {
        let session = Session::new(Arc::clone(&app.ws.stomp), Instant::now().into_std());
        let mut deadlines = app.ws.deadlines();
        if let Some(login) = &login {
            deadlines.expire_at(login.expires, app.clock.now());
        }
        let rate = app.ws.message_rate();
        let allowance = Allowance::new(rate);
        Self {
            app,
            socket,
            session,
            wake: None,
            login,
            member: None,
            language,
            allowance,
            beats: beats::allowance(rate.is_some()),
            paused: None,
            deadlines,
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn run(mut self) {
        let end = self.serve().await;
        self.input(Input::Gone);
        if let Some(member) = self.member.take() {
            tracing::debug!(session = %member.login.session, "STOMP ends");
        }
        self.app
            .ws
            .metrics
            .stomp
            .traffic(self.socket.take_traffic());
        match end {
            End::Closed => self.socket.finish().await,
            End::Gone => {}
            End::Failed(code, reason) => {
                self.app.ws.metrics.stomp.closed(code);
                self.socket.fail(code, reason).await;
            }
            End::Close(code, reason) => {
                self.app.ws.metrics.stomp.closed(code);
                self.socket.close(code, &reason).await;
            }
        }
    }

    async fn serve(&mut self) -> End {
        let app = Arc::clone(&self.app);
        let mut stop = pin!(app.shutdown.begun());
        let mut alarm = pin!(sleep_until(Instant::now()));
        loop {
            let end = self
                .pump()
                .or_else(|| self.take_pushes())
                .or_else(|| self.take_deliveries());
            if let Some(end) = end {
                return end;
            }
            app.ws.metrics.stomp.traffic(self.socket.take_traffic());
            set(alarm.as_mut(), self.next_deadline());
            let end = tokio::select! {
                biased;
                () = stop.as_mut() => Some(self.close(1001, &drain_reason())),
                () = changed(self.member.as_ref()) => self.check(),
                () = filled(self.member.as_ref()), if !self.socket.is_pending() && !self.is_suspended() => None,
                incoming = self.socket.next(self.paused.is_none()) => incoming.map_or_else(End::of, |incoming| self.take(incoming?)),
                () = alarm.as_mut() => self.on_time(),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Gives the session an input; [`Self::pump`] follows.
    fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(input, Instant::now().into_std());
    }

    /// Takes all outputs of the session.
    fn pump(&mut self) -> Option<End> {
        loop {
            match self.session.poll_output() {
                Output::Transmit(Transmit { data, text, .. }) => {
                    self.app.ws.metrics.stomp.sent(1);
                    self.socket
                        .queue(if text { Kind::Text } else { Kind::Binary }, &data);
                }
                Output::Event(event) => self.on_event(event),
                Output::Close { code, reason } => return Some(End::Close(code, reason)),
                Output::Timeout(wake) => {
                    self.wake = wake.map(Instant::from_std);
                    return None;
                }
            }
        }
    }

    /// Takes pushes of the scope while the peer keeps up.
    fn take_pushes(&mut self) -> Option<End> {
        if self.is_suspended() {
            return None;
        }
        while self.socket.queued() < BATCH_BYTES {
            let Popped { item, replaced } = match self.member.as_ref()?.subscription.pop() {
                Ok(popped) => popped?,
                Err(overflow) => {
                    self.app.ws.metrics.overflowed();
                    return Some(self.close(4413, &sent_away(&overflow.to_string())));
                }
            };
            self.app.ws.metrics.delivered(item.made, replaced.into());
            self.input(Input::Message(&item.message));
            if let Some(end) = self.pump() {
                return Some(end);
            }
        }
        None
    }

    /// Takes what others sent, while the peer keeps up.
    fn take_deliveries(&mut self) -> Option<End> {
        if self.is_suspended() {
            return None;
        }
        while self.socket.queued() < BATCH_BYTES {
            let delivery = match self.member.as_ref()?.seat.as_ref()?.pop() {
                Ok(popped) => popped?.item,
                Err(overflow) => {
                    self.app.ws.metrics.overflowed();
                    return Some(self.close(4413, &sent_away(&overflow.to_string())));
                }
            };
            self.input(Input::MessageFor {
                subscription: &delivery.subscription,
                message: &delivery.message,
            });
            if let Some(end) = self.pump() {
                return Some(end);
            }
        }
        None
    }

    fn take(&mut self, incoming: Incoming) -> Option<End> {
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
        Some(self.close(4429, &sent_away("too many frames")))
    }

    /// Lets the session end in its own way (nothing is sent after it), and closes.
    fn close(&mut self, code: u16, reason: &str) -> End {
        self.input(Input::Close {
            code,
            reason,
            error: None,
        });
        self.pump()
            .unwrap_or_else(|| End::Close(code, reason.to_owned()))
    }

    fn next_deadline(&self) -> Instant {
        let member = self.member.as_ref();
        let warn = member
            .filter(|member| member.subscriptions[0] > 0)
            .and_then(|member| member.warn);
        let touch = member.map(|member| member.touch);
        let own = self.deadlines.next(&self.socket);
        let suspended = member.and_then(|member| member.suspended);
        [self.wake, warn, touch, self.paused, suspended]
            .into_iter()
            .flatten()
            .fold(own, Instant::min)
    }

    fn on_time(&mut self) -> Option<End> {
        let now = Instant::now();
        self.paused = self.paused.filter(|until| now < *until);
        if self.wake.is_some_and(|wake| wake <= now) {
            self.input(Input::Timeout);
        }
        self.warn(now);
        self.touch(now);
        let suspended = self.member.as_ref().and_then(|member| member.suspended);
        if suspended.is_some_and(|until| until <= now) {
            return Some(self.close(4401, &Lost::SignedIn.to_string()));
        }
        match self.deadlines.due(&self.socket) {
            Due::Nothing => None,
            Due::Ping => {
                self.socket.queue(Kind::Ping, b"");
                None
            }
            Due::Dead => Some(End::Gone),
            Due::Slow => Some(self.close(4413, &sent_away("slow consumer"))),
            Due::Expired => Some(self.close(4401, "token has expired")),
        }
    }

    fn warn(&mut self, now: Instant) {
        let Some(member) = &mut self.member else {
            return;
        };
        if member.subscriptions[0] == 0 || member.warn.is_none_or(|warn| now < warn) {
            return;
        }
        member.warn = None;
        let left = until(member.login.expires, self.app.clock.now());
        self.tell(Push::TokenExpiring {
            expires_in: left.as_secs_f64().round() as u64,
        });
    }

    fn touch(&mut self, now: Instant) {
        let Some(member) = self.member.as_mut().filter(|member| member.touch <= now) else {
            return;
        };
        member.touch = now + TOUCH_INTERVAL;
        // One that is finished or forgotten may still listen until its token ends.
        let _ = self
            .app
            .sessions
            .touch(member.login.session, self.app.clock.now());
    }

    /// Sends a message of ours to the subscriptions of the session queue.
    fn tell(&mut self, push: Push<'_>) {
        let Some(member) = &self.member else { return };
        let message = Message::new(
            SESSION_QUEUE,
            &member.subscription.reply_id(),
            "application/json",
            push.to_json(),
        );
        self.input(Input::Message(&message));
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connect(connect) => self.on_connect(&connect),
            Event::Subscribed { id, destination } if is_own(&destination) => {
                self.on_subscribed(&id, &destination)
            }
            Event::Unsubscribed { destination, .. } if is_own(&destination) => {
                self.on_unsubscribed(&destination)
            }
            Event::Sent {
                destination, body, ..
            } if destination == APP_DESTINATION => self.on_message(&body),
            other => self.on_brokered(other),
        }
    }

    fn on_brokered(&mut self, event: Event) {
        let member = self.member.as_ref();
        let member = member.filter(|member| member.suspended.is_none());
        let seat = member.and_then(|member| member.seat.as_ref());
        let taken = seat.map(|seat| seat.take(event, &self.session, &self.app.ws.stomp));
        if let Some(Err(error)) = taken {
            let reason = error.to_string();
            self.input(Input::Close {
                code: 1013,
                reason: &reason,
                error: Some(&reason),
            });
        }
    }

    fn on_connect(&mut self, connect: &Connect) {
        let login = match self.login.take() {
            Some(login) => Ok(login),
            None => Login::from_connect(&self.app, connect),
        };
        let entered = login.and_then(|login| {
            let tenure = Tenure::begin(&self.app, login.claims.clone())?;
            Ok((self.app.scopes.listen(login.session)?, tenure, login))
        });
        match entered {
            Ok((subscription, tenure, login)) => self.enter(login, tenure, subscription, connect),
            Err(error) => {
                self.input(Input::Refuse {
                    message: &error.to_string(),
                    code: error.close_code(),
                });
            }
        }
    }

    fn enter(
        &mut self,
        login: Login,
        tenure: Tenure,
        subscription: Subscription,
        connect: &Connect,
    ) {
        tracing::debug!(session = %login.session, "STOMP begins");
        let language = connect
            .language
            .as_deref()
            .and_then(spoken)
            .or(self.language);
        if let Some(language) = language {
            subscription.own().input(coach::Input::Language(language));
        }
        self.allowance = self.app.ws.allowances.of(login.session);
        let (user, session) = (login.user.clone(), login.session.to_string());
        let seat = self.app.ws.broker.as_ref().map(BrokerHub::join);
        self.member = Some(Member {
            subscription,
            tenure,
            suspended: None,
            seat,
            warn: None,
            touch: Instant::now(),
            subscriptions: [0; 2],
            resume: connect.resume.clone(),
            login,
        });
        self.keep_until_the_token_ends();
        self.input(Input::Accept {
            user: &user,
            session: &session,
        });
    }

    fn keep_until_the_token_ends(&mut self) {
        let Some(member) = &mut self.member else {
            return;
        };
        let now = self.app.clock.now();
        self.deadlines.expire_at(member.login.expires, now);
        member.warn =
            Some(Instant::now() + until(member.login.expires, now).saturating_sub(WARN_BEFORE));
    }

    fn on_subscribed(&mut self, id: &str, destination: &str) {
        let Some(member) = &mut self.member else {
            return;
        };
        let pushes = match destination {
            SESSION_QUEUE => {
                member.subscriptions[0] += 1;
                let resume = member.resume.take();
                member.subscription.receive_session(true, resume.as_deref())
            }
            INSOLE_TOPIC => {
                member.subscriptions[1] += 1;
                member
                    .subscription
                    .receive_insole(true)
                    .into_iter()
                    .collect()
            }
            _ => return,
        };
        if member.suspended.is_some() {
            return;
        }
        for push in pushes {
            self.input(Input::MessageFor {
                subscription: id,
                message: &push.message,
            });
        }
    }

    fn on_unsubscribed(&mut self, destination: &str) {
        let Some(member) = &mut self.member else {
            return;
        };
        let index = match destination {
            SESSION_QUEUE => 0,
            INSOLE_TOPIC => 1,
            _ => return,
        };
        member.subscriptions[index] = member.subscriptions[index].saturating_sub(1);
        if member.subscriptions[index] == 0 {
            match index {
                0 => drop(member.subscription.receive_session(false, None)),
                _ => drop(member.subscription.receive_insole(false)),
            }
        }
    }
}

/// Whether pushes of ours come from there.
fn is_own(destination: &str) -> bool {
    matches!(destination, SESSION_QUEUE | INSOLE_TOPIC)
}

async fn filled(member: Option<&Member>) {
    match member {
        Some(Member {
            subscription,
            seat: Some(seat),
            ..
        }) => {
            tokio::select! {
                () = subscription.filled() => {}
                () = seat.filled() => {}
            }
        }
        Some(member) => member.subscription.filled().await,
        None => std::future::pending().await,
    }
}
