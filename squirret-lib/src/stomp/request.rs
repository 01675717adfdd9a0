//! The headers that a server looks at, read in one pass.

use std::borrow::Cow;

use super::{Command, Connect, Frame, Limits, subscription::Reference, violation::Violation};

/// A header's text, borrowed from the frame unless it had escapes.
type Text<'a> = Option<Cow<'a, str>>;

/// What a client's frame says, besides its body.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    command: Command,
    pub(super) ack: Text<'a>,
    pub(super) content_type: Text<'a>,
    pub(super) destination: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) receipt: Text<'a>,
    pub(super) transaction: Text<'a>,
    message_id: Text<'a>,
    subscription: Text<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(frame: &Frame<'a>) -> Self {
        let mut fields = Self {
            command: frame.command,
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

    /// Which delivery an ACK or NACK means.
    pub(super) fn need_delivery(&self) -> Result<Reference<'_>, Violation> {
        let delivery = Reference {
            id: self.id.as_deref(),
            message_id: self.message_id.as_deref(),
            subscription: self.subscription.as_deref(),
        };
        if delivery.id.is_none() && delivery.message_id.is_none() {
            return Err(self.missing("id"));
        }
        Ok(delivery)
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
