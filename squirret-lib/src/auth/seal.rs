//! Seals: signatures of other texts than tokens, by the same keys. A link that anybody may hold and nobody change.

use super::{IssueError, JwtService};

/// What every sealed text begins with. A token's signed part has neither blanks nor line ends, so that a seal is never
/// a token's signature, nor the other way round.
const PURPOSE: &str = "sealed text\n";

/// Longest seal: a key id, a dot, a signature.
const MAX_SEAL_BYTES: usize = 512;

/// Seals texts and knows its own seals.
pub trait Sealer: Send + Sync + std::fmt::Debug {
    /// The seal of `text`: key id and signature, of characters that stand in a URL as they are unless the key id has
    /// others.
    ///
    /// # Errors
    /// [`IssueError`] without a key that can sign.
    fn seal(&self, text: &str) -> Result<String, IssueError>;

    /// Whether `seal` is one of ours for this very text, by any key that still counts.
    fn is_sealed(&self, text: &str, seal: &str) -> bool;
}

impl Sealer for JwtService {
    fn seal(&self, text: &str) -> Result<String, IssueError> {
        let ring = self.ring();
        let key = ring.signer().ok_or(IssueError::NoSigningKey)?;
        let signature = key.sign(&sealed(text)).ok_or(IssueError::Signing)?;
        Ok(format!("{}.{signature}", key.kid()))
    }

    fn is_sealed(&self, text: &str, seal: &str) -> bool {
        let Some((kid, signature)) = seal.rsplit_once('.') else {
            return false;
        };
        seal.len() <= MAX_SEAL_BYTES
            && self
                .ring()
                .of_kid(kid)
                .any(|key| key.verifies(&sealed(text), signature))
    }
}

fn sealed(text: &str) -> Vec<u8> {
    [PURPOSE, text].concat().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        UnixMillis,
        auth::{
            Audience, Grant, Key, KeyRing, Role, TokenService, VerifyError, testing::ec_private,
        },
    };

    fn secret(kid: &str, byte: u8) -> Key {
        Key::hs256(kid, &[byte; 32]).unwrap()
    }

    fn service(keys: impl IntoIterator<Item = Key>) -> JwtService {
        JwtService::new(KeyRing::new(keys).unwrap())
    }

    #[test]
    fn a_seal_holds_for_its_text_only() {
        let pair = Key::from_pem("ec", ec_private().as_bytes()).unwrap();
        for service in [service([secret("a", 1)]), service([pair])] {
            let seal = service.seal("report 1 until 5").unwrap();
            assert!(service.is_sealed("report 1 until 5", &seal));
            assert!(!service.is_sealed("report 1 until 6", &seal));
            for wrong in [
                "",
                ".",
                "a.",
                "b.AAAA",
                &seal[1..],
                &format!("{seal}A"),
                &seal[..seal.len() - 1],
            ] {
                assert!(!service.is_sealed("report 1 until 5", wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn an_older_key_still_counts_and_another_one_does_not() {
        let old = service([secret("old", 1)]);
        let seal = old.seal("text").unwrap();
        assert!(service([secret("new", 2), secret("old", 1)]).is_sealed("text", &seal));
        assert!(!service([secret("old", 2)]).is_sealed("text", &seal));
    }

    #[test]
    fn a_seal_signs_no_token_and_a_token_is_no_seal() {
        let service = service([secret("a", 1)]);
        let grant = Grant {
            subject: "s".into(),
            audience: Audience::StompWs,
            role: Role::Guest,
            user: None,
        };
        let token = service.issue(&grant, UnixMillis(0)).unwrap();
        let (signed, signature) = token.as_str().rsplit_once('.').unwrap();
        assert!(!service.is_sealed(signed, &format!("a.{signature}")));
        let seal = service.seal(signed).unwrap();
        let forged = format!("{signed}.{}", seal.rsplit_once('.').unwrap().1);
        let verified = service.verify(&forged, Audience::StompWs, UnixMillis(0));
        assert_eq!(verified, Err(VerifyError::Signature));
    }
}
