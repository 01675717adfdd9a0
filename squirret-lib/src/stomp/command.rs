//! The first line of a frame.

use std::fmt;

/// What a frame asks or tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the three versions of the text know no other"
)]
pub enum Command {
    /// A client opens the conversation.
    Connect,
    /// The same as CONNECT, since 1.1.
    Stomp,
    /// The server answers CONNECT.
    Connected,
    /// A client sends to a destination.
    Send,
    /// A client listens to a destination.
    Subscribe,
    /// A client stops listening.
    Unsubscribe,
    /// A client has consumed a message.
    Ack,
    /// A client could not consume a message.
    Nack,
    /// A client starts a transaction.
    Begin,
    /// A client ends a transaction: all of it happens.
    Commit,
    /// A client ends a transaction: nothing of it happens.
    Abort,
    /// A client leaves.
    Disconnect,
    /// The server delivers to a subscription.
    Message,
    /// The server has handled a frame that asked for a receipt.
    Receipt,
    /// The server could not, and closes.
    Error,
}

/// Bytes of the longest command line, `UNSUBSCRIBE` with CR LF.
pub(super) const MAX_COMMAND_LINE: usize = 13;

impl Command {
    /// All commands.
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::Stomp,
        Self::Connected,
        Self::Send,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Ack,
        Self::Nack,
        Self::Begin,
        Self::Commit,
        Self::Abort,
        Self::Disconnect,
        Self::Message,
        Self::Receipt,
        Self::Error,
    ];

    /// The command as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self
            .line()
            .split_at_checked(self.line().len().saturating_sub(1))
        {
            Some((name, _)) => name,
            None => "",
        }
    }

    /// The command with the LF that ends its line.
    pub(super) const fn line(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT\n",
            Self::Stomp => "STOMP\n",
            Self::Connected => "CONNECTED\n",
            Self::Send => "SEND\n",
            Self::Subscribe => "SUBSCRIBE\n",
            Self::Unsubscribe => "UNSUBSCRIBE\n",
            Self::Ack => "ACK\n",
            Self::Nack => "NACK\n",
            Self::Begin => "BEGIN\n",
            Self::Commit => "COMMIT\n",
            Self::Abort => "ABORT\n",
            Self::Disconnect => "DISCONNECT\n",
            Self::Message => "MESSAGE\n",
            Self::Receipt => "RECEIPT\n",
            Self::Error => "ERROR\n",
        }
    }

    /// Reads a command line without its end. Commands are upper case.
    #[must_use]
    pub const fn parse(line: &[u8]) -> Option<Self> {
        Some(match line {
            b"CONNECT" => Self::Connect,
            b"STOMP" => Self::Stomp,
            b"CONNECTED" => Self::Connected,
            b"SEND" => Self::Send,
            b"SUBSCRIBE" => Self::Subscribe,
            b"UNSUBSCRIBE" => Self::Unsubscribe,
            b"ACK" => Self::Ack,
            b"NACK" => Self::Nack,
            b"BEGIN" => Self::Begin,
            b"COMMIT" => Self::Commit,
            b"ABORT" => Self::Abort,
            b"DISCONNECT" => Self::Disconnect,
            b"MESSAGE" => Self::Message,
            b"RECEIPT" => Self::Receipt,
            b"ERROR" => Self::Error,
            _ => return None,
        })
    }
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_reads_back_as_itself_and_fits_the_longest_line() {
        for command in Command::ALL {
            assert_eq!(Command::parse(command.as_str().as_bytes()), Some(command));
            assert!(command.as_str().len() <= MAX_COMMAND_LINE - 2);
        }
    }

    #[test]
    fn other_words_and_other_cases_are_no_commands() {
        assert_eq!(Command::parse(b"connect"), None);
        assert_eq!(Command::parse(b""), None);
        assert_eq!(Command::parse(b"SEND "), None);
    }
}
