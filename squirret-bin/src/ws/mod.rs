//! The WebSocket transport: handshake, frames, sockets, deadlines and outboxes. It knows no message of the endpoints.

pub(crate) mod allowance;
pub(crate) mod close;
pub(crate) mod deadlines;
pub(crate) mod driver;
pub(crate) mod frame;
pub(crate) mod handshake;
mod keepalive;
pub(crate) mod outbox;
mod pieces;
pub(crate) mod socket;
