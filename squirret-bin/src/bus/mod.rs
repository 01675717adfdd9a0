//! How AI states travel from the inference plane to the control plane when these are two processes.
//!
//! In one process poses go straight to the coach they belong to, and nothing travels ([`LocalBus`]). Split, the
//! states go to the control plane's `POST /internal/ai/status` ([`HttpBus`]).

mod http;

pub(crate) use http::{AddressError, HttpBus};

use futures_util::future::BoxFuture;
use squirret::feedback::AiStatus;

/// Carries AI states.
pub(crate) trait Bus: Send + Sync + std::fmt::Debug {
    /// Whether both planes are in this process, so that their scopes are the same.
    fn is_local(&self) -> bool;

    /// Publishes the state of the person that the app calls `user`. Never waits; a newer state replaces one that has not
    /// been told yet.
    fn publish(&self, user: Option<&str>, status: AiStatus);

    /// Carries states for ever.
    fn run(&self) -> BoxFuture<'_, ()>;

    /// Whether the other plane took the last state.
    fn is_healthy(&self) -> bool;
}

/// Both planes in one process: nothing has to travel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LocalBus;

impl Bus for LocalBus {
    fn is_local(&self) -> bool {
        true
    }

    fn publish(&self, _user: Option<&str>, _status: AiStatus) {}

    fn run(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    fn is_healthy(&self) -> bool {
        true
    }
}
