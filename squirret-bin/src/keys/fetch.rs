//! A small document by HTTP.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode,
    client::conn::http1::handshake,
    header::{ACCEPT, HOST},
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::config::HttpAddress;

/// The whole exchange, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest document, bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FetchError {
    /// It took too long.
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    /// No connection.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The machine has no roots of trust.
    #[error(
        "this machine has no certificates of authorities; SSL_CERT_FILE may name a file of them"
    )]
    NoRoots,
    /// The name cannot stand in a certificate.
    #[error("the host name cannot be verified")]
    Name,
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// No HTTP.
    #[error(transparent)]
    Http(#[from] hyper::Error),
    /// A request that cannot be made.
    #[error(transparent)]
    Request(#[from] hyper::http::Error),
    /// Another answer than 200.
    #[error("answered {0}")]
    Status(StatusCode),
    /// Too long, or cut off.
    #[error("the answer cannot be read, or has more than {MAX_BYTES} bytes")]
    Body,
}

/// Fetches a document.
///
/// # Errors
/// [`FetchError`] unless it arrives whole, with status 200, and in time.
pub(super) async fn fetch(address: &HttpAddress) -> Result<Bytes, FetchError> {
    timeout(TIMEOUT, connect_and_ask(address))
        .await
        .map_err(|_| FetchError::Timeout)?
}

async fn connect_and_ask(address: &HttpAddress) -> Result<Bytes, FetchError> {
    let tcp = TcpStream::connect((&*address.host, address.port)).await?;
    if !address.tls {
        return ask(address, tcp).await;
    }
    let name = ServerName::try_from(address.host.clone()).map_err(|_| FetchError::Name)?;
    let tls = TlsConnector::from(client()?).connect(name, tcp).await?;
    ask(address, tls).await
}

async fn ask(
    address: &HttpAddress,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Bytes, FetchError> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let uri = &address.uri;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |name| name.as_str());
    let request = Request::get(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let body = Limited::new(response.into_body(), MAX_BYTES)
        .collect()
        .await;
    connection.abort();
    Ok(body.map_err(|_| FetchError::Body)?.to_bytes())
}

/// Where systems keep the certificates of the authorities that they trust: Debian, Fedora, Alpine and macOS.
const BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The authorities of the file that `SSL_CERT_FILE` names, else those that this machine trusts.
fn roots() -> rustls::RootCertStore {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let bundle = named.or_else(|| BUNDLES.iter().map(PathBuf::from).find(|path| path.exists()));
    let mut roots = rustls::RootCertStore::empty();
    if let Some(Ok(certificates)) = bundle.map(CertificateDer::pem_file_iter) {
        roots.add_parsable_certificates(certificates.flatten());
    }
    roots
}

fn client() -> Result<Arc<rustls::ClientConfig>, FetchError> {
    let roots = roots();
    if roots.is_empty() {
        return Err(FetchError::NoRoots);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
