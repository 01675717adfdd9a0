//! Accepts connections, with or without TLS, and serves HTTP on them until the server stops.

mod accept;
mod refuse;
mod tls;

pub(crate) use accept::{listen, serve};
pub(crate) use tls::Tls;
