//! The headers that a server looks at, read in one pass.

use std::borrow::Cow;

use super::{
    Command, Connect, Frame, Headers, Limits, Version, byte_masks::is_plain, echo::ClientId,
    subscription::SubscriptionRef, violation::Violation,
};

/// A header's text, borrowed from the frame unless it had escapes.
type Text<'a> = Option<Cow<'a, str>>;

/// What a client's frame says, besides its body.
#[derive(Debug)]
pub(super) struct FrameFields<'a> {
    command: Command,
    headers: Headers<'a>,
    pub(super) ack: Text<'a>,
    pub(super) content_type: Text<'a>,
    pub(super) destination: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) receipt: Text<'a>,
    pub(super) transaction: Text<'a>,
    message_id: Text<'a>,
    subscription: Text<'a>,
}

impl<'a> FrameFields<'a> {
    pub(super) fn of(frame: &Frame<'a>) -> Self {
        let mut fields = Self {
            command: frame.command,
            headers: frame.headers,
            ack: None,
            content_type: None,
            destination: None,
            id: None,
            receipt: None,
            transaction: None,
            message_id: None,
            subscription: None,
        };
        for (name, value) in frame.headers {
            let field = match &*name {
                "ack" => &mut fields.ack,
                "content-type" => &mut fields.content_type,
                "destination" => &mut fields.destination,
                "id" => &mut fields.id,
                "receipt" => &mut fields.receipt,
                "transaction" => &mut fields.transaction,
                "message-id" => &mut fields.message_id,
                "subscription" => &mut fields.subscription,
                _ => continue,
            };
            // Repeated headers: the first one counts.
            field.get_or_insert(value);
        }
        fields
    }

    /// Ids are kept and sent back, so their length has a limit of its own.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Violation> {
        let max = limits.max_id_bytes;
        let ids = [
            ("receipt", &self.receipt),
            ("id", &self.id),
            ("destination", &self.destination),
            ("transaction", &self.transaction),
        ];
        match ids
            .into_iter()
            .find(|(_, text)| text.as_ref().is_some_and(|text| text.len() > max))
        {
            Some((header, _)) => Err(Violation::IdTooLong { header, max }),
            None => Ok(()),
        }
    }

    pub(super) fn need_destination(&self) -> Result<&str, Violation> {
        self.need(&self.destination, "destination")
    }

    pub(super) fn need_transaction(&self) -> Result<&str, Violation> {
        self.need(&self.transaction, "transaction")
    }

    /// Which delivery an ACK or NACK means: by its `ack` header in 1.2, by message and subscription in 1.1, by message
    /// in 1.0, where a subscription may have no id.
    pub(super) fn need_delivery(&self, version: Version) -> Result<SubscriptionRef<'_>, Violation> {
        if version == Version::V1_2 {
            let id = Some(self.need(&self.id, "id")?);
            return Ok(SubscriptionRef {
                id,
                ..SubscriptionRef::default()
            });
        }
        let message_id = Some(self.need(&self.message_id, "message-id")?);
        let subscription = match version {
            Version::V1_0 => self.subscription.as_deref(),
            _ => Some(self.need(&self.subscription, "subscription")?),
        };
        Ok(SubscriptionRef {
            id: None,
            message_id,
            subscription,
        })
    }

    /// The receipt that the client asks for.
    pub(super) fn receipt(&self) -> Option<ClientId<'_>> {
        let receipt = self.receipt.as_deref()?;
        Some(self.client_id("receipt", receipt))
    }

    /// The id of a SUBSCRIBE. STOMP 1.0 allows a subscription without an id, and StompClientLib has a call that sends
    /// none in 1.2: its destination stands in.
    pub(super) fn subscription_id(&self) -> Result<ClientId<'_>, Violation> {
        match self.id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => Ok(self.client_id("id", id)),
            None => Ok(self.client_id("destination", self.need_destination()?)),
        }
    }

    fn client_id<'s>(&'s self, header: &'static str, text: &'s str) -> ClientId<'s> {
        let raw = (!is_plain(text.as_bytes()))
            .then(|| self.headers.raw(header))
            .flatten();
        ClientId::new(Cow::Borrowed(text), raw)
    }

    fn need<'s>(&'s self, text: &'s Text<'a>, header: &'static str) -> Result<&'s str, Violation> {
        text.as_deref().ok_or_else(|| self.missing(header))
    }

    pub(super) const fn missing(&self, header: &'static str) -> Violation {
        Violation::MissingHeader {
            command: self.command,
            header,
        }
    }

    pub(super) const fn invalid(&self, header: &'static str) -> Violation {
        Violation::InvalidHeader {
            command: self.command,
            header,
        }
    }
}

/// What the application is told of a CONNECT.
pub(super) fn connect(frame: &Frame<'_>) -> Connect {
    let mut connect = Connect::default();
    for (name, value) in frame.headers {
        let field = match &*name {
            "login" => &mut connect.login,
            "passcode" => &mut connect.passcode,
            "host" => &mut connect.host,
            "squirret-resume" => &mut connect.resume,
            "accept-language" => &mut connect.language,
            name if name.eq_ignore_ascii_case("authorization") => &mut connect.authorization,
            _ => continue,
        };
        field.get_or_insert_with(|| value.into_owned());
    }
    connect
}

/// Headers of SEND that the application chose: a broker passes them on.
pub(super) fn own_headers(frame: &Frame<'_>) -> Vec<(String, String)> {
    const PROTOCOL: [&str; 8] = [
        "destination",
        "content-length",
        "content-type",
        "receipt",
        "transaction",
        "subscription",
        "message-id",
        "ack",
    ];
    frame
        .headers
        .iter()
        .filter(|(name, _)| !PROTOCOL.contains(&&**name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}
