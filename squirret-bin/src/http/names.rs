//! Headers of our own, each named here only.

use hyper::header::HeaderName;

/// Identifies a request and its response.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whose samples an upload carries, for those who cannot or need not say so in its body.
pub(crate) const SESSION_ID: HeaderName = HeaderName::from_static("x-session-id");

/// The insole that took them.
pub(crate) const DEVICE_ID: HeaderName = HeaderName::from_static("x-device-id");

/// The secret of those who may use `/internal/…` from another machine.
pub(crate) const INTERNAL_KEY: HeaderName = HeaderName::from_static("x-internal-key");
