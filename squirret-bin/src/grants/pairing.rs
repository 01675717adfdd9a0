//! Codes by which a user's second phone signs in: short-lived, good once, made by the first.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

use crate::secret::is_same_secret;

/// How long a code is good.
pub(crate) const LIFE: Duration = Duration::from_secs(300);
/// Wrong codes that a user's code survives: of 32^10 codes nobody guesses the right one in so few attempts.
const MAX_ATTEMPTS: u32 = 100;
/// Codes at once.
const MAX_CODES: usize = 10_000;
/// Characters of a code.
const CODE_CHARS: usize = 10;
/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

#[derive(Debug)]
struct Code {
    text: String,
    until: Instant,
    attempts: u32,
}

/// The codes that are good at present, by user.
#[derive(Debug, Default)]
pub(crate) struct Pairings(Mutex<HashMap<Uuid, Code>>);

impl Pairings {
    /// A new code for this user; the one before it ends. `None` when there are too many.
    pub(crate) fn issue(&self, user: Uuid, now: Instant) -> Option<String> {
        let mut codes = self.0.lock();
        codes.retain(|_, code| code.until > now);
        if codes.len() >= MAX_CODES && !codes.contains_key(&user) {
            return None;
        }
        let text = random_code();
        let code = Code {
            text: text.clone(),
            until: now + LIFE,
            attempts: 0,
        };
        codes.insert(user, code);
        Some(text)
    }

    /// Uses a code up; `false` when it is not this user's.
    pub(crate) fn redeem(&self, user: Uuid, given: &str, now: Instant) -> bool {
        let mut codes = self.0.lock();
        let Some(code) = codes.get_mut(&user).filter(|code| now < code.until) else {
            return false;
        };
        let given = given.trim().to_ascii_uppercase();
        let right = is_same_secret(&given, &code.text);
        code.attempts += 1;
        if right || code.attempts >= MAX_ATTEMPTS {
            codes.remove(&user);
        }
        right
    }
}

fn random_code() -> String {
    // The last bytes of a random UUID, of which none is fixed.
    let [one, two] = [Uuid::new_v4(), Uuid::new_v4()].map(|id| id.into_bytes());
    let bytes = one[10..].iter().chain(&two[10..]);
    bytes
        .take(CODE_CHARS)
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: Uuid = Uuid::from_u128(7);

    #[test]
    fn a_code_is_good_once_for_its_user_and_for_five_minutes() {
        let (pairings, now) = (Pairings::default(), Instant::now());
        let code = pairings.issue(USER, now).unwrap();
        assert_eq!(code.len(), CODE_CHARS);
        assert!(!pairings.redeem(Uuid::from_u128(8), &code, now));
        assert!(pairings.redeem(USER, &format!(" {} ", code.to_lowercase()), now));
        assert!(!pairings.redeem(USER, &code, now));
        let late = pairings.issue(USER, now).unwrap();
        assert!(!pairings.redeem(USER, &late, now + LIFE));
    }

    #[test]
    fn a_newer_code_ends_the_older_and_guessing_ends_both() {
        let (pairings, now) = (Pairings::default(), Instant::now());
        let older = pairings.issue(USER, now).unwrap();
        let newer = pairings.issue(USER, now).unwrap();
        assert!(!pairings.redeem(USER, &older, now));
        for _ in 1..MAX_ATTEMPTS {
            assert!(!pairings.redeem(USER, "guess", now));
        }
        assert!(!pairings.redeem(USER, &newer, now));
    }
}
