//! One message to many readers: streams of which each reader gets the newest frame, encoded once for all.

mod activity;
mod broadcast;
mod frame;
mod ids;
mod stream_socket;

pub(crate) use activity::Activity;
pub(crate) use broadcast::{Broadcast, ReaderGuard, SuppressWhileFresh};
pub(crate) use frame::StreamFrame;
pub(crate) use ids::{ScopeId, StreamKind};
pub(crate) use stream_socket::StreamSocket;
