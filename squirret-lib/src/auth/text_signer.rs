//! Signatures of texts other than tokens, by the same keys: for links that anybody may hold and nobody can change.

use super::{IssueError, JwtService};

/// The prefix of every signed text. A token's signing input contains neither spaces nor line ends, so the signature of a
/// text is never valid for a token, nor the other way round.
const PURPOSE: &str = "sealed text\n";

/// Maximum size of a signature with its key id and a dot.
const MAX_SIGNATURE_BYTES: usize = 512;

/// Signs texts and verifies its own signatures.
pub trait TextSigner: Send + Sync + std::fmt::Debug {
    /// Returns the signature of `text` as `KID.SIGNATURE`. The signature is base64url; the key id may need percent encoding
    /// in a URL.
    ///
    /// # Errors
    /// [`IssueError`] when no key can sign.
    fn sign_text(&self, text: &str) -> Result<String, IssueError>;

    /// Whether `signature` was made for exactly this text by a key that is still in use.
    fn is_signed(&self, text: &str, signature: &str) -> bool;
}

impl TextSigner for JwtService {
    fn sign_text(&self, text: &str) -> Result<String, IssueError> {
        let ring = self.ring();
        let key = ring.signer().ok_or(IssueError::NoSigningKey)?;
        let signature = key.sign(&prefixed(text)).ok_or(IssueError::Signing)?;
        Ok(format!("{}.{signature}", key.kid()))
    }

    fn is_signed(&self, text: &str, signature: &str) -> bool {
        if signature.len() > MAX_SIGNATURE_BYTES {
            return false;
        }
        let Some((kid, signature)) = signature.rsplit_once('.') else {
            return false;
        };
        self.ring()
            .of_kid(kid)
            .any(|key| key.verifies(&prefixed(text), signature))
    }
}

fn prefixed(text: &str) -> Vec<u8> {
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
    fn a_signature_holds_for_its_text_only() {
        let pair = Key::from_pem("ec", ec_private().as_bytes()).unwrap();
        for service in [service([secret("a", 1)]), service([pair])] {
            let seal = service.sign_text("report 1 until 5").unwrap();
            assert!(service.is_signed("report 1 until 5", &seal));
            assert!(!service.is_signed("report 1 until 6", &seal));
            for wrong in [
                "",
                ".",
                "a.",
                "b.AAAA",
                &seal[1..],
                &format!("{seal}A"),
                &seal[..seal.len() - 1],
            ] {
                assert!(!service.is_signed("report 1 until 5", wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn an_older_key_still_counts_and_another_one_does_not() {
        let old = service([secret("old", 1)]);
        let seal = old.sign_text("text").unwrap();
        assert!(service([secret("new", 2), secret("old", 1)]).is_signed("text", &seal));
        assert!(!service([secret("old", 2)]).is_signed("text", &seal));
    }

    #[test]
    fn a_text_signature_signs_no_token_and_a_token_signs_no_text() {
        let service = service([secret("a", 1)]);
        let grant = Grant {
            subject: "s".into(),
            audience: Audience::StompWs,
            role: Role::Guest,
            user: None,
        };
        let token = service.issue(&grant, UnixMillis(0)).unwrap();
        let (signed, signature) = token.as_str().rsplit_once('.').unwrap();
        assert!(!service.is_signed(signed, &format!("a.{signature}")));
        let seal = service.sign_text(signed).unwrap();
        let forged = format!("{signed}.{}", seal.rsplit_once('.').unwrap().1);
        let verified = service.verify(&forged, Audience::StompWs, UnixMillis(0));
        assert_eq!(verified, Err(VerifyError::Signature));
    }
}
