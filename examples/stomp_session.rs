//! Drives a server's STOMP session by hand: no socket, no clock, only bytes in and what comes out.
//!
//! ```text
//! cargo run --example stomp_session
//! ```

use squirret::stomp::{Backlog, Event, Input, Message, Output, Session, SessionConfig};
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

/// What a server keeps for one connection.
struct Driver {
    session: Session,
    /// Simulated: it moves when `wait` says so.
    now: Instant,
    deadline: Option<Instant>,
    /// What was pushed of late, for readers that come back.
    backlog: Backlog,
    /// The last message that the client saw before, if it says so.
    resume: Option<String>,
    sent: Vec<String>,
    closed: Option<u16>,
}

impl Driver {
    fn new(backlog: Backlog, now: Instant) -> Self {
        let session = Session::new(Arc::new(SessionConfig::default()), now);
        Self {
            session,
            now,
            deadline: None,
            backlog,
            resume: None,
            sent: Vec::new(),
            closed: None,
        }
    }

    /// The client says this.
    fn says(&mut self, frame: &str) {
        println!("client  {}", shown(frame));
        self.input(Input::Bytes(frame.as_bytes()));
    }

    /// The application pushes this.
    fn push(&mut self, id: &str, body: &'static str) {
        let message = Message::new("/user/queue/session", id, "application/json", body);
        self.backlog.push(message.clone(), self.now);
        self.input(Input::Message(&message));
    }

    /// Time passes; the session is woken whenever it asked for it.
    fn wait(&mut self, time: Duration) {
        println!("        … {} s later", time.as_secs());
        let until = self.now + time;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= until) {
            self.now = deadline;
            self.input(Input::Timeout);
        }
        self.now = until;
    }

    /// One input, then all outputs: the rule of every driver.
    fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(input, self.now);
        loop {
            match self.session.poll_output() {
                Output::Transmit(frame) => {
                    let text = String::from_utf8_lossy(&frame.data).into_owned();
                    println!("server  {}", shown(&text));
                    self.sent.push(text);
                }
                Output::Event(event) => self.event(event),
                Output::Close { code, reason } => {
                    println!("server  closes with {code} {reason}");
                    self.closed = Some(code);
                }
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        println!("event   {event:?}");
        match event {
            Event::Connect(connect) if connect.passcode.as_deref() == Some("a token") => {
                self.resume = connect.resume;
                let (user, session) = ("guest", "s-1");
                self.input(Input::Accept { user, session });
            }
            Event::Connect(_) => {
                let (message, code) = ("token missing or wrong", 1008);
                self.input(Input::Refuse { message, code });
            }
            Event::Subscribed { .. } => {
                let Some(last) = self.resume.take() else {
                    return;
                };
                let missed: Vec<Message> = self.backlog.after(&last, self.now).cloned().collect();
                for message in &missed {
                    self.input(Input::Message(message));
                }
            }
            _ => {}
        }
    }

    fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }
}

/// A frame on one line.
fn shown(frame: &str) -> String {
    frame.replace('\n', "⏎").replace('\0', "∅")
}

fn main() -> Result<(), Box<dyn Error>> {
    let now = Instant::now();

    println!("— a stranger —");
    let mut stranger = Driver::new(Backlog::default(), now);
    stranger.says("CONNECT\naccept-version:1.2\n\n\0");
    assert_eq!(
        stranger.sent(),
        ["ERROR\nmessage:token missing or wrong\n\n\0"]
    );
    assert_eq!(stranger.closed, Some(1008));

    println!("\n— a client that beats every ten seconds, listens, acknowledges and is cut off —");
    let mut driver = Driver::new(Backlog::default(), now);
    driver.says("CONNECT\naccept-version:1.1,1.2\nheart-beat:10000,10000\npasscode:a token\n\n\0");
    driver.says(
        "SUBSCRIBE\nid:0\nack:client-individual\ndestination:/user/queue/session\nreceipt:1\n\n\0",
    );
    assert_eq!(driver.sent()[1], "RECEIPT\nreceipt-id:1\n\n\0");
    driver.push("m-1", r#"{"type":"DATA"}"#);
    assert!(driver.sent()[0].contains("\nack:a1\n"));
    driver.says("ACK\nid:a1\n\n\0");
    assert_eq!(driver.session.unacknowledged(), 0);
    driver.wait(Duration::from_secs(9));
    assert_eq!(driver.sent(), ["\n"], "a heart-beat");
    driver.wait(Duration::from_secs(11));
    assert_eq!(
        driver.closed,
        Some(4408),
        "the client was silent for two intervals"
    );

    println!("\n— the same client comes back —");
    driver.push("m-2", r#"{"type":"voice","text":"Nice depth."}"#);
    let mut driver = Driver::new(driver.backlog, driver.now);
    driver.says("CONNECT\naccept-version:1.2\npasscode:a token\nsquirret-resume:m-1\n\n\0");
    driver.says("SUBSCRIBE\nid:0\ndestination:/user/queue/session\n\n\0");
    assert!(driver.sent()[1].ends_with("{\"type\":\"voice\",\"text\":\"Nice depth.\"}\0"));
    driver.says("DISCONNECT\nreceipt:2\n\n\0");
    assert_eq!(driver.sent(), ["RECEIPT\nreceipt-id:2\n\n\0"]);
    assert_eq!(driver.closed, Some(1000));
    Ok(())
}
