//! Lives of guest, user and inference sessions: issue, upgrade, refresh, finish, expire.
//!
//! [`Sessions`] knows the rules, a [`SessionStore`] keeps the records, a
//! [`TokenService`](crate::auth::TokenService) signs. Ids and the time are arguments.
//!
//! ```
//! use squirret::{UnixMillis, auth::Hs256, session::{FinishReport, MemoryStore, SessionError, SessionId, Sessions}};
//! use std::sync::Arc;
//!
//! let tokens = Arc::new(Hs256::new(&[("1", b"0123456789abcdef0123456789abcdef")])?);
//! let sessions = Sessions::new(Arc::new(MemoryStore::new(1000)), tokens);
//! let (id, now) = (SessionId(uuid::Uuid::from_u128(1)), UnixMillis(0));
//!
//! sessions.create_inference(id, "user123", now)?;
//! let report = FinishReport { frames_in: 150, frames_out: 150, duration_seconds: 30 };
//! sessions.finish(id, report, now)?;
//! sessions.finish(id, report, now)?; // the same again is fine
//! assert!(matches!(sessions.refresh(id, now), Err(SessionError::Finished { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod device_id;
pub use device_id::{DeviceId, DeviceIdError};

mod record;
pub use record::{FinishReport, Owner, ParseIdError, SessionId, SessionRecord, Usage};

mod store;
pub use store::{SessionStore, StoreError};

mod memory;
pub use memory::MemoryStore;

#[cfg(feature = "auth")]
mod lifecycle;
#[cfg(feature = "auth")]
pub use lifecycle::{Issued, SessionError, Sessions};

#[doc(hidden)]
pub mod conformance;
