//! STOMP 1.0, 1.1 and 1.2: a frame codec, a server's session and a broker's routes, all without I/O.
//!
//! A driver owns the socket and the clock. It hands a [`Session`] what arrives and what it decides ([`Input`]), and does
//! what comes out ([`Output`]). **Drain the outputs after every input**: call `poll_output` until it gives
//! [`Output::Timeout`], and wake the session with [`Input::Timeout`] at that time.
//!
//! ```
//! use std::{sync::Arc, time::Instant};
//! use squirret::stomp::{Event, Input, Message, Output, Session, SessionConfig};
//!
//! let now = Instant::now();
//! let mut session = Session::new(Arc::new(SessionConfig::default()), now);
//! let mut sent = Vec::new();
//!
//! // What a socket, a timer or the application would bring.
//! for bytes in [
//!     "CONNECT\naccept-version:1.2\n\n\0",
//!     "SUBSCRIBE\nid:0\ndestination:/user/queue/session\n\n\0",
//!     "DISCONNECT\nreceipt:bye\n\n\0",
//! ] {
//!     session.handle_input(Input::Bytes(bytes.as_bytes()), now);
//!     loop {
//!         match session.poll_output() {
//!             Output::Transmit(frame) => sent.push(String::from_utf8(frame.data.to_vec())?),
//!             Output::Event(Event::Connect(connect)) => {
//!                 assert_eq!(connect.passcode, None); // here the application would look at a token
//!                 session.handle_input(Input::Accept { user: "guest", session: "s-1" }, now);
//!             }
//!             Output::Event(Event::Subscribed { destination, .. }) => {
//!                 let message = Message::new(&destination, "m-1", "application/json", r#"{"type":"DATA"}"#);
//!                 session.handle_input(Input::Message(&message), now);
//!             }
//!             Output::Event(_) => {}
//!             Output::Close { code, .. } => assert_eq!(code, 1000),
//!             Output::Timeout(_deadline) => break,
//!         }
//!     }
//! }
//! assert!(sent[0].starts_with("CONNECTED\nversion:1.2\n"));
//! assert!(sent[1].starts_with("MESSAGE\nsubscription:0\ndestination:/user/queue/session\nmessage-id:m-1\n"));
//! assert_eq!(sent[2], "RECEIPT\nreceipt-id:bye\n\n\0");
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```
//!
//! The text is <https://stomp.github.io/stomp-specification-1.2.html>. A session departs from it only for clients that
//! people use:
//!
//! | leniency | for |
//! |---|---|
//! | CONNECT without `host` | StompClientLib (iOS), @stomp/stompjs 7 |
//! | SUBSCRIBE without `id` from 1.1 on: the destination is the id | StompClientLib, `subscribe` with its own headers |
//! | SUBSCRIBE again with an `id` that equals its `destination`: one subscription | StompClientLib, whose ids are destinations |
//! | UNSUBSCRIBE whose `id` is a destination | StompClientLib, `unsubscribe(destination:)` |
//! | the `id` of an ACK or NACK of 1.2 may be a `message-id` | StompClientLib, `ack(messageId:)` |
//! | ids with a raw colon: they come back as they were written | webstomp-client, stompjs 2.3, StompClientLib |
//! | `Authorization` in CONNECT in any case | apps of StompClientLib and stompjs, which write it as in HTTP |
//!
//! Where the text is silent, an ACK, NACK or UNSUBSCRIBE of what has ended already is no error: the client cannot know
//! what is on its way.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

// Frames: bytes to views and back.

mod version;
pub use version::Version;

mod command;
pub use command::Command;

mod limits;
pub use limits::Limits;

mod frame;
pub use frame::{Frame, Headers, HeadersIter};

mod decode;
pub use decode::{DecodeError, Decoded, Decoder, Item};

mod encode;
pub use encode::Encoder;

mod byte_masks;
mod echo;
mod escape;
mod header_index;
mod scan;

// A session: the server's side of one connection.

mod config;
pub use config::{Destinations, SessionConfig};

mod event;
pub use event::{Connect, Event, Input, Output, Transmit};

mod message;
pub use message::Message;

mod session;
pub use session::Session;

mod heart_beat;
mod protocol;
mod request;
mod subscription;
mod transaction;
mod violation;

// Between sessions.

mod backlog;
pub use backlog::{Backlog, BacklogLimits};

mod broker;
pub use broker::{Broker, BrokerError, BrokerLimits, Delivery};

#[doc(hidden)]
pub mod fuzzing;

#[cfg(test)]
mod tests;
