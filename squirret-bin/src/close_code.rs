//! The close codes of our WebSockets: number and text of each in one table.

/// Declares the codes once.
macro_rules! close_codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $number:literal, $text:literal;)+) => {
        /// Why the server closes a WebSocket. Codes from 4000 on are ours: HTTP's status after the 4.
        ///
        /// RFC 6455's own codes for broken frames are in the socket, and those of STOMP's violations in the library.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum CloseCode { $($(#[doc = $doc])+ $code),+ }

        impl CloseCode {
            /// All of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$code),+];

            /// Returns the number in the close frame, which is also the label in the metrics.
            pub(crate) const fn number(self) -> u16 {
                match self { $(Self::$code => $number),+ }
            }

            /// Returns the reason in the close frame, unless there is a better one.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$code => $text),+ }
            }
        }
    };
}

close_codes! {
    /// The server stops; the reason says when to come back.
    GoingAway = 1001, "the server is stopping";
    /// The login is refused.
    Refused = 1008, "the login is refused";
    /// There is no room at present.
    NoRoom = 1013, "the server has no room at present";
    /// The token ended, or its rights did.
    Expired = 4401, "token has expired";
    /// Another connection of the session took over.
    TakenOver = 4409, "another connection of this session has taken over";
    /// The client reads too slowly.
    SlowConsumer = 4413, "slow consumer";
    /// The client sends too much.
    TooMany = 4429, "too many messages";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented_for_apps_and_differs_from_the_others() {
        let documented = include_str!("../../docs/for-apps.md");
        for (place, code) in CloseCode::ALL.iter().enumerate() {
            let number = code.number().to_string();
            assert!(
                documented.contains(&number),
                "docs/for-apps.md lacks {number}"
            );
            let others = &CloseCode::ALL[place + 1..];
            assert!(others.iter().all(|other| other.number() != code.number()));
        }
    }
}
