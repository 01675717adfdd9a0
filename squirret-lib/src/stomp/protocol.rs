//! What a session knows and says, apart from how bytes become frames.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use bytes::Bytes;

use super::{
    Command, Encoder, Event, Frame, Message, Output, SessionConfig, Transmit, Version,
    echo::ClientId,
    heart_beat::{HeartBeat, Offer},
    request::{self, FrameFields},
    subscription::{AckMode, Recipient, Subscribed, SubscriptionRef, Subscriptions},
    transaction::{BufferedFrame, Operation, Transactions},
    violation::Violation,
};

/// Bytes that the reason of a WebSocket close may have: 125 of a control frame less the code (RFC 6455, 5.5).
const MAX_REASON_BYTES: usize = 123;

/// Where a session stands.
#[derive(Debug)]
pub(super) enum ProtocolPhase {
    /// Waits for CONNECT until then.
    Opening(Option<Instant>),
    /// CONNECT came with this offer of heart-beats; the application decides.
    Deciding(Offer),
    Open,
    Closed,
}

/// Room for outputs that an idle session keeps; what a burst needed beyond it is given back.
const KEPT_OUTPUTS: usize = 8;

/// All of a session but the decoder, so that a frame can borrow from that while it is handled here.
#[derive(Debug)]
pub(super) struct Protocol {
    pub(super) config: Arc<SessionConfig>,
    pub(super) phase: ProtocolPhase,
    pub(super) version: Version,
    pub(super) heart_beat: HeartBeat,
    pub(super) subscriptions: Subscriptions,
    pub(super) transactions: Transactions,
    outputs: VecDeque<Output>,
    /// The latest time seen.
    pub(super) now: Instant,
}

impl Protocol {
    pub(super) fn new(config: Arc<SessionConfig>, now: Instant) -> Self {
        Self {
            phase: ProtocolPhase::Opening(now.checked_add(config.login_timeout)),
            version: Version::default(),
            heart_beat: HeartBeat::off(now),
            subscriptions: Subscriptions::default(),
            transactions: Transactions::default(),
            outputs: VecDeque::new(),
            now,
            config,
        }
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.phase, ProtocolPhase::Closed)
    }

    pub(super) fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| {
            if self.outputs.capacity() > KEPT_OUTPUTS {
                self.outputs = VecDeque::new();
            }
            Output::Timeout(self.deadline())
        })
    }

    fn deadline(&self) -> Option<Instant> {
        match self.phase {
            ProtocolPhase::Opening(deadline) => deadline,
            ProtocolPhase::Deciding(_) | ProtocolPhase::Closed => None,
            ProtocolPhase::Open => self
                .heart_beat
                .send_at()
                .into_iter()
                .chain(self.heart_beat.dead_at())
                .min(),
        }
    }

    pub(super) fn timeout(&mut self) {
        let passed =
            |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= self.now);
        match self.phase {
            ProtocolPhase::Opening(deadline) if passed(deadline) => {
                self.fail(&Violation::LoginTimeout, None)
            }
            ProtocolPhase::Open if passed(self.heart_beat.dead_at()) => {
                self.fail(&Violation::HeartBeatTimeout, None)
            }
            ProtocolPhase::Open if passed(self.heart_beat.send_at()) => {
                self.transmit(Transmit {
                    data: Bytes::from_static(b"\n"),
                    text: true,
                });
            }
            _ => {}
        }
    }

    pub(super) fn frame(&mut self, frame: &Frame<'_>) {
        let fields = FrameFields::of(frame);
        if let Err(violation) = self.handle(frame, &fields) {
            let max = self.config.limits.max_id_bytes;
            let receipt = fields.receipt().filter(|id| id.text().len() <= max);
            self.fail(&violation, receipt.as_ref());
        }
    }

    fn handle(&mut self, frame: &Frame<'_>, fields: &FrameFields<'_>) -> Result<(), Violation> {
        let connects = matches!(frame.command, Command::Connect | Command::Stomp);
        match self.phase {
            ProtocolPhase::Opening(_) if connects => return self.connect(frame),
            ProtocolPhase::Opening(_) => return Err(Violation::NotConnected),
            _ if connects => return Err(Violation::AlreadyConnected),
            _ => fields.check(&self.config.limits)?,
        }
        match frame.command {
            Command::Send => self.send(frame, fields)?,
            Command::Subscribe => self.subscribe(fields)?,
            Command::Unsubscribe => self.unsubscribe(fields)?,
            Command::Ack => self.settle(fields, true)?,
            Command::Nack if self.version == Version::V1_0 => {
                return Err(Violation::NotInVersion {
                    command: frame.command,
                });
            }
            Command::Nack => self.settle(fields, false)?,
            Command::Begin => self
                .transactions
                .begin(fields.need_transaction()?, &self.config.limits)?,
            Command::Commit => self.commit(fields.need_transaction()?)?,
            Command::Abort => drop(self.transactions.end(fields.need_transaction()?)?),
            Command::Disconnect => self.event(Event::Disconnected),
            command => return Err(Violation::NotAClientFrame { command }),
        }
        let waits_for_commit = fields.transaction.is_some()
            && matches!(frame.command, Command::Send | Command::Ack | Command::Nack);
        if !waits_for_commit {
            self.receipt(fields.receipt().as_ref());
        }
        if frame.command == Command::Disconnect {
            self.close(1000, "", None, None);
        }
        Ok(())
    }

    /// Confirms a frame to a client that asked for it.
    fn receipt(&mut self, receipt: Option<&ClientId<'_>>) {
        if let Some(receipt) = receipt {
            self.encode(Command::Receipt, |frame| {
                frame.client_id("receipt-id", receipt)
            });
        }
    }

    fn connect(&mut self, frame: &Frame<'_>) -> Result<(), Violation> {
        let headers = frame.headers;
        self.version = Version::negotiate(headers.get("accept-version").as_deref())
            .ok_or(Violation::NoCommonVersion)?;
        let offer =
            Offer::parse(headers.get("heart-beat").as_deref()).ok_or(Violation::InvalidHeader {
                command: frame.command,
                header: "heart-beat",
            })?;
        self.phase = ProtocolPhase::Deciding(offer);
        self.event(Event::Connect(request::connect(frame)));
        Ok(())
    }

    pub(super) fn accept(&mut self, user: &str, session: &str) {
        let ProtocolPhase::Deciding(client) = self.phase else {
            return;
        };
        self.phase = ProtocolPhase::Open;
        let (sends, wants) = self.config.heart_beat;
        let beats = (self.version >= Version::V1_1)
            .then(|| format!("{},{}", sends.as_millis(), wants.as_millis()));
        if beats.is_some() {
            self.heart_beat = HeartBeat::agree(Offer { sends, wants }, client, self.now);
        }
        let config = Arc::clone(&self.config);
        let version = self.version.as_str();
        self.encode(Command::Connected, |frame| {
            frame
                .header("version", version)
                .header_if("heart-beat", beats.as_deref())
                .header("server", &config.server_name)
                .header_if("session", some_text(session))
                .header_if("user-name", some_text(user))
        });
    }

    fn subscribe(&mut self, fields: &FrameFields<'_>) -> Result<(), Violation> {
        let destination = fields.need_destination()?;
        let id = fields.subscription_id()?;
        let name = id.text().to_owned();
        let ack = AckMode::parse(fields.ack.as_deref()).ok_or_else(|| fields.invalid("ack"))?;
        if !self.config.destinations.may_subscribe(destination) {
            return Err(Violation::DestinationNotAllowed);
        }
        if self
            .subscriptions
            .add(id, destination, ack, &self.config.limits)?
            == Subscribed::New
        {
            self.event(Event::Subscribed {
                id: name,
                destination: destination.to_owned(),
            });
        }
        Ok(())
    }

    fn unsubscribe(&mut self, fields: &FrameFields<'_>) -> Result<(), Violation> {
        // From 1.1 on the id is required; 1.0 may name the destination.
        let by_destination = fields
            .destination
            .as_deref()
            .filter(|_| self.version == Version::V1_0);
        let id = fields
            .id
            .as_deref()
            .or(by_destination)
            .ok_or_else(|| fields.missing("id"))?;
        let destination = by_destination.unwrap_or(id);
        // One that is not known is no violation: nothing more comes from it, as asked.
        if let Some((id, destination)) = self.subscriptions.remove(Some(id), Some(destination)) {
            self.event(Event::Unsubscribed { id, destination });
        }
        Ok(())
    }

    fn send(&mut self, frame: &Frame<'_>, fields: &FrameFields<'_>) -> Result<(), Violation> {
        let destination = fields.need_destination()?;
        let destinations = &self.config.destinations;
        if !destinations.may_send(destination) {
            return Err(Violation::DestinationNotAllowed);
        }
        let brokered = destinations.is_brokered(destination);
        let operation = Operation::Send {
            destination: destination.to_owned(),
            content_type: fields.content_type.as_deref().map(str::to_owned),
            headers: if brokered {
                request::own_headers(frame)
            } else {
                Vec::new()
            },
            body: Bytes::copy_from_slice(frame.body),
        };
        self.operate(operation, fields)
    }

    fn settle(&mut self, fields: &FrameFields<'_>, consumed: bool) -> Result<(), Violation> {
        let delivery = fields.need_delivery(self.version)?;
        if self.version == Version::V1_1 && self.subscriptions.contradicts(delivery) {
            return Err(fields.invalid("subscription"));
        }
        self.operate(Operation::settle(delivery, consumed), fields)
    }

    /// Does it now, or keeps it for the COMMIT.
    fn operate(&mut self, operation: Operation, fields: &FrameFields<'_>) -> Result<(), Violation> {
        match &fields.transaction {
            Some(transaction) => {
                let receipt = fields.receipt().map(ClientId::into_owned);
                let step = BufferedFrame { operation, receipt };
                self.transactions
                    .add(transaction, step, &self.config.limits)
            }
            None => {
                self.happen(operation);
                Ok(())
            }
        }
    }

    fn commit(&mut self, transaction: &str) -> Result<(), Violation> {
        for BufferedFrame { operation, receipt } in self.transactions.end(transaction)? {
            self.happen(operation);
            self.receipt(receipt.as_ref());
        }
        Ok(())
    }

    fn happen(&mut self, operation: Operation) {
        match operation {
            Operation::Send {
                destination,
                content_type,
                headers,
                body,
            } => {
                self.event(Event::Sent {
                    destination,
                    content_type,
                    headers,
                    body,
                });
            }
            Operation::Settle {
                id,
                message_id,
                subscription,
                consumed,
            } => {
                let delivery = SubscriptionRef {
                    id: id.as_deref(),
                    message_id: message_id.as_deref(),
                    subscription: subscription.as_deref(),
                };
                for message_id in self.subscriptions.settle(delivery) {
                    self.event(if consumed {
                        Event::Acked { message_id }
                    } else {
                        Event::Nacked { message_id }
                    });
                }
            }
        }
    }

    pub(super) fn deliver(&mut self, message: &Message, recipient: Recipient<'_>) {
        if !matches!(self.phase, ProtocolPhase::Open) {
            return;
        }
        let Self {
            subscriptions,
            outputs,
            heart_beat,
            config,
            now,
            ..
        } = self;
        let delivered = subscriptions.deliver(
            message,
            recipient,
            self.version,
            &config.limits,
            |transmit| {
                heart_beat.sent(*now);
                outputs.push_back(Output::Transmit(transmit));
            },
        );
        if let Err(violation) = delivered {
            self.fail(&violation, None);
        }
    }

    /// Sends an ERROR frame with the violation, and closes.
    pub(super) fn fail(&mut self, violation: &Violation, receipt: Option<&ClientId<'_>>) {
        let message = violation.to_string();
        self.close(violation.close_code(), &message, Some(&message), receipt);
    }

    /// Closes; nothing is transmitted after this.
    pub(super) fn close(
        &mut self,
        code: u16,
        reason: &str,
        error: Option<&str>,
        receipt: Option<&ClientId<'_>>,
    ) {
        if let Some(error) = error {
            let message = single_line(error);
            // Without a common version the client learns ours (STOMP 1.2, "Protocol Negotiation").
            let versions =
                matches!(self.phase, ProtocolPhase::Opening(_)).then_some(Version::SUPPORTED);
            self.encode(Command::Error, |frame| {
                let frame = frame.header("message", &message);
                let frame = match receipt {
                    Some(receipt) => frame.client_id("receipt-id", receipt),
                    None => frame,
                };
                frame.header_if("version", versions)
            });
        }
        self.phase = ProtocolPhase::Closed;
        self.subscriptions = Subscriptions::default();
        self.transactions = Transactions::default();
        self.outputs.push_back(Output::Close {
            code,
            reason: cut(reason, MAX_REASON_BYTES).to_owned(),
        });
    }

    /// Nobody reads any more; what the peer asked before still counts.
    pub(super) fn gone(&mut self) {
        self.phase = ProtocolPhase::Closed;
        self.outputs
            .retain(|output| matches!(output, Output::Event(_)));
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn encode(&mut self, command: Command, headers: impl FnOnce(Encoder<'_>) -> Encoder<'_>) {
        let mut data = Vec::with_capacity(128);
        headers(Encoder::new(&mut data, self.version, command)).end();
        self.transmit(Transmit {
            data: data.into(),
            text: true,
        });
    }

    fn transmit(&mut self, transmit: Transmit) {
        self.heart_beat.sent(self.now);
        self.outputs.push_back(Output::Transmit(transmit));
    }
}

fn some_text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Without the characters that clients which do not unescape would trip over.
fn single_line(text: &str) -> String {
    text.replace([':', '\\', '\r', '\n', '\0'], " ")
}

/// As much of the text as fits, in whole characters.
fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max))
        .unwrap_or_default()
}
