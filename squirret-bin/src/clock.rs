//! The server's time: it runs evenly, whatever is done to the machine's clock.
//!
//! Everything that waits, expires or measures uses [`Time::now`]: the machine's clock as it was at the start, carried
//! on by the monotonic clock. Only what people and other programs read (stamps, `iat` and `exp` of tokens, days of
//! usage) is wall time, and [`Time::stamp`] makes it. When the machine's clock is stepped, nothing that runs notices;
//! stamps follow the new clock, and tokens that were issued by the old one stay good to their end.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use squirret::{
    Clock, UnixMillis,
    auth::{Audience, Claims, Grant, IssueError, TextSigner, Token, TokenService, VerifyError},
};

/// A smaller difference from the expected wall time is drift, and is followed without a word, ms.
const STEP: i64 = 1_000;

/// A still smaller one is left alone: two clocks are never read at the same moment, and stamps must not jitter, ms.
const JITTER: i64 = 250;

/// So long after a step no token that was issued before it can still be good, ms: its life of 15 minutes, 5 minutes of
/// grace for a refresh, and the leeway.
const TOKEN_LIFE: i64 = (15 + 5) * 60_000 + 60_000;

/// Steps that are remembered; a clock that is stepped more often within [`TOKEN_LIFE`] loses the oldest.
const MAX_STEPS: usize = 16;

/// Two readings of one clock further apart than this do not enclose a reading of the other, ms.
const SLOW_READING: i64 = 100;

/// How often it is looked whether the clock was stepped.
const LOOK: Duration = Duration::from_secs(1);

/// The machine's clock.
#[derive(Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that starts at the wall time and then runs evenly.
#[derive(Debug)]
pub(crate) struct SteadyClock {
    start: Instant,
    epoch: UnixMillis,
}

impl SteadyClock {
    /// Starts at what `wall` reads.
    pub(crate) fn new(wall: &dyn Clock) -> Self {
        Self {
            start: Instant::now(),
            epoch: wall.now(),
        }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.epoch.plus(elapsed)
    }
}

/// Steady time, and what the machine's clock makes of it.
#[derive(Debug)]
pub(crate) struct Time {
    steady: Arc<dyn Clock>,
    wall: Arc<dyn Clock>,
    steps: Mutex<Steps>,
}

/// The differences between the two clocks, wall minus steady, ms.
#[derive(Debug)]
struct Steps {
    offset: i64,
    /// Earlier differences and when, by the steady clock, they ended; newest last.
    earlier: VecDeque<(i64, UnixMillis)>,
}

impl Time {
    /// Over two clocks that agree at present.
    pub(crate) fn new(steady: Arc<dyn Clock>, wall: Arc<dyn Clock>) -> Self {
        let offset = wall.now().since(steady.now());
        let offset = if offset.abs() <= JITTER { 0 } else { offset };
        Self {
            steady,
            wall,
            steps: Mutex::new(Steps {
                offset,
                earlier: VecDeque::new(),
            }),
        }
    }

    /// The steady time, as wall time from the start on.
    pub(crate) fn now(&self) -> UnixMillis {
        self.steady.now()
    }

    /// The wall time of a steady moment, by the machine's clock as it goes now.
    pub(crate) fn stamp(&self, moment: UnixMillis) -> UnixMillis {
        moment.plus(self.offset())
    }

    /// The wall time now.
    pub(crate) fn stamp_now(&self) -> UnixMillis {
        self.stamp(self.now())
    }

    /// Wall time minus steady time, ms. A step of the machine's clock is recorded and logged by whoever sees it first.
    fn offset(&self) -> i64 {
        let Some((offset, now)) = self.compare() else {
            return self.steps.lock().offset;
        };
        let mut steps = self.steps.lock();
        let stepped = offset.saturating_sub(steps.offset);
        if stepped.abs() <= JITTER {
            return steps.offset;
        }
        if stepped.abs() > STEP {
            let left = steps.offset;
            steps.earlier.push_back((left, now));
            if steps.earlier.len() > MAX_STEPS {
                steps.earlier.pop_front();
            }
            tracing::warn!(
                seconds = stepped as f64 / 1e3,
                "the machine's clock was stepped; what runs goes on, stamps follow the new time"
            );
        }
        steps.offset = offset;
        offset
    }

    /// The difference of the clocks and the steady time; `None` when this thread was held up between the readings.
    fn compare(&self) -> Option<(i64, UnixMillis)> {
        for _ in 0..3 {
            let (before, wall, after) = (self.steady.now(), self.wall.now(), self.steady.now());
            if after.since(before) <= SLOW_READING {
                return Some((wall.since(after), after));
            }
        }
        None
    }

    /// Differences by which tokens that are still good may have been issued, newest first; without the present one.
    fn earlier(&self, now: UnixMillis) -> Vec<i64> {
        let mut steps = self.steps.lock();
        while steps
            .earlier
            .front()
            .is_some_and(|(_, left)| now.since(*left) > TOKEN_LIFE)
        {
            steps.earlier.pop_front();
        }
        let newest_first = steps.earlier.iter().rev();
        newest_first.map(|(offset, _)| *offset).collect()
    }

    /// Looks for steps, for ever.
    pub(crate) async fn watch(&self) {
        let mut each = tokio::time::interval(LOOK);
        loop {
            each.tick().await;
            let _ = self.offset();
        }
    }
}

impl Clock for Time {
    fn now(&self) -> UnixMillis {
        self.steady.now()
    }
}

/// Issues and checks tokens for callers that know steady time only: in tokens stands wall time, in the claims that come
/// out stands steady time again. A token that a step of the clock would end, or put into the future, counts for as long
/// as it would have without the step.
#[derive(Debug)]
pub(crate) struct SteadyTokens {
    tokens: Arc<dyn TokenService>,
    time: Arc<Time>,
}

impl SteadyTokens {
    /// Over a service that reads wall time.
    pub(crate) const fn new(tokens: Arc<dyn TokenService>, time: Arc<Time>) -> Self {
        Self { tokens, time }
    }
}

impl TokenService for SteadyTokens {
    fn issue(&self, grant: &Grant, now: UnixMillis) -> Result<Token, IssueError> {
        self.tokens.issue(grant, self.time.stamp(now))
    }

    fn verify_expired(
        &self,
        token: &str,
        audience: Audience,
        now: UnixMillis,
        grace_seconds: u32,
    ) -> Result<Claims, VerifyError> {
        let at = |offset: i64| {
            let verified =
                self.tokens
                    .verify_expired(token, audience, now.plus(offset), grace_seconds);
            verified.map(|mut claims| {
                claims.issued_at = claims.issued_at.plus(-offset);
                claims.expires_at = claims.expires_at.plus(-offset);
                claims
            })
        };
        let mut refused = match at(self.time.offset()) {
            Err(refused @ (VerifyError::Expired | VerifyError::NotYetValid)) => refused,
            verified => return verified,
        };
        for offset in self.time.earlier(now) {
            match at(offset) {
                Ok(claims) => return Ok(claims),
                // It was good once, which says more than that it is not good yet.
                Err(VerifyError::Expired) => refused = VerifyError::Expired,
                Err(_) => {}
            }
        }
        Err(refused)
    }
}

impl TextSigner for SteadyTokens {
    fn sign_text(&self, text: &str) -> Result<String, IssueError> {
        self.tokens.sign_text(text)
    }

    fn is_signed(&self, text: &str, signature: &str) -> bool {
        self.tokens.is_signed(text, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squirret::auth::{Hs256, Role};
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Debug)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> UnixMillis {
            UnixMillis(self.0.load(Ordering::SeqCst))
        }
    }

    const START: i64 = 1_800_000_000_000;

    fn clocks() -> (Arc<Hand>, Arc<Hand>, Arc<Time>) {
        let [steady, wall] = [(); 2].map(|()| Arc::new(Hand(AtomicI64::new(START))));
        let time = Arc::new(Time::new(
            Arc::<Hand>::clone(&steady),
            Arc::<Hand>::clone(&wall),
        ));
        (steady, wall, time)
    }

    fn pass(clocks: [&Hand; 2], millis: i64) {
        for clock in clocks {
            clock.0.fetch_add(millis, Ordering::SeqCst);
        }
    }

    fn tokens(time: &Arc<Time>) -> (SteadyTokens, String) {
        let service = Hs256::new(&[("1", &[7; 32])]).unwrap();
        let tokens = SteadyTokens::new(Arc::new(service), Arc::clone(time));
        let grant = Grant {
            subject: "s".into(),
            audience: Audience::StompWs,
            role: Role::Guest,
            user: None,
        };
        let token = tokens
            .issue(&grant, time.now())
            .unwrap()
            .as_str()
            .to_owned();
        (tokens, token)
    }

    #[test]
    fn time_goes_on_evenly_and_stamps_follow_a_step() {
        let (_, wall, time) = clocks();
        for step in [
            6_000,
            -6_000,
            3_600_000,
            -3_600_000,
            86_400_000,
            -2 * 86_400_000,
        ] {
            let before = time.now();
            wall.0.fetch_add(step, Ordering::SeqCst);
            assert_eq!(time.now(), before);
            assert_eq!(time.stamp_now(), wall.now(), "{step}");
        }
    }

    #[test]
    fn a_good_token_stays_good_over_a_step_and_ends_when_it_would_have() {
        for step in [
            6_000,
            -6_000,
            3_600_000,
            -3_600_000,
            86_400_000,
            -86_400_000,
        ] {
            let (steady, wall, time) = clocks();
            let (tokens, token) = tokens(&time);
            pass([&*steady, &*wall], 60_000);
            wall.0.fetch_add(step, Ordering::SeqCst);
            let verify = || tokens.verify(&token, Audience::StompWs, time.now());
            let claims = verify().unwrap();
            // A step within the leeway of tokens is told by the new time alone.
            let left = claims.expires_at.since(time.now());
            assert!((left - 14 * 60_000).abs() <= 6_000, "{step}: {left}");
            pass([&*steady, &*wall], 15 * 60_000);
            assert_eq!(verify(), Err(VerifyError::Expired), "{step}");
        }
    }

    #[test]
    fn a_token_that_had_ended_does_not_come_back_with_a_step() {
        let (steady, wall, time) = clocks();
        let (tokens, token) = tokens(&time);
        pass([&*steady, &*wall], 16 * 60_000);
        let verify = || tokens.verify(&token, Audience::StompWs, time.now());
        assert_eq!(verify(), Err(VerifyError::Expired));
        wall.0.fetch_add(86_400_000, Ordering::SeqCst);
        assert_eq!(verify(), Err(VerifyError::Expired));
    }

    #[test]
    fn a_token_of_the_new_time_counts_too() {
        let (steady, wall, time) = clocks();
        wall.0.fetch_add(-3_600_000, Ordering::SeqCst);
        let (tokens, token) = tokens(&time);
        pass([&*steady, &*wall], 60_000);
        assert!(tokens.verify(&token, Audience::StompWs, time.now()).is_ok());
    }
}
