//! Keys: those that our tokens are signed and checked with, and those of an OpenID provider. Both are read again while
//! the server runs.

mod fetch;
mod folder;
mod provider;
mod reload;
mod stored;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use folder::{Folder, FolderError, State};
use squirret::auth::{Jwks, JwtService, Key, KeyError, KeyRing, SkippedKey, TokenService};
use stored::StoredSecretError;
use uuid::Uuid;

use crate::config::AuthConfig;
pub(crate) use provider::{Provider, ProviderError, Refusal};
pub(crate) use reload::ReloadSignal;

/// Names the keys of a set that are not used, so that an operator sees why a token of theirs is refused.
fn warn_of_skipped(source: &dyn std::fmt::Display, skipped: &[SkippedKey]) {
    for SkippedKey {
        index, kid, reason, ..
    } in skipped
    {
        // Strangers write these: quoted, and cut.
        let kid = kid
            .as_deref()
            .map(|kid| &kid[..kid.floor_char_boundary(64)]);
        tracing::warn!(%source, index, ?kid, %reason, "a key of this set is not used");
    }
}

/// Why there are no keys to work with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KeysError {
    /// The folder or a file in it.
    #[error("auth.key_dir: {0}")]
    Folder(#[from] FolderError),
    /// A secret of the configuration, or two keys of one id.
    #[error("auth: {0}")]
    Key(#[from] KeyError),
    /// The secret in the data folder.
    #[error("data.dir: {0}")]
    Stored(#[from] StoredSecretError),
    /// Public keys only, where tokens are issued.
    #[error(
        "auth.key_dir: {folder} holds no private key or secret, and the control plane has to sign tokens"
    )]
    NoSigner {
        /// Which folder.
        folder: String,
    },
}

/// The keys of our tokens. The first that can sign signs, all are accepted: those of `auth.key_dir`, the last by name
/// first, then `auth.secret` and `auth.old_secrets`. Without any of them, a secret in the data folder.
#[derive(Debug)]
pub(crate) struct Keys {
    service: Arc<JwtService>,
    config: AuthConfig,
    data_dir: Option<PathBuf>,
    folder: Option<Folder>,
    /// What the folder looked like when it was read.
    first: State,
    must_sign: bool,
}

impl Keys {
    /// Reads all keys; `must_sign`: tokens are issued here. `data_dir` keeps the secret of a
    /// server without keys; `None`: it ends with the process.
    ///
    /// # Errors
    /// [`KeysError`] for a key that cannot be used, or when none can sign but must.
    pub(crate) fn load(
        config: &AuthConfig,
        must_sign: bool,
        data_dir: Option<&Path>,
    ) -> Result<Self, KeysError> {
        let folder = config.key_dir.clone().map(Folder::new);
        // Looked at before it is read: what changes in between is read again.
        let first = folder.as_ref().map(Folder::state).unwrap_or_default();
        let ring = ring(config, folder.as_ref(), must_sign, data_dir)?;
        Ok(Self {
            service: Arc::new(JwtService::new(ring)),
            config: config.clone(),
            data_dir: data_dir.map(Path::to_owned),
            folder,
            first,
            must_sign,
        })
    }

    /// What issues and checks tokens.
    pub(crate) fn tokens(&self) -> Arc<dyn TokenService> {
        Arc::clone(&self.service) as Arc<dyn TokenService>
    }

    /// The public keys among them.
    pub(crate) fn public(&self) -> Jwks {
        self.service.ring().jwks()
    }

    /// Reads the folder again whenever it changed, and at each SIGHUP. What cannot be used is logged, and the old keys
    /// stay.
    pub(crate) async fn watch(&self, mut hangups: ReloadSignal) {
        let Some(folder) = &self.folder else {
            return std::future::pending().await;
        };
        let mut each = tokio::time::interval(self.config.key_check.max(Duration::from_millis(10)));
        let mut seen = self.first.clone();
        loop {
            let asked = tokio::select! {
                _ = each.tick() => false,
                () = hangups.next() => true,
            };
            let now = folder.state();
            if !asked && now == seen {
                continue;
            }
            match ring(
                &self.config,
                Some(folder),
                self.must_sign,
                self.data_dir.as_deref(),
            ) {
                Ok(ring) => {
                    let signs = ring.signer().map_or("none", Key::kid);
                    tracing::info!(keys = ring.keys().len(), signs, "keys read again");
                    self.service.rotate(ring);
                }
                Err(error) => {
                    tracing::warn!(%error, "the keys changed and cannot be used; the old ones stay")
                }
            }
            // A file that is half written now is another one at the next look.
            seen = now;
        }
    }
}

fn ring(
    config: &AuthConfig,
    folder: Option<&Folder>,
    must_sign: bool,
    data_dir: Option<&Path>,
) -> Result<KeyRing, KeysError> {
    let mut keys = folder.map(Folder::read).transpose()?.unwrap_or_default();
    if let Some(secret) = &config.secret {
        keys.push(Key::hs256(&config.key_id, secret.reveal().as_bytes())?);
    } else if keys.is_empty() && folder.is_none() {
        keys.push(Key::hs256(
            &config.key_id,
            &unconfigured(data_dir, must_sign)?,
        )?);
    }
    for old in &config.old_secrets {
        if let Some((id, secret)) = old.reveal().split_once(':') {
            keys.push(Key::hs256(id, secret.as_bytes())?);
        }
    }
    let ring = KeyRing::new(keys)?;
    match folder {
        Some(folder) if must_sign && ring.signer().is_none() => Err(KeysError::NoSigner {
            folder: folder.path().display().to_string(),
        }),
        _ => Ok(ring),
    }
}

/// Returns the secret of the data folder. Where nothing can be kept, and where no tokens are issued, returns a random
/// one that ends with the process.
fn unconfigured(data_dir: Option<&Path>, must_sign: bool) -> Result<Vec<u8>, KeysError> {
    if let Some(folder) = data_dir.filter(|_| must_sign) {
        match stored::secret(folder) {
            Ok(secret) => return Ok(secret.into_bytes()),
            Err(error @ StoredSecretError::Short { .. }) => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "the secret of tokens cannot be kept"),
        }
    }
    tracing::warn!("auth.secret (JWT_SECRET) is not set: tokens end with this process");
    let random = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes);
    Ok(random.as_flattened().to_vec())
}

#[cfg(test)]
mod tests;
