//! Ids that a client chose, sent back as the client wrote them.

use std::borrow::Cow;

/// A subscription's or a receipt's id.
///
/// webstomp-client, stompjs 2.3 and StompClientLib escape nothing and compare the id that comes back with the id that
/// they sent, octet by octet. An id that such a client wrote with a raw colon must therefore return with a raw colon,
/// although STOMP 1.1 and 1.2 would escape it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ClientId<'a> {
    /// With escapes resolved: ids are compared by this.
    text: Cow<'a, str>,
    /// As it stood on the wire, when an encoder could write it in another way.
    raw: Option<Cow<'a, str>>,
}

impl<'a> ClientId<'a> {
    /// `raw` must come from a decoded header: it contains no LF and no NUL.
    pub(super) const fn new(text: Cow<'a, str>, raw: Option<&'a str>) -> Self {
        let raw = match raw {
            Some(raw) => Some(Cow::Borrowed(raw)),
            None => None,
        };
        Self { text, raw }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The octets to send unchanged; `None` when the text is encoded as any other header.
    pub(super) fn raw(&self) -> Option<&str> {
        self.raw.as_deref()
    }

    pub(super) fn into_owned(self) -> ClientId<'static> {
        ClientId {
            text: Cow::Owned(self.text.into_owned()),
            raw: self.raw.map(|raw| Cow::Owned(raw.into_owned())),
        }
    }

    /// Bytes that keeping it costs.
    pub(super) fn size(&self) -> usize {
        let raw = self.raw().map_or(0, str::len);
        self.text.len().saturating_add(raw)
    }
}
