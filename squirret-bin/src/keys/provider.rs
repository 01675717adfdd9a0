//! An OpenID provider: its public keys, and what it says of a user.

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use sha2::{Digest, Sha256};
use squirret::{
    UnixMillis,
    auth::{IdToken, IdTokenError, IdTokenRules, KeyError, KeyRing, VerifyError, verify_id_token},
};
use tokio::{sync::Mutex, time::Instant};
use uuid::Uuid;

use super::{
    ReloadSignal,
    fetch::{FetchError, fetch},
    warn_of_skipped,
};
use crate::config::{AuthConfig, HttpAddress, KeySource};

/// Tokens of unknown keys make us ask the provider again, at most this often.
const ASK_INTERVAL: Duration = Duration::from_secs(30);

/// Separates the ids of a provider's users from other hashes.
const USER_NAMESPACE: &str = "squirret openid user";

/// After a failure an address is asked again after this.
const RETRY: Duration = Duration::from_secs(30);

/// Why a provider's keys are not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ProviderError {
    /// The file cannot be read.
    #[error("auth.oidc_keys: {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The address does not answer.
    #[error("auth.oidc_keys: {address}: {source}")]
    Fetch {
        /// Which.
        address: String,
        /// Why.
        source: FetchError,
    },
    /// What was read is no set of keys.
    #[error("auth.oidc_keys: {0}")]
    Keys(#[from] KeyError),
}

/// Why an ID token was not believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Refusal {
    /// It is no good.
    #[error(transparent)]
    Token(#[from] IdTokenError),
    /// The provider's keys have not been read yet.
    #[error("the identity provider's keys could not be read yet")]
    NoKeys,
}

/// The provider whose ID tokens are asked for.
#[derive(Debug)]
pub(crate) struct Provider {
    rules: IdTokenRules,
    source: KeySource,
    refresh: Duration,
    check: Duration,
    keys: ArcSwapOption<KeyRing>,
    /// When the keys were last asked for.
    asked: Mutex<Option<Instant>>,
}

impl Provider {
    /// As configured; `None` without an issuer. A file's keys are read at once, an address is asked later.
    ///
    /// # Errors
    /// [`ProviderError`] when the file cannot be used.
    pub(crate) fn new(config: &AuthConfig) -> Result<Option<Self>, ProviderError> {
        let (Some(issuer), Some(audience), Some(source)) = (
            &config.oidc_issuer,
            &config.oidc_audience,
            &config.oidc_keys,
        ) else {
            return Ok(None);
        };
        let keys = match source {
            KeySource::File(path) => Some(Arc::new(read(path)?)),
            KeySource::Url(_) => None,
        };
        Ok(Some(Self {
            rules: IdTokenRules {
                issuer: issuer.clone(),
                audience: audience.clone(),
            },
            source: source.clone(),
            refresh: config.oidc_refresh.max(Duration::from_secs(1)),
            check: config.key_check.max(Duration::from_millis(10)),
            keys: ArcSwapOption::new(keys),
            asked: Mutex::new(None),
        }))
    }

    /// What an ID token says of its user. One whose key is not known makes us ask the provider again.
    ///
    /// # Errors
    /// [`Refusal`] when it is no good, or when there are no keys to tell.
    pub(crate) async fn verify(&self, token: &str, now: UnixMillis) -> Result<IdToken, Refusal> {
        match self.check(token, now) {
            Err(Refusal::NoKeys | Refusal::Token(IdTokenError::Token(VerifyError::UnknownKey))) => {
                self.ask_again().await;
                self.check(token, now)
            }
            told => told,
        }
    }

    /// The id that a user of this provider has here: the subject if it is a UUID, else one made of the issuer and the
    /// subject, the same each time.
    pub(crate) fn user_of(&self, subject: &str) -> Uuid {
        Uuid::try_parse(subject).unwrap_or_else(|_| {
            let mut hash = Sha256::new_with_prefix(USER_NAMESPACE);
            for part in [self.rules.issuer.as_str(), subject] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&hash.finalize()[..16]);
            // Version 8: made by rules of our own (RFC 9562, section 5.8).
            uuid::Builder::from_custom_bytes(bytes).into_uuid()
        })
    }

    fn check(&self, token: &str, now: UnixMillis) -> Result<IdToken, Refusal> {
        let keys = self.keys.load_full().ok_or(Refusal::NoKeys)?;
        Ok(verify_id_token(token, &keys, &self.rules, now)?)
    }

    /// Keeps the keys fresh, for ever; at a SIGHUP at once.
    pub(crate) async fn run(&self, mut hangups: ReloadSignal) {
        loop {
            let wait = match (self.renew().await, &self.source) {
                (_, KeySource::File(_)) => self.check,
                (true, KeySource::Url(_)) => self.refresh,
                (false, KeySource::Url(_)) => RETRY.min(self.refresh),
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = hangups.next() => {}
            }
        }
    }

    async fn ask_again(&self) {
        // Whoever waits here waits for the answer to somebody else's question.
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|at| at.elapsed() >= ASK_INTERVAL) {
            self.load().await;
            *asked = Some(Instant::now());
        }
    }

    async fn renew(&self) -> bool {
        let mut asked = self.asked.lock().await;
        let fine = self.load().await;
        *asked = Some(Instant::now());
        fine
    }

    /// Reads the keys; old ones stay when new ones cannot be read.
    async fn load(&self) -> bool {
        let read = match &self.source {
            KeySource::File(path) => read(path),
            KeySource::Url(address) => fetched(address).await,
        };
        match read {
            Ok(keys) => self.keys.store(Some(Arc::new(keys))),
            Err(error) => {
                tracing::warn!(%error, "the identity provider's keys could not be read");
                return false;
            }
        }
        true
    }
}

fn read(path: &PathBuf) -> Result<KeyRing, ProviderError> {
    let failed = |source| ProviderError::File {
        path: path.clone(),
        source,
    };
    let (ring, skipped) = KeyRing::read_jwks(&std::fs::read(path).map_err(failed)?)?;
    warn_of_skipped(&path.display(), &skipped);
    Ok(ring)
}

async fn fetched(address: &HttpAddress) -> Result<KeyRing, ProviderError> {
    let failed = |source| ProviderError::Fetch {
        address: address.to_string(),
        source,
    };
    let (ring, skipped) = KeyRing::read_jwks(&fetch(address).await.map_err(failed)?)?;
    warn_of_skipped(address, &skipped);
    Ok(ring)
}
