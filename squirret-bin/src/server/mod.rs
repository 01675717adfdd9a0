//! Listening, accepting, and serving connections until it is time to stop.

mod accept;
mod patient;
mod pulse;
mod refuse;
mod shutdown;
mod tls;

pub(crate) use accept::{Plane, listen, serve};
pub(crate) use patient::Patient;
pub(crate) use pulse::Pulse;
pub(crate) use shutdown::{Shutdown, signal};
pub(crate) use tls::Tls;
