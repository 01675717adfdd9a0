//! The protocols that are spoken over WebSockets, one module an endpoint.

#[cfg(test)]
pub(crate) mod conformance;
pub(crate) mod inference;
pub(crate) mod stomp;
pub(crate) mod streams;
