//! What a peer can do wrong, and what it is told: each violation's ERROR text and close code, in one place.

use super::{Command, DecodeError};

/// Texts have no colon, backslash or line end: clients that do not unescape show them as they are.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Violation {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("the first frame must be CONNECT or STOMP")]
    NotConnected,
    #[error("already connected")]
    AlreadyConnected,
    #[error("{command} is not a client's frame")]
    NotAClientFrame { command: Command },
    #[error("{command} is not a frame of STOMP 1.0")]
    NotInVersion { command: Command },
    #[error("{command} without {header}")]
    MissingHeader {
        command: Command,
        header: &'static str,
    },
    #[error("{command} with invalid {header}")]
    InvalidHeader {
        command: Command,
        header: &'static str,
    },
    #[error("{header} longer than {max} bytes")]
    IdTooLong { header: &'static str, max: usize },
    #[error("no common protocol version")]
    NoCommonVersion,
    #[error("destination not allowed")]
    DestinationNotAllowed,
    #[error("subscription id in use")]
    SubscriptionInUse,
    #[error("more than {max} subscriptions")]
    TooManySubscriptions { max: usize },
    #[error("unknown transaction")]
    UnknownTransaction,
    #[error("transaction in use")]
    TransactionInUse,
    #[error("more than {max} transactions")]
    TooManyTransactions { max: usize },
    #[error("more than {max} frames in a transaction")]
    TooManyTransactionFrames { max: usize },
    #[error("more than {max} bytes in transactions")]
    TransactionsTooLarge { max: usize },
    #[error("more than {max} messages wait for an ACK")]
    TooManyUnacknowledged { max: usize },
    #[error("more than {max} bytes before CONNECTED")]
    TooEarly { max: usize },
    #[error("no CONNECT in time")]
    LoginTimeout,
    #[error("no heart-beat in time")]
    HeartBeatTimeout,
}

impl Violation {
    /// The WebSocket close code: RFC 6455 section 7.4, from 4400 on HTTP's status after the 4.
    pub(super) const fn close_code(&self) -> u16 {
        match self {
            Self::Decode(
                DecodeError::FrameTooLarge { .. }
                | DecodeError::HeadersTooLarge { .. }
                | DecodeError::TooManyHeaders { .. },
            )
            | Self::TransactionsTooLarge { .. }
            | Self::TooEarly { .. } => 1009,
            Self::DestinationNotAllowed
            | Self::IdTooLong { .. }
            | Self::TooManySubscriptions { .. }
            | Self::TooManyTransactions { .. }
            | Self::TooManyTransactionFrames { .. } => 1008,
            Self::LoginTimeout | Self::HeartBeatTimeout => 4408,
            Self::TooManyUnacknowledged { .. } => 4413,
            _ => 1002,
        }
    }
}
