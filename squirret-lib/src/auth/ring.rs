//! Rings of keys.

use super::{Jwks, Key, KeyError};

/// Keys in order: the first that can sign signs, all verify.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Vec<Key>,
}

impl KeyRing {
    /// A ring of at least one key; ids are unique.
    ///
    /// # Errors
    /// [`KeyError::Empty`], [`KeyError::DuplicateKid`].
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyError> {
        let keys: Vec<Key> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(KeyError::Empty);
        }
        for (index, key) in keys.iter().enumerate() {
            if keys
                .iter()
                .take(index)
                .any(|earlier| earlier.kid() == key.kid())
            {
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

    /// The key of that id.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid() == kid)
    }

    /// The keys of a JWKS document that can be used here (RFC 7517, section 5: others are to be ignored).
    ///
    /// # Errors
    /// [`KeyError::Jwks`] when it is none, [`KeyError::Empty`] when no key of it can be used,
    /// [`KeyError::DuplicateKid`].
    pub fn from_jwks(json: &[u8]) -> Result<Self, KeyError> {
        let jwks: Jwks = serde_json::from_slice(json).map_err(|_| KeyError::Jwks)?;
        let named = jwks.keys().iter().enumerate();
        Self::new(named.filter_map(|(index, jwk)| Key::from_jwk(jwk, &format!("#{index}")).ok()))
    }

    /// The public keys, for `/.well-known/jwks.json`. Shared secrets are not in it.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        Jwks::new(self.keys.iter().filter_map(Key::public_jwk).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{
        Algorithm,
        testing::{ec_private, ed_public},
    };

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
}
