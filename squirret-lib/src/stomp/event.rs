//! What goes into a session and what comes out.

use std::time::Instant;

use bytes::Bytes;

use super::Message;

/// What goes in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// Bytes of the peer, split or joined anywhere.
    Bytes(&'a [u8]),
    /// A deadline passed. Early and repeated calls do no harm.
    Timeout,
    /// Answer to [`Event::Connect`]: let in, with the `user-name` and `session` headers of CONNECTED.
    Accept {
        /// `user-name`
        user: &'a str,
        /// `session`
        session: &'a str,
    },
    /// Answer to [`Event::Connect`]: ERROR with this text, then close.
    Refuse {
        /// `message` of the ERROR frame and reason of the close.
        message: &'a str,
        /// WebSocket close code, e.g. 1008.
        code: u16,
    },
    /// Push a message to all subscriptions of its destination; nothing happens without one.
    Message(&'a Message),
    /// Push a message to one subscription, whatever the message's destination is; nothing happens without it.
    MessageFor {
        /// Subscription id.
        subscription: &'a str,
        /// The message.
        message: &'a Message,
    },
    /// Close from our side: `error` (if any) goes out as an ERROR frame first.
    Close {
        /// WebSocket close code.
        code: u16,
        /// Reason of the close; cut to the 123 bytes that a close frame holds.
        reason: &'a str,
        /// `message` of the ERROR frame.
        error: Option<&'a str>,
    },
    /// The peer's socket is gone.
    Gone,
}

/// What comes out.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver must handle each")]
pub enum Output {
    /// One complete frame (or a heart-beat's LF): send it as one WebSocket message.
    Transmit(Transmit),
    /// Something the peer asks.
    Event(Event),
    /// Send what was transmitted, then close with this code; nothing follows but `Timeout(None)`.
    Close {
        /// WebSocket close code.
        code: u16,
        /// Reason, at most 123 bytes.
        reason: String,
    },
    /// Drained; call with [`Input::Timeout`] at this time, `None` is never.
    Timeout(Option<Instant>),
}

/// One WebSocket message.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Transmit {
    /// The bytes; never empty.
    pub data: Bytes,
    /// Send as text (else binary).
    pub text: bool,
}

/// Something the peer asks or did.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// CONNECT or STOMP: answer with [`Input::Accept`] or [`Input::Refuse`].
    Connect(Connect),
    /// Subscribed.
    Subscribed {
        /// Subscription id; the destination when the client gave none.
        id: String,
        /// Where.
        destination: String,
    },
    /// Unsubscribed.
    Unsubscribed {
        /// Subscription id.
        id: String,
        /// Where.
        destination: String,
    },
    /// SEND (after its transaction, if any, was committed).
    Sent {
        /// Where.
        destination: String,
        /// `content-type`
        content_type: Option<String>,
        /// Headers of the application's own, for a broker to pass on; always empty unless the destination is brokered.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// A message was acknowledged.
    Acked {
        /// `message-id`
        message_id: String,
    },
    /// A message was refused.
    Nacked {
        /// `message-id`
        message_id: String,
    },
    /// DISCONNECT arrived.
    Disconnected,
}

/// What CONNECT carried.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Connect {
    /// `login`
    pub login: Option<String>,
    /// `passcode`
    pub passcode: Option<String>,
    /// `Authorization`, in any case
    pub authorization: Option<String>,
    /// `host`
    pub host: Option<String>,
    /// `squirret-resume`: the id of the last message that the client saw.
    pub resume: Option<String>,
    /// `accept-language`
    pub language: Option<String>,
}

impl std::fmt::Debug for Connect {
    /// Leaves out what must not reach a log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Connect")
            .field("login", &self.login)
            .field("passcode", &self.passcode.as_ref().map(|_| "…"))
            .field("authorization", &self.authorization.as_ref().map(|_| "…"))
            .field("host", &self.host)
            .field("resume", &self.resume)
            .field("language", &self.language)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_reach_a_log() {
        let connect = Connect {
            passcode: Some("s3cret".to_owned()),
            authorization: Some("Bearer s3cret".to_owned()),
            ..Connect::default()
        };
        assert!(!format!("{connect:?}").contains("s3cret"));
    }
}
