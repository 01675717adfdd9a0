//! Rings of keys.

use super::{Algorithm, Jwk, Jwks, Key, KeyError, SkipReason, SkippedKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys in order: the first that can sign signs, all verify.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Vec<Key>,
}

impl KeyRing {
    /// A ring of at least one key. Two key pairs may have one id if their algorithms differ (RFC 7517, section 4.5).
    ///
    /// # Errors
    /// [`KeyError::Empty`], [`KeyError::DuplicateKid`].
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyError> {
        let keys: Vec<Key> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(KeyError::Empty);
        }
        for (index, key) in keys.iter().enumerate() {
            if keys.iter().take(index).any(|earlier| is_same(earlier, key)) {
                return Err(KeyError::DuplicateKid {
                    kid: key.kid().into(),
                });
            }
        }
        Ok(Self { keys })
    }

    /// All keys in order.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key that signs.
    #[must_use]
    pub fn signer(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.can_sign())
    }

    /// The first key of that id.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&Key> {
        self.of_kid(kid).next()
    }

    /// The keys of that id: one for each algorithm.
    pub(super) fn of_kid(&self, kid: &str) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.kid() == kid)
    }

    /// The keys of a JWKS document that can be used here; others are ignored (RFC 7517, section 5).
    ///
    /// # Errors
    /// As [`Self::read_jwks`].
    pub fn from_jwks(json: &[u8]) -> Result<Self, KeyError> {
        let (ring, _) = Self::read_jwks(json)?;
        Ok(ring)
    }

    /// The keys of a JWKS document that can be used here, and those that cannot, each with the reason. A key without a
    /// `kid` is called by its place in the document, such as `#0`.
    ///
    /// # Errors
    /// [`KeyError::Jwks`] when it is no such document, [`KeyError::Empty`] when no key of it can be used.
    pub fn read_jwks(json: &[u8]) -> Result<(Self, Vec<SkippedKey>), KeyError> {
        let document: Document = serde_json::from_slice(json).map_err(|_| KeyError::Jwks)?;
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (index, value) in document.keys.into_iter().enumerate() {
            let kid = value.get("kid").and_then(Value::as_str).map(str::to_owned);
            match read_key(value, index, &keys) {
                Ok(key) => keys.push(key),
                Err(reason) => skipped.push(SkippedKey { index, kid, reason }),
            }
        }
        Ok((Self::new(keys)?, skipped))
    }

    /// The public keys, for `/.well-known/jwks.json`. Shared secrets are not in it.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        Jwks::new(self.keys.iter().filter_map(Key::public_jwk).collect())
    }
}

/// A JWKS document whose keys are read one by one, so that one that is no key does not spoil the others.
#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

fn read_key(value: Value, index: usize, earlier: &[Key]) -> Result<Key, SkipReason> {
    let jwk: Jwk = serde_json::from_value(value).map_err(|_| SkipReason::Malformed)?;
    jwk.public_key()?;
    let key = Key::from_jwk(&jwk, &format!("#{index}")).map_err(|error| match error {
        KeyError::Kid { .. } => SkipReason::Kid,
        _ => SkipReason::Material,
    })?;
    if earlier.iter().any(|earlier| is_same(earlier, &key)) {
        return Err(SkipReason::Duplicate);
    }
    Ok(key)
}

/// Whether two keys must not stand in one ring: a token could not tell them apart, or one is a shared secret, whose id is
/// an operator's own choice and may not be mistaken for another's.
fn is_same(left: &Key, right: &Key) -> bool {
    let has_secret = [left, right]
        .map(Key::algorithm)
        .contains(&Algorithm::Hs256);
    left.kid() == right.kid() && (left.algorithm() == right.algorithm() || has_secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{ec_private, ed_public};

    fn secret(kid: &str) -> Key {
        Key::hs256(kid, &[7; 32]).unwrap()
    }

    #[test]
    fn a_ring_has_keys_and_their_ids_differ() {
        assert_eq!(KeyRing::new([]).err(), Some(KeyError::Empty));
        let twice = KeyRing::new([secret("a"), secret("a")]);
        assert_eq!(
            twice.err(),
            Some(KeyError::DuplicateKid { kid: "a".into() })
        );
    }

    #[test]
    fn the_first_that_can_sign_signs() {
        let public = Key::from_pem("public", ed_public().as_bytes()).unwrap();
        let ring = KeyRing::new([public.clone(), secret("a"), secret("b")]).unwrap();
        assert_eq!(ring.signer().map(Key::kid), Some("a"));
        assert!(KeyRing::new([public]).unwrap().signer().is_none());
    }

    #[test]
    fn a_jwks_carries_public_keys_there_and_back() {
        let keys = [
            secret("secret"),
            Key::from_pem("ed", ed_public().as_bytes()).unwrap(),
            Key::from_pem("ec", ec_private().as_bytes()).unwrap(),
        ];
        let ring = KeyRing::new(keys).unwrap();
        let json = serde_json::to_string_pretty(&ring.jwks()).unwrap();
        insta::assert_snapshot!(json, @r#"
        {
          "keys": [
            {
              "kty": "OKP",
              "crv": "Ed25519",
              "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
              "kid": "ed",
              "alg": "EdDSA",
              "use": "sig"
            },
            {
              "kty": "EC",
              "crv": "P-256",
              "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
              "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
              "kid": "ec",
              "alg": "ES256",
              "use": "sig"
            }
          ]
        }
        "#);
        let read = KeyRing::from_jwks(json.as_bytes()).unwrap();
        let kinds: Vec<_> = read
            .keys()
            .iter()
            .map(|key| (key.kid(), key.algorithm(), key.can_sign()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("ed", Algorithm::EdDsa, false),
                ("ec", Algorithm::Es256, false)
            ]
        );
        let ec = ring.get("ec").unwrap();
        let signature = ec.sign(b"message").unwrap();
        assert!(read.get("ec").unwrap().verifies(b"message", &signature));
    }

    #[test]
    fn keys_that_cannot_be_used_are_left_out() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let good = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
        for bad in [
            r#"{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
            r#"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
            r#"{"kty":"EC","crv":"P-521","x":"AAAA","y":"AAAA"}"#,
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            r#"{"kty":"RSA"}"#,
            r#"{"kty":"future","thing":[1]}"#,
            &good.replace('}', r#","use":"enc"}"#),
            &good.replace('}', r#","alg":"RS256"}"#),
            &good.replace('}', r#","key_ops":["sign"]}"#),
            &good.replace('}', r#","key_ops":[]}"#),
            r#"{"kty":null,"kid":"a"}"#,
            r#"{"kty":"OKP","kid":7}"#,
            "null",
            "7",
        ] {
            let ring =
                KeyRing::from_jwks(format!(r#"{{"keys":[{bad},{good}]}}"#).as_bytes()).unwrap();
            assert_eq!(
                ring.keys().iter().map(Key::kid).collect::<Vec<_>>(),
                ["#1"],
                "{bad}"
            );
            assert_eq!(
                KeyRing::from_jwks(format!(r#"{{"keys":[{bad}]}}"#).as_bytes()).err(),
                Some(KeyError::Empty)
            );
        }
        assert_eq!(KeyRing::from_jwks(b"[]").err(), Some(KeyError::Jwks));
    }

    #[test]
    fn what_is_left_out_of_a_set_is_named_with_the_reason() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let ed = |more: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{more}}}"#);
        let ec = r#"{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        let keys = [
            ed(r#","kid":"a","alg":"Ed25519","key_ops":["verify"]"#),
            ec.to_owned(),
            ed(r#","kid":"a""#),
            r#"{"kty":null,"kid":"b"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-384","alg":"ES384","kid":"c"}"#.to_owned(),
            r#"{"kty":"RSA","alg":"PS256","kid":"d"}"#.to_owned(),
            ed(r#","key_ops":["encrypt"]"#),
            ed(r#","use":"enc""#),
            ed(r#","kid":"a b""#),
            r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned(),
        ];
        let document = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        let (ring, skipped) = KeyRing::read_jwks(document.as_bytes()).unwrap();
        let used: Vec<_> = ring
            .keys()
            .iter()
            .map(|key| (key.kid(), key.algorithm()))
            .collect();
        assert_eq!(used, [("a", Algorithm::EdDsa), ("a", Algorithm::Es256)]);
        let skipped: Vec<_> = skipped
            .iter()
            .map(|key| (key.index, key.kid.as_deref(), key.reason))
            .collect();
        assert_eq!(
            skipped,
            [
                (2, Some("a"), SkipReason::Duplicate),
                (3, Some("b"), SkipReason::Malformed),
                (4, Some("c"), SkipReason::Kind),
                (5, Some("d"), SkipReason::Algorithm),
                (6, None, SkipReason::Operations),
                (7, None, SkipReason::Purpose),
                (8, Some("a b"), SkipReason::Kid),
                (9, None, SkipReason::Material),
            ]
        );
    }
}
