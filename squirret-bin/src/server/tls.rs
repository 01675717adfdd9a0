//! TLS from certificate and key files, read again when they change.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TlsError {
    /// A file is no PEM, or cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: rustls::pki_types::pem::Error,
    },
    /// The key does not fit the certificate, or one of them is no good.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

/// The certificate in force.
#[derive(Clone)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    acceptor: Arc<ArcSwap<rustls::ServerConfig>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be used.
    pub(crate) fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let config = read(certificate, key)?;
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            acceptor: Arc::new(ArcSwap::from_pointee(config)),
        })
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.acceptor.load_full())
    }

    /// Reads the files again whenever they change; what cannot be used is logged and the old pair stays.
    pub(crate) async fn watch(self) {
        let mut seen = self.modified();
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let now = self.modified();
            if now == seen {
                continue;
            }
            match read(&self.certificate, &self.key) {
                Ok(config) => {
                    self.acceptor.store(Arc::new(config));
                    tracing::info!("certificate reloaded");
                    seen = now;
                }
                Err(error) => {
                    tracing::warn!(%error, "the certificate changed and cannot be used; the old one stays")
                }
            }
        }
    }

    fn modified(&self) -> [Option<SystemTime>; 2] {
        let modified = |path: &Path| -> io::Result<SystemTime> { path.metadata()?.modified() };
        [modified(&self.certificate).ok(), modified(&self.key).ok()]
    }
}

fn read(certificate: &Path, key: &Path) -> Result<rustls::ServerConfig, TlsError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(failed(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
