//! The server's side of one conversation.

use std::{mem, sync::Arc, time::Instant};

use super::{
    Decoder, Input, Item, Output, SessionConfig, Version,
    protocol::{Protocol, ProtocolPhase},
    subscription::Recipient,
    violation::Violation,
};

/// A server session: bytes, decisions and messages in; frames, events and the close out.
///
/// **Drain the outputs after every input**: call [`poll_output`](Self::poll_output) until it gives
/// [`Output::Timeout`]. What a peer does wrong is no `Result` here: it becomes an ERROR frame and the close. After
/// [`Output::Close`] every input is without effect.
#[derive(Debug)]
pub struct Session {
    decoder: Decoder,
    /// Bytes behind CONNECT that wait for the answer to it.
    early: Vec<u8>,
    frames: u64,
    conversation: Protocol,
}

impl Session {
    /// A session at the start of a connection.
    #[must_use]
    pub fn new(config: Arc<SessionConfig>, now: Instant) -> Self {
        Self {
            decoder: Decoder::new(&config.limits),
            early: Vec::new(),
            frames: 0,
            conversation: Protocol::new(config, now),
        }
    }

    /// Takes one input. `now` may repeat or run backwards.
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        let conversation = &mut self.conversation;
        conversation.now = conversation.now.max(now);
        if conversation.is_closed() {
            return;
        }
        match input {
            Input::Bytes(bytes) => self.receive(bytes),
            Input::Timeout => conversation.timeout(),
            Input::Accept { user, session } => self.accept(user, session),
            Input::Refuse { message, code } => {
                conversation.close(code, message, Some(message), None)
            }
            Input::Message(message) => conversation.deliver(message, Recipient::Destination),
            Input::MessageFor {
                subscription,
                message,
            } => {
                conversation.deliver(message, Recipient::Subscription(subscription));
            }
            Input::Close {
                code,
                reason,
                error,
            } => conversation.close(code, reason, error, None),
            Input::Gone => conversation.gone(),
        }
    }

    /// The next output; call until [`Output::Timeout`].
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.conversation.poll_output()
    }

    /// The version agreed on; 1.2 before CONNECT was accepted.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.conversation.version
    }

    /// Whether CONNECT was accepted and nothing has ended the session since.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        matches!(self.conversation.phase, ProtocolPhase::Open)
    }

    /// Whether the session is over.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.conversation.is_closed()
    }

    /// Number of subscriptions.
    #[must_use]
    pub const fn subscriptions(&self) -> usize {
        self.conversation.subscriptions.len()
    }

    /// Whether the subscription with this id acknowledges what it gets (`ack` is `client` or `client-individual`).
    #[must_use]
    pub fn acknowledges(&self, subscription: &str) -> bool {
        self.conversation.subscriptions.acknowledges(subscription)
    }

    /// Number of frames that the peer has sent so far, for whoever limits them: one message may hold many.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Number of messages that wait for an ACK.
    #[must_use]
    pub const fn unacknowledged(&self) -> usize {
        self.conversation.subscriptions.unacknowledged()
    }

    /// Bytes that the peer makes this session hold: parts of frames and open transactions.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.decoder
            .kept_bytes()
            .saturating_add(self.early.len())
            .saturating_add(self.conversation.transactions.bytes())
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        let conversation = &mut self.conversation;
        conversation.heart_beat.received(conversation.now);
        while !bytes.is_empty() && !conversation.is_closed() {
            if let ProtocolPhase::Deciding(_) = conversation.phase {
                let max = conversation.config.limits.max_frame_bytes;
                if self.early.len().saturating_add(bytes.len()) > max {
                    return conversation.fail(&Violation::TooEarly { max }, None);
                }
                return self.early.extend_from_slice(bytes);
            }
            match self.decoder.decode(bytes) {
                Ok(decoded) => {
                    bytes = bytes.get(decoded.consumed..).unwrap_or_default();
                    if let Some(Item::Frame(frame)) = decoded.item {
                        self.frames = self.frames.saturating_add(1);
                        conversation.frame(&frame);
                    }
                }
                Err(error) => return conversation.fail(&error.into(), None),
            }
        }
    }

    fn accept(&mut self, user: &str, session: &str) {
        self.conversation.accept(user, session);
        self.decoder.set_version(self.conversation.version);
        let early = mem::take(&mut self.early);
        if !early.is_empty() {
            self.receive(&early);
        }
    }
}
