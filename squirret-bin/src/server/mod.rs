//! Listening, accepting, and serving connections until it is time to stop.

mod accept;
mod shutdown;
mod tls;

pub(crate) use accept::{Plane, serve};
pub(crate) use shutdown::{Shutdown, signal};
pub(crate) use tls::Tls;
