//! Behaviour through the public verbs, under simulated time.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic fails the test"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Connect, Destinations, Event, Input, Message, Output, Session, SessionConfig};

mod acknowledgements;
mod clients;
mod conversation;
mod heart_beats;
mod laws;
mod limits;

/// A moment to count from.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant cannot be made otherwise; the tests only add to it"
)]
pub(in crate::stomp) fn start() -> Instant {
    Instant::now()
}

/// A driver without a socket: says yes to every CONNECT and keeps what comes out.
struct Peer {
    session: Session,
    now: Instant,
    /// Frames sent to the peer, NUL shown as `^@`.
    frames: Vec<String>,
    events: Vec<Event>,
    connect: Option<Connect>,
    closed: Option<(u16, String)>,
    deadline: Option<Instant>,
}

impl Peer {
    fn new(config: SessionConfig) -> Self {
        let now = start();
        let mut peer = Self {
            session: Session::new(Arc::new(config), now),
            now,
            frames: Vec::new(),
            events: Vec::new(),
            connect: None,
            closed: None,
            deadline: None,
        };
        peer.drain();
        peer
    }

    /// Connected with version 1.2, without heart-beats; the CONNECTED frame is taken.
    fn connected(config: SessionConfig) -> Self {
        let mut peer = Self::new(config);
        peer.says("CONNECT\naccept-version:1.2\n\n\0");
        assert_eq!(peer.frames().len(), 1);
        peer
    }

    fn broker() -> SessionConfig {
        SessionConfig {
            destinations: Destinations::default().opened(),
            ..SessionConfig::default()
        }
    }

    fn says(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.input(Input::Bytes(bytes.as_ref()))
    }

    fn input(&mut self, input: Input<'_>) -> &mut Self {
        self.session.handle_input(input, self.now);
        self.drain();
        self
    }

    /// Lets time pass, waking the session at each of its deadlines.
    fn wait(&mut self, time: Duration) -> &mut Self {
        let until = self.now + time;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= until) {
            self.now = deadline.max(self.now);
            self.input(Input::Timeout);
        }
        self.now = until;
        self
    }

    fn push(&mut self, destination: &str, id: &str, body: &'static str) -> &mut Self {
        let message = Message::new(destination, id, "application/json", body);
        self.input(Input::Message(&message))
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Transmit(transmit) => {
                    assert!(self.closed.is_none(), "a frame after the close");
                    let text = String::from_utf8_lossy(&transmit.data);
                    self.frames.push(text.replace('\0', "^@"));
                }
                Output::Event(Event::Connect(connect)) => {
                    self.connect = Some(connect);
                    self.session.handle_input(
                        Input::Accept {
                            user: "guest",
                            session: "s1",
                        },
                        self.now,
                    );
                }
                Output::Event(event) => self.events.push(event),
                Output::Close { code, reason } => {
                    assert!(
                        self.closed.replace((code, reason)).is_none(),
                        "closed twice"
                    );
                }
                Output::Timeout(deadline) => return self.deadline = deadline,
            }
        }
    }

    fn frames(&mut self) -> Vec<String> {
        std::mem::take(&mut self.frames)
    }

    fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn close_code(&self) -> Option<u16> {
        self.closed.as_ref().map(|(code, _)| *code)
    }
}
