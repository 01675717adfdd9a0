//! One STOMP connection: drives the session without I/O between the socket and the scope.

mod beats;
mod endpoint;
mod messages;
mod owner;

use super::login::Login;
use crate::{
    access::{Lost, Tenure},
    app::App,
    broker::{BrokerHub, BrokerSession},
    close_code::CloseCode,
    http::spoken,
    metrics::Limit,
    scope::{INSOLE_TOPIC, SESSION_QUEUE, Subscription},
    ws::{
        allowance::Allowance,
        close::sent_away,
        deadlines::until,
        driver::{End, Endpoint, Link, drive, farewell},
        frame::Kind,
        outbox::Popped,
        socket::{Incoming, Socket},
    },
};
use squirret::{
    Language, coach,
    stomp::{Connect, Event, Input, Message, Output, Session, Transmit},
    wire::Push,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

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
}

impl Connection {
    /// Serves a new connection to its end.
    pub(super) async fn run(
        app: Arc<App>,
        socket: Socket,
        login: Option<Login>,
        language: Option<Language>,
    ) {
        let mut deadlines = app.ws.deadlines();
        if let Some(login) = &login {
            deadlines.expire_at(login.expires, app.clock.now());
        }
        let rate = app.ws.message_rate();
        let mut connection = Self {
            session: Session::new(Arc::clone(&app.ws.stomp), Instant::now().into_std()),
            wake: None,
            login,
            member: None,
            language,
            allowance: Allowance::new(rate),
            beats: beats::allowance(rate.is_some()),
            paused: None,
            app: Arc::clone(&app),
        };
        let mut link = Link { socket, deadlines };
        let end = drive(&mut connection, &mut link, &app.shutdown).await;
        connection.input(Input::Gone);
        if let Some(member) = connection.member.take() {
            tracing::debug!(session = %member.login.session, "STOMP ends");
        }
        farewell(link.socket, end, &app.ws.metrics.stomp).await;
    }

    /// Feeds the session an input; call [`Self::pump`] afterwards.
    fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(input, Instant::now().into_std());
    }

    /// Takes all outputs of the session.
    fn pump(&mut self, link: &mut Link<Socket>) -> Option<End> {
        loop {
            match self.session.poll_output() {
                Output::Transmit(Transmit { data, text, .. }) => {
                    self.app.ws.metrics.stomp.sent(1);
                    link.socket
                        .queue(if text { Kind::Text } else { Kind::Binary }, &data);
                }
                Output::Event(event) => self.on_stomp(link, event),
                Output::Close { code, reason } => return Some(End::Close(code, reason)),
                Output::Timeout(wake) => {
                    self.wake = wake.map(Instant::from_std);
                    return None;
                }
            }
        }
    }

    /// Takes pushes of the scope while the peer keeps up.
    fn take_pushes(&mut self, link: &mut Link<Socket>) -> Option<End> {
        if self.is_suspended() {
            return None;
        }
        while link.socket.queued() < BATCH_BYTES {
            let Popped { item, replaced } = match self.member.as_ref()?.subscription.pop() {
                Ok(popped) => popped?,
                Err(overflow) => {
                    self.app.ws.metrics.overflowed();
                    return Some(self.close(
                        link,
                        CloseCode::SlowConsumer,
                        &sent_away(&overflow.to_string()),
                    ));
                }
            };
            self.app.ws.metrics.delivered(item.made, replaced.into());
            self.input(Input::Message(&item.message));
            if let Some(end) = self.pump(link) {
                return Some(end);
            }
        }
        None
    }

    /// Takes what others sent, while the peer keeps up.
    fn take_deliveries(&mut self, link: &mut Link<Socket>) -> Option<End> {
        if self.is_suspended() {
            return None;
        }
        while link.socket.queued() < BATCH_BYTES {
            let delivery = match self.member.as_ref()?.seat.as_ref()?.pop() {
                Ok(popped) => popped?.item,
                Err(overflow) => {
                    self.app.ws.metrics.overflowed();
                    return Some(self.close(
                        link,
                        CloseCode::SlowConsumer,
                        &sent_away(&overflow.to_string()),
                    ));
                }
            };
            self.input(Input::MessageFor {
                subscription: &delivery.subscription,
                message: &delivery.message,
            });
            if let Some(end) = self.pump(link) {
                return Some(end);
            }
        }
        None
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

    fn on_stomp(&mut self, link: &mut Link<Socket>, event: Event) {
        match event {
            Event::Connect(connect) => self.on_connect(link, &connect),
            Event::Subscribed { id, destination } if is_own(&destination) => {
                self.on_subscribed(&id, &destination)
            }
            Event::Unsubscribed { destination, .. } if is_own(&destination) => {
                self.on_unsubscribed(&destination)
            }
            Event::Sent {
                destination, body, ..
            } if destination == APP_DESTINATION => self.on_app_message(link, &body),
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
                code: CloseCode::NoRoom.number(),
                reason: &reason,
                error: Some(&reason),
            });
        }
    }

    fn on_connect(&mut self, link: &mut Link<Socket>, connect: &Connect) {
        let login = match self.login.take() {
            Some(login) => Ok(login),
            None => Login::from_connect(&self.app, connect),
        };
        let entered = login.and_then(|login| {
            let tenure = Tenure::begin(&self.app, login.claims.clone())?;
            Ok((self.app.scopes.listen(login.session)?, tenure, login))
        });
        match entered {
            Ok((subscription, tenure, login)) => {
                self.enter(link, login, tenure, subscription, connect)
            }
            Err(error) => {
                self.input(Input::Refuse {
                    message: &error.to_string(),
                    code: error.close_code().number(),
                });
            }
        }
    }

    fn enter(
        &mut self,
        link: &mut Link<Socket>,
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
        self.keep_until_the_token_ends(link);
        self.input(Input::Accept {
            user: &user,
            session: &session,
        });
    }

    fn keep_until_the_token_ends(&mut self, link: &mut Link<Socket>) {
        let Some(member) = &mut self.member else {
            return;
        };
        let now = self.app.clock.now();
        link.deadlines.expire_at(member.login.expires, now);
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

/// Returns when a push or a delivery waits or may wait.
async fn filled(member: &Member) {
    match &member.seat {
        Some(seat) => tokio::select! {
            () = member.subscription.filled() => {}
            () = seat.filled() => {}
        },
        None => member.subscription.filled().await,
    }
}
