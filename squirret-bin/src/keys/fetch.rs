//! A small document by HTTP.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode, Uri,
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

/// The whole exchange, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest document, bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Where a document is: by HTTPS, or by HTTP on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    uri: Uri,
    host: String,
    port: u16,
    tls: bool,
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RULE: &str = "must be a file, an https:// address, or http:// on this machine";
        let uri: Uri = text.parse().map_err(|_| RULE)?;
        let host = uri.host().ok_or(RULE)?.trim_matches(['[', ']']).to_owned();
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if matches!(&*host, "localhost" | "127.0.0.1" | "::1") => false,
            _ => return Err(RULE),
        };
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        if uri
            .authority()
            .is_some_and(|name| name.as_str().contains('@'))
        {
            return Err(RULE);
        }
        Ok(Self {
            uri,
            host,
            port,
            tls,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

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

impl Address {
    /// The document.
    ///
    /// # Errors
    /// [`FetchError`] when it does not come whole, with 200, and in time.
    pub(super) async fn fetch(&self) -> Result<Bytes, FetchError> {
        timeout(TIMEOUT, self.connect_and_ask())
            .await
            .map_err(|_| FetchError::Timeout)?
    }

    async fn connect_and_ask(&self) -> Result<Bytes, FetchError> {
        let tcp = TcpStream::connect((&*self.host, self.port)).await?;
        if !self.tls {
            return self.ask(tcp).await;
        }
        let name = ServerName::try_from(self.host.clone()).map_err(|_| FetchError::Name)?;
        let tls = TlsConnector::from(client()?).connect(name, tcp).await?;
        self.ask(tls).await
    }

    async fn ask(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Bytes, FetchError> {
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let host = self.uri.authority().map_or("", |name| name.as_str());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine_is_asked() {
        for (text, host, port) in [
            ("https://id.example.org/keys?v=1", "id.example.org", 443),
            ("https://id.example.org:8443/", "id.example.org", 8443),
            ("http://localhost/keys", "localhost", 80),
            ("http://127.0.0.1:9000/keys", "127.0.0.1", 9000),
            ("http://[::1]:9000/keys", "::1", 9000),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((&*address.host, address.port), (host, port), "{text}");
        }
        for text in [
            "http://id.example.org/keys",
            "ftp://id.example.org/keys",
            "https://",
            "https://user:password@id.example.org/",
            "http://localhost.example.org/",
            "file:///keys",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
