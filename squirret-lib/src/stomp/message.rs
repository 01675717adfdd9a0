//! A message that many readers get.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{Command, Encoder, Version, byte_masks::is_plain, echo::ClientId};

/// Frames that a message keeps encoded, one for each of the first subscription ids that ask.
///
/// Clients of one kind choose the same ids (`sub-0`, the destination), so a few serve thousands of readers.
const SHARED_FRAMES: usize = 4;

/// A message to the subscriptions of a destination: serialised once for each subscription id, shared by all readers.
///
/// Clones share everything.
#[derive(Clone, Debug)]
pub struct Message {
    inner: Arc<SharedMessage>,
}

#[derive(Debug)]
struct SharedMessage {
    /// Destination, id and content type, one after the other.
    texts: Box<str>,
    /// Where the id starts in them.
    message_id: usize,
    /// Where the content type starts in them.
    content_type: usize,
    headers: Box<[(String, String)]>,
    body: Bytes,
    /// No header needs an escape, so that the frame is the same in every version.
    plain: bool,
    text: bool,
    shared: [OnceLock<(Box<str>, Bytes)>; SHARED_FRAMES],
}

impl Message {
    /// A message to `destination` with this id, type and body. An empty `content_type` is left out.
    ///
    /// Ids must differ between all messages of a destination, restarts included, if readers resume by them; keep them
    /// and destinations free of `:`, `\` and line ends for readers that do not unescape.
    #[must_use]
    pub fn new(
        destination: &str,
        message_id: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Self {
        Self::with_headers(destination, message_id, content_type, Vec::new(), body)
    }

    /// The same with headers of the application's own after the message's.
    #[must_use]
    pub fn with_headers(
        destination: &str,
        message_id: &str,
        content_type: &str,
        headers: Vec<(String, String)>,
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        let plain = [destination, message_id, content_type]
            .into_iter()
            .all(|text| is_plain(text.as_bytes()))
            && headers
                .iter()
                .all(|(name, value)| is_plain(name.as_bytes()) && is_plain(value.as_bytes()));
        let text = !is_octet_stream(content_type) && std::str::from_utf8(&body).is_ok();
        Self {
            inner: Arc::new(SharedMessage {
                texts: [destination, message_id, content_type]
                    .concat()
                    .into_boxed_str(),
                message_id: destination.len(),
                content_type: destination.len().saturating_add(message_id.len()),
                headers: headers.into_boxed_slice(),
                body,
                plain,
                text,
                shared: [const { OnceLock::new() }; SHARED_FRAMES],
            }),
        }
    }

    /// Where it goes.
    #[must_use]
    pub fn destination(&self) -> &str {
        self.inner.destination()
    }

    /// Its id.
    #[must_use]
    pub fn message_id(&self) -> &str {
        self.inner.message_id()
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.inner.body
    }

    /// Bytes of its texts, headers and body.
    #[must_use]
    pub fn size(&self) -> usize {
        self.inner.size()
    }

    /// Whether it goes out as a text message: its type is not `application/octet-stream`, and it is UTF-8.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.inner.text
    }

    /// The MESSAGE frame for one subscription: shared unless it carries an `ack` of its own or needs escapes.
    pub(super) fn frame(
        &self,
        version: Version,
        subscription: &ClientId<'_>,
        ack: Option<&str>,
    ) -> Bytes {
        let text = subscription.text();
        if ack.is_some() || !self.inner.plain || !is_plain(text.as_bytes()) {
            return self.inner.encode(version, subscription, ack);
        }
        for slot in &self.inner.shared {
            let (id, frame) =
                slot.get_or_init(|| (text.into(), self.inner.encode(version, subscription, None)));
            if **id == *text {
                return frame.clone();
            }
        }
        self.inner.encode(version, subscription, None)
    }
}

impl SharedMessage {
    fn destination(&self) -> &str {
        self.texts.get(..self.message_id).unwrap_or_default()
    }

    fn message_id(&self) -> &str {
        self.texts
            .get(self.message_id..self.content_type)
            .unwrap_or_default()
    }

    fn content_type(&self) -> Option<&str> {
        self.texts
            .get(self.content_type..)
            .filter(|text| !text.is_empty())
    }

    fn encode(&self, version: Version, subscription: &ClientId<'_>, ack: Option<&str>) -> Bytes {
        // Enough for one allocation, if nothing needs an escape: the protocol's names, an `ack`, a `content-length`,
        // a colon and a line end for each header.
        let names = self.headers.len().saturating_mul(2).saturating_add(128);
        let estimate = self
            .size()
            .saturating_add(subscription.size())
            .saturating_add(names);
        let mut out = Vec::with_capacity(estimate);
        let mut encoder = Encoder::new(&mut out, version, Command::Message)
            .client_id("subscription", subscription)
            .header("destination", self.destination())
            .header("message-id", self.message_id())
            .header_if("ack", ack)
            .header_if("content-type", self.content_type());
        for (name, value) in &self.headers {
            encoder = encoder.header(name, value);
        }
        encoder.body(&self.body);
        out.into()
    }

    fn size(&self) -> usize {
        self.headers
            .iter()
            .map(|(name, value)| name.len().saturating_add(value.len()))
            .chain([self.texts.len(), self.body.len()])
            .fold(0, usize::saturating_add)
    }
}

fn is_octet_stream(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/octet-stream")
}
