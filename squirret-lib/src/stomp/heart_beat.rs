//! Line ends that show that a silent side still lives (STOMP 1.2, "Heart-beating").

use std::time::{Duration, Instant};

/// What one side offers: how often it can send, how often it wants to receive. Zero is never.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Offer {
    pub(super) sends: Duration,
    pub(super) wants: Duration,
}

impl Offer {
    /// Reads the `heart-beat` header: two numbers of milliseconds. No header is `0,0`.
    pub(super) fn parse(header: Option<&str>) -> Option<Self> {
        let Some(header) = header else {
            return Some(Self::default());
        };
        let (sends, wants) = header.split_once(',')?;
        Some(Self {
            sends: millis(sends)?,
            wants: millis(wants)?,
        })
    }
}

fn millis(number: &str) -> Option<Duration> {
    let digits = number.trim();
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More than 49 days is never in practice, and no error.
    valid.then(|| Duration::from_millis(digits.parse().unwrap_or(u32::MAX).into()))
}

/// Silences that a client may last, in intervals: late timers and slow networks are no deaths.
const TOLERATED_INTERVALS: u32 = 2;

/// Both directions of one connection.
#[derive(Debug)]
pub(super) struct HeartBeat {
    send_every: Option<Duration>,
    expect_every: Option<Duration>,
    last_sent: Instant,
    last_received: Instant,
}

impl HeartBeat {
    /// No heart-beats, as before CONNECTED and in 1.0.
    pub(super) const fn off(now: Instant) -> Self {
        Self {
            send_every: None,
            expect_every: None,
            last_sent: now,
            last_received: now,
        }
    }

    /// Each direction beats at the slower of what one side can and the other wants.
    pub(super) fn agree(server: Offer, client: Offer, now: Instant) -> Self {
        let slower = |sends: Duration, wants: Duration| {
            (!sends.is_zero() && !wants.is_zero()).then(|| sends.max(wants))
        };
        Self {
            send_every: slower(server.sends, client.wants),
            expect_every: slower(client.sends, server.wants),
            ..Self::off(now)
        }
    }

    pub(super) const fn sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    pub(super) const fn received(&mut self, now: Instant) {
        self.last_received = now;
    }

    /// When the next of ours is due: a tenth early, so that it arrives in time.
    pub(super) fn send_at(&self) -> Option<Instant> {
        self.last_sent
            .checked_add(self.send_every?.saturating_mul(9).checked_div(10)?)
    }

    /// When a silent peer counts as gone.
    pub(super) fn dead_at(&self) -> Option<Instant> {
        self.last_received
            .checked_add(self.expect_every?.saturating_mul(TOLERATED_INTERVALS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn offer(sends: u64, wants: u64) -> Offer {
        Offer {
            sends: Duration::from_millis(sends),
            wants: Duration::from_millis(wants),
        }
    }

    #[test]
    fn the_header_is_two_numbers_of_milliseconds() {
        assert_eq!(Offer::parse(Some("10000,5000")), Some(offer(10_000, 5_000)));
        assert_eq!(Offer::parse(Some(" 0 , 1 ")), Some(offer(0, 1)));
        assert_eq!(Offer::parse(None), Some(offer(0, 0)));
        for bad in ["", "1", "1,", "-1,1", "a,b", "1,2,3", "1.5,2"] {
            assert_eq!(Offer::parse(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn a_number_beyond_any_clock_is_never() {
        let client = Offer::parse(Some("99999999999999999999,0")).unwrap();
        assert_eq!(client, offer(u32::MAX.into(), 0));
    }

    #[test]
    fn each_direction_beats_at_the_slower_of_the_two() {
        let now = super::super::tests::start();
        let agreed = HeartBeat::agree(offer(10_000, 10_000), offer(20_000, 5_000), now);
        assert_eq!(agreed.send_every, Some(Duration::from_secs(10)));
        assert_eq!(agreed.expect_every, Some(Duration::from_secs(20)));
        let silent = HeartBeat::agree(offer(10_000, 10_000), offer(0, 0), now);
        assert_eq!((silent.send_at(), silent.dead_at()), (None, None));
    }
}
