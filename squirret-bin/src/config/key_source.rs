//! Where the keys of an OpenID provider are.

use std::{fmt, path::PathBuf, str::FromStr};

use hyper::Uri;

/// Where a provider's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// A file.
    File(PathBuf),
    /// An address.
    Url(HttpAddress),
}

impl FromStr for KeySource {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") {
            text.parse().map(Self::Url)
        } else if text.is_empty() {
            Err("must not be empty")
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(address) => address.fmt(f),
        }
    }
}

/// Where a document is: by HTTPS, or by HTTP on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpAddress {
    pub(crate) uri: Uri,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
}

impl FromStr for HttpAddress {
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

impl fmt::Display for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
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
            let address: HttpAddress = text.parse().unwrap();
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
            assert!(text.parse::<HttpAddress>().is_err(), "{text}");
        }
    }
}
