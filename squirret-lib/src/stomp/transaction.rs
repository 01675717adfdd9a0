//! Frames that wait for their COMMIT.

use bytes::Bytes;

use super::{Limits, echo::ClientId, subscription::SubscriptionRef, violation::Violation};

/// A frame that can stand in a transaction, with all it needs to happen later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    Send {
        destination: String,
        content_type: Option<String>,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
    Settle {
        id: Option<String>,
        message_id: Option<String>,
        subscription: Option<String>,
        consumed: bool,
    },
}

impl Operation {
    pub(super) fn settle(delivery: SubscriptionRef<'_>, consumed: bool) -> Self {
        Self::Settle {
            id: delivery.id.map(str::to_owned),
            message_id: delivery.message_id.map(str::to_owned),
            subscription: delivery.subscription.map(str::to_owned),
            consumed,
        }
    }

    /// Bytes that keeping it costs.
    fn size(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let held = match self {
            Self::Send {
                destination,
                content_type,
                headers,
                body,
            } => headers
                .iter()
                .map(|(name, value)| name.len().saturating_add(value.len()))
                .chain([destination.len(), length(content_type), body.len()])
                .fold(0, usize::saturating_add),
            Self::Settle {
                id,
                message_id,
                subscription,
                ..
            } => [id, message_id, subscription]
                .into_iter()
                .map(length)
                .fold(0, usize::saturating_add),
        };
        held.saturating_add(size_of::<BufferedFrame>())
    }
}

/// A frame of a transaction, and the receipt that the client gets once it happened.
#[derive(Debug)]
pub(super) struct BufferedFrame {
    pub(super) operation: Operation,
    pub(super) receipt: Option<ClientId<'static>>,
}

impl BufferedFrame {
    fn size(&self) -> usize {
        let receipt = self.receipt.as_ref().map_or(0, ClientId::size);
        self.operation.size().saturating_add(receipt)
    }
}

#[derive(Debug)]
struct Transaction {
    id: Box<str>,
    steps: Vec<BufferedFrame>,
    bytes: usize,
}

/// The open transactions of one session.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    open: Vec<Transaction>,
}

impl Transactions {
    pub(super) fn begin(&mut self, id: &str, limits: &Limits) -> Result<(), Violation> {
        if self.open.iter().any(|open| &*open.id == id) {
            return Err(Violation::TransactionInUse);
        }
        if self.open.len() >= limits.max_transactions {
            return Err(Violation::TooManyTransactions {
                max: limits.max_transactions,
            });
        }
        self.open.push(Transaction {
            id: id.into(),
            steps: Vec::new(),
            bytes: 0,
        });
        Ok(())
    }

    pub(super) fn add(
        &mut self,
        id: &str,
        step: BufferedFrame,
        limits: &Limits,
    ) -> Result<(), Violation> {
        let held = self.bytes();
        let transaction = self
            .open
            .iter_mut()
            .find(|open| &*open.id == id)
            .ok_or(Violation::UnknownTransaction)?;
        if transaction.steps.len() >= limits.max_transaction_frames {
            return Err(Violation::TooManyTransactionFrames {
                max: limits.max_transaction_frames,
            });
        }
        let size = step.size();
        if held.saturating_add(size) > limits.max_transaction_bytes {
            return Err(Violation::TransactionsTooLarge {
                max: limits.max_transaction_bytes,
            });
        }
        transaction.bytes = transaction.bytes.saturating_add(size);
        transaction.steps.push(step);
        Ok(())
    }

    /// Ends a transaction and returns its frames in their order: COMMIT executes them, ABORT drops them.
    pub(super) fn end(&mut self, id: &str) -> Result<Vec<BufferedFrame>, Violation> {
        let index = self
            .open
            .iter()
            .position(|open| &*open.id == id)
            .ok_or(Violation::UnknownTransaction)?;
        Ok(self.open.swap_remove(index).steps)
    }

    pub(super) fn bytes(&self) -> usize {
        self.open
            .iter()
            .fold(0, |sum, open| sum.saturating_add(open.bytes))
    }
}
